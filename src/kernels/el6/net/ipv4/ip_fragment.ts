// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/ip_fragment.c: datagrams are put together again from their fragments. */
import { drop, dump, fate, inlined, note, traced } from "../../../../trace/traced.ts";
import { E2BIG, EINPROGRESS, EINVAL, ENOENT, ENOMEM, ETIMEDOUT } from "../../../../uapi/errno.ts";
import { get16, get32, set16 } from "../../../../wire/bytes.ts";
import { csum_add } from "../../../../wire/checksum.ts";
import { ICMP_EXC_FRAGTIME, ICMP_TIME_EXCEEDED } from "../../../../wire/icmp.ts";
import {
  formatIpv4,
  IP_DADDR,
  IP_DF,
  IP_FRAG_OFF,
  IP_ID,
  IP_MF,
  IP_OFFSET,
  IP_PROTOCOL,
  IP_SADDR,
  IP_TOS_OFF,
  IP_TOT_LEN,
} from "../../../../wire/ipv4.ts";
import { jhash_3words } from "../../include/linux/jhash.ts";
import { dev_put, type NetDevice } from "../../include/linux/netdevice.ts";
import {
  alloc_skb,
  CHECKSUM_COMPLETE,
  CHECKSUM_NONE,
  CHECKSUM_UNNECESSARY,
  IPCB,
  pskb_pull,
  pskb_trim_rcsum,
  type SkBuff,
  skb_has_frag_list,
  skb_rtable,
  skb_unclone,
} from "../../include/linux/skbuff.ts";
import {
  add_frag_mem_limit,
  INET_FRAG_COMPLETE,
  INET_FRAG_FIRST_IN,
  INET_FRAG_LAST_IN,
  INETFRAGS_HASHSZ,
  type InetFragQueue,
  inet_frag_lru_move,
  inet_frag_put,
  sub_frag_mem_limit,
} from "../../include/net/inet_frag.ts";
import { IP_DEFRAG_CONNTRACK_IN, IPSKB_FRAG_COMPLETE, ip_hdrlen } from "../../include/net/ip.ts";
import { RTN_LOCAL } from "../../include/net/ip_fib.ts";
import type { InetPeer } from "../../include/net/route.ts";
import {
  count,
  IPSTATS_MIB_REASMFAILS,
  IPSTATS_MIB_REASMOKS,
  IPSTATS_MIB_REASMREQDS,
  IPSTATS_MIB_REASMTIMEOUT,
} from "../../include/net/snmp.ts";
import { type Kernel, mod_timer, new_timer, printk } from "../../kernel.ts";
import { dev_get_by_index } from "../core/dev.ts";
import { kfree_skb, skb_clone, skb_morph, skb_push } from "../core/skbuff.ts";
import { net_ratelimit } from "../core/utils.ts";
import { icmp_send } from "./icmp.ts";
import {
  inet_frag_evictor,
  inet_frag_find,
  inet_frag_kill,
  inet_frag_secret_rebuild,
  inet_frags_init,
  lose_fragments,
} from "./inet_fragment.ts";
import { inet_getpeer, inet_putpeer } from "./inetpeer.ts";
import { ip_route_input } from "./route.ts";

const FILE = "net/ipv4/ip_fragment.c";

/** sizeof(struct ipq), which counts against the memory limit. */
const SIZEOF_IPQ = 200;

/** struct ipq: the queue of one IPv4 datagram. */
interface Ipq extends InetFragQueue {
  user: number;
  saddr: number;
  daddr: number;
  id: number;
  protocol: number;
  iif: number;
  rid: number;
  peer: InetPeer | null;
}

/** struct ip4_create_arg: the header that is looked for, and who reassembles. */
interface Ip4CreateArg {
  readonly id: number;
  readonly saddr: number;
  readonly daddr: number;
  readonly protocol: number;
  readonly user: number;
}

/** The chain that a datagram's fragments are on. */
export const ipqhashfn = inlined(
  FILE,
  "ipqhashfn(id, saddr, daddr, prot)",
  (k: Kernel, id: number, saddr: number, daddr: number, prot: number): number => {
    return jhash_3words((id << 16) | prot, saddr, daddr, k.ip4_frags.rnd) & (INETFRAGS_HASHSZ - 1);
  },
);

/** The chain of a queue that exists. */
export const ip4_hashfn = traced(FILE, "ip4_hashfn(q)", (k: Kernel, q: InetFragQueue): number => {
  const ipq = q as Ipq;
  return ipqhashfn(k, ipq.id, ipq.saddr, ipq.daddr, ipq.protocol);
});

/** Is this the queue of that datagram? The same id, addresses and protocol. */
export const ip4_frag_match = traced(
  FILE,
  "ip4_frag_match(q, a)",
  (_k: Kernel, q: InetFragQueue, a: unknown): boolean => {
    const qp = q as Ipq;
    const arg = a as Ip4CreateArg;
    return (
      qp.id === arg.id &&
      qp.saddr === arg.saddr &&
      qp.daddr === arg.daddr &&
      qp.protocol === arg.protocol &&
      qp.user === arg.user
    );
  },
);

/** Fill in a new queue; the sender is remembered as a peer, to notice when its ids have wrapped. */
export const ip4_frag_init = traced(
  FILE,
  "ip4_frag_init(q, a)",
  (k: Kernel, q: InetFragQueue, a: unknown): void => {
    const qp = q as Ipq;
    const arg = a as Ip4CreateArg;
    qp.protocol = arg.protocol;
    qp.id = arg.id;
    qp.saddr = arg.saddr;
    qp.daddr = arg.daddr;
    qp.user = arg.user;
    qp.peer = k.sysctl_ipfrag_max_dist !== 0 ? inet_getpeer(k, arg.saddr, 1) : null;
  },
);

/** Let go of the peer. */
export const ip4_frag_free = traced(FILE, "ip4_frag_free(q)", (k: Kernel, q: InetFragQueue): void => {
  const qp = q as Ipq;
  if (qp.peer !== null) inet_putpeer(k, qp.peer);
});

/** Drop a reference to a queue. */
export const ipq_put = inlined(FILE, "ipq_put(ipq)", (k: Kernel, ipq: Ipq): void => {
  inet_frag_put(k, ipq, k.ip4_frags);
});

/** A queue takes no more fragments. */
export const ipq_kill = inlined(FILE, "ipq_kill(ipq)", (k: Kernel, ipq: Ipq): void => {
  inet_frag_kill(k, ipq, k.ip4_frags);
});

/** Make room before a fragment is taken in. */
export const ip_evictor = inlined(FILE, "ip_evictor()", (k: Kernel): void => {
  const evicted = inet_frag_evictor(k, k.ip4_frags, false);
  if (evicted !== 0) count(k, IPSTATS_MIB_REASMFAILS, evicted);
});

/** Time is up for a datagram: drop what came of it and tell the sender, if its first fragment is here. */
export const ip_expire = traced(FILE, "ip_expire(qp)", (k: Kernel, qp: Ipq): void => {
  if ((qp.last_in & INET_FRAG_COMPLETE) === 0) {
    lose_fragments(k, qp, "FRAG_REASM_TIMEOUT", "reassembly timed out", {
      id: qp.id,
      saddr: qp.saddr,
      have: qp.meat,
      ipfrag_time: k.sysctl_ipfrag_time / k.HZ,
    });
    ipq_kill(k, qp);
    count(k, IPSTATS_MIB_REASMTIMEOUT);
    count(k, IPSTATS_MIB_REASMFAILS);
    const head = qp.fragments;
    if ((qp.last_in & INET_FRAG_FIRST_IN) !== 0 && head !== null) {
      ip_expire_icmp(k, qp, head);
    } else {
      note(k, "first fragment is missing: no ICMP error");
    }
  }
  ipq_put(k, qp);
});

/** Send the time exceeded message of ip_expire. */
function ip_expire_icmp(k: Kernel, qp: Ipq, head: SkBuff): void {
  const dev = dev_get_by_index(k, k.init_net, qp.iif);
  head.dev = dev;
  if (dev === null) return;
  let end_host = true;
  if (qp.user === IP_DEFRAG_CONNTRACK_IN && head.dst === null) {
    const b = head.head.bytes;
    const nh = head.network_header;
    const daddr = get32(b, nh + IP_DADDR);
    const err = ip_route_input(k, head, daddr, get32(b, nh + IP_SADDR), b[nh + IP_TOS_OFF] as number, dev);
    end_host = err === 0 && skb_rtable(head)?.rt_type === RTN_LOCAL;
  }
  if (end_host) icmp_send(k, head, ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME, 0);
  dev_put(dev);
}

/** The queue of the datagram that this header is a part of. */
export const ip_find = inlined(FILE, "ip_find(skb, user)", (k: Kernel, skb: SkBuff, user: number): Ipq => {
  const b = skb.head.bytes;
  const nh = skb.network_header;
  const arg: Ip4CreateArg = {
    id: get16(b, nh + IP_ID),
    saddr: get32(b, nh + IP_SADDR),
    daddr: get32(b, nh + IP_DADDR),
    protocol: b[nh + IP_PROTOCOL] as number,
    user,
  };
  const hash = ipqhashfn(k, arg.id, arg.saddr, arg.daddr, arg.protocol);
  return inet_frag_find(k, k.ip4_frags, arg, hash) as Ipq;
});

/** Have so many fragments come from this sender meanwhile that its ids may have wrapped? */
export const ip_frag_too_far = inlined(FILE, "ip_frag_too_far(qp)", (k: Kernel, qp: Ipq): number => {
  const max = k.sysctl_ipfrag_max_dist;
  if (qp.peer === null || max === 0) return 0;
  const start = qp.rid;
  qp.peer.rid++;
  const end = qp.peer.rid;
  qp.rid = end;
  const rc = qp.fragments !== null && end - start > max;
  if (rc) {
    note(k, "more than ipfrag_max_dist other fragments from this sender: the IP id may have wrapped", {
      distance: end - start,
      ipfrag_max_dist: max,
    });
    count(k, IPSTATS_MIB_REASMFAILS);
  }
  return rc ? 1 : 0;
});

/** Begin a queue anew. */
export const ip_frag_reinit = traced(FILE, "ip_frag_reinit(qp)", (k: Kernel, qp: Ipq): number => {
  if (!mod_timer(k, qp.timer, k.jiffies + k.sysctl_ipfrag_time)) {
    qp.refcnt++;
    return -ETIMEDOUT;
  }
  let sum = 0;
  for (let fp = qp.fragments; fp !== null; ) {
    const next: SkBuff | null = fp.next;
    sum += fp.truesize;
    drop(
      k,
      fp,
      "FRAG_TOO_FAR",
      "more than ipfrag_max_dist other fragments from this sender: the IP id may have wrapped",
      {
        id: qp.id,
        ipfrag_max_dist: k.sysctl_ipfrag_max_dist,
      },
    );
    kfree_skb(k, fp);
    fp = next;
  }
  sub_frag_mem_limit(k, sum);
  qp.last_in = 0;
  qp.len = 0;
  qp.meat = 0;
  qp.fragments = null;
  qp.fragments_tail = null;
  qp.iif = 0;
  return 0;
});

/** Its checksum, if any was known, no longer covers what is left of it. */
function forget_csum(skb: SkBuff): void {
  if (skb.ip_summed !== CHECKSUM_UNNECESSARY) skb.ip_summed = CHECKSUM_NONE;
}

/** Put a fragment in its place in the queue; the one that fills the last gap makes the datagram. 0 = whole. */
export const ip_frag_queue = inlined(
  FILE,
  "ip_frag_queue(qp, skb)",
  (k: Kernel, qp: Ipq, skb: SkBuff): number => {
    if ((qp.last_in & INET_FRAG_COMPLETE) !== 0) {
      drop(k, skb, "DUP_FRAG", "reassembly of this datagram is already complete or timed out", { id: qp.id });
      kfree_skb(k, skb);
      return -ENOENT;
    }
    if ((IPCB(skb).flags & IPSKB_FRAG_COMPLETE) === 0 && ip_frag_too_far(k, qp) !== 0) {
      const err = ip_frag_reinit(k, qp);
      if (err !== 0) {
        ipq_kill(k, qp);
        drop(k, skb, "FRAG_REASM_TIMEOUT", "reassembly could not be restarted: its timer has expired", {
          id: qp.id,
        });
        kfree_skb(k, skb);
        return err;
      }
    }
    const frag_off = get16(skb.head.bytes, skb.network_header + IP_FRAG_OFF);
    const ihl = ip_hdrlen(skb);
    let offset = (frag_off & IP_OFFSET) << 3;
    let end = offset + skb.len - ihl;
    if ((frag_off & IP_MF) === 0) {
      if (end < qp.len || ((qp.last_in & INET_FRAG_LAST_IN) !== 0 && end !== qp.len)) {
        drop(k, skb, "DUP_FRAG", "last fragment contradicts earlier fragments", { end, len: qp.len });
        kfree_skb(k, skb);
        return -EINVAL;
      }
      qp.last_in |= INET_FRAG_LAST_IN;
      qp.len = end;
    } else {
      if ((end & 7) !== 0) {
        note(k, "not the last fragment: trimmed to an 8-byte boundary", { end });
        end &= ~7;
        forget_csum(skb);
      }
      if (end > qp.len) {
        if ((qp.last_in & INET_FRAG_LAST_IN) !== 0) {
          drop(k, skb, "DUP_FRAG", "fragment extends beyond the last fragment", { end, len: qp.len });
          kfree_skb(k, skb);
          return -EINVAL;
        }
        qp.len = end;
      }
    }
    if (end === offset) {
      drop(k, skb, "PKT_TOO_SMALL", "fragment without data", { offset });
      kfree_skb(k, skb);
      return -EINVAL;
    }
    if (pskb_pull(k, skb, ihl) === null) {
      drop(k, skb, "NOMEM", "no memory to trim the fragment");
      kfree_skb(k, skb);
      return -ENOMEM;
    }
    const err = pskb_trim_rcsum(k, skb, end - offset);
    if (err !== 0) {
      drop(k, skb, "NOMEM", "no memory to trim the fragment");
      kfree_skb(k, skb);
      return err;
    }

    // Its neighbours in the chain.
    let prev = qp.fragments_tail;
    let next: SkBuff | null = null;
    if (prev !== null && prev.frag_offset >= offset) {
      prev = null;
      for (next = qp.fragments; next !== null && next.frag_offset < offset; next = next.next) prev = next;
    }

    if (prev !== null) {
      const i = prev.frag_offset + prev.len - offset;
      if (i > 0) {
        offset += i;
        if (end <= offset) {
          drop(k, skb, "DUP_FRAG", "entirely covered by an earlier fragment", { offset, end });
          kfree_skb(k, skb);
          return -EINVAL;
        }
        note(k, "overlaps an earlier fragment: trimmed", { overlap: i });
        if (pskb_pull(k, skb, i) === null) {
          drop(k, skb, "NOMEM", "no memory to trim the overlap");
          kfree_skb(k, skb);
          return -ENOMEM;
        }
        forget_csum(skb);
      }
    }
    while (next !== null && next.frag_offset < end) {
      const i = end - next.frag_offset;
      if (i < next.len) {
        note(k, "overlaps the next fragment: the next one is trimmed", { overlap: i });
        if (pskb_pull(k, next, i) === null) {
          drop(k, skb, "NOMEM", "no memory to trim the next fragment");
          kfree_skb(k, skb);
          return -ENOMEM;
        }
        next.frag_offset += i;
        qp.meat -= i;
        forget_csum(next);
        break;
      }
      note(k, "next fragment is entirely covered by this one: free it", {
        offset: next.frag_offset,
        len: next.len,
      });
      const free_it: SkBuff = next;
      next = next.next;
      if (prev !== null) prev.next = next;
      else qp.fragments = next;
      qp.meat -= free_it.len;
      sub_frag_mem_limit(k, free_it.truesize);
      drop(k, free_it, "DUP_FRAG", "entirely covered by a later fragment", { offset, end });
      kfree_skb(k, free_it);
    }

    skb.frag_offset = offset;
    skb.next = next;
    if (next === null) qp.fragments_tail = skb;
    if (prev !== null) prev.next = skb;
    else qp.fragments = skb;
    const dev = skb.dev;
    if (dev !== null) {
      qp.iif = dev.ifindex;
      skb.dev = null;
    }
    qp.stamp = skb.tstamp;
    qp.meat += skb.len;
    add_frag_mem_limit(k, skb.truesize);
    if (offset === 0) qp.last_in |= INET_FRAG_FIRST_IN;
    if ((frag_off & IP_DF) !== 0 && skb.len + ihl > qp.max_size) qp.max_size = skb.len + ihl;

    if (qp.last_in === (INET_FRAG_FIRST_IN | INET_FRAG_LAST_IN) && qp.meat === qp.len) {
      note(k, "all fragments received: reassemble the datagram", { len: qp.len });
      return ip_frag_reasm(k, qp, prev, dev);
    }
    fate(k, "waiting", skb, "waits for the other fragments of the datagram", {
      id: qp.id,
      offset,
      end,
      have: qp.meat,
    });
    inet_frag_lru_move(qp, k.ip4_frags);
    return -EINPROGRESS;
  },
);

/** The head's own fragments, if it has any, become a packet of their own behind it. */
function split_frag_list(k: Kernel, head: SkBuff): boolean {
  const clone = alloc_skb(k, 0);
  if (clone === null) return false;
  clone.next = head.next;
  head.next = clone;
  clone.head.frag_list = head.head.frag_list;
  head.head.frag_list = null;
  let plen = 0;
  for (const f of head.head.frags) plen += f.size;
  clone.len = head.data_len - plen;
  clone.data_len = clone.len;
  head.data_len -= clone.len;
  head.len -= clone.len;
  clone.csum = 0;
  clone.ip_summed = head.ip_summed;
  add_frag_mem_limit(k, clone.truesize);
  return true;
}

/** Chain the fragments behind the first one's header: one datagram. The newest packet's structure becomes the head. */
export const ip_frag_reasm = inlined(
  FILE,
  "ip_frag_reasm(qp, prev, dev)",
  (k: Kernel, qp: Ipq, prev: SkBuff | null, dev: NetDevice | null): number => {
    let head = qp.fragments as SkBuff;
    ipq_kill(k, qp);
    if (prev !== null) {
      head = prev.next as SkBuff;
      const fp = skb_clone(k, head);
      if (fp === null) {
        count(k, IPSTATS_MIB_REASMFAILS);
        lose_fragments(k, qp, "NOMEM", "no memory to reassemble the datagram");
        return -ENOMEM;
      }
      fp.next = head.next;
      if (fp.next === null) qp.fragments_tail = fp;
      prev.next = fp;
      const first = qp.fragments as SkBuff;
      skb_morph(k, head, first);
      head.next = first.next;
      kfree_skb(k, first);
      qp.fragments = head;
    }
    const ihlen = ip_hdrlen(head);
    const len = ihlen + qp.len;
    if (len > 65535) {
      lose_fragments(k, qp, "PKT_TOO_BIG", "the reassembled datagram would exceed 65535 bytes", { len });
      if (net_ratelimit(k)) printk(k, `Oversized IP packet from ${formatIpv4(qp.saddr)}.`);
      count(k, IPSTATS_MIB_REASMFAILS);
      return -E2BIG;
    }
    if (skb_unclone(k, head) !== 0 || (skb_has_frag_list(head) && !split_frag_list(k, head))) {
      count(k, IPSTATS_MIB_REASMFAILS);
      lose_fragments(k, qp, "NOMEM", "no memory to reassemble the datagram");
      return -ENOMEM;
    }
    if (k.rec !== null) reassembled(k, head);
    head.head.frag_list = head.next;
    skb_push(k, head, head.data - head.network_header);
    for (let fp = head.next; fp !== null; fp = fp.next) {
      head.data_len += fp.len;
      head.len += fp.len;
      if (head.ip_summed !== fp.ip_summed) head.ip_summed = CHECKSUM_NONE;
      else if (head.ip_summed === CHECKSUM_COMPLETE) head.csum = csum_add(head.csum, fp.csum);
      head.truesize += fp.truesize;
    }
    sub_frag_mem_limit(k, head.truesize);
    head.next = null;
    head.dev = dev;
    head.tstamp = qp.stamp;
    IPCB(head).frag_max_size = qp.max_size;
    const b = head.head.bytes;
    const iph = head.network_header;
    set16(b, iph + IP_FRAG_OFF, qp.max_size !== 0 ? IP_DF : 0);
    set16(b, iph + IP_TOT_LEN, len);
    dump(k, "ip header", b, iph, iph + ihlen);
    count(k, IPSTATS_MIB_REASMOKS);
    qp.fragments = null;
    qp.fragments_tail = null;
    return 0;
  },
);

/** The fragments of a whole datagram are one packet from here on: the one of the fragment that came first in it. */
function reassembled(k: Kernel, head: SkBuff): void {
  for (let fp = head.next; fp !== null; fp = fp.next) {
    if (fp.pkt !== head.pkt)
      fate(k, "consumed", fp, "part of a reassembled datagram", undefined, { about: head });
  }
}

/** A fragment came in. 0 when it completed its datagram, which `skb` then is; else it was kept or dropped. */
export const ip_defrag = traced(
  FILE,
  "ip_defrag(skb, user)",
  (k: Kernel, skb: SkBuff, user: number): number => {
    count(k, IPSTATS_MIB_REASMREQDS);
    ip_evictor(k);
    const qp = ip_find(k, skb, user);
    const ret = ip_frag_queue(k, qp, skb);
    ipq_put(k, qp);
    return ret;
  },
);

/** Make the table of unfinished datagrams. */
export function ipfrag_init(k: Kernel): void {
  k.ip4_frags = {
    hash: new Map(),
    lru_list: [],
    rnd: 0,
    secret_timer: new_timer((kk) => inet_frag_secret_rebuild(kk, kk.ip4_frags)),
    qsize: SIZEOF_IPQ,
    hashfn: ip4_hashfn,
    match: ip4_frag_match,
    create: new_ipq,
    constructor: ip4_frag_init,
    destructor: ip4_frag_free,
    frag_expire: (kk, q) => ip_expire(kk, q as Ipq),
  };
  inet_frags_init(k, k.ip4_frags);
}

/** A zeroed struct ipq. */
function new_ipq(k: Kernel): Ipq {
  return {
    oid: k.oid("q"),
    timer: new_timer(() => {}),
    refcnt: 0,
    fragments: null,
    fragments_tail: null,
    stamp: 0,
    len: 0,
    meat: 0,
    last_in: 0,
    max_size: 0,
    user: 0,
    saddr: 0,
    daddr: 0,
    id: 0,
    protocol: 0,
    iif: 0,
    rid: 0,
    peer: null,
  };
}
