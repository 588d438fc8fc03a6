// SPDX-License-Identifier: GPL-2.0-only
/** `ip addr|route|rule|neigh flush …`: everything that fits. */
import type { Config, Flush } from "../../kernels/config.ts";
import { type Reader, SCOPES, TABLES } from "../reader.ts";
import { NUD, PROTOCOLS, ROUTE_TYPES } from "./names.ts";

type Draft = { -readonly [K in keyof Flush]?: Flush[K] };

/** `ip addr flush [dev D] [to P] [scope S] [label PATTERN]`. */
export function parseAddrFlush(r: Reader): Flush {
  if (r.done) throw r.missing("what to flush, such as dev and a device");
  const made: Draft = {};
  while (!r.done) {
    if (r.take("scope")) made.scope = r.take("all") ? undefined : r.named("a scope", SCOPES, 255);
    else if (r.take("to")) made.to = target(r);
    else if (r.take("label")) made.label = r.next("a label");
    else if (!r.take("up", "dynamic", "permanent", "primary")) {
      r.take("dev");
      made.dev = r.device();
    }
  }
  return { ...made, kind: "flush", object: "addr" };
}

/** `ip route flush cache|all|[table T] [PREFIX] [dev D] [proto P] [scope S] [type T]`. */
export function parseRouteFlush(r: Reader): Config {
  if (r.done) throw r.missing("what to flush: cache, a table, a prefix");
  const made: Draft = { table: TABLES["main"] as number };
  while (!r.done) {
    // iproute2 writes -1 to the setting that empties the cache.
    if (r.match("cached") || r.take("cache")) {
      r.take("all");
      return { kind: "sysctl", key: "net.ipv4.route.flush", value: "-1" };
    }
    routeWord(r, made);
  }
  return { ...made, kind: "flush", object: "route" };
}

function routeWord(r: Reader, made: Draft): void {
  if (r.match("table")) {
    made.table = r.take("cache") ? undefined : r.take("all") ? "all" : r.named("a table", TABLES, 0xffffffff);
  } else if (r.take("dev", "oif")) made.dev = r.device();
  else if (r.match("protocol")) made.proto = r.named("a protocol", PROTOCOLS, 255);
  else if (r.match("scope")) made.scope = r.named("a scope", SCOPES, 255);
  else if (r.match("type")) made.type = r.named("a type", ROUTE_TYPES, 255);
  else if (r.take("via")) made.via = r.address("a gateway's address");
  else if (r.take("src")) made.src = r.address();
  else if (Object.hasOwn(ROUTE_TYPES, r.peek() ?? "")) made.type = ROUTE_TYPES[r.next("a type")] as number;
  else {
    r.take("to");
    made.within = r.take("root") ? "root" : "exact";
    made.to = target(r);
  }
}

/** A prefix; undefined for all. */
function target(r: Reader): Draft["to"] {
  if (r.take("all", "any")) return undefined;
  r.take("exact");
  const { addr, len } = r.prefix("a prefix");
  return { addr, len };
}

/** `ip rule flush [table T]`: all but those of preference 0. */
export function parseRuleFlush(r: Reader): Flush {
  const made: Draft = {};
  while (!r.done) {
    if (r.match("table", "lookup")) made.table = r.named("a table", TABLES, 0xffffffff);
    else {
      r.next("table");
      throw r.unknown("an ip rule flush keyword", ["table"]);
    }
  }
  return { ...made, kind: "flush", object: "rule" };
}

/** `ip neigh flush all|[dev D] [nud STATE] [to P]`; permanent ones stay, unless their state is named. */
export function parseNeighFlush(r: Reader): Flush {
  if (r.done) throw r.missing("what to flush, such as all, or dev and a device");
  const made: Draft = {};
  while (!r.done) {
    if (r.take("dev")) made.dev = r.device();
    else if (r.take("nud")) made.nud = r.take("all") ? 0xff : r.named("a state", NUD, 255);
    else {
      r.take("to");
      made.to = target(r);
    }
  }
  return { ...made, kind: "flush", object: "neigh" };
}
