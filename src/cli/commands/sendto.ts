// SPDX-License-Identifier: GPL-2.0-only
/** `nettrace sendto HOST PORT [PAYLOAD]`: one datagram, followed through the stack. */
import type { Command } from "commander";
import { EXIT } from "../errors.ts";
import type { Io } from "../io.ts";
import { Output } from "../output.ts";
import { readPayload } from "../sendto/payload.ts";
import { OPTION, parseSockopt, type Request, type SocketOption } from "../sendto/plan.ts";
import { type Kernel, Session } from "../sendto/session.ts";
import { parseBind, parseChoice, parseFlags, parseHost, parseName, parseNumber } from "../values.ts";
import { collect, parseView, type RawView, viewOptions } from "../view.ts";
import type { Register } from "./index.ts";

/** Options as commander hands them over. */
interface Raw extends RawView {
  flags?: string;
  size?: string;
  bind?: string;
  connect?: boolean;
  listen?: boolean;
  broadcast?: boolean;
  ttl?: string;
  tos?: string;
  mark?: string;
  priority?: string;
  device?: string;
  mtuDiscover?: string;
  cork?: boolean;
  check: boolean;
  sndbuf?: string;
  recverr?: boolean;
  dontroute?: boolean;
  nonblock?: boolean;
  setsockopt: string[];
  count: string;
  kernel: string;
  seed: string;
}

export const sendto: Register = (program, io, exit) => {
  const command = program
    .command("sendto")
    .description("run one sendto(2) and show every kernel function the datagram visits")
    .usage("[options] <host> <port> [payload]")
    .argument("<host>", "an IPv4 address, or localhost")
    .argument("<port>", "0 to 65535")
    .argument("[payload]", "text; hex:616161; @FILE; - for standard input (default: empty)");
  socketOptions(command);
  viewOptions(command);
  command.action(async (host: string, port: string, payload: string | undefined, raw: Raw) => {
    exit(await run(request(host, port, payload, raw, io), raw, io));
  });
};

function socketOptions(command: Command): void {
  command
    .optionsGroup("The call:")
    .option("-f, --flags <flags>", "MSG_MORE|MSG_DONTROUTE, with or without MSG_, or numbers")
    .option("--size <n>", "a generated payload of n bytes")
    .option("-n, --count <n>", "send n times on the same socket", "1")
    .optionsGroup("The socket:")
    .option("--bind <addr>", "bind(2) first: ADDR, :PORT or ADDR:PORT")
    .option("--connect", "connect(2) first, then send with no address")
    .option("--listen", "put a receiver at the destination")
    .option("--broadcast", "SO_BROADCAST")
    .option("--ttl <n>", "IP_TTL, 1 to 255 (-1: the default)")
    .option("--tos <n>", "IP_TOS, 0 to 255")
    .option("--mark <n>", "SO_MARK")
    .option("--priority <n>", "SO_PRIORITY")
    .option("--device <name>", "SO_BINDTODEVICE")
    .option("--mtu-discover <how>", "IP_MTU_DISCOVER: want, dont, do or probe")
    .option("--cork", "UDP_CORK: hold data back")
    .option("--no-check", "SO_NO_CHECK: no UDP checksum")
    .option("--sndbuf <n>", "SO_SNDBUF, in bytes")
    .option("--recverr", "IP_RECVERR: queue errors")
    .option("--dontroute", "SO_DONTROUTE")
    .option("--nonblock", "O_NONBLOCK")
    .option("--setsockopt <name=value>", "any other option, such as IP_TTL=5 (may be repeated)", collect, [])
    .optionsGroup("The machine:")
    .option("--kernel <release>", "el6 (2.6.32-642.6.2.el6)", "el6")
    .option("--seed <n>", "decides ephemeral port, IP ids and all else that is random", "0");
}

function request(host: string, port: string, payload: string | undefined, raw: Raw, io: Io): Request {
  const size = raw.size === undefined ? undefined : parseNumber("--size", raw.size, 0, 0xffffffff);
  return {
    host: parseHost(host),
    port: parseNumber("port", port, 0, 65535),
    flags: parseFlags(raw.flags ?? ""),
    count: parseNumber("--count", raw.count, 1, 1_000_000_000),
    connect: raw.connect ?? false,
    listen: raw.listen ?? false,
    nonblock: raw.nonblock ?? false,
    options: sockopts(raw),
    ...(raw.bind === undefined ? {} : { bind: parseBind(raw.bind) }),
    payload: readPayload(payload, size, io),
  };
}

const DISCOVER = [
  ["dont", 0],
  ["want", 1],
  ["do", 2],
  ["probe", 3],
] as const;

function sockopts(raw: Raw): SocketOption[] {
  const list: SocketOption[] = [];
  const number = (
    name: string,
    text: string | undefined,
    min: number,
    max: number,
    make: (v: number) => SocketOption,
  ): void => {
    if (text !== undefined) list.push(make(parseNumber(name, text, min, max)));
  };
  if (raw.broadcast) list.push(OPTION.broadcast);
  number("--ttl", raw.ttl, -1, 255, OPTION.ttl);
  number("--tos", raw.tos, 0, 255, OPTION.tos);
  number("--mark", raw.mark, 0, 0xffffffff, OPTION.mark);
  number("--priority", raw.priority, 0, 0x7fffffff, OPTION.priority);
  if (raw.device !== undefined) list.push(OPTION.device(raw.device));
  if (raw.mtuDiscover !== undefined)
    list.push(
      OPTION.mtuDiscover(
        parseName(
          "--mtu-discover",
          raw.mtuDiscover,
          DISCOVER.map(([n, v]) => [n.toUpperCase(), v]),
        ),
      ),
    );
  if (raw.cork) list.push(OPTION.cork);
  if (!raw.check) list.push(OPTION.noCheck);
  number("--sndbuf", raw.sndbuf, 0, 0x7fffffff, OPTION.sndbuf);
  if (raw.recverr) list.push(OPTION.recverr);
  if (raw.dontroute) list.push(OPTION.dontroute);
  for (const text of raw.setsockopt) list.push(parseSockopt(text, false));
  return list;
}

/** Run it: each call is written as it returns. */
async function run(r: Request, raw: Raw, io: Io): Promise<number> {
  const kernel = parseChoice<Kernel>("--kernel", raw.kernel, ["el6"]);
  const seed = parseNumber("--seed", raw.seed, 0, 0xffffffff);
  const { view, targets } = await parseView(raw, io);
  const session = new Session(kernel, seed, r);
  const output = new Output();
  try {
    await output.open(targets, view, io);
    output.head(session.head, session.state("before"));
    for (const step of session.steps()) output.step(step);
    output.end(session.state("after"));
  } finally {
    output.close();
  }
  return session.failed ? EXIT.errno : EXIT.ok;
}
