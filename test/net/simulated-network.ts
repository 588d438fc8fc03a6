// SPDX-License-Identifier: GPL-2.0-only
/** The same network, the same questions, in the simulator. */
import { RELEASES } from "../../src/kernels/index.ts";
import type { Machine } from "../../src/kernels/release.ts";
import { parseNetwork } from "../../src/script/net/parse.ts";
import { errnoName } from "../../src/uapi/errno.ts";
import { AF_INET, SOCK_DGRAM } from "../../src/uapi/socket.ts";
import { set16, set32 } from "../../src/wire/bytes.ts";
import { parseDottedQuad } from "../../src/wire/ipv4.ts";
import type { Question, RandomNetwork } from "./random-network.ts";
import { type Answers, words } from "./real-network.ts";

export function simulate(network: RandomNetwork): Answers {
  const machine = RELEASES.el6.boot({ seed: 1 });
  machine.configure({ kind: "link-set", dev: "lo", up: true });
  // One command at a time, each refused or not: what follows is tried all the same, as `ip -force` does.
  const commands = network.commands.map((line) =>
    (parseNetwork(line).commands.at(-1)?.changes ?? []).every((change) => machine.configure(change) >= 0),
  );
  return { commands, ...answers(machine, network.questions) };
}

/** The questions on a machine made of what `ip -j` printed; which of its commands were refused. */
export function simulateRecorded(
  text: string,
  questions: readonly Question[],
): Omit<Answers, "commands"> & { readonly refused: string[] } {
  const machine = RELEASES.el6.boot({ seed: 1 });
  const refused = parseNetwork(text).commands.filter(({ changes }) =>
    changes.some((c) => machine.configure(c) < 0),
  );
  return { ...answers(machine, questions), refused: refused.map((c) => c.text) };
}

function answers(machine: Machine, questions: readonly Question[]): Omit<Answers, "commands"> {
  return {
    routes: questions.map((q) => route(machine, q)),
    sends: questions.map((q) => (q.oif === undefined ? send(machine, q) : "-")),
  };
}

const addr = (text: string): number => parseDottedQuad(text) as number;
const errno = (ret: number): string => errnoName(-ret) ?? `errno ${-ret}`;

function route(machine: Machine, question: Question): string {
  const { dst, src, oif } = question;
  const answer = machine.routeGet({
    dst: addr(dst),
    ...(src === undefined ? {} : { src: addr(src) }),
    ...(oif === undefined ? {} : { oif }),
  });
  return typeof answer === "number" ? errno(answer) : words(question, answer);
}

function send(machine: Machine, { dst, src }: Question): string {
  const fd = machine.syscall({ name: "socket", domain: AF_INET, type: SOCK_DGRAM, protocol: 0 }).ret;
  try {
    const bound = machine.syscall({ name: "bind", fd, ...sockaddr(src ?? "0.0.0.0", 0) }).ret;
    if (bound < 0) return errno(bound);
    const buf = { bytes: Uint8Array.of(120) };
    const { ret } = machine.syscall({ name: "sendto", fd, buf, len: 1, flags: 0, ...sockaddr(dst, 9) });
    return ret < 0 ? errno(ret) : "ok";
  } finally {
    machine.syscall({ name: "close", fd });
  }
}

function sockaddr(host: string, port: number): { addr: { bytes: Uint8Array }; addrlen: number } {
  const bytes = new Uint8Array(16);
  bytes[0] = AF_INET;
  set16(bytes, 2, port);
  set32(bytes, 4, addr(host));
  return { addr: { bytes }, addrlen: 16 };
}
