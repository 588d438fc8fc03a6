// SPDX-License-Identifier: GPL-2.0-only
/**
 * net/core/neighbour.c: the table of neighbours, who are the hosts on a link with their link-layer addresses, and the
 * life of an entry: asked for, reachable, stale, probed, failed. ARP is the one protocol that uses it here.
 */
import type { Named } from "../../../../trace/record.ts";
import { drop, fate, inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import { EEXIST, EINVAL, ENETDOWN, ENOBUFS, ENODEV, ENOENT, EPERM } from "../../../../uapi/errno.ts";
import { formatMac } from "../../../../wire/ethernet.ts";
import { formatIpv4 } from "../../../../wire/ipv4.ts";
import type { Neigh } from "../../../config.ts";
import {
  dev_hard_header,
  dev_hold,
  dev_put,
  type HeaderOps,
  type NetDevice,
  netif_running,
} from "../../include/linux/netdevice.ts";
import {
  __skb_dequeue,
  __skb_pull,
  __skb_queue_tail,
  __skb_unlink,
  drop_all,
  type SkBuff,
  SkBuffHead,
  skb_network_offset,
  skb_peek,
} from "../../include/linux/skbuff.ts";
import { type DstEntry, skb_dst_drop } from "../../include/net/dst.ts";
import {
  __neigh_lookup,
  __neigh_lookup_errno,
  __neigh_parms_put,
  NEIGH_UPDATE_F_ADMIN,
  NEIGH_UPDATE_F_OVERRIDE,
  NEIGH_UPDATE_F_WEAK_OVERRIDE,
  Neighbour,
  type NeighOps,
  type NeighParms,
  NUD_CONNECTED,
  NUD_DELAY,
  NUD_FAILED,
  NUD_IN_TIMER,
  NUD_INCOMPLETE,
  NUD_NOARP,
  NUD_NONE,
  NUD_PERMANENT,
  NUD_PROBE,
  NUD_REACHABLE,
  NUD_STALE,
  NUD_VALID,
  neigh_event_send,
  neigh_hold,
  neigh_parms_clone,
  neigh_release,
} from "../../include/net/neighbour.ts";
import {
  del_timer,
  type Kernel,
  local_bh_disable,
  local_bh_enable,
  mod_timer,
  type Net,
  new_timer,
  printk,
} from "../../kernel.ts";
import { arp_constructor, arp_hash, parp_redo } from "../ipv4/arp.ts";
import { dev_get_by_index, dev_queue_xmit } from "./dev.ts";
import { call_netevent_notifiers, NETEVENT_NEIGH_UPDATE } from "./netevent.ts";
import { kfree_skb, skb_copy, skb_dequeue, skb_queue_purge } from "./skbuff.ts";

export { neigh_release };

const FILE = "net/core/neighbour.c";

/** Where a neighbour sends that was taken out of the table while somebody still held it. */
export const neigh_blackhole = traced(FILE, "neigh_blackhole(skb)", (k: Kernel, skb: SkBuff): number => {
  drop(k, skb, "NEIGH_DEAD", "neighbour entry was removed from the table (neigh_blackhole)");
  kfree_skb(k, skb);
  return -ENETDOWN;
});

/** Tell rtnetlink's listeners of a change. */
export const __neigh_notify = traced(
  FILE,
  "__neigh_notify(n, type, flags)",
  (k: Kernel, _n: Neighbour, _type: number, _flags: number): void => {
    note(k, "not modelled: netlink notifications of neighbours");
  },
);
const RTM_NEWNEIGH = 28;
const RTM_DELNEIGH = 29;

/** Tell everybody of a change. */
export const neigh_update_notify = traced(
  FILE,
  "neigh_update_notify(neigh)",
  (k: Kernel, neigh: Neighbour): void => {
    call_netevent_notifiers(k, NETEVENT_NEIGH_UPDATE, neigh);
    __neigh_notify(k, neigh, RTM_NEWNEIGH, 0);
  },
);

/** An entry has left the table: say so, and let go of it. */
export const neigh_cleanup_and_release = traced(
  FILE,
  "neigh_cleanup_and_release(neigh)",
  (k: Kernel, neigh: Neighbour): void => {
    __neigh_notify(k, neigh, RTM_DELNEIGH, 0);
    neigh_release(k, neigh);
  },
);

/** A random time between one half and three halves of `base`. */
export const neigh_rand_reach_time = traced(
  FILE,
  "neigh_rand_reach_time(base)",
  (k: Kernel, base: number): number => {
    return base !== 0 ? (k.random.u32("neigh reachable time") % base) + (base >> 1) : 0;
  },
);

/** The table is full: throw out what nobody holds. */
export const neigh_forced_gc = inlined(FILE, "neigh_forced_gc(tbl)", (k: Kernel, _tbl: Named): number => {
  let shrunk = 0;
  local_bh_disable(k);
  for (let i = 0; i < k.arp_tbl.length; ) {
    const n = k.arp_tbl[i] as Neighbour;
    if (n.refcnt === 1 && (n.nud_state & NUD_PERMANENT) === 0) {
      k.arp_tbl.splice(i, 1);
      n.dead = 1;
      shrunk = 1;
      neigh_cleanup_and_release(k, n);
    } else i++;
  }
  k.arp_last_flush = k.jiffies;
  if (shrunk === 0) note(k, "every entry is in use or permanent: nothing to collect");
  local_bh_enable(k);
  return shrunk;
});

/** Wake an entry at `when`; the timer holds it. */
export const neigh_add_timer = traced(
  FILE,
  "neigh_add_timer(n, when)",
  (k: Kernel, n: Neighbour, when: number): void => {
    neigh_hold(n);
    if (mod_timer(k, timer_of(n), when))
      printk(k, `NEIGH: BUG, double timer add, state is ${n.nud_state.toString(16)}`);
  },
);

function timer_of(n: Neighbour): NonNullable<Neighbour["timer"]> {
  n.timer ??= new_timer((k) => neigh_timer_handler(k, n));
  return n.timer;
}

/** Stop an entry's timer. */
export const neigh_del_timer = traced(FILE, "neigh_del_timer(n)", (k: Kernel, n: Neighbour): number => {
  if ((n.nud_state & NUD_IN_TIMER) === 0 || !del_timer(k, timer_of(n))) return 0;
  neigh_release(k, n);
  return 1;
});

/** Requests that were to be answered for others are not, after all. */
export const pneigh_queue_purge = traced(
  FILE,
  "pneigh_queue_purge(list)",
  (k: Kernel, list: SkBuffHead): void => {
    for (let skb = skb_dequeue(k, list); skb !== null; skb = skb_dequeue(k, list)) {
      drop(k, skb, "DEV_READY", "the device went down before the proxy ARP reply");
      dev_put(skb.dev as NetDevice);
      kfree_skb(k, skb);
    }
  },
);

/** Throw out a device's entries (all entries, where `dev` is null). */
export const neigh_flush_dev = traced(
  FILE,
  "neigh_flush_dev(tbl, dev)",
  (k: Kernel, _tbl: Named, dev: NetDevice | null): void => {
    for (let i = 0; i < k.arp_tbl.length; ) {
      const n = k.arp_tbl[i] as Neighbour;
      if (dev !== null && n.dev !== dev) {
        i++;
        continue;
      }
      k.arp_tbl.splice(i, 1);
      neigh_del_timer(k, n);
      n.dead = 1;
      if (n.refcnt !== 1) {
        drop_all(k, n.arp_queue, "NEIGH_DEAD", "neighbour entry flushed with its device", {
          nexthop: n.primary_key,
          dev: n.dev.name,
        });
        skb_queue_purge(k, n.arp_queue);
        n.output = neigh_blackhole;
        n.nud_state = (n.nud_state & NUD_VALID) !== 0 ? NUD_NOARP : NUD_NONE;
      }
      neigh_cleanup_and_release(k, n);
    }
  },
);

/** A device has a new address: what was learned over it may be wrong. */
export const neigh_changeaddr = traced(
  FILE,
  "neigh_changeaddr(tbl, dev)",
  (k: Kernel, tbl: Named, dev: NetDevice): void => {
    local_bh_disable(k);
    neigh_flush_dev(k, tbl, dev);
    local_bh_enable(k);
  },
);

/** A device goes down: forget who is behind it. */
export const neigh_ifdown = traced(
  FILE,
  "neigh_ifdown(tbl, dev)",
  (k: Kernel, tbl: Named, dev: NetDevice): number => {
    local_bh_disable(k);
    neigh_flush_dev(k, tbl, dev);
    pneigh_ifdown(k, tbl, dev);
    local_bh_enable(k);
    del_timer(k, k.arp_proxy_timer);
    pneigh_queue_purge(k, k.arp_proxy_queue);
    return 0;
  },
);

/** A new entry, unless the table is full. */
export const neigh_alloc = inlined(FILE, "neigh_alloc(tbl)", (k: Kernel, tbl: Named): Neighbour | null => {
  const now = k.jiffies;
  const entries = k.arp_entries++;
  if (entries >= k.arp_gc_thresh3 || (entries >= k.arp_gc_thresh2 && now > k.arp_last_flush + 5 * k.HZ)) {
    note(k, "table size above gc_thresh2 or gc_thresh3: forced garbage collection", {
      entries,
      gc_thresh2: k.arp_gc_thresh2,
      gc_thresh3: k.arp_gc_thresh3,
    });
    if (neigh_forced_gc(k, tbl) === 0 && entries >= k.arp_gc_thresh3) {
      k.arp_entries--;
      return refuse(k, null, "neighbour table overflow (gc_thresh3)", {
        entries,
        gc_thresh3: k.arp_gc_thresh3,
      });
    }
  }
  const parms = neigh_parms_clone(k.arp_tbl_parms);
  const n = new Neighbour(k.oid("neigh"), parms, new SkBuffHead(), neigh_blackhole);
  n.updated = now;
  n.used = now;
  n.dead = 1;
  return n;
});

/** Find the entry of an address behind a device, and hold it. */
export const neigh_lookup = traced(
  FILE,
  "neigh_lookup(pkey, dev)",
  (k: Kernel, pkey: number, dev: NetDevice): Neighbour | null => {
    local_bh_disable(k);
    arp_hash(k, pkey, dev);
    let found: Neighbour | null = null;
    for (const n of k.arp_tbl) {
      if (n.dev === dev && n.primary_key === pkey) {
        neigh_hold(n);
        found = n;
        break;
      }
    }
    local_bh_enable(k);
    return found;
  },
);

/** Make the entry of an address behind a device. */
export const neigh_create = traced(
  FILE,
  "neigh_create(pkey, dev)",
  (k: Kernel, pkey: number, dev: NetDevice): Neighbour | number => {
    const n = neigh_alloc(k, k.arp_neigh_table);
    if (n === null) return -ENOBUFS;
    n.primary_key = pkey;
    n.dev = dev;
    dev_hold(dev);
    const error = arp_constructor(k, n);
    if (error < 0) {
      neigh_release(k, n);
      return error;
    }
    n.confirmed = k.jiffies - (n.parms.base_reachable_time << 1);
    local_bh_disable(k);
    arp_hash(k, pkey, dev);
    if (n.parms.dead !== 0) {
      local_bh_enable(k);
      neigh_release(k, n);
      return refuse(k, -EINVAL, "the device is being unregistered", { dev: dev.name });
    }
    const n1 = k.arp_tbl.find((known) => known.dev === dev && known.primary_key === pkey);
    if (n1 !== undefined) {
      note(k, "a softirq has created the same entry meanwhile: use that one");
      neigh_hold(n1);
      local_bh_enable(k);
      neigh_release(k, n);
      return n1;
    }
    k.arp_tbl.unshift(n);
    n.dead = 0;
    neigh_hold(n);
    local_bh_enable(k);
    return n;
  },
);

/** The chain of the table of addresses that we answer for. */
export const pneigh_hash = traced(
  FILE,
  "pneigh_hash(pkey, key_len)",
  (_k: Kernel, pkey: number, _key_len: number): number => {
    // The address in the byte order of the wire, as this machine reads it.
    let hash_val = ((pkey << 24) | ((pkey & 0xff00) << 8) | ((pkey >>> 8) & 0xff00) | (pkey >>> 24)) >>> 0;
    hash_val ^= hash_val >>> 16;
    hash_val ^= hash_val >>> 8;
    hash_val ^= hash_val >>> 4;
    return hash_val & 0xf;
  },
);

/** Look along one chain. */
export const __pneigh_lookup_1 = traced(
  FILE,
  "__pneigh_lookup_1(n, net, pkey, key_len, dev)",
  (_k: Kernel, n: null, _net: Net, _pkey: number, _key_len: number, _dev: NetDevice): null => n,
);

/** Is this an address that we answer for by hand (`ip neigh add proxy`)? There is no way to make one here. */
export const pneigh_lookup = traced(
  FILE,
  "pneigh_lookup(net, pkey, dev, creat)",
  (k: Kernel, net: Net, pkey: number, dev: NetDevice, _creat: number): null => {
    pneigh_hash(k, pkey, 4);
    local_bh_disable(k);
    const n = __pneigh_lookup_1(k, null, net, pkey, 4, dev);
    local_bh_enable(k);
    return n;
  },
);

/** A device goes down: nobody is answered for on it any more. */
export const pneigh_ifdown = traced(
  FILE,
  "pneigh_ifdown(tbl, dev)",
  (_k: Kernel, _tbl: Named, _dev: NetDevice): number => -ENOENT,
);

/** The last holder has let go. */
export const neigh_destroy = traced(FILE, "neigh_destroy(neigh)", (k: Kernel, neigh: Neighbour): void => {
  if (neigh.dead === 0) {
    printk(k, `Destroying alive neighbour ${formatIpv4(neigh.primary_key)}`);
    return;
  }
  if (neigh_del_timer(k, neigh) !== 0) printk(k, "Impossible event.");
  for (const hh of neigh.hh) {
    local_bh_disable(k);
    hh.hh_output = neigh_blackhole;
    local_bh_enable(k);
    hh.hh_refcnt--;
  }
  neigh.hh = [];
  drop_all(k, neigh.arp_queue, "NEIGH_DEAD", "neighbour entry deleted", { nexthop: neigh.primary_key });
  skb_queue_purge(k, neigh.arp_queue);
  dev_put(neigh.dev);
  neigh.parms.refcnt--;
  k.arp_entries--;
});

/** Nothing is known for sure any more: no more ready-made headers. */
export const neigh_suspect = traced(FILE, "neigh_suspect(neigh)", (_k: Kernel, neigh: Neighbour): void => {
  const ops = neigh.ops as NeighOps;
  neigh.output = ops.output;
  for (const hh of neigh.hh) hh.hh_output = ops.output;
});

/** The address is good: headers may be copied. */
export const neigh_connect = traced(FILE, "neigh_connect(neigh)", (_k: Kernel, neigh: Neighbour): void => {
  const ops = neigh.ops as NeighOps;
  neigh.output = ops.connected_output;
  for (const hh of neigh.hh) hh.hh_output = ops.hh_output;
});

/** How often to ask before giving up. */
export const neigh_max_probes = inlined(FILE, "neigh_max_probes(n)", (_k: Kernel, n: Neighbour): number => {
  const p = n.parms;
  return (n.nud_state & NUD_PROBE) !== 0 ? p.ucast_probes : p.ucast_probes + p.app_probes + p.mcast_probes;
});

/** Nobody answered: report every packet that waited as undeliverable. */
export const neigh_invalidate = traced(
  FILE,
  "neigh_invalidate(neigh)",
  (k: Kernel, neigh: Neighbour): void => {
    neigh.updated = k.jiffies;
    while (neigh.nud_state === NUD_FAILED) {
      const skb = __skb_dequeue(neigh.arp_queue);
      if (skb === null) break;
      (neigh.ops as NeighOps).error_report?.(k, neigh, skb);
    }
    drop_all(k, neigh.arp_queue, "NEIGH_FAILED", "neighbour state changed while its queue was purged");
    skb_queue_purge(k, neigh.arp_queue);
  },
);

/** An entry's time has come: it grows old, or is asked for once more. */
export const neigh_timer_handler = traced(
  FILE,
  "neigh_timer_handler(arg)",
  (k: Kernel, arg: Neighbour): void => {
    const neigh = arg;
    const state = neigh.nud_state;
    const now = k.jiffies;
    let next = now + k.HZ;
    let notify = 0;
    if ((state & NUD_IN_TIMER) === 0) {
      neigh_release(k, neigh);
      return;
    }
    if ((state & NUD_REACHABLE) !== 0) {
      if (now <= neigh.confirmed + neigh.parms.reachable_time) {
        note(k, "recently confirmed: stays NUD_REACHABLE");
        next = neigh.confirmed + neigh.parms.reachable_time;
      } else if (now <= neigh.used + neigh.parms.delay_probe_time) {
        note(k, "confirmation expired, recently used: NUD_DELAY");
        neigh.nud_state = NUD_DELAY;
        neigh.updated = k.jiffies;
        neigh_suspect(k, neigh);
        next = now + neigh.parms.delay_probe_time;
      } else {
        note(k, "confirmation expired, not recently used: NUD_STALE");
        neigh.nud_state = NUD_STALE;
        neigh.updated = k.jiffies;
        neigh_suspect(k, neigh);
        notify = 1;
      }
    } else if ((state & NUD_DELAY) !== 0) {
      if (now <= neigh.confirmed + neigh.parms.delay_probe_time) {
        note(k, "confirmed during the delay: NUD_REACHABLE");
        neigh.nud_state = NUD_REACHABLE;
        neigh.updated = k.jiffies;
        neigh_connect(k, neigh);
        notify = 1;
        next = neigh.confirmed + neigh.parms.reachable_time;
      } else {
        note(k, "not confirmed during the delay: NUD_PROBE");
        neigh.nud_state = NUD_PROBE;
        neigh.updated = k.jiffies;
        neigh.probes = 0;
        next = now + neigh.parms.retrans_time;
      }
    } else next = now + neigh.parms.retrans_time;

    if (
      (neigh.nud_state & (NUD_INCOMPLETE | NUD_PROBE)) !== 0 &&
      neigh.probes >= neigh_max_probes(k, neigh)
    ) {
      note(k, "no reply to any probe: NUD_FAILED", {
        probes: neigh.probes,
        ucast_probes: neigh.parms.ucast_probes,
        mcast_probes: neigh.parms.mcast_probes,
      });
      neigh.nud_state = NUD_FAILED;
      notify = 1;
      neigh_invalidate(k, neigh);
    }
    if ((neigh.nud_state & NUD_IN_TIMER) !== 0) {
      next = Math.max(next, k.jiffies + k.HZ / 2);
      if (!mod_timer(k, timer_of(neigh), next)) neigh_hold(neigh);
    }
    if ((neigh.nud_state & (NUD_INCOMPLETE | NUD_PROBE)) !== 0) {
      const first = skb_peek(neigh.arp_queue);
      const skb = first !== null ? skb_copy(k, first) : null;
      (neigh.ops as NeighOps).solicit?.(k, neigh, skb);
      neigh.probes++;
      kfree_skb(k, skb);
    }
    if (notify !== 0) neigh_update_notify(k, neigh);
    neigh_release(k, neigh);
  },
);

/** A packet is to go to a neighbour whose address is not certain. 1 where the packet must wait (or was dropped). */
export const __neigh_event_send = traced(
  FILE,
  "__neigh_event_send(neigh, skb)",
  (k: Kernel, neigh: Neighbour, skb: SkBuff | null): number => {
    local_bh_disable(k);
    const p = neigh.parms;
    if ((neigh.nud_state & (NUD_CONNECTED | NUD_DELAY | NUD_PROBE)) !== 0) {
      local_bh_enable(k);
      return 0;
    }
    if ((neigh.nud_state & (NUD_STALE | NUD_INCOMPLETE)) === 0) {
      if (p.mcast_probes + p.app_probes === 0) {
        neigh.nud_state = NUD_FAILED;
        neigh.updated = k.jiffies;
        if (skb !== null) {
          drop(k, skb, "NEIGH_FAILED", "next hop is unresolved, and no probes are configured: NUD_FAILED", {
            nexthop: neigh.primary_key,
            mcast_probes: p.mcast_probes,
            app_probes: p.app_probes,
          });
        }
        local_bh_enable(k);
        kfree_skb(k, skb);
        return 1;
      }
      note(k, "unresolved: NUD_INCOMPLETE, a timer sends the ARP request");
      neigh.probes = p.ucast_probes;
      neigh.nud_state = NUD_INCOMPLETE;
      neigh.updated = k.jiffies;
      neigh_add_timer(k, neigh, k.jiffies + 1);
    } else if ((neigh.nud_state & NUD_STALE) !== 0) {
      note(k, "stale entry: use it, verify it later (NUD_DELAY)");
      neigh.nud_state = NUD_DELAY;
      neigh.updated = k.jiffies;
      neigh_add_timer(k, neigh, k.jiffies + p.delay_probe_time);
    }
    let rc = 0;
    if (neigh.nud_state === NUD_INCOMPLETE) {
      if (skb !== null) {
        if (neigh.arp_queue.qlen >= p.queue_len) {
          const buff = __skb_dequeue(neigh.arp_queue);
          if (buff !== null) {
            drop(
              k,
              buff,
              "NEIGH_QUEUEFULL",
              "the neighbour's arp_queue is full: the oldest packet is dropped",
              {
                nexthop: neigh.primary_key,
                unres_qlen: p.queue_len,
              },
            );
          }
          kfree_skb(k, buff);
        }
        const hop = { nexthop: neigh.primary_key, dev: neigh.dev.name };
        fate(k, "waiting", skb, "waits for the next hop's link-layer address", hop, {
          reason: "NEIGH_UNRESOLVED",
        });
        __skb_queue_tail(neigh.arp_queue, skb);
      }
      rc = 1;
    }
    local_bh_enable(k);
    return rc;
  },
);

/** Write a neighbour's new address into its ready-made headers. */
export const neigh_update_hhs = traced(
  FILE,
  "neigh_update_hhs(neigh)",
  (k: Kernel, neigh: Neighbour): void => {
    const update = neigh.dev.header_ops?.cache_update;
    if (!update) return;
    for (const hh of neigh.hh) update(k, hh, neigh.dev, neigh.ha);
  },
);

function same_lladdr(a: Uint8Array, b: Uint8Array, len: number): boolean {
  for (let i = 0; i < len; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Something was learned, or set by hand: a new address (or null), a new state. */
export const neigh_update = traced(
  FILE,
  "neigh_update(neigh, lladdr, new_state, flags)",
  (k: Kernel, neigh: Neighbour, lladdr: Uint8Array | null, new_state: number, flags: number): number => {
    local_bh_disable(k);
    const r = update(k, neigh, lladdr, new_state, flags);
    local_bh_enable(k);
    if (r.notify) neigh_update_notify(k, neigh);
    return r.err;
  },
);

/** The body of neigh_update, under the entry's lock. */
function update(
  k: Kernel,
  neigh: Neighbour,
  lladdr: Uint8Array | null,
  new_state: number,
  flags: number,
): { err: number; notify: boolean } {
  const dev = neigh.dev;
  const old = neigh.nud_state;
  let state = new_state;
  if ((flags & NEIGH_UPDATE_F_ADMIN) === 0 && (old & (NUD_NOARP | NUD_PERMANENT)) !== 0) {
    note(k, "permanent or NOARP entry: only the administrator may change it");
    return { err: -EPERM, notify: false };
  }
  if ((state & NUD_VALID) === 0) {
    neigh_del_timer(k, neigh);
    if ((old & NUD_CONNECTED) !== 0) neigh_suspect(k, neigh);
    neigh.nud_state = state;
    let notify = (old & NUD_VALID) !== 0;
    if ((old & (NUD_INCOMPLETE | NUD_PROBE)) !== 0 && (state & NUD_FAILED) !== 0) {
      neigh_invalidate(k, neigh);
      notify = true;
    }
    return { err: 0, notify };
  }
  let addr = neigh.ha;
  if (dev.addr_len !== 0) {
    if (lladdr === null) {
      if ((old & NUD_VALID) === 0) {
        const err = refuse(k, -EINVAL, "no link-layer address given, and the entry has none");
        return { err, notify: false };
      }
    } else if ((old & NUD_VALID) === 0 || !same_lladdr(lladdr, neigh.ha, dev.addr_len)) addr = lladdr;
  }
  if ((state & NUD_CONNECTED) !== 0) neigh.confirmed = k.jiffies;
  neigh.updated = k.jiffies;
  if ((old & NUD_VALID) !== 0) {
    if (addr !== neigh.ha && (flags & NEIGH_UPDATE_F_OVERRIDE) === 0) {
      if ((flags & NEIGH_UPDATE_F_WEAK_OVERRIDE) === 0 || (old & NUD_CONNECTED) === 0) {
        note(k, "different link-layer address without override (within locktime): ignored");
        return { err: 0, notify: false };
      }
      addr = neigh.ha;
      state = NUD_STALE;
    } else if (
      addr === neigh.ha &&
      state === NUD_STALE &&
      ((flags & NEIGH_UPDATE_F_WEAK_OVERRIDE) !== 0 || (old & NUD_CONNECTED) !== 0)
    )
      state = old;
  }
  if (state !== old) {
    neigh_del_timer(k, neigh);
    if ((state & NUD_IN_TIMER) !== 0)
      neigh_add_timer(k, neigh, k.jiffies + ((state & NUD_REACHABLE) !== 0 ? neigh.parms.reachable_time : 0));
    neigh.nud_state = state;
  }
  let notify = false;
  if (addr !== neigh.ha) {
    neigh.ha.set(addr.subarray(0, dev.addr_len));
    neigh_update_hhs(k, neigh);
    if ((state & NUD_CONNECTED) === 0) neigh.confirmed = k.jiffies - (neigh.parms.base_reachable_time << 1);
    notify = true;
  }
  if (state === old) return { err: 0, notify };
  if ((state & NUD_CONNECTED) !== 0) neigh_connect(k, neigh);
  else neigh_suspect(k, neigh);
  if ((old & NUD_VALID) === 0) {
    if (neigh.arp_queue.qlen > 0)
      note(k, "resolved: send the packets in arp_queue", { qlen: neigh.arp_queue.qlen });
    while ((neigh.nud_state & NUD_VALID) !== 0) {
      const skb = __skb_dequeue(neigh.arp_queue);
      if (skb === null) break;
      local_bh_enable(k);
      (skb.dst?.neighbour ?? neigh).output(k, skb);
      local_bh_disable(k);
    }
    drop_all(k, neigh.arp_queue, "NEIGH_DEAD", "neighbour state changed while its queue was sent");
    skb_queue_purge(k, neigh.arp_queue);
  }
  return { err: 0, notify };
}

/** Somebody asked for our address and told us theirs. */
export const neigh_event_ns = traced(
  FILE,
  "neigh_event_ns(lladdr, saddr, dev)",
  (k: Kernel, lladdr: Uint8Array, saddr: number, dev: NetDevice): Neighbour | null => {
    const neigh = __neigh_lookup(k, saddr, dev, true);
    if (neigh !== null) neigh_update(k, neigh, lladdr, NUD_STALE, NEIGH_UPDATE_F_OVERRIDE);
    return neigh;
  },
);

/** Make the ready-made header for packets of this protocol, and let the route have it. */
export const neigh_hh_init = inlined(
  FILE,
  "neigh_hh_init(n, dst, protocol)",
  (k: Kernel, n: Neighbour, dst: DstEntry, protocol: number): void => {
    let hh = n.hh.find((h) => h.hh_type === protocol) ?? null;
    if (hh === null) {
      const ops = n.ops as NeighOps;
      hh = {
        oid: k.oid("hh"),
        hh_refcnt: 0,
        hh_type: protocol,
        hh_len: 0,
        hh_output: ops.output,
        hh_data: new Uint8Array(0),
      };
      const cache = ((dst.dev as NetDevice).header_ops as HeaderOps).cache as NonNullable<HeaderOps["cache"]>;
      if (cache(k, n, hh) !== 0) hh = null;
      else {
        note(k, "header cache filled: later packets on this route copy the link-layer header");
        hh.hh_refcnt++;
        n.hh.unshift(hh);
        hh.hh_output = (n.nud_state & NUD_CONNECTED) !== 0 ? ops.hh_output : ops.output;
      }
    } else note(k, "the neighbour already has a header cache: share it");
    if (hh !== null) {
      hh.hh_refcnt++;
      dst.hh = hh;
    }
  },
);

/** Send without a link-layer address of one's own: for devices that rebuild headers. */
export const neigh_compat_output = traced(
  FILE,
  "neigh_compat_output(skb)",
  (k: Kernel, skb: SkBuff): number => {
    const dev = skb.dev as NetDevice;
    __skb_pull(skb, skb_network_offset(skb));
    if (
      dev_hard_header(k, skb, dev, skb.protocol, null, null, skb.len) < 0 &&
      (dev.header_ops?.rebuild?.(k, skb) ?? 0) !== 0
    )
      return 0;
    return dev_queue_xmit(k, skb);
  },
);

/** The device could not write its header. */
function no_header(k: Kernel, skb: SkBuff, dev: NetDevice): number {
  drop(k, skb, "NOT_SPECIFIED", "the link-layer header could not be built", { dev: dev.name });
  kfree_skb(k, skb);
  return -EINVAL;
}

/** Send, slow and careful: resolve the address where needed, write the header, fill the header cache. */
export const neigh_resolve_output = traced(
  FILE,
  "neigh_resolve_output(skb)",
  (k: Kernel, skb: SkBuff): number => {
    const dst = skb.dst;
    const neigh = dst?.neighbour ?? null;
    if (dst === null || neigh === null) {
      drop(k, skb, "NEIGH_CREATEFAIL", "the packet has no route or no neighbour");
      kfree_skb(k, skb);
      return -EINVAL;
    }
    __skb_pull(skb, skb_network_offset(skb));
    if (neigh_event_send(k, neigh, skb) !== 0) return 0;
    const dev = neigh.dev;
    local_bh_disable(k);
    if (dev.header_ops?.cache && dst.hh === null) {
      note(k, "no header cache for this route yet");
      neigh_hh_init(k, neigh, dst, dst.ops.protocol);
    }
    const err = dev_hard_header(k, skb, dev, skb.protocol, neigh.ha, null, skb.len);
    local_bh_enable(k);
    if (err >= 0) return (neigh.ops as NeighOps).queue_xmit(k, skb);
    return no_header(k, skb, dev);
  },
);

/** Send to a known address where the device has no header cache: write the header each time. */
export const neigh_connected_output = traced(
  FILE,
  "neigh_connected_output(skb)",
  (k: Kernel, skb: SkBuff): number => {
    const neigh = (skb.dst as DstEntry).neighbour as Neighbour;
    __skb_pull(skb, skb_network_offset(skb));
    local_bh_disable(k);
    const err = dev_hard_header(k, skb, neigh.dev, skb.protocol, neigh.ha, null, skb.len);
    local_bh_enable(k);
    if (err >= 0) return (neigh.ops as NeighOps).queue_xmit(k, skb);
    return no_header(k, skb, neigh.dev);
  },
);

/** The timer of requests that wait: those whose time has come are looked at once more. */
export const neigh_proxy_process = traced(
  FILE,
  "neigh_proxy_process(arg)",
  (k: Kernel, _arg: Named): void => {
    const queue = k.arp_proxy_queue;
    const now = k.jiffies;
    let sched_next = 0;
    for (const skb of [...queue.list]) {
      const tdif = skb.arp_sched_next - now;
      if (tdif <= 0) {
        const dev = skb.dev as NetDevice;
        __skb_unlink(skb, queue);
        if (netif_running(dev)) parp_redo(k, skb);
        else {
          drop(k, skb, "DEV_READY", "the device went down before the proxy ARP reply", { dev: dev.name });
          kfree_skb(k, skb);
        }
        dev_put(dev);
      } else if (sched_next === 0 || tdif < sched_next) sched_next = tdif;
    }
    del_timer(k, k.arp_proxy_timer);
    if (sched_next !== 0) mod_timer(k, k.arp_proxy_timer, k.jiffies + sched_next);
  },
);

/** Answer a request later, so that the host itself may come first. */
export const pneigh_enqueue = traced(
  FILE,
  "pneigh_enqueue(p, skb)",
  (k: Kernel, p: NeighParms, skb: SkBuff): void => {
    let sched_next = k.jiffies + (k.random.u32("proxy ARP delay") % p.proxy_delay);
    if (k.arp_proxy_queue.qlen > p.proxy_qlen) {
      drop(k, skb, "NEIGH_QUEUEFULL", "proxy ARP queue is full (proxy_qlen)", {
        waiting: k.arp_proxy_queue.qlen,
        proxy_qlen: p.proxy_qlen,
      });
      kfree_skb(k, skb);
      return;
    }
    skb.arp_sched_next = sched_next;
    skb.arp_locally_enqueued = true;
    if (del_timer(k, k.arp_proxy_timer) && k.arp_proxy_timer.expires < sched_next)
      sched_next = k.arp_proxy_timer.expires;
    skb_dst_drop(k, skb);
    dev_hold(skb.dev as NetDevice);
    __skb_queue_tail(k.arp_proxy_queue, skb);
    mod_timer(k, k.arp_proxy_timer, sched_next);
  },
);

/** A device's own parameters, copied from the defaults. */
export const neigh_parms_alloc = traced(
  FILE,
  "neigh_parms_alloc(dev)",
  (k: Kernel, dev: NetDevice): NeighParms => {
    const ref = k.arp_tbl_parms;
    const p = {
      ...ref,
      dev,
      refcnt: 1,
      dead: 0,
      data_state: new Set<string>(),
      reachable_time: neigh_rand_reach_time(k, ref.base_reachable_time),
    };
    dev_hold(dev);
    return p;
  },
);

/** A device gives its parameters back. */
export const neigh_parms_release = traced(
  FILE,
  "neigh_parms_release(parms)",
  (k: Kernel, parms: NeighParms): void => {
    if (parms === k.arp_tbl_parms) return;
    parms.dead = 1;
    if (parms.dev !== null) dev_put(parms.dev);
    __neigh_parms_put(parms);
  },
);

/** neigh_periodic_work: every so often, throw out what is old and unused. */
export const neigh_periodic_work = traced(
  FILE,
  "neigh_periodic_work(work)",
  (k: Kernel, _work: Named): void => {
    local_bh_disable(k);
    if (k.arp_entries >= k.arp_gc_thresh1) {
      if (k.jiffies > k.arp_last_rand + 300 * k.HZ) {
        k.arp_last_rand = k.jiffies;
        const p = k.arp_tbl_parms;
        p.reachable_time = neigh_rand_reach_time(k, p.base_reachable_time);
        for (const { ip_ptr } of k.init_net.devices) {
          const own = ip_ptr?.arp_parms;
          if (own) own.reachable_time = neigh_rand_reach_time(k, own.base_reachable_time);
        }
      }
      for (let i = 0; i < k.arp_tbl.length; ) {
        const n = k.arp_tbl[i] as Neighbour;
        if ((n.nud_state & (NUD_PERMANENT | NUD_IN_TIMER)) === 0) {
          if (n.used < n.confirmed) n.used = n.confirmed;
          if (n.refcnt === 1 && (n.nud_state === NUD_FAILED || k.jiffies > n.used + n.parms.gc_staletime)) {
            k.arp_tbl.splice(i, 1);
            n.dead = 1;
            neigh_cleanup_and_release(k, n);
            continue;
          }
        }
        i++;
      }
    }
    mod_timer(k, k.arp_gc_work, k.jiffies + (k.arp_tbl_parms.base_reachable_time >> 1));
    local_bh_enable(k);
  },
);

/** neigh_table_init, for the one table. */
export function neigh_table_init(k: Kernel): void {
  k.arp_tbl_parms = {
    dev: null,
    base_reachable_time: 30 * k.HZ,
    retrans_time: k.HZ,
    gc_staletime: 60 * k.HZ,
    reachable_time: 30 * k.HZ,
    delay_probe_time: 5 * k.HZ,
    queue_len: 3,
    ucast_probes: 3,
    app_probes: 0,
    mcast_probes: 3,
    anycast_delay: k.HZ,
    proxy_delay: Math.trunc((8 * k.HZ) / 10),
    proxy_qlen: 64,
    locktime: k.HZ,
    refcnt: 1,
    dead: 0,
    data_state: new Set(),
  };
  k.arp_tbl_parms.reachable_time = neigh_rand_reach_time(k, 30 * k.HZ);
  k.arp_gc_work = new_timer((m) => neigh_periodic_work(m, m.arp_gc_work_struct));
  mod_timer(k, k.arp_gc_work, k.jiffies + k.arp_tbl_parms.reachable_time);
  k.arp_proxy_timer = new_timer((m) => neigh_proxy_process(m, m.arp_neigh_table));
  // The recorded machines had been up for long.
  k.arp_last_flush = 0;
  k.arp_last_rand = 0;
}

// --- set by hand -------------------------------------------------------------------------------------------------

const NUD_NAMES: ReadonlyMap<number, string> = new Map([
  [NUD_INCOMPLETE, "incomplete"],
  [NUD_REACHABLE, "reachable"],
  [NUD_STALE, "stale"],
  [NUD_DELAY, "delay"],
  [NUD_PROBE, "probe"],
  [NUD_FAILED, "failed"],
  [NUD_NOARP, "noarp"],
  [NUD_PERMANENT, "permanent"],
  [NUD_NONE, "none"],
]);

/** The device that a message names, held. The message has its index: ip(8) looks up the name. */
function device_of(k: Kernel, req: Neigh): NetDevice | null {
  const named = k.init_net.dev_name_head.get(req.dev);
  return named === undefined ? null : dev_get_by_index(k, k.init_net, named.ifindex);
}

/** RTM_NEWNEIGH: `ip neigh add`, `replace`, `change`. */
export const neigh_add = traced(FILE, "neigh_add(req)", (k: Kernel, req: Neigh): number => {
  const dev = device_of(k, req);
  if (dev === null) {
    return refuse(k, -ENODEV, "no device with this name", { name: req.dev });
  }
  const flags = NEIGH_UPDATE_F_ADMIN | NEIGH_UPDATE_F_OVERRIDE;
  const known = neigh_lookup(k, req.addr, dev);
  let neigh: Neighbour | number;
  if (known === null) {
    if (req.op === "change") {
      dev_put(dev);
      return refuse(k, -ENOENT, "no neighbour with this address", { addr: req.addr });
    }
    neigh = __neigh_lookup_errno(k, req.addr, dev);
    if (typeof neigh === "number") {
      dev_put(dev);
      return neigh;
    }
  } else {
    neigh = known;
    if (req.op === "add") {
      neigh_release(k, neigh);
      dev_put(dev);
      return refuse(k, -EEXIST, "the neighbour already exists", { addr: req.addr });
    }
  }
  const err = neigh_update(k, neigh, req.lladdr ?? null, req.nud ?? NUD_PERMANENT, flags);
  neigh_release(k, neigh);
  dev_put(dev);
  return err;
});

/** RTM_DELNEIGH: `ip neigh del`. The entry stays, as failed. */
export const neigh_delete = traced(FILE, "neigh_delete(req)", (k: Kernel, req: Neigh): number => {
  const dev = device_of(k, req);
  if (dev === null) {
    return refuse(k, -ENODEV, "no device with this name", { name: req.dev });
  }
  const neigh = neigh_lookup(k, req.addr, dev);
  if (neigh === null) {
    dev_put(dev);
    return refuse(k, -ENOENT, "no neighbour with this address", { addr: req.addr });
  }
  const err = neigh_update(k, neigh, null, NUD_FAILED, NEIGH_UPDATE_F_OVERRIDE | NEIGH_UPDATE_F_ADMIN);
  neigh_release(k, neigh);
  dev_put(dev);
  return err;
});

/** The table as `ip neigh` would list it: device, address, state, link-layer address. */
export function neigh_dump(k: Kernel): string[] {
  return k.arp_tbl.map((n) => {
    const head = `${n.dev.name} ${formatIpv4(n.primary_key)} ${NUD_NAMES.get(n.nud_state) ?? "?"}`;
    return (n.nud_state & NUD_VALID) !== 0 ? `${head} ${formatMac(n.ha, 0, n.dev.addr_len)}` : head;
  });
}

/** Sysctls of net.ipv4.neigh.DEV by name: the field, and how many of its units a second has (0: no time). */
const NEIGH_SYSCTLS: ReadonlyMap<string, readonly [keyof NeighParms, number]> = new Map([
  ["mcast_solicit", ["mcast_probes", 0]],
  ["ucast_solicit", ["ucast_probes", 0]],
  ["app_solicit", ["app_probes", 0]],
  ["unres_qlen", ["queue_len", 0]],
  ["proxy_qlen", ["proxy_qlen", 0]],
  ["retrans_time", ["retrans_time", 100]],
  ["retrans_time_ms", ["retrans_time", 1000]],
  ["base_reachable_time", ["base_reachable_time", 1]],
  ["base_reachable_time_ms", ["base_reachable_time", 1000]],
  ["delay_first_probe_time", ["delay_probe_time", 1]],
  ["gc_stale_time", ["gc_staletime", 1]],
  ["anycast_delay", ["anycast_delay", 100]],
  ["proxy_delay", ["proxy_delay", 100]],
  ["locktime", ["locktime", 100]],
] as const);

/** Write net.ipv4.neigh.DEV.NAME; `ifname` is a device or `default`. 0 or -errno. */
export function neigh_sysctl(k: Kernel, ifname: string, name: string, value: number): number {
  if (ifname === "default") {
    if (name === "gc_thresh1") k.arp_gc_thresh1 = value;
    else if (name === "gc_thresh2") k.arp_gc_thresh2 = value;
    else if (name === "gc_thresh3") k.arp_gc_thresh3 = value;
    else return neigh_sysctl_dflt(k, name, value);
    return 0;
  }
  const parms = k.init_net.dev_name_head.get(ifname)?.ip_ptr?.arp_parms;
  if (parms === undefined) return refuse(k, -ENOENT, "no ARP device with this name", { dev: ifname });
  return neigh_sysctl_parm(k, parms, name, value);
}
/** Devices follow neigh/default in what nobody has set for themselves; an address sets all. */
function neigh_sysctl_dflt(k: Kernel, name: string, value: number): number {
  const err = neigh_sysctl_parm(k, k.arp_tbl_parms, name, value);
  const field = NEIGH_SYSCTLS.get(name)?.[0];
  if (err !== 0 || field === undefined) return err;
  for (const { ip_ptr } of k.init_net.devices) {
    if (ip_ptr !== null && !ip_ptr.arp_parms.data_state.has(field))
      neigh_sysctl_copy(k, ip_ptr.arp_parms, field);
  }
  return 0;
}
function neigh_sysctl_copy(k: Kernel, to: NeighParms, field: keyof NeighParms): void {
  Object.assign(to, { [field]: k.arp_tbl_parms[field] });
}
function neigh_sysctl_parm(k: Kernel, parms: NeighParms, name: string, value: number): number {
  const known = NEIGH_SYSCTLS.get(name);
  if (known === undefined) return refuse(k, -ENOENT, "no such file below /proc/sys/net/ipv4/neigh", { name });
  const [field, unit] = known;
  (parms as unknown as Record<string, number>)[field] =
    unit === 0 ? value : Math.trunc((value * k.HZ) / unit);
  parms.data_state.add(field);
  return 0;
}
