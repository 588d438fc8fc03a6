// SPDX-License-Identifier: GPL-2.0-only
/** What text leaves out and can be told from the rest of it. */
import type { Fields } from "../fields.ts";
import { type Entry, fieldsOf, type Line } from "./entry.ts";
import type { Found } from "./section.ts";

/** A device of a text, with the others of the same text. */
export interface TextLink {
  readonly entry: Entry;
  readonly line: Line;
  readonly all: ReadonlyMap<string, Entry>;
}

/** The devices: those without addresses in a text that has some, VLANs and pairs that only their names show. */
export function completed(links: readonly TextLink[], routes: readonly Entry[], found: Found): Fields[] {
  const linkdown = new Set(routes.filter(isLinkdown).map((route) => route["dev"]));
  const withAddresses = new Set<TextLink["all"]>();
  for (const { entry, all } of links) if (entry["addr_info"] !== undefined) withAddresses.add(all);
  return links.map((link) => {
    if (withAddresses.has(link.all)) link.entry["addr_info"] ??= [];
    // A device that is switched off has no routes: this one has no carrier.
    if (link.entry["operstate"] === "DOWN" && linkdown.has(link.entry["ifname"]))
      link.entry["flags"] ??= ["UP", "MULTICAST", "NO-CARRIER"];
    if (link.entry["linkinfo"] === undefined) pair(link);
    if (link.entry["linkinfo"] === undefined) vlan(link, found);
    return fieldsOf(link.entry, link.line);
  });
}

function isLinkdown(route: Entry): boolean {
  return (route["flags"] as readonly string[] | undefined)?.includes("linkdown") === true;
}

/** `a@b` and `b@a` are the ends of a veth. */
function pair({ entry, all }: TextLink): void {
  const other = all.get(String(entry["link"]));
  if (other !== undefined && other["link"] === entry["ifname"]) entry["linkinfo"] = { info_kind: "veth" };
}

/** `eth0.5@eth0`, or `eth0.5` where there is an eth0. */
function vlan({ entry, line, all }: TextLink, found: Found): void {
  const name = String(entry["ifname"]);
  const m = /^(.+)\.(\d{1,4})$/.exec(name);
  const below = (entry["link"] as string | undefined) ?? m?.[1];
  if (m === null || below === undefined || !all.has(below) || Number(m[2]) > 4094) return;
  entry["link"] = below;
  entry["linkinfo"] = { info_kind: "vlan", info_data: { id: Number(m[2]) } };
  found.note(line, `${name} is assumed to be VLAN ${m[2]} of ${below}: ip -d link shows it`);
}

/** busybox prints no protocol: a subnet's route with a source is the kernel's. */
export function withKernelRoutes(routes: readonly Entry[]): Entry[] {
  if (routes.some((route) => route["protocol"] !== undefined)) return [...routes];
  return routes.map((route) => {
    const subnet =
      ["link", undefined].includes(route["scope"] as string | undefined) && route["type"] === undefined;
    const own =
      subnet &&
      route["prefsrc"] !== undefined &&
      route["gateway"] === undefined &&
      route["dst"] !== "default";
    return own ? { ...route, scope: "link", protocol: "kernel" } : route;
  });
}
