// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/igmp.c: multicast groups: who belongs to them, and telling routers so (RFC 1112, 2236, 3376). */
import { drop, dump, fate, inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import { EADDRINUSE, EADDRNOTAVAIL, EINVAL, ENOBUFS, ENODEV, ESRCH } from "../../../../uapi/errno.ts";
import { IPPROTO_IGMP } from "../../../../uapi/in.ts";
import { AF_INET } from "../../../../uapi/socket.ts";
import { get16, get32, get32le, set16, set32, set32le } from "../../../../wire/bytes.ts";
import { csum_fold, csum_partial } from "../../../../wire/checksum.ts";
import {
  IP_DADDR,
  IP_DF,
  IP_FRAG_OFF,
  IP_HLEN,
  IP_PROTOCOL,
  IP_SADDR,
  IP_TOS_OFF,
  IP_TTL_OFF,
} from "../../../../wire/ipv4.ts";
import { tell_made } from "../../fates.ts";
import {
  type GroupFilter,
  type IpMreqn,
  type IpMreqSource,
  type IpMsfilter,
  ipv4_is_multicast,
  MCAST_EXCLUDE,
  MCAST_INCLUDE,
} from "../../include/linux/in.ts";
import {
  dev_net,
  dev_put,
  type InDevice,
  type IpMcList,
  type IpSfList,
  in_dev_get,
  in_dev_put,
  LL_ALLOCATED_SPACE,
  LL_RESERVED_SPACE,
  type NetDevice,
} from "../../include/linux/netdevice.ts";
import {
  alloc_skb,
  CHECKSUM_COMPLETE,
  CHECKSUM_NONE,
  PACKET_BROADCAST,
  PACKET_MULTICAST,
  pskb_may_pull,
  type SkBuff,
  skb_dst_set,
  skb_reserve,
  skb_reset_network_header,
  skb_rtable,
  skb_tailroom,
} from "../../include/linux/skbuff.ts";
import { Flowi } from "../../include/net/flow.ts";
import { type IpMcSocklist, inet_sk } from "../../include/net/inet_sock.ts";
import { ip_select_ident } from "../../include/net/ip.ts";
import { ip_rt_put, type Rtable } from "../../include/net/route.ts";
import { type OptOut, type Sock, sock_net } from "../../include/net/sock.ts";
import {
  del_timer,
  type Kernel,
  local_bh_disable,
  local_bh_enable,
  mod_timer,
  type Net,
  new_timer,
} from "../../kernel.ts";
import { __skb_checksum_complete } from "../core/datagram.ts";
import { dev_mc_add, dev_mc_delete } from "../core/dev_mcast.ts";
import { rtnl_is_locked, rtnl_lock, rtnl_unlock } from "../core/rtnetlink.ts";
import { kfree_skb, skb_put } from "../core/skbuff.ts";
import { sock_kfree_s, sock_kmalloc } from "../core/sock.ts";
import { arp_mc_map } from "./arp.ts";
import { inetdev_by_index } from "./devinet.ts";
import { ip_dev_find } from "./fib_frontend.ts";
import { IPOPT_RA } from "./ip_options.ts";
import { ip_local_out } from "./ip_output.ts";
import { pim_rcv_v1 } from "./ipmr.ts";
import { ip_route_output_key, ip_rt_multicast_event } from "./route.ts";

const FILE = "net/ipv4/igmp.c";

// linux/igmp.h
export const IGMP_HOST_MEMBERSHIP_QUERY = 0x11;
export const IGMP_HOST_MEMBERSHIP_REPORT = 0x12;
const IGMP_PIM = 0x14;
export const IGMPV2_HOST_MEMBERSHIP_REPORT = 0x16;
export const IGMP_HOST_LEAVE_MESSAGE = 0x17;
export const IGMPV3_HOST_MEMBERSHIP_REPORT = 0x22;
export const IGMPV3_MODE_IS_INCLUDE = 1;
export const IGMPV3_MODE_IS_EXCLUDE = 2;
export const IGMPV3_CHANGE_TO_INCLUDE = 3;
export const IGMPV3_CHANGE_TO_EXCLUDE = 4;
export const IGMPV3_ALLOW_NEW_SOURCES = 5;
export const IGMPV3_BLOCK_OLD_SOURCES = 6;
export const IGMP_ALL_HOSTS = 0xe0000001;
export const IGMP_ALL_ROUTER = 0xe0000002;
export const IGMPV3_ALL_MCR = 0xe0000016;

// Seconds.
const IGMP_V1_Router_Present_Timeout = 400;
const IGMP_V2_Router_Present_Timeout = 400;
const IGMP_Unsolicited_Report_Interval = 10;
const IGMP_Query_Response_Interval = 10;
const IGMP_Unsolicited_Report_Count = 2;
const IGMP_Initial_Report_Delay = 1;
const IGMP_TIMER_SCALE = 10;

// struct igmphdr
const IGMP_TYPE = 0;
const IGMP_CODE = 1;
const IGMP_CSUM = 2;
const IGMP_GROUP = 4;
const IGMP_HDR = 8;
// struct igmpv3_report
const IGMPV3_NGREC = 6;
// struct igmpv3_grec
const GREC_TYPE = 0;
const GREC_NSRCS = 2;
const GREC_MCA = 4;
const GREC_HDR = 8;
// struct igmpv3_query
const IGMPV3_QRV = 8;
const IGMPV3_NSRCS = 10;
const IGMPV3_QUERY_HDR = 12;

const SIZEOF_IP_MC_SOCKLIST = 48;
/** IP_SFBLOCK: room for sources grows by this many. */
const IP_SFBLOCK = 10;
function IP_SFLSIZE(n: number): number {
  return 24 + 4 * n;
}

/** A version-1 router is about, or an administrator says so. */
function IGMP_V1_SEEN(k: Kernel, in_dev: InDevice): boolean {
  return (
    dev_net(in_dev.dev).devconf_all.force_igmp_version === 1 ||
    in_dev.cnf.force_igmp_version === 1 ||
    (in_dev.mr_v1_seen !== 0 && k.jiffies < in_dev.mr_v1_seen)
  );
}
/** The same for version 2. */
function IGMP_V2_SEEN(k: Kernel, in_dev: InDevice): boolean {
  return (
    dev_net(in_dev.dev).devconf_all.force_igmp_version === 2 ||
    in_dev.cnf.force_igmp_version === 2 ||
    (in_dev.mr_v2_seen !== 0 && k.jiffies < in_dev.mr_v2_seen)
  );
}
/** How often a change is reported: the querier's robustness. */
function robustness(in_dev: InDevice): number {
  return in_dev.mr_qrv !== 0 ? in_dev.mr_qrv : IGMP_Unsolicited_Report_Count;
}

/** Let go of a membership. */
export const ip_ma_put = traced(FILE, "ip_ma_put(im)", (_k: Kernel, im: IpMcList): void => {
  im.refcnt--;
  if (im.refcnt === 0) in_dev_put(im.interface);
});

/** Nothing needs to be said about this group any more. */
export const igmp_stop_timer = inlined(FILE, "igmp_stop_timer(im)", (k: Kernel, im: IpMcList): void => {
  local_bh_disable(k);
  if (del_timer(k, im.timer)) im.refcnt--;
  im.tm_running = 0;
  im.reporter = 0;
  im.unsolicit_count = 0;
  local_bh_enable(k);
});

/** Report this group at a random moment within `max_delay`. */
export const igmp_start_timer = traced(
  FILE,
  "igmp_start_timer(im, max_delay)",
  (k: Kernel, im: IpMcList, max_delay: number): void => {
    const tv = k.random.u32("igmp_start_timer") % max_delay;
    im.tm_running = 1;
    if (!mod_timer(k, im.timer, k.jiffies + tv + 2)) im.refcnt++;
  },
);

/** Answer a general query at a random moment. */
export const igmp_gq_start_timer = traced(
  FILE,
  "igmp_gq_start_timer(in_dev)",
  (k: Kernel, in_dev: InDevice): void => {
    const tv = k.random.u32("igmp_gq_start_timer") % in_dev.mr_maxdelay;
    in_dev.mr_gq_running = 1;
    in_dev.mr_gq_timer ??= new_timer((kk) => igmp_gq_timer_expire(kk, in_dev));
    if (!mod_timer(k, in_dev.mr_gq_timer, k.jiffies + tv + 2)) in_dev.refcnt++;
  },
);

/** Report changes at a random moment within `delay`. */
export const igmp_ifc_start_timer = traced(
  FILE,
  "igmp_ifc_start_timer(in_dev, delay)",
  (k: Kernel, in_dev: InDevice, delay: number): void => {
    const tv = k.random.u32("igmp_ifc_start_timer") % delay;
    in_dev.mr_ifc_timer ??= new_timer((kk) => igmp_ifc_timer_expire(kk, in_dev));
    if (!mod_timer(k, in_dev.mr_ifc_timer, k.jiffies + tv + 2)) in_dev.refcnt++;
  },
);

/** A query: report within `max_delay`, unless a report is due sooner. */
export const igmp_mod_timer = traced(
  FILE,
  "igmp_mod_timer(im, max_delay)",
  (k: Kernel, im: IpMcList, max_delay: number): void => {
    local_bh_disable(k);
    im.unsolicit_count = 0;
    const expires = im.timer.expires;
    if (del_timer(k, im.timer)) {
      if (expires - k.jiffies < max_delay) {
        mod_timer(k, im.timer, expires);
        im.tm_running = 1;
        local_bh_enable(k);
        return;
      }
      im.refcnt--;
    }
    igmp_start_timer(k, im, max_delay);
    local_bh_enable(k);
  },
);

/** Does a source belong in a record of this type? */
export const is_in = traced(
  FILE,
  "is_in(pmc, psf, type, gdeleted, sdeleted)",
  (_k: Kernel, pmc: IpMcList, psf: IpSfList, type: number, gdeleted: number, sdeleted: number): boolean => {
    switch (type) {
      case IGMPV3_MODE_IS_INCLUDE:
      case IGMPV3_MODE_IS_EXCLUDE:
        if (gdeleted !== 0 || sdeleted !== 0) return false;
        if (pmc.gsquery !== 0 && psf.sf_gsresp === 0) return false;
        if (pmc.sfmode === MCAST_INCLUDE) return true;
        if (psf.sf_count[MCAST_INCLUDE] !== 0) return type === IGMPV3_MODE_IS_INCLUDE;
        return pmc.sfcount[MCAST_EXCLUDE] === psf.sf_count[MCAST_EXCLUDE];
      case IGMPV3_CHANGE_TO_INCLUDE:
        if (gdeleted !== 0 || sdeleted !== 0) return false;
        return psf.sf_count[MCAST_INCLUDE] !== 0;
      case IGMPV3_CHANGE_TO_EXCLUDE:
        if (gdeleted !== 0 || sdeleted !== 0) return false;
        if (pmc.sfcount[MCAST_EXCLUDE] === 0 || psf.sf_count[MCAST_INCLUDE] !== 0) return false;
        return pmc.sfcount[MCAST_EXCLUDE] === psf.sf_count[MCAST_EXCLUDE];
      case IGMPV3_ALLOW_NEW_SOURCES:
        if (gdeleted !== 0 || psf.sf_crcount === 0) return false;
        return (pmc.sfmode === MCAST_INCLUDE) !== (sdeleted !== 0);
      case IGMPV3_BLOCK_OLD_SOURCES:
        if (pmc.sfmode === MCAST_INCLUDE) return gdeleted !== 0 || (psf.sf_crcount !== 0 && sdeleted !== 0);
        return psf.sf_crcount !== 0 && gdeleted === 0 && sdeleted === 0;
      default:
        return false;
    }
  },
);

/** How many sources a record of this type would name. */
export const igmp_scount = traced(
  FILE,
  "igmp_scount(pmc, type, gdeleted, sdeleted)",
  (k: Kernel, pmc: IpMcList, type: number, gdeleted: number, sdeleted: number): number => {
    let scount = 0;
    for (const psf of pmc.sources) if (is_in(k, pmc, psf, type, gdeleted, sdeleted)) scount++;
    return scount;
  },
);

/** The IP header of every IGMP message: TTL 1, precedence, a router alert. */
function igmp_ip_header(k: Kernel, skb: SkBuff, rt: Rtable, daddr: number): void {
  skb_reset_network_header(skb);
  const iph = skb.network_header;
  skb_put(k, skb, IP_HLEN + 4);
  const b = skb.head.bytes;
  b[iph] = 0x46;
  b[iph + IP_TOS_OFF] = 0xc0;
  set16(b, iph + IP_FRAG_OFF, IP_DF);
  b[iph + IP_TTL_OFF] = 1;
  set32(b, iph + IP_DADDR, daddr);
  set32(b, iph + IP_SADDR, rt.rt_src);
  b[iph + IP_PROTOCOL] = IPPROTO_IGMP;
  ip_select_ident(k, skb, rt, null);
  b[iph + IP_HLEN] = IPOPT_RA;
  b[iph + IP_HLEN + 1] = 4;
  skb.transport_header = iph + IP_HLEN + 4;
}

/** The way to `daddr` through this device for IGMP, or null. */
function igmp_route(k: Kernel, dev: NetDevice, daddr: number): Rtable | null {
  const fl = new Flowi();
  fl.oif = dev.ifindex;
  fl.fl4_dst = daddr;
  fl.proto = IPPROTO_IGMP;
  const rt = ip_route_output_key(k, dev_net(dev), fl);
  if (typeof rt === "number") {
    note(k, "no route to the group: report not sent", { daddr });
    return null;
  }
  return rt;
}

/** A version-3 report without records. */
export const igmpv3_newpack = traced(
  FILE,
  "igmpv3_newpack(dev, size)",
  (k: Kernel, dev: NetDevice, size: number): SkBuff | null => {
    const skb = alloc_skb(k, size + LL_ALLOCATED_SPACE(dev));
    if (skb === null) return null;
    const rt = igmp_route(k, dev, IGMPV3_ALL_MCR);
    if (rt === null || rt.rt_src === 0) {
      kfree_skb(k, skb);
      if (rt !== null) {
        note(k, "no source address on the device: report not sent");
        ip_rt_put(k, rt);
      }
      return null;
    }
    skb_dst_set(skb, rt);
    skb.dev = dev;
    skb_reserve(skb, LL_RESERVED_SPACE(dev));
    igmp_ip_header(k, skb, rt, rt.rt_dst);
    const at = skb_put(k, skb, IGMP_HDR);
    skb.head.bytes.fill(0, at, at + IGMP_HDR);
    skb.head.bytes[at + IGMP_TYPE] = IGMPV3_HOST_MEMBERSHIP_REPORT;
    return skb;
  },
);

/** Sum a report and send it. */
export const igmpv3_sendpack = traced(FILE, "igmpv3_sendpack(skb)", (k: Kernel, skb: SkBuff): number => {
  const b = skb.head.bytes;
  const at = skb.transport_header;
  set16(b, at + IGMP_CSUM, csum_fold(csum_partial(b, at, skb.tail, 0)));
  dump(k, "igmp message", b, at, skb.tail);
  tell_made(k, skb, "IGMP", skb.tail - at, skb.dst as Rtable, { daddr: (skb.dst as Rtable).rt_dst });
  return ip_local_out(k, skb);
});

/** Bytes of a record. */
export const grec_size = traced(
  FILE,
  "grec_size(pmc, type, gdel, sdel)",
  (k: Kernel, pmc: IpMcList, type: number, gdel: number, sdel: number): number =>
    GREC_HDR + 4 * igmp_scount(k, pmc, type, gdel, sdel),
);

/** Begin a record, in a new report if there is none; null when that could not be made. */
export const add_grhead = traced(
  FILE,
  "add_grhead(skb, pmc, type)",
  (k: Kernel, skb: SkBuff | null, pmc: IpMcList, type: number): SkBuff | null => {
    const dev = pmc.interface.dev;
    const report = skb ?? igmpv3_newpack(k, dev, dev.mtu);
    if (report === null) return null;
    const pgr = skb_put(k, report, GREC_HDR);
    const b = report.head.bytes;
    b.fill(0, pgr, pgr + GREC_HDR);
    b[pgr + GREC_TYPE] = type;
    set32(b, pgr + GREC_MCA, pmc.multiaddr);
    const ngrec = report.transport_header + IGMPV3_NGREC;
    set16(b, ngrec, get16(b, ngrec) + 1);
    return report;
  },
);

function AVAILABLE(skb: SkBuff | null): number {
  if (skb === null) return 0;
  return skb.dev !== null ? skb.dev.mtu - skb.len : skb_tailroom(skb);
}

/** Add a group's record to a report: in as many reports as it takes. */
export const add_grec = traced(
  FILE,
  "add_grec(skb, pmc, type, gdeleted, sdeleted)",
  (
    k: Kernel,
    skb: SkBuff | null,
    pmc: IpMcList,
    type: number,
    gdeleted: number,
    sdeleted: number,
  ): SkBuff | null => {
    if (pmc.multiaddr === IGMP_ALL_HOSTS) {
      note(k, "224.0.0.1 is never reported");
      return skb;
    }
    const dev = pmc.interface.dev;
    const isquery = type === IGMPV3_MODE_IS_INCLUDE || type === IGMPV3_MODE_IS_EXCLUDE;
    const truncate = type === IGMPV3_MODE_IS_EXCLUDE || type === IGMPV3_CHANGE_TO_EXCLUDE;
    const psf_list = sdeleted !== 0 ? pmc.tomb : pmc.sources;
    let report = skb;
    let scount = 0;
    let stotal = 0;
    /** The record's header and the report that it is in. */
    let pgr: { skb: SkBuff; at: number } | null = null;
    const close_record = (): void => {
      if (pgr !== null) set16(pgr.skb.head.bytes, pgr.at + GREC_NSRCS, scount);
    };

    if (psf_list.length > 0) {
      if (
        truncate &&
        report !== null &&
        get16(report.head.bytes, report.transport_header + IGMPV3_NGREC) !== 0
      ) {
        if (AVAILABLE(report) < grec_size(k, pmc, type, gdeleted, sdeleted)) {
          igmpv3_sendpack(k, report);
          report = igmpv3_newpack(k, dev, dev.mtu);
        }
      }
      let first = true;
      for (let i = 0; i < psf_list.length; i++) {
        const psf = psf_list[i] as IpSfList;
        if (!is_in(k, pmc, psf, type, gdeleted, sdeleted)) continue;
        if (isquery) psf.sf_gsresp = 0;
        if (AVAILABLE(report) < 4 + (first ? GREC_HDR : 0)) {
          if (truncate && !first) {
            note(k, "more sources than fit into one report: truncated");
            break;
          }
          close_record();
          if (report !== null) igmpv3_sendpack(k, report);
          report = igmpv3_newpack(k, dev, dev.mtu);
          first = true;
          scount = 0;
        }
        if (first) {
          report = add_grhead(k, report, pmc, type);
          if (report !== null) pgr = { skb: report, at: report.tail - GREC_HDR };
          first = false;
        }
        if (report === null) return null;
        set32(report.head.bytes, skb_put(k, report, 4), psf.sf_inaddr);
        scount++;
        stotal++;
        if (
          (type === IGMPV3_ALLOW_NEW_SOURCES || type === IGMPV3_BLOCK_OLD_SOURCES) &&
          psf.sf_crcount !== 0
        ) {
          psf.sf_crcount--;
          if ((sdeleted !== 0 || gdeleted !== 0) && psf.sf_crcount === 0) {
            psf_list.splice(i, 1);
            i--;
          }
        }
      }
    }

    if (stotal === 0) {
      if (type === IGMPV3_ALLOW_NEW_SOURCES || type === IGMPV3_BLOCK_OLD_SOURCES) return report;
      if (pmc.crcount !== 0 || isquery) {
        if (report !== null && AVAILABLE(report) < GREC_HDR) {
          igmpv3_sendpack(k, report);
          report = null;
        }
        report = add_grhead(k, report, pmc, type);
        if (report !== null) pgr = { skb: report, at: report.tail - GREC_HDR };
      }
    }
    close_record();
    if (isquery) pmc.gsquery = 0;
    return report;
  },
);

/** Report the present state, of one group or of all. */
export const igmpv3_send_report = traced(
  FILE,
  "igmpv3_send_report(in_dev, pmc)",
  (k: Kernel, in_dev: InDevice, pmc: IpMcList | null): number => {
    let skb: SkBuff | null = null;
    for (const im of pmc === null ? in_dev.mc_list : [pmc]) {
      if (pmc === null && im.multiaddr === IGMP_ALL_HOSTS) continue;
      local_bh_disable(k);
      const type = im.sfcount[MCAST_EXCLUDE] !== 0 ? IGMPV3_MODE_IS_EXCLUDE : IGMPV3_MODE_IS_INCLUDE;
      skb = add_grec(k, skb, im, type, 0, 0);
      local_bh_enable(k);
    }
    return skb === null ? 0 : igmpv3_sendpack(k, skb);
  },
);

/** Forget sources about which everything has been said. */
export const igmpv3_clear_zeros = traced(
  FILE,
  "igmpv3_clear_zeros(ppsf)",
  (_k: Kernel, ppsf: IpSfList[]): void => {
    for (let i = ppsf.length - 1; i >= 0; i--) {
      if ((ppsf[i] as IpSfList).sf_crcount === 0) ppsf.splice(i, 1);
    }
  },
);

/** Report what has changed: groups left, groups joined, sources. */
export const igmpv3_send_cr = traced(FILE, "igmpv3_send_cr(in_dev)", (k: Kernel, in_dev: InDevice): void => {
  let skb: SkBuff | null = null;
  local_bh_disable(k);
  for (let i = 0; i < in_dev.mc_tomb.length; i++) {
    const pmc = in_dev.mc_tomb[i] as IpMcList;
    if (pmc.sfmode === MCAST_INCLUDE) {
      skb = add_grec(k, skb, pmc, IGMPV3_BLOCK_OLD_SOURCES, 1, 0);
      skb = add_grec(k, skb, pmc, IGMPV3_BLOCK_OLD_SOURCES, 1, 1);
    }
    if (pmc.crcount !== 0) {
      if (pmc.sfmode === MCAST_EXCLUDE) skb = add_grec(k, skb, pmc, IGMPV3_CHANGE_TO_INCLUDE, 1, 0);
      pmc.crcount--;
      if (pmc.crcount === 0) {
        igmpv3_clear_zeros(k, pmc.tomb);
        igmpv3_clear_zeros(k, pmc.sources);
      }
    }
    if (pmc.crcount === 0 && pmc.tomb.length === 0 && pmc.sources.length === 0) {
      in_dev.mc_tomb.splice(i, 1);
      i--;
      in_dev_put(pmc.interface);
    }
  }
  local_bh_enable(k);
  for (const pmc of in_dev.mc_list) {
    local_bh_disable(k);
    const exclude = pmc.sfcount[MCAST_EXCLUDE] !== 0;
    skb = add_grec(k, skb, pmc, exclude ? IGMPV3_BLOCK_OLD_SOURCES : IGMPV3_ALLOW_NEW_SOURCES, 0, 0);
    skb = add_grec(k, skb, pmc, exclude ? IGMPV3_ALLOW_NEW_SOURCES : IGMPV3_BLOCK_OLD_SOURCES, 0, 1);
    if (pmc.crcount !== 0) {
      const type = pmc.sfmode === MCAST_EXCLUDE ? IGMPV3_CHANGE_TO_EXCLUDE : IGMPV3_CHANGE_TO_INCLUDE;
      skb = add_grec(k, skb, pmc, type, 0, 0);
      pmc.crcount--;
    }
    local_bh_enable(k);
  }
  if (skb !== null) igmpv3_sendpack(k, skb);
});

/** Send a message of version 1 or 2, or leave it to version 3. */
export const igmp_send_report = traced(
  FILE,
  "igmp_send_report(in_dev, pmc, type)",
  (k: Kernel, in_dev: InDevice, pmc: IpMcList, type: number): number => {
    if (type === IGMPV3_HOST_MEMBERSHIP_REPORT) return igmpv3_send_report(k, in_dev, pmc);
    const dev = in_dev.dev;
    const dst = type === IGMP_HOST_LEAVE_MESSAGE ? IGMP_ALL_ROUTER : pmc.multiaddr;
    const rt = igmp_route(k, dev, dst);
    if (rt === null) return -1;
    if (rt.rt_src === 0) {
      note(k, "no source address on the device: report not sent");
      ip_rt_put(k, rt);
      return -1;
    }
    const skb = alloc_skb(k, IGMP_HDR + IP_HLEN + 4 + LL_ALLOCATED_SPACE(dev));
    if (skb === null) {
      ip_rt_put(k, rt);
      return -1;
    }
    skb_dst_set(skb, rt);
    skb_reserve(skb, LL_RESERVED_SPACE(dev));
    igmp_ip_header(k, skb, rt, dst);
    const ih = skb_put(k, skb, IGMP_HDR);
    const b = skb.head.bytes;
    b.fill(0, ih, ih + IGMP_HDR);
    b[ih + IGMP_TYPE] = type;
    set32(b, ih + IGMP_GROUP, pmc.multiaddr);
    set16(b, ih + IGMP_CSUM, csum_fold(csum_partial(b, ih, ih + IGMP_HDR, 0)));
    dump(k, "igmp message", b, ih, ih + IGMP_HDR);
    tell_made(k, skb, "IGMP", IGMP_HDR, rt, { daddr: rt.rt_dst });
    return ip_local_out(k, skb);
  },
);

/** Time to answer a general query. */
export const igmp_gq_timer_expire = traced(
  FILE,
  "igmp_gq_timer_expire(in_dev)",
  (k: Kernel, in_dev: InDevice): void => {
    in_dev.mr_gq_running = 0;
    igmpv3_send_report(k, in_dev, null);
    in_dev.refcnt--;
  },
);

/** Time to report changes, and once more later in case the first report is lost. */
export const igmp_ifc_timer_expire = traced(
  FILE,
  "igmp_ifc_timer_expire(in_dev)",
  (k: Kernel, in_dev: InDevice): void => {
    igmpv3_send_cr(k, in_dev);
    if (in_dev.mr_ifc_count !== 0) {
      in_dev.mr_ifc_count--;
      igmp_ifc_start_timer(k, in_dev, IGMP_Unsolicited_Report_Interval * k.HZ);
    }
    in_dev.refcnt--;
  },
);

/** Something changed that version 3 reports. */
export const igmp_ifc_event = traced(FILE, "igmp_ifc_event(in_dev)", (k: Kernel, in_dev: InDevice): void => {
  if (IGMP_V1_SEEN(k, in_dev) || IGMP_V2_SEEN(k, in_dev)) {
    note(k, "IGMPv1 or IGMPv2 querier present: no IGMPv3 report");
    return;
  }
  in_dev.mr_ifc_count = robustness(in_dev);
  igmp_ifc_start_timer(k, in_dev, 1);
});

/** Time to report a group. */
export const igmp_timer_expire = traced(FILE, "igmp_timer_expire(im)", (k: Kernel, im: IpMcList): void => {
  const in_dev = im.interface;
  im.tm_running = 0;
  if (im.unsolicit_count !== 0) {
    im.unsolicit_count--;
    igmp_start_timer(k, im, IGMP_Unsolicited_Report_Interval * k.HZ);
  }
  im.reporter = 1;
  if (IGMP_V1_SEEN(k, in_dev)) igmp_send_report(k, in_dev, im, IGMP_HOST_MEMBERSHIP_REPORT);
  else if (IGMP_V2_SEEN(k, in_dev)) igmp_send_report(k, in_dev, im, IGMPV2_HOST_MEMBERSHIP_REPORT);
  else igmp_send_report(k, in_dev, im, IGMPV3_HOST_MEMBERSHIP_REPORT);
  ip_ma_put(k, im);
});

/** A query about sources while we exclude some: is there anything to answer? */
export const igmp_xmarksources = traced(
  FILE,
  "igmp_xmarksources(pmc, srcs)",
  (_k: Kernel, pmc: IpMcList, srcs: readonly number[]): number => {
    let scount = 0;
    for (const psf of pmc.sources) {
      if (scount === srcs.length) break;
      if (pmc.sfcount[MCAST_INCLUDE] !== 0) continue;
      if (pmc.sfcount[MCAST_EXCLUDE] !== psf.sf_count[MCAST_EXCLUDE]) continue;
      if (srcs.includes(psf.sf_inaddr)) scount++;
    }
    pmc.gsquery = 0;
    return scount === srcs.length ? 0 : 1;
  },
);

/** A query about sources: mark those that an answer will name. */
export const igmp_marksources = traced(
  FILE,
  "igmp_marksources(pmc, srcs)",
  (k: Kernel, pmc: IpMcList, srcs: readonly number[]): number => {
    if (pmc.sfmode === MCAST_EXCLUDE) return igmp_xmarksources(k, pmc, srcs);
    let scount = 0;
    for (const psf of pmc.sources) {
      if (scount === srcs.length) break;
      if (srcs.includes(psf.sf_inaddr)) {
        psf.sf_gsresp = 1;
        scount++;
      }
    }
    pmc.gsquery = scount === 0 ? 0 : 1;
    return pmc.gsquery;
  },
);

/** Another host reported the group: no need to do it as well. */
export const igmp_heard_report = traced(
  FILE,
  "igmp_heard_report(in_dev, group)",
  (k: Kernel, in_dev: InDevice, group: number): void => {
    if (group === IGMP_ALL_HOSTS) return;
    for (const im of in_dev.mc_list) {
      if (im.multiaddr === group) {
        note(k, "reported by another member: cancel our report", { group });
        igmp_stop_timer(k, im);
        break;
      }
    }
  },
);

/** IGMPV3_MRC: a time of eight bits, with an exponent when large. */
function IGMPV3_MRC(value: number): number {
  return value < 0x80 ? value : ((value & 15) | 16) << (((value >> 4) & 7) + 3);
}

/** A router asks which groups have members here. */
export const igmp_heard_query = traced(
  FILE,
  "igmp_heard_query(in_dev, skb, len)",
  (k: Kernel, in_dev: InDevice, skb: SkBuff, len: number): void => {
    const ih = skb.transport_header;
    let group = get32(skb.head.bytes, ih + IGMP_GROUP);
    const code = skb.head.bytes[ih + IGMP_CODE] as number;
    let max_delay: number;
    let mark = false;
    const v3_delay = (): number => Math.max(IGMPV3_MRC(code) * (k.HZ / IGMP_TIMER_SCALE), 1);

    if (len === IGMP_HDR) {
      if (code === 0) {
        note(k, "IGMPv1 query");
        max_delay = IGMP_Query_Response_Interval * k.HZ;
        in_dev.mr_v1_seen = k.jiffies + IGMP_V1_Router_Present_Timeout * k.HZ;
        group = 0;
      } else {
        note(k, "IGMPv2 query");
        max_delay = code * (k.HZ / IGMP_TIMER_SCALE);
        in_dev.mr_v2_seen = k.jiffies + IGMP_V2_Router_Present_Timeout * k.HZ;
      }
      in_dev.mr_ifc_count = 0;
      if (in_dev.mr_ifc_timer !== null && del_timer(k, in_dev.mr_ifc_timer)) in_dev.refcnt--;
      igmpv3_clear_delrec(k, in_dev);
    } else if (len < IGMPV3_QUERY_HDR) {
      note(k, "not a valid IGMPv3 query: ignored", { len });
      return;
    } else if (IGMP_V1_SEEN(k, in_dev)) {
      max_delay = IGMP_Query_Response_Interval * k.HZ;
      group = 0;
    } else if (IGMP_V2_SEEN(k, in_dev)) {
      max_delay = v3_delay();
    } else {
      if (!pskb_may_pull(k, skb, IGMPV3_QUERY_HDR)) return;
      const nsrcs = get16(skb.head.bytes, skb.transport_header + IGMPV3_NSRCS);
      if (nsrcs !== 0 && !pskb_may_pull(k, skb, IGMPV3_QUERY_HDR + nsrcs * 4)) {
        note(k, "truncated source list: query ignored", { nsrcs });
        return;
      }
      max_delay = v3_delay();
      in_dev.mr_maxdelay = max_delay;
      const qrv = (skb.head.bytes[skb.transport_header + IGMPV3_QRV] as number) & 7;
      if (qrv !== 0) in_dev.mr_qrv = qrv;
      if (group === 0) {
        if (nsrcs !== 0) {
          note(k, "general query with sources: ignored", { nsrcs });
          return;
        }
        note(k, "general query: report all groups", { max_delay });
        igmp_gq_start_timer(k, in_dev);
        return;
      }
      mark = nsrcs !== 0;
    }

    for (const im of in_dev.mc_list) {
      if ((group !== 0 && group !== im.multiaddr) || im.multiaddr === IGMP_ALL_HOSTS) continue;
      local_bh_disable(k);
      const asked = im.tm_running !== 0 ? im.gsquery !== 0 && mark : mark;
      im.gsquery = asked ? 1 : 0;
      const changed = !asked || igmp_marksources(k, im, query_sources(skb)) !== 0;
      local_bh_enable(k);
      if (changed) igmp_mod_timer(k, im, max_delay);
    }
  },
);

/** The sources that a version-3 query names. */
function query_sources(skb: SkBuff): number[] {
  const at = skb.transport_header;
  const n = get16(skb.head.bytes, at + IGMPV3_NSRCS);
  return Array.from({ length: n }, (_, i) => get32(skb.head.bytes, at + IGMPV3_QUERY_HDR + 4 * i));
}

/** An IGMP message came in. */
export const igmp_rcv = traced(FILE, "igmp_rcv(skb)", (k: Kernel, skb: SkBuff): number => {
  const in_dev = in_dev_get(skb.dev as NetDevice);
  const len = skb.len;
  if (in_dev !== null) {
    if (igmp_rcv_check(k, skb)) {
      if (skb.head.bytes[skb.transport_header + IGMP_TYPE] === IGMP_PIM) {
        in_dev_put(in_dev);
        return pim_rcv_v1(k, skb);
      }
      fate(k, "consumed", skb, "");
      igmp_rcv_type(k, skb, in_dev, len);
    }
    in_dev_put(in_dev);
  } else drop(k, skb, "DEV_READY", "IPv4 is disabled on this device");
  kfree_skb(k, skb);
  return 0;
});

function igmp_rcv_check(k: Kernel, skb: SkBuff): boolean {
  if (!pskb_may_pull(k, skb, IGMP_HDR)) {
    drop(k, skb, "PKT_TOO_SMALL", "shorter than an IGMP header", { len: skb.len });
    return false;
  }
  if (skb.ip_summed === CHECKSUM_COMPLETE && csum_fold(skb.csum) === 0) return true;
  if (skb.ip_summed === CHECKSUM_COMPLETE || skb.ip_summed === CHECKSUM_NONE) {
    skb.csum = 0;
    if (__skb_checksum_complete(k, skb) !== 0) {
      drop(k, skb, "IP_CSUM", "bad IGMP checksum");
      return false;
    }
  }
  return true;
}

function igmp_rcv_type(k: Kernel, skb: SkBuff, in_dev: InDevice, len: number): void {
  const type = skb.head.bytes[skb.transport_header + IGMP_TYPE] as number;
  switch (type) {
    case IGMP_HOST_MEMBERSHIP_QUERY:
      igmp_heard_query(k, in_dev, skb, len);
      break;
    case IGMP_HOST_MEMBERSHIP_REPORT:
    case IGMPV2_HOST_MEMBERSHIP_REPORT:
      if ((skb_rtable(skb) as Rtable).fl.iif === 0) {
        note(k, "our own report looped back: ignored");
        break;
      }
      if (skb.pkt_type === PACKET_MULTICAST || skb.pkt_type === PACKET_BROADCAST) {
        igmp_heard_report(k, in_dev, get32(skb.head.bytes, skb.transport_header + IGMP_GROUP));
      }
      break;
    default:
      note(k, "not for hosts: ignored", { type });
      break;
  }
}

/** Let the device receive the group's frames. */
export const ip_mc_filter_add = inlined(
  FILE,
  "ip_mc_filter_add(in_dev, addr)",
  (k: Kernel, in_dev: InDevice, addr: number): void => {
    const dev = in_dev.dev;
    const buf = new Uint8Array(32);
    if (arp_mc_map(k, addr, buf, dev, 0) === 0) dev_mc_add(k, dev, buf, dev.addr_len, 0);
  },
);

/** The device need not receive them any more. */
export const ip_mc_filter_del = inlined(
  FILE,
  "ip_mc_filter_del(in_dev, addr)",
  (k: Kernel, in_dev: InDevice, addr: number): void => {
    const dev = in_dev.dev;
    const buf = new Uint8Array(32);
    if (arp_mc_map(k, addr, buf, dev, 0) === 0) dev_mc_delete(k, dev, buf, dev.addr_len, 0);
  },
);

/** Remember a group that was left until that has been reported. */
export const igmpv3_add_delrec = inlined(
  FILE,
  "igmpv3_add_delrec(in_dev, im)",
  (k: Kernel, in_dev: InDevice, im: IpMcList): void => {
    local_bh_disable(k);
    const pmc = new_mc_list(im.interface, im.multiaddr);
    in_dev.refcnt++;
    pmc.users = 0;
    pmc.sfcount = [0, 0];
    pmc.crcount = robustness(in_dev);
    pmc.sfmode = im.sfmode;
    if (pmc.sfmode === MCAST_INCLUDE) {
      pmc.tomb = im.tomb;
      pmc.sources = im.sources;
      im.tomb = [];
      im.sources = [];
      for (const psf of pmc.sources) psf.sf_crcount = pmc.crcount;
    }
    local_bh_enable(k);
    local_bh_disable(k);
    in_dev.mc_tomb.unshift(pmc);
    local_bh_enable(k);
  },
);

/** Joined again: that it was left need not be reported. */
export const igmpv3_del_delrec = inlined(
  FILE,
  "igmpv3_del_delrec(in_dev, multiaddr)",
  (k: Kernel, in_dev: InDevice, multiaddr: number): void => {
    local_bh_disable(k);
    const i = in_dev.mc_tomb.findIndex((pmc) => pmc.multiaddr === multiaddr);
    const pmc = i < 0 ? undefined : in_dev.mc_tomb[i];
    if (pmc !== undefined) in_dev.mc_tomb.splice(i, 1);
    local_bh_enable(k);
    if (pmc !== undefined) in_dev_put(pmc.interface);
  },
);

/** Forget what was left: the router speaks an older version, or the device goes down. */
export const igmpv3_clear_delrec = traced(
  FILE,
  "igmpv3_clear_delrec(in_dev)",
  (k: Kernel, in_dev: InDevice): void => {
    local_bh_disable(k);
    const list = in_dev.mc_tomb;
    in_dev.mc_tomb = [];
    local_bh_enable(k);
    for (const pmc of list) {
      ip_mc_clear_src(k, pmc);
      in_dev_put(pmc.interface);
    }
    for (const pmc of in_dev.mc_list) {
      local_bh_disable(k);
      pmc.tomb = [];
      local_bh_enable(k);
    }
  },
);

/** The last user has left a group. */
export const igmp_group_dropped = traced(FILE, "igmp_group_dropped(im)", (k: Kernel, im: IpMcList): void => {
  const in_dev = im.interface;
  if (im.loaded !== 0) {
    im.loaded = 0;
    ip_mc_filter_del(k, in_dev, im.multiaddr);
  }
  if (im.multiaddr === IGMP_ALL_HOSTS) {
    note(k, "224.0.0.1 is never reported");
    return;
  }
  const reporter = im.reporter;
  igmp_stop_timer(k, im);
  if (in_dev.dead) return;
  if (IGMP_V1_SEEN(k, in_dev)) {
    note(k, "IGMPv1 has no leave message");
    return;
  }
  if (IGMP_V2_SEEN(k, in_dev)) {
    if (reporter !== 0) igmp_send_report(k, in_dev, im, IGMP_HOST_LEAVE_MESSAGE);
    return;
  }
  igmpv3_add_delrec(k, in_dev, im);
  igmp_ifc_event(k, in_dev);
});

/** The first user has joined a group. */
export const igmp_group_added = traced(FILE, "igmp_group_added(im)", (k: Kernel, im: IpMcList): void => {
  const in_dev = im.interface;
  if (im.loaded === 0) {
    im.loaded = 1;
    ip_mc_filter_add(k, in_dev, im.multiaddr);
  }
  if (im.multiaddr === IGMP_ALL_HOSTS) {
    note(k, "224.0.0.1 is never reported");
    return;
  }
  if (in_dev.dead) return;
  if (IGMP_V1_SEEN(k, in_dev) || IGMP_V2_SEEN(k, in_dev)) {
    note(k, "IGMPv1 or IGMPv2 querier present: report in that version");
    local_bh_disable(k);
    igmp_start_timer(k, im, IGMP_Initial_Report_Delay);
    local_bh_enable(k);
    return;
  }
  note(k, "IGMPv3: send a state-change report");
  im.crcount = robustness(in_dev);
  igmp_ifc_event(k, in_dev);
});

/** A membership in its first state: nothing excluded. */
function new_mc_list(in_dev: InDevice, multiaddr: number): IpMcList {
  const im: IpMcList = {
    interface: in_dev,
    multiaddr,
    users: 1,
    refcnt: 1,
    loaded: 0,
    sfmode: MCAST_EXCLUDE,
    sfcount: [1, 0],
    sources: [],
    tomb: [],
    reporter: 0,
    tm_running: 0,
    unsolicit_count: IGMP_Unsolicited_Report_Count,
    gsquery: 0,
    crcount: 0,
    timer: new_timer((k) => igmp_timer_expire(k, im)),
  };
  return im;
}

/** One more user of a group on this device. */
export const ip_mc_inc_group = traced(
  FILE,
  "ip_mc_inc_group(in_dev, addr)",
  (k: Kernel, in_dev: InDevice, addr: number): void => {
    rtnl_is_locked(k);
    const known = in_dev.mc_list.find((im) => im.multiaddr === addr);
    if (known !== undefined) {
      note(k, "the device is already a member: users + 1", { addr, users: known.users + 1 });
      known.users++;
      ip_mc_add_src(k, in_dev, addr, MCAST_EXCLUDE, [], 0);
      return;
    }
    note(k, "group joined on this device", { addr, dev: in_dev.dev.name });
    const im = new_mc_list(in_dev, addr);
    in_dev.refcnt++;
    local_bh_disable(k);
    in_dev.mc_list.unshift(im);
    local_bh_enable(k);
    igmpv3_del_delrec(k, in_dev, addr);
    igmp_group_added(k, im);
    if (!in_dev.dead) ip_rt_multicast_event(k, in_dev);
  },
);

/** Report a group once more: the link has changed. */
export const ip_mc_rejoin_group = traced(FILE, "ip_mc_rejoin_group(im)", (k: Kernel, im: IpMcList): void => {
  const in_dev = im.interface;
  if (im.multiaddr === IGMP_ALL_HOSTS) return;
  if (IGMP_V1_SEEN(k, in_dev) || IGMP_V2_SEEN(k, in_dev)) {
    igmp_mod_timer(k, im, IGMP_Initial_Report_Delay);
    return;
  }
  im.crcount = robustness(in_dev);
  igmp_ifc_event(k, in_dev);
});

/** One user less of a group on this device. */
export const ip_mc_dec_group = traced(
  FILE,
  "ip_mc_dec_group(in_dev, addr)",
  (k: Kernel, in_dev: InDevice, addr: number): void => {
    rtnl_is_locked(k);
    const i = in_dev.mc_list.findIndex((im) => im.multiaddr === addr);
    const im = in_dev.mc_list[i];
    if (im === undefined) return;
    im.users--;
    if (im.users !== 0) {
      note(k, "group still has users", { addr, users: im.users });
      return;
    }
    note(k, "last user: the device leaves the group", { addr });
    local_bh_disable(k);
    in_dev.mc_list.splice(i, 1);
    local_bh_enable(k);
    igmp_group_dropped(k, im);
    ip_mc_clear_src(k, im);
    if (!in_dev.dead) ip_rt_multicast_event(k, in_dev);
    ip_ma_put(k, im);
  },
);

/** The device is about to change its type. */
export const ip_mc_unmap = traced(FILE, "ip_mc_unmap(in_dev)", (k: Kernel, in_dev: InDevice): void => {
  rtnl_is_locked(k);
  for (const im of in_dev.mc_list) igmp_group_dropped(k, im);
});

/** The device has changed its type. */
export const ip_mc_remap = traced(FILE, "ip_mc_remap(in_dev)", (k: Kernel, in_dev: InDevice): void => {
  rtnl_is_locked(k);
  for (const im of in_dev.mc_list) igmp_group_added(k, im);
});

/** The device goes down. */
export const ip_mc_down = traced(FILE, "ip_mc_down(in_dev)", (k: Kernel, in_dev: InDevice): void => {
  rtnl_is_locked(k);
  for (const im of in_dev.mc_list) igmp_group_dropped(k, im);
  in_dev.mr_ifc_count = 0;
  if (in_dev.mr_ifc_timer !== null && del_timer(k, in_dev.mr_ifc_timer)) in_dev.refcnt--;
  in_dev.mr_gq_running = 0;
  if (in_dev.mr_gq_timer !== null && del_timer(k, in_dev.mr_gq_timer)) in_dev.refcnt--;
  igmpv3_clear_delrec(k, in_dev);
  ip_mc_dec_group(k, in_dev, IGMP_ALL_HOSTS);
});

/** A device gets its IPv4 part. */
export const ip_mc_init_dev = traced(FILE, "ip_mc_init_dev(in_dev)", (k: Kernel, in_dev: InDevice): void => {
  rtnl_is_locked(k);
  in_dev.mc_tomb = [];
  in_dev.mr_gq_running = 0;
  in_dev.mr_gq_timer = new_timer((kk) => igmp_gq_timer_expire(kk, in_dev));
  in_dev.mr_ifc_count = 0;
  in_dev.mr_ifc_timer = new_timer((kk) => igmp_ifc_timer_expire(kk, in_dev));
  in_dev.mr_qrv = IGMP_Unsolicited_Report_Count;
});

/** The device comes up: it joins 224.0.0.1 and whatever it was in. */
export const ip_mc_up = traced(FILE, "ip_mc_up(in_dev)", (k: Kernel, in_dev: InDevice): void => {
  rtnl_is_locked(k);
  ip_mc_inc_group(k, in_dev, IGMP_ALL_HOSTS);
  for (const im of in_dev.mc_list) igmp_group_added(k, im);
});

/** The device goes away. */
export const ip_mc_destroy_dev = traced(
  FILE,
  "ip_mc_destroy_dev(in_dev)",
  (k: Kernel, in_dev: InDevice): void => {
    rtnl_is_locked(k);
    ip_mc_down(k, in_dev);
    local_bh_disable(k);
    for (let im = in_dev.mc_list.shift(); im !== undefined; im = in_dev.mc_list.shift()) {
      local_bh_enable(k);
      ip_mc_clear_src(k, im);
      ip_ma_put(k, im);
      local_bh_disable(k);
    }
    local_bh_enable(k);
  },
);

/** The device that a request means: by index, by an address of it, or by the route to the group. */
export const ip_mc_find_dev = traced(
  FILE,
  "ip_mc_find_dev(net, imr)",
  (k: Kernel, net: Net, imr: IpMreqn): InDevice | null => {
    if (imr.imr_ifindex !== 0) {
      const idev = inetdev_by_index(k, net, imr.imr_ifindex);
      if (idev === null) {
        return refuse(k, null, "no device with this index, or IPv4 is disabled on it", {
          ifindex: imr.imr_ifindex,
        });
      }
      idev.refcnt--;
      return idev;
    }
    let dev: NetDevice | null = null;
    if (imr.imr_address !== 0) {
      dev = ip_dev_find(k, net, imr.imr_address);
      if (dev === null) {
        return refuse(k, null, "no device with this address", { addr: imr.imr_address });
      }
      dev_put(dev);
    } else {
      const fl = new Flowi();
      fl.fl4_dst = imr.imr_multiaddr;
      const rt = ip_route_output_key(k, net, fl);
      if (typeof rt === "number") return null;
      dev = rt.dev as NetDevice;
      note(k, "no interface given: use the route to the group", { dev: dev.name });
      ip_rt_put(k, rt);
    }
    imr.imr_ifindex = dev.ifindex;
    if (dev.ip_ptr === null) {
      return refuse(k, null, "IPv4 is disabled on this device", { dev: dev.name });
    }
    return dev.ip_ptr;
  },
);

/** One user less of a source's filter. Returns 1 when that must be reported. */
export const ip_mc_del1_src = traced(
  FILE,
  "ip_mc_del1_src(pmc, sfmode, psfsrc)",
  (k: Kernel, pmc: IpMcList, sfmode: number, psfsrc: number): number => {
    const i = pmc.sources.findIndex((psf) => psf.sf_inaddr === psfsrc);
    const psf = pmc.sources[i];
    if (psf === undefined || psf.sf_count[sfmode] === 0) {
      return refuse(k, -ESRCH, "source is not in the group's filter", { source: psfsrc });
    }
    psf.sf_count[sfmode] = (psf.sf_count[sfmode] as number) - 1;
    if (psf.sf_count[sfmode] === 0) ip_rt_multicast_event(k, pmc.interface);
    if (psf.sf_count[MCAST_INCLUDE] !== 0 || psf.sf_count[MCAST_EXCLUDE] !== 0) return 0;
    pmc.sources.splice(i, 1);
    const in_dev = pmc.interface;
    if (!psf.sf_oldin || IGMP_V1_SEEN(k, in_dev) || IGMP_V2_SEEN(k, in_dev)) return 0;
    psf.sf_crcount = robustness(in_dev);
    pmc.tomb.unshift(psf);
    return 1;
  },
);

/** The filter mode has changed: say so, and nothing of single sources. */
function mode_change(k: Kernel, pmc: IpMcList, in_dev: InDevice): void {
  pmc.crcount = robustness(in_dev);
  in_dev.mr_ifc_count = pmc.crcount;
  for (const psf of pmc.sources) psf.sf_crcount = 0;
  igmp_ifc_event(k, in_dev);
}

/** Take sources out of a device's filter of a group. `delta`: only the sources change, not the number of filters. */
export const ip_mc_del_src = traced(
  FILE,
  "ip_mc_del_src(in_dev, pmca, sfmode, psfsrc, delta)",
  (
    k: Kernel,
    in_dev: InDevice | null,
    pmca: number,
    sfmode: number,
    psfsrc: readonly number[],
    delta: number,
  ): number => {
    if (in_dev === null) {
      return refuse(k, -ENODEV, "the device is gone, or IPv4 is disabled on it");
    }
    const pmc = in_dev.mc_list.find((im) => im.multiaddr === pmca);
    if (pmc === undefined) {
      return refuse(k, -ESRCH, "the device is not a member of the group", {
        group: pmca,
        dev: in_dev.dev.name,
      });
    }
    local_bh_disable(k);
    sf_markstate(k, pmc);
    if (delta === 0) {
      if (pmc.sfcount[sfmode] === 0) {
        local_bh_enable(k);
        return refuse(k, -EINVAL, "no socket has a filter of this mode on the group", { group: pmca });
      }
      pmc.sfcount[sfmode] = (pmc.sfcount[sfmode] as number) - 1;
    }
    let err = 0;
    let changerec = false;
    for (const src of psfsrc) {
      const rv = ip_mc_del1_src(k, pmc, sfmode, src);
      if (rv > 0) changerec = true;
      if (err === 0 && rv < 0) err = rv;
    }
    if (
      pmc.sfmode === MCAST_EXCLUDE &&
      pmc.sfcount[MCAST_EXCLUDE] === 0 &&
      pmc.sfcount[MCAST_INCLUDE] !== 0
    ) {
      pmc.sfmode = MCAST_INCLUDE;
      mode_change(k, pmc, in_dev);
    } else if (sf_setstate(k, pmc) !== 0 || changerec) {
      igmp_ifc_event(k, pmc.interface);
    }
    local_bh_enable(k);
    return err;
  },
);

/** One more user of a source's filter. */
export const ip_mc_add1_src = traced(
  FILE,
  "ip_mc_add1_src(pmc, sfmode, psfsrc)",
  (k: Kernel, pmc: IpMcList, sfmode: number, psfsrc: number): number => {
    let psf = pmc.sources.find((s) => s.sf_inaddr === psfsrc);
    if (psf === undefined) {
      psf = { sf_inaddr: psfsrc, sf_count: [0, 0], sf_gsresp: 0, sf_oldin: false, sf_crcount: 0 };
      pmc.sources.push(psf);
    }
    psf.sf_count[sfmode] = (psf.sf_count[sfmode] as number) + 1;
    if (psf.sf_count[sfmode] === 1) ip_rt_multicast_event(k, pmc.interface);
    return 0;
  },
);

/** Do all filters together let nothing (include) or everything but (exclude) this source in? */
function in_force(pmc: IpMcList, psf: IpSfList): boolean {
  if (pmc.sfcount[MCAST_EXCLUDE] === 0) return psf.sf_count[MCAST_INCLUDE] !== 0;
  return pmc.sfcount[MCAST_EXCLUDE] === psf.sf_count[MCAST_EXCLUDE] && psf.sf_count[MCAST_INCLUDE] === 0;
}

/** Note which sources' filters are in force before a change. */
export const sf_markstate = traced(FILE, "sf_markstate(pmc)", (_k: Kernel, pmc: IpMcList): void => {
  for (const psf of pmc.sources) psf.sf_oldin = in_force(pmc, psf);
});

/** Find out which sources' filters have changed, and how often that is to be reported. Returns how many. */
export const sf_setstate = traced(FILE, "sf_setstate(pmc)", (_k: Kernel, pmc: IpMcList): number => {
  const qrv = pmc.interface.mr_qrv;
  let rv = 0;
  for (const psf of pmc.sources) {
    const tomb = pmc.tomb.findIndex((d) => d.sf_inaddr === psf.sf_inaddr);
    if (in_force(pmc, psf)) {
      if (psf.sf_oldin) continue;
      if (tomb >= 0) pmc.tomb.splice(tomb, 1);
      psf.sf_crcount = qrv;
      rv++;
    } else if (psf.sf_oldin) {
      psf.sf_crcount = 0;
      let dpsf = pmc.tomb[tomb];
      if (dpsf === undefined) {
        dpsf = { ...psf, sf_count: [psf.sf_count[0], psf.sf_count[1]] };
        pmc.tomb.unshift(dpsf);
      }
      dpsf.sf_crcount = qrv;
      rv++;
    }
  }
  return rv;
});

/** Put sources into a device's filter of a group. */
export const ip_mc_add_src = traced(
  FILE,
  "ip_mc_add_src(in_dev, pmca, sfmode, psfsrc, delta)",
  (
    k: Kernel,
    in_dev: InDevice | null,
    pmca: number,
    sfmode: number,
    psfsrc: readonly number[],
    delta: number,
  ): number => {
    if (in_dev === null) {
      return refuse(k, -ENODEV, "the device is gone, or IPv4 is disabled on it");
    }
    const pmc = in_dev.mc_list.find((im) => im.multiaddr === pmca);
    if (pmc === undefined) {
      return refuse(k, -ESRCH, "the device is not a member of the group", {
        group: pmca,
        dev: in_dev.dev.name,
      });
    }
    local_bh_disable(k);
    sf_markstate(k, pmc);
    const isexclude = pmc.sfmode === MCAST_EXCLUDE;
    if (delta === 0) pmc.sfcount[sfmode] = (pmc.sfcount[sfmode] as number) + 1;
    for (const src of psfsrc) ip_mc_add1_src(k, pmc, sfmode, src);
    if (isexclude !== (pmc.sfcount[MCAST_EXCLUDE] !== 0)) {
      if (pmc.sfcount[MCAST_EXCLUDE] !== 0) pmc.sfmode = MCAST_EXCLUDE;
      else if (pmc.sfcount[MCAST_INCLUDE] !== 0) pmc.sfmode = MCAST_INCLUDE;
      mode_change(k, pmc, in_dev);
    } else if (sf_setstate(k, pmc) !== 0) {
      igmp_ifc_event(k, in_dev);
    }
    local_bh_enable(k);
    return 0;
  },
);

/** No filter any more. */
export const ip_mc_clear_src = inlined(FILE, "ip_mc_clear_src(pmc)", (_k: Kernel, pmc: IpMcList): void => {
  pmc.tomb = [];
  pmc.sources = [];
  pmc.sfmode = MCAST_EXCLUDE;
  pmc.sfcount = [1, 0];
});

function find_membership(sk: Sock, multiaddr: number, ifindex: number): IpMcSocklist | undefined {
  return inet_sk(sk).mc_list.find((i) => i.multiaddr === multiaddr && i.ifindex === ifindex);
}

/** IP_ADD_MEMBERSHIP: a socket joins a group. */
export const ip_mc_join_group = traced(
  FILE,
  "ip_mc_join_group(sk, imr)",
  (k: Kernel, sk: Sock, imr: IpMreqn): number => {
    const addr = imr.imr_multiaddr;
    const inet = inet_sk(sk);
    if (!ipv4_is_multicast(addr)) {
      return refuse(k, -EINVAL, "not a multicast address", { addr });
    }
    rtnl_lock(k);
    const err = join_group(k, sk, imr, ip_mc_find_dev(k, sock_net(sk), imr), inet.mc_list);
    rtnl_unlock(k);
    return err;
  },
);

function join_group(
  k: Kernel,
  sk: Sock,
  imr: IpMreqn,
  in_dev: InDevice | null,
  mc_list: IpMcSocklist[],
): number {
  const addr = imr.imr_multiaddr;
  if (in_dev === null) return -ENODEV;
  if (find_membership(sk, addr, imr.imr_ifindex) !== undefined) {
    return refuse(k, -EADDRINUSE, "the socket is already a member of the group", {
      addr,
      ifindex: imr.imr_ifindex,
    });
  }
  if (mc_list.length >= k.sysctl_igmp_max_memberships) {
    return refuse(k, -ENOBUFS, "net.ipv4.igmp_max_memberships is reached", {
      groups: mc_list.length,
      max: k.sysctl_igmp_max_memberships,
    });
  }
  if (!sock_kmalloc(k, sk, SIZEOF_IP_MC_SOCKLIST)) return -ENOBUFS;
  mc_list.unshift({
    multiaddr: addr,
    address: imr.imr_address,
    ifindex: imr.imr_ifindex,
    sfmode: MCAST_EXCLUDE,
    sflist: null,
  });
  ip_mc_inc_group(k, in_dev, addr);
  return 0;
}

/** Take a socket's filter of a group out of the device's. */
export const ip_mc_leave_src = traced(
  FILE,
  "ip_mc_leave_src(sk, iml, in_dev)",
  (k: Kernel, sk: Sock, iml: IpMcSocklist, in_dev: InDevice | null): number => {
    const psf = iml.sflist;
    if (psf === null) return ip_mc_del_src(k, in_dev, iml.multiaddr, iml.sfmode, [], 0);
    const err = ip_mc_del_src(k, in_dev, iml.multiaddr, iml.sfmode, psf.sl_addr, 0);
    iml.sflist = null;
    sk.sk_omem_alloc -= IP_SFLSIZE(psf.sl_max);
    return err;
  },
);

/** IP_DROP_MEMBERSHIP: a socket leaves a group. */
export const ip_mc_leave_group = traced(
  FILE,
  "ip_mc_leave_group(sk, imr)",
  (k: Kernel, sk: Sock, imr: IpMreqn): number => {
    const { mc_list } = inet_sk(sk);
    const group = imr.imr_multiaddr;
    rtnl_lock(k);
    const in_dev = ip_mc_find_dev(k, sock_net(sk), imr);
    const ifindex = imr.imr_ifindex;
    const i = mc_list.findIndex(
      (m) =>
        m.multiaddr === group &&
        (ifindex !== 0 ? m.ifindex === ifindex : imr.imr_address === 0 || imr.imr_address === m.address),
    );
    const iml = mc_list[i];
    if (iml === undefined) {
      rtnl_unlock(k);
      if (in_dev === null) return -ENODEV;
      return refuse(k, -EADDRNOTAVAIL, "the socket is not a member of the group", { group, ifindex });
    }
    ip_mc_leave_src(k, sk, iml, in_dev);
    mc_list.splice(i, 1);
    if (in_dev !== null) ip_mc_dec_group(k, in_dev, group);
    rtnl_unlock(k);
    sk.sk_omem_alloc -= SIZEOF_IP_MC_SOCKLIST;
    return 0;
  },
);

/** IP_(ADD|DROP)_SOURCE_MEMBERSHIP, IP_(UN)BLOCK_SOURCE: one source of a group. */
export const ip_mc_source = traced(
  FILE,
  "ip_mc_source(add, omode, sk, mreqs, ifindex)",
  (k: Kernel, add: number, omode: number, sk: Sock, mreqs: IpMreqSource, ifindex: number): number => {
    if (!ipv4_is_multicast(mreqs.imr_multiaddr)) {
      return refuse(k, -EINVAL, "not a multicast address", { addr: mreqs.imr_multiaddr });
    }
    rtnl_lock(k);
    const imr: IpMreqn = {
      imr_multiaddr: mreqs.imr_multiaddr,
      imr_address: mreqs.imr_interface,
      imr_ifindex: ifindex,
    };
    const err = change_source(k, add, omode, sk, mreqs, imr);
    rtnl_unlock(k);
    return err === LEAVE_GROUP ? ip_mc_leave_group(k, sk, imr) : err;
  },
);

/** No source included is no membership at all. */
const LEAVE_GROUP = 1;

function change_source(
  k: Kernel,
  add: number,
  omode: number,
  sk: Sock,
  mreqs: IpMreqSource,
  imr: IpMreqn,
): number {
  const in_dev = ip_mc_find_dev(k, sock_net(sk), imr);
  if (in_dev === null) return -ENODEV;
  const addr = mreqs.imr_multiaddr;
  const source = mreqs.imr_sourceaddr;
  const pmc = find_membership(sk, addr, imr.imr_ifindex);
  if (pmc === undefined) {
    return refuse(k, -EINVAL, "the socket is not a member of the group", { addr });
  }
  if (pmc.sfmode !== omode) {
    if (pmc.sflist !== null) {
      return refuse(k, -EINVAL, "the socket's filter is in the other mode (include, exclude)", {
        sfmode: pmc.sfmode,
        wanted: omode,
      });
    }
    ip_mc_add_src(k, in_dev, addr, omode, [], 0);
    ip_mc_del_src(k, in_dev, addr, pmc.sfmode, [], 0);
    pmc.sfmode = omode;
  }
  const psl = pmc.sflist;
  const i = psl === null ? -1 : psl.sl_addr.indexOf(source);
  if (add === 0) {
    if (psl === null || i < 0) {
      return refuse(k, -EADDRNOTAVAIL, "source is not in the socket's filter", { source });
    }
    if (psl.sl_addr.length === 1 && omode === MCAST_INCLUDE) {
      note(k, "last included source removed: leave the group");
      return LEAVE_GROUP;
    }
    ip_mc_del_src(k, in_dev, addr, omode, [source], 1);
    psl.sl_addr.splice(i, 1);
    return 0;
  }
  if (psl !== null && psl.sl_addr.length >= k.sysctl_igmp_max_msf) {
    return refuse(k, -ENOBUFS, "net.ipv4.igmp_max_msf is reached", {
      sources: psl.sl_addr.length,
      max: k.sysctl_igmp_max_msf,
    });
  }
  let list = psl;
  if (list === null || list.sl_addr.length === list.sl_max) {
    const sl_max = IP_SFBLOCK + (list === null ? 0 : list.sl_max);
    if (!sock_kmalloc(k, sk, IP_SFLSIZE(sl_max))) return -ENOBUFS;
    if (list !== null) sk.sk_omem_alloc -= IP_SFLSIZE(list.sl_max);
    list = { sl_max, sl_addr: list === null ? [] : [...list.sl_addr] };
    pmc.sflist = list;
  }
  if (i >= 0) {
    return refuse(k, -EADDRNOTAVAIL, "source is already in the socket's filter", { source });
  }
  list.sl_addr.push(source);
  ip_mc_add_src(k, in_dev, addr, omode, [source], 1);
  return 0;
}

/** IP_MSFILTER: a whole filter at once. */
export const ip_mc_msfilter = traced(
  FILE,
  "ip_mc_msfilter(sk, msf, ifindex)",
  (k: Kernel, sk: Sock, msf: IpMsfilter, ifindex: number): number => {
    if (!ipv4_is_multicast(msf.imsf_multiaddr)) {
      return refuse(k, -EINVAL, "not a multicast address", { addr: msf.imsf_multiaddr });
    }
    if (msf.imsf_fmode !== MCAST_INCLUDE && msf.imsf_fmode !== MCAST_EXCLUDE) {
      return refuse(k, -EINVAL, "mode is neither MCAST_INCLUDE nor MCAST_EXCLUDE", { fmode: msf.imsf_fmode });
    }
    rtnl_lock(k);
    const imr: IpMreqn = {
      imr_multiaddr: msf.imsf_multiaddr,
      imr_address: msf.imsf_interface,
      imr_ifindex: ifindex,
    };
    const err = set_filter(k, sk, msf, imr);
    rtnl_unlock(k);
    return err === LEAVE_GROUP ? ip_mc_leave_group(k, sk, imr) : err;
  },
);

function set_filter(k: Kernel, sk: Sock, msf: IpMsfilter, imr: IpMreqn): number {
  const in_dev = ip_mc_find_dev(k, sock_net(sk), imr);
  if (in_dev === null) return -ENODEV;
  if (msf.imsf_fmode === MCAST_INCLUDE && msf.imsf_numsrc === 0) {
    note(k, "empty include list: leave the group");
    return LEAVE_GROUP;
  }
  const addr = msf.imsf_multiaddr;
  const pmc = find_membership(sk, addr, imr.imr_ifindex);
  if (pmc === undefined) {
    return refuse(k, -EINVAL, "the socket is not a member of the group", { addr });
  }
  const newpsl = msf.imsf_numsrc === 0 ? null : { sl_max: msf.imsf_numsrc, sl_addr: [...msf.imsf_slist] };
  if (newpsl !== null) {
    if (!sock_kmalloc(k, sk, IP_SFLSIZE(newpsl.sl_max))) return -ENOBUFS;
    const err = ip_mc_add_src(k, in_dev, addr, msf.imsf_fmode, newpsl.sl_addr, 0);
    if (err !== 0) {
      sock_kfree_s(k, sk, IP_SFLSIZE(newpsl.sl_max));
      return err;
    }
  } else {
    ip_mc_add_src(k, in_dev, addr, msf.imsf_fmode, [], 0);
  }
  const psl = pmc.sflist;
  ip_mc_del_src(k, in_dev, addr, pmc.sfmode, psl === null ? [] : psl.sl_addr, 0);
  if (psl !== null) sk.sk_omem_alloc -= IP_SFLSIZE(psl.sl_max);
  pmc.sflist = newpsl;
  pmc.sfmode = msf.imsf_fmode;
  return 0;
}

/** getsockopt IP_MSFILTER: the filter's head and as many sources as asked for. */
export const ip_mc_msfget = traced(
  FILE,
  "ip_mc_msfget(sk, msf, optval)",
  (k: Kernel, sk: Sock, msf: IpMsfilter, optval: OptOut): number => {
    if (!ipv4_is_multicast(msf.imsf_multiaddr)) {
      return refuse(k, -EINVAL, "not a multicast address", { addr: msf.imsf_multiaddr });
    }
    rtnl_lock(k);
    const imr: IpMreqn = {
      imr_multiaddr: msf.imsf_multiaddr,
      imr_address: msf.imsf_interface,
      imr_ifindex: 0,
    };
    const in_dev = ip_mc_find_dev(k, sock_net(sk), imr);
    const pmc = find_membership(sk, msf.imsf_multiaddr, imr.imr_ifindex);
    rtnl_unlock(k);
    if (in_dev === null) return -ENODEV;
    if (pmc === undefined) {
      return refuse(k, -EADDRNOTAVAIL, "the socket is not a member of the group", {
        addr: msf.imsf_multiaddr,
      });
    }
    const sources = pmc.sflist === null ? [] : pmc.sflist.sl_addr;
    const copied = sources.slice(0, msf.imsf_numsrc);
    const out = new Uint8Array(16 + 4 * copied.length);
    set32(out, 0, msf.imsf_multiaddr);
    set32(out, 4, msf.imsf_interface);
    set32le(out, 8, pmc.sfmode);
    set32le(out, 12, sources.length);
    for (let i = 0; i < copied.length; i++) set32(out, 16 + 4 * i, copied[i] as number);
    optval.len = out.length;
    optval.bytes = out;
    return 0;
  },
);

/** sizeof struct group_filter without its sources; sizeof struct sockaddr_storage. */
const GROUP_FILTER_HEAD = 144;
const SOCKADDR_STORAGE = 128;

/** getsockopt MCAST_MSFILTER: the same as struct group_filter. */
export const ip_mc_gsfget = traced(
  FILE,
  "ip_mc_gsfget(sk, gsf, optval)",
  (k: Kernel, sk: Sock, gsf: GroupFilter, optval: OptOut): number => {
    const psin = gsf.gf_group;
    const addr = get32(psin, 4);
    if ((get32le(psin, 0) & 0xffff) !== AF_INET || !ipv4_is_multicast(addr)) {
      return refuse(k, -EINVAL, "not an IPv4 multicast address", { addr });
    }
    rtnl_lock(k);
    const pmc = find_membership(sk, addr, gsf.gf_interface);
    rtnl_unlock(k);
    if (pmc === undefined) {
      return refuse(k, -EADDRNOTAVAIL, "the socket is not a member of the group", { addr });
    }
    const sources = pmc.sflist === null ? [] : pmc.sflist.sl_addr;
    const copied = sources.slice(0, gsf.gf_numsrc);
    const out = new Uint8Array(GROUP_FILTER_HEAD + SOCKADDR_STORAGE * copied.length);
    set32le(out, 0, gsf.gf_interface);
    out.set(psin, 8);
    set32le(out, 136, pmc.sfmode);
    set32le(out, 140, sources.length);
    copied.forEach((source, i) => {
      const at = GROUP_FILTER_HEAD + SOCKADDR_STORAGE * i;
      set32le(out, at, AF_INET);
      set32(out, at + 4, source);
    });
    optval.len = out.length;
    optval.bytes = out;
    return 0;
  },
);

/** May this socket have a multicast datagram from this source? By its filter, or IP_MULTICAST_ALL without one. */
export const ip_mc_sf_allow = traced(
  FILE,
  "ip_mc_sf_allow(sk, loc_addr, rmt_addr, dif)",
  (k: Kernel, sk: Sock, loc_addr: number, rmt_addr: number, dif: number): number => {
    if (!ipv4_is_multicast(loc_addr)) return 1;
    const pmc = find_membership(sk, loc_addr, dif);
    if (pmc === undefined) {
      const { mc_all } = inet_sk(sk);
      if (mc_all !== 0) note(k, "socket is not a member, but IP_MULTICAST_ALL is set: delivered");
      else note(k, "socket is not a member, and IP_MULTICAST_ALL is not set: not delivered");
      return mc_all;
    }
    const listed = pmc.sflist?.sl_addr.includes(rmt_addr) ?? false;
    const allowed = pmc.sfmode === MCAST_INCLUDE ? listed : !listed;
    if (!allowed) note(k, "source is filtered out by the socket", { rmt_addr });
    return allowed ? 1 : 0;
  },
);

/** A socket closes: it leaves its groups. */
export const ip_mc_drop_socket = traced(FILE, "ip_mc_drop_socket(sk)", (k: Kernel, sk: Sock): void => {
  const inet = inet_sk(sk);
  if (inet.mc_list.length === 0) return;
  rtnl_lock(k);
  for (let iml = inet.mc_list.shift(); iml !== undefined; iml = inet.mc_list.shift()) {
    const in_dev = inetdev_by_index(k, sock_net(sk), iml.ifindex);
    ip_mc_leave_src(k, sk, iml, in_dev);
    if (in_dev !== null) {
      ip_mc_dec_group(k, in_dev, iml.multiaddr);
      in_dev_put(in_dev);
    }
    sk.sk_omem_alloc -= SIZEOF_IP_MC_SOCKLIST;
  }
  rtnl_unlock(k);
});

/** Is the device in this group, and does anybody want this source? */
export const ip_check_mc = traced(
  FILE,
  "ip_check_mc(in_dev, mc_addr, src_addr, proto)",
  (k: Kernel, in_dev: InDevice, mc_addr: number, src_addr: number, proto: number): number => {
    const im = in_dev.mc_list.find((m) => m.multiaddr === mc_addr);
    if (im === undefined) {
      note(k, "group not joined on this device", { mc_addr, dev: in_dev.dev.name });
      return 0;
    }
    if (proto === IPPROTO_IGMP || src_addr === 0) return 1;
    const psf = im.sources.find((s) => s.sf_inaddr === src_addr);
    if (psf === undefined) return im.sfcount[MCAST_EXCLUDE] !== 0 ? 1 : 0;
    const wanted =
      psf.sf_count[MCAST_INCLUDE] !== 0 || psf.sf_count[MCAST_EXCLUDE] !== im.sfcount[MCAST_EXCLUDE];
    if (!wanted) note(k, "source is filtered out by every member on this device", { src_addr });
    return wanted ? 1 : 0;
  },
);

/** /proc/net/igmp. */
export function igmp_mc_seq_show(k: Kernel): string {
  let s = "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n";
  for (const dev of k.init_net.devices) {
    const in_dev = dev.ip_ptr;
    if (in_dev === null) continue;
    in_dev.mc_list.forEach((im, i) => {
      if (i === 0) {
        const querier = IGMP_V1_SEEN(k, in_dev) ? "V1" : IGMP_V2_SEEN(k, in_dev) ? "V2" : "V3";
        const count = String(in_dev.mc_list.length).padStart(5);
        s += `${dev.ifindex}\t${dev.name.padEnd(10)}: ${count} ${querier.padStart(7)}\n`;
      }
      // The group is printed as the little-endian machine reads its bytes.
      const group = swap32(im.multiaddr).toString(16).toUpperCase().padStart(8, "0");
      const left = im.tm_running !== 0 ? Math.trunc(((im.timer.expires - k.jiffies) * 100) / k.HZ) : 0;
      const timer = left.toString(16).toUpperCase().padStart(8, "0");
      s += `\t\t\t\t${group} ${String(im.users).padStart(5)} ${im.tm_running}:${timer}\t\t${im.reporter}\n`;
    });
  }
  return s;
}

/** /proc/net/mcfilter. */
export function igmp_mcf_seq_show(k: Kernel): string {
  let s = "Idx Device        MCA        SRC    INC    EXC\n";
  const hex = (addr: number): string => `0x${addr.toString(16).padStart(8, "0")}`;
  // Up to the first device whose newest group has sources nothing is shown: it is there that the file begins.
  let begun = false;
  for (const dev of k.init_net.devices) {
    begun ||= (dev.ip_ptr?.mc_list[0]?.sources.length ?? 0) > 0;
    if (!begun) continue;
    for (const im of dev.ip_ptr?.mc_list ?? []) {
      for (const psf of im.sources) {
        const name = dev.name.slice(0, 6).padStart(6);
        const inc = String(psf.sf_count[MCAST_INCLUDE]).padStart(6);
        const exc = String(psf.sf_count[MCAST_EXCLUDE]).padStart(6);
        s += `${String(dev.ifindex).padStart(3)} ${name} ${hex(im.multiaddr)} ${hex(psf.sf_inaddr)} ${inc} ${exc}\n`;
      }
    }
  }
  return s;
}

function swap32(v: number): number {
  return (((v & 0xff) << 24) | ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | (v >>> 24)) >>> 0;
}
