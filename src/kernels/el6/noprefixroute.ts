// SPDX-License-Identifier: GPL-2.0-only
/** `ip addr add … noprefixroute`, which el6 does not know: the route that it makes all the same is taken back. */
import type { Addr, LinkSet } from "../config.ts";
import { flush } from "./flush.ts";
import type { InIfaddr } from "./include/linux/netdevice.ts";
import type { Kernel } from "./kernel.ts";
import { __dev_get_by_name } from "./net/core/dev.ts";
import { rtnl_setlink } from "./net/core/rtnetlink.ts";
import { rtnl_addr } from "./net/ipv4/devinet.ts";

const RT_TABLE_MAIN = 254;
const RTPROT_KERNEL = 2;
const RT_SCOPE_LINK = 253;

/** Add an address, which may have the flag: 0 or -errno. */
export function add_address(k: Kernel, change: Addr): number {
  const err = rtnl_addr(k, change);
  if (err !== 0 || change.noprefixroute !== true) return err;
  const all = __dev_get_by_name(k, k.init_net, change.dev)?.ip_ptr?.ifa_list ?? [];
  for (const ifa of all) {
    if (ifa.ifa_local !== change.local || ifa.ifa_prefixlen !== change.prefixlen) continue;
    ifa.noprefixroute = true;
    take_back(k, change.dev, ifa);
  }
  return 0;
}

/** Change a device: one that comes up gets the routes of its addresses again. 0 or -errno. */
export function set_link(k: Kernel, change: LinkSet): number {
  const err = rtnl_setlink(k, change);
  if (err !== 0 || change.up !== true) return err;
  const name = change.name ?? change.dev;
  for (const ifa of __dev_get_by_name(k, k.init_net, name)?.ip_ptr?.ifa_list ?? []) {
    if (ifa.noprefixroute === true) take_back(k, name, ifa);
  }
  return 0;
}

function take_back(k: Kernel, dev: string, { ifa_address, ifa_prefixlen }: InIfaddr): void {
  flush(k, {
    kind: "flush",
    object: "route",
    table: RT_TABLE_MAIN,
    to: { addr: ifa_address, len: ifa_prefixlen },
    within: "exact",
    dev,
    proto: RTPROT_KERNEL,
    scope: RT_SCOPE_LINK,
  });
}
