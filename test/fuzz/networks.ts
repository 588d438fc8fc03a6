// SPDX-License-Identifier: GPL-2.0-only
/** Networks to be afraid of: real output of ip and its kin, damaged and mixed, and what must hold whatever they are. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RELEASES } from "../../src/kernels/index.ts";
import { LineError } from "../../src/script/error.ts";
import { parseNetwork } from "../../src/script/net/parse.ts";
import type { Random } from "./logs.ts";

const FOLDERS = ["../data/net/pasted", "../data/net"];

/** Files that real programs printed, and those that they come to. */
export function realNetworks(): string[] {
  return FOLDERS.flatMap((folder) => {
    const path = fileURLToPath(new URL(folder, import.meta.url));
    return readdirSync(path)
      .filter((name) => /\.(?:txt|json|net)$/.test(name))
      .map((name) => readFileSync(join(path, name), "utf8"));
  });
}

const PIECES = [
  ...'()"\\{}[]<>,|=~*#!@/\0\x1b\u202e'.split(""),
  ..."default 0.0.0.0/0 999.1.1.1 10.0.0.1/08 010.0.0.1 fe80::1/64 dev via nexthop table proto -j -A INPUT COMMIT *nat".split(
    " ",
  ),
  ..."__proto__ constructor 4294967296 -1 0x lo eth0.5@eth0 <UP> inet scope secondary lladdr REACHABLE ;; && >".split(
    " ",
  ),
  "[root@h ~]# ",
  "$ sudo ",
  "# ",
  "> ",
  "\\\n",
  "1: lo: <UP> mtu 9\n",
  "iface x inet static\n",
];

/** A text made of real ones: lines left out, doubled, swapped between files, cut, and with pieces where none should be. */
export function wildNetwork(random: Random, real: readonly string[]): string {
  const below = (n: number): number => Math.floor(random() * n);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const made: string[] = [];
  for (let i = 1 + below(3); i > 0; i--) {
    const lines = pick(real).split("\n");
    const from = below(lines.length);
    made.push(...lines.slice(random() < 0.5 ? 0 : from, from + 1 + below(40)));
  }
  for (let i = below(6); i > 0; i--) {
    const at = below(made.length);
    const line = made[at] ?? "";
    const cut = below(line.length + 1);
    const how = below(4);
    if (how === 0) made[at] = line.slice(0, cut);
    else if (how === 1) made[at] = line.slice(0, cut) + pick(PIECES) + line.slice(cut);
    else if (how === 2) made.splice(at, 1, line, line);
    else made[at] = line.split(" ").reverse().join(" ");
  }
  return made.join(random() < 0.1 ? "\r\n" : "\n");
}

/** A network is read, or refused at a place in the text; the machine takes or refuses each change, and the result reads back. */
export function checkNetwork(text: string): void {
  let network: ReturnType<typeof parseNetwork>;
  try {
    network = parseNetwork(text);
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    if (error.line < 1 || error.line > text.split("\n").length || error.column < 1) throw error;
    return;
  }
  const machine = RELEASES.el6.boot({ seed: 0 });
  for (const { changes } of network.commands) for (const change of changes) machine.configure(change);
  const again = parseNetwork(network.commands.map((c) => `${c.text}\n`).join(""));
  const [one, other] = [network, again].map((n) => JSON.stringify(n.commands.map((c) => c.changes)));
  if (one !== other) throw new Error(`reads back otherwise: ${JSON.stringify(text)}`);
}
