// SPDX-License-Identifier: GPL-2.0-only
/** `ip route add|append|replace|change|del`, with iproute2's defaults for type, table, scope and protocol. */
import type { Nexthop, Route } from "../../kernels/config.ts";
import type { Reader } from "../reader.ts";
import { SCOPES, TABLES } from "../reader.ts";
import { takeVerb } from "./verb.ts";

/** RTN_* by name (linux/rtnetlink.h). */
export const ROUTE_TYPES: Readonly<Record<string, number>> = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
};
/** RTPROT_* by name. */
const PROTOCOLS: Readonly<Record<string, number>> = { redirect: 1, kernel: 2, boot: 3, static: 4 };
/** RTAX_* by name. */
const METRICS: Readonly<Record<string, number>> = { mtu: 2, window: 3, rtt: 4, advmss: 8, hoplimit: 10 };

const { unicast, local, broadcast, anycast, multicast, nat } = ROUTE_TYPES;
const WORDS = ["via", "dev", "src", "scope", "table", "metric", "tos", "proto", "onlink", "realm", "nexthop"];

type Draft = { -readonly [K in keyof Route]?: Route[K] };

export function parseRoute(r: Reader): Route {
  const op = takeVerb(r, ["add", "append", "replace", "change", "chg", "del"]);
  const made: Draft = {};
  while (!r.done) word(r, made);
  const { dst, prefixlen } = made;
  if (dst === undefined || prefixlen === undefined) throw r.missing("a destination");
  return defaults({ ...made, kind: "route", op: op === "chg" ? "change" : op, dst, prefixlen });
}

function word(r: Reader, made: Draft): void {
  const text = r.next("a word of ip route");
  switch (text) {
    case "via":
      r.take("inet");
      made.via = r.address("a gateway's address");
      return;
    case "src":
      made.src = r.address();
      return;
    case "dev":
    case "oif":
      made.dev = r.device();
      return;
    case "scope":
      made.scope = r.named("a scope", SCOPES, 255);
      return;
    case "table":
      made.table = r.named("a table", TABLES, 0xffffffff);
      return;
    case "metric":
    case "priority":
    case "preference":
      made.metric = r.number("a metric");
      return;
    case "tos":
    case "dsfield":
      made.tos = r.number("a type of service", 255);
      return;
    case "proto":
    case "protocol":
      made.proto = r.named("a protocol", PROTOCOLS, 255);
      return;
    case "onlink":
      made.onlink = true;
      return;
    case "realm":
    case "realms":
      made.realm = r.realms();
      return;
    case "nexthop":
      made.nexthops = [...(made.nexthops ?? []), nexthop(r)];
      return;
    default:
      other(r, text, made);
  }
}

/** A metric, the type, or the destination. */
function other(r: Reader, text: string, made: Draft): void {
  if (Object.hasOwn(METRICS, text)) {
    const lock = r.take("lock");
    const metric = { rtax: METRICS[text] as number, value: r.number(text), lock };
    made.metrics = [...(made.metrics ?? []), metric];
  } else if (Object.hasOwn(ROUTE_TYPES, text) && made.type === undefined && made.dst === undefined) {
    made.type = ROUTE_TYPES[text] as number;
  } else if (made.dst !== undefined) {
    throw r.unknown("a word of ip route", [...WORDS, ...Object.keys(METRICS)]);
  } else {
    const p =
      text === "to" ? r.prefix("a destination") : r.again("a destination, or a word of ip route", WORDS);
    made.dst = p.addr;
    made.prefixlen = p.len;
  }
}

function nexthop(r: Reader): Nexthop {
  const made: { -readonly [K in keyof Nexthop]?: Nexthop[K] } = {};
  for (;;) {
    if (r.take("via")) made.via = r.address("a gateway's address");
    else if (r.take("dev")) made.dev = r.device();
    else if (r.take("weight")) made.weight = r.number("a weight from 1", 256);
    else if (r.take("onlink")) made.onlink = true;
    else if (r.take("realm", "realms")) made.realm = r.realms();
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
    ...(del ? {} : { proto: proto ?? (PROTOCOLS["boot"] as number) }),
  };
}

function defaultScope({ op, via, nexthops }: Route, type: number | undefined): number {
  const scope = (name: string): number => SCOPES[name] as number;
  if (type === local || type === nat) return scope("host");
  if (type === broadcast || type === multicast || type === anycast) return scope("link");
  if (op === "del") return scope("nowhere");
  return type === unicast && via === undefined && nexthops === undefined ? scope("link") : scope("global");
}
