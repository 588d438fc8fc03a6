// SPDX-License-Identifier: GPL-2.0-only
/** net/core/dev_mcast.c: the link-layer multicast addresses that a device listens to. */

import { traced } from "../../../../trace/traced.ts";
import { toHex } from "../../../../wire/hexdump.ts";
import type { NetDevice } from "../../include/linux/netdevice.ts";
import { type Kernel, local_bh_disable, local_bh_enable } from "../../kernel.ts";
import {
  __dev_addr_add,
  __dev_addr_delete,
  __dev_addr_sync,
  __dev_addr_unsync,
  __dev_set_rx_mode,
} from "./dev.ts";

const FILE = "net/core/dev_mcast.c";

/** One user less of a multicast address. */
export const dev_mc_delete = traced(
  FILE,
  "dev_mc_delete(dev, addr, alen, glbl)",
  (k: Kernel, dev: NetDevice, addr: Uint8Array, alen: number, glbl: number): number => {
    local_bh_disable(k);
    const err = __dev_addr_delete(k, dev.mc_list, toHex(addr.subarray(0, alen)), alen, glbl);
    if (err === 0) __dev_set_rx_mode(k, dev);
    local_bh_enable(k);
    return err;
  },
);

/** One user more of a multicast address. */
export const dev_mc_add = traced(
  FILE,
  "dev_mc_add(dev, addr, alen, glbl)",
  (k: Kernel, dev: NetDevice, addr: Uint8Array, alen: number, glbl: number): number => {
    local_bh_disable(k);
    const err = __dev_addr_add(k, dev.mc_list, toHex(addr.subarray(0, alen)), alen, glbl);
    if (err === 0) __dev_set_rx_mode(k, dev);
    local_bh_enable(k);
    return err;
  },
);

/** The device below listens to what the one on top of it listens to. */
export const dev_mc_sync = traced(
  FILE,
  "dev_mc_sync(to, from)",
  (k: Kernel, to: NetDevice, from: NetDevice): number => {
    local_bh_disable(k);
    const err = __dev_addr_sync(k, to, from);
    if (err === 0) __dev_set_rx_mode(k, to);
    local_bh_enable(k);
    return err;
  },
);

/** …and no longer does. */
export const dev_mc_unsync = traced(
  FILE,
  "dev_mc_unsync(to, from)",
  (k: Kernel, to: NetDevice, from: NetDevice): void => {
    local_bh_disable(k);
    __dev_addr_unsync(k, to, from);
    __dev_set_rx_mode(k, to);
    local_bh_enable(k);
  },
);
