// SPDX-License-Identifier: GPL-2.0-only
/** `ip route add|append|prepend|replace|change|del|flush`, with iproute2's defaults for type, table, scope and protocol. */
import type { Config, Nexthop, Route } from "../../kernels/config.ts";
import { ScriptError } from "../error.ts";
import type { Reader } from "../reader.ts";
import { SCOPES, TABLES } from "../reader.ts";
import { parseRouteFlush } from "./flush.ts";
import { takeMetric } from "./metrics.ts";
import { PROTOCOLS, ROUTE_TYPES } from "./names.ts";
import { takeVerb } from "./verb.ts";

const { unicast, local, broadcast, anycast, multicast, nat } = ROUTE_TYPES;
const WORDS = [
  "default",
  ..."via dev src scope table metric tos proto onlink realm nexthop mtu advmss hoplimit window".split(" "),
  ..."rtt rttvar ssthresh cwnd initcwnd initrwnd reordering features rto_min quickack".split(" "),
];
/** Parts of a route that came later, and make it another one. */
const LATER = ["nhid", "encap"];

export type RouteDraft = { -readonly [K in keyof Route]?: Route[K] };

export function parseRoute(r: Reader): Config {
  const op = takeVerb(r, ["add", "change", "chg", "replace", "prepend", "append", "del", "flush"]);
  if (op === "flush") return parseRouteFlush(r);
  const made: RouteDraft = {};
  while (!r.done) word(r, made);
  const { dst, prefixlen } = made;
  if (dst === undefined || prefixlen === undefined) throw r.missing("a destination");
  return defaults({ ...made, kind: "route", op: op === "chg" ? "change" : op, dst, prefixlen });
}

function word(r: Reader, made: RouteDraft): void {
  if (r.take("via")) {
    r.take("inet");
    if (made.via !== undefined) throw twice(r);
    made.via = r.address("a gateway's address");
  } else if (r.take("src")) made.src = r.address();
  else if (r.take("dev", "oif")) made.dev = r.device();
  else if (r.take("scope")) made.scope = r.named("a scope", SCOPES, 255);
  else if (r.take("tos") || r.match("dsfield")) made.tos = r.tos();
  else if (r.match("metric", "priority") || r.take("preference")) made.metric = r.number("a metric");
  else if (r.take("onlink")) made.onlink = true;
  else if (r.take("nexthop")) made.nexthops = [...(made.nexthops ?? []), nexthop(r)];
  else if (!ofLaterKernels(r) && !takeMetric(r, made) && !long(r, made)) destination(r, made);
}

/** Words that may be abbreviated, after those that may not. */
function long(r: Reader, made: RouteDraft): boolean {
  if (r.match("realms")) made.realm = r.realms();
  else if (r.match("protocol")) made.proto = r.named("a protocol", PROTOCOLS, 255);
  else if (r.match("table")) made.table = r.named("a table", TABLES, 0xffffffff);
  else return false;
  return true;
}

function ofLaterKernels(r: Reader): boolean {
  if (r.take("expires", "pref", "ttl-propagate", "fastopen_no_cookie")) {
    r.note(`${r.last} is newer than el6's routes: left out`);
    r.next("a value");
    return true;
  }
  if (!r.take(...LATER)) return false;
  const [what] = LATER.filter((w) => r.last === w);
  throw new ScriptError(r.column, `${what} is newer than el6`, "via and dev");
}

function twice(r: Reader): ScriptError {
  return new ScriptError(r.column, "a second via", "nexthop via … nexthop via … for several gateways");
}

/** The type, or the destination. */
function destination(r: Reader, made: RouteDraft): void {
  const to = r.take("to");
  const type = r.peek() ?? "";
  if (Object.hasOwn(ROUTE_TYPES, type) && made.type === undefined && made.dst === undefined) {
    r.next("a type");
    made.type = ROUTE_TYPES[type] as number;
    if (!to) return;
  }
  const late = made.dst === undefined ? undefined : "an ip route keyword";
  const p = r.again(late, to ? "a destination" : "a destination or an ip route keyword", WORDS);
  made.dst = p.addr;
  made.prefixlen = p.len;
}

function nexthop(r: Reader): Nexthop {
  const made: { -readonly [K in keyof Nexthop]?: Nexthop[K] } = {};
  for (;;) {
    if (r.take("via")) {
      r.take("inet");
      if (made.via !== undefined) throw twice(r);
      made.via = r.address("a gateway's address");
    } else if (r.take("dev")) made.dev = r.device();
    else if (r.take("weight")) {
      made.weight = r.number("a weight from 1", 256);
      if (made.weight === 0) throw r.wrong("a weight from 1 (to 256)");
    } else if (r.take("onlink")) made.onlink = true;
    else if (r.peek() !== "r" && r.match("realms")) made.realm = r.realms();
    else return made;
  }
}

function defaults(route: Route): Route {
  const { op, type, table, scope, proto } = route;
  const del = op === "del";
  const kind = type ?? (del ? undefined : unicast);
  const inLocal = kind === local || kind === broadcast || kind === nat || kind === anycast;
  return {
    ...route,
    ...(kind === undefined ? {} : { type: kind }),
    table: table ?? (TABLES[inLocal ? "local" : "main"] as number),
    scope: scope ?? defaultScope(route, kind),
    ...(del && proto === undefined ? {} : { proto: proto ?? (PROTOCOLS["boot"] as number) }),
  };
}

function defaultScope({ op, via, nexthops }: Route, type: number | undefined): number {
  const scope = (name: string): number => SCOPES[name] as number;
  if (type === local || type === nat) return scope("host");
  if (type === broadcast || type === multicast || type === anycast) return scope("link");
  if (op === "del") return scope("nowhere");
  return type === unicast && via === undefined && nexthops === undefined ? scope("link") : scope("global");
}
