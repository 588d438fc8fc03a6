// SPDX-License-Identifier: GPL-2.0-only
/** `tc qdisc add|replace|change|del dev D root KIND …`, with tc's units. */
import type { QdiscChange } from "../../kernels/config.ts";
import type { Reader } from "../reader.ts";
import { takeVerb } from "./verb.ts";

/** Queueing disciplines that are modelled. */
const KINDS = ["pfifo", "bfifo", "tbf", "pfifo_fast", "blackhole", "noqueue"];
const WORDS = ["dev", "root", "limit", "latency", "rate", "burst", "handle"];
/** A limit may be said as the time that a packet may wait. */
type Draft = { -readonly [K in keyof QdiscChange]?: QdiscChange[K] } & { latency?: number };

/** Those of the kernel that are not modelled. */
const OTHERS =
  "prio htb sfq netem red hfsc cbq ingress clsact drr gred dsmark atm multiq mq teql fq fq_codel codel cake pie sfb choke qfq mqprio".split(
    " ",
  );

export function parseQdisc(r: Reader): QdiscChange | [] {
  if (r.take("filter", "class")) {
    r.note(`tc ${r.last} is not modelled: left out`);
    r.rest();
    return [];
  }
  if (!r.take("qdisc", "qd", "q")) {
    r.next("qdisc");
    throw r.unknown("qdisc", ["qdisc"]);
  }
  const op = takeVerb(r, ["add", "replace", "change", "del"]);
  const made: Draft = {};
  while (!r.done) {
    if (r.take("dev")) made.dev = r.device();
    else if (r.take("root")) continue;
    else if (r.take("handle")) r.next("a handle");
    else if (r.take("limit")) made.limit = amount(r, "a limit");
    else if (r.take("latency")) made.latency = time(r);
    else if (r.take("rate")) made.rate = rate(r);
    else if (r.take("burst", "buffer", "maxburst")) made.burst = amount(r, "bytes");
    else if (r.take("mtu", "minburst")) amount(r, "bytes");
    else if (made.type === undefined && OTHERS.includes(r.peek() ?? "") && op !== "del") {
      r.note(`qdisc ${r.next("a kind")} is not modelled: the device keeps the one that it has`);
      r.rest();
      return [];
    } else if (made.type === undefined) made.type = discipline(r);
    else {
      r.next("a tc qdisc keyword");
      throw r.unknown("a tc qdisc keyword", WORDS);
    }
  }
  const { dev, type } = made;
  if (dev === undefined) throw r.missing("dev and a device");
  if (type === undefined && op !== "del") throw r.missing(`a qdisc kind (${KINDS.join(", ")})`);
  return { ...limited(r, made), kind: "qdisc", op, dev, type: type ?? "" };
}

/** tc: what the rate sends in that time, and a full bucket. */
function limited(r: Reader, { latency, ...made }: Draft): Omit<Draft, "latency"> {
  if (latency === undefined) return made;
  const { rate: perSecond, burst } = made;
  if (made.limit !== undefined || perSecond === undefined || burst === undefined) {
    throw r.missing("rate and burst with latency, without limit");
  }
  return { ...made, limit: Math.min(0xffffffff, Math.floor((perSecond * latency) / 1e6 + burst)) };
}

function discipline(r: Reader): string {
  const kind = r.next("a kind");
  if (!/^[a-z_]{1,15}$/.test(kind)) throw r.unknown("a qdisc kind", [...KINDS, ...WORDS]);
  return kind;
}

/** Bytes of each unit of size. */
const SIZES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1024,
  kb: 1024,
  m: 1024 ** 2,
  mb: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1024 ** 3,
  kbit: 128,
  mbit: 131_072,
  gbit: 134_217_728,
};
/** Microseconds of each unit of time. */
const TIMES: Readonly<Record<string, number>> = {
  "": 1,
  us: 1,
  usec: 1,
  usecs: 1,
  ms: 1000,
  msec: 1000,
  msecs: 1000,
  s: 1e6,
  sec: 1e6,
  secs: 1e6,
};
/** Bytes a second of each unit of rate; a bare number is bits a second. */
const RATES: Readonly<Record<string, number>> = {
  "": 1 / 8,
  bit: 1 / 8,
  kbit: 125,
  mbit: 125_000,
  gbit: 125_000_000,
  kibit: 128,
  mibit: 131_072,
  gibit: 134_217_728,
  bps: 1,
  kbps: 1000,
  mbps: 1_000_000,
  gbps: 1_000_000_000,
  kibps: 1024,
  mibps: 1_048_576,
  k: 125,
  m: 125_000,
  g: 125_000_000,
};

function amount(r: Reader, what: string): number {
  return measured(r, what, SIZES);
}
function time(r: Reader): number {
  return measured(r, "a time such as 400ms", TIMES);
}
function rate(r: Reader): number {
  return measured(r, "a rate such as 100kbit", RATES);
}

function measured(r: Reader, what: string, units: Readonly<Record<string, number>>): number {
  const m = /^(0x[0-9a-f]+|\d+(?:\.\d+)?)([a-z]*)$/.exec(r.next(what).toLowerCase());
  if (m === null) throw r.wrong(what);
  const unit = m[2] as string;
  if (!Object.hasOwn(units, unit)) throw r.unknown(`${what} with a unit`, Object.keys(units).slice(1));
  const v = Math.floor(Number(m[1]) * (units[unit] as number));
  if (v > 0xffffffff) throw r.wrong(`${what} below 4 GiB`);
  return v;
}
