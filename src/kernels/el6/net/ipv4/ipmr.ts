// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/ipmr.c: multicast routing: a daemon tells over a raw socket where groups go. Without PIM's register device. */
import { drop, fate, inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import {
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAGAIN,
  EBUSY,
  EFAULT,
  EINVAL,
  ENETUNREACH,
  ENFILE,
  ENOBUFS,
  ENODEV,
  ENOENT,
  ENOPROTOOPT,
  EOPNOTSUPP,
} from "../../../../uapi/errno.ts";
import { IPPROTO_IGMP, IPPROTO_UDP, IPPROTO_UDPLITE, MRT_BASE } from "../../../../uapi/in.ts";
import { AF_INET, SOCK_RAW } from "../../../../uapi/socket.ts";
import { get16, get32, get32le, set16, set32le } from "../../../../wire/bytes.ts";
import { csum_fold, csum_partial } from "../../../../wire/checksum.ts";
import {
  IP_DADDR,
  IP_DF,
  IP_FRAG_OFF,
  IP_PROTOCOL,
  IP_SADDR,
  IP_TOS_OFF,
  IP_TOT_LEN,
  IP_TTL_OFF,
} from "../../../../wire/ipv4.ts";
import { copyFromUser, get_room, put_room } from "../../include/asm/uaccess.ts";
import { ipv4_is_multicast } from "../../include/linux/in.ts";
import { dev_net, dev_put, LL_RESERVED_SPACE, type NetDevice } from "../../include/linux/netdevice.ts";
import { NF_HOOK, NF_INET_FORWARD } from "../../include/linux/netfilter.ts";
import { NETDEV_UNREGISTER, NOTIFY_DONE } from "../../include/linux/notifier.ts";
import {
  __skb_dequeue,
  alloc_skb,
  IPCB,
  pskb_may_pull,
  type SkBuff,
  SkBuffHead,
  skb_cow,
  skb_dst_set,
  skb_queue_len,
  skb_rtable,
} from "../../include/linux/skbuff.ts";
import { dst_clone, dst_mtu, dst_output } from "../../include/net/dst.ts";
import { Flowi } from "../../include/net/flow.ts";
import { inet_sk, udp_sk } from "../../include/net/inet_sock.ts";
import { IPSKB_FORWARDED, ip_decrease_ttl, ip_hdrlen } from "../../include/net/ip.ts";
import {
  type FibRule,
  FR_ACT_BLACKHOLE,
  FR_ACT_PROHIBIT,
  FR_ACT_TO_TBL,
  FR_ACT_UNREACHABLE,
  new_fib_result,
  RT_TABLE_DEFAULT,
} from "../../include/net/ip_fib.ts";
import { RawSock } from "../../include/net/raw.ts";
import { ip_rt_put, RT_TOS, RTCF_LOCAL, type Rtable } from "../../include/net/route.ts";
import { IP_INC_STATS, IPSTATS_MIB_FRAGFAILS, IPSTATS_MIB_OUTFORWDATAGRAMS } from "../../include/net/snmp.ts";
import { type OptOut, type Sock, sock_net, type UserMem } from "../../include/net/sock.ts";
import {
  capable,
  del_timer,
  type Kernel,
  local_bh_disable,
  local_bh_enable,
  mod_timer,
  type Net,
  new_timer,
  printk,
  type Timer,
} from "../../kernel.ts";
import { __dev_get_by_name, dev_set_allmulti } from "../core/dev.ts";
import { dst_release } from "../core/dst.ts";
import { type FibLookupArg, type FibRulesOps, fib_rules_lookup, new_rule } from "../core/fib_rules.ts";
import { rtnl_lock, rtnl_unlock } from "../core/rtnetlink.ts";
import { kfree_skb, skb_checksum, skb_clone, skb_dequeue, skb_put, skb_queue_tail } from "../core/skbuff.ts";
import { sock_queue_rcv_skb } from "../core/sock.ts";
import { net_ratelimit } from "../core/utils.ts";
import { ip_dev_find } from "./fib_frontend.ts";
import { ip_call_ra_chain, ip_local_deliver } from "./ip_input.ts";
import { ip_forward_options } from "./ip_options.ts";
import { ip_ra_control } from "./ip_sockglue.ts";
import { raw_rcv } from "./raw.ts";
import { ip_route_output_key, ip_rt_multicast_event } from "./route.ts";

const FILE = "net/ipv4/ipmr.c";

// linux/mroute.h
const MRT_INIT = MRT_BASE;
const MRT_DONE = MRT_BASE + 1;
const MRT_ADD_VIF = MRT_BASE + 2;
const MRT_DEL_VIF = MRT_BASE + 3;
const MRT_ADD_MFC = MRT_BASE + 4;
const MRT_DEL_MFC = MRT_BASE + 5;
const MRT_VERSION = MRT_BASE + 6;
const MRT_ASSERT = MRT_BASE + 7;
const MRT_PIM = MRT_BASE + 8;
const MRT_TABLE = MRT_BASE + 9;
const MAXVIFS = 32;
const VIFF_TUNNEL = 0x1;
const VIFF_REGISTER = 0x4;
const VIFF_STATIC = 0x8000;
const MFC_STATIC = 1;
const IGMPMSG_NOCACHE = 1;
const IGMPMSG_WRONGVIF = 2;
// linux/pim.h
const IPPROTO_PIM = 103;
/** Type of a PIM register, version 2. */
const PIM_V2_REGISTER = (2 << 4) | 1;
const PIM_NULL_REGISTER = 0x40000000;
/** `group` and `code` of a register of version 1, which is an IGMP message. */
const PIM_V1_VERSION = 0x10000000;
const PIM_V1_REGISTER = 1;
/** Bytes of struct igmphdr, and of struct pimreghdr. */
const PIM_HDR = 8;
/** Bytes of struct vifctl and struct mfcctl. */
const SIZEOF_VIFCTL = 16;
const SIZEOF_MFCCTL = 60;

/** struct vif_device: an interface that takes part. */
interface VifDevice {
  dev: NetDevice | null;
  bytes_in: number;
  bytes_out: number;
  pkt_in: number;
  pkt_out: number;
  threshold: number;
  flags: number;
  local: number;
  remote: number;
  link: number;
}

/** struct mfc_cache: where a source's packets to a group go; or, unresolved, the packets that wait for an answer. */
interface MfcCache {
  readonly mfc_mcastgrp: number;
  readonly mfc_origin: number;
  mfc_parent: number;
  mfc_flags: number;
  expires: number;
  readonly unresolved: SkBuffHead;
  minvif: number;
  maxvif: number;
  bytes: number;
  pkt: number;
  wrong_if: number;
  last_assert: number;
  ttls: Uint8Array;
}

/** struct mr_table. */
export interface MrTable {
  readonly id: number;
  mroute_sk: Sock | null;
  readonly ipmr_expire_timer: Timer;
  readonly mfc_unres_queue: MfcCache[];
  readonly mfc_cache: MfcCache[];
  readonly vif_table: VifDevice[];
  maxvif: number;
  mroute_do_assert: number;
  mroute_do_pim: number;
}

function new_mfc(k: Kernel, origin: number, mcastgrp: number): MfcCache {
  return {
    mfc_mcastgrp: mcastgrp,
    mfc_origin: origin,
    mfc_parent: -1,
    mfc_flags: 0,
    expires: k.jiffies + 10 * k.HZ,
    unresolved: new SkBuffHead(),
    minvif: MAXVIFS,
    maxvif: 0,
    bytes: 0,
    pkt: 0,
    wrong_if: 0,
    last_assert: 0,
    ttls: new Uint8Array(MAXVIFS).fill(255),
  };
}

function new_vif(): VifDevice {
  return {
    dev: null,
    bytes_in: 0,
    bytes_out: 0,
    pkt_in: 0,
    pkt_out: 0,
    threshold: 0,
    flags: 0,
    local: 0,
    remote: 0,
    link: 0,
  };
}

/** A table by its number. */
export const ipmr_get_table = inlined(
  FILE,
  "ipmr_get_table(net, id)",
  (k: Kernel, _net: Net, id: number): MrTable | null => k.mr_tables.find((mrt) => mrt.id === id) ?? null,
);

/** The table that the rules of multicast routing name for this flow, or an errno. */
export const ipmr_fib_lookup = inlined(
  FILE,
  "ipmr_fib_lookup(net, flp)",
  (k: Kernel, _net: Net, flp: Flowi): MrTable | number => {
    const arg: FibLookupArg = { result: new_fib_result(), rule: null };
    const err = fib_rules_lookup(k, ipmr_rules_ops, flp, 0, arg);
    if (err < 0) return err;
    return arg.mrt ?? -EAGAIN;
  },
);

/** What a rule of multicast routing says. */
export const ipmr_rule_action = traced(
  FILE,
  "ipmr_rule_action(rule, flp, flags, arg)",
  (k: Kernel, rule: FibRule, _flp: Flowi, _flags: number, arg: FibLookupArg): number => {
    switch (rule.action) {
      case FR_ACT_TO_TBL:
        break;
      case FR_ACT_UNREACHABLE:
        return refuse(k, -ENETUNREACH, "multicast rule of type unreachable matches", { pref: rule.pref });
      case FR_ACT_PROHIBIT:
        return refuse(k, -EACCES, "multicast rule of type prohibit matches", { pref: rule.pref });
      case FR_ACT_BLACKHOLE:
        return refuse(k, -EINVAL, "multicast rule of type blackhole matches", { pref: rule.pref });
      default:
        return refuse(k, -EINVAL, "multicast rule with an unknown action matches", {
          pref: rule.pref,
        });
    }
    const mrt = ipmr_get_table(k, rule.fr_net, rule.table);
    if (mrt === null) {
      note(k, "rule matches, but its multicast table does not exist: try the next rule", {
        pref: rule.pref,
        table: rule.table,
      });
      return -EAGAIN;
    }
    arg.mrt = mrt;
    return 0;
  },
);

/** Rules of multicast routing have no selectors of their own. */
export const ipmr_rule_match = traced(
  FILE,
  "ipmr_rule_match(rule, fl, flags)",
  (_k: Kernel, _rule: FibRule, _fl: Flowi, _flags: number): number => 1,
);

/** A table, made when it does not exist. */
export const ipmr_new_table = traced(
  FILE,
  "ipmr_new_table(net, id)",
  (k: Kernel, net: Net, id: number): MrTable => {
    const known = ipmr_get_table(k, net, id);
    if (known !== null) return known;
    const mrt: MrTable = {
      id,
      mroute_sk: null,
      ipmr_expire_timer: new_timer((kk) => ipmr_expire_process(kk, mrt)),
      mfc_unres_queue: [],
      mfc_cache: [],
      vif_table: Array.from({ length: MAXVIFS }, new_vif),
      maxvif: 0,
      mroute_do_assert: 0,
      mroute_do_pim: 0,
    };
    k.mr_tables.push(mrt);
    return mrt;
  },
);

/** The tunnel of a DVMRP interface: there is none without the ipip module's tunl0. */
export const ipmr_new_tunnel = traced(
  FILE,
  "ipmr_new_tunnel(net, v)",
  (k: Kernel, net: Net, _v: Vifctl): null => {
    if (__dev_get_by_name(k, net, "tunl0") !== null) note(k, "not modelled: DVMRP tunnels");
    return null;
  },
);

/** An interface takes part no longer. */
export const vif_delete = traced(
  FILE,
  "vif_delete(mrt, vifi, notify)",
  (k: Kernel, mrt: MrTable, vifi: number, _notify: number): number => {
    if (vifi < 0 || vifi >= mrt.maxvif) {
      return refuse(k, -EADDRNOTAVAIL, "no VIF with this index", { vifi, maxvif: mrt.maxvif });
    }
    const v = mrt.vif_table[vifi] as VifDevice;
    local_bh_disable(k);
    const dev = v.dev;
    v.dev = null;
    if (dev === null) {
      local_bh_enable(k);
      return refuse(k, -EADDRNOTAVAIL, "no VIF with this index", { vifi, maxvif: mrt.maxvif });
    }
    if (vifi + 1 === mrt.maxvif) {
      let tmp = vifi - 1;
      while (tmp >= 0 && mrt.vif_table[tmp]?.dev === null) tmp--;
      mrt.maxvif = tmp + 1;
    }
    local_bh_enable(k);
    dev_set_allmulti(k, dev, -1);
    const in_dev = dev.ip_ptr;
    if (in_dev !== null) {
      in_dev.cnf.mc_forwarding--;
      ip_rt_multicast_event(k, in_dev);
    }
    dev_put(dev);
    return 0;
  },
);

/** Free an entry. */
export const ipmr_cache_free = inlined(FILE, "ipmr_cache_free(c)", (_k: Kernel, _c: MfcCache): void => {});

/** Give up on an unresolved entry and the packets that waited. */
export const ipmr_destroy_unres = traced(
  FILE,
  "ipmr_destroy_unres(mrt, c)",
  (k: Kernel, mrt: MrTable, c: MfcCache): void => {
    const text =
      mrt.mroute_sk === null
        ? "the multicast routing daemon's socket was closed: route unresolved"
        : "the multicast routing daemon did not add a route in time";
    for (let skb = skb_dequeue(k, c.unresolved); skb !== null; skb = skb_dequeue(k, c.unresolved)) {
      drop(k, skb, "IP_MULTICAST", text, { origin: c.mfc_origin, group: c.mfc_mcastgrp });
      kfree_skb(k, skb);
    }
    ipmr_cache_free(k, c);
  },
);

/** Unresolved entries wait ten seconds. */
export const ipmr_expire_process = traced(
  FILE,
  "ipmr_expire_process(mrt)",
  (k: Kernel, mrt: MrTable): void => {
    let expires = 10 * k.HZ;
    for (const c of [...mrt.mfc_unres_queue]) {
      if (c.expires > k.jiffies) {
        expires = Math.min(expires, c.expires - k.jiffies);
        continue;
      }
      mrt.mfc_unres_queue.splice(mrt.mfc_unres_queue.indexOf(c), 1);
      ipmr_destroy_unres(k, mrt, c);
    }
    if (mrt.mfc_unres_queue.length > 0) mod_timer(k, mrt.ipmr_expire_timer, k.jiffies + expires);
  },
);

/** The interfaces that an entry sends to, by the TTL that each asks for. */
export const ipmr_update_thresholds = traced(
  FILE,
  "ipmr_update_thresholds(mrt, cache, ttls)",
  (_k: Kernel, mrt: MrTable, cache: MfcCache, ttls: Uint8Array): void => {
    cache.minvif = MAXVIFS;
    cache.maxvif = 0;
    cache.ttls.fill(255);
    for (let vifi = 0; vifi < mrt.maxvif; vifi++) {
      const ttl = ttls[vifi] as number;
      if (mrt.vif_table[vifi]?.dev === null || ttl === 0 || ttl === 255) continue;
      cache.ttls[vifi] = ttl;
      cache.minvif = Math.min(cache.minvif, vifi);
      cache.maxvif = Math.max(cache.maxvif, vifi + 1);
    }
  },
);

/** struct vifctl: what the daemon says of an interface. */
interface Vifctl {
  readonly vifc_vifi: number;
  readonly vifc_flags: number;
  readonly vifc_threshold: number;
  readonly vifc_lcl_addr: number;
  readonly vifc_rmt_addr: number;
}

/** The device with this address takes part in multicast routing. */
export const vif_add = traced(
  FILE,
  "vif_add(net, mrt, vifc, mrtsock)",
  (k: Kernel, net: Net, mrt: MrTable, vifc: Vifctl, mrtsock: number): number => {
    const vifi = vifc.vifc_vifi;
    const v = mrt.vif_table[vifi] as VifDevice;
    if (v.dev !== null) {
      return refuse(k, -EADDRINUSE, "VIF index is in use", { vifi });
    }
    if (vifc.vifc_flags === VIFF_REGISTER) {
      return refuse(k, -ENOBUFS, "not modelled: the PIM register device");
    }
    if (vifc.vifc_flags === VIFF_TUNNEL) {
      ipmr_new_tunnel(k, net, vifc);
      return refuse(k, -ENOBUFS, "the DVMRP tunnel could not be created");
    }
    if (vifc.vifc_flags !== 0) {
      return refuse(k, -EINVAL, "unknown VIF flags", { flags: vifc.vifc_flags });
    }
    const dev = ip_dev_find(k, net, vifc.vifc_lcl_addr);
    if (dev === null) {
      return refuse(k, -EADDRNOTAVAIL, "no device with this address", { addr: vifc.vifc_lcl_addr });
    }
    const err = dev_set_allmulti(k, dev, 1);
    if (err !== 0) {
      dev_put(dev);
      return err;
    }
    const in_dev = dev.ip_ptr;
    if (in_dev === null) {
      dev_put(dev);
      return refuse(k, -EADDRNOTAVAIL, "IPv4 is disabled on this device", { dev: dev.name });
    }
    note(k, "VIF added: device set to ALLMULTI, mc_forwarding + 1", { dev: dev.name });
    in_dev.cnf.mc_forwarding++;
    ip_rt_multicast_event(k, in_dev);
    v.local = vifc.vifc_lcl_addr;
    v.remote = vifc.vifc_rmt_addr;
    v.flags = vifc.vifc_flags | (mrtsock !== 0 ? 0 : VIFF_STATIC);
    v.threshold = vifc.vifc_threshold;
    v.bytes_in = 0;
    v.bytes_out = 0;
    v.pkt_in = 0;
    v.pkt_out = 0;
    v.link = dev.ifindex;
    local_bh_disable(k);
    v.dev = dev;
    if (vifi + 1 > mrt.maxvif) mrt.maxvif = vifi + 1;
    local_bh_enable(k);
    return 0;
  },
);

/** Where a source's packets to a group go, or null. */
export const ipmr_cache_find = inlined(
  FILE,
  "ipmr_cache_find(mrt, origin, mcastgrp)",
  (_k: Kernel, mrt: MrTable, origin: number, mcastgrp: number): MfcCache | null =>
    mrt.mfc_cache.find((c) => c.mfc_origin === origin && c.mfc_mcastgrp === mcastgrp) ?? null,
);

/** A new entry. */
export const ipmr_cache_alloc = traced(
  FILE,
  "ipmr_cache_alloc(origin, mcastgrp)",
  (k: Kernel, origin: number, mcastgrp: number): MfcCache => new_mfc(k, origin, mcastgrp),
);

/** A new entry that waits for the daemon. */
export const ipmr_cache_alloc_unres = inlined(
  FILE,
  "ipmr_cache_alloc_unres(origin, mcastgrp)",
  (k: Kernel, origin: number, mcastgrp: number): MfcCache => new_mfc(k, origin, mcastgrp),
);

/** The daemon has answered: send what waited. */
export const ipmr_cache_resolve = traced(
  FILE,
  "ipmr_cache_resolve(net, mrt, uc, c)",
  (k: Kernel, net: Net, mrt: MrTable, uc: MfcCache, c: MfcCache): void => {
    for (let skb = __skb_dequeue(uc.unresolved); skb !== null; skb = __skb_dequeue(uc.unresolved)) {
      ip_mr_forward(k, net, mrt, skb, c, 0);
    }
  },
);

/** Ask the daemon where a packet should go: its header, with protocol 0 and an IGMP header behind. */
export const ipmr_cache_report = traced(
  FILE,
  "ipmr_cache_report(mrt, pkt, vifi, assert)",
  (k: Kernel, mrt: MrTable, pkt: SkBuff, vifi: number, assert: number): number => {
    const ihl = ip_hdrlen(pkt);
    const skb = alloc_skb(k, 128);
    if (skb === null) return -ENOBUFS;
    skb.network_header = skb.tail;
    skb_put(k, skb, ihl);
    const b = skb.head.bytes;
    const msg = skb.network_header;
    b.set(pkt.head.bytes.subarray(pkt.data, pkt.data + ihl), msg);
    b[msg + IP_PROTOCOL] = 0;
    // struct igmpmsg: im_msgtype, im_mbz, im_vif lie over ttl, protocol and the first half of the checksum.
    b[msg + IP_PROTOCOL + 1] = vifi;
    skb_dst_set(skb, dst_clone(pkt.dst));
    const igmp = skb_put(k, skb, 8);
    b[igmp] = assert;
    b[msg + IP_TTL_OFF] = assert;
    b[igmp + 1] = 0;
    set16(b, msg + IP_TOT_LEN, skb.len);
    skb.transport_header = skb.network_header;
    if (mrt.mroute_sk === null) {
      kfree_skb(k, skb);
      return -EINVAL;
    }
    const ret = sock_queue_rcv_skb(k, mrt.mroute_sk, skb);
    if (ret < 0) {
      if (net_ratelimit(k)) printk(k, "mroute: pending queue full, dropping entries.");
      kfree_skb(k, skb);
    }
    return ret;
  },
);

/** Keep a packet until the daemon says where it goes; the first of its kind is asked about. */
export const ipmr_cache_unresolved = traced(
  FILE,
  "ipmr_cache_unresolved(mrt, vifi, skb)",
  (k: Kernel, mrt: MrTable, vifi: number, skb: SkBuff): number => {
    const b = skb.head.bytes;
    const daddr = get32(b, skb.network_header + IP_DADDR);
    const saddr = get32(b, skb.network_header + IP_SADDR);
    local_bh_disable(k);
    let c = mrt.mfc_unres_queue.find((u) => u.mfc_mcastgrp === daddr && u.mfc_origin === saddr);
    if (c === undefined) {
      if (mrt.mfc_unres_queue.length >= 10) {
        drop(k, skb, "IP_MULTICAST", "too many unresolved multicast routes (10)", {
          open: mrt.mfc_unres_queue.length,
        });
        local_bh_enable(k);
        kfree_skb(k, skb);
        return -ENOBUFS;
      }
      c = ipmr_cache_alloc_unres(k, saddr, daddr);
      note(k, "no multicast route: send IGMPMSG_NOCACHE to the multicast routing daemon", { saddr, daddr });
      const err = ipmr_cache_report(k, mrt, skb, vifi, IGMPMSG_NOCACHE);
      if (err < 0) {
        if (mrt.mroute_sk === null) {
          drop(k, skb, "IP_MULTICAST", "no multicast route, and no multicast routing daemon", {
            saddr,
            daddr,
          });
        } else {
          drop(
            k,
            skb,
            "IP_MULTICAST",
            "IGMPMSG_NOCACHE could not be queued on the multicast routing daemon's socket",
            {
              err,
            },
          );
        }
        local_bh_enable(k);
        ipmr_cache_free(k, c);
        kfree_skb(k, skb);
        return err;
      }
      mrt.mfc_unres_queue.unshift(c);
      if (mrt.mfc_unres_queue.length === 1) mod_timer(k, mrt.ipmr_expire_timer, c.expires);
    }
    let err = 0;
    if (skb_queue_len(c.unresolved) > 3) {
      drop(k, skb, "IP_MULTICAST", "the unresolved multicast route already holds 4 packets", {
        waiting: skb_queue_len(c.unresolved),
      });
      kfree_skb(k, skb);
      err = -ENOBUFS;
    } else {
      fate(k, "waiting", skb, "waits for the multicast routing daemon to add a route", {
        saddr,
        daddr,
      });
      skb_queue_tail(k, c.unresolved, skb);
    }
    local_bh_enable(k);
    return err;
  },
);

/** struct mfcctl: where a source's packets to a group shall go. */
interface Mfcctl {
  readonly mfcc_origin: number;
  readonly mfcc_mcastgrp: number;
  readonly mfcc_parent: number;
  readonly mfcc_ttls: Uint8Array;
}

/** The daemon takes an entry back. */
export const ipmr_mfc_delete = traced(
  FILE,
  "ipmr_mfc_delete(mrt, mfc)",
  (k: Kernel, mrt: MrTable, mfc: Mfcctl): number => {
    const c = mrt.mfc_cache.find(
      (e) => e.mfc_origin === mfc.mfcc_origin && e.mfc_mcastgrp === mfc.mfcc_mcastgrp,
    );
    if (c === undefined) {
      return refuse(k, -ENOENT, "no multicast route with this origin and group", {
        origin: mfc.mfcc_origin,
        group: mfc.mfcc_mcastgrp,
      });
    }
    local_bh_disable(k);
    mrt.mfc_cache.splice(mrt.mfc_cache.indexOf(c), 1);
    local_bh_enable(k);
    ipmr_cache_free(k, c);
    return 0;
  },
);

/** The daemon makes or changes an entry. */
export const ipmr_mfc_add = traced(
  FILE,
  "ipmr_mfc_add(net, mrt, mfc, mrtsock)",
  (k: Kernel, net: Net, mrt: MrTable, mfc: Mfcctl, mrtsock: number): number => {
    const known = mrt.mfc_cache.find(
      (e) => e.mfc_origin === mfc.mfcc_origin && e.mfc_mcastgrp === mfc.mfcc_mcastgrp,
    );
    if (known === undefined && !ipv4_is_multicast(mfc.mfcc_mcastgrp)) {
      return refuse(k, -EINVAL, "not a multicast address", { addr: mfc.mfcc_mcastgrp });
    }
    if (known !== undefined) local_bh_disable(k);
    const c = known ?? ipmr_cache_alloc(k, mfc.mfcc_origin, mfc.mfcc_mcastgrp);
    c.mfc_parent = mfc.mfcc_parent;
    ipmr_update_thresholds(k, mrt, c, mfc.mfcc_ttls);
    if (mrtsock === 0) c.mfc_flags |= MFC_STATIC;
    if (known !== undefined) {
      local_bh_enable(k);
      return 0;
    }
    local_bh_disable(k);
    mrt.mfc_cache.unshift(c);
    local_bh_enable(k);
    local_bh_disable(k);
    const at = mrt.mfc_unres_queue.findIndex(
      (u) => u.mfc_origin === c.mfc_origin && u.mfc_mcastgrp === c.mfc_mcastgrp,
    );
    const uc = mrt.mfc_unres_queue[at];
    if (uc !== undefined) mrt.mfc_unres_queue.splice(at, 1);
    if (mrt.mfc_unres_queue.length === 0) del_timer(k, mrt.ipmr_expire_timer);
    local_bh_enable(k);
    if (uc !== undefined) {
      ipmr_cache_resolve(k, net, mrt, uc, c);
      ipmr_cache_free(k, uc);
    }
    return 0;
  },
);

/** The daemon has gone: forget what it said. */
export const mroute_clean_tables = traced(
  FILE,
  "mroute_clean_tables(mrt)",
  (k: Kernel, mrt: MrTable): void => {
    for (let i = 0; i < mrt.maxvif; i++) {
      if (((mrt.vif_table[i] as VifDevice).flags & VIFF_STATIC) === 0) vif_delete(k, mrt, i, 0);
    }
    for (const c of [...mrt.mfc_cache]) {
      if ((c.mfc_flags & MFC_STATIC) !== 0) continue;
      local_bh_disable(k);
      mrt.mfc_cache.splice(mrt.mfc_cache.indexOf(c), 1);
      local_bh_enable(k);
      ipmr_cache_free(k, c);
    }
    if (mrt.mfc_unres_queue.length === 0) return;
    local_bh_disable(k);
    for (let c = mrt.mfc_unres_queue.shift(); c !== undefined; c = mrt.mfc_unres_queue.shift()) {
      ipmr_destroy_unres(k, mrt, c);
    }
    local_bh_enable(k);
  },
);

/** copy_from_user of an option's value. */
function taken(k: Kernel, to: Uint8Array, optval: UserMem | null): boolean {
  if (copyFromUser(to, 0, optval, 0, to.length) === 0) return true;
  return refuse(k, false, "the option's value cannot be read from user space", { optlen: to.length });
}

/** The daemon's socket closes. */
export const mrtsock_destruct = traced(FILE, "mrtsock_destruct(sk)", (k: Kernel, sk: Sock): void => {
  rtnl_lock(k);
  for (const mrt of k.mr_tables) {
    if (mrt.mroute_sk !== sk) continue;
    note(k, "the multicast routing daemon's socket is closed: stop multicast routing");
    sock_net(sk).devconf_all.mc_forwarding--;
    local_bh_disable(k);
    mrt.mroute_sk = null;
    local_bh_enable(k);
    mroute_clean_tables(k, mrt);
  }
  rtnl_unlock(k);
});

function wrong_length(k: Kernel, errno: number, optlen: number, wanted: number): number {
  return refuse(k, errno, "bad length for this option", { optlen, wanted });
}

function mrt_init(k: Kernel, sk: Sock, mrt: MrTable, optlen: number): number {
  if (sk.sk_type !== SOCK_RAW || inet_sk(sk).num !== IPPROTO_IGMP) {
    return refuse(k, -EOPNOTSUPP, "not a raw IGMP socket: MRT_INIT is not supported", {
      sk_type: sk.sk_type,
      protocol: inet_sk(sk).num,
    });
  }
  if (optlen !== 4) return wrong_length(k, -ENOPROTOOPT, optlen, 4);
  rtnl_lock(k);
  if (mrt.mroute_sk !== null) {
    rtnl_unlock(k);
    return refuse(k, -EADDRINUSE, "the table already has a multicast routing daemon", { table: mrt.id });
  }
  const ret = ip_ra_control(k, sk, 1, mrtsock_destruct);
  if (ret === 0) {
    local_bh_disable(k);
    mrt.mroute_sk = sk;
    local_bh_enable(k);
    sock_net(sk).devconf_all.mc_forwarding++;
  }
  rtnl_unlock(k);
  return ret;
}

function mrt_vif(k: Kernel, sk: Sock, mrt: MrTable, optname: number, optval: UserMem | null): number {
  const b = new Uint8Array(SIZEOF_VIFCTL);
  if (!taken(k, b, optval)) return -EFAULT;
  const vifc: Vifctl = {
    vifc_vifi: (b[0] as number) | ((b[1] as number) << 8),
    vifc_flags: b[2] as number,
    vifc_threshold: b[3] as number,
    vifc_lcl_addr: get32(b, 8),
    vifc_rmt_addr: get32(b, 12),
  };
  if (vifc.vifc_vifi >= MAXVIFS) {
    return refuse(k, -ENFILE, "VIF index exceeds MAXVIFS", { vifi: vifc.vifc_vifi, limit: MAXVIFS });
  }
  rtnl_lock(k);
  const ret =
    optname === MRT_ADD_VIF
      ? vif_add(k, sock_net(sk), mrt, vifc, sk === mrt.mroute_sk ? 1 : 0)
      : vif_delete(k, mrt, vifc.vifc_vifi, 0);
  rtnl_unlock(k);
  return ret;
}

function mrt_mfc(k: Kernel, sk: Sock, mrt: MrTable, optname: number, optval: UserMem | null): number {
  const b = new Uint8Array(SIZEOF_MFCCTL);
  if (!taken(k, b, optval)) return -EFAULT;
  const mfc: Mfcctl = {
    mfcc_origin: get32(b, 0),
    mfcc_mcastgrp: get32(b, 4),
    mfcc_parent: (b[8] as number) | ((b[9] as number) << 8),
    mfcc_ttls: b.subarray(10, 10 + MAXVIFS),
  };
  rtnl_lock(k);
  const ret =
    optname === MRT_ADD_MFC
      ? ipmr_mfc_add(k, sock_net(sk), mrt, mfc, sk === mrt.mroute_sk ? 1 : 0)
      : ipmr_mfc_delete(k, mrt, mfc);
  rtnl_unlock(k);
  return ret;
}

/** MRT_TABLE: the socket speaks of this table from now on. */
function mrt_table(k: Kernel, sk: Sock, mrt: MrTable, optval: UserMem | null, optlen: number): number {
  if (optlen !== 4) {
    return refuse(k, -EINVAL, "table id is not 4 bytes", { optlen });
  }
  const four = new Uint8Array(4);
  if (!taken(k, four, optval)) return -EFAULT;
  if (sk === mrt.mroute_sk) {
    return refuse(k, -EBUSY, "the socket is already the multicast routing daemon of a table", {
      table: mrt.id,
    });
  }
  const id = get32le(four, 0) >>> 0;
  rtnl_lock(k);
  ipmr_new_table(k, sock_net(sk), id);
  if (sk instanceof RawSock) sk.ipmr_table = id;
  else if (is_udp(sk)) {
    note(k, "UDP socket: raw_sk(sk)->ipmr_table is written anyway, and overlaps corkflag (el6 bug)");
    udp_sk(sk).corkflag = id;
  }
  rtnl_unlock(k);
  return 0;
}

function is_udp(sk: Sock): boolean {
  return sk.sk_protocol === IPPROTO_UDP || sk.sk_protocol === IPPROTO_UDPLITE;
}

/**
 * The table that a socket speaks of. Nobody looks whether it is a raw socket: where struct raw_sock has the table's
 * number struct udp_sock has UDP_CORK.
 */
function table_of(k: Kernel, sk: Sock): MrTable | null {
  const id = sk instanceof RawSock ? sk.ipmr_table : is_udp(sk) ? udp_sk(sk).corkflag : 0;
  const mrt = ipmr_get_table(k, sock_net(sk), id !== 0 ? id : RT_TABLE_DEFAULT);
  return mrt ?? refuse(k, null, "no multicast routing table with this id", { table: id });
}

/** The routing daemon's options. */
export const ip_mroute_setsockopt = traced(
  FILE,
  "ip_mroute_setsockopt(sk, optname, optval, optlen)",
  (k: Kernel, sk: Sock, optname: number, optval: UserMem | null, optlen: number): number => {
    const mrt = table_of(k, sk);
    if (mrt === null) return -ENOENT;
    if (optname !== MRT_INIT && sk !== mrt.mroute_sk && !capable(k)) {
      return refuse(
        k,
        -EACCES,
        "not permitted: not the multicast routing daemon's socket, and needs CAP_NET_ADMIN",
        {
          uid: k.current.uid,
        },
      );
    }
    switch (optname) {
      case MRT_INIT:
        return mrt_init(k, sk, mrt, optlen);
      case MRT_DONE:
        if (sk !== mrt.mroute_sk) {
          return refuse(k, -EACCES, "not permitted: not the multicast routing daemon's socket");
        }
        return ip_ra_control(k, sk, 0, null);
      case MRT_ADD_VIF:
      case MRT_DEL_VIF:
        if (optlen !== SIZEOF_VIFCTL) return wrong_length(k, -EINVAL, optlen, SIZEOF_VIFCTL);
        return mrt_vif(k, sk, mrt, optname, optval);
      case MRT_ADD_MFC:
      case MRT_DEL_MFC:
        if (optlen !== SIZEOF_MFCCTL) return wrong_length(k, -EINVAL, optlen, SIZEOF_MFCCTL);
        return mrt_mfc(k, sk, mrt, optname, optval);
      case MRT_ASSERT: {
        const four = new Uint8Array(4);
        if (!taken(k, four, optval)) return -EFAULT;
        mrt.mroute_do_assert = get32le(four, 0) !== 0 ? 1 : 0;
        return 0;
      }
      case MRT_PIM: {
        const four = new Uint8Array(4);
        if (!taken(k, four, optval)) return -EFAULT;
        const v = get32le(four, 0) !== 0 ? 1 : 0;
        rtnl_lock(k);
        if (v !== mrt.mroute_do_pim) {
          mrt.mroute_do_pim = v;
          mrt.mroute_do_assert = v;
        }
        rtnl_unlock(k);
        return 0;
      }
      case MRT_TABLE:
        return mrt_table(k, sk, mrt, optval, optlen);
      default:
        return refuse(k, -ENOPROTOOPT, "no such multicast routing option", { optname });
    }
  },
);

/** The same, to read. */
export const ip_mroute_getsockopt = traced(
  FILE,
  "ip_mroute_getsockopt(sk, optname, optval)",
  (k: Kernel, sk: Sock, optname: number, optval: OptOut): number => {
    const mrt = table_of(k, sk);
    if (mrt === null) return -ENOENT;
    if (optname !== MRT_VERSION && optname !== MRT_PIM && optname !== MRT_ASSERT) {
      return refuse(k, -ENOPROTOOPT, "no such multicast routing option, or it cannot be read", {
        optname,
      });
    }
    if (get_room(k, optval) !== 0) return -EFAULT;
    const olr = Math.min(optval.len >>> 0, 4);
    const val = new Uint8Array(4);
    if (optname === MRT_VERSION) set32le(val, 0, 0x0305);
    else set32le(val, 0, optname === MRT_PIM ? mrt.mroute_do_pim : mrt.mroute_do_assert);
    return put_room(k, optval, val.slice(0, olr));
  },
);

/** After the FORWARD hook: fill in options, send. */
export const ipmr_forward_finish = traced(
  FILE,
  "ipmr_forward_finish(skb)",
  (k: Kernel, skb: SkBuff): number => {
    IP_INC_STATS(k, dev_net((skb_rtable(skb) as Rtable).dev as NetDevice), IPSTATS_MIB_OUTFORWDATAGRAMS);
    if (IPCB(skb).opt.optlen !== 0) ip_forward_options(k, skb);
    return dst_output(k, skb);
  },
);

/** Send a packet out by one of the interfaces. */
export const ipmr_queue_xmit = traced(
  FILE,
  "ipmr_queue_xmit(net, mrt, skb, c, vifi)",
  (k: Kernel, net: Net, mrt: MrTable, skb: SkBuff, _c: MfcCache, vifi: number): void => {
    const vif = mrt.vif_table[vifi] as VifDevice;
    if (vif.dev === null) {
      drop(k, skb, "DEV_READY", "the VIF no longer has a device", { vifi });
      kfree_skb(k, skb);
      return;
    }
    const b = skb.head.bytes;
    const iph = skb.network_header;
    const fl = new Flowi();
    fl.oif = vif.link;
    fl.fl4_dst = get32(b, iph + IP_DADDR);
    fl.fl4_tos = RT_TOS(b[iph + IP_TOS_OFF] as number);
    fl.proto = 4;
    const rt = ip_route_output_key(k, net, fl);
    if (typeof rt === "number") {
      drop(k, skb, "IP_OUTNOROUTES", "no route through the VIF", { vifi, oif: vif.link });
      kfree_skb(k, skb);
      return;
    }
    const dev = rt.dev as NetDevice;
    if (skb.len > dst_mtu(rt) && (get16(b, iph + IP_FRAG_OFF) & IP_DF) !== 0) {
      drop(k, skb, "PKT_TOO_BIG", "larger than the MTU, and DF is set: no ICMP error about multicast", {
        len: skb.len,
        mtu: dst_mtu(rt),
        dev: dev.name,
      });
      IP_INC_STATS(k, dev_net(dev), IPSTATS_MIB_FRAGFAILS);
      ip_rt_put(k, rt);
      kfree_skb(k, skb);
      return;
    }
    if (skb_cow(k, skb, LL_RESERVED_SPACE(dev) + rt.header_len) !== 0) {
      drop(k, skb, "NOMEM", "no memory to unshare the header");
      ip_rt_put(k, rt);
      kfree_skb(k, skb);
      return;
    }
    vif.pkt_out++;
    vif.bytes_out += skb.len;
    if (skb.dst !== null) dst_release(k, skb.dst);
    skb_dst_set(skb, rt);
    ip_decrease_ttl(skb.head.bytes, skb.network_header);
    IPCB(skb).flags |= IPSKB_FORWARDED;
    NF_HOOK(k, AF_INET, NF_INET_FORWARD, skb, skb.dev, dev, ipmr_forward_finish);
  },
);

/** The number of a device among the interfaces, or -1. */
export const ipmr_find_vif = inlined(
  FILE,
  "ipmr_find_vif(mrt, dev)",
  (_k: Kernel, mrt: MrTable, dev: NetDevice | null): number => {
    let ct = mrt.maxvif - 1;
    while (ct >= 0 && mrt.vif_table[ct]?.dev !== dev) ct--;
    return ct;
  },
);

/** Send a packet to every interface of its entry. `local`: it is also delivered here, so keep it. */
export const ip_mr_forward = traced(
  FILE,
  "ip_mr_forward(net, mrt, skb, cache, local)",
  (k: Kernel, net: Net, mrt: MrTable, skb: SkBuff, cache: MfcCache, local: number): number => {
    // A parent past the table, which nobody checks, is nobody's device.
    const parent = mrt.vif_table[cache.mfc_parent];
    cache.pkt++;
    cache.bytes += skb.len;
    if (parent === undefined || parent.dev !== skb.dev) {
      if ((skb_rtable(skb) as Rtable).fl.iif !== 0) {
        cache.wrong_if++;
        const true_vifi = ipmr_find_vif(k, mrt, skb.dev);
        const assert =
          true_vifi >= 0 &&
          mrt.mroute_do_assert !== 0 &&
          (mrt.mroute_do_pim !== 0 || (cache.ttls[true_vifi] as number) < 255) &&
          k.jiffies > cache.last_assert + 3 * k.HZ;
        if (assert) {
          cache.last_assert = k.jiffies;
          ipmr_cache_report(k, mrt, skb, true_vifi, IGMPMSG_WRONGVIF);
        }
      }
      if (local === 0) {
        drop(k, skb, "IP_MULTICAST", "wrong VIF: not the input interface of this multicast route", {
          dev: skb.dev?.name ?? "none",
          parent: cache.mfc_parent,
        });
        kfree_skb(k, skb);
      } else note(k, "wrong VIF: not the input interface of this multicast route, not forwarded");
      return 0;
    }
    parent.pkt_in++;
    parent.bytes_in += skb.len;
    let psend = -1;
    for (let ct = cache.maxvif - 1; ct >= cache.minvif; ct--) {
      const ttl = skb.head.bytes[skb.network_header + IP_TTL_OFF] as number;
      if (ttl <= (cache.ttls[ct] as number)) continue;
      if (psend !== -1) {
        const skb2 = skb_clone(k, skb);
        if (skb2 !== null) ipmr_queue_xmit(k, net, mrt, skb2, cache, psend);
      }
      psend = ct;
    }
    if (psend !== -1 && local === 0) {
      ipmr_queue_xmit(k, net, mrt, skb, cache, psend);
      return 0;
    }
    if (psend !== -1) {
      const skb2 = skb_clone(k, skb);
      if (skb2 !== null) ipmr_queue_xmit(k, net, mrt, skb2, cache, psend);
    }
    if (local === 0) {
      drop(k, skb, "IP_TTL", "TTL does not exceed the threshold of any VIF", {
        ttl: skb.head.bytes[skb.network_header + IP_TTL_OFF] as number,
      });
      kfree_skb(k, skb);
    }
    return 0;
  },
);

/** A multicast packet that may have to be forwarded. */
export const ip_mr_input = traced(FILE, "ip_mr_input(skb)", (k: Kernel, skb: SkBuff): number => {
  const net = dev_net(skb.dev as NetDevice);
  const rt = skb_rtable(skb) as Rtable;
  const local = (rt.rt_flags & RTCF_LOCAL) !== 0;
  if ((IPCB(skb).flags & IPSKB_FORWARDED) !== 0) {
    // What became of the packet was told when it was forwarded.
    note(k, "looped-back copy of a forwarded packet: not forwarded again");
    if (local) return ip_local_deliver(k, skb);
    kfree_skb(k, skb);
    return 0;
  }
  const mrt = ipmr_fib_lookup(k, net, rt.fl);
  if (typeof mrt === "number") {
    drop(k, skb, "IP_MULTICAST", "no multicast routing table selected by the rules", { err: mrt });
    kfree_skb(k, skb);
    return mrt;
  }
  if (!local) {
    if (IPCB(skb).opt.router_alert !== 0) {
      if (ip_call_ra_chain(k, skb) !== 0) return 0;
    } else if (skb.head.bytes[skb.network_header + IP_PROTOCOL] === IPPROTO_IGMP && mrt.mroute_sk !== null) {
      note(k, "IGMP: delivered to the multicast routing daemon");
      raw_rcv(k, mrt.mroute_sk, skb);
      return 0;
    }
  }
  const b = skb.head.bytes;
  const iph = skb.network_header;
  const cache = ipmr_cache_find(k, mrt, get32(b, iph + IP_SADDR), get32(b, iph + IP_DADDR));
  if (cache === null) {
    let rest = skb;
    if (local) {
      const skb2 = skb_clone(k, skb);
      ip_local_deliver(k, skb);
      if (skb2 === null) return -ENOBUFS;
      rest = skb2;
    }
    const vif = ipmr_find_vif(k, mrt, rest.dev);
    if (vif >= 0) return ipmr_cache_unresolved(k, mrt, vif, rest);
    if (local) note(k, "the input device is not a VIF: not forwarded");
    else
      drop(k, rest, "IP_MULTICAST", "the input device is not a VIF", {
        dev: rest.dev?.name ?? "none",
      });
    kfree_skb(k, rest);
    return -ENODEV;
  }
  ip_mr_forward(k, net, mrt, skb, cache, local ? 1 : 0);
  return local ? ip_local_deliver(k, skb) : 0;
});

/** A packet in a PIM register: it would come out of the register device, which nobody has made. 1: drop it. */
export const __pim_rcv = traced(
  FILE,
  "__pim_rcv(mrt, skb, pimlen)",
  (k: Kernel, _mrt: MrTable, skb: SkBuff, pimlen: number): number => {
    const b = skb.head.bytes;
    const encap = skb.transport_header + pimlen;
    const tot_len = get16(b, encap + IP_TOT_LEN);
    if (!ipv4_is_multicast(get32(b, encap + IP_DADDR)) || tot_len === 0 || tot_len + pimlen > skb.len) {
      drop(k, skb, "PKT_TOO_SMALL", "PIM register does not hold a complete multicast packet", {
        tot_len,
        len: skb.len,
      });
      return 1;
    }
    drop(k, skb, "DEV_READY", "no PIM register device");
    return 1;
  },
);

/** A PIM message of version 1, in IGMP. */
export const pim_rcv_v1 = traced(FILE, "pim_rcv_v1(skb)", (k: Kernel, skb: SkBuff): number => {
  if (pim_v1_register(k, skb)) kfree_skb(k, skb);
  return 0;
});

function no_table(k: Kernel, skb: SkBuff, err: number): true {
  drop(k, skb, "IP_MULTICAST", "no multicast routing table selected by the rules", { err });
  return true;
}

/** True where the message must be dropped. */
function pim_v1_register(k: Kernel, skb: SkBuff): boolean {
  if (!pskb_may_pull(k, skb, PIM_HDR + 20)) {
    drop(k, skb, "PKT_TOO_SMALL", "too short for a PIM register", { len: skb.len });
    return true;
  }
  const mrt = ipmr_fib_lookup(k, dev_net(skb.dev as NetDevice), (skb_rtable(skb) as Rtable).fl);
  if (typeof mrt === "number") return no_table(k, skb, mrt);
  const b = skb.head.bytes;
  const pim = skb.transport_header;
  if (mrt.mroute_do_pim === 0) {
    drop(k, skb, "UNHANDLED_PROTO", "the multicast routing daemon has not enabled PIM");
    return true;
  }
  if (get32(b, pim + 4) !== PIM_V1_VERSION || b[pim + 1] !== PIM_V1_REGISTER) {
    drop(k, skb, "UNHANDLED_PROTO", "not a PIM register message");
    return true;
  }
  return __pim_rcv(k, mrt, skb, PIM_HDR) !== 0;
}

/** A PIM message of version 2. */
export const pim_rcv = traced(FILE, "pim_rcv(skb)", (k: Kernel, skb: SkBuff): number => {
  if (pim_v2_register(k, skb)) kfree_skb(k, skb);
  return 0;
});

/** True where the message must be dropped. */
function pim_v2_register(k: Kernel, skb: SkBuff): boolean {
  if (!pskb_may_pull(k, skb, PIM_HDR + 20)) {
    drop(k, skb, "PKT_TOO_SMALL", "too short for a PIM register", { len: skb.len });
    return true;
  }
  const b = skb.head.bytes;
  const pim = skb.transport_header;
  if (b[pim] !== PIM_V2_REGISTER || (get32(b, pim + 4) & PIM_NULL_REGISTER) !== 0) {
    drop(k, skb, "UNHANDLED_PROTO", "not a PIM register message");
    return true;
  }
  if (
    csum_fold(csum_partial(b, pim, pim + PIM_HDR, 0)) !== 0 &&
    csum_fold(skb_checksum(k, skb, 0, skb.len, 0)) !== 0
  ) {
    drop(k, skb, "IP_CSUM", "bad PIM checksum");
    return true;
  }
  const mrt = ipmr_fib_lookup(k, dev_net(skb.dev as NetDevice), (skb_rtable(skb) as Rtable).fl);
  if (typeof mrt === "number") return no_table(k, skb, mrt);
  return __pim_rcv(k, mrt, skb, PIM_HDR) !== 0;
}

/** A device goes: so does its part in multicast routing. */
export const ipmr_device_event = traced(
  FILE,
  "ipmr_device_event(event, dev)",
  (k: Kernel, event: number, dev: NetDevice): number => {
    if (event !== NETDEV_UNREGISTER) return NOTIFY_DONE;
    for (const mrt of k.mr_tables) {
      for (let ct = 0; ct < mrt.maxvif; ct++) if (mrt.vif_table[ct]?.dev === dev) vif_delete(k, mrt, ct, 1);
    }
    return NOTIFY_DONE;
  },
);

const ipmr_rules_ops: FibRulesOps = {
  addr_size: 4,
  action: (k, rule, flp, flags, arg) => ipmr_rule_action(k, rule, flp, flags, arg),
  match: (k, rule, fl, flags) => ipmr_rule_match(k, rule, fl, flags),
  configure: () => 0,
  compare: () => true,
  flush_cache: () => {},
  rules: (k) => k.mr_rules,
};

/** Make the one table and the rule that points to it; hear PIM. */
export function ip_mr_init(k: Kernel): void {
  k.inet_protos.set(IPPROTO_PIM, { handler: pim_rcv, err_handler: null, no_policy: false });
  ipmr_new_table(k, k.init_net, RT_TABLE_DEFAULT);
  const rule = new_rule(k);
  rule.refcnt = 1;
  rule.action = FR_ACT_TO_TBL;
  rule.pref = 0x7fff;
  rule.table = RT_TABLE_DEFAULT;
  k.mr_rules.push(rule);
}
