// SPDX-License-Identifier: GPL-2.0-only
/** `iptables -A|-I|-D CHAIN [matches] -j ACCEPT|DROP`, `-P CHAIN TARGET`, `-F [CHAIN]`: the filter table. */
import type { Filter, FilterMatch } from "../../kernels/config.ts";
import type { Reader } from "../reader.ts";

const OPS: Readonly<Record<string, Filter["op"]>> = {
  "-A": "append",
  "--append": "append",
  "-I": "insert",
  "--insert": "insert",
  "-D": "delete",
  "--delete": "delete",
  "-P": "policy",
  "--policy": "policy",
  "-F": "flush",
  "--flush": "flush",
};
const CHAINS = { INPUT: "input", FORWARD: "forward", OUTPUT: "output" } as const;
const TARGETS = { ACCEPT: "accept", DROP: "drop" } as const;
const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  udplite: 136,
  all: 0,
};
const WORDS = ["-s", "-d", "-p", "-i", "-o", "-j", "--sport", "--dport", "-m"];

type Match = { -readonly [K in keyof FilterMatch]?: FilterMatch[K] };

export function parseIptables(r: Reader): Filter {
  if (r.take("-t", "--table") && r.next("filter") !== "filter") throw r.wrong("filter, the only table here");
  const word = r.next("-A, -I, -D, -P or -F");
  const op = Object.hasOwn(OPS, word) ? OPS[word] : undefined;
  if (op === undefined) throw r.unknown("a command of iptables", Object.keys(OPS));
  if (op === "flush") return r.done ? { kind: "filter", op } : { kind: "filter", op, chain: chain(r) };
  const where = chain(r);
  if (op === "policy") return { kind: "filter", op, chain: where, verdict: target(r) };
  // `-I CHAIN 1` is the front, where -I puts it anyway.
  if (op === "insert") r.take("1");
  return rule(r, op, where);
}

function rule(r: Reader, op: Filter["op"], where: NonNullable<Filter["chain"]>): Filter {
  const match: Match = {};
  let verdict: Filter["verdict"];
  while (!r.done) {
    const word = r.next("a word of iptables");
    if (word === "-j" || word === "--jump") verdict = target(r);
    else matches(r, word, match);
  }
  if (verdict === undefined) throw r.missing("-j ACCEPT or -j DROP");
  return { kind: "filter", op, chain: where, match, verdict };
}

function matches(r: Reader, word: string, made: Match): void {
  switch (word) {
    case "-s":
    case "--source":
      made.src = prefix(r);
      return;
    case "-d":
    case "--destination":
      made.dst = prefix(r);
      return;
    case "-p":
    case "--protocol": {
      const protocol = r.named("a protocol", PROTOCOLS, 255);
      if (protocol !== 0) made.protocol = protocol;
      return;
    }
    case "-m":
    case "--match":
      if (r.next("udp") !== "udp") throw r.wrong("udp, the only match here");
      return;
    case "--sport":
    case "--source-port":
      made.sport = r.number("a port", 65535);
      return;
    case "--dport":
    case "--destination-port":
      made.dport = r.number("a port", 65535);
      return;
    case "-i":
    case "--in-interface":
      made.iif = r.device();
      return;
    case "-o":
    case "--out-interface":
      made.oif = r.device();
      return;
    default:
      throw r.unknown("a word of iptables", WORDS);
  }
}

function prefix(r: Reader): { addr: number; len: number } {
  const { addr, len } = r.prefix();
  return { addr, len };
}

function chain(r: Reader): NonNullable<Filter["chain"]> {
  const word = r.next("a chain (INPUT, FORWARD, OUTPUT)");
  if (!Object.hasOwn(CHAINS, word)) throw r.unknown("a chain", Object.keys(CHAINS));
  return CHAINS[word as keyof typeof CHAINS];
}

function target(r: Reader): NonNullable<Filter["verdict"]> {
  const word = r.next("ACCEPT or DROP");
  if (!Object.hasOwn(TARGETS, word)) throw r.unknown("a target", Object.keys(TARGETS));
  return TARGETS[word as keyof typeof TARGETS];
}
