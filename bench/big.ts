// SPDX-License-Identifier: GPL-2.0-only
/** Big networks and long logs: CPU of a whole run each. What grows faster than its input shows here first. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanEnvironment, cpuOf } from "./cpu.ts";

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => `${line(i)}\n`).join("");
const address = (i: number): string => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
const send = (i: number, end: string): string =>
  `sendto(3, "aaaaa", 5, 0, {sa_family=AF_INET, sin_port=htons(${1 + (i % 60000)}), ` +
  `sin_addr=inet_addr("127.0.0.1")}, 16${end}`;

const UP = "ip link set lo up\n";
const SOCKET = "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3\n";
const NETWORKS: Readonly<Record<string, () => string>> = {
  "100,000 rules of ip rule": () =>
    UP + lines(100_000, (i) => `ip rule add from ${address(i)} table ${100 + (i % 100)}`),
  "100,000 rules of iptables": () =>
    UP +
    lines(100_000, (i) => `iptables -A INPUT -s ${address(i)} -p udp --dport ${1 + (i % 65000)} -j DROP`),
  "20,000 devices": () => UP + lines(20_000, (i) => `ip link add d${i} type dummy`),
  "20,000 addresses": () => UP + lines(20_000, (i) => `ip addr add ${address(i)}/32 dev lo`),
};
const LOGS: Readonly<Record<string, readonly [options: readonly string[], text: () => string]>> = {
  "100,000 calls": [[], () => SOCKET + lines(100_000, (i) => send(i, ") = 5"))],
  "20,000 calls, -c": [["-c"], () => SOCKET + lines(20_000, (i) => send(i, ") = 5"))],
  "200,000 calls that never end": [[], () => SOCKET + lines(200_000, (i) => send(i, " <unfinished ...>"))],
};

export function printBig(root: string, print: (line: string) => void): void {
  const launcher = join(root, "bin/nettrace");
  const folder = mkdtempSync(join(tmpdir(), "nettrace-bench-"));
  const file = join(folder, "input");
  const row = (name: string, text: string, args: readonly string[]): void => {
    writeFileSync(file, text);
    print(
      `  ${name.padEnd(30)} ${cpuOf([launcher, ...args], 1, cleanEnvironment())
        .toFixed(1)
        .padStart(6)} s`,
    );
  };
  print("big inputs, whole-process CPU");
  try {
    for (const [name, text] of Object.entries(NETWORKS))
      row(name, text(), ["sendto", "127.0.0.1", "9999", "aaaaa", "--net", file]);
    for (const [name, [options, text]] of Object.entries(LOGS)) row(name, text(), ["run", ...options, file]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
