// SPDX-License-Identifier: GPL-2.0-only
/** A route's metrics, as `ip route` is told them. */
import type { Route } from "../../kernels/config.ts";
import type { Reader } from "../reader.ts";

/** RTAX_* by name, in the order in which an abbreviation is looked for. */
const METRICS: readonly (readonly [string, number])[] = [
  ["mtu", 2],
  ["hoplimit", 10],
  ["advmss", 8],
  ["reordering", 9],
  ["rtt", 4],
  ["window", 3],
  ["cwnd", 7],
  ["initcwnd", 11],
  ["initrwnd", 14],
  ["features", 12],
  ["rttvar", 5],
  ["ssthresh", 6],
  ["rto_min", 13],
];
/** Those that must be written in full. */
const FULL = ["mtu", "hoplimit", "advmss", "rtt", "rto_min"];
/** Those of el6's successors; only TCP looks at them. */
const LATER = ["quickack", "congctl"];
const RTAX_FEATURE_ECN = 1;

/** Take a metric with its value; false where the next word is none. */
export function takeMetric(r: Reader, made: { metrics?: Route["metrics"] }): boolean {
  for (const word of LATER) {
    if (!r.match(word)) continue;
    r.note(`${word} is newer than el6: left out`);
    r.take("lock");
    r.next(`a value for ${word}`);
    return true;
  }
  const found = METRICS.find(([name]) => (FULL.includes(name) ? r.take(name) : r.match(name)));
  if (found === undefined) return false;
  const [name, rtax] = found;
  const lock = r.take("lock");
  made.metrics = [...(made.metrics ?? []), { rtax, value: value(r, name), lock }];
  return true;
}

function value(r: Reader, name: string): number {
  switch (name) {
    case "features":
      return features(r);
    case "rtt":
      return time(r, name, 8);
    case "rttvar":
      return time(r, name, 4);
    case "rto_min":
      return time(r, name, 1);
    default:
      return r.number(name);
  }
}

/** `features ecn`. */
function features(r: Reader): number {
  let bits = 0;
  while (r.take("ecn")) bits |= RTAX_FEATURE_ECN;
  if (bits === 0) {
    r.next("ecn");
    throw r.unknown("a feature", ["ecn"]);
  }
  return bits;
}

/** Milliseconds, in the unit that TCP keeps them in; a number without a unit is in that already. */
function time(r: Reader, name: string, unit: number): number {
  const m = /^(\d+(?:\.\d+)?)(s|sec|secs|ms|msec|msecs)$/.exec(r.peek() ?? "");
  if (m === null) return r.number(name);
  r.next(name);
  const ms = Number(m[1]) * ((m[2] as string).startsWith("s") ? 1000 : 1);
  const v = Math.ceil(ms) * unit;
  if (v > 0xffffffff) throw r.wrong(name);
  return v;
}
