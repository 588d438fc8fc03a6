// SPDX-License-Identifier: GPL-2.0-only
/**
 * net/ipv4/route.c: which way a packet goes. A cache in front (keyed by addresses, interface, TOS and mark), the
 * routing tables behind it, and everything that changes what is cached.
 */

import type { DropReason } from "../../../../trace/fate.ts";
import type { Facts } from "../../../../trace/plain.ts";
import type { Traced } from "../../../../trace/symbol.ts";
import { drop, inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import {
  EACCES,
  EHOSTUNREACH,
  EINVAL,
  ENETUNREACH,
  ENOBUFS,
  ENODEV,
  ENOMEM,
  EREMOTE,
  ESRCH,
} from "../../../../uapi/errno.ts";
import { INADDR_BROADCAST, INADDR_LOOPBACK } from "../../../../uapi/in.ts";
import { AF_INET } from "../../../../uapi/socket.ts";
import { get16, get32, set16, set32 } from "../../../../wire/bytes.ts";
import {
  formatIpv4,
  IP_DADDR,
  IP_ID,
  IP_PROTOCOL,
  IP_SADDR,
  IP_TOT_LEN,
  IP_VIHL,
} from "../../../../wire/ipv4.ts";
import type { RouteQuery } from "../../../release.ts";
import {
  ipv4_is_lbcast,
  ipv4_is_local_multicast,
  ipv4_is_loopback,
  ipv4_is_multicast,
  ipv4_is_zeronet,
} from "../../include/linux/in.ts";
import {
  IN_DEV_FORWARD,
  IN_DEV_LOG_MARTIANS,
  IN_DEV_MFORWARD,
  IN_DEV_ROUTE_LOCALNET,
  IN_DEV_RX_REDIRECTS,
  IN_DEV_SEC_REDIRECTS,
  IN_DEV_SHARED_MEDIA,
  IN_DEV_TX_REDIRECTS,
} from "../../include/linux/inetdevice.ts";
import { jhash_3words } from "../../include/linux/jhash.ts";
import {
  __in_dev_get_rcu,
  dev_hold,
  dev_net,
  dev_put,
  IFF_LOOPBACK,
  type InDevice,
  in_dev_get,
  in_dev_put,
  type NetDevice,
} from "../../include/linux/netdevice.ts";
import {
  alloc_skb,
  type SkBuff,
  skb_dst_set,
  skb_reserve,
  skb_reset_mac_header,
  skb_reset_network_header,
  skb_rtable,
} from "../../include/linux/skbuff.ts";
import {
  DST_HOST,
  DST_NOPOLICY,
  DST_NOXFRM,
  type DstEntry,
  type DstOps,
  dst_confirm,
  dst_free,
  dst_hold,
  dst_metric,
  dst_metric_advmss,
  dst_metric_locked,
  dst_mtu,
  dst_set_expires,
  dst_use,
  RTAX_ADVMSS,
  RTAX_HOPLIMIT,
  RTAX_LOCK,
  RTAX_MTU,
  RTAX_RTT,
  RTAX_RTTVAR,
  RTAX_WINDOW,
} from "../../include/net/dst.ts";
import { FLOWI_FLAG_ANYSRC, Flowi } from "../../include/net/flow.ts";
import {
  FIB_RES_DEV,
  FIB_RES_GW,
  FIB_RES_NH,
  FIB_RES_OIF,
  type FibInfo,
  type FibResult,
  fib_info_put,
  fib_res_put,
  new_fib_result,
  RT_SCOPE_HOST,
  RT_SCOPE_LINK,
  RT_SCOPE_UNIVERSE,
  RT_TABLE_MAIN,
  RTN_BROADCAST,
  RTN_LOCAL,
  RTN_MULTICAST,
  RTN_NAMES,
  RTN_UNICAST,
  RTN_UNREACHABLE,
} from "../../include/net/ip_fib.ts";
import { NUD_VALID, neigh_event_send } from "../../include/net/neighbour.ts";
import {
  type InetPeer,
  IP_MAX_MTU,
  IPTOS_RT_MASK,
  inet_getid,
  ip_rt_put,
  type RouteOrigin,
  RTCF_BROADCAST,
  RTCF_DIRECTSRC,
  RTCF_DOREDIRECT,
  RTCF_LOCAL,
  RTCF_MULTICAST,
  RTCF_NOTIFY,
  RTCF_REDIRECTED,
  RTO_ONLINK,
  Rtable,
} from "../../include/net/route.ts";
import {
  count,
  IP_INC_STATS,
  IPSTATS_MIB_INNOROUTES,
  RT_STAT_GC_DST_OVERFLOW,
  RT_STAT_GC_GOAL_MISS,
  RT_STAT_GC_IGNORED,
  RT_STAT_GC_TOTAL,
  RT_STAT_IN_BRD,
  RT_STAT_IN_HIT,
  RT_STAT_IN_HLIST_SEARCH,
  RT_STAT_IN_MARTIAN_DST,
  RT_STAT_IN_MARTIAN_SRC,
  RT_STAT_IN_NO_ROUTE,
  RT_STAT_IN_SLOW_MC,
  RT_STAT_IN_SLOW_TOT,
  RT_STAT_OUT_HIT,
  RT_STAT_OUT_HLIST_SEARCH,
  RT_STAT_OUT_SLOW_MC,
  RT_STAT_OUT_SLOW_TOT,
} from "../../include/net/snmp.ts";
import type { Sock } from "../../include/net/sock.ts";
import { XFRM_LOOKUP_WAIT } from "../../include/net/xfrm.ts";
import {
  call_rcu,
  defer,
  del_timer,
  type Kernel,
  local_bh_disable,
  local_bh_enable,
  mod_timer,
  type Net,
  new_timer,
  printk,
} from "../../kernel.ts";
import { __dev_get_by_name, dev_get_by_index, dev_get_by_name } from "../core/dev.ts";
import { dst_alloc, dst_discard, dst_release } from "../core/dst.ts";
import { call_netevent_notifiers, NETEVENT_PMTU_UPDATE, NETEVENT_REDIRECT } from "../core/netevent.ts";
import { kfree_skb } from "../core/skbuff.ts";
import { net_ratelimit } from "../core/utils.ts";
import { __xfrm_lookup } from "../xfrm/xfrm_policy.ts";
import { arp_bind_neighbour } from "./arp.ts";
import { inet_addr_onlink, inet_select_addr } from "./devinet.ts";
import { fib_select_default, fib_validate_source, inet_addr_type, ip_dev_find } from "./fib_frontend.ts";
import { fib_lookup, fib_rules_tclass } from "./fib_rules.ts";
import {
  __fib_res_prefsrc,
  fib_select_multipath,
  fib_semantic_match,
  ip_fib_check_default,
} from "./fib_semantics.ts";
import { icmp_send } from "./icmp.ts";
import { ip_check_mc } from "./igmp.ts";
import { inet_getpeer, inet_putpeer } from "./inetpeer.ts";
import { ip_forward } from "./ip_forward.ts";
import { ip_local_deliver } from "./ip_input.ts";
import { __ip_local_out, ip_mc_output, ip_output } from "./ip_output.ts";
import { ip_mr_input } from "./ipmr.ts";

const FILE = "net/ipv4/route.c";

const ETH_P_IP = 0x0800;
const ICMP_DEST_UNREACH = 3;
const ICMP_REDIRECT = 5;
const ICMP_NET_UNREACH = 0;
const ICMP_HOST_UNREACH = 1;
const ICMP_PKT_FILTERED = 13;
const ICMP_REDIR_HOST = 1;

/** in_softirq(): bottom halves that are only off count, too. */
function in_softirq(k: Kernel): boolean {
  return k.bh_depth !== 0;
}

/** RT_FL_TOS: the TOS bits of a question that decide its route. */
function RT_FL_TOS(oldflp: Flowi): number {
  return oldflp.fl4_tos & (IPTOS_RT_MASK | RTO_ONLINK);
}
/** FIB_RES_PREFSRC: the source address that the chosen route prefers. */
export function FIB_RES_PREFSRC(k: Kernel, res: FibResult): number {
  return (res.fi as FibInfo).fib_prefsrc || __fib_res_prefsrc(k, res);
}

/** What {@link ip_route_input} says to whoever drops the packet. */
export interface NoWayIn {
  readonly by: Traced;
  readonly reason: DropReason;
  readonly text: string;
  readonly facts: Facts | undefined;
}

/** An incoming packet finds no route: say why, and keep it for the drop. Gives `value` back. */
export function no_way_in<T>(
  k: Kernel,
  value: T,
  by: Traced,
  reason: DropReason,
  text: string,
  facts?: Facts,
): T {
  note(k, text, facts);
  k.no_way_in = { by, reason, text, facts };
  return value;
}

/** Where in the cache a question belongs. */
export const rt_hash = inlined(
  FILE,
  "rt_hash(daddr, saddr, idx, genid)",
  (_k: Kernel, daddr: number, saddr: number, idx: number, genid: number): number => {
    return jhash_3words(daddr, saddr, idx, genid);
  },
);

/** The generation of the cache: entries of another one are void. */
export const rt_genid = inlined(FILE, "rt_genid(net)", (_k: Kernel, net: Net): number => {
  return net.rt_genid;
});

/** RCU's part of freeing: nobody can be walking over the entry any more. */
function dst_rcu_free(k: Kernel, rt: Rtable): void {
  call_rcu(k, () => dst_free(k, rt));
}

/** Free an entry that is out of the cache, once nobody can see it. */
export const rt_free = inlined(FILE, "rt_free(rt)", (k: Kernel, rt: Rtable): void => {
  dst_rcu_free(k, rt);
});

/** Let go of an entry and free it. */
export const rt_drop = inlined(FILE, "rt_drop(rt)", (k: Kernel, rt: Rtable): void => {
  ip_rt_put(k, rt);
  dst_rcu_free(k, rt);
});

/** Broadcast and multicast input entries are the first to go where they share a chain. */
export const rt_fast_clean = traced(FILE, "rt_fast_clean(rth)", (k: Kernel, rth: Rtable): boolean => {
  if ((rth.rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)) === 0 || rth.fl.iif === 0) return false;
  const chain = chain_of(k, rth);
  return chain !== undefined && chain[chain.length - 1] !== rth;
});

/** Does the entry hold something that was learned (a redirect, a path MTU)? */
export const rt_valuable = inlined(FILE, "rt_valuable(rth)", (_k: Kernel, rth: Rtable): boolean => {
  return (rth.rt_flags & (RTCF_REDIRECTED | RTCF_NOTIFY)) !== 0 || rth.expires !== 0;
});

/** May garbage collection take the entry, given how old it may get? */
export const rt_may_expire = traced(
  FILE,
  "rt_may_expire(rth, tmo1, tmo2)",
  (k: Kernel, rth: Rtable, tmo1: number, tmo2: number): number => {
    if (rth.refcnt !== 0) return 0;
    if (rth.expires !== 0 && k.jiffies >= rth.expires) return 1;
    const age = k.jiffies - rth.lastuse;
    if ((age <= tmo1 && !rt_fast_clean(k, rth)) || (age <= tmo2 && rt_valuable(k, rth))) return 0;
    return 1;
  },
);

/** How much an entry is worth: learned things first, then usefulness, then how lately it was used. */
export const rt_score = inlined(FILE, "rt_score(rt)", (k: Kernel, rt: Rtable): number => {
  let score = ~(k.jiffies - rt.lastuse) & 0x3fffffff;
  if (rt_valuable(k, rt)) score += 2 ** 31;
  if (rt.fl.iif === 0 || (rt.rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST | RTCF_LOCAL)) === 0)
    score += 2 ** 30;
  return score;
});

/** Is the cache in use? It gives up after too many emergency rebuilds. */
export const rt_caching = inlined(FILE, "rt_caching(net)", (_k: Kernel, net: Net): boolean => {
  return net.current_rt_cache_rebuild_count <= net.sysctl_rt_cache_rebuild_count;
});

/** Do two questions hash alike? */
export const compare_hash_inputs = traced(
  FILE,
  "compare_hash_inputs(fl1, fl2)",
  (_k: Kernel, fl1: Flowi, fl2: Flowi): boolean => {
    return fl1.fl4_dst === fl2.fl4_dst && fl1.fl4_src === fl2.fl4_src && fl1.iif === fl2.iif;
  },
);

/** Are two questions the same? */
export const compare_keys = inlined(
  FILE,
  "compare_keys(fl1, fl2)",
  (_k: Kernel, fl1: Flowi, fl2: Flowi): boolean => {
    return (
      fl1.fl4_dst === fl2.fl4_dst &&
      fl1.fl4_src === fl2.fl4_src &&
      fl1.mark === fl2.mark &&
      fl1.fl4_tos === fl2.fl4_tos &&
      fl1.fl4_scope === fl2.fl4_scope &&
      fl1.oif === fl2.oif &&
      fl1.iif === fl2.iif
    );
  },
);

/** Do two entries belong to the same network namespace? */
export const compare_netns = traced(
  FILE,
  "compare_netns(rt1, rt2)",
  (_k: Kernel, rt1: Rtable, rt2: Rtable): boolean => {
    return dev_net(rt1.dev as NetDevice) === dev_net(rt2.dev as NetDevice);
  },
);

/** Is the entry from before the last flush? */
export const rt_is_expired = inlined(FILE, "rt_is_expired(rth)", (k: Kernel, rth: Rtable): boolean => {
  return rth.rt_genid !== rt_genid(k, dev_net(rth.dev as NetDevice));
});

/** The chain that holds an entry: `fl` and `rt_genid` say where it was hashed. */
function chain_of(k: Kernel, rth: Rtable): Rtable[] | undefined {
  const fl = rth.fl;
  return k.rt_hash_table.get(jhash_3words(fl.fl4_dst, fl.fl4_src, fl.iif || fl.oif, rth.rt_genid));
}

/** Drop a chain that has become empty. */
function drop_if_empty(k: Kernel, hash: number, chain: Rtable[]): void {
  if (chain.length === 0) k.rt_hash_table.delete(hash);
}

/** Take every void entry out of the cache. */
export const rt_do_flush = traced(
  FILE,
  "rt_do_flush(process_context)",
  (k: Kernel, _process_context: number): void => {
    for (const [hash, chain] of k.rt_hash_table) {
      local_bh_disable(k);
      // Those at the head are freed last, outside the lock.
      let head = 0;
      while (head < chain.length && rt_is_expired(k, chain[head] as Rtable)) head++;
      for (let i = head; i < chain.length; ) {
        const p = chain[i] as Rtable;
        if (!rt_is_expired(k, p)) {
          i++;
          continue;
        }
        chain.splice(i, 1);
        rt_free(k, p);
      }
      const tail = chain.splice(0, head);
      drop_if_empty(k, hash, chain);
      local_bh_enable(k);
      for (const rth of tail) rt_free(k, rth);
    }
  },
);

/** rt_is_expired for readers, who leave no trace. */
function expired(rth: Rtable): boolean {
  return rth.rt_genid !== dev_net(rth.dev as NetDevice).rt_genid;
}

/** Lengths of chains are counted in eighths. */
const FRACT_BITS = 3;
const ONE = 1 << FRACT_BITS;

/** {@link ONE} where no earlier entry of the chain hashes alike: aliases (other TOS, mark) do not count as length. */
export const has_noalias = traced(
  FILE,
  "has_noalias(head, rth)",
  (k: Kernel, head: Rtable[], rth: Rtable): number => {
    for (const aux of head) {
      if (aux === rth) break;
      if (compare_hash_inputs(k, aux.fl, rth.fl)) return 0;
    }
    return ONE;
  },
);

/** How many buckets after bucket `rover` the one of `hash` comes. */
function buckets_after(k: Kernel, rover: number, hash: number): number {
  return (hash - rover - 1) & k.rt_hash_mask;
}

/** The chains in the order of their buckets, round from the one after `rover`. */
function chains_after(k: Kernel, rover: number): [number, Rtable[]][] {
  const place = (hash: number): number => buckets_after(k, rover, hash);
  return [...k.rt_hash_table].sort(([a], [b]) => place(a) - place(b));
}

/**
 * The periodic look over the next part of the cache, so that all is seen within gc_timeout: throw out what is void or
 * old, and see how long chains are, so as to know which are far too long.
 */
export const rt_check_expire = traced(FILE, "rt_check_expire()", (k: Kernel): void => {
  const delta = k.jiffies - k.rt_expires_ljiffies;
  k.rt_expires_ljiffies = k.jiffies;
  const mult = Math.trunc((delta * 2 ** k.rt_hash_log) / Math.max(k.ip_rt_gc_timeout, 1));
  const goal = Math.min(mult, k.rt_hash_mask + 1);
  const rover = k.rt_expires_rover;
  let sum = 0;
  let sum2 = 0;
  for (const [hash, chain] of chains_after(k, rover)) {
    if (buckets_after(k, rover, hash) >= goal) break;
    let tmo = k.ip_rt_gc_timeout;
    let length = 0;
    local_bh_disable(k);
    for (let i = 0; i < chain.length; ) {
      const rth = chain[i] as Rtable;
      let keep: boolean;
      if (rt_is_expired(k, rth)) keep = false;
      else if (rth.expires !== 0) keep = k.jiffies <= rth.expires;
      else keep = rt_may_expire(k, rth, tmo, k.ip_rt_gc_timeout) === 0;
      if (keep) {
        tmo >>= 1;
        i++;
        length += has_noalias(k, chain, rth);
        continue;
      }
      chain.splice(i, 1);
      rt_free(k, rth);
    }
    drop_if_empty(k, hash, chain);
    local_bh_enable(k);
    sum += length;
    sum2 += length * length;
  }
  k.rt_expires_rover = (rover + goal) & k.rt_hash_mask;
  if (goal === 0) return;
  const avg = Math.trunc(sum / goal);
  const sd = Math.trunc(Math.sqrt(Math.trunc(sum2 / goal) - avg * avg));
  k.rt_chain_length_max = Math.max(k.ip_rt_gc_elasticity, (avg + 4 * sd) >> FRACT_BITS);
});

/** The worker behind {@link rt_check_expire}. */
export const rt_worker_func = traced(FILE, "rt_worker_func()", (k: Kernel): void => {
  rt_check_expire(k);
  mod_timer(k, k.rt_expires_work, k.jiffies + k.ip_rt_gc_interval);
});

/** Make everything cached void, by moving on to another generation. */
export const rt_cache_invalidate = inlined(FILE, "rt_cache_invalidate(net)", (k: Kernel, net: Net): void => {
  const shuffle = k.random.u32("rt_genid") & 0xff;
  net.rt_genid = (net.rt_genid + shuffle + 1) | 0;
});

/** Make everything cached void; with `delay` of 0 or more also take it out at once. */
export const rt_cache_flush = inlined(
  FILE,
  "rt_cache_flush(net, delay)",
  (k: Kernel, net: Net, delay: number): void => {
    note(k, "route cache invalidated: all cached routes are stale");
    rt_cache_invalidate(k, net);
    if (delay >= 0) rt_do_flush(k, in_softirq(k) ? 0 : 1);
  },
);

/** Take out what earlier flushes made void. */
export const rt_cache_flush_batch = traced(FILE, "rt_cache_flush_batch()", (k: Kernel): void => {
  rt_do_flush(k, in_softirq(k) ? 0 : 1);
});

/** The timer that changes the generation now and then, so that nobody can guess chains. */
export const rt_secret_rebuild = traced(FILE, "rt_secret_rebuild(net)", (k: Kernel, net: Net): void => {
  rt_cache_invalidate(k, net);
  mod_timer(k, k.rt_secret_timer, k.jiffies + k.ip_rt_secret_interval);
});

/** The same, now. */
export const rt_secret_rebuild_oneshot = traced(
  FILE,
  "rt_secret_rebuild_oneshot(net)",
  (k: Kernel, net: Net): void => {
    const expires = k.rt_secret_timer.expires;
    del_timer(k, k.rt_secret_timer);
    rt_cache_invalidate(k, net);
    if (k.ip_rt_secret_interval !== 0) mod_timer(k, k.rt_secret_timer, expires + k.ip_rt_secret_interval);
  },
);

/** A chain grew far too long: somebody may be aiming at it. Start another generation. */
export const rt_emergency_hash_rebuild = traced(
  FILE,
  "rt_emergency_hash_rebuild(net)",
  (k: Kernel, net: Net): void => {
    if (net_ratelimit(k) !== 0) {
      printk(k, "Route hash chain too long!");
      printk(k, "Adjust your secret_interval!");
    }
    rt_secret_rebuild_oneshot(k, net);
  },
);

/** Free as many entries as it takes to get near the size that the cache should have. */
export const __do_rt_garbage_collect = traced(
  FILE,
  "__do_rt_garbage_collect(elasticity, min_interval)",
  (k: Kernel, elasticity: number, min_interval: number): void => {
    const now = k.jiffies;
    local_bh_disable(k);
    count(k, RT_STAT_GC_TOTAL);
    collect(k, elasticity, min_interval, now);
    local_bh_enable(k);
  },
);

function collect(k: Kernel, elasticity: number, min_interval: number, now: number): void {
  if (now - k.rt_gc_last < min_interval && k.dst_entries < k.ip_rt_max_size) {
    note(k, "garbage collection ran less than gc_min_interval ago: skipped", { min_interval });
    count(k, RT_STAT_GC_IGNORED);
    return;
  }
  const buckets = k.rt_hash_mask + 1;
  let goal = k.dst_entries - (elasticity << k.rt_hash_log);
  if (goal <= 0) {
    if (k.rt_gc_equilibrium < k.ip_rt_gc_thresh) k.rt_gc_equilibrium = k.ip_rt_gc_thresh;
    goal = k.dst_entries - k.rt_gc_equilibrium;
    if (goal > 0) {
      k.rt_gc_equilibrium += Math.min(goal >> 1, buckets);
      goal = k.dst_entries - k.rt_gc_equilibrium;
    }
  } else {
    goal = Math.max(goal >> 1, buckets);
    k.rt_gc_equilibrium = k.dst_entries - goal;
  }
  if (now - k.rt_gc_last >= min_interval) k.rt_gc_last = now;
  if (goal <= 0) {
    k.rt_gc_equilibrium += goal;
    note(k, "few entries: nothing to collect", { entries: k.dst_entries });
  }

  if (goal > 0) goal = collect_pass(k, goal);
  if (goal > 0) {
    note(k, "not enough expired entries", { missing: goal, expire: k.rt_gc_expire });
    count(k, RT_STAT_GC_GOAL_MISS);
    k.rt_gc_expire >>= 1;
    if (k.dst_entries < k.ip_rt_max_size) return;
    // It would look again, more sternly, but for bottom halves that are off: by its own lock they always are.
    if (net_ratelimit(k) !== 0) printk(k, "dst cache overflow");
    count(k, RT_STAT_GC_DST_OVERFLOW);
    return;
  }

  k.rt_gc_expire += min_interval;
  if (k.rt_gc_expire > k.ip_rt_gc_timeout || k.dst_entries < k.ip_rt_gc_thresh)
    k.rt_gc_expire = k.ip_rt_gc_timeout;
}

/**
 * Free what is void or old, on from where the last search ended, until `goal` entries are gone or all have been looked
 * at. How many are missing?
 */
function collect_pass(k: Kernel, goal: number): number {
  let missing = goal;
  for (const [hash, chain] of chains_after(k, k.rt_gc_rover)) {
    let tmo = k.rt_gc_expire;
    for (let i = 0; i < chain.length; ) {
      const rth = chain[i] as Rtable;
      if (!rt_is_expired(k, rth) && rt_may_expire(k, rth, tmo, k.rt_gc_expire) === 0) {
        tmo >>= 1;
        i++;
        continue;
      }
      chain.splice(i, 1);
      rt_free(k, rth);
      missing--;
    }
    drop_if_empty(k, hash, chain);
    if (missing <= 0) {
      k.rt_gc_rover = hash & k.rt_hash_mask;
      break;
    }
  }
  return missing;
}

/** The worker behind {@link rt_garbage_collect}. */
export const __rt_garbage_collect = traced(FILE, "__rt_garbage_collect()", (k: Kernel): void => {
  k.rt_gc_pending = false;
  __do_rt_garbage_collect(k, k.ip_rt_gc_elasticity, k.ip_rt_gc_min_interval);
});

/** ipv4_dst_ops.gc: have garbage collected soon; refuse a new entry where the cache is full. */
export const rt_garbage_collect = traced(
  FILE,
  "rt_garbage_collect(ops)",
  (k: Kernel, _ops: DstOps): number => {
    if (!k.rt_gc_pending) {
      k.rt_gc_pending = true;
      defer(k, () => __rt_garbage_collect(k));
    }
    if (k.dst_entries >= k.ip_rt_max_size) {
      count(k, RT_STAT_GC_DST_OVERFLOW);
      return refuse(k, 1, "route cache is full", {
        entries: k.dst_entries,
        max_size: k.ip_rt_max_size,
      });
    }
    return 0;
  },
);

/** Entries of a chain with different hash inputs. */
export const slow_chain_length = traced(
  FILE,
  "slow_chain_length(head)",
  (k: Kernel, head: Rtable[]): number => {
    let length = 0;
    for (const rth of head) length += has_noalias(k, head, rth);
    return length >> FRACT_BITS;
  },
);

/**
 * Put a new entry in the cache, or find that somebody was faster and use theirs. The result is returned, or set as
 * the route of `skb` where there is one.
 */
export const rt_intern_hash = traced(
  FILE,
  "rt_intern_hash(hash, rt, skb)",
  (k: Kernel, hash: number, rt: Rtable, skb: SkBuff | null): Rtable | number => {
    const net = dev_net(rt.dev as NetDevice);
    for (let attempts = 1; ; ) {
      if (!rt_caching(k, net)) {
        note(k, "route caching is off: use this route once");
        if (rt.rt_type === RTN_UNICAST || rt.fl.iif === 0) {
          const err = arp_bind_neighbour(k, rt);
          if (err !== 0) {
            if (net_ratelimit(k) !== 0) printk(k, "Neighbour table failure & not caching routes.");
            rt_drop(k, rt);
            return err;
          }
        }
        rt_free(k, rt);
        break;
      }

      const now = k.jiffies;
      let chain = k.rt_hash_table.get(hash);
      let cand: Rtable | null = null;
      let min_score = 0xffffffff;
      let chain_length = 0;
      local_bh_disable(k);
      for (let i = 0; chain !== undefined && i < chain.length; ) {
        const rth = chain[i] as Rtable;
        if (rt_is_expired(k, rth)) {
          chain.splice(i, 1);
          rt_free(k, rth);
          continue;
        }
        if (compare_keys(k, rth.fl, rt.fl) && compare_netns(k, rth, rt)) {
          note(k, "already in the route cache: use that entry");
          chain.splice(i, 1);
          chain.unshift(rth);
          dst_use(k, rth, now);
          local_bh_enable(k);
          rt_drop(k, rt);
          if (skb !== null) skb_dst_set(skb, rth);
          return rth;
        }
        if (rth.refcnt === 0) {
          const score = rt_score(k, rth);
          if (score <= min_score) {
            cand = rth;
            min_score = score;
          }
        }
        chain_length++;
        i++;
      }

      if (cand !== null) {
        if (chain_length > k.ip_rt_gc_elasticity && chain !== undefined) {
          note(k, "long hash chain: remove the least valuable unused entry", { chain_length });
          chain.splice(chain.indexOf(cand), 1);
          rt_free(k, cand);
        }
      } else if (
        chain !== undefined &&
        chain_length > k.rt_chain_length_max &&
        slow_chain_length(k, chain) > k.rt_chain_length_max
      ) {
        const num = ++net.current_rt_cache_rebuild_count;
        if (!rt_caching(k, net)) {
          const dev = rt.dev as NetDevice;
          printk(k, `${dev.name}: ${num} rebuilds is over limit, route caching disabled`);
        }
        rt_emergency_hash_rebuild(k, net);
      }

      // Only an outgoing route, or one to forward by, has a next hop to be bound to.
      if (rt.rt_type === RTN_UNICAST || rt.fl.iif === 0) {
        const err = arp_bind_neighbour(k, rt);
        if (err !== 0) {
          local_bh_enable(k);
          if (err !== -ENOBUFS) {
            rt_drop(k, rt);
            return err;
          }
          if (!in_softirq(k) && attempts-- > 0) {
            note(k, "neighbour table overflow: collect route cache garbage, try again");
            __do_rt_garbage_collect(k, 1, 0);
            continue;
          }
          if (net_ratelimit(k) !== 0) printk(k, "Neighbour table overflow.");
          if (skb !== null) {
            no_way_in(
              k,
              -ENOBUFS,
              rt_intern_hash,
              "NEIGH_CREATEFAIL",
              "no neighbour entry could be created for the next hop",
              {
                nexthop: rt.rt_gateway,
              },
            );
          }
          rt_drop(k, rt);
          return -ENOBUFS;
        }
      }

      chain = k.rt_hash_table.get(hash);
      if (chain === undefined) k.rt_hash_table.set(hash, [rt]);
      else chain.unshift(rt);
      local_bh_enable(k);
      break;
    }
    if (skb !== null) skb_dst_set(skb, rt);
    return rt;
  },
);

/** Remember in the route what is known of its destination. */
export const rt_bind_peer = inlined(
  FILE,
  "rt_bind_peer(rt, create)",
  (k: Kernel, rt: Rtable, create: number): void => {
    let peer: InetPeer | null = inet_getpeer(k, rt.rt_dst, create);
    local_bh_disable(k);
    if (rt.peer === null) {
      rt.peer = peer;
      peer = null;
    }
    local_bh_enable(k);
    if (peer !== null) inet_putpeer(k, peer);
  },
);

/** An IP id where no peer remembers the last one. */
export const ip_select_fb_ident = traced(FILE, "ip_select_fb_ident(iph)", (k: Kernel, iph: SkBuff): void => {
  local_bh_disable(k);
  const salt = k.random.u32("ip id");
  set16(iph.head.bytes, iph.network_header + IP_ID, salt & 0xffff);
  k.ip_fallback_id = salt;
  local_bh_enable(k);
});

/** Choose the IP id of the packet whose header is `iph`'s: count up from the last one sent to this destination, and reserve `more`. */
export const __ip_select_ident = traced(
  FILE,
  "__ip_select_ident(iph, dst, more)",
  (k: Kernel, iph: SkBuff, dst: DstEntry | null, more: number): void => {
    const rt = dst as Rtable | null;
    if (rt !== null) {
      if (rt.peer === null) rt_bind_peer(k, rt, 1);
      if (rt.peer !== null) {
        const id = inet_getid(k, rt.peer, more);
        note(k, "next IP id for this destination", { id });
        set16(iph.head.bytes, iph.network_header + IP_ID, id);
        return;
      }
    } else {
      printk(k, "rt_bind_peer(0) @__ip_select_ident");
    }
    ip_select_fb_ident(k, iph);
  },
);

/** Take an entry that the caller holds out of the cache. */
export const rt_del = traced(FILE, "rt_del(hash, rt)", (k: Kernel, hash: number, rt: Rtable): void => {
  local_bh_disable(k);
  ip_rt_put(k, rt);
  const chain = k.rt_hash_table.get(hash) ?? [];
  for (let i = 0; i < chain.length; ) {
    const aux = chain[i] as Rtable;
    if (aux !== rt && !rt_is_expired(k, aux)) {
      i++;
      continue;
    }
    chain.splice(i, 1);
    rt_free(k, aux);
  }
  drop_if_empty(k, hash, chain);
  local_bh_enable(k);
});

/** An ICMP redirect came in: use the other gateway, if the advice can be believed. */
export const ip_rt_redirect = traced(
  FILE,
  "ip_rt_redirect(old_gw, daddr, new_gw, saddr, dev)",
  (k: Kernel, old_gw: number, daddr: number, new_gw: number, saddr: number, dev: NetDevice): void => {
    const in_dev = in_dev_get(dev);
    if (in_dev === null) return;
    const net = dev_net(dev);
    if (!redirect_is_good(k, net, in_dev, old_gw, new_gw, dev)) {
      note(k, "redirect ignored", { old_gw, new_gw });
      if (IN_DEV_LOG_MARTIANS(in_dev) && net_ratelimit(k) !== 0) {
        printk(
          k,
          `Redirect from ${formatIpv4(old_gw)} on ${dev.name} about ${formatIpv4(new_gw)} ignored.\n` +
            `  Advised path = ${formatIpv4(saddr)} -> ${formatIpv4(daddr)}`,
        );
      }
      in_dev_put(in_dev);
      return;
    }

    for (let i = 0; i < 2; i++) {
      for (let n = 0; n < 2; n++) {
        const skey = i === 0 ? saddr : 0;
        const ikey = n === 0 ? dev.ifindex : 0;
        const hash = rt_hash(k, daddr, skey, ikey, rt_genid(k, net));
        for (const rth of k.rt_hash_table.get(hash) ?? []) {
          if (
            rth.fl.fl4_dst !== daddr ||
            rth.fl.fl4_src !== skey ||
            rth.fl.oif !== ikey ||
            rth.fl.iif !== 0 ||
            rt_is_expired(k, rth)
          ) {
            continue;
          }
          if (
            rth.rt_dst !== daddr ||
            rth.rt_src !== saddr ||
            rth.error !== 0 ||
            rth.rt_gateway !== old_gw ||
            rth.dev !== dev
          ) {
            break;
          }
          if (!redirect_one(k, net, hash, rth, new_gw)) {
            in_dev_put(in_dev);
            return;
          }
          break;
        }
      }
    }
    in_dev_put(in_dev);
  },
);

function redirect_is_good(
  k: Kernel,
  net: Net,
  in_dev: InDevice,
  old_gw: number,
  new_gw: number,
  dev: NetDevice,
): boolean {
  if (
    new_gw === old_gw ||
    !IN_DEV_RX_REDIRECTS(in_dev) ||
    ipv4_is_multicast(new_gw) ||
    ipv4_is_lbcast(new_gw) ||
    ipv4_is_zeronet(new_gw)
  ) {
    return false;
  }
  if (!rt_caching(k, net)) return false;
  if (!IN_DEV_SHARED_MEDIA(in_dev)) {
    if (!inet_addr_onlink(k, in_dev, new_gw, old_gw)) return false;
    return !(IN_DEV_SEC_REDIRECTS(in_dev) && ip_fib_check_default(k, new_gw, dev) !== 0);
  }
  return inet_addr_type(k, net, new_gw) === RTN_UNICAST;
}

/** Replace one entry by a copy with another gateway. False where there is no memory. */
function redirect_one(k: Kernel, net: Net, hash: number, rth: Rtable, new_gw: number): boolean {
  dst_hold(rth);
  const rt = dst_alloc(k, ipv4_dst_ops) as Rtable | null;
  if (rt === null) {
    ip_rt_put(k, rth);
    return false;
  }
  copy_rtable(rt, rth);
  rt.use = 1;
  rt.refcnt = 1;
  rt.child = null;
  if (rt.dev !== null) dev_hold(rt.dev);
  if (rt.idev !== null) rt.idev.refcnt++;
  rt.obsolete = -1;
  rt.lastuse = k.jiffies;
  rt.neighbour = null;
  rt.hh = null;
  rt.rt_genid = rt_genid(k, net);
  rt.rt_flags = (rt.rt_flags | RTCF_REDIRECTED) >>> 0;
  rt.rt_gateway = new_gw;
  dst_confirm(k, rth);
  if (rt.peer !== null) rt.peer.refcnt++;
  if (arp_bind_neighbour(k, rt) !== 0 || rt.neighbour === null || !neigh_is_valid(rt)) {
    note(k, "new gateway is unresolved: resolve it, keep the old gateway");
    if (rt.neighbour !== null) neigh_event_send(k, rt.neighbour, null);
    ip_rt_put(k, rth);
    rt_drop(k, rt);
    return true;
  }
  note(k, "route redirected to the new gateway", { new_gw });
  call_netevent_notifiers(k, NETEVENT_REDIRECT, rt);
  rt_del(k, hash, rth);
  const err = rt_intern_hash(k, hash, rt, null);
  if (typeof err !== "number") ip_rt_put(k, err);
  return true;
}

function neigh_is_valid(rt: Rtable): boolean {
  return rt.neighbour !== null && (rt.neighbour.nud_state & NUD_VALID) !== 0;
}

/** Structure assignment of what a copy shares with its original. */
function copy_rtable(rt: Rtable, from: Rtable): void {
  rt.dev = from.dev;
  rt.error = from.error;
  rt.flags = from.flags;
  rt.expires = from.expires;
  rt.header_len = from.header_len;
  rt.trailer_len = from.trailer_len;
  rt.rate_tokens = from.rate_tokens;
  rt.rate_last = from.rate_last;
  rt.metrics = from.metrics.slice();
  rt.tclassid = from.tclassid;
  rt.input = from.input;
  rt.output = from.output;
  copy_route(rt, from);
}

/** The part of {@link copy_rtable} that struct rtable adds to struct dst_entry. */
function copy_route(rt: Rtable, from: Rtable): void {
  rt.fl = from.fl.clone();
  rt.idev = from.idev;
  rt.rt_flags = from.rt_flags;
  rt.rt_type = from.rt_type;
  rt.rt_dst = from.rt_dst;
  rt.rt_src = from.rt_src;
  rt.rt_iif = from.rt_iif;
  rt.rt_gateway = from.rt_gateway;
  rt.rt_spec_dst = from.rt_spec_dst;
  rt.peer = from.peer;
}

/** A connection does not get through: drop what was learned of the route, it may be wrong. */
export const ipv4_negative_advice = traced(
  FILE,
  "ipv4_negative_advice(dst)",
  (k: Kernel, dst: DstEntry): DstEntry | null => {
    const rt = dst as Rtable;
    if (dst.obsolete > 0) {
      ip_rt_put(k, rt);
      return null;
    }
    if ((rt.rt_flags & RTCF_REDIRECTED) !== 0 || rt.expires !== 0) {
      const net = dev_net(dst.dev as NetDevice);
      rt_del(k, rt_hash(k, rt.fl.fl4_dst, rt.fl.fl4_src, rt.fl.oif, rt_genid(k, net)), rt);
      return null;
    }
    return dst;
  },
);

/** Tell the sender of a packet that there is a shorter way; ever more rarely, and never more than nine times. */
export const ip_rt_send_redirect = traced(
  FILE,
  "ip_rt_send_redirect(skb)",
  (k: Kernel, skb: SkBuff): void => {
    const rt = skb_rtable(skb) as Rtable;
    const in_dev = __in_dev_get_rcu(rt.dev as NetDevice);
    if (in_dev === null || !IN_DEV_TX_REDIRECTS(in_dev)) {
      note(k, "send_redirects is not set");
      return;
    }
    const log_martians = IN_DEV_LOG_MARTIANS(in_dev);
    if (k.jiffies > rt.rate_last + k.ip_rt_redirect_silence) rt.rate_tokens = 0;
    if (rt.rate_tokens >= k.ip_rt_redirect_number) {
      note(k, "redirect_number redirects were ignored: send no more");
      rt.rate_last = k.jiffies;
      return;
    }
    if (rt.rate_tokens !== 0 && k.jiffies <= rt.rate_last + (k.ip_rt_redirect_load << rt.rate_tokens)) {
      note(k, "redirect rate limit: not sent");
      return;
    }
    icmp_send(k, skb, ICMP_REDIRECT, ICMP_REDIR_HOST, rt.rt_gateway);
    rt.rate_last = k.jiffies;
    rt.rate_tokens++;
    if (log_martians && rt.rate_tokens === k.ip_rt_redirect_number && net_ratelimit(k) !== 0) {
      printk(
        k,
        `host ${formatIpv4(rt.rt_src)}/if${rt.rt_iif} ignores redirects for ${formatIpv4(rt.rt_dst)} to ${formatIpv4(rt.rt_gateway)}.`,
      );
    }
  },
);

/** Why a packet that was to be forwarded is dropped, by the error of its route. */
const IP_ERRORS: { readonly [error: number]: { readonly reason: DropReason; readonly text: string } } = {
  [ENETUNREACH]: { reason: "IP_INNOROUTES", text: "no route to forward the packet" },
  [EHOSTUNREACH]: { reason: "IP_INADDRERRORS", text: "forwarding route is of type unreachable" },
  [EACCES]: { reason: "IP_INNOROUTES", text: "forwarding route or rule is of type prohibit" },
};
const IP_ERROR = {
  reason: "IP_INNOROUTES",
  text: "forwarding route or rule is of type blackhole",
} as const;

/** The input of a route that ends in an error: say so by ICMP, not too often, and drop the packet. */
export const ip_error = traced(FILE, "ip_error(skb)", (k: Kernel, skb: SkBuff): number => {
  const rt = skb_rtable(skb) as Rtable;
  let code = -1;
  switch (rt.error) {
    case EHOSTUNREACH:
      code = ICMP_HOST_UNREACH;
      break;
    case ENETUNREACH:
      code = ICMP_NET_UNREACH;
      IP_INC_STATS(k, dev_net(rt.dev as NetDevice), IPSTATS_MIB_INNOROUTES);
      break;
    case EACCES:
      code = ICMP_PKT_FILTERED;
      break;
    default:
      note(k, "no ICMP message for this error", { error: rt.error });
  }
  if (code >= 0) {
    const now = k.jiffies;
    rt.rate_tokens = Math.min(rt.rate_tokens + (now - rt.rate_last), k.ip_rt_error_burst);
    rt.rate_last = now;
    if (rt.rate_tokens >= k.ip_rt_error_cost) {
      rt.rate_tokens -= k.ip_rt_error_cost;
      icmp_send(k, skb, ICMP_DEST_UNREACH, code, 0);
    } else {
      note(k, "ICMP rate limit: no ICMP error sent", { tokens: rt.rate_tokens });
    }
  }
  const { reason, text } = IP_ERRORS[rt.error] ?? IP_ERROR;
  drop(k, skb, reason, text, { daddr: rt.rt_dst, error: rt.error });
  kfree_skb(k, skb);
  return 0;
});

const mtu_plateau: readonly number[] = [32000, 17914, 8166, 4352, 2002, 1492, 576, 296, 216, 128];

/** The next smaller MTU that is common, for routers that do not tell theirs. */
export const guess_mtu = traced(FILE, "guess_mtu(old_mtu)", (_k: Kernel, old_mtu: number): number => {
  for (const mtu of mtu_plateau) if (old_mtu > mtu) return mtu;
  return 68;
});

/**
 * "Fragmentation needed" came in: lower the MTU of the cached routes to that destination. The header of the packet
 * that was too large is at `iph[at]`. Returns the MTU to tell the sockets.
 */
export const ip_rt_frag_needed = traced(
  FILE,
  "ip_rt_frag_needed(net, iph, at, new_mtu, dev)",
  (k: Kernel, net: Net, iph: Uint8Array, at: number, new_mtu: number, dev: NetDevice): number => {
    let old_mtu = get16(iph, at + IP_TOT_LEN);
    const saddr = get32(iph, at + IP_SADDR);
    const daddr = get32(iph, at + IP_DADDR);
    const hlen = ((iph[at + IP_VIHL] as number) & 15) << 2;
    let est_mtu = 0;

    if (k.sysctl_ip_no_pmtu_disc !== 0) {
      note(k, "ip_no_pmtu_disc is set: no path MTU discovery");
      return 0;
    }
    for (let n = 0; n < 2; n++) {
      for (let i = 0; i < 2; i++) {
        const ikey = n === 0 ? dev.ifindex : 0;
        const skey = i === 0 ? saddr : 0;
        const hash = rt_hash(k, daddr, skey, ikey, rt_genid(k, net));
        for (const rth of k.rt_hash_table.get(hash) ?? []) {
          let mtu = new_mtu;
          if (
            rth.fl.fl4_dst !== daddr ||
            rth.fl.fl4_src !== skey ||
            rth.rt_dst !== daddr ||
            rth.rt_src !== saddr ||
            rth.fl.oif !== ikey ||
            rth.fl.iif !== 0 ||
            dst_metric_locked(rth, RTAX_MTU) ||
            rt_is_expired(k, rth)
          ) {
            continue;
          }
          if (new_mtu < 68 || new_mtu >= old_mtu) {
            // Old BSDs left the field empty and counted the header twice.
            if (mtu === 0 && old_mtu >= dst_mtu(rth) && old_mtu >= 68 + hlen) old_mtu -= hlen;
            mtu = guess_mtu(k, old_mtu);
            note(k, "reported MTU is implausible: use the next lower plateau", { new_mtu, mtu });
          }
          if (mtu <= dst_mtu(rth)) {
            if (mtu < dst_mtu(rth)) {
              dst_confirm(k, rth);
              if (mtu < k.ip_rt_min_pmtu) {
                note(k, "below min_pmtu: raised to min_pmtu, MTU locked", {
                  mtu,
                  min_pmtu: k.ip_rt_min_pmtu,
                });
                mtu = k.ip_rt_min_pmtu;
                rth.metrics[RTAX_LOCK - 1] = dst_metric(rth, RTAX_LOCK) | (1 << RTAX_MTU);
              }
              note(k, "path MTU lowered", { mtu, daddr });
              rth.metrics[RTAX_MTU - 1] = mtu;
              dst_set_expires(k, rth, k.ip_rt_mtu_expires);
            }
            est_mtu = mtu;
          }
        }
      }
    }
    return est_mtu || new_mtu;
  },
);

/** Lower a route's MTU, for a while. */
export const ip_rt_update_pmtu = traced(
  FILE,
  "ip_rt_update_pmtu(dst, mtu)",
  (k: Kernel, dst: DstEntry, mtu: number): void => {
    if (dst_mtu(dst) <= mtu || mtu < 68 || dst_metric_locked(dst, RTAX_MTU)) return;
    let value = mtu;
    if (value < k.ip_rt_min_pmtu) {
      value = k.ip_rt_min_pmtu;
      dst.metrics[RTAX_LOCK - 1] = dst_metric(dst, RTAX_LOCK) | (1 << RTAX_MTU);
    }
    note(k, "path MTU lowered", { mtu: value });
    dst.metrics[RTAX_MTU - 1] = value;
    dst_set_expires(k, dst, k.ip_rt_mtu_expires);
    call_netevent_notifiers(k, NETEVENT_PMTU_UPDATE, dst);
  },
);

/** Is the route that a socket kept still good? */
export const ipv4_dst_check = traced(
  FILE,
  "ipv4_dst_check(dst, cookie)",
  (k: Kernel, dst: DstEntry, _cookie: number): DstEntry | null => {
    if (rt_is_expired(k, dst as Rtable)) {
      note(k, "routing tables changed: cached route is stale");
      return null;
    }
    return dst;
  },
);

/** Give back what only IPv4 routes hold. */
export const ipv4_dst_destroy = traced(FILE, "ipv4_dst_destroy(dst)", (k: Kernel, dst: DstEntry): void => {
  const rt = dst as Rtable;
  const peer = rt.peer;
  const idev = rt.idev;
  if (peer !== null) {
    rt.peer = null;
    inet_putpeer(k, peer);
  }
  if (idev !== null) {
    rt.idev = null;
    in_dev_put(idev);
  }
});

/** A device goes: dead routes that are still held point at lo instead. */
export const ipv4_dst_ifdown = traced(
  FILE,
  "ipv4_dst_ifdown(dst, dev, how)",
  (_k: Kernel, dst: DstEntry, dev: NetDevice, _how: number): void => {
    const rt = dst as Rtable;
    const idev = rt.idev;
    const lo = dev_net(dev).loopback_dev;
    if (dev === lo || idev === null || idev.dev !== dev) return;
    const loopback_idev = in_dev_get(lo);
    if (loopback_idev !== null) {
      rt.idev = loopback_idev;
      in_dev_put(idev);
    }
  },
);

/** The neighbour does not answer: tell the sender, and forget the route soon. */
export const ipv4_link_failure = traced(FILE, "ipv4_link_failure(skb)", (k: Kernel, skb: SkBuff): void => {
  icmp_send(k, skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
  const rt = skb_rtable(skb);
  if (rt !== null) dst_set_expires(k, rt, 0);
});

/** The output of an input route: nothing should ever come here. */
export const ip_rt_bug = traced(FILE, "ip_rt_bug(skb)", (k: Kernel, skb: SkBuff): number => {
  const b = skb.head.bytes;
  const saddr = formatIpv4(get32(b, skb.network_header + IP_SADDR));
  const daddr = formatIpv4(get32(b, skb.network_header + IP_DADDR));
  printk(k, `ip_rt_bug: ${saddr} -> ${daddr}, ${skb.dev?.name ?? "?"}`);
  drop(k, skb, "NOT_SPECIFIED", "input route used for output (ip_rt_bug)");
  kfree_skb(k, skb);
  return 0;
});

/** Write the address that a router (or we) would put into an IP option for this route to `addr[at]`. */
export const ip_rt_get_source = traced(
  FILE,
  "ip_rt_get_source(addr, at, rt)",
  (k: Kernel, addr: Uint8Array, at: number, rt: Rtable): void => {
    let src: number;
    if (rt.fl.iif === 0) {
      src = rt.rt_src;
    } else {
      const dev = rt.dev as NetDevice;
      const res = new_fib_result();
      if (fib_lookup(k, dev_net(dev), rt.fl, res) === 0) {
        src = FIB_RES_PREFSRC(k, res);
        fib_res_put(k, res);
      } else {
        src = inet_select_addr(k, dev, rt.rt_gateway, RT_SCOPE_UNIVERSE);
      }
    }
    set32(addr, at, src);
  },
);

/** Fill in the halves of a route's realm that are still open. */
export const set_class_tag = inlined(
  FILE,
  "set_class_tag(rt, tag)",
  (_k: Kernel, rt: Rtable, tag: number): void => {
    if ((rt.tclassid & 0xffff) === 0) rt.tclassid |= tag & 0xffff;
    if ((rt.tclassid & 0xffff0000) === 0) rt.tclassid |= tag & 0xffff0000;
    rt.tclassid >>>= 0;
  },
);

/** The MSS that fits the device, where no route says another. */
export const ipv4_default_advmss = traced(
  FILE,
  "ipv4_default_advmss(dst)",
  (k: Kernel, dst: DstEntry): number => {
    const advmss = dst_metric(dst, RTAX_ADVMSS);
    if (advmss !== 0) return advmss;
    return Math.min(Math.max((dst.dev as NetDevice).mtu - 40, k.ip_rt_min_advmss), 65535 - 40);
  },
);

/** Copy into a cache entry what the route found says: gateway, metrics, realm. */
export const rt_set_nexthop = traced(
  FILE,
  "rt_set_nexthop(rt, res, itag)",
  (k: Kernel, rt: Rtable, res: FibResult, itag: number): void => {
    const fi = res.fi;
    const dev = rt.dev as NetDevice;
    if (fi !== null) {
      const nh = FIB_RES_NH(res);
      if (nh.nh_gw !== 0 && nh.nh_scope === RT_SCOPE_LINK) {
        note(k, "via a gateway", { gateway: nh.nh_gw });
        rt.rt_gateway = nh.nh_gw;
      }
      for (let i = 0; i < rt.metrics.length; i++) rt.metrics[i] = fi.fib_metrics[i] ?? 0;
      if (rt.metrics[RTAX_MTU - 1] === 0) {
        rt.metrics[RTAX_MTU - 1] = dev.mtu;
        if (dst_metric_locked(rt, RTAX_MTU) && rt.rt_gateway !== rt.rt_dst && dev.mtu > 576) {
          note(k, "MTU is locked, destination is behind a gateway: MTU is 576");
          rt.metrics[RTAX_MTU - 1] = 576;
        }
      }
      rt.tclassid = nh.nh_tclassid;
    } else {
      rt.metrics[RTAX_MTU - 1] = dev.mtu;
    }
    if (dst_metric(rt, RTAX_HOPLIMIT) === 0) rt.metrics[RTAX_HOPLIMIT - 1] = k.sysctl_ip_default_ttl;
    if (dst_mtu(rt) > IP_MAX_MTU) rt.metrics[RTAX_MTU - 1] = IP_MAX_MTU;
    if (dst_metric(rt, RTAX_ADVMSS) > 65535 - 40) rt.metrics[RTAX_ADVMSS - 1] = 65535 - 40;
    set_class_tag(k, rt, fib_rules_tclass(k, res));
    set_class_tag(k, rt, itag);
    rt.rt_type = res.type;
  },
);

/** Make the route of an incoming multicast packet. */
export const ip_route_input_mc = inlined(
  FILE,
  "ip_route_input_mc(skb, daddr, saddr, tos, dev, our)",
  (
    k: Kernel,
    skb: SkBuff,
    daddr: number,
    saddr: number,
    tos: number,
    dev: NetDevice,
    our: number,
  ): number => {
    const in_dev = in_dev_get(dev);
    if (in_dev === null) {
      return no_way_in(k, -EINVAL, ip_route_input_mc, "DEV_READY", "IPv4 is disabled on this device", {
        dev: dev.name,
      });
    }
    const err = input_mc(k, skb, daddr, saddr, tos, dev, our, in_dev);
    return err;
  },
);

function input_mc(
  k: Kernel,
  skb: SkBuff,
  daddr: number,
  saddr: number,
  tos: number,
  dev: NetDevice,
  our: number,
  in_dev: InDevice,
): number {
  if (ipv4_is_multicast(saddr) || ipv4_is_lbcast(saddr) || skb.protocol !== ETH_P_IP) {
    in_dev_put(in_dev);
    return no_way_in(
      k,
      -EINVAL,
      ip_route_input_mc,
      "IP_INVALID_SOURCE",
      "source is multicast or broadcast, or the packet is not IPv4",
      { saddr },
    );
  }
  if (!IN_DEV_ROUTE_LOCALNET(in_dev) && ipv4_is_loopback(saddr)) {
    in_dev_put(in_dev);
    return no_way_in(
      k,
      -EINVAL,
      ip_route_input_mc,
      "IP_INVALID_SOURCE",
      "loopback source address from outside",
      { saddr },
    );
  }
  let spec_dst: number;
  let itag = 0;
  if (ipv4_is_zeronet(saddr)) {
    if (!ipv4_is_local_multicast(daddr)) {
      in_dev_put(in_dev);
      return no_way_in(
        k,
        -EINVAL,
        ip_route_input_mc,
        "IP_INVALID_SOURCE",
        "source 0.0.0.0 is allowed for link-local groups only",
        { saddr, daddr },
      );
    }
    spec_dst = inet_select_addr(k, dev, 0, RT_SCOPE_LINK);
  } else {
    const v = fib_validate_source(k, saddr, 0, tos, 0, dev, 0);
    if (v.err < 0) {
      in_dev_put(in_dev);
      return -EINVAL;
    }
    spec_dst = v.spec_dst;
    itag = v.itag;
  }
  const rth = dst_alloc(k, ipv4_dst_ops) as Rtable | null;
  if (rth === null) {
    in_dev_put(in_dev);
    return cache_full(k, dev);
  }
  const net = dev_net(dev);
  rth.output = ip_rt_bug;
  rth.obsolete = -1;
  fill_input(rth, in_dev, skb, daddr, saddr, tos, net.loopback_dev, dev.ifindex);
  rth.tclassid = itag;
  rth.rt_spec_dst = spec_dst;
  rth.rt_genid = rt_genid(k, net);
  rth.rt_flags = RTCF_MULTICAST;
  rth.rt_type = RTN_MULTICAST;
  if (our !== 0) {
    rth.input = ip_local_deliver;
    rth.rt_flags = (rth.rt_flags | RTCF_LOCAL) >>> 0;
  }
  if (!ipv4_is_local_multicast(daddr) && IN_DEV_MFORWARD(in_dev)) rth.input = ip_mr_input;
  count(k, RT_STAT_IN_SLOW_MC);
  in_dev_put(in_dev);
  const hash = rt_hash(k, daddr, saddr, dev.ifindex, rt_genid(k, net));
  const rt = rt_intern_hash(k, hash, rth, skb);
  return typeof rt === "number" ? rt : 0;
}

/** The route of an incoming packet could not be made. */
function cache_full(k: Kernel, dev: NetDevice): number {
  return no_way_in(k, -ENOBUFS, rt_garbage_collect, "NOMEM", "route cache is full", {
    entries: k.dst_entries,
    max_size: k.ip_rt_max_size,
    dev: dev.name,
  });
}

/** What all entries for incoming packets have in common. */
function fill_input(
  rth: Rtable,
  in_dev: InDevice,
  skb: SkBuff,
  daddr: number,
  saddr: number,
  tos: number,
  out: NetDevice,
  iif: number,
): void {
  rth.refcnt = 1;
  rth.flags = DST_HOST;
  if (in_dev.cnf.disable_policy !== 0) rth.flags |= DST_NOPOLICY;
  const fl = rth.fl;
  fl.fl4_dst = daddr;
  rth.rt_dst = daddr;
  fl.fl4_tos = tos;
  fl.mark = skb.mark;
  fl.fl4_src = saddr;
  rth.rt_src = saddr;
  rth.rt_gateway = daddr;
  fl.iif = iif;
  rth.rt_iif = iif;
  rth.dev = out;
  dev_hold(out);
  rth.idev = in_dev_get(out);
  fl.oif = 0;
}

/** A packet whose source address cannot be true on this device: count it, and tell the administrator who asks. */
export const ip_handle_martian_source = traced(
  FILE,
  "ip_handle_martian_source(dev, in_dev, skb, daddr, saddr)",
  (k: Kernel, dev: NetDevice, in_dev: InDevice, skb: SkBuff, daddr: number, saddr: number): void => {
    note(k, "martian source", { saddr, dev: dev.name });
    count(k, RT_STAT_IN_MARTIAN_SRC);
    if (!IN_DEV_LOG_MARTIANS(in_dev) || net_ratelimit(k) === 0) return;
    printk(k, `martian source ${formatIpv4(daddr)} from ${formatIpv4(saddr)}, on dev ${dev.name}`);
    if (dev.hard_header_len !== 0 && skb.mac_header !== -1) {
      const mac = skb.head.bytes.subarray(skb.mac_header, skb.mac_header + dev.hard_header_len);
      printk(k, `ll header: ${Array.from(mac, (b) => b.toString(16).padStart(2, "0")).join(":")}`);
    }
  },
);

/** Make the route of a packet to be forwarded. */
export const __mkroute_input = traced(
  FILE,
  "__mkroute_input(skb, res, in_dev, daddr, saddr, tos)",
  (
    k: Kernel,
    skb: SkBuff,
    res: FibResult,
    in_dev: InDevice,
    daddr: number,
    saddr: number,
    tos: number,
  ): Rtable | number => {
    const out_dev = in_dev_get(FIB_RES_DEV(res) as NetDevice);
    if (out_dev === null) {
      if (net_ratelimit(k) !== 0) printk(k, "Bug in ip_route_input_slow(). Please, report");
      return no_way_in(k, -EINVAL, __mkroute_input, "DEV_READY", "IPv4 is disabled on the output device");
    }
    const v = fib_validate_source(k, saddr, daddr, tos, FIB_RES_OIF(res), in_dev.dev, skb.mark);
    if (v.err < 0) {
      ip_handle_martian_source(k, in_dev.dev, in_dev, skb, daddr, saddr);
      in_dev_put(out_dev);
      return -EINVAL;
    }
    let flags = v.err !== 0 ? RTCF_DIRECTSRC : 0;
    if (
      out_dev === in_dev &&
      v.err !== 0 &&
      (IN_DEV_SHARED_MEDIA(out_dev) || inet_addr_onlink(k, out_dev, saddr, FIB_RES_GW(res)))
    ) {
      note(
        k,
        "output device is the input device, and the gateway is on the sender's link: send an ICMP redirect",
      );
      flags |= RTCF_DOREDIRECT;
    }
    if (skb.protocol !== ETH_P_IP && out_dev === in_dev && in_dev.cnf.proxy_arp_pvlan === 0) {
      in_dev_put(out_dev);
      return no_way_in(
        k,
        -EINVAL,
        __mkroute_input,
        "IP_INVALID_DEST",
        "ARP for a host on the same device: no proxy ARP",
        { daddr },
      );
    }

    const rth = dst_alloc(k, ipv4_dst_ops) as Rtable | null;
    if (rth === null) {
      in_dev_put(out_dev);
      return cache_full(k, in_dev.dev);
    }
    fill_input(rth, in_dev, skb, daddr, saddr, tos, out_dev.dev, in_dev.dev.ifindex);
    if (out_dev.cnf.disable_xfrm !== 0) rth.flags |= DST_NOXFRM;
    rth.rt_spec_dst = v.spec_dst;
    rth.obsolete = -1;
    rth.input = ip_forward;
    rth.output = ip_output;
    rth.rt_genid = rt_genid(k, dev_net(out_dev.dev));
    rt_set_nexthop(k, rth, res, v.itag);
    rth.rt_flags = flags >>> 0;
    in_dev_put(out_dev);
    return rth;
  },
);

/** Make the route of a packet to be forwarded and put it in the cache. */
export const ip_mkroute_input = traced(
  FILE,
  "ip_mkroute_input(skb, res, fl, in_dev, daddr, saddr, tos)",
  (
    k: Kernel,
    skb: SkBuff,
    res: FibResult,
    fl: Flowi,
    in_dev: InDevice,
    daddr: number,
    saddr: number,
    tos: number,
  ): number => {
    if (res.fi !== null && res.fi.fib_nh.length > 1 && fl.oif === 0) fib_select_multipath(k, fl, res);
    const rth = __mkroute_input(k, skb, res, in_dev, daddr, saddr, tos);
    if (typeof rth === "number") return rth;
    rth.origin = matched(res, daddr);
    const hash = rt_hash(k, daddr, saddr, fl.iif, rt_genid(k, dev_net(rth.dev as NetDevice)));
    const rt = rt_intern_hash(k, hash, rth, skb);
    return typeof rt === "number" ? rt : 0;
  },
);

/** Route an incoming packet that the cache does not know: for us, to be forwarded, or not to be believed. */
export const ip_route_input_slow = traced(
  FILE,
  "ip_route_input_slow(skb, daddr, saddr, tos, dev)",
  (k: Kernel, skb: SkBuff, daddr: number, saddr: number, tos: number, dev: NetDevice): number => {
    const in_dev = in_dev_get(dev);
    if (in_dev === null) {
      return no_way_in(k, -EINVAL, ip_route_input_slow, "DEV_READY", "IPv4 is disabled on this device", {
        dev: dev.name,
      });
    }
    const res = new_fib_result();
    const err = input_slow(k, skb, daddr, saddr, tos, dev, in_dev, res);
    in_dev_put(in_dev);
    if (res.fi !== null || res.r !== null) fib_res_put(k, res);
    return err;
  },
);

function input_slow(
  k: Kernel,
  skb: SkBuff,
  daddr: number,
  saddr: number,
  tos: number,
  dev: NetDevice,
  in_dev: InDevice,
  res: FibResult,
): number {
  const net = dev_net(dev);
  let flags = 0;
  let itag = 0;
  let spec_dst = 0;
  let err = -EINVAL;

  const martian_source = (why: string | null): number => {
    ip_handle_martian_source(k, dev, in_dev, skb, daddr, saddr);
    // fib_validate_source has said it.
    if (why === null) return -EINVAL;
    return no_way_in(k, -EINVAL, ip_route_input_slow, "IP_INVALID_SOURCE", why, { saddr });
  };
  const martian_destination = (why: string): number => {
    no_way_in(k, 0, ip_route_input_slow, "IP_INVALID_DEST", why, { daddr });
    count(k, RT_STAT_IN_MARTIAN_DST);
    if (IN_DEV_LOG_MARTIANS(in_dev) && net_ratelimit(k) !== 0) {
      printk(k, `martian destination ${formatIpv4(daddr)} from ${formatIpv4(saddr)}, dev ${dev.name}`);
    }
    return -EHOSTUNREACH;
  };

  if (ipv4_is_multicast(saddr) || ipv4_is_lbcast(saddr)) {
    return martian_source("source is a multicast or broadcast address");
  }
  let broadcast = daddr === INADDR_BROADCAST || (saddr === 0 && daddr === 0);
  if (!broadcast) {
    if (ipv4_is_zeronet(saddr)) return martian_source("source is in 0.0.0.0/8");
    if (ipv4_is_lbcast(daddr) || ipv4_is_zeronet(daddr)) {
      return martian_destination("destination is in 0.0.0.0/8");
    }
    if (!IN_DEV_ROUTE_LOCALNET(in_dev)) {
      if (ipv4_is_loopback(daddr)) {
        return martian_destination("loopback destination address from outside");
      }
      if (ipv4_is_loopback(saddr)) return martian_source("loopback source address from outside");
    }

    const fl = new Flowi();
    fl.fl4_dst = daddr;
    fl.fl4_src = saddr;
    fl.fl4_tos = tos;
    fl.fl4_scope = RT_SCOPE_UNIVERSE;
    fl.mark = skb.mark;
    fl.iif = dev.ifindex;
    err = fib_lookup(k, net, fl, res);
    if (err !== 0) {
      res.fi = null;
      res.r = null;
      if (!IN_DEV_FORWARD(in_dev)) {
        return no_way_in(
          k,
          -EHOSTUNREACH,
          ip_route_input_slow,
          "IP_INADDRERRORS",
          "destination is not local, no route, and forwarding is off",
          {
            daddr,
            dev: dev.name,
          },
        );
      }
      note(k, "no route: cache the negative result");
      count(k, RT_STAT_IN_NO_ROUTE);
      spec_dst = inet_select_addr(k, dev, 0, RT_SCOPE_UNIVERSE);
      res.type = RTN_UNREACHABLE;
      if (err === -ESRCH) err = -ENETUNREACH;
    } else {
      count(k, RT_STAT_IN_SLOW_TOT);
      if (res.type === RTN_BROADCAST) {
        broadcast = true;
      } else if (res.type === RTN_LOCAL) {
        note(k, "destination is local: deliver to this host");
        const v = fib_validate_source(k, saddr, daddr, tos, net.loopback_dev.ifindex, dev, skb.mark);
        if (v.err < 0) return martian_source(null);
        if (v.err !== 0) flags |= RTCF_DIRECTSRC;
        itag = v.itag;
        spec_dst = daddr;
      } else {
        if (!IN_DEV_FORWARD(in_dev)) {
          return no_way_in(
            k,
            -EHOSTUNREACH,
            ip_route_input_slow,
            "IP_INADDRERRORS",
            "destination is not local, and forwarding is off",
            {
              daddr,
              dev: dev.name,
            },
          );
        }
        if (res.type !== RTN_UNICAST) {
          return martian_destination("route to the destination is not of type unicast");
        }
        note(k, "destination is not local: forward");
        return ip_mkroute_input(k, skb, res, fl, in_dev, daddr, saddr, tos);
      }
    }
  }

  if (broadcast) {
    note(k, "broadcast: deliver locally");
    if (skb.protocol !== ETH_P_IP) {
      return no_way_in(
        k,
        -EINVAL,
        ip_route_input_slow,
        "IP_INVALID_DEST",
        "ARP for a broadcast address: no reply",
      );
    }
    if (ipv4_is_zeronet(saddr)) {
      spec_dst = inet_select_addr(k, dev, 0, RT_SCOPE_LINK);
    } else {
      const v = fib_validate_source(k, saddr, 0, tos, 0, dev, skb.mark);
      if (v.err < 0) return martian_source(null);
      if (v.err !== 0) flags |= RTCF_DIRECTSRC;
      spec_dst = v.spec_dst;
      itag = v.itag;
    }
    flags |= RTCF_BROADCAST;
    res.type = RTN_BROADCAST;
    count(k, RT_STAT_IN_BRD);
  }

  const rth = dst_alloc(k, ipv4_dst_ops) as Rtable | null;
  if (rth === null) return cache_full(k, dev);
  rth.output = ip_rt_bug;
  rth.obsolete = -1;
  rth.rt_genid = rt_genid(k, net);
  fill_input(rth, in_dev, skb, daddr, saddr, tos, net.loopback_dev, dev.ifindex);
  rth.tclassid = itag;
  rth.rt_spec_dst = spec_dst;
  rth.input = ip_local_deliver;
  rth.rt_flags = (flags | RTCF_LOCAL) >>> 0;
  if (res.type === RTN_UNREACHABLE) {
    rth.input = ip_error;
    rth.error = -err;
    rth.rt_flags = (rth.rt_flags & ~RTCF_LOCAL) >>> 0;
  }
  rth.rt_type = res.type;
  const hash = rt_hash(k, daddr, saddr, dev.ifindex, rt_genid(k, net));
  const rt = rt_intern_hash(k, hash, rth, skb);
  return typeof rt === "number" ? rt : 0;
}

/** Route an incoming packet: by the cache where it can. Sets the packet's route. */
export const ip_route_input = traced(
  FILE,
  "ip_route_input(skb, daddr, saddr, tos, dev)",
  (k: Kernel, skb: SkBuff, daddr: number, saddr: number, tos: number, dev: NetDevice): number => {
    const net = dev_net(dev);
    const iif = dev.ifindex;
    let rtos = tos;
    k.no_way_in = null;
    if (rt_caching(k, net)) {
      rtos &= IPTOS_RT_MASK;
      const chain = k.rt_hash_table.get(rt_hash(k, daddr, saddr, iif, rt_genid(k, net)));
      for (let i = 0; chain !== undefined && i < chain.length; i++) {
        const rth = chain[i] as Rtable;
        if (
          rth.fl.fl4_dst === daddr &&
          rth.fl.fl4_src === saddr &&
          rth.fl.iif === iif &&
          rth.fl.oif === 0 &&
          rth.fl.fl4_tos === rtos &&
          rth.fl.mark === skb.mark &&
          !rt_is_expired(k, rth)
        ) {
          note(k, "cached");
          dst_use(k, rth, k.jiffies);
          count(k, RT_STAT_IN_HIT);
          skb_dst_set(skb, rth);
          return 0;
        }
        count(k, RT_STAT_IN_HLIST_SEARCH);
      }
      note(k, "not in the route cache: look up the routing tables");
    }
    if (ipv4_is_multicast(daddr)) {
      const in_dev = __in_dev_get_rcu(dev);
      if (in_dev !== null) {
        const protocol = skb.head.bytes[skb.network_header + IP_PROTOCOL] as number;
        const our = ip_check_mc(k, in_dev, daddr, saddr, protocol);
        if (our !== 0 || (!ipv4_is_local_multicast(daddr) && IN_DEV_MFORWARD(in_dev))) {
          return ip_route_input_mc(k, skb, daddr, saddr, rtos, dev, our);
        }
        return no_way_in(k, -EINVAL, ip_route_input, "IP_MULTICAST", "group not joined on this device", {
          daddr,
          dev: dev.name,
        });
      }
      return no_way_in(k, -EINVAL, ip_route_input, "DEV_READY", "IPv4 is disabled on this device", {
        dev: dev.name,
      });
    }
    return ip_route_input_slow(k, skb, daddr, saddr, rtos, dev);
  },
);

/** Make the cache entry for an outgoing packet: `fl` is the answer, `oldflp` the question. */
export const __mkroute_output = inlined(
  FILE,
  "__mkroute_output(res, fl, oldflp, dev_out, flags)",
  (
    k: Kernel,
    res: FibResult,
    fl: Flowi,
    oldflp: Flowi,
    dev_out: NetDevice,
    flags: number,
  ): Rtable | number => {
    const tos = RT_FL_TOS(oldflp);
    let rt_flags = flags;
    if (fl.fl4_dst === INADDR_BROADCAST) {
      res.type = RTN_BROADCAST;
    } else if (ipv4_is_multicast(fl.fl4_dst)) {
      res.type = RTN_MULTICAST;
    } else if (ipv4_is_lbcast(fl.fl4_dst) || ipv4_is_zeronet(fl.fl4_dst)) {
      return refuse(k, -EINVAL, "destination is in 0.0.0.0/8", { daddr: fl.fl4_dst });
    }
    if ((dev_out.flags & IFF_LOOPBACK) !== 0) rt_flags |= RTCF_LOCAL;
    const in_dev = in_dev_get(dev_out);
    if (in_dev === null) {
      return refuse(k, -EINVAL, "IPv4 is disabled on the output device", { dev: dev_out.name });
    }
    if (
      !IN_DEV_ROUTE_LOCALNET(in_dev) &&
      ipv4_is_loopback(fl.fl4_src) &&
      (dev_out.flags & IFF_LOOPBACK) === 0
    ) {
      in_dev_put(in_dev);
      return refuse(k, -EINVAL, "loopback source address must not leave the host", {
        saddr: fl.fl4_src,
        dev: dev_out.name,
      });
    }
    if (res.type === RTN_BROADCAST) {
      note(k, "broadcast: send it, and loop a copy back");
      rt_flags |= RTCF_BROADCAST | RTCF_LOCAL;
      if (res.fi !== null) {
        fib_info_put(k, res.fi);
        res.fi = null;
      }
    } else if (res.type === RTN_MULTICAST) {
      rt_flags |= RTCF_MULTICAST | RTCF_LOCAL;
      if (ip_check_mc(k, in_dev, oldflp.fl4_dst, oldflp.fl4_src, oldflp.proto) === 0) {
        note(k, "multicast group not joined on this device: no copy is looped back");
        rt_flags &= ~RTCF_LOCAL;
      } else {
        note(k, "multicast group joined on this device: a copy is looped back");
      }
      if (res.fi !== null && res.prefixlen < 4) {
        note(k, "the prefix is shorter than 224.0.0.0/4: its gateway is ignored for multicast", {
          prefixlen: res.prefixlen,
        });
        fib_info_put(k, res.fi);
        res.fi = null;
      }
    }

    const rth = dst_alloc(k, ipv4_dst_ops) as Rtable | null;
    if (rth === null) {
      in_dev_put(in_dev);
      return -ENOBUFS;
    }
    rth.refcnt = 1;
    rth.flags = DST_HOST;
    if (in_dev.cnf.disable_xfrm !== 0) rth.flags |= DST_NOXFRM;
    else if ((dev_out.flags & IFF_LOOPBACK) !== 0) {
      note(k, "disable_xfrm is not set on lo: IPsec policies apply", { dev: dev_out.name });
    }
    if (in_dev.cnf.disable_policy !== 0) rth.flags |= DST_NOPOLICY;
    rth.fl.fl4_dst = oldflp.fl4_dst;
    rth.fl.fl4_tos = tos;
    rth.fl.fl4_src = oldflp.fl4_src;
    rth.fl.oif = oldflp.oif;
    rth.fl.mark = oldflp.mark;
    rth.rt_dst = fl.fl4_dst;
    rth.rt_src = fl.fl4_src;
    rth.rt_iif = oldflp.oif || dev_out.ifindex;
    rth.dev = dev_out;
    dev_hold(dev_out);
    rth.idev = in_dev_get(dev_out);
    rth.rt_gateway = fl.fl4_dst;
    rth.rt_spec_dst = fl.fl4_src;
    rth.output = ip_output;
    rth.obsolete = -1;
    rth.rt_genid = rt_genid(k, dev_net(dev_out));
    count(k, RT_STAT_OUT_SLOW_TOT);
    if ((rt_flags & RTCF_LOCAL) !== 0) {
      rth.input = ip_local_deliver;
      rth.rt_spec_dst = fl.fl4_dst;
    }
    if ((rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)) !== 0) {
      rth.rt_spec_dst = fl.fl4_src;
      if ((rt_flags & RTCF_LOCAL) !== 0 && (dev_out.flags & IFF_LOOPBACK) === 0) {
        rth.output = ip_mc_output;
        count(k, RT_STAT_OUT_SLOW_MC);
      }
      if (res.type === RTN_MULTICAST && IN_DEV_MFORWARD(in_dev) && !ipv4_is_local_multicast(oldflp.fl4_dst)) {
        note(k, "multicast routing is on: the looped-back copy goes to ip_mr_input");
        rth.input = ip_mr_input;
        rth.output = ip_mc_output;
      }
    }
    rt_set_nexthop(k, rth, res, 0);
    rth.rt_flags = rt_flags >>> 0;
    in_dev_put(in_dev);
    return rth;
  },
);

/** Make the cache entry for an outgoing packet and put it in the cache. */
export const ip_mkroute_output = inlined(
  FILE,
  "ip_mkroute_output(res, fl, oldflp, dev_out, flags)",
  (
    k: Kernel,
    res: FibResult,
    fl: Flowi,
    oldflp: Flowi,
    dev_out: NetDevice,
    flags: number,
  ): Rtable | number => {
    const rth = __mkroute_output(k, res, fl, oldflp, dev_out, flags);
    if (typeof rth === "number") return rth;
    const hash = rt_hash(k, oldflp.fl4_dst, oldflp.fl4_src, oldflp.oif, rt_genid(k, dev_net(dev_out)));
    return rt_intern_hash(k, hash, rth, null);
  },
);

/** Route an outgoing packet that the cache does not know: check the source, ask the tables, choose a source. */
export const ip_route_output_slow = inlined(
  FILE,
  "ip_route_output_slow(net, oldflp)",
  (k: Kernel, net: Net, oldflp: Flowi): Rtable | number => {
    const tos = RT_FL_TOS(oldflp);
    const fl = new Flowi();
    fl.fl4_dst = oldflp.fl4_dst;
    fl.fl4_src = oldflp.fl4_src;
    fl.fl4_tos = tos & IPTOS_RT_MASK;
    fl.fl4_scope = (tos & RTO_ONLINK) !== 0 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    fl.mark = oldflp.mark;
    fl.iif = net.loopback_dev.ifindex;
    fl.oif = oldflp.oif;
    const res = new_fib_result();
    let flags = 0;
    let dev_out: NetDevice | null = null;

    if (oldflp.fl4_src !== 0) {
      const saddr = oldflp.fl4_src;
      if (ipv4_is_multicast(saddr) || ipv4_is_lbcast(saddr) || ipv4_is_zeronet(saddr)) {
        return refuse(k, -EINVAL, "source is a multicast or broadcast address, or in 0.0.0.0/8", {
          saddr,
        });
      }
      if (oldflp.oif === 0 && (ipv4_is_multicast(oldflp.fl4_dst) || oldflp.fl4_dst === INADDR_BROADCAST)) {
        dev_out = ip_dev_find(k, net, saddr);
        if (dev_out === null) {
          return refuse(k, -EINVAL, "source address is not local to this host", { saddr });
        }
        const origin = given(
          k,
          "multicast or broadcast: send through the device that has the source address",
          {
            saddr,
          },
        );
        fl.oif = dev_out.ifindex;
        return make_route(k, res, fl, oldflp, dev_out, flags, false, origin);
      }
      if ((oldflp.flags & FLOWI_FLAG_ANYSRC) === 0) {
        const dev = ip_dev_find(k, net, saddr);
        if (dev === null) {
          return refuse(k, -EINVAL, "source address is not local to this host", { saddr });
        }
        dev_put(dev);
      }
    }

    if (oldflp.oif !== 0) {
      dev_out = dev_get_by_index(k, net, oldflp.oif);
      if (dev_out === null) {
        return refuse(k, -ENODEV, "no device with this index", { oif: oldflp.oif });
      }
      if (dev_out.ip_ptr === null) {
        dev_put(dev_out);
        return refuse(k, -ENODEV, "IPv4 is disabled on this device", { dev: dev_out.name });
      }
      if (ipv4_is_local_multicast(oldflp.fl4_dst) || oldflp.fl4_dst === INADDR_BROADCAST) {
        const origin = given(k, "link-local destination, oif is set: no table lookup");
        if (fl.fl4_src === 0) fl.fl4_src = inet_select_addr(k, dev_out, 0, RT_SCOPE_LINK);
        return make_route(k, res, fl, oldflp, dev_out, flags, false, origin);
      }
      if (fl.fl4_src === 0) {
        if (ipv4_is_multicast(oldflp.fl4_dst)) fl.fl4_src = inet_select_addr(k, dev_out, 0, fl.fl4_scope);
        else if (oldflp.fl4_dst === 0) {
          fl.fl4_src = inet_select_addr(k, dev_out, 0, RT_SCOPE_HOST);
          note(k, "no destination: use an address of oif", { saddr: fl.fl4_src });
        }
      }
    }

    if (fl.fl4_dst === 0) {
      fl.fl4_dst = fl.fl4_src;
      if (fl.fl4_dst === 0) {
        fl.fl4_src = INADDR_LOOPBACK;
        fl.fl4_dst = INADDR_LOOPBACK;
      }
      const origin = given(k, "destination 0.0.0.0: use the source address, or 127.0.0.1", {
        daddr: fl.fl4_dst,
      });
      if (dev_out !== null) dev_put(dev_out);
      dev_out = net.loopback_dev;
      dev_hold(dev_out);
      fl.oif = dev_out.ifindex;
      res.type = RTN_LOCAL;
      flags |= RTCF_LOCAL;
      return make_route(k, res, fl, oldflp, dev_out, flags, false, origin);
    }

    const err = fib_lookup(k, net, fl, res);
    if (err !== 0) {
      res.fi = null;
      if (oldflp.oif !== 0 && dev_out !== null) {
        const origin = given(k, "no route, but oif is set: assume the destination is on-link");
        if (fl.fl4_src === 0) fl.fl4_src = inet_select_addr(k, dev_out, 0, RT_SCOPE_LINK);
        res.type = RTN_UNICAST;
        return make_route(k, res, fl, oldflp, dev_out, flags, false, origin);
      }
      return err;
    }
    const origin = matched(res, fl.fl4_dst);

    if (res.type === RTN_LOCAL) {
      note(k, "destination is local: send through lo", { daddr: fl.fl4_dst });
      if (fl.fl4_src === 0) fl.fl4_src = fl.fl4_dst;
      if (dev_out !== null) dev_put(dev_out);
      dev_out = net.loopback_dev;
      dev_hold(dev_out);
      fl.oif = dev_out.ifindex;
      if (res.fi !== null) fib_info_put(k, res.fi);
      res.fi = null;
      flags |= RTCF_LOCAL;
      return make_route(k, res, fl, oldflp, dev_out, flags, true, origin);
    }

    if ((res.fi as FibInfo).fib_nh.length > 1 && fl.oif === 0) fib_select_multipath(k, fl, res);
    else if (res.prefixlen === 0 && res.type === RTN_UNICAST && fl.oif === 0) {
      fib_select_default(k, net, fl, res);
    }
    if (fl.fl4_src === 0) {
      fl.fl4_src = FIB_RES_PREFSRC(k, res);
      note(k, "preferred source address of the route", { saddr: fl.fl4_src });
    }
    if (dev_out !== null) dev_put(dev_out);
    dev_out = FIB_RES_DEV(res) as NetDevice;
    dev_hold(dev_out);
    fl.oif = dev_out.ifindex;
    return make_route(k, res, fl, oldflp, dev_out, flags, true, origin);
  },
);

/** A route that no table was asked for, or that none has. */
function given(k: Kernel, why: string, facts?: Facts): RouteOrigin {
  note(k, why, facts);
  return { by: ip_route_output_slow, why, match: null };
}

/** A route that an entry of a table gave. */
function matched({ prefixlen, table }: FibResult, dst: number): RouteOrigin {
  return { by: fib_semantic_match, why: "route matches", match: { dst, prefixlen, table } };
}

/** The common end of ip_route_output_slow. */
function make_route(
  k: Kernel,
  res: FibResult,
  fl: Flowi,
  oldflp: Flowi,
  dev_out: NetDevice,
  flags: number,
  free_res: boolean,
  origin: RouteOrigin,
): Rtable | number {
  const rt = ip_mkroute_output(k, res, fl, oldflp, dev_out, flags);
  if (typeof rt !== "number") rt.origin ??= origin;
  if (free_res) fib_res_put(k, res);
  dev_put(dev_out);
  return rt;
}

/** Route an outgoing packet: by the cache where it can. */
export const __ip_route_output_key = traced(
  FILE,
  "__ip_route_output_key(net, flp)",
  (k: Kernel, net: Net, flp: Flowi): Rtable | number => {
    if (!rt_caching(k, net)) {
      note(k, "route caching is off");
      return ip_route_output_slow(k, net, flp);
    }
    const hash = rt_hash(k, flp.fl4_dst, flp.fl4_src, flp.oif, rt_genid(k, net));
    local_bh_disable(k);
    const chain = k.rt_hash_table.get(hash);
    for (let i = 0; chain !== undefined && i < chain.length; i++) {
      const rth = chain[i] as Rtable;
      if (
        rth.fl.fl4_dst === flp.fl4_dst &&
        rth.fl.fl4_src === flp.fl4_src &&
        rth.fl.iif === 0 &&
        rth.fl.oif === flp.oif &&
        rth.fl.mark === flp.mark &&
        ((rth.fl.fl4_tos ^ flp.fl4_tos) & (IPTOS_RT_MASK | RTO_ONLINK)) === 0 &&
        !rt_is_expired(k, rth)
      ) {
        note(k, "cached");
        dst_use(k, rth, k.jiffies);
        count(k, RT_STAT_OUT_HIT);
        local_bh_enable(k);
        return rth;
      }
      count(k, RT_STAT_OUT_HLIST_SEARCH);
    }
    note(k, "not in the route cache: look up the routing tables");
    local_bh_enable(k);
    return ip_route_output_slow(k, net, flp);
  },
);

/** The output of a blackhole entry never passes the check: it serves one packet. */
export const ipv4_blackhole_dst_check = traced(
  FILE,
  "ipv4_blackhole_dst_check(dst, cookie)",
  (_k: Kernel, _dst: DstEntry, _cookie: number): DstEntry | null => null,
);

/** A blackhole has no MTU to update. */
export const ipv4_rt_blackhole_update_pmtu = traced(
  FILE,
  "ipv4_rt_blackhole_update_pmtu(dst, mtu)",
  (_k: Kernel, _dst: DstEntry, _mtu: number): void => {},
);

/** While IPsec keys are negotiated: a copy of the route that swallows the packet. */
export const ipv4_dst_blackhole = traced(
  FILE,
  "ipv4_dst_blackhole(net, ort, flp)",
  (k: Kernel, net: Net, ort: Rtable, _flp: Flowi): Rtable | number => {
    note(k, "no IPsec keys yet: blackhole route, the packet is dropped");
    const rt = dst_alloc(k, ipv4_dst_blackhole_ops) as Rtable | null;
    if (rt !== null) {
      rt.refcnt = 1;
      rt.use = 1;
      rt.input = dst_discard;
      rt.output = dst_discard;
      rt.metrics = ort.metrics.slice();
      rt.dev = ort.dev;
      if (rt.dev !== null) dev_hold(rt.dev);
      copy_route(rt, ort);
      if (rt.idev !== null) rt.idev.refcnt++;
      rt.rt_genid = rt_genid(k, net);
      if (rt.peer !== null) rt.peer.refcnt++;
      dst_free(k, rt);
    }
    dst_release(k, ort);
    return rt ?? -ENOMEM;
  },
);

/** Route an outgoing packet of a protocol: the route, then what IPsec wants of it. */
export const ip_route_output_flow = traced(
  FILE,
  "ip_route_output_flow(net, flp, sk, flags)",
  (k: Kernel, net: Net, flp: Flowi, sk: Sock | null, flags: number): Rtable | number => {
    const rt = __ip_route_output_key(k, net, flp);
    if (typeof rt === "number") return rt;
    if (flp.proto === 0) {
      note(k, "flow has no protocol: no IPsec policy lookup");
      return rt;
    }
    if (flp.fl4_src === 0) flp.fl4_src = rt.rt_src;
    if (flp.fl4_dst === 0) flp.fl4_dst = rt.rt_dst;
    const dst = __xfrm_lookup(k, net, rt, flp, sk, flags !== 0 ? XFRM_LOOKUP_WAIT : 0);
    if (dst === -EREMOTE) return ipv4_dst_blackhole(k, net, rt, flp);
    return dst as Rtable | number;
  },
);

/** Route an outgoing packet of no socket. */
export const ip_route_output_key = traced(
  FILE,
  "ip_route_output_key(net, flp)",
  (k: Kernel, net: Net, flp: Flowi): Rtable | number => {
    return ip_route_output_flow(k, net, flp, null, 0);
  },
);

const METRIC_NAMES: Readonly<Record<number, string>> = {
  1: "lock",
  2: "mtu",
  3: "window",
  4: "rtt",
  8: "advmss",
  10: "hoplimit",
};

/** rt_fill_info: one cache entry in the words of `ip route`. */
function rt_fill_info(rt: Rtable): string {
  let s = `table ${RT_TABLE_MAIN} ${RTN_NAMES[rt.rt_type] ?? "?"} ${formatIpv4(rt.rt_dst)}/32 scope 0 proto 0`;
  if (rt.fl.fl4_tos !== 0) s += ` tos 0x${rt.fl.fl4_tos.toString(16)}`;
  if (rt.fl.fl4_src !== 0) s += ` from ${formatIpv4(rt.fl.fl4_src)}`;
  if (rt.rt_dst !== rt.rt_gateway) s += ` via ${formatIpv4(rt.rt_gateway)}`;
  if (rt.dev !== null) s += ` dev ${rt.dev.name}`;
  if (rt.fl.iif !== 0) s += ` src ${formatIpv4(rt.rt_spec_dst)}`;
  else if (rt.rt_src !== rt.fl.fl4_src) s += ` src ${formatIpv4(rt.rt_src)}`;
  for (let i = 0; i < rt.metrics.length; i++) {
    const value = rt.metrics[i] as number;
    if (value !== 0) s += ` ${METRIC_NAMES[i + 1] ?? "metric?"} ${value}`;
  }
  const RTM_F_NOTIFY = 0x100;
  const RTM_F_CLONED = 0x200;
  const flags =
    (rt.rt_flags & ~0xffff) | RTM_F_CLONED | ((rt.rt_flags & RTCF_NOTIFY) !== 0 ? RTM_F_NOTIFY : 0);
  return `${s} flags 0x${(flags >>> 0).toString(16)}`;
}

/** What rt_fill_info says besides: RTA_FLOW, RTA_CACHEINFO, RTA_IIF. */
function rt_fill_rest(k: Kernel, rt: Rtable): string {
  let s = "";
  if (rt.tclassid !== 0) s += ` realm ${rt.tclassid}`;
  if (rt.expires !== 0) s += ` expires ${Math.trunc((rt.expires - k.jiffies) / k.HZ)}`;
  if (rt.error !== 0) s += ` error ${rt.error}`;
  if (rt.peer !== null && rt.peer.ip_id_count !== 0) s += ` ipid ${rt.peer.ip_id_count}`;
  const iif = k.init_net.devices.find((dev) => rt.fl.iif !== 0 && dev.ifindex === rt.fl.iif);
  return iif === undefined ? s : `${s} iif ${iif.name}`;
}

const NLMSG_GOODSIZE = 3776;
const MAX_HEADER = 160;
const IPPROTO_ICMP = 1;

/** The route of a packet that would come in, as that packet would get it. */
function getroute_input(k: Kernel, query: RouteQuery, dev: NetDevice): string | number {
  const skb = alloc_skb(k, NLMSG_GOODSIZE);
  if (skb === null) return -ENOBUFS;
  skb_reset_mac_header(skb);
  skb_reset_network_header(skb);
  skb.head.bytes[skb.network_header + IP_PROTOCOL] = IPPROTO_ICMP;
  skb_reserve(skb, MAX_HEADER + 20);
  skb.protocol = ETH_P_IP;
  skb.dev = dev;
  local_bh_disable(k);
  const err = ip_route_input(k, skb, query.dst, query.src ?? 0, query.tos ?? 0, dev);
  local_bh_enable(k);
  const rt = skb.dst as Rtable | null;
  let answer: string | number = err;
  if (err === 0 && rt !== null) {
    const multicast = ipv4_is_multicast(rt.rt_dst) && !ipv4_is_local_multicast(rt.rt_dst);
    if (rt.error !== 0) answer = -rt.error;
    else if (multicast && dev_net(dev).devconf_all.mc_forwarding !== 0) {
      answer = refuse(k, -EINVAL, "not modelled: RTM_GETROUTE of multicast routes");
    } else answer = rt_fill_info(rt) + (query.attributes === true ? rt_fill_rest(k, rt) : "");
  }
  kfree_skb(k, skb);
  return answer;
}

/**
 * RTM_GETROUTE: route as for a packet of ours, or for one that comes in, and say how. rtnetlink refuses a mark: it
 * knows no such attribute yet.
 */
export function inet_rtm_getroute(k: Kernel, query: RouteQuery): string | number {
  if (query.mark !== undefined) {
    return refuse(k, -EINVAL, "el6 has no mark attribute for RTM_GETROUTE");
  }
  const net = k.init_net;
  if (query.iif !== undefined) {
    const dev = __dev_get_by_name(k, net, query.iif);
    if (dev === null) {
      return refuse(k, -ENODEV, "no device with this name", { name: query.iif });
    }
    return getroute_input(k, query, dev);
  }
  const fl = new Flowi();
  fl.fl4_dst = query.dst;
  fl.fl4_src = query.src ?? 0;
  fl.fl4_tos = query.tos ?? 0;
  if (query.oif !== undefined) {
    const dev = dev_get_by_name(k, net, query.oif);
    if (dev !== null) {
      fl.oif = dev.ifindex;
      dev_put(dev);
    }
  }
  const rt = ip_route_output_key(k, net, fl);
  if (typeof rt === "number") return rt;
  const text = rt_fill_info(rt) + (query.attributes === true ? rt_fill_rest(k, rt) : "");
  ip_rt_put(k, rt);
  return text;
}

/** An address as /proc/net/rt_cache prints it: the bytes of memory on a little-endian machine. */
function le32(addr: number): string {
  const swapped = ((addr & 0xff) << 24) | ((addr & 0xff00) << 8) | ((addr >>> 8) & 0xff00) | (addr >>> 24);
  return (swapped >>> 0).toString(16).toUpperCase().padStart(8, "0");
}

/** /proc/net/rt_cache without its head, columns parted by one blank. */
export function rt_cache_dump(k: Kernel): string[] {
  const lines: string[] = [];
  for (const chain of k.rt_hash_table.values()) {
    for (const r of chain) {
      if (expired(r)) continue;
      lines.push(
        [
          r.dev?.name ?? "*",
          le32(r.rt_dst),
          le32(r.rt_gateway),
          r.rt_flags.toString(16).toUpperCase(),
          r.refcnt,
          r.use,
          0,
          le32(r.rt_src),
          dst_metric_advmss(k, r) + 40,
          dst_metric(r, RTAX_WINDOW),
          (dst_metric(r, RTAX_RTT) >> 3) + dst_metric(r, RTAX_RTTVAR),
          r.fl.fl4_tos.toString(16).toUpperCase().padStart(2, "0"),
          r.hh === null ? -1 : r.hh.hh_refcnt,
          r.hh !== null && r.hh.hh_output === r.neighbour?.ops?.hh_output ? 1 : 0,
          le32(r.rt_spec_dst),
        ].join(" "),
      );
    }
  }
  return lines;
}

/** Multicast routing changed on a device: cached routes may send to the wrong place. */
export const ip_rt_multicast_event = traced(
  FILE,
  "ip_rt_multicast_event(in_dev)",
  (k: Kernel, in_dev: InDevice): void => {
    rt_cache_flush(k, dev_net(in_dev.dev), 0);
  },
);

/** rt_secret_reschedule: the sysctl secret_interval changed from `old`. */
export function rt_secret_reschedule(k: Kernel, old: number): void {
  const interval = k.ip_rt_secret_interval;
  if (interval === old) return;
  const left = k.rt_secret_timer.expires - k.jiffies;
  const deleted = del_timer(k, k.rt_secret_timer);
  if (interval === 0) return;
  const delay = deleted ? (left <= 0 ? 0 : Math.max(left + interval - old, 0)) : interval;
  mod_timer(k, k.rt_secret_timer, k.jiffies + delay);
}

export const ipv4_dst_ops: DstOps = {
  family: AF_INET,
  protocol: ETH_P_IP,
  kmem_cachep: (k) => new Rtable(k.oid("dst"), ipv4_dst_ops, dst_discard),
  counted: true,
  default_advmss: ipv4_default_advmss,
  gc: rt_garbage_collect,
  check: ipv4_dst_check,
  destroy: ipv4_dst_destroy,
  ifdown: ipv4_dst_ifdown,
  negative_advice: ipv4_negative_advice,
  link_failure: ipv4_link_failure,
  update_pmtu: ip_rt_update_pmtu,
  local_out: (k, skb) => __ip_local_out(k, skb),
};

export const ipv4_dst_blackhole_ops: DstOps = {
  family: AF_INET,
  protocol: ETH_P_IP,
  kmem_cachep: (k) => new Rtable(k.oid("dst"), ipv4_dst_blackhole_ops, dst_discard),
  counted: false,
  default_advmss: ipv4_default_advmss,
  destroy: ipv4_dst_destroy,
  check: ipv4_blackhole_dst_check,
  update_pmtu: ipv4_rt_blackhole_update_pmtu,
};

/** Boot: timers and limits of the route cache. */
export function ip_rt_init(k: Kernel): void {
  k.ip_rt_gc_thresh = k.rt_hash_mask + 1;
  k.ip_rt_max_size = (k.rt_hash_mask + 1) * 16;
  // As rt_check_expire has set it minutes ago, the machine having been up for five.
  k.rt_chain_length_max = k.ip_rt_gc_elasticity;
  k.rt_expires_work = new_timer(rt_worker_func);
  k.rt_expires_ljiffies = k.jiffies;
  mod_timer(
    k,
    k.rt_expires_work,
    k.jiffies + (k.random.u32("rt expires") % k.ip_rt_gc_interval) + k.ip_rt_gc_interval,
  );
  k.rt_secret_timer = new_timer((m) => rt_secret_rebuild(m, m.init_net));
  mod_timer(
    k,
    k.rt_secret_timer,
    k.jiffies + (k.random.u32("rt secret") % k.ip_rt_secret_interval) + k.ip_rt_secret_interval,
  );
}
