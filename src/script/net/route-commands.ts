// SPDX-License-Identifier: GPL-2.0-only
/** The commands that add a recorded machine's routes: all but those that the kernel makes by itself. */
import { ROUTE_TYPES } from "../iproute2/names.ts";
import { SCOPES } from "../reader.ts";
import type { Fields } from "./fields.ts";
import { type LinkRecord, scopeName } from "./links.ts";
import { isFarEntry, prefixText, type RouteRecord } from "./routes.ts";
import { withoutOwn } from "./subnets.ts";
import { tosWord } from "./tos.ts";
import type { Writer } from "./writer.ts";

const { unicast, local, broadcast, multicast } = ROUTE_TYPES as Readonly<Record<string, number>>;

/** What is on a link comes first: gateways must be reachable when they are named. */
export function routeCommands(
  routes: readonly RouteRecord[],
  links: readonly LinkRecord[],
  partial: boolean,
  writer: Writer,
): void {
  if (routes.length === 0) return;
  const rest = withoutOwn(routes, links, partial, writer);
  const add = (route: RouteRecord): void => {
    writer.attempt(route.entry, `the route to ${dstWord(route)} is`, () => addRoute(route, writer));
  };
  for (const route of rest) if (!isFar(route)) add(route);
  for (const route of rest) if (isFar(route)) add(route);
}

/** Of blackhole and its kin, later kernels print a device that is nobody's. */
function isRefusal({ type }: RouteRecord): boolean {
  return type >= (ROUTE_TYPES["blackhole"] as number) && type <= (ROUTE_TYPES["throw"] as number);
}

function isFar({ entry }: RouteRecord): boolean {
  return isFarEntry(entry);
}

function addRoute(r: RouteRecord, writer: Writer): void {
  const { entry } = r;
  const problem = unsayable(r);
  if (problem !== undefined) {
    writer.note(entry, `route to ${prefixText(r)} left out: ${problem}`);
    return;
  }
  const words = ["ip", "route", "append", ...(r.type === unicast ? [] : [typeName(r.type)]), dstWord(r)];
  const put = (word: string, value: string | number | undefined): void => {
    if (value !== undefined) words.push(word, `${value}`);
  };
  put("tos", tosWord(entry));
  if (!isRefusal(r)) words.push(...hop(entry));
  put("src", r.src);
  if (r.scope !== usualScope(r)) put("scope", scopeName(r.scope));
  if (r.table !== "main") put("table", writer.table(r.table, entry));
  if (r.metric !== 0) put("metric", r.metric);
  if (r.byKernel) put("proto", "kernel");
  put("realm", realmOf(entry, writer));
  for (const metric of entry.objects("metrics")) {
    for (const name of METRICS) {
      const value = metric.number(name);
      if (value !== undefined) words.push(name, ...(metric.has("lock") ? ["lock"] : []), `${value}`);
    }
  }
  for (const next of entry.objects("nexthops")) {
    words.push("nexthop", ...hop(next));
    put("weight", next.number("weight", 256));
  }
  writer.add(entry, words);
}

function dstWord(r: RouteRecord): string {
  return r.len === 0 ? "default" : prefixText(r);
}

/** The one that `ip route` gives a route which says none. */
function usualScope(r: RouteRecord): number | undefined {
  if (r.type === local) return SCOPES["host"];
  if (r.type === broadcast || r.type === multicast) return SCOPES["link"];
  return r.type === unicast && !isFar(r) ? SCOPES["link"] : SCOPES["global"];
}

/** Those that concern datagrams. */
const METRICS = ["mtu", "advmss", "hoplimit"];

/** What keeps a route from being said in el6's words. */
function unsayable({ entry, type, dev }: RouteRecord): string | undefined {
  const nowhere = type === unicast && dev === undefined && !isFarEntry(entry);
  if (nowhere) return "its next hop is not printed";
  if (entry.words("flags").includes("dead")) return "its device is down";
  for (const e of [entry, ...entry.objects("nexthops")]) {
    if (e.has("via")) return "its gateway is not an IPv4 address";
    if (e.has("encap")) return "encapsulation is not modelled";
  }
  return undefined;
}

function typeName(type: number): string {
  return Object.keys(ROUTE_TYPES).find((name) => ROUTE_TYPES[name] === type) ?? `${type}`;
}

function hop(entry: Fields): string[] {
  const gateway = entry.address("gateway");
  const dev = entry.device("dev");
  return [
    ...(gateway === undefined ? [] : ["via", gateway]),
    ...(dev === undefined ? [] : ["dev", dev]),
    ...(entry.words("flags").includes("onlink") ? ["onlink"] : []),
  ];
}

function realmOf(entry: Fields, writer: Writer): string | undefined {
  const flow = entry.object("flow");
  const to = flow?.word("to");
  const from = flow?.word("from");
  for (const name of [from, to]) {
    if (name !== undefined && !/^\d+$/.test(name))
      writer.note(entry, `realm ${name} left out: its number is in rt_realms, not here`);
  }
  if (to === undefined || !/^\d+$/.test(to)) return undefined;
  return from !== undefined && /^\d+$/.test(from) ? `${from}/${to}` : to;
}
