// SPDX-License-Identifier: GPL-2.0-only
/** Advice of `nettrace run`: each change was run; whoever makes it in the file gets what it says. */
import { expect, test } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { memoryIo } from "../../../src/cli/memory-io.ts";

const SOCKET = "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3";
const to = (host: string, port: number, flags = "0", len = 5): string =>
  `sendto(3, "aaaaa"${len > 5 ? "..." : ""}, ${len}, ${flags}, {sa_family=AF_INET, sin_port=htons(${port}), sin_addr=inet_addr("${host}")}, 16)`;

/** What was tried for the last call of a scenario: words and ending. */
async function tried(lines: readonly string[], ...args: string[]): Promise<[string, string][]> {
  const io = memoryIo({ files: { "a.nt": `${lines.join("\n")}\n` } });
  await main(["run", "--format", "graph", "--brief", ...args, "a.nt"], io);
  const last = [...io.out.matchAll(/^ {4}tried: (.*)$/gm)].at(-1)?.[1] ?? "";
  return last === "" ? [] : last.split(" · ").map((one) => one.split(" → ") as [string, string]);
}

/** How the last call of a scenario ends, as advice would say it. */
async function verdict(lines: readonly string[], ...args: string[]): Promise<string> {
  const io = memoryIo({ files: { "a.nt": `${lines.join("\n")}\n` } });
  await main(["run", "--format", "graph", "--brief", "--trace", "all", ...args, "a.nt"], io);
  return io.out.split("\n").findLast((line) => /^ {2}[✗✓…] /.test(line)) ?? "";
}

/** The scenario with the change that the words name; `null`: it is an option of the command line. */
function changed(lines: readonly string[], words: string): { lines: string[]; args: string[] } {
  const last = lines.at(-1) as string;
  const before = /^(.*) before it$/.exec(words)?.[1];
  const after = /^(.*) after it$/.exec(words)?.[1];
  const line = /^without line (\d+) /.exec(words)?.[1];
  const size = /^(\d+) bytes instead of (\d+)$/.exec(words);
  const flags = /^without (MSG_\S+)$/.exec(words)?.[1];
  if (words.startsWith("--")) return { lines: [...lines], args: words.split(" ") };
  if (before !== undefined) return { lines: [...lines.slice(0, -1), before, last], args: [] };
  if (after !== undefined) return { lines: [...lines, after], args: [] };
  if (line !== undefined) return { lines: lines.filter((_, i) => i + 1 !== Number(line)), args: [] };
  const edited =
    size !== null ? last.replace(`, ${size[2]}, `, `, ${size[1]}, `) : last.replace(flags ?? "?", "0");
  return { lines: [...lines.slice(0, -1), edited], args: [] };
}

const CASES: readonly (readonly [
  name: string,
  lines: readonly string[],
  args: readonly string[],
  first: string,
])[] = [
  ["nobody listens", [SOCKET, to("127.0.0.1", 9999)], [], "nc -ul 127.0.0.1 9999 & before it"],
  [
    "a broadcast",
    [SOCKET, to("127.255.255.255", 9)],
    [],
    "setsockopt(3, SOL_SOCKET, SO_BROADCAST, [1], 4) before it",
  ],
  ["no network", [SOCKET, to("8.8.8.8", 53)], [], "--net lan"],
  [
    "a rule of the firewall",
    [SOCKET, "iptables -A OUTPUT -p udp --dport 53 -j DROP", to("127.0.0.1", 53)],
    [],
    "iptables -D OUTPUT 1 before it",
  ],
  [
    "the second rule of INPUT",
    [
      SOCKET,
      "iptables -A INPUT -p icmp -j ACCEPT",
      "iptables -A INPUT -p udp -j DROP",
      "nc -ul 127.0.0.1 9 &",
      to("127.0.0.1", 9),
    ],
    [],
    "iptables -D INPUT 2 before it",
  ],
  [
    "larger than the MTU",
    [
      SOCKET,
      "setsockopt(3, SOL_IP, IP_MTU_DISCOVER, [2], 4) = 0",
      "ip link set lo mtu 1400",
      to("127.0.0.1", 9, "0", 5000),
    ],
    [],
    "1372 bytes instead of 5000",
  ],
  ["out of band", [SOCKET, to("127.0.0.1", 9, "MSG_OOB")], [], "without MSG_OOB"],
  [
    "bound to another device",
    [SOCKET, `setsockopt(3, SOL_SOCKET, SO_BINDTODEVICE, "eth0\\0", 5) = 0`, to("127.0.0.1", 9)],
    ["--net", "lan"],
    "without line 2 (SO_BINDTODEVICE)",
  ],
  ["a neighbour yet unknown", [SOCKET, to("192.0.2.1", 53)], ["--net", "lan"], "sleep 0.01 after it"],
  [
    "a route that prohibits",
    [SOCKET, "ip route add prohibit 203.0.113.0/24", to("203.0.113.9", 9)],
    ["--net", "lan"],
    "ip route del prohibit 203.0.113.0/24 before it",
  ],
];

test.each(CASES)("%s", async (_, lines, args, first) => {
  const advice = await tried(lines, ...args);
  expect(advice[0]?.[0]).toBe(first);
  const as = await verdict(lines, ...args);
  for (const [words, ending] of advice) {
    const other = changed(lines, words);
    const got = await verdict(other.lines, ...args, ...other.args);
    expect(got, words).not.toBe(as);
    const [state = "", detail = ""] = ending.split(/[: ]+(.*)/);
    expect(got, words).toMatch(new RegExp(`^ {2}. ${state}\\b`));
    if (state === "lost") expect(got, words).toContain(detail);
  }
});

test("what arrived, and what has been said, has none", async () => {
  expect(await tried([SOCKET, "nc -ul 127.0.0.1 9 &", to("127.0.0.1", 9)])).toEqual([]);
  const io = memoryIo({
    files: { "a.nt": `${[SOCKET, to("127.0.0.1", 9), to("127.0.0.1", 9)].join("\n")}\n` },
  });
  await main(["run", "--format", "graph", "--brief", "a.nt"], io);
  expect(io.out.match(/tried:/g)).toHaveLength(1);
});

test("a long scenario is run once: nothing is tried far behind its beginning", async () => {
  const lines = [SOCKET, ...Array.from({ length: 1100 }, () => "ip link set lo up"), to("127.0.0.1", 9)];
  expect(await tried(lines)).toEqual([]);
});

test("a saved trace says what was tried", async () => {
  const text = `${[SOCKET, to("127.0.0.1", 9999)].join("\n")}\n`;
  const live = memoryIo({ files: { "a.nt": text } });
  await main(["run", "--format", "json", "-o", "a.json", "a.nt"], live);
  const graph = memoryIo({ files: { "a.nt": text } });
  await main(["run", "--format", "graph", "a.nt"], graph);
  const saved = memoryIo({ files: { "a.json": live.files.get("a.json") ?? "" } });
  await main(["render", "a.json"], saved);
  expect(saved.out).toBe(graph.out);
});
