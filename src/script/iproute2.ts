// SPDX-License-Identifier: GPL-2.0-only
/**
 * What iproute2, tc, sysctl and (a little) iptables would be told, as changes to a machine's network:
 * `ip link|addr|route|rule|neigh …`, `ip xfrm policy …`, `tc qdisc …`, `sysctl K=V`, `iptables …`, `nf …`.
 */
import type { Config } from "../kernels/config.ts";
import { ScriptError, unknownWord } from "./error.ts";
import { parseAddr } from "./iproute2/addr.ts";
import { parseIptables } from "./iproute2/iptables.ts";
import { parseLink } from "./iproute2/link.ts";
import { parseNeigh } from "./iproute2/neigh.ts";
import { parseNetfilter, parseSysctl, parseXfrm } from "./iproute2/others.ts";
import { parseRoute } from "./iproute2/route.ts";
import { parseRule } from "./iproute2/rule.ts";
import { parseQdisc } from "./iproute2/tc.ts";
import { Reader } from "./reader.ts";
import { splitWords } from "./words.ts";

/** Objects of `ip`, in the order in which an abbreviation is looked for. */
const OBJECTS: readonly (readonly [string, (r: Reader) => Config | Config[]])[] = [
  ["address", parseAddr],
  ["route", parseRoute],
  ["rule", parseRule],
  ["neighbor", parseNeigh],
  ["neighbour", parseNeigh],
  ["link", parseLink],
  ["xfrm", parseXfrm],
];

/** The programs whose lines are understood. */
export const PROGRAMS = ["ip", "tc", "sysctl", "iptables", "nf"] as const;

/** Does this line change the network, rather than call the system? */
export function isConfig(line: string): boolean {
  return /^\s*(?:ip|tc|sysctl|iptables|nf)(?:\s|$)/.test(line);
}

/**
 * Parse one line into the requests that it makes, in order: whoever applies them stops at the first that is refused.
 * Throws nothing but {@link ScriptError}.
 */
export function parseConfig(line: string): Config[] {
  return readConfig(new Reader(splitWords(line), line.length + 1));
}

/** As {@link parseConfig}, of words that have been split already. */
export function readConfig(r: Reader): Config[] {
  const program = r.next("ip, tc, sysctl, iptables or nf");
  const made = parseProgram(program, r);
  if (!r.done) {
    r.next("nothing");
    throw r.wrong("the end of the line");
  }
  return Array.isArray(made) ? made : [made];
}

function parseProgram(program: string, r: Reader): Config | Config[] {
  switch (program) {
    case "ip":
      return parseIp(r);
    case "tc":
      return parseQdisc(r);
    case "sysctl":
      return parseSysctl(r);
    case "iptables":
      return parseIptables(r);
    case "nf":
      return parseNetfilter(r);
    default:
      throw unknownWord(r.column, program, "a command", PROGRAMS);
  }
}

function parseIp(r: Reader): Config | Config[] {
  r.take("-4");
  const word = r.next("link, addr, route, rule, neigh or xfrm");
  const object = word === "" ? undefined : OBJECTS.find(([name]) => name.startsWith(word));
  if (object === undefined) {
    throw r.unknown("an object of ip", ["link", "addr", "route", "rule", "neigh", "xfrm"]);
  }
  return object[1](r);
}

export { ScriptError };
