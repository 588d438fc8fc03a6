// SPDX-License-Identifier: GPL-2.0-only
/**
 * What iproute2, tc, sysctl and (a little) iptables would be told, as changes to a machine's network:
 * `ip link|addr|route|rule|neigh …`, `ip xfrm policy …`, `tc qdisc …`, `sysctl K=V`, `iptables …`, `nf …`.
 */
import type { Config } from "../kernels/config.ts";
import { ScriptError, unknownWord } from "./error.ts";
import { parseAddr } from "./iproute2/addr.ts";
import { parseLink, parseTuntap } from "./iproute2/link.ts";
import { parseNeigh } from "./iproute2/neigh.ts";
import { takeIpOptions } from "./iproute2/options.ts";
import { parseNetfilter, parseSysctls, parseXfrm } from "./iproute2/others.ts";
import { parseRoute } from "./iproute2/route.ts";
import { parseRule } from "./iproute2/rule.ts";
import { parseQdisc } from "./iproute2/tc.ts";
import { LeftOut } from "./iptables/common.ts";
import { parseIptables } from "./iptables/iptables.ts";
import { Reader } from "./reader.ts";
import { splitWords } from "./words.ts";

/** Objects of `ip`, in the order in which an abbreviation is looked for. */
const OBJECTS: readonly (readonly [string, (r: Reader) => Config | readonly Config[]])[] = [
  ["address", parseAddr],
  ["route", parseRoute],
  ["rule", parseRule],
  ["neighbor", parseNeigh],
  ["neighbour", parseNeigh],
  ["link", parseLink],
  ["tuntap", parseTuntap],
  ["xfrm", parseXfrm],
];

/** Other objects of `ip`. */
const NOT_MODELLED = [
  "netns",
  "tunnel",
  "maddress",
  "mroute",
  "tcp_metrics",
  "token",
  "l2tp",
  "addrlabel",
  "macsec",
  "nexthop",
  "ioam",
  "vrf",
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

/** As {@link parseConfig}, of words that have been split already; `r.notes` has what there is to say about them. */
export function readConfig(r: Reader): Config[] {
  try {
    return requests(r);
  } catch (error) {
    if (error instanceof LeftOut) return [];
    throw error;
  }
}

function requests(r: Reader): Config[] {
  const program = r.next("ip, tc, sysctl, iptables or nf");
  const made = parseProgram(program, r);
  if (!r.done) {
    r.next("nothing");
    throw r.wrong("the end of the line");
  }
  return [made].flat();
}

function parseProgram(program: string, r: Reader): Config | readonly Config[] {
  switch (program) {
    case "ip":
      return parseIp(r);
    case "tc":
      return parseQdisc(r);
    case "sysctl":
      return parseSysctls(r);
    case "iptables":
      return parseIptables(r);
    case "nf":
      return parseNetfilter(r);
    default:
      throw unknownWord(r.column, program, "a command", PROGRAMS);
  }
}

function parseIp(r: Reader): Config | readonly Config[] {
  takeIpOptions(r);
  const word = r.next("link, addr, route, rule, neigh or xfrm");
  const object = word === "" ? undefined : OBJECTS.find(([name]) => name.startsWith(word));
  if (object !== undefined) return object[1](r);
  const other =
    word === "" ? undefined : NOT_MODELLED.find((name) => name.startsWith(word) && word.length > 2);
  if (other === undefined) {
    throw r.unknown("an ip object", ["link", "addr", "route", "rule", "neigh", "xfrm"]);
  }
  r.note(`ip ${other} is not modelled: left out`);
  r.rest();
  return [];
}

export { ScriptError };
