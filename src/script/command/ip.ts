// SPDX-License-Identifier: GPL-2.0-only
/** `ip [-s] OBJECT [show] …`, `ip route get …`, `ip route flush cache`: the commands of ip that change no setting. */
import type { RouteQuery } from "../../kernels/release.ts";
import { takeIpOptions } from "../iproute2/options.ts";
import { type Reader, TABLES } from "../reader.ts";
import type { Command } from "./kinds.ts";

const SHOW = ["show", "list", "ls", "lst", "sh"];
const OBJECTS = ["address", "route", "rule", "neighbour", "link"] as const;
type Shown = (typeof OBJECTS)[number];

/** The command, or undefined where it is one that changes something. */
export function parseIp(r: Reader): Command | undefined {
  const stats = takeIpOptions(r);
  const word = r.peek();
  const object = OBJECTS.find((name) => word !== undefined && word !== "" && alias(word, name));
  if (object === undefined) return undefined;
  r.next("an ip object");
  if (object === "route") {
    if (r.take("get", "g")) return { kind: "route-get", query: routeGet(r) };
  }
  if (r.done || r.take(...SHOW)) return show(r, object, stats);
  return undefined;
}

const alias = (word: string, name: string): boolean =>
  name.startsWith(word) || (name === "neighbour" && "neighbor".startsWith(word));

function show(r: Reader, object: Shown, stats: boolean): Command {
  const dev = (): { dev?: string } => {
    if (r.done) return {};
    r.take("dev");
    return { dev: r.device() };
  };
  switch (object) {
    case "link":
      return { kind: "link", stats, ...dev() };
    case "address":
      return { kind: "addr", stats, ...dev() };
    case "neighbour":
      return { kind: "neigh", ...dev() };
    case "rule":
      return { kind: "rule" };
    case "route":
      return routes(r);
  }
}

function routes(r: Reader): Command {
  let table: number | "all" | undefined;
  let dev: string | undefined;
  while (!r.done) {
    if (r.take("table")) table = r.take("all") ? "all" : r.named("a table", TABLES, 0xffffffff);
    else if (r.take("dev", "oif")) dev = r.device();
    else {
      r.next("table or dev");
      throw r.unknown("an ip route show keyword", ["table", "dev"]);
    }
  }
  return {
    kind: "route",
    ...(table === undefined ? {} : { table }),
    ...(dev === undefined ? {} : { dev }),
  };
}

function routeGet(r: Reader): RouteQuery {
  const query: { -readonly [K in keyof RouteQuery]?: RouteQuery[K] } = {};
  while (!r.done) {
    if (r.take("from")) query.src = r.address("a source address");
    else if (r.take("oif", "dev")) query.oif = r.device();
    else if (r.take("iif")) query.iif = r.device();
    else if (r.take("mark")) query.mark = r.number("a mark");
    else if (r.take("tos", "dsfield")) query.tos = r.tos();
    else if (query.dst === undefined) {
      r.take("to");
      query.dst = r.prefix("a destination").addr;
    } else {
      r.next("from, iif, oif, mark or tos");
      throw r.unknown("an ip route get keyword", ["from", "iif", "oif", "mark", "tos"]);
    }
  }
  const { dst } = query;
  if (dst === undefined) throw r.missing("a destination");
  return { ...query, dst };
}
