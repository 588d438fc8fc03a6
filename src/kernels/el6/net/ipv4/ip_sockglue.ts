// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/ip_sockglue.c: IP's socket options, control messages and the error queue. */
import { inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import {
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAGAIN,
  EFAULT,
  EINVAL,
  ENOBUFS,
  ENOPROTOOPT,
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
  EPROTO,
} from "../../../../uapi/errno.ts";
import {
  IP_ADD_MEMBERSHIP,
  IP_ADD_SOURCE_MEMBERSHIP,
  IP_BLOCK_SOURCE,
  IP_DROP_MEMBERSHIP,
  IP_DROP_SOURCE_MEMBERSHIP,
  IP_FREEBIND,
  IP_HDRINCL,
  IP_IPSEC_POLICY,
  IP_MINTTL,
  IP_MSFILTER,
  IP_MTU,
  IP_MTU_DISCOVER,
  IP_MULTICAST_ALL,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_OPTIONS,
  IP_ORIGDSTADDR,
  IP_PASSSEC,
  IP_PKTINFO,
  IP_PKTOPTIONS,
  IP_PMTUDISC_DONT,
  IP_PMTUDISC_OMIT,
  IP_RECVERR,
  IP_RECVOPTS,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_RETOPTS,
  IP_ROUTER_ALERT,
  IP_TOS,
  IP_TRANSPARENT,
  IP_TTL,
  IP_UNBLOCK_SOURCE,
  IP_XFRM_POLICY,
  IPPROTO_RAW,
  MCAST_JOIN_GROUP,
  MCAST_MSFILTER,
  MRT_BASE,
} from "../../../../uapi/in.ts";
import {
  AF_INET,
  MSG_CTRUNC,
  MSG_ERRQUEUE,
  MSG_TRUNC,
  SOCK_RAW,
  SOCK_STREAM,
  SOL_IP,
} from "../../../../uapi/socket.ts";
import { get32, get32le, set16, set32, set32le } from "../../../../wire/bytes.ts";
import { ICMP_CODE, ICMP_HLEN, ICMP_TYPE } from "../../../../wire/icmp.ts";
import { IP_DADDR, IP_HLEN, IP_SADDR, IP_TOS_OFF, IP_TTL_OFF } from "../../../../wire/ipv4.ts";
import { copyFromUser, get_room, put_room } from "../../include/asm/uaccess.ts";
import type { GroupFilter, IpMsfilter } from "../../include/linux/in.ts";
import { Msghdr } from "../../include/linux/net.ts";
import { dev_put } from "../../include/linux/netdevice.ts";
import {
  __skb_pull,
  alloc_skb,
  IPCB,
  no_options,
  type SkBuff,
  type SockExterr,
  skb_peek,
  skb_reset_network_header,
  skb_reset_transport_header,
  skb_rtable,
  skb_transport_offset,
} from "../../include/linux/skbuff.ts";
import { dst_mtu } from "../../include/net/dst.ts";
import { inet_csk } from "../../include/net/inet_connection_sock.ts";
import {
  type InetSock,
  IP_CMSG_ORIGDSTADDR,
  IP_CMSG_PASSSEC,
  IP_CMSG_PKTINFO,
  IP_CMSG_RECVOPTS,
  IP_CMSG_RETOPTS,
  IP_CMSG_TOS,
  IP_CMSG_TTL,
  type IpOptions,
  inet_sk,
} from "../../include/net/inet_sock.ts";
import type { IpcmCookie } from "../../include/net/ip.ts";
import { rt_tos2priority } from "../../include/net/route.ts";
import {
  lock_sock,
  type OptOut,
  type Sock,
  sk_dst_get,
  sk_dst_reset,
  sock_hold,
  sock_net,
  sock_put,
  type UserMem,
} from "../../include/net/sock.ts";
import { capable, type Kernel, local_bh_disable, local_bh_enable, type Net } from "../../kernel.ts";
import { security_socket_getpeersec_dgram } from "../../security/security.ts";
import { skb_copy_datagram_iovec } from "../core/datagram.ts";
import { dev_get_by_index } from "../core/dev.ts";
import { dst_release } from "../core/dst.ts";
import { put_cmsg } from "../core/scm.ts";
import {
  kfree_skb,
  skb_clone,
  skb_dequeue,
  skb_pull,
  skb_put,
  skb_queue_purge,
  sock_queue_err_skb,
} from "../core/skbuff.ts";
import { get_user_int, release_sock } from "../core/sock.ts";
import { nf_getsockopt, nf_setsockopt } from "../netfilter/nf_sockopt.ts";
import { sock_recv_timestamp } from "../socket.ts";
import { ip_dev_find } from "./fib_frontend.ts";
import {
  ip_mc_gsfget,
  ip_mc_join_group,
  ip_mc_leave_group,
  ip_mc_msfget,
  ip_mc_msfilter,
  ip_mc_source,
} from "./igmp.ts";
import { ip_options_echo, ip_options_get, ip_options_get_from_user, ip_options_undo } from "./ip_options.ts";
import { ip_mroute_getsockopt, ip_mroute_setsockopt } from "./ipmr.ts";

const FILE = "net/ipv4/ip_sockglue.c";

const SO_EE_ORIGIN_LOCAL = 1;
const SO_EE_ORIGIN_ICMP = 2;

const MCAST_LEAVE_GROUP = 45;
const MCAST_BLOCK_SOURCE = 43;
const MCAST_UNBLOCK_SOURCE = 44;
const MCAST_JOIN_SOURCE_GROUP = 46;
const MCAST_LEAVE_SOURCE_GROUP = 47;
const MCAST_EXCLUDE = 0;
const MCAST_INCLUDE = 1;

const SIZEOF_CMSGHDR = 16;
/** All the control messages that IP_PKTOPTIONS can give, aligned. */
const SIZEOF_PKTOPTIONS = 80;
const SIZEOF_IN_PKTINFO = 12;
const SIZEOF_IP_MREQ = 8;
const SIZEOF_IP_MREQN = 12;
const SIZEOF_GROUP_REQ = 136;
const SIZEOF_GROUP_SOURCE_REQ = 264;

/** ip_mroute_opt: whether an option belongs to the multicast router. */
function ip_mroute_opt(opt: number): boolean {
  return opt >= MRT_BASE && opt <= MRT_BASE + 10;
}

/** IP_PKTINFO: where the packet was going and on which interface it came. */
export const ip_cmsg_recv_pktinfo = traced(
  FILE,
  "ip_cmsg_recv_pktinfo(msg, skb)",
  (k: Kernel, msg: Msghdr, skb: SkBuff): void => {
    const info = new Uint8Array(SIZEOF_IN_PKTINFO);
    const rt = skb_rtable(skb);
    set32(info, 8, get32(skb.head.bytes, skb.network_header + IP_DADDR));
    if (rt !== null) {
      set32le(info, 0, rt.rt_iif);
      set32(info, 4, rt.rt_spec_dst);
    }
    put_cmsg(k, msg, SOL_IP, IP_PKTINFO, SIZEOF_IN_PKTINFO, info);
  },
);

/** IP_RECVTTL. */
export const ip_cmsg_recv_ttl = traced(
  FILE,
  "ip_cmsg_recv_ttl(msg, skb)",
  (k: Kernel, msg: Msghdr, skb: SkBuff): void => {
    const ttl = Uint8Array.of(skb.head.bytes[skb.network_header + IP_TTL_OFF] as number, 0, 0, 0);
    put_cmsg(k, msg, SOL_IP, IP_TTL, 4, ttl);
  },
);

/** IP_RECVTOS. */
export const ip_cmsg_recv_tos = traced(
  FILE,
  "ip_cmsg_recv_tos(msg, skb)",
  (k: Kernel, msg: Msghdr, skb: SkBuff): void => {
    const tos = Uint8Array.of(skb.head.bytes[skb.network_header + IP_TOS_OFF] as number);
    put_cmsg(k, msg, SOL_IP, IP_TOS, 1, tos);
  },
);

/** IP_RECVOPTS: the IP options as they came. */
export const ip_cmsg_recv_opts = inlined(
  FILE,
  "ip_cmsg_recv_opts(msg, skb)",
  (k: Kernel, msg: Msghdr, skb: SkBuff): void => {
    const optlen = IPCB(skb).opt.optlen;
    if (optlen === 0) {
      note(k, "the packet has no IP options");
      return;
    }
    const at = skb.network_header + IP_HLEN;
    put_cmsg(k, msg, SOL_IP, IP_RECVOPTS, optlen, skb.head.bytes.slice(at, at + optlen));
  },
);

/** IP_RETOPTS: the IP options as an answer would carry them. */
export const ip_cmsg_recv_retopts = traced(
  FILE,
  "ip_cmsg_recv_retopts(msg, skb)",
  (k: Kernel, msg: Msghdr, skb: SkBuff): void => {
    if (IPCB(skb).opt.optlen === 0) {
      note(k, "the packet has no IP options");
      return;
    }
    const opt = no_options();
    opt.__data = new Uint8Array(40);
    if (ip_options_echo(k, opt, skb) !== 0) {
      note(k, "the packet's IP options cannot be echoed");
      msg.msg_flags |= MSG_CTRUNC;
      return;
    }
    ip_options_undo(k, opt);
    put_cmsg(k, msg, SOL_IP, IP_RETOPTS, opt.optlen, opt.__data.slice(0, opt.optlen));
  },
);

/** IP_PASSSEC: the packet's security context; none without a security module. */
export const ip_cmsg_recv_security = traced(
  FILE,
  "ip_cmsg_recv_security(msg, skb)",
  (k: Kernel, _msg: Msghdr, skb: SkBuff): void => {
    if (security_socket_getpeersec_dgram(k, null, skb) !== 0)
      note(k, "no security module, so no security context");
  },
);

/** IP_RECVORIGDSTADDR: the address and port that the packet was sent to. */
export const ip_cmsg_recv_dstaddr = traced(
  FILE,
  "ip_cmsg_recv_dstaddr(msg, skb)",
  (k: Kernel, msg: Msghdr, skb: SkBuff): void => {
    if (skb_transport_offset(skb) + 4 > skb.len) {
      note(k, "too short to hold ports");
      return;
    }
    const b = skb.head.bytes;
    const sin = new Uint8Array(16);
    sin[0] = AF_INET;
    sin[2] = b[skb.transport_header + 2] as number;
    sin[3] = b[skb.transport_header + 3] as number;
    set32(sin, 4, get32(b, skb.network_header + IP_DADDR));
    put_cmsg(k, msg, SOL_IP, IP_ORIGDSTADDR, 16, sin);
  },
);

/** The control messages that the socket asked for. */
export const ip_cmsg_recv = traced(
  FILE,
  "ip_cmsg_recv(msg, skb)",
  (k: Kernel, msg: Msghdr, skb: SkBuff): void => {
    const flags = inet_sk(skb.sk as Sock).cmsg_flags;
    if ((flags & IP_CMSG_PKTINFO) !== 0) ip_cmsg_recv_pktinfo(k, msg, skb);
    if ((flags & IP_CMSG_TTL) !== 0) ip_cmsg_recv_ttl(k, msg, skb);
    if ((flags & IP_CMSG_TOS) !== 0) ip_cmsg_recv_tos(k, msg, skb);
    if ((flags & IP_CMSG_RECVOPTS) !== 0) ip_cmsg_recv_opts(k, msg, skb);
    if ((flags & IP_CMSG_RETOPTS) !== 0) ip_cmsg_recv_retopts(k, msg, skb);
    if ((flags & IP_CMSG_PASSSEC) !== 0) ip_cmsg_recv_security(k, msg, skb);
    if ((flags & IP_CMSG_ORIGDSTADDR) !== 0) ip_cmsg_recv_dstaddr(k, msg, skb);
  },
);

/** One SOL_IP control message of a send. */
function cmsg_send_one(k: Kernel, net: Net, type: number, data: Uint8Array, ipc: IpcmCookie): number {
  switch (type) {
    case IP_RETOPTS: {
      const err = ip_options_get(k, net, ipc, data, Math.min(data.length, 40));
      if (err === 0) {
        note(k, "IP_RETOPTS: use these options instead of the socket's", { optlen: ipc.opt?.optlen ?? 0 });
      }
      return err;
    }
    case IP_PKTINFO:
      if (data.length !== SIZEOF_IN_PKTINFO) {
        return refuse(k, -EINVAL, "length is not the size of struct in_pktinfo", { len: data.length });
      }
      ipc.oif = get32le(data, 0);
      ipc.addr = get32(data, 4);
      note(k, "IP_PKTINFO: set oif and source address", { oif: ipc.oif, saddr: ipc.addr });
      return 0;
    case IP_TTL: {
      const val = data.length === 4 ? get32le(data, 0) : 0;
      if (val < 1 || val > 255) {
        return refuse(k, -EINVAL, "TTL is not an int from 1 to 255", { val, len: data.length });
      }
      ipc.ttl = val;
      return 0;
    }
    case IP_TOS: {
      const val = data.length === 4 ? get32le(data, 0) : -1;
      if (val < 0 || val > 255) {
        return refuse(k, -EINVAL, "TOS is not an int from 0 to 255", { val, len: data.length });
      }
      ipc.tos = val;
      ipc.priority = rt_tos2priority(val);
      return 0;
    }
    default:
      return refuse(k, -EINVAL, "unknown IP control message type", { cmsg_type: type });
  }
}

/** Read the control messages of a send: what they ask of IP goes to `ipc`. */
export const ip_cmsg_send = traced(
  FILE,
  "ip_cmsg_send(net, msg, ipc)",
  (k: Kernel, net: Net, msg: Msghdr, ipc: IpcmCookie): number => {
    const control = msg.msg_control;
    if (control === null) return 0;
    const size = msg.msg_controllen;
    let at = 0;
    while (at + SIZEOF_CMSGHDR <= size) {
      const cmsg_len = (get32le(control, at) >>> 0) + (get32le(control, at + 4) >>> 0) * 0x100000000;
      if (cmsg_len < SIZEOF_CMSGHDR || cmsg_len > size - at) {
        return refuse(k, -EINVAL, "cmsg_len is shorter than struct cmsghdr, or exceeds the buffer", {
          cmsg_len,
          left: size - at,
        });
      }
      const level = get32le(control, at + 8);
      const type = get32le(control, at + 12);
      if (level === SOL_IP) {
        const err = cmsg_send_one(k, net, type, control.subarray(at + SIZEOF_CMSGHDR, at + cmsg_len), ipc);
        if (err !== 0) return err;
      } else {
        note(k, "cmsg_level is not SOL_IP: ignored by IP", { cmsg_level: level });
      }
      at += (cmsg_len + 7) & ~7;
    }
    return 0;
  },
);

/** IP_ROUTER_ALERT: a raw socket that wants to see packets with that option; also how the multicast router signs in. */
export const ip_ra_control = traced(
  FILE,
  "ip_ra_control(sk, on, destructor)",
  (k: Kernel, sk: Sock, on: number, destructor: ((k: Kernel, sk: Sock) => void) | null): number => {
    const inet = inet_sk(sk);
    if (sk.sk_type !== SOCK_RAW || inet.num === IPPROTO_RAW) {
      return refuse(k, -EINVAL, "IP_ROUTER_ALERT needs a raw socket other than IPPROTO_RAW", {
        sk_type: sk.sk_type,
        protocol: inet.num,
      });
    }
    local_bh_disable(k);
    const at = k.ip_ra_chain.findIndex((ra) => ra.sk === sk);
    if (at >= 0) {
      if (on !== 0) {
        local_bh_enable(k);
        return refuse(k, -EADDRINUSE, "IP_ROUTER_ALERT is already set on the socket");
      }
      const ra = k.ip_ra_chain.splice(at, 1)[0];
      local_bh_enable(k);
      ra?.destructor?.(k, sk);
      sock_put(k, sk);
      return 0;
    }
    if (on === 0) {
      local_bh_enable(k);
      return refuse(k, -ENOBUFS, "IP_ROUTER_ALERT is not set on the socket");
    }
    k.ip_ra_chain.push({ sk: inet, destructor });
    sock_hold(sk);
    local_bh_enable(k);
    return 0;
  },
);

/**
 * IP_RECVERR: keep an ICMP error, with the packet that caused it, on the error queue. `payload` is where that packet's
 * payload begins, counted from head.
 */
export const ip_icmp_error = traced(
  FILE,
  "ip_icmp_error(sk, skb, err, port, info, payload)",
  (k: Kernel, sk: Sock, skb: SkBuff, err: number, port: number, info: number, payload: number): void => {
    if (inet_sk(sk).recverr === 0) {
      note(k, "IP_RECVERR is not set");
      return;
    }
    const clone = skb_clone(k, skb);
    if (clone === null) return;
    const b = clone.head.bytes;
    const icmph = clone.transport_header;
    clone.ee = {
      ee_errno: err,
      ee_origin: SO_EE_ORIGIN_ICMP,
      ee_type: b[icmph + ICMP_TYPE] as number,
      ee_code: b[icmph + ICMP_CODE] as number,
      ee_info: info,
      ee_data: 0,
      addr_offset: icmph + ICMP_HLEN + IP_DADDR - clone.network_header,
      port,
    };
    if (skb_pull(k, clone, payload - clone.data) !== null) {
      skb_reset_transport_header(clone);
      if (sock_queue_err_skb(k, sk, clone) === 0) return;
    }
    note(k, "the receive buffer has no room for the error report");
    kfree_skb(k, clone);
  },
);

/** IP_RECVERR: keep an error of this host's own on the error queue. */
export const ip_local_error = traced(
  FILE,
  "ip_local_error(sk, err, daddr, port, info)",
  (k: Kernel, sk: Sock, err: number, daddr: number, port: number, info: number): void => {
    if (inet_sk(sk).recverr === 0) {
      note(k, "IP_RECVERR is not set");
      return;
    }
    const skb = alloc_skb(k, IP_HLEN);
    if (skb === null) return;
    skb_put(k, skb, IP_HLEN);
    skb_reset_network_header(skb);
    set32(skb.head.bytes, skb.network_header + IP_DADDR, daddr);
    skb.ee = {
      ee_errno: err,
      ee_origin: SO_EE_ORIGIN_LOCAL,
      ee_type: 0,
      ee_code: 0,
      ee_info: info,
      ee_data: 0,
      addr_offset: IP_DADDR,
      port,
    };
    __skb_pull(skb, skb.tail - skb.data);
    skb_reset_transport_header(skb);
    if (sock_queue_err_skb(k, sk, skb) !== 0) {
      note(k, "the receive buffer has no room for the error report");
      kfree_skb(k, skb);
    }
  },
);

/** struct sock_extended_err and the offender's address, as IP_RECVERR's control message carries them. */
function errhdr(skb: SkBuff, serr: SockExterr): Uint8Array {
  const b = new Uint8Array(32);
  set32le(b, 0, serr.ee_errno);
  b[4] = serr.ee_origin;
  b[5] = serr.ee_type;
  b[6] = serr.ee_code;
  set32le(b, 8, serr.ee_info);
  set32le(b, 12, serr.ee_data);
  if (serr.ee_origin === SO_EE_ORIGIN_ICMP) {
    b[16] = AF_INET;
    set32(b, 20, get32(skb.head.bytes, skb.network_header + IP_SADDR));
  }
  return b;
}

/** recvmsg(MSG_ERRQUEUE): the oldest error, with the packet that caused it as data. */
export const ip_recv_error = traced(
  FILE,
  "ip_recv_error(sk, msg, len)",
  (k: Kernel, sk: Sock, msg: Msghdr, len: number): number => {
    const skb = skb_dequeue(k, sk.sk_error_queue);
    if (skb === null) {
      return refuse(k, -EAGAIN, "the error queue is empty, and MSG_ERRQUEUE does not block");
    }
    let copied = skb.len;
    if (copied > len) {
      note(k, "larger than the buffer: truncated", { copied, len });
      msg.msg_flags |= MSG_TRUNC;
      copied = len;
    }
    const err = skb_copy_datagram_iovec(k, skb, 0, msg.msg_iov, copied);
    if (err !== 0) {
      kfree_skb(k, skb);
      return err;
    }
    sock_recv_timestamp(k, msg, sk, skb);
    const serr = skb.ee as SockExterr;
    if (msg.msg_name !== null) {
      const sin = msg.msg_name;
      sin.fill(0, 0, 16);
      sin[0] = AF_INET;
      set16(sin, 2, serr.port);
      set32(sin, 4, get32(skb.head.bytes, skb.network_header + serr.addr_offset));
      msg.msg_namelen = 16;
    }
    const hdr = errhdr(skb, serr);
    if (serr.ee_origin === SO_EE_ORIGIN_ICMP && inet_sk(sk).cmsg_flags !== 0) ip_cmsg_recv(k, msg, skb);
    put_cmsg(k, msg, SOL_IP, IP_RECVERR, hdr.length, hdr);
    msg.msg_flags |= MSG_ERRQUEUE;

    local_bh_disable(k);
    sk.sk_err = 0;
    const next = skb_peek(sk.sk_error_queue);
    if (next !== null) {
      note(k, "next error in the queue: set as pending error");
      sk.sk_err = (next.ee as SockExterr).ee_errno;
    }
    local_bh_enable(k);
    if (next !== null) sk.sk_error_report(k, sk);
    kfree_skb(k, skb);
    return copied;
  },
);

/** Options whose value is an int, or one byte where the caller gives less. As in C the shift wraps at 32. */
const INT_OPTIONS =
  (1 << IP_PKTINFO) |
  (1 << IP_RECVTTL) |
  (1 << IP_RECVOPTS) |
  (1 << IP_RECVTOS) |
  (1 << IP_RETOPTS) |
  (1 << IP_TOS) |
  (1 << IP_TTL) |
  (1 << IP_HDRINCL) |
  (1 << IP_MTU_DISCOVER) |
  (1 << IP_RECVERR) |
  (1 << IP_ROUTER_ALERT) |
  (1 << IP_FREEBIND) |
  (1 << IP_PASSSEC) |
  (1 << IP_TRANSPARENT) |
  (1 << IP_MINTTL);

/** The value of an option: an int, a byte, or 0 for none; null where it cannot be read. */
function int_value(optname: number, optval: UserMem | null, optlen: number): number | null {
  const wanted =
    ((1 << optname) & INT_OPTIONS) !== 0 ||
    optname === IP_MULTICAST_TTL ||
    optname === IP_MULTICAST_ALL ||
    optname === IP_MULTICAST_LOOP ||
    optname === IP_ORIGDSTADDR;
  if (!wanted) return 0;
  if (optlen >>> 0 >= 4) return get_user_int(optval);
  if (optlen >>> 0 < 1) return 0;
  const b = new Uint8Array(1);
  return copyFromUser(b, 0, optval, 0, 1) !== 0 ? null : (b[0] as number);
}

function cmsg_flag(inet: InetSock, bit: number, val: number): number {
  inet.cmsg_flags = val !== 0 ? inet.cmsg_flags | bit : inet.cmsg_flags & ~bit;
  return 0;
}

function einval(k: Kernel, val: number, optlen: number): number {
  return refuse(k, -EINVAL, "bad value or length for this option", { val, optlen });
}

function efault(k: Kernel): number {
  return refuse(k, -EFAULT, "the option's value cannot be read from user space");
}

function too_long(k: Kernel, optlen: number): number {
  return refuse(k, -ENOBUFS, "exceeds net.core.optmem_max", { optlen, optmem_max: k.sysctl_optmem_max });
}

function not_ipv4(k: Kernel): number {
  return refuse(k, -EADDRNOTAVAIL, "address family is not AF_INET");
}

/** IP_OPTIONS: options for every packet sent from now on. */
function set_ip_options(k: Kernel, sk: Sock, optval: UserMem | null, optlen: number): number {
  if (optlen >>> 0 > 40) {
    return refuse(k, -EINVAL, "IP options exceed 40 bytes", { optlen, limit: 40 });
  }
  const opt: { opt: IpOptions | null } = { opt: null };
  const err = ip_options_get_from_user(k, sock_net(sk), opt, optval, optlen);
  if (err !== 0) return err;
  const inet = inet_sk(sk);
  if (inet.is_icsk !== 0) {
    const icsk = inet_csk(sk);
    icsk.icsk_ext_hdr_len += (opt.opt?.optlen ?? 0) - (inet.opt?.optlen ?? 0);
    icsk.icsk_sync_mss(k, sk, icsk.icsk_pmtu_cookie);
  }
  inet.opt = opt.opt;
  return 0;
}

/** struct ip_mreqn of user space, or the shorter struct ip_mreq; null where it cannot be read. */
function read_mreqn(
  optval: UserMem | null,
  optlen: number,
): { imr_multiaddr: number; imr_address: number; imr_ifindex: number } | null {
  const b = new Uint8Array(SIZEOF_IP_MREQN);
  const len = optlen >= SIZEOF_IP_MREQN ? SIZEOF_IP_MREQN : SIZEOF_IP_MREQ;
  if (copyFromUser(b, 0, optval, 0, len) !== 0) return null;
  return { imr_multiaddr: get32(b, 0), imr_address: get32(b, 4), imr_ifindex: get32le(b, 8) };
}

/** IP_MULTICAST_IF: the device, and the source address, of packets to groups. */
function set_multicast_if(k: Kernel, sk: Sock, optval: UserMem | null, optlen: number): number {
  const inet = inet_sk(sk);
  if (sk.sk_type === SOCK_STREAM || optlen >>> 0 < 4) return einval(k, 0, optlen);
  let address: number;
  let ifindex = 0;
  if (optlen >= SIZEOF_IP_MREQ) {
    const mreq = read_mreqn(optval, optlen);
    if (mreq === null) return efault(k);
    address = mreq.imr_address;
    ifindex = mreq.imr_ifindex;
  } else {
    const b = new Uint8Array(4);
    if (copyFromUser(b, 0, optval, 0, 4) !== 0) return efault(k);
    address = get32(b, 0);
  }
  let dev: ReturnType<typeof dev_get_by_index>;
  if (ifindex === 0) {
    if (address === 0) {
      note(k, "no interface given: IP_MULTICAST_IF is reset, the route decides");
      inet.mc_index = 0;
      inet.mc_addr = 0;
      return 0;
    }
    dev = ip_dev_find(k, sock_net(sk), address);
    if (dev !== null) ifindex = dev.ifindex;
  } else {
    dev = dev_get_by_index(k, sock_net(sk), ifindex);
  }
  if (dev === null) {
    return refuse(k, -EADDRNOTAVAIL, "no device with this index or address", { ifindex, addr: address });
  }
  dev_put(dev);
  if (sk.sk_bound_dev_if !== 0 && ifindex !== sk.sk_bound_dev_if) {
    return refuse(k, -EINVAL, "the socket is bound to another device", {
      ifindex,
      bound_dev_if: sk.sk_bound_dev_if,
    });
  }
  inet.mc_index = ifindex;
  inet.mc_addr = address;
  return 0;
}

/** IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP. */
function set_membership(k: Kernel, sk: Sock, join: boolean, optval: UserMem | null, optlen: number): number {
  if (inet_sk(sk).is_icsk !== 0) {
    return refuse(k, -EPROTO, "connection-oriented socket: cannot join a multicast group");
  }
  if (optlen >>> 0 < SIZEOF_IP_MREQ) return einval(k, 0, optlen);
  const mreq = read_mreqn(optval, optlen);
  if (mreq === null) return efault(k);
  return join ? ip_mc_join_group(k, sk, mreq) : ip_mc_leave_group(k, sk, mreq);
}

/** What the options for single sources share: exclude or include, add or drop; joining first where that is meant. */
function source_mode(optname: number): { omode: number; add: number; joins: boolean } {
  switch (optname) {
    case IP_BLOCK_SOURCE:
    case MCAST_BLOCK_SOURCE:
      return { omode: MCAST_EXCLUDE, add: 1, joins: false };
    case IP_UNBLOCK_SOURCE:
    case MCAST_UNBLOCK_SOURCE:
      return { omode: MCAST_EXCLUDE, add: 0, joins: false };
    case IP_ADD_SOURCE_MEMBERSHIP:
    case MCAST_JOIN_SOURCE_GROUP:
      return { omode: MCAST_INCLUDE, add: 1, joins: true };
    default:
      return { omode: MCAST_INCLUDE, add: 0, joins: false };
  }
}

/** IP_BLOCK_SOURCE and its kind. */
function set_source(k: Kernel, sk: Sock, optname: number, optval: UserMem | null, optlen: number): number {
  if (optlen !== 12) return einval(k, 0, optlen);
  const b = new Uint8Array(12);
  if (copyFromUser(b, 0, optval, 0, 12) !== 0) return efault(k);
  const mreqs = { imr_multiaddr: get32(b, 0), imr_interface: get32(b, 4), imr_sourceaddr: get32(b, 8) };
  const { omode, add, joins } = source_mode(optname);
  if (joins) {
    const mreq = { imr_multiaddr: mreqs.imr_multiaddr, imr_address: mreqs.imr_interface, imr_ifindex: 0 };
    const err = ip_mc_join_group(k, sk, mreq);
    if (err !== 0 && err !== -EADDRINUSE) return err;
  }
  return ip_mc_source(k, add, omode, sk, mreqs, 0);
}

/** MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP: struct group_req, an index and a socket address. */
function set_group(k: Kernel, sk: Sock, join: boolean, optval: UserMem | null, optlen: number): number {
  if (optlen >>> 0 < SIZEOF_GROUP_REQ) return einval(k, 0, optlen);
  const b = new Uint8Array(SIZEOF_GROUP_REQ);
  if (copyFromUser(b, 0, optval, 0, SIZEOF_GROUP_REQ) !== 0) return efault(k);
  if ((get32le(b, 8) & 0xffff) !== AF_INET) return einval(k, get32le(b, 8) & 0xffff, optlen);
  const mreq = { imr_multiaddr: get32(b, 12), imr_address: 0, imr_ifindex: get32le(b, 0) };
  return join ? ip_mc_join_group(k, sk, mreq) : ip_mc_leave_group(k, sk, mreq);
}

/** MCAST_JOIN_SOURCE_GROUP and its kind: struct group_source_req. */
function set_group_source(
  k: Kernel,
  sk: Sock,
  optname: number,
  optval: UserMem | null,
  optlen: number,
): number {
  if (optlen !== SIZEOF_GROUP_SOURCE_REQ) return einval(k, 0, optlen);
  const b = new Uint8Array(SIZEOF_GROUP_SOURCE_REQ);
  if (copyFromUser(b, 0, optval, 0, SIZEOF_GROUP_SOURCE_REQ) !== 0) return efault(k);
  if ((get32le(b, 8) & 0xffff) !== AF_INET || (get32le(b, 136) & 0xffff) !== AF_INET) {
    return not_ipv4(k);
  }
  const mreqs = { imr_multiaddr: get32(b, 12), imr_interface: 0, imr_sourceaddr: get32(b, 140) };
  const { omode, add, joins } = source_mode(optname);
  let ifindex = get32le(b, 0);
  if (joins) {
    const mreq = { imr_multiaddr: mreqs.imr_multiaddr, imr_address: 0, imr_ifindex: ifindex };
    const err = ip_mc_join_group(k, sk, mreq);
    if (err !== 0 && err !== -EADDRINUSE) return err;
    ifindex = mreq.imr_ifindex;
  }
  return ip_mc_source(k, add, omode, sk, mreqs, ifindex);
}

/** IP_MSFILTER: struct ip_msfilter, the whole list of sources at once. */
function set_msfilter(k: Kernel, sk: Sock, optval: UserMem | null, optlen: number): number {
  if (optlen >>> 0 < 16) return einval(k, 0, optlen);
  if (optlen > k.sysctl_optmem_max) return too_long(k, optlen);
  const b = new Uint8Array(optlen);
  if (copyFromUser(b, 0, optval, 0, optlen) !== 0) return efault(k);
  const numsrc = get32le(b, 12) >>> 0;
  if (numsrc > k.sysctl_igmp_max_msf) {
    return refuse(k, -ENOBUFS, "exceeds net.ipv4.igmp_max_msf", {
      numsrc,
      max: k.sysctl_igmp_max_msf,
    });
  }
  if (16 + numsrc * 4 > optlen) return einval(k, numsrc, optlen);
  const slist: number[] = [];
  for (let i = 0; i < numsrc; i++) slist.push(get32(b, 16 + i * 4));
  const msf = {
    imsf_multiaddr: get32(b, 0),
    imsf_interface: get32(b, 4),
    imsf_fmode: get32le(b, 8) >>> 0,
    imsf_numsrc: numsrc,
    imsf_slist: slist,
  };
  return ip_mc_msfilter(k, sk, msf, 0);
}

/** MCAST_MSFILTER: struct group_filter, the same with socket addresses. */
function set_group_filter(k: Kernel, sk: Sock, optval: UserMem | null, optlen: number): number {
  if (optlen >>> 0 < 144) return einval(k, 0, optlen);
  if (optlen > k.sysctl_optmem_max) return too_long(k, optlen);
  const b = new Uint8Array(optlen);
  if (copyFromUser(b, 0, optval, 0, optlen) !== 0) return efault(k);
  const numsrc = get32le(b, 140) >>> 0;
  if (numsrc > k.sysctl_igmp_max_msf) {
    return refuse(k, -ENOBUFS, "exceeds net.ipv4.igmp_max_msf", {
      numsrc,
      max: k.sysctl_igmp_max_msf,
    });
  }
  if (144 + numsrc * 128 > optlen) return einval(k, numsrc, optlen);
  if ((get32le(b, 8) & 0xffff) !== AF_INET) return not_ipv4(k);
  const slist: number[] = [];
  for (let i = 0; i < numsrc; i++) {
    const at = 144 + i * 128;
    if ((get32le(b, at) & 0xffff) !== AF_INET) return not_ipv4(k);
    slist.push(get32(b, at + 4));
  }
  const msf = {
    imsf_multiaddr: get32(b, 12),
    imsf_interface: 0,
    imsf_fmode: get32le(b, 136) >>> 0,
    imsf_numsrc: numsrc,
    imsf_slist: slist,
  };
  return ip_mc_msfilter(k, sk, msf, get32le(b, 0));
}

/** One option, with the socket locked. */
function set_option(
  k: Kernel,
  sk: Sock,
  optname: number,
  value: number,
  optval: UserMem | null,
  optlen: number,
): number {
  const inet = inet_sk(sk);
  let val = value;
  switch (optname) {
    case IP_OPTIONS:
      return set_ip_options(k, sk, optval, optlen);
    case IP_PKTINFO:
      return cmsg_flag(inet, IP_CMSG_PKTINFO, val);
    case IP_RECVTTL:
      return cmsg_flag(inet, IP_CMSG_TTL, val);
    case IP_RECVTOS:
      return cmsg_flag(inet, IP_CMSG_TOS, val);
    case IP_RECVOPTS:
      return cmsg_flag(inet, IP_CMSG_RECVOPTS, val);
    case IP_RETOPTS:
      return cmsg_flag(inet, IP_CMSG_RETOPTS, val);
    case IP_PASSSEC:
      return cmsg_flag(inet, IP_CMSG_PASSSEC, val);
    case IP_ORIGDSTADDR:
      return cmsg_flag(inet, IP_CMSG_ORIGDSTADDR, val);
    case IP_TOS:
      if (sk.sk_type === SOCK_STREAM) val = (val & ~3) | (inet.tos & 3);
      if (inet.tos !== val) {
        note(k, "TOS changed: release the cached route", { tos: val });
        inet.tos = val & 0xff;
        sk.sk_priority = rt_tos2priority(val);
        sk_dst_reset(k, sk);
      }
      return 0;
    case IP_TTL:
      if (optlen < 1 || (val !== -1 && (val < 1 || val > 255))) return einval(k, val, optlen);
      inet.uc_ttl = val;
      return 0;
    case IP_HDRINCL:
      if (sk.sk_type !== SOCK_RAW) {
        return refuse(k, -ENOPROTOOPT, "not a raw socket: no IP_HDRINCL", { sk_type: sk.sk_type });
      }
      inet.hdrincl = val !== 0 ? 1 : 0;
      return 0;
    case IP_MTU_DISCOVER:
      if (val < IP_PMTUDISC_DONT || val > IP_PMTUDISC_OMIT) return einval(k, val, optlen);
      inet.pmtudisc = val;
      return 0;
    case IP_RECVERR:
      inet.recverr = val !== 0 ? 1 : 0;
      if (val === 0) skb_queue_purge(k, sk.sk_error_queue);
      return 0;
    case IP_MULTICAST_TTL:
      if (sk.sk_type === SOCK_STREAM || optlen < 1) return einval(k, val, optlen);
      if (val === -1) val = 1;
      if (val < 0 || val > 255) return einval(k, val, optlen);
      inet.mc_ttl = val;
      return 0;
    case IP_MULTICAST_LOOP:
      if (optlen < 1) return einval(k, val, optlen);
      inet.mc_loop = val !== 0 ? 1 : 0;
      return 0;
    case IP_MULTICAST_IF:
      return set_multicast_if(k, sk, optval, optlen);
    case IP_ADD_MEMBERSHIP:
    case IP_DROP_MEMBERSHIP:
      return set_membership(k, sk, optname === IP_ADD_MEMBERSHIP, optval, optlen);
    case IP_MSFILTER:
      return set_msfilter(k, sk, optval, optlen);
    case IP_BLOCK_SOURCE:
    case IP_UNBLOCK_SOURCE:
    case IP_ADD_SOURCE_MEMBERSHIP:
    case IP_DROP_SOURCE_MEMBERSHIP:
      return set_source(k, sk, optname, optval, optlen);
    case MCAST_JOIN_GROUP:
    case MCAST_LEAVE_GROUP:
      return set_group(k, sk, optname === MCAST_JOIN_GROUP, optval, optlen);
    case MCAST_JOIN_SOURCE_GROUP:
    case MCAST_LEAVE_SOURCE_GROUP:
    case MCAST_BLOCK_SOURCE:
    case MCAST_UNBLOCK_SOURCE:
      return set_group_source(k, sk, optname, optval, optlen);
    case MCAST_MSFILTER:
      return set_group_filter(k, sk, optval, optlen);
    case IP_MULTICAST_ALL:
      if (optlen < 1 || (val !== 0 && val !== 1)) return einval(k, val, optlen);
      inet.mc_all = val;
      return 0;
    case IP_ROUTER_ALERT:
      return ip_ra_control(k, sk, val !== 0 ? 1 : 0, null);
    case IP_FREEBIND:
      if (optlen < 1) return einval(k, val, optlen);
      inet.freebind = val !== 0 ? 1 : 0;
      return 0;
    case IP_IPSEC_POLICY:
    case IP_XFRM_POLICY:
      if (!capable(k)) {
        return refuse(k, -EPERM, "not permitted: needs CAP_NET_ADMIN", { uid: k.current.uid });
      }
      return refuse(k, -EINVAL, "not modelled: per-socket IPsec policies");
    case IP_TRANSPARENT:
      if (!capable(k)) {
        return refuse(k, -EPERM, "not permitted: needs CAP_NET_ADMIN", { uid: k.current.uid });
      }
      if (optlen < 1) return einval(k, val, optlen);
      inet.transparent = val !== 0 ? 1 : 0;
      return 0;
    case IP_MINTTL:
      if (optlen < 1 || val < 0 || val > 255) return einval(k, val, optlen);
      inet.min_ttl = val;
      return 0;
    default:
      return refuse(k, -ENOPROTOOPT, "no such IP socket option, or it cannot be set", { optname });
  }
}

/** setsockopt(SOL_IP). */
export const do_ip_setsockopt = traced(
  FILE,
  "do_ip_setsockopt(sk, level, optname, optval, optlen)",
  (k: Kernel, sk: Sock, _level: number, optname: number, optval: UserMem | null, optlen: number): number => {
    const val = int_value(optname, optval, optlen);
    if (val === null) return efault(k);
    if (ip_mroute_opt(optname)) return ip_mroute_setsockopt(k, sk, optname, optval, optlen);
    lock_sock(k, sk);
    const err = set_option(k, sk, optname, val, optval, optlen);
    release_sock(k, sk);
    return err;
  },
);

/** setsockopt(SOL_IP), then netfilter for what IP does not know. */
export const ip_setsockopt = traced(
  FILE,
  "ip_setsockopt(sk, level, optname, optval, optlen)",
  (k: Kernel, sk: Sock, level: number, optname: number, optval: UserMem | null, optlen: number): number => {
    if (level !== SOL_IP) {
      return refuse(k, -ENOPROTOOPT, "level is not SOL_IP", { level });
    }
    let err = do_ip_setsockopt(k, sk, level, optname, optval, optlen);
    if (
      err === -ENOPROTOOPT &&
      optname !== IP_HDRINCL &&
      optname !== IP_IPSEC_POLICY &&
      optname !== IP_XFRM_POLICY &&
      !ip_mroute_opt(optname)
    ) {
      lock_sock(k, sk);
      err = nf_setsockopt(k, sk, AF_INET, optname, optval, optlen);
      release_sock(k, sk);
    }
    return err;
  },
);

/** The value of an option that is a plain number, or null. */
function get_option(k: Kernel, sk: Sock, optname: number): number | null {
  const inet = inet_sk(sk);
  switch (optname) {
    case IP_PKTINFO:
      return Number((inet.cmsg_flags & IP_CMSG_PKTINFO) !== 0);
    case IP_RECVTTL:
      return Number((inet.cmsg_flags & IP_CMSG_TTL) !== 0);
    case IP_RECVTOS:
      return Number((inet.cmsg_flags & IP_CMSG_TOS) !== 0);
    case IP_RECVOPTS:
      return Number((inet.cmsg_flags & IP_CMSG_RECVOPTS) !== 0);
    case IP_RETOPTS:
      return Number((inet.cmsg_flags & IP_CMSG_RETOPTS) !== 0);
    case IP_PASSSEC:
      return Number((inet.cmsg_flags & IP_CMSG_PASSSEC) !== 0);
    case IP_ORIGDSTADDR:
      return Number((inet.cmsg_flags & IP_CMSG_ORIGDSTADDR) !== 0);
    case IP_TOS:
      return inet.tos;
    case IP_TTL:
      return inet.uc_ttl === -1 ? k.sysctl_ip_default_ttl : inet.uc_ttl;
    case IP_HDRINCL:
      return inet.hdrincl;
    case IP_MTU_DISCOVER:
      return inet.pmtudisc;
    case IP_RECVERR:
      return inet.recverr;
    case IP_MULTICAST_TTL:
      return inet.mc_ttl;
    case IP_MULTICAST_LOOP:
      return inet.mc_loop;
    case IP_MULTICAST_ALL:
      return inet.mc_all;
    case IP_FREEBIND:
      return inet.freebind;
    case IP_TRANSPARENT:
      return inet.transparent;
    case IP_MINTTL:
      return inet.min_ttl;
    default:
      return null;
  }
}

/** IP_OPTIONS: the options that packets are sent with. */
function get_ip_options(k: Kernel, sk: Sock, optval: OptOut): number {
  const inet_opt = inet_sk(sk).opt;
  release_sock(k, sk);
  if (inet_opt === null || inet_opt.optlen === 0) {
    optval.len = 0;
    return 0;
  }
  const opt: IpOptions = { ...inet_opt, __data: inet_opt.__data.slice() };
  ip_options_undo(k, opt);
  return put_room(k, optval, opt.__data.subarray(0, opt.optlen).slice(0, optval.len));
}

/** getsockopt IP_MSFILTER: which group, and room for how many sources, stands in the caller's buffer. */
function msfilter_asked(optval: OptOut): IpMsfilter {
  const b = new Uint8Array(16);
  b.set(optval.bytes.subarray(0, 16));
  return {
    imsf_multiaddr: get32(b, 0),
    imsf_interface: get32(b, 4),
    imsf_fmode: 0,
    imsf_numsrc: get32le(b, 12) >>> 0,
    imsf_slist: [],
  };
}

/** getsockopt MCAST_MSFILTER: the same as struct group_filter. */
function group_filter_asked(optval: OptOut): GroupFilter {
  const b = new Uint8Array(144);
  b.set(optval.bytes.subarray(0, 144));
  return { gf_interface: get32le(b, 0), gf_group: b.subarray(8, 136), gf_numsrc: get32le(b, 140) >>> 0 };
}

/** IP_PKTOPTIONS of TCP: what packets came with, as control messages in the caller's buffer. */
function get_pktoptions(k: Kernel, sk: Sock, optval: OptOut): number {
  const inet = inet_sk(sk);
  const msg = new Msghdr();
  const len = optval.len;
  msg.msg_controllen = len;
  const bytes = new Uint8Array(Math.min(len, SIZEOF_PKTOPTIONS));
  bytes.set(optval.bytes.subarray(0, bytes.length));
  const put = (type: number, data: Uint8Array): void => {
    const offset = len - msg.msg_controllen;
    put_cmsg(k, msg, SOL_IP, type, data.length, data);
    const kept = msg.cmsgs.pop()?.[2];
    if (kept === undefined) return;
    set32le(bytes, offset, SIZEOF_CMSGHDR + kept.length);
    set32le(bytes, offset + 4, 0);
    set32le(bytes, offset + 8, SOL_IP);
    set32le(bytes, offset + 12, type);
    bytes.set(kept, offset + SIZEOF_CMSGHDR);
  };
  if ((inet.cmsg_flags & IP_CMSG_PKTINFO) !== 0) {
    const info = new Uint8Array(SIZEOF_IN_PKTINFO);
    set32le(info, 0, inet.mc_index);
    set32(info, 4, inet.rcv_saddr);
    set32(info, 8, inet.rcv_saddr);
    put(IP_PKTINFO, info);
  }
  if ((inet.cmsg_flags & IP_CMSG_TTL) !== 0) put(IP_TTL, Uint8Array.of(inet.mc_ttl, 0, 0, 0));
  if ((inet.cmsg_flags & IP_CMSG_TOS) !== 0) put(IP_TOS, Uint8Array.of(inet.rcv_tos, 0, 0, 0));
  return put_room(k, optval, bytes.slice(0, len - msg.msg_controllen));
}

/** getsockopt(SOL_IP). */
export const do_ip_getsockopt = inlined(
  FILE,
  "do_ip_getsockopt(sk, level, optname, optval)",
  (k: Kernel, sk: Sock, level: number, optname: number, optval: OptOut): number => {
    if (level !== SOL_IP) {
      return refuse(k, -EOPNOTSUPP, "level is not SOL_IP", { level });
    }
    if (ip_mroute_opt(optname)) return ip_mroute_getsockopt(k, sk, optname, optval);
    if (get_room(k, optval) !== 0) return -EFAULT;
    const len = optval.len;
    if (len < 0) {
      return refuse(k, -EINVAL, "negative length", { len });
    }
    lock_sock(k, sk);
    let val = get_option(k, sk, optname);
    switch (optname) {
      case IP_OPTIONS:
        return get_ip_options(k, sk, optval);
      case IP_MTU: {
        const dst = sk_dst_get(sk);
        val = 0;
        if (dst !== null) {
          val = dst_mtu(dst);
          dst_release(k, dst);
        }
        if (val === 0) {
          release_sock(k, sk);
          return refuse(k, -ENOTCONN, "the socket is not connected: no cached route to take the MTU from");
        }
        break;
      }
      case IP_MULTICAST_IF: {
        const addr = new Uint8Array(4);
        set32(addr, 0, inet_sk(sk).mc_addr);
        release_sock(k, sk);
        return put_room(k, optval, addr.slice(0, len));
      }
      case IP_MSFILTER:
      case MCAST_MSFILTER: {
        if (len < (optname === IP_MSFILTER ? 16 : 144)) {
          release_sock(k, sk);
          return einval(k, 0, len);
        }
        if (optval.no_bytes === true) {
          release_sock(k, sk);
          return refuse(k, -EFAULT, "the request cannot be read from user space");
        }
        const err =
          optname === IP_MSFILTER
            ? ip_mc_msfget(k, sk, msfilter_asked(optval), optval)
            : ip_mc_gsfget(k, sk, group_filter_asked(optval), optval);
        release_sock(k, sk);
        return err;
      }
      case IP_PKTOPTIONS:
        release_sock(k, sk);
        if (sk.sk_type !== SOCK_STREAM) {
          return refuse(k, -ENOPROTOOPT, "not a stream socket: no IP_PKTOPTIONS", { sk_type: sk.sk_type });
        }
        return get_pktoptions(k, sk, optval);
    }
    release_sock(k, sk);
    if (val === null) {
      return refuse(k, -ENOPROTOOPT, "no such IP socket option, or it cannot be read", { optname });
    }
    if (len < 4 && len > 0 && val >= 0 && val <= 255) return put_room(k, optval, Uint8Array.of(val));
    const b = new Uint8Array(4);
    set32le(b, 0, val);
    return put_room(k, optval, b.slice(0, len));
  },
);

/** getsockopt(SOL_IP), then netfilter for what IP does not know. */
export const ip_getsockopt = inlined(
  FILE,
  "ip_getsockopt(sk, level, optname, optval)",
  (k: Kernel, sk: Sock, level: number, optname: number, optval: OptOut): number => {
    let err = do_ip_getsockopt(k, sk, level, optname, optval);
    if (err === -ENOPROTOOPT && optname !== IP_PKTOPTIONS && !ip_mroute_opt(optname)) {
      lock_sock(k, sk);
      err = nf_getsockopt(k, sk, AF_INET, optname, optval);
      release_sock(k, sk);
    }
    return err;
  },
);
