// SPDX-License-Identifier: GPL-2.0-only
/** The routes that a kernel makes beside each address: those that a recording has are not said again, those that it lacks are taken back. */
import { ROUTE_TYPES } from "../iproute2/names.ts";
import { parsePrefix } from "../reader.ts";
import type { AddressRecord, LinkRecord } from "./links.ts";
import {
  covers,
  isFarEntry,
  isMain,
  isOwnAddress,
  isOwnSubnet,
  isSubnetOfOwn,
  prefixText,
  type RouteRecord,
} from "./routes.ts";
import type { Writer } from "./writer.ts";

const { unicast } = ROUTE_TYPES as Readonly<Record<string, number>>;

/** Take out what the kernel makes beside each address, and where the recorded machine lacks it, take it back. */
export function withoutOwn(
  routes: readonly RouteRecord[],
  links: readonly LinkRecord[],
  partial: boolean,
  writer: Writer,
): RouteRecord[] {
  const subnets = new Map(routes.filter(isOwnSubnet).map((r) => [`${prefixText(r)} ${r.dev}`, r]));
  const own = new Set<RouteRecord>();
  const seen = new Set<string>();
  const missing = new Missing(routes);
  for (const { name, flags, addresses } of links) {
    for (const a of flags.has("UP") && name !== "lo" ? addresses : []) {
      const dst = subnetOf(a);
      // A second address of a subnet brings no second route.
      if (dst === undefined || seen.has(`${dst} ${name}`)) continue;
      seen.add(`${dst} ${name}`);
      const made = subnets.get(`${dst} ${name}`);
      if (made !== undefined) own.add(made);
      else if (!partial && missing.isTakenBack(a, name))
        writer.add(a.entry, ["ip", "route", "del", dst, "dev", name, "proto", "kernel", "scope", "link"]);
    }
  }
  return routes.filter((r) => !isOwnAddress(r) && !own.has(r));
}

/** The subnet that gets a route with this address, if one does. */
function subnetOf(a: AddressRecord): string | undefined {
  if (a.secondary || (a.prefixlen === 32 && a.peer === undefined)) return undefined;
  const network = networkOf(a);
  return network.addr >>> 24 === 0 ? undefined : prefixText(network);
}

function networkOf({ peer, local, prefixlen: len }: AddressRecord): { addr: number; len: number } {
  const addr = parsePrefix(peer ?? local)?.addr ?? 0;
  return { addr: len === 0 ? 0 : (addr & (-1 << (32 - len))) >>> 0, len };
}

/**
 * Routes to subnets that the kernel makes and that are not printed: has somebody taken them back? A few lines of a table do
 * not tell. Where a gateway is reached by the one that is missing, or no subnet's route is printed at all, the others were cut out.
 */
class Missing {
  private readonly main: boolean;
  private readonly subnets: boolean;
  /** Gateways by device, but for those that are there whatever the table says. */
  private readonly gateways = new Map<string, number[]>();

  constructor(routes: readonly RouteRecord[]) {
    const main = routes.filter(isMain);
    this.main = main.length > 0;
    this.subnets = main.some(isSubnetOfOwn);
    const reached = new Prefixes(main.filter((r) => r.len > 0 && r.type === unicast && !isFarEntry(r.entry)));
    for (const { entry, dev } of main) {
      for (const e of [entry, ...entry.objects("nexthops")]) {
        const gateway = parsePrefix(e.text("gateway") ?? "")?.addr;
        const by = (e === entry ? dev : e.text("dev")) ?? "";
        if (gateway === undefined || e.words("flags").includes("onlink") || reached.has(gateway)) continue;
        const known = this.gateways.get(by) ?? [];
        known.push(gateway);
        this.gateways.set(by, known);
      }
    }
  }

  isTakenBack(a: AddressRecord, dev: string): boolean {
    const network = networkOf(a);
    if (this.gateways.get(dev)?.some((gateway) => covers(network, gateway)) === true) return false;
    // What was printed for a program is whole.
    return this.main && (a.noprefixroute || !a.entry.pasted || this.subnets);
  }
}

/** Prefixes, to be asked what is in one of them. */
class Prefixes {
  private readonly byLength = new Map<number, Set<number>>();

  constructor(all: readonly { readonly addr: number; readonly len: number }[]) {
    for (const { addr, len } of all) {
      const known = this.byLength.get(len) ?? new Set();
      this.byLength.set(len, known.add(addr >>> (32 - len)));
    }
  }

  has(addr: number): boolean {
    return [...this.byLength].some(([len, known]) => known.has(addr >>> (32 - len)));
  }
}
