// SPDX-License-Identifier: GPL-2.0-only
/** Every printed advice is run: it leads elsewhere, and to what it says. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ending } from "../../../src/cli/ending.ts";
import { main } from "../../../src/cli/main.ts";
import { memoryIo } from "../../../src/cli/memory-io.ts";
import { parseLine } from "../../../src/render/json.ts";
import { isStep, pieces } from "../../../src/trace/step.ts";
import { type Story, StoryBook } from "../../../src/trace/story.ts";

const STDIN = "from standard input";

async function output(argv: readonly string[], files: Record<string, string> = {}): Promise<string> {
  const io = memoryIo({ stdin: STDIN, files });
  expect([argv, await main([...argv], io), io.err]).toEqual([
    argv,
    expect.toSatisfy((n) => n < 2),
    expect.anything(),
  ]);
  return io.out;
}

/** The stories of the calls that fail or have to do with a datagram, in order. */
async function stories(argv: readonly string[], files: Record<string, string> = {}): Promise<Story[]> {
  const text = await output([...argv, "--format", "json"], files);
  const book = new StoryBook();
  const steps = [...pieces(text.trimEnd().split("\n").map(parseLine))].filter(isStep);
  const told = steps.map((step) => ({
    call: step.tree.call,
    story: book.read(step.tree),
    verdict: step.verdict,
  }));
  return told.filter(({ call, verdict }) => call !== null && verdict !== null).map(({ story }) => story);
}

/** The advice under each answer of the screen: the change in words, and what it leads to. */
async function advice(argv: readonly string[], files: Record<string, string> = {}): Promise<string[][]> {
  const text = await output(argv, files);
  const answers = text.split(/\n {2}(?=[✓✗…] )/).slice(1);
  return answers.map((answer) => {
    const line = /^ {4}tried: (.*)$/m.exec(answer)?.[1];
    return line === undefined ? [] : line.split(" · ");
  });
}

const LAN = readFileSync(fileURLToPath(new URL("../../../examples/net/lan.net", import.meta.url)), "utf8");

/** The command line with a change made to it, as a person would make it; null where a test cannot. */
function changed(
  argv: readonly string[],
  words: string,
  files: Record<string, string>,
): [string[], Record<string, string>] | null {
  if (words.startsWith("without ")) return [without(argv, words.slice(8)), files];
  const port = /^port (\d+) instead of (\d+)$/.exec(words);
  if (port !== null) return [argv.map((word, i) => (i === 2 ? (port[1] as string) : word)), files];
  if (/^(?:ip|iptables) /.test(words)) {
    const at = argv.indexOf("--net");
    const name = argv[at + 1] as string;
    const text = name === "lan" ? LAN : files[name];
    if (at < 0 || text === undefined) return null;
    return [argv.with(at + 1, "changed.net"), { ...files, "changed.net": `${text}\n${words}\n` }];
  }
  if (words.startsWith("--size "))
    return [
      [
        ...without(argv, "--size").slice(0, 3),
        ...without(argv, "--size").slice(argv[3]?.startsWith("-") === false ? 4 : 3),
        ...words.split(" "),
      ],
      files,
    ];
  const rest = words.includes("-n ") ? without(without(argv, "-n"), "--count") : [...argv];
  const [option = ""] = words.split(" ");
  return [[...without(rest, option), ...words.split(" ")], files];
}

const FLAGS = new Set([
  "--listen",
  "--connect",
  "--broadcast",
  "--dontroute",
  "--cork",
  "--nonblock",
  "--recverr",
]);

function without(argv: readonly string[], option: string): string[] {
  const out: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    const same = word === option || (option === "--flags" && word === "-f");
    if (same && !FLAGS.has(option)) i++;
    else if (!same) out.push(word);
  }
  return out;
}

/** Run each advice of a command line; how many there were. */
async function tried(argv: readonly string[], files: Record<string, string> = {}): Promise<number> {
  const all = await advice(argv, files);
  const base = await stories(argv, files);
  let n = 0;
  for (const [i, list] of all.entries()) {
    for (const text of list) {
      const [, words = text, leads = ""] = /^(.*?) → (.*)$/.exec(text) ?? [];
      const other = changed(argv, words, files);
      if (other === null) continue;
      n++;
      const ends = (await stories(...other)).map(ending);
      const before = ending(base[i] as Story);
      expect([words, before]).not.toEqual([words, ends[i] ?? ends.at(-1)].with(1, leadsTo(ends, i, leads)));
      expect([words, leads, ends]).toEqual([
        words,
        leads,
        expect.arrayContaining([expect.stringContaining(plain(leads))]),
      ]);
    }
  }
  return n;
}

/** What the send itself comes to. */
function plain(leads: string): string {
  return leads.replace(/^the second (\S+) fails/, "$1 fails");
}

function leadsTo(ends: readonly string[], i: number, leads: string): string {
  const at = leads.startsWith("the second") ? ends.length - 1 : Math.min(i, ends.length - 1);
  return ends[at] ?? "";
}

const GOLDEN = fileURLToPath(new URL("../../golden", import.meta.url));
const goldens = readdirSync(GOLDEN)
  .filter((name) => existsSync(join(GOLDEN, name, "args")))
  .filter((name) => !readFileSync(join(GOLDEN, name, "expected"), "utf8").endsWith("exit status 2\n"))
  .map((name) =>
    readFileSync(join(GOLDEN, name, "args"), "utf8")
      .trimEnd()
      .split("\n"),
  )
  .filter(
    (args) =>
      args[0] === "sendto" &&
      !args.includes("--format") &&
      !args.includes("-o") &&
      !args.includes("--net-show"),
  );

test("every golden's advice", async () => {
  let n = 0;
  for (const argv of goldens) n += await tried(argv);
  expect(n).toBeGreaterThan(20);
});

describe("the commonest questions", () => {
  const ETH0 = `ip link add eth0 type e1000
ip link set eth0 up
ip addr add 192.0.2.10/24 dev eth0
ip route add default via 192.0.2.1
`;
  const RULE = "iptables -A OUTPUT -p udp --dport 9 -j DROP\nip link set lo up\n";
  test.each<[string, string[], Record<string, string>?]>([
    [
      "127.0.0.1 9999 aaaaa",
      ["--listen → delivered", "--connect -n 2 → the second sendto fails with ECONNREFUSED"],
    ],
    ["127.0.0.1 9 --size 65508", ["--size 65507"]],
    ["127.0.0.1 9 --size 65508 --mtu-discover dont", ["--size 65507"]],
    [
      "192.0.2.1 9 --size 2000 --net two --mtu-discover do",
      ["--size 1472 → left by eth0", "without --mtu-discover"],
    ],
    ["8.8.8.8 9 a --net lan --dontroute", ["without --dontroute", "ip route add 8.8.8.8 dev eth0"]],
    ["8.8.8.8 9 a --net lan", ["--wait 10 → left by eth0"]],
    ["8.8.8.8 9 a --net lan --wait 10", []],
    ["192.0.2.255 9 a --net lan --broadcast --listen", []],
    ["192.0.2.255 9 a --net lan", ["--broadcast → left by eth0"]],
    ["127.0.0.1 9 a --ip-options rr:9 --ip-options ts", ["without --ip-options"]],
    ["127.0.0.1 9 a --cmsg raw=0,8,630000000000000000000000 --device lo", ["without --cmsg"]],
    ["240.0.0.1 9 a --device lo", []],
    ["10.1.1.1 9 a", ["--net lan"]],
    ["127.0.0.1 9 a --net fw.net", ["iptables -D OUTPUT 1"], { "fw.net": RULE }],
    [
      "192.0.2.1 9 a --net p.net",
      ["iptables -P OUTPUT ACCEPT"],
      { "p.net": `${ETH0}iptables -P OUTPUT DROP\n` },
    ],
    [
      "8.8.8.8 9 a --net r.net",
      ["ip rule del pref 9"],
      { "r.net": `${ETH0}ip rule add pref 9 to 8.0.0.0/8 prohibit\n` },
    ],
    [
      "8.8.8.8 9 a --net t.net --mark 7",
      ["ip route del unreachable 8.0.0.0/8 table 77", "without --mark"],
      {
        "t.net": `${ETH0}ip rule add pref 9 fwmark 7 lookup 77\nip route add unreachable 8.0.0.0/8 table 77\n`,
      },
    ],
    ["192.0.2.1 9 a --net d.net", ["ip link set eth0 up"], { "d.net": `${ETH0}ip link set eth0 down\n` }],
  ])("%s", async (line, wanted, files = {}) => {
    const argv = ["sendto", ...line.split(" ")];
    const [found = []] = await advice(argv, files);
    expect(found).toEqual(
      wanted.map((words) => expect.stringMatching(new RegExp(`^${words.replace(/[().]/g, "\\$&")}`))),
    );
    await tried(argv, files);
  });
});

test("random situations", async () => {
  const option = fc.constantFrom(
    ["--listen"],
    ["--connect"],
    ["-n", "2"],
    ["--dontroute"],
    ["--broadcast"],
    ["--cork"],
    ["--recverr"],
    ["--nonblock"],
    ["-f", "MSG_PROBE"],
    ["-f", "MSG_OOB"],
    ["--sndbuf", "1"],
    ["--mtu-discover", "do"],
    ["--device", "lo"],
    ["--bind", "127.0.0.1"],
    ["--bind", "10.9.9.9"],
    ["--ttl", "1"],
    ["--net", "lan"],
    ["--net", "two"],
    ["--wait", "5"],
    ["--size", "70000"],
    ["--size", "3000"],
    ["--multicast-ttl", "0"],
    ["--join", "239.1.1.1"],
  );
  const host = fc.constantFrom(
    "127.0.0.1",
    "8.8.8.8",
    "192.0.2.9",
    "192.0.2.255",
    "239.1.1.1",
    "0.0.0.0",
    "203.0.113.9",
  );
  const line = fc.tuple(
    host,
    fc.constantFrom("9", "0"),
    fc.uniqueArray(option, { maxLength: 4, selector: ([name]) => name }),
  );
  await fc.assert(
    fc.asyncProperty(line, async ([to, port, options]) => {
      await tried(["sendto", to, port, ...options.flat()]);
    }),
    { numRuns: 60, seed: 1, endOnFailure: true },
  );
});
