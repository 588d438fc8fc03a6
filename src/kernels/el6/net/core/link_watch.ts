// SPDX-License-Identifier: GPL-2.0-only
/** net/core/link_watch.c: carrier changes, worked off in a thread of their own, at most once a second unless urgent. */
import type { Named } from "../../../../trace/record.ts";
import { note, traced } from "../../../../trace/traced.ts";
import {
  dev_hold,
  dev_put,
  IFF_UP,
  type NetDevice,
  netif_carrier_ok,
  netif_running,
} from "../../include/linux/netdevice.ts";
import { defer, del_timer, type Kernel, mod_timer, new_timer } from "../../kernel.ts";
import { dev_activate, dev_deactivate } from "../sched/sch_generic.ts";
import { netdev_state_change } from "./dev.ts";
import { rtnl_lock, rtnl_unlock } from "./rtnetlink.ts";

const FILE = "net/core/link_watch.c";

/** Does the device wait for this change before it can send? */
export const linkwatch_urgent_event = traced(
  FILE,
  "linkwatch_urgent_event(dev)",
  (_k: Kernel, dev: NetDevice): boolean => {
    if (!netif_running(dev)) return false;
    if (dev.ifindex !== dev.iflink) return true;
    return netif_carrier_ok(dev) && dev.tx.qdisc !== dev.tx.qdisc_sleeping;
  },
);

/** Put off the work, or have it done as soon as the task leaves the kernel. */
export const linkwatch_schedule_work = traced(
  FILE,
  "linkwatch_schedule_work(urgent)",
  (k: Kernel, urgent: boolean): void => {
    let delay = k.linkwatch_nextevent - k.jiffies;
    if (k.linkwatch_urgent) return;
    if (urgent) {
      k.linkwatch_urgent = true;
      delay = 0;
    }
    if (delay < 0 || delay > k.HZ) delay = 0;
    if (delay > 0) {
      note(k, "last linkwatch event was less than 1 s ago: delay this one", { delay });
      if (!k.linkwatch_work.pending) mod_timer(k, k.linkwatch_work, k.jiffies + delay);
      return;
    }
    del_timer(k, k.linkwatch_work);
    defer(k, () => linkwatch_event(k, k.linkwatch_work_struct));
  },
);

/** Work off the devices whose carrier changed. */
export const __linkwatch_run_queue = traced(
  FILE,
  "__linkwatch_run_queue(urgent_only)",
  (k: Kernel, urgent_only: boolean): void => {
    if (!urgent_only) k.linkwatch_nextevent = k.jiffies + k.HZ;
    else if (k.linkwatch_nextevent > k.jiffies + k.HZ) k.linkwatch_nextevent = k.jiffies;
    k.linkwatch_urgent = false;
    const list = k.lweventlist.splice(0);
    for (const dev of list) {
      if (urgent_only && !linkwatch_urgent_event(k, dev)) {
        k.lweventlist.unshift(dev);
        continue;
      }
      dev.linkwatch_pending = false;
      if ((dev.flags & IFF_UP) !== 0) {
        if (netif_carrier_ok(dev)) dev_activate(k, dev);
        else dev_deactivate(k, dev);
        netdev_state_change(k, dev);
      }
      dev_put(dev);
    }
    if (k.lweventlist.length > 0) linkwatch_schedule_work(k, false);
  },
);

/** The work itself. */
export const linkwatch_event = traced(FILE, "linkwatch_event(dummy)", (k: Kernel, _dummy: Named): void => {
  rtnl_lock(k);
  __linkwatch_run_queue(k, k.linkwatch_nextevent > k.jiffies);
  rtnl_unlock(k);
});

/** A device's carrier changed. */
export const linkwatch_fire_event = traced(
  FILE,
  "linkwatch_fire_event(dev)",
  (k: Kernel, dev: NetDevice): void => {
    const urgent = linkwatch_urgent_event(k, dev);
    if (!dev.linkwatch_pending) {
      dev.linkwatch_pending = true;
      dev_hold(dev);
      k.lweventlist.unshift(dev);
    } else if (!urgent) return;
    linkwatch_schedule_work(k, urgent);
  },
);

/** linkwatch_init. */
export function linkwatch_init(k: Kernel): void {
  k.linkwatch_work = new_timer((m) => linkwatch_event(m, m.linkwatch_work_struct));
}
