// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/udp.c: the User Datagram Protocol, from the port a socket gets to the queue a datagram ends in. */

import { drop, dump, fate, inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import {
  EACCES,
  EAFNOSUPPORT,
  EDESTADDRREQ,
  EFAULT,
  EHOSTUNREACH,
  EINVAL,
  EMSGSIZE,
  ENETUNREACH,
  ENOBUFS,
  ENOIOCTLCMD,
  ENOMEM,
  ENOPROTOOPT,
  EOPNOTSUPP,
  EPROTO,
} from "../../../../uapi/errno.ts";
import {
  IP_PMTUDISC_DONT,
  IPPROTO_UDP,
  IPPROTO_UDPLITE,
  UDP_CORK,
  UDP_ENCAP,
  UDPLITE_RECV_CSCOV,
  UDPLITE_SEND_CSCOV,
} from "../../../../uapi/in.ts";
import {
  AF_INET,
  AF_UNSPEC,
  MSG_CONFIRM,
  MSG_DONTROUTE,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_MORE,
  MSG_OOB,
  MSG_PEEK,
  MSG_PROBE,
  MSG_TRUNC,
  O_NONBLOCK,
  SOL_UDP,
  SOL_UDPLITE,
} from "../../../../uapi/socket.ts";
import { get16, get32, get32le, set16, set32, set32le } from "../../../../wire/bytes.ts";
import { csum_add, csum_fold, csum_tcpudp_magic, csum_tcpudp_nofold } from "../../../../wire/checksum.ts";
import {
  ICMP_CODE,
  ICMP_DEST_UNREACH,
  ICMP_FRAG_NEEDED,
  ICMP_PARAMETERPROB,
  ICMP_PORT_UNREACH,
  ICMP_SOURCE_QUENCH,
  ICMP_TIME_EXCEEDED,
  ICMP_TYPE,
  NR_ICMP_UNREACH,
} from "../../../../wire/icmp.ts";
import { formatIpv4, IP_DADDR, IP_SADDR, IP_VIHL } from "../../../../wire/ipv4.ts";
import { UDP_CHECK, UDP_DEST, UDP_HLEN, UDP_LEN, UDP_SOURCE } from "../../../../wire/udp.ts";
import { tell_made } from "../../fates.ts";
import { copyFromUser, get_room, put_room } from "../../include/asm/uaccess.ts";
import { ipv4_is_multicast } from "../../include/linux/in.ts";
import { jhash_3words } from "../../include/linux/jhash.ts";
import { type IoctlArg, type Iovec, Msghdr, SOCK_NOSPACE, type Socket } from "../../include/linux/net.ts";
import { dev_net, type NetDevice, skb_gso_ok } from "../../include/linux/netdevice.ts";
import type { PollTable } from "../../include/linux/poll.ts";
import {
  __skb_queue_purge,
  __skb_queue_tail,
  __skb_unlink,
  CHECKSUM_COMPLETE,
  CHECKSUM_NONE,
  CHECKSUM_PARTIAL,
  CHECKSUM_UNNECESSARY,
  type Page,
  pskb_may_pull,
  pskb_trim_rcsum,
  SKB_GSO_DODGY,
  SKB_GSO_UDP,
  type SkBuff,
  SkBuffHead,
  skb_csum_unnecessary,
  skb_peek,
  skb_queue_empty,
  skb_rtable,
  skb_transport_offset,
} from "../../include/linux/skbuff.ts";
import { CSUM_MANGLED_0 } from "../../include/net/checksum.ts";
import { dst_clone, dst_confirm } from "../../include/net/dst.ts";
import { Flowi } from "../../include/net/flow.ts";
import {
  type IpOptions,
  IS_UDPLITE,
  inet_rps_record_flow,
  inet_sk,
  kfree_ip_options,
  UDPLITE_RECV_CC,
  UDPLITE_SEND_CC,
  udp_sk,
} from "../../include/net/inet_sock.ts";
import {
  get_rttos,
  inet_is_reserved_local_port,
  inet_reset_saddr,
  ip_finish_skb,
  new_ipcm_cookie,
  type RtRef,
} from "../../include/net/ip.ts";
import {
  inet_iif,
  ip_rt_put,
  RTCF_BROADCAST,
  RTCF_MULTICAST,
  RTO_ONLINK,
  type Rtable,
} from "../../include/net/route.ts";
import {
  count,
  ICMP_MIB_INERRORS,
  IP_INC_STATS,
  IPSTATS_MIB_OUTNOROUTES,
  UDP_INC_STATS,
  UDP_MIB_INDATAGRAMS,
  UDP_MIB_INERRORS,
  UDP_MIB_NOPORTS,
  UDP_MIB_OUTDATAGRAMS,
  UDP_MIB_RCVBUFERRORS,
  UDP_MIB_SNDBUFERRORS,
} from "../../include/net/snmp.ts";
import {
  LIMIT_NETDEBUG,
  lock_sock,
  type OptOut,
  type Proto,
  RCV_SHUTDOWN,
  SOCK_BINDADDR_LOCK,
  SOCK_BINDPORT_LOCK,
  SOCK_BROADCAST,
  SOCK_LOCALROUTE,
  type Sock,
  sk_add_backlog,
  sk_dst_reset,
  sk_dst_set,
  sk_mem_reclaim_partial,
  sk_rcvqueues_full,
  sk_wmem_alloc_get,
  sock_flag,
  sock_hold,
  sock_net,
  sock_owned_by_user,
  sock_put,
  TCP_CLOSE,
  TCP_ESTABLISHED,
  UDP_CSUM_NOXMIT,
  type UserMem,
} from "../../include/net/sock.ts";
import {
  UDP_ENCAP_ESPINUDP,
  UDP_ENCAP_ESPINUDP_NON_IKE,
  UDP_ENCAP_L2TPINUDP,
  UDP_HTABLE_SIZE,
  udp_csum,
  udp_hashfn,
  udp_hdr,
  udp_lib_checksum_complete,
  udp_lib_close,
  udp_lib_hash,
} from "../../include/net/udp.ts";
import { udplite_checksum_init, udplite_csum, udplite_getfrag } from "../../include/net/udplite.ts";
import { XFRM_POLICY_IN, xfrm4_policy_check } from "../../include/net/xfrm.ts";
import { type Kernel, local_bh_disable, local_bh_enable, type Net } from "../../kernel.ts";
import { security_sk_classify_flow } from "../../security/security.ts";
import {
  __skb_recv_datagram,
  datagram_poll,
  type RecvOut,
  skb_copy_and_csum_datagram_iovec,
  skb_copy_datagram_iovec,
  skb_free_datagram_locked,
  skb_kill_datagram,
} from "../core/datagram.ts";
import {
  consume_skb,
  type Getfrag,
  kfree_skb,
  skb_checksum,
  skb_clone,
  skb_segment,
} from "../core/skbuff.ts";
import {
  release_sock,
  sk_dst_check,
  sock_i_uid,
  sock_no_sendpage,
  sock_prot_inuse_add,
  sock_queue_rcv_skb,
} from "../core/sock.ts";
import { sock_recv_ts_and_drops, sock_tx_timestamp } from "../socket.ts";
import { ip4_datagram_connect } from "./datagram.ts";
import { icmp_err_convert, icmp_send } from "./icmp.ts";
import { ip_mc_sf_allow } from "./igmp.ts";
import { inet_get_local_port_range } from "./inet_connection_sock.ts";
import {
  ip_append_data,
  ip_append_page,
  ip_flush_pending_frames,
  ip_generic_getfrag,
  ip_make_skb,
  ip_send_skb,
} from "./ip_output.ts";
import {
  ip_cmsg_recv,
  ip_cmsg_send,
  ip_getsockopt,
  ip_icmp_error,
  ip_recv_error,
  ip_setsockopt,
} from "./ip_sockglue.ts";
import { ip_route_output_flow } from "./route.ts";
import { xfrm4_udp_encap_rcv } from "./xfrm4_input.ts";

const FILE = "net/ipv4/udp.c";

/** Ports that share a chain of the hash. */
const PORTS_PER_CHAIN = 512;
const USHORT_MAX = 0xffff;

// linux/sockios.h, asm-generic/ioctls.h
const SIOCOUTQ = 0x5411;
const SIOCINQ = 0x541b;
// asm-generic/poll.h
const POLLIN = 0x0001;
const POLLRDNORM = 0x0040;

type SaddrComp = (k: Kernel, sk1: Sock, sk2: Sock) => boolean;

/** Chains of sockets by port; the newest first. */
export type UdpTable = Sock[][];

/** h.udp_table of the socket's protocol. */
function udp_table_of(k: Kernel, sk: Sock): UdpTable {
  return sk.sk_prot.family === "udplite" ? k.udplite_table : k.udp_table;
}

/**
 * Does another socket of this chain stand in the way? With a bitmap: mark every port that is taken. A socket stands
 * in the way unless address, device, SO_REUSEADDR on both or SO_REUSEPORT of one owner tell the two apart.
 */
export const udp_lib_lport_inuse = traced(
  FILE,
  "udp_lib_lport_inuse(net, num, hslot, bitmap, sk, saddr_comp)",
  (
    k: Kernel,
    net: Net,
    num: number,
    hslot: Sock[],
    bitmap: Uint8Array | null,
    sk: Sock,
    saddr_comp: SaddrComp,
  ): number => {
    const uid = sock_i_uid(k, sk);
    for (const sk2 of hslot) {
      if (
        sock_net(sk2) === net &&
        sk2 !== sk &&
        (bitmap !== null || sk2.sk_hash === num) &&
        (sk2.sk_reuse === 0 || sk.sk_reuse === 0) &&
        (sk2.sk_bound_dev_if === 0 ||
          sk.sk_bound_dev_if === 0 ||
          sk2.sk_bound_dev_if === sk.sk_bound_dev_if) &&
        (sk2.sk_reuseport === 0 || sk.sk_reuseport === 0 || uid !== sock_i_uid(k, sk2)) &&
        saddr_comp(k, sk, sk2)
      ) {
        if (bitmap === null) {
          return refuse(k, 1, "port is in use by another socket", { port: num });
        }
        bitmap[Math.floor(sk2.sk_hash / UDP_HTABLE_SIZE)] = 1;
      }
    }
    return 0;
  },
);

/**
 * Give the socket a port and a place in the hash. Port 0 asks for any: the search starts at a random port and visits
 * all ports of one chain, in random steps, before it goes on to the next chain.
 */
export const udp_lib_get_port = traced(
  FILE,
  "udp_lib_get_port(sk, snum, saddr_comp)",
  (k: Kernel, sk: Sock, snum: number, saddr_comp: SaddrComp): number => {
    const udptable = udp_table_of(k, sk);
    const net = sock_net(sk);
    let hslot: Sock[];
    let port = snum;
    if (port === 0) {
      const [low, high] = inet_get_local_port_range(k);
      const remaining = high - low + 1;
      const random = k.random.u32("udp port");
      let first = (Math.floor((random * remaining) / 0x100000000) + low) & 0xffff;
      // An odd multiple of the table's size: visits all ports of a chain before it comes round.
      const step = ((random | 1) * UDP_HTABLE_SIZE) & 0xffff;
      note(k, "port 0: search the local port range from a random port", {
        low,
        high,
        first,
      });
      const last = (first + UDP_HTABLE_SIZE) & 0xffff;
      let found: Sock[] | null = null;
      for (; first !== last; first = (first + 1) & 0xffff) {
        const chain = udptable[udp_hashfn(first)] as Sock[];
        const bitmap = new Uint8Array(PORTS_PER_CHAIN);
        local_bh_disable(k);
        udp_lib_lport_inuse(k, net, port, chain, bitmap, sk, saddr_comp);
        port = first;
        do {
          if (
            low <= port &&
            port <= high &&
            bitmap[Math.floor(port / UDP_HTABLE_SIZE)] === 0 &&
            !inet_is_reserved_local_port(k, port)
          ) {
            found = chain;
            break;
          }
          port = (port + step) & 0xffff;
        } while (port !== first);
        if (found !== null) break;
        local_bh_enable(k);
      }
      if (found === null) {
        return refuse(k, 1, "no free port: every port in the range is in use or reserved", { low, high });
      }
      hslot = found;
      note(k, "port is free", { port });
    } else {
      hslot = udptable[udp_hashfn(port)] as Sock[];
      local_bh_disable(k);
      if (udp_lib_lport_inuse(k, net, port, hslot, null, sk, saddr_comp) !== 0) {
        local_bh_enable(k);
        return 1;
      }
    }
    inet_sk(sk).num = port;
    sk.sk_hash = port;
    if (!sk.hashed) {
      sock_hold(sk);
      hslot.unshift(sk);
      sk.hashed = true;
      sock_prot_inuse_add(k, sock_net(sk), sk.sk_prot, 1);
    }
    local_bh_enable(k);
    return 0;
  },
);

/** Would a datagram find both sockets by address? A socket without one takes every address. */
export const ipv4_rcv_saddr_equal = traced(
  FILE,
  "ipv4_rcv_saddr_equal(sk1, sk2)",
  (_k: Kernel, sk1: Sock, sk2: Sock): boolean => {
    const a = inet_sk(sk1).rcv_saddr;
    const b = inet_sk(sk2).rcv_saddr;
    return a === 0 || b === 0 || a === b;
  },
);

/** Give an IPv4 socket a port, 0 for any: 1 where there is none. */
export const udp_v4_get_port = traced(
  FILE,
  "udp_v4_get_port(sk, snum)",
  (k: Kernel, sk: Sock, snum: number): number => udp_lib_get_port(k, sk, snum, ipv4_rcv_saddr_equal),
);

/** How well a socket fits a datagram: -1 not at all, else 2 and 4 more for each thing that it is bound to. */
function compute_score(
  sk: Sock,
  net: Net,
  saddr: number,
  hnum: number,
  sport: number,
  daddr: number,
  dif: number,
): number {
  if (sock_net(sk) !== net || sk.sk_hash !== hnum) return -1;
  const inet = inet_sk(sk);
  let score = sk.sk_family === AF_INET ? 2 : 1;
  if (inet.rcv_saddr !== 0) {
    if (inet.rcv_saddr !== daddr) return -1;
    score += 4;
  }
  if (inet.daddr !== 0) {
    if (inet.daddr !== saddr) return -1;
    score += 4;
  }
  if (inet.dport !== 0) {
    if (inet.dport !== sport) return -1;
    score += 4;
  }
  if (sk.sk_bound_dev_if !== 0) {
    if (sk.sk_bound_dev_if !== dif) return -1;
    score += 4;
  }
  return score;
}

/** Find the socket that a datagram is for: the best score wins, the newest among equals. Takes a reference. */
export const __udp4_lib_lookup = traced(
  FILE,
  "__udp4_lib_lookup(net, saddr, sport, daddr, dport, dif, udptable)",
  (
    k: Kernel,
    net: Net,
    saddr: number,
    sport: number,
    daddr: number,
    dport: number,
    dif: number,
    udptable: UdpTable,
  ): Sock | null => {
    let result: Sock | null = null;
    let badness = 0;
    let reuseport = 0;
    let matches = 0;
    let hash = 0;
    let favoured = false;
    for (const sk of udptable[udp_hashfn(dport)] as Sock[]) {
      const score = compute_score(sk, net, saddr, dport, sport, daddr, dif);
      if (score > badness) {
        result = sk;
        badness = score;
        favoured = sk === k.favoured_sk;
        reuseport = sk.sk_reuseport;
        if (reuseport !== 0) {
          // inet_ehashfn; the secret is made with the first TCP socket, and the namespace adds nothing.
          hash = jhash_3words(daddr, saddr, ((dport << 16) | sport) >>> 0, 0);
          matches = 1;
        }
      } else if (score === badness && reuseport !== 0) {
        matches++;
        favoured ||= sk === k.favoured_sk;
        if (hash * matches < 0x100000000) result = sk;
        hash = (Math.imul(hash, 1664525) + 1013904223) >>> 0;
      }
    }
    if (matches > 1 && favoured) result = k.favoured_sk;
    if (result === null) {
      note_no_match(k, udptable[udp_hashfn(dport)] as Sock[], daddr, dport, dif);
      return null;
    }
    if (matches > 1) note(k, "SO_REUSEPORT: chosen by hash among equal matches", { matches });
    note(k, "best matching socket", { daddr, dport, score: badness });
    sock_hold(result);
    return result;
  },
);

/** Say why no socket of the chain is for a datagram: one that has the port may be bound or connected to something else. */
function note_no_match(k: Kernel, hslot: Sock[], daddr: number, dport: number, dif: number): void {
  if (k.rec === null) return;
  const near = hslot.find((sk) => sk.sk_hash === dport);
  if (near === undefined) {
    note(k, "no socket is bound to this address and port", { daddr, dport });
    return;
  }
  const inet = inet_sk(near);
  if (inet.rcv_saddr !== 0 && inet.rcv_saddr !== daddr)
    note(k, "the socket with this port is bound to another address", { daddr, dport, bound: inet.rcv_saddr });
  else if (near.sk_bound_dev_if !== 0 && near.sk_bound_dev_if !== dif)
    note(k, "the socket with this port is bound to another device", {
      dport,
      bound_dev_if: near.sk_bound_dev_if,
      dif,
    });
  else
    note(k, "the socket with this port is connected to another peer", {
      dport,
      peer: inet.daddr,
      peer_port: inet.dport,
    });
}

/** The socket for a received packet. */
export const __udp4_lib_lookup_skb = inlined(
  FILE,
  "__udp4_lib_lookup_skb(skb, sport, dport, udptable)",
  (k: Kernel, skb: SkBuff, sport: number, dport: number, udptable: UdpTable): Sock | null => {
    const bytes = skb.head.bytes;
    const iph = skb.network_header;
    const net = dev_net((skb.dst as Rtable).dev as NetDevice);
    return __udp4_lib_lookup(
      k,
      net,
      get32(bytes, iph + IP_SADDR),
      sport,
      get32(bytes, iph + IP_DADDR),
      dport,
      inet_iif(skb),
      udptable,
    );
  },
);

/** The next socket of a chain, from `sk` on, that a multicast or broadcast datagram is for. */
export const udp_v4_mcast_next = inlined(
  FILE,
  "udp_v4_mcast_next(net, sk, loc_port, loc_addr, rmt_port, rmt_addr, dif)",
  (
    k: Kernel,
    net: Net,
    sk: Sock | null,
    loc_port: number,
    loc_addr: number,
    rmt_port: number,
    rmt_addr: number,
    dif: number,
  ): Sock | null => {
    if (sk === null) return null;
    const chain = udp_table_of(k, sk)[udp_hashfn(loc_port)] as Sock[];
    for (let i = chain.indexOf(sk); i < chain.length; i++) {
      const s = chain[i] as Sock;
      const inet = inet_sk(s);
      if (
        sock_net(s) !== net ||
        s.sk_hash !== loc_port ||
        (inet.daddr !== 0 && inet.daddr !== rmt_addr) ||
        (inet.dport !== rmt_port && inet.dport !== 0) ||
        (inet.rcv_saddr !== 0 && inet.rcv_saddr !== loc_addr) ||
        (s.sk_bound_dev_if !== 0 && s.sk_bound_dev_if !== dif)
      )
        continue;
      if (!ip_mc_sf_allow(k, s, loc_addr, rmt_addr, dif)) {
        note(k, "the socket has not joined this group, or filters this source out", { loc_addr, rmt_addr });
        continue;
      }
      return s;
    }
    return null;
  },
);

/** An ICMP error about a datagram of ours came in: find its socket, and tell it what deserves telling. */
export const __udp4_lib_err = traced(
  FILE,
  "__udp4_lib_err(skb, info, udptable)",
  (k: Kernel, skb: SkBuff, info: number, udptable: UdpTable): void => {
    const bytes = skb.head.bytes;
    const iph = skb.data;
    const uh = iph + ((bytes[iph + IP_VIHL] as number) & 0xf) * 4;
    const icmph = skb.transport_header;
    const type = bytes[icmph + ICMP_TYPE] as number;
    const code = bytes[icmph + ICMP_CODE] as number;
    const dev = skb.dev as NetDevice;
    const sk = __udp4_lib_lookup(
      k,
      dev_net(dev),
      get32(bytes, iph + IP_DADDR),
      get16(bytes, uh + UDP_DEST),
      get32(bytes, iph + IP_SADDR),
      get16(bytes, uh + UDP_SOURCE),
      dev.ifindex,
      udptable,
    );
    if (sk === null) {
      fate(k, "unreported", skb, "no socket matches the quoted datagram", undefined, {
        by: __udp4_lib_lookup,
      });
      count(k, ICMP_MIB_INERRORS);
      return;
    }
    tell_socket(k, sk, skb, type, code, uh, info);
    sock_put(k, sk);
  },
);

/** The part of __udp4_lib_err that maps an ICMP error to an errno and decides whether the socket hears it. */
function tell_socket(
  k: Kernel,
  sk: Sock,
  skb: SkBuff,
  type: number,
  code: number,
  uh: number,
  info: number,
): void {
  const inet = inet_sk(sk);
  let err = EHOSTUNREACH;
  let harderr = false;
  switch (type) {
    case ICMP_SOURCE_QUENCH:
      fate(k, "unreported", skb, "source quench: ignored", undefined, { sk });
      return;
    case ICMP_PARAMETERPROB:
      err = EPROTO;
      harderr = true;
      break;
    case ICMP_DEST_UNREACH:
      if (code === ICMP_FRAG_NEEDED) {
        if (inet.pmtudisc === IP_PMTUDISC_DONT) {
          fate(
            k,
            "unreported",
            skb,
            "fragmentation needed, but the socket is set to IP_PMTUDISC_DONT: not reported",
            undefined,
            { sk },
          );
          return;
        }
        err = EMSGSIZE;
        harderr = true;
        break;
      }
      if (code <= NR_ICMP_UNREACH) {
        const meaning = icmp_err_convert[code];
        harderr = meaning?.fatal ?? false;
        err = meaning?.errno ?? EHOSTUNREACH;
      }
      break;
    case ICMP_TIME_EXCEEDED:
      break;
  }
  if (inet.recverr === 0) {
    if (!harderr || sk.sk_state !== TCP_ESTABLISHED) {
      const text = harderr
        ? "unconnected socket without IP_RECVERR: not reported"
        : "soft error, and no IP_RECVERR: not reported";
      const facts = { errno: err, connected: sk.sk_state === TCP_ESTABLISHED, hard: harderr };
      fate(k, "unreported", skb, text, facts, { sk, errno: err });
      return;
    }
  } else {
    ip_icmp_error(k, sk, skb, err, get16(skb.head.bytes, uh + UDP_DEST), info, uh + UDP_HLEN);
  }
  const facts = { errno: err, error_queue: inet.recverr !== 0 };
  fate(k, "reported", skb, "pending error set: the next call on the socket returns it", facts, {
    sk,
    errno: err,
  });
  sk.sk_err = err;
  sk.sk_error_report(k, sk);
}

/** UDP's handler for ICMP errors. */
export const udp_err = traced(FILE, "udp_err(skb, info)", (k: Kernel, skb: SkBuff, info: number): void => {
  __udp4_lib_err(k, skb, info, k.udp_table);
});

/** Throw away what was corked. */
export const udp_flush_pending_frames = inlined(
  FILE,
  "udp_flush_pending_frames(sk)",
  (k: Kernel, sk: Sock): void => {
    const up = udp_sk(sk);
    if (up.pending !== 0) {
      const held = skb_peek(sk.sk_write_queue);
      if (held !== null) drop(k, held, "CORK_FLUSHED", "corked data is dropped", { len: up.len });
      up.len = 0;
      up.pending = 0;
      ip_flush_pending_frames(k, sk);
    }
  },
);

/** Prepare the checksum for a device that sums by itself: it needs the pseudo header's part, and where to put the rest. */
export const udp4_hwcsum = inlined(
  FILE,
  "udp4_hwcsum(skb, src, dst)",
  (k: Kernel, skb: SkBuff, src: number, dst: number): void => {
    const bytes = skb.head.bytes;
    const uh = udp_hdr(skb);
    const offset = skb_transport_offset(skb);
    const len = skb.len - offset;
    let frags = skb.head.frag_list;
    if (frags === null) {
      note(k, "checksum offload: only the pseudo-header is summed here (CHECKSUM_PARTIAL)");
      skb.csum_start = skb.transport_header;
      skb.csum_offset = UDP_CHECK;
      set16(bytes, uh + UDP_CHECK, ~csum_tcpudp_magic(src, dst, len, IPPROTO_UDP, 0) & 0xffff);
      return;
    }
    note(k, "more than one buffer: no checksum offload across buffers, sum in software");
    let csum = 0;
    let hlen = len;
    for (; frags !== null; frags = frags.next) {
      csum = csum_add(csum, frags.csum);
      hlen -= frags.len;
    }
    csum = skb_checksum(k, skb, offset, hlen, csum);
    skb.ip_summed = CHECKSUM_NONE;
    const check = csum_tcpudp_magic(src, dst, len, IPPROTO_UDP, csum);
    set16(bytes, uh + UDP_CHECK, check === 0 ? CSUM_MANGLED_0 : check);
  },
);

/** Write the UDP header and hand the datagram to IP. */
export const udp_send_skb = traced(
  FILE,
  "udp_send_skb(skb, daddr, dport)",
  (k: Kernel, skb: SkBuff, daddr: number, dport: number): number => {
    const sk = skb.sk as Sock;
    const inet = inet_sk(sk);
    const rt = skb.dst as Rtable;
    const is_udplite = IS_UDPLITE(sk);
    const len = skb.len - skb_transport_offset(skb);
    const bytes = skb.head.bytes;
    const uh = udp_hdr(skb);
    tell_made(k, skb, is_udplite ? "UDP-Lite" : "UDP", len - UDP_HLEN, rt, {
      saddr: rt.rt_src,
      sport: inet.sport,
      daddr,
      dport,
    });
    set16(bytes, uh + UDP_SOURCE, inet.sport);
    set16(bytes, uh + UDP_DEST, dport);
    set16(bytes, uh + UDP_LEN, len);
    set16(bytes, uh + UDP_CHECK, 0);

    if (!is_udplite && sk.sk_no_check === UDP_CSUM_NOXMIT) {
      note(k, "SO_NO_CHECK: no checksum, the field stays 0");
      skb.ip_summed = CHECKSUM_NONE;
    } else if (!is_udplite && skb.ip_summed === CHECKSUM_PARTIAL) {
      udp4_hwcsum(k, skb, rt.rt_src, daddr);
    } else {
      let csum: number;
      if (is_udplite) {
        csum = udplite_csum(k, skb);
      } else {
        note(k, "software checksum: data was summed on copy, add UDP header and pseudo-header");
        csum = udp_csum(k, skb);
      }
      const check = csum_tcpudp_magic(rt.rt_src, daddr, len, sk.sk_protocol, csum);
      if (check === 0) note(k, "checksum is 0, which would mean none: send 0xffff");
      set16(bytes, uh + UDP_CHECK, check === 0 ? CSUM_MANGLED_0 : check);
    }
    dump(k, "udp header", bytes, uh, uh + UDP_HLEN);

    const err = ip_send_skb(k, skb);
    if (err === 0) {
      UDP_INC_STATS(k, sock_net(sk), UDP_MIB_OUTDATAGRAMS, is_udplite);
      return 0;
    }
    if (err === -ENOBUFS && inet.recverr === 0) {
      note(k, "dropped by the qdisc: not reported without IP_RECVERR");
      UDP_INC_STATS(k, sock_net(sk), UDP_MIB_SNDBUFERRORS, is_udplite);
      return 0;
    }
    return err;
  },
);

/** Send what was corked as one datagram. */
export const udp_push_pending_frames = traced(
  FILE,
  "udp_push_pending_frames(sk)",
  (k: Kernel, sk: Sock): number => {
    const up = udp_sk(sk);
    const fl = inet_sk(sk).cork.fl;
    let err = 0;
    const skb = ip_finish_skb(k, sk);
    if (skb === null) note(k, "no pending datagram");
    else err = udp_send_skb(k, skb, fl.fl4_dst, fl.fl_ip_dport);
    up.len = 0;
    up.pending = 0;
    return err;
  },
);

/** Send one datagram, or hold it back: find its route, build it, hand it to IP. */
export const udp_sendmsg = traced(
  FILE,
  "udp_sendmsg(sk, msg, len)",
  (k: Kernel, sk: Sock, msg: Msghdr, len: number): number => {
    const inet = inet_sk(sk);
    const up = udp_sk(sk);
    const net = sock_net(sk);
    const is_udplite = IS_UDPLITE(sk);
    const corkreq = up.corkflag !== 0 || (msg.msg_flags & MSG_MORE) !== 0;
    let ulen = len;
    let rt: Rtable | null = null;
    let free: IpOptions | null = null;
    let err = 0;

    if (len > 0xffff) {
      return refuse(k, -EMSGSIZE, "larger than the largest UDP datagram", { len });
    }
    if ((msg.msg_flags & MSG_OOB) !== 0) {
      return refuse(k, -EOPNOTSUPP, "MSG_OOB is not supported");
    }
    const ipc = new_ipcm_cookie();
    const getfrag: Getfrag = is_udplite ? udplite_getfrag : ip_generic_getfrag;

    let append = false;
    if (up.pending !== 0) {
      lock_sock(k, sk);
      if (up.pending !== 0) {
        if (up.pending !== AF_INET) {
          note(k, "pending datagram is of another address family", { pending: up.pending });
          release_sock(k, sk);
          return -EINVAL;
        }
        note(k, "already corked: append to the pending datagram, the address is ignored");
        append = true;
      } else {
        release_sock(k, sk);
      }
    }

    if (!append) {
      ulen += UDP_HLEN;

      let daddr: number;
      let dport: number;
      let connected = false;
      const name = msg.msg_name;
      if (name !== null) {
        if (msg.msg_namelen < 16) {
          return refuse(k, -EINVAL, "address shorter than struct sockaddr_in", {
            msg_namelen: msg.msg_namelen,
          });
        }
        const sin_family = (name[0] as number) | ((name[1] as number) << 8);
        if (sin_family !== AF_INET) {
          if (sin_family !== AF_UNSPEC) {
            return refuse(k, -EAFNOSUPPORT, "sin_family is neither AF_INET nor AF_UNSPEC", { sin_family });
          }
          note(k, "AF_UNSPEC: treated as AF_INET", { sin_family });
        }
        dport = get16(name, 2);
        daddr = get32(name, 4);
        if (dport === 0) {
          return refuse(k, -EINVAL, "destination port is 0");
        }
      } else {
        if (sk.sk_state !== TCP_ESTABLISHED) {
          return refuse(k, -EDESTADDRREQ, "no destination address, and the socket is not connected");
        }
        daddr = inet.daddr;
        dport = inet.dport;
        note(k, "connected: use the socket's peer address and cached route", { daddr, dport });
        connected = true;
      }
      ipc.addr = inet.saddr;
      ipc.oif = sk.sk_bound_dev_if;
      err = sock_tx_timestamp(k, msg, sk, ipc);
      if (err !== 0) return err;
      if (msg.msg_controllen !== 0) {
        err = ip_cmsg_send(k, net, msg, ipc);
        if (err !== 0) return err;
        free = ipc.opt;
        note(k, "control messages may override the socket's settings: look up a new route");
        connected = false;
      }
      if (ipc.opt === null && inet.opt !== null) {
        note(k, "add the socket's IP options", { optlen: inet.opt.optlen });
        ipc.opt = { ...inet.opt, __data: inet.opt.__data.slice() };
      }

      let saddr = ipc.addr;
      let faddr = daddr;
      ipc.addr = daddr;
      if (ipc.opt !== null && ipc.opt.srr !== 0) {
        if (daddr === 0) {
          return refuse(k, -EINVAL, "source route, but the destination is 0.0.0.0");
        }
        faddr = ipc.opt.faddr;
        note(k, "source route: send to the first hop, the final destination is in the options", {
          daddr,
          faddr,
        });
        connected = false;
      }
      let tos = get_rttos(ipc, inet);
      if (
        sock_flag(sk, SOCK_LOCALROUTE) ||
        (msg.msg_flags & MSG_DONTROUTE) !== 0 ||
        (ipc.opt !== null && ipc.opt.is_strictroute !== 0)
      ) {
        note(k, "on-link destinations only, no gateway (RTO_ONLINK)");
        tos |= RTO_ONLINK;
        connected = false;
      }
      if (ipv4_is_multicast(daddr)) {
        note(k, "multicast: device and source address default to IP_MULTICAST_IF", {
          mc_index: inet.mc_index,
          mc_addr: inet.mc_addr,
        });
        if (ipc.oif === 0) ipc.oif = inet.mc_index;
        if (saddr === 0) saddr = inet.mc_addr;
        connected = false;
      }

      if (connected) {
        rt = sk_dst_check(k, sk, 0) as Rtable | null;
        if (rt !== null) note(k, "the socket's cached route is still valid");
      }
      if (rt === null) {
        const fl = new Flowi();
        fl.oif = ipc.oif;
        fl.mark = sk.sk_mark;
        fl.fl4_dst = faddr;
        fl.fl4_src = saddr;
        fl.fl4_tos = tos;
        fl.proto = sk.sk_protocol;
        fl.flags = inet_sk_flowi_flags(sk);
        fl.fl_ip_sport = inet.sport;
        fl.fl_ip_dport = dport;
        security_sk_classify_flow(k, sk, fl);
        const found = ip_route_output_flow(k, net, fl, sk, 1);
        if (typeof found === "number") {
          err = found;
          if (err === -ENETUNREACH) IP_INC_STATS(k, net, IPSTATS_MIB_OUTNOROUTES);
          return sendmsg_out(k, sk, rt, free, err, len);
        }
        rt = found;
        if ((rt.rt_flags & RTCF_BROADCAST) !== 0 && !sock_flag(sk, SOCK_BROADCAST)) {
          err = refuse(k, -EACCES, "broadcast destination, but SO_BROADCAST is not set", { daddr });
          return sendmsg_out(k, sk, rt, free, err, len);
        }
        if (connected) {
          note(k, "the socket's cached route was stale: cache the new one");
          sk_dst_set(k, sk, dst_clone(rt));
        }
      }

      if ((msg.msg_flags & MSG_CONFIRM) !== 0) {
        dst_confirm(k, rt);
        if ((msg.msg_flags & MSG_PROBE) !== 0 && len === 0) {
          fate(k, "unmade", null, "MSG_PROBE without data: confirm the neighbour, send nothing");
          err = 0;
          return sendmsg_out(k, sk, rt, free, err, len);
        }
      }
      saddr = rt.rt_src;
      if (ipc.addr === 0) {
        note(k, "destination 0.0.0.0: use the route's destination", { daddr: rt.rt_dst });
        daddr = rt.rt_dst;
        ipc.addr = daddr;
      }

      if (!corkreq) {
        note(k, "not corked: build and send without the socket lock");
        const rtp: RtRef = { rt };
        const skb = ip_make_skb(k, sk, getfrag, msg.msg_iov, ulen, UDP_HLEN, ipc, rtp, msg.msg_flags);
        rt = rtp.rt;
        if (typeof skb === "number") err = skb;
        else if (skb !== null) err = udp_send_skb(k, skb, daddr, dport);
        else err = 0;
        return sendmsg_out(k, sk, rt, free, err, len);
      }

      note(k, "MSG_MORE or UDP_CORK: hold the data back");
      lock_sock(k, sk);
      if (up.pending !== 0) {
        release_sock(k, sk);
        LIMIT_NETDEBUG(k, "udp cork app bug 2");
        err = refuse(k, -EINVAL, "another thread has corked the socket in the meantime");
        return sendmsg_out(k, sk, rt, free, err, len);
      }
      inet.cork.fl.fl4_dst = daddr;
      inet.cork.fl.fl_ip_dport = dport;
      inet.cork.fl.fl4_src = saddr;
      inet.cork.fl.fl_ip_sport = inet.sport;
      up.pending = AF_INET;
    }

    up.len = (up.len + ulen) & 0xffff;
    const flags = corkreq ? msg.msg_flags | MSG_MORE : msg.msg_flags;
    const steals = (flags & MSG_PROBE) === 0 && skb_queue_empty(sk.sk_write_queue);
    err = ip_append_data(k, sk, getfrag, msg.msg_iov, ulen, UDP_HLEN, ipc, rt, flags);
    if (steals) rt = null;
    if (err !== 0) {
      udp_flush_pending_frames(k, sk);
    } else if (!corkreq) {
      note(k, "no more data: send the pending datagram", { len: up.len });
      err = udp_push_pending_frames(k, sk);
    } else if (skb_queue_empty(sk.sk_write_queue)) {
      note(k, "write queue is empty: no pending datagram");
      up.pending = 0;
    } else tell_held(k, sk);
    release_sock(k, sk);
    return sendmsg_out(k, sk, rt, free, err, len);
  },
);

/** The datagram on the write queue stays there for more. */
function tell_held(k: Kernel, sk: Sock): void {
  const skb = skb_peek(sk.sk_write_queue);
  if (skb === null || k.rec === null) return;
  const { fl } = inet_sk(sk).cork;
  const facts = {
    protocol: IS_UDPLITE(sk) ? "UDP-Lite" : "UDP",
    bytes: udp_sk(sk).len - UDP_HLEN,
    saddr: fl.fl4_src,
    sport: fl.fl_ip_sport,
    daddr: fl.fl4_dst,
    dport: fl.fl_ip_dport,
    corked: udp_sk(sk).corkflag !== 0,
  };
  fate(k, "held", skb, "", facts, { sk });
}

/** Where every way through udp_sendmsg ends that may hold a route: let go of it and of `free`, count what had no room. */
function sendmsg_out(
  k: Kernel,
  sk: Sock,
  rt: Rtable | null,
  free: IpOptions | null,
  err: number,
  len: number,
): number {
  ip_rt_put(k, rt);
  if (free !== null) kfree_ip_options(k, free);
  if (err === 0) return len;
  const sock = sk.sk_socket;
  if (err === -ENOBUFS || (sock !== null && (sock.flags & (1 << SOCK_NOSPACE)) !== 0)) {
    note(k, "no memory, or the send buffer is full: counted in SndbufErrors", { errno: -err });
    UDP_INC_STATS(k, sock_net(sk), UDP_MIB_SNDBUFERRORS, IS_UDPLITE(sk));
  }
  return err;
}

/** inet_sk_flowi_flags: a transparent socket may use any source address. */
function inet_sk_flowi_flags(sk: Sock): number {
  return inet_sk(sk).transparent !== 0 ? 1 : 0;
}

/** Append a page to a datagram that is held back: what splice(2) does. */
export const udp_sendpage = traced(
  FILE,
  "udp_sendpage(sk, page, offset, size, flags)",
  (k: Kernel, sk: Sock, page: Page, offset: number, size: number, flags: number): number => {
    const up = udp_sk(sk);
    if (up.pending === 0) {
      note(k, "no pending datagram: cork one with an empty send (the socket must be connected)");
      const msg = new Msghdr();
      msg.msg_flags = flags | MSG_MORE;
      const ret = udp_sendmsg(k, sk, msg, 0);
      if (ret < 0) return ret;
    }
    lock_sock(k, sk);
    if (up.pending === 0) {
      release_sock(k, sk);
      LIMIT_NETDEBUG(k, "udp cork app bug 3");
      return refuse(k, -EINVAL, "still no pending datagram after the empty send");
    }
    let ret = ip_append_page(k, sk, page, offset, size, flags);
    if (ret === -EOPNOTSUPP) {
      note(k, "no scatter-gather on the device: copy the data");
      release_sock(k, sk);
      return sock_no_sendpage(k, sk.sk_socket as Socket, page, offset, size, flags);
    }
    if (ret < 0) {
      udp_flush_pending_frames(k, sk);
    } else {
      up.len = (up.len + size) & 0xffff;
      if (up.corkflag === 0 && (flags & MSG_MORE) === 0) ret = udp_push_pending_frames(k, sk);
      else tell_held(k, sk);
      if (ret === 0) ret = size;
    }
    release_sock(k, sk);
    return ret;
  },
);

/** Length of the first datagram with a good checksum, its header included; bad ones before it are dropped. */
export const first_packet_length = traced(FILE, "first_packet_length(sk)", (k: Kernel, sk: Sock): number => {
  const list_kill = new SkBuffHead();
  const rcvq = sk.sk_receive_queue;
  local_bh_disable(k);
  let skb = skb_peek(rcvq);
  while (skb !== null && udp_lib_checksum_complete(k, skb) !== 0) {
    drop(k, skb, "UDP_CSUM", "bad checksum", { len: skb.len });
    UDP_INC_STATS(k, sock_net(sk), UDP_MIB_INERRORS, IS_UDPLITE(sk));
    __skb_unlink(skb, rcvq);
    __skb_queue_tail(list_kill, skb);
    skb = skb_peek(rcvq);
  }
  const res = skb !== null ? skb.len : 0;
  local_bh_enable(k);
  if (!skb_queue_empty(list_kill)) {
    lock_sock(k, sk);
    __skb_queue_purge(k, list_kill);
    sk_mem_reclaim_partial(k, sk);
    release_sock(k, sk);
  }
  return res;
});

/** SIOCOUTQ and SIOCINQ: bytes that wait to be sent, bytes that the next receive would give. */
export const udp_ioctl = traced(
  FILE,
  "udp_ioctl(sk, cmd, arg)",
  (k: Kernel, sk: Sock, cmd: number, arg: IoctlArg): number => {
    switch (cmd) {
      case SIOCOUTQ:
        arg.value = sk_wmem_alloc_get(sk);
        return 0;
      case SIOCINQ: {
        const amount = first_packet_length(k, sk);
        arg.value = amount !== 0 ? amount - UDP_HLEN : 0;
        return 0;
      }
      default:
        return refuse(k, -ENOIOCTLCMD, "no such ioctl in UDP", { cmd });
    }
  },
);

/** Receive a datagram: take it off the queue, check its sum while copying. */
export const udp_recvmsg = traced(
  FILE,
  "udp_recvmsg(sk, msg, len, noblock, flags)",
  (k: Kernel, sk: Sock, msg: Msghdr, len: number, noblock: number, flags: number): number => {
    const is_udplite = IS_UDPLITE(sk);
    if ((flags & MSG_ERRQUEUE) !== 0) {
      note(k, "MSG_ERRQUEUE: read from the error queue");
      return ip_recv_error(k, sk, msg, len);
    }
    for (;;) {
      const got: RecvOut = { err: 0, peeked: 0 };
      const skb = __skb_recv_datagram(k, sk, flags | (noblock !== 0 ? MSG_DONTWAIT : 0), got);
      if (skb === null) return got.err;

      const ulen = skb.len - UDP_HLEN;
      let copied = len;
      if (copied > ulen) {
        copied = ulen;
      } else if (copied < ulen) {
        if ((flags & MSG_PEEK) !== 0)
          note(k, "buffer too small: datagram truncated (MSG_PEEK: it stays queued)", { len, ulen });
        else note(k, "buffer too small: datagram truncated, the rest is lost", { len, ulen });
        msg.msg_flags |= MSG_TRUNC;
      }

      let err = 0;
      let bad = false;
      if (copied < ulen || skb.udp_partial_cov !== 0) {
        // Not all of it will be copied, or not all of it is covered: the sum cannot be made on the way.
        bad = udp_lib_checksum_complete(k, skb) !== 0;
      }
      if (!bad) {
        if (skb_csum_unnecessary(skb)) {
          err = skb_copy_datagram_iovec(k, skb, UDP_HLEN, msg.msg_iov, copied);
        } else {
          err = skb_copy_and_csum_datagram_iovec(k, skb, UDP_HLEN, msg.msg_iov);
          bad = err === -EINVAL;
        }
      }
      if (bad) {
        drop(k, skb, "UDP_CSUM", "bad checksum: dropped, try the next datagram");
        lock_sock(k, sk);
        if (skb_kill_datagram(k, sk, skb, flags) === 0)
          UDP_INC_STATS(k, sock_net(sk), UDP_MIB_INERRORS, is_udplite);
        release_sock(k, sk);
        continue;
      }

      if (err === 0) {
        if (got.peeked === 0) UDP_INC_STATS(k, sock_net(sk), UDP_MIB_INDATAGRAMS, is_udplite);
        sock_recv_ts_and_drops(k, msg, sk, skb);
        const sin = msg.msg_name;
        if (sin !== null) {
          sin.fill(0, 0, 16);
          sin[0] = AF_INET;
          set16(sin, 2, get16(skb.head.bytes, udp_hdr(skb) + UDP_SOURCE));
          set32(sin, 4, get32(skb.head.bytes, skb.network_header + IP_SADDR));
          msg.msg_namelen = 16;
        }
        if (inet_sk(sk).cmsg_flags !== 0) ip_cmsg_recv(k, msg, skb);
        err = (flags & MSG_TRUNC) !== 0 ? ulen : copied;
      }
      skb_free_datagram_locked(k, sk, skb);
      return err;
    }
  },
);

/** Undo a connect, and what the connect settled by itself. */
export const udp_disconnect = traced(
  FILE,
  "udp_disconnect(sk, flags)",
  (k: Kernel, sk: Sock, _flags: number): number => {
    const inet = inet_sk(sk);
    sk.sk_state = TCP_CLOSE;
    inet.daddr = 0;
    inet.dport = 0;
    inet.rxhash = 0;
    sk.sk_bound_dev_if = 0;
    if ((sk.sk_userlocks & SOCK_BINDADDR_LOCK) === 0) {
      note(k, "source address was not bound explicitly: cleared");
      inet_reset_saddr(sk);
    }
    if ((sk.sk_userlocks & SOCK_BINDPORT_LOCK) === 0) {
      note(k, "port was not bound explicitly: released");
      sk.sk_prot.unhash?.(k, sk);
      inet.sport = 0;
    }
    sk_dst_reset(k, sk);
    return 0;
  },
);

/** Take the socket out of the port hash. */
export const udp_lib_unhash = traced(FILE, "udp_lib_unhash(sk)", (k: Kernel, sk: Sock): void => {
  if (!sk.hashed) return;
  const hslot = udp_table_of(k, sk)[udp_hashfn(sk.sk_hash)] as Sock[];
  local_bh_disable(k);
  const i = hslot.indexOf(sk);
  if (i >= 0) {
    hslot.splice(i, 1);
    sk.hashed = false;
    sk.sk_refcnt--;
    inet_sk(sk).num = 0;
    sock_prot_inuse_add(k, sock_net(sk), sk.sk_prot, -1);
  }
  local_bh_enable(k);
});

/** Put a datagram into the receive queue. */
export const __udp_queue_rcv_skb = traced(
  FILE,
  "__udp_queue_rcv_skb(sk, skb)",
  (k: Kernel, sk: Sock, skb: SkBuff): number => {
    if (inet_sk(sk).daddr !== 0) inet_sk(sk).rxhash = skb.rxhash;
    const rc = sock_queue_rcv_skb(k, sk, skb);
    if (rc < 0) {
      const is_udplite = IS_UDPLITE(sk);
      if (rc === -ENOMEM) UDP_INC_STATS(k, sock_net(sk), UDP_MIB_RCVBUFERRORS, is_udplite);
      UDP_INC_STATS(k, sock_net(sk), UDP_MIB_INERRORS, is_udplite);
      kfree_skb(k, skb);
      return -1;
    }
    fate(k, "queued", skb, "", { bytes: skb.len - UDP_HLEN }, { sk, by: __udp4_lib_lookup });
    return 0;
  },
);

/** udp_queue_rcv_skb gives up. */
function drop_queued(k: Kernel, sk: Sock, skb: SkBuff): number {
  UDP_INC_STATS(k, sock_net(sk), UDP_MIB_INERRORS, IS_UDPLITE(sk));
  kfree_skb(k, skb);
  return -1;
}

/** A datagram for this socket: 0 queued, -1 dropped, more: another protocol is to take it (encapsulation). */
export const udp_queue_rcv_skb = traced(
  FILE,
  "udp_queue_rcv_skb(sk, skb)",
  (k: Kernel, sk: Sock, skb: SkBuff): number => {
    const up = udp_sk(sk);
    const is_udplite = IS_UDPLITE(sk);
    if (!xfrm4_policy_check(k, sk, XFRM_POLICY_IN, skb)) {
      drop(k, skb, "XFRM_POLICY", "blocked by IPsec policy");
      return drop_queued(k, sk, skb);
    }
    if (up.encap_type !== 0 && skb.len > UDP_HLEN && up.encap_rcv !== null) {
      const ret = up.encap_rcv(k, sk, skb);
      if (ret <= 0) {
        UDP_INC_STATS(k, sock_net(sk), UDP_MIB_INDATAGRAMS, is_udplite);
        return -ret | 0;
      }
    }
    if ((up.pcflag & UDPLITE_RECV_CC) !== 0 && skb.udp_partial_cov !== 0) {
      if (up.pcrlen === 0) {
        drop(k, skb, "UDP_CSUM", "partial checksum coverage, but the socket requires full coverage", {
          cscov: skb.udp_cscov,
          len: skb.len,
        });
        LIMIT_NETDEBUG(
          k,
          `UDPLITE: partial coverage ${skb.udp_cscov} while full coverage ${skb.len} requested`,
        );
        return drop_queued(k, sk, skb);
      }
      if (skb.udp_cscov < up.pcrlen) {
        drop(k, skb, "UDP_CSUM", "checksum coverage is below UDPLITE_RECV_CSCOV", {
          cscov: skb.udp_cscov,
          pcrlen: up.pcrlen,
        });
        LIMIT_NETDEBUG(k, `UDPLITE: coverage ${skb.udp_cscov} too small, need min ${up.pcrlen}`);
        return drop_queued(k, sk, skb);
      }
    }
    if (sk.sk_filter !== null && udp_lib_checksum_complete(k, skb) !== 0) {
      drop(k, skb, "UDP_CSUM", "bad checksum, verified before the socket filter runs");
      return drop_queued(k, sk, skb);
    }
    if (sk_rcvqueues_full(sk, skb, sk.sk_rcvbuf)) {
      drop(k, skb, "SOCKET_RCVBUFF", "the receive buffer is full", {
        truesize: skb.truesize,
        sk_rmem_alloc: sk.sk_rmem_alloc,
        backlog: sk.sk_backlog_len,
        sk_rcvbuf: sk.sk_rcvbuf,
      });
      return drop_queued(k, sk, skb);
    }
    if (!sock_owned_by_user(sk)) return __udp_queue_rcv_skb(k, sk, skb);
    if (sk_add_backlog(sk, skb, sk.sk_rcvbuf) !== 0) {
      drop(k, skb, "SOCKET_BACKLOG", "the socket is locked by a process, and its backlog is full", {
        backlog: sk.sk_backlog_len,
        sk_rcvbuf: sk.sk_rcvbuf,
      });
      return drop_queued(k, sk, skb);
    }
    fate(k, "waiting", skb, "waits in the socket's backlog: the socket is locked by a process", undefined, {
      sk,
      reason: "SOCKET_BACKLOG",
    });
    return 0;
  },
);

/** A multicast or broadcast datagram: every socket that wants it gets a clone, the last one the datagram itself. */
export const __udp4_lib_mcast_deliver = inlined(
  FILE,
  "__udp4_lib_mcast_deliver(net, skb, uh, saddr, daddr, udptable)",
  (
    k: Kernel,
    net: Net,
    skb: SkBuff,
    uh: number,
    saddr: number,
    daddr: number,
    udptable: UdpTable,
  ): number => {
    const dest = get16(skb.head.bytes, uh + UDP_DEST);
    const source = get16(skb.head.bytes, uh + UDP_SOURCE);
    const hslot = udptable[udp_hashfn(dest)] as Sock[];
    const dif = (skb.dev as NetDevice).ifindex;
    let sk = udp_v4_mcast_next(k, net, hslot[0] ?? null, dest, daddr, source, saddr, dif);
    if (sk === null) {
      drop(k, skb, "NO_SOCKET", "no socket for this multicast or broadcast datagram: no ICMP error", {
        daddr,
        dport: dest,
      });
      consume_skb(k, skb);
      return 0;
    }
    while (sk !== null) {
      const after: Sock | null = hslot[hslot.indexOf(sk) + 1] ?? null;
      const sknext: Sock | null = udp_v4_mcast_next(k, net, after, dest, daddr, source, saddr, dif);
      const skb1: SkBuff | null = sknext !== null ? skb_clone(k, skb) : skb;
      if (skb1 !== null) {
        const ret = udp_queue_rcv_skb(k, sk, skb1);
        if (ret > 0) kfree_skb(k, skb1);
      }
      sk = sknext;
    }
    return 0;
  },
);

/** How much of the datagram's checksum is still to be verified? 1 where it is not acceptable at all. */
export const udp4_csum_init = inlined(
  FILE,
  "udp4_csum_init(skb, uh, proto)",
  (k: Kernel, skb: SkBuff, uh: number, proto: number): number => {
    skb.udp_partial_cov = 0;
    skb.udp_cscov = skb.len & 0xffff;
    if (proto === IPPROTO_UDPLITE) {
      const err = udplite_checksum_init(k, skb, uh);
      if (err !== 0) return err;
    }
    const bytes = skb.head.bytes;
    const saddr = get32(bytes, skb.network_header + IP_SADDR);
    const daddr = get32(bytes, skb.network_header + IP_DADDR);
    if (get16(bytes, uh + UDP_CHECK) === 0) {
      note(k, "checksum is 0: nothing to verify");
      skb.ip_summed = CHECKSUM_UNNECESSARY;
    } else if (skb.ip_summed === CHECKSUM_COMPLETE) {
      if (csum_tcpudp_magic(saddr, daddr, skb.len, proto, skb.csum) === 0)
        skb.ip_summed = CHECKSUM_UNNECESSARY;
    }
    if (skb_csum_unnecessary(skb)) {
      note(k, "checksum need not be verified", { ip_summed: skb.ip_summed });
    } else {
      note(k, "checksum verification deferred until the data is copied");
      skb.csum = csum_tcpudp_nofold(saddr, daddr, skb.len, proto, 0);
    }
    return 0;
  },
);

/** __udp4_lib_rcv gives up. */
function drop_received(k: Kernel, net: Net, skb: SkBuff, is_udplite: boolean): number {
  UDP_INC_STATS(k, net, UDP_MIB_INERRORS, is_udplite);
  kfree_skb(k, skb);
  return 0;
}

/** __udp4_lib_rcv: the checksum is wrong. Nobody is told (RFC 1122, 4.1.3.4). */
function drop_bad_sum(k: Kernel, net: Net, skb: SkBuff, is_udplite: boolean): number {
  drop(k, skb, "UDP_CSUM", "bad checksum: dropped silently");
  const bytes = skb.head.bytes;
  const [iph, uh] = [skb.network_header, udp_hdr(skb)];
  const from = `${formatIpv4(get32(bytes, iph + IP_SADDR))}:${get16(bytes, uh + UDP_SOURCE)}`;
  const to = `${formatIpv4(get32(bytes, iph + IP_DADDR))}:${get16(bytes, uh + UDP_DEST)}`;
  const ulen = get16(bytes, uh + UDP_LEN);
  LIMIT_NETDEBUG(k, `UDP${is_udplite ? "-Lite" : ""}: bad checksum. From ${from} to ${to} ulen ${ulen}`);
  return drop_received(k, net, skb, is_udplite);
}

/** A datagram came in: verify what can be verified now, find its socket; where there is none, say so by ICMP. */
export const __udp4_lib_rcv = traced(
  FILE,
  "__udp4_lib_rcv(skb, udptable, proto)",
  (k: Kernel, skb: SkBuff, udptable: UdpTable, proto: number): number => {
    const rt = skb_rtable(skb) as Rtable;
    const net = dev_net(skb.dev as NetDevice);
    const is_udplite = proto === IPPROTO_UDPLITE;
    const lite = is_udplite ? "-Lite" : "";

    if (!pskb_may_pull(k, skb, UDP_HLEN)) {
      drop(k, skb, "PKT_TOO_SMALL", "too short for a UDP header", { len: skb.len });
      return drop_received(k, net, skb, is_udplite);
    }
    let uh = udp_hdr(skb);
    const ulen = get16(skb.head.bytes, uh + UDP_LEN);
    const sport = get16(skb.head.bytes, uh + UDP_SOURCE);
    const dport = get16(skb.head.bytes, uh + UDP_DEST);
    const saddr = get32(skb.head.bytes, skb.network_header + IP_SADDR);
    const daddr = get32(skb.head.bytes, skb.network_header + IP_DADDR);

    let short = ulen > skb.len;
    if (!short && proto === IPPROTO_UDP) {
      short = ulen < UDP_HLEN || pskb_trim_rcsum(k, skb, ulen) !== 0;
      uh = udp_hdr(skb);
    }
    if (short) {
      drop(k, skb, "PKT_TOO_SMALL", "bad length in the UDP header", {
        ulen,
        len: skb.len,
      });
      LIMIT_NETDEBUG(
        k,
        `UDP${lite}: short packet: From ${formatIpv4(saddr)}:${sport} ${ulen}/${skb.len} to ${formatIpv4(daddr)}:${dport}`,
      );
      return drop_received(k, net, skb, is_udplite);
    }

    if (udp4_csum_init(k, skb, uh, proto) !== 0) return drop_bad_sum(k, net, skb, is_udplite);

    if ((rt.rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)) !== 0) {
      note(k, "multicast or broadcast: deliver to every matching socket", { daddr });
      return __udp4_lib_mcast_deliver(k, net, skb, uh, saddr, daddr, udptable);
    }

    const sk = __udp4_lib_lookup_skb(k, skb, sport, dport, udptable);
    if (sk !== null) {
      const ret = udp_queue_rcv_skb(k, sk, skb);
      sock_put(k, sk);
      return ret > 0 ? -ret : 0;
    }

    if (!xfrm4_policy_check(k, null, XFRM_POLICY_IN, skb)) {
      drop(k, skb, "XFRM_POLICY", "blocked by IPsec policy");
      return drop_received(k, net, skb, is_udplite);
    }
    if (udp_lib_checksum_complete(k, skb) !== 0) return drop_bad_sum(k, net, skb, is_udplite);

    const unheard = { saddr, daddr, dport };
    fate(k, "dropped", skb, "no socket: send ICMP port unreachable", unheard, {
      reason: "NO_SOCKET",
      by: __udp4_lib_lookup,
    });
    UDP_INC_STATS(k, net, UDP_MIB_NOPORTS, is_udplite);
    icmp_send(k, skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
    kfree_skb(k, skb);
    return 0;
  },
);

/** UDP's handler for what ip_local_deliver gives. */
export const udp_rcv = traced(FILE, "udp_rcv(skb)", (k: Kernel, skb: SkBuff): number => {
  return __udp4_lib_rcv(k, skb, k.udp_table, IPPROTO_UDP);
});

/** The socket goes: what was corked goes with it. */
export const udp_destroy_sock = traced(FILE, "udp_destroy_sock(sk)", (k: Kernel, sk: Sock): void => {
  lock_sock(k, sk);
  udp_flush_pending_frames(k, sk);
  release_sock(k, sk);
});

/** Options of level SOL_UDP and SOL_UDPLITE. */
export const udp_lib_setsockopt = traced(
  FILE,
  "udp_lib_setsockopt(sk, level, optname, optval, optlen, push_pending_frames)",
  (
    k: Kernel,
    sk: Sock,
    _level: number,
    optname: number,
    optval: UserMem | null,
    optlen: number,
    push_pending_frames: (k: Kernel, sk: Sock) => number,
  ): number => {
    const up = udp_sk(sk);
    const is_udplite = IS_UDPLITE(sk);
    if (optlen < 4) {
      return refuse(k, -EINVAL, "value shorter than an int", { optlen });
    }
    const bytes = new Uint8Array(4);
    if (copyFromUser(bytes, 0, optval, 0, 4) !== 0) {
      return refuse(k, -EFAULT, "the option's value cannot be read from user space");
    }
    const val = get32le(bytes, 0);

    switch (optname) {
      case UDP_CORK:
        if (val !== 0) {
          note(k, "corked: data is held back from now on");
          up.corkflag = 1;
        } else {
          note(k, "uncorked: send the pending datagram");
          up.corkflag = 0;
          lock_sock(k, sk);
          push_pending_frames(k, sk);
          release_sock(k, sk);
        }
        return 0;
      case UDP_ENCAP:
        switch (val) {
          case 0:
          case UDP_ENCAP_ESPINUDP:
          case UDP_ENCAP_ESPINUDP_NON_IKE:
            up.encap_rcv = xfrm4_udp_encap_rcv;
            up.encap_type = val;
            return 0;
          case UDP_ENCAP_L2TPINUDP:
            up.encap_type = val;
            return 0;
          default:
            return refuse(k, -ENOPROTOOPT, "unknown UDP_ENCAP type", { val });
        }
      case UDPLITE_SEND_CSCOV:
      case UDPLITE_RECV_CSCOV: {
        if (!is_udplite) {
          return refuse(k, -ENOPROTOOPT, "not UDP-Lite: no checksum coverage options");
        }
        let cov = val;
        if (cov !== 0 && cov < 8) {
          note(k, "checksum coverage is below the header: raised to 8", { val });
          cov = 8;
        } else if (cov > USHORT_MAX) {
          cov = USHORT_MAX;
        }
        if (optname === UDPLITE_SEND_CSCOV) {
          up.pcslen = cov;
          up.pcflag |= UDPLITE_SEND_CC;
        } else {
          up.pcrlen = cov;
          up.pcflag |= UDPLITE_RECV_CC;
        }
        return 0;
      }
      default:
        return refuse(k, -ENOPROTOOPT, "no such UDP option", { optname });
    }
  },
);

/** setsockopt(2) on a UDP socket below SOL_SOCKET. */
export const udp_setsockopt = traced(
  FILE,
  "udp_setsockopt(sk, level, optname, optval, optlen)",
  (k: Kernel, sk: Sock, level: number, optname: number, optval: UserMem | null, optlen: number): number => {
    if (level === SOL_UDP || level === SOL_UDPLITE)
      return udp_lib_setsockopt(k, sk, level, optname, optval, optlen, udp_push_pending_frames);
    return ip_setsockopt(k, sk, level, optname, optval, optlen);
  },
);

/** Read an option of level SOL_UDP or SOL_UDPLITE. */
export const udp_lib_getsockopt = inlined(
  FILE,
  "udp_lib_getsockopt(sk, level, optname, optval)",
  (k: Kernel, sk: Sock, _level: number, optname: number, optval: OptOut): number => {
    const up = udp_sk(sk);
    // min_t(unsigned int): a negative length counts as a large one.
    if (get_room(k, optval) !== 0) return -EFAULT;
    const len = Math.min(optval.len >>> 0, 4);
    let val: number;
    switch (optname) {
      case UDP_CORK:
        val = up.corkflag;
        break;
      case UDP_ENCAP:
        val = up.encap_type;
        break;
      case UDPLITE_SEND_CSCOV:
        val = up.pcslen;
        break;
      case UDPLITE_RECV_CSCOV:
        val = up.pcrlen;
        break;
      default:
        return refuse(k, -ENOPROTOOPT, "no such UDP option", { optname });
    }
    const bytes = new Uint8Array(4);
    set32le(bytes, 0, val);
    return put_room(k, optval, bytes.subarray(0, len));
  },
);

/** getsockopt(2) on a UDP socket below SOL_SOCKET. */
export const udp_getsockopt = inlined(
  FILE,
  "udp_getsockopt(sk, level, optname, optval)",
  (k: Kernel, sk: Sock, level: number, optname: number, optval: OptOut): number => {
    if (level === SOL_UDP || level === SOL_UDPLITE) return udp_lib_getsockopt(k, sk, level, optname, optval);
    return ip_getsockopt(k, sk, level, optname, optval);
  },
);

/** What poll(2) says of a UDP socket; readable only where a datagram with a good checksum waits. */
export const udp_poll = traced(
  FILE,
  "udp_poll(sock, wait)",
  (k: Kernel, sock: Socket, wait: PollTable | null): number => {
    let mask = datagram_poll(k, sock, wait);
    const sk = sock.sk as Sock;
    inet_rps_record_flow(k, sk);
    if (
      (mask & POLLRDNORM) !== 0 &&
      ((sock.file?.f_flags ?? 0) & O_NONBLOCK) === 0 &&
      (sk.sk_shutdown & RCV_SHUTDOWN) === 0 &&
      first_packet_length(k, sk) === 0
    )
      mask &= ~(POLLIN | POLLRDNORM);
    return mask;
  },
);

/** May a large UDP packet be cut? Always: its checksum is made while cutting. */
export const udp4_ufo_send_check = inlined(
  FILE,
  "udp4_ufo_send_check(skb)",
  (_k: Kernel, _skb: SkBuff): number => 0,
);

/** Cut a large UDP packet for a device without UFO: checksum first, then segments that become IP fragments. */
export const udp4_ufo_fragment = traced(
  FILE,
  "udp4_ufo_fragment(skb, features)",
  (k: Kernel, skb: SkBuff, features: number): SkBuff | number | null => {
    if (!pskb_may_pull(k, skb, UDP_HLEN))
      return refuse(k, -EINVAL, "too short for a UDP header", { len: skb.len });
    const mss = skb.head.gso_size;
    if (skb.len <= mss) {
      return refuse(k, -EINVAL, "not longer than gso_size: nothing to segment", { len: skb.len, mss });
    }
    // NETIF_F_GSO_ROBUST: the device may get packets of untrusted origin.
    if (skb_gso_ok(skb, features | (4 << 16))) {
      const type = skb.head.gso_type;
      if ((type & ~(SKB_GSO_UDP | SKB_GSO_DODGY)) !== 0 || (type & SKB_GSO_UDP) === 0)
        return refuse(k, -EINVAL, "gso_type is not UDP", { gso_type: type });
      skb.head.gso_segs = Math.ceil(skb.len / mss);
      return null;
    }
    note(k, "no UFO on the device: checksum the whole datagram here, before it is fragmented");
    const uh = udp_hdr(skb);
    const iph = skb.network_header;
    set16(skb.head.bytes, uh + UDP_CHECK, 0);
    const csum = skb_checksum(k, skb, 0, skb.len, 0);
    const bytes = skb.head.bytes;
    const check = csum_fold(
      csum_tcpudp_nofold(
        get32(bytes, iph + IP_SADDR),
        get32(bytes, iph + IP_DADDR),
        skb.len,
        IPPROTO_UDP,
        csum,
      ),
    );
    set16(bytes, uh + UDP_CHECK, check === 0 ? CSUM_MANGLED_0 : check);
    skb.ip_summed = CHECKSUM_NONE;
    return skb_segment(k, skb, features);
  },
);

/** struct proto of UDP. */
export const udp_prot: Proto = {
  name: "UDP",
  family: "udp",
  obj_size: 824,
  has_memory_accounting: true,
  close: (k, sk, timeout) => udp_lib_close(k, sk, timeout),
  connect: (k, sk, uaddr, addr_len) => ip4_datagram_connect(k, sk, uaddr, addr_len),
  disconnect: udp_disconnect,
  ioctl: udp_ioctl,
  destroy: udp_destroy_sock,
  setsockopt: udp_setsockopt,
  getsockopt: udp_getsockopt,
  sendmsg: udp_sendmsg,
  recvmsg: udp_recvmsg,
  sendpage: udp_sendpage,
  backlog_rcv: __udp_queue_rcv_skb,
  hash: (k, sk) => udp_lib_hash(k, sk),
  unhash: udp_lib_unhash,
  get_port: udp_v4_get_port,
};

/** UDP takes its place above IP. */
export function udp4_init(k: Kernel): void {
  k.inet_protos.set(IPPROTO_UDP, { handler: udp_rcv, err_handler: udp_err, no_policy: true });
}

export type { Iovec };
