// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/af_inet.c: the BSD side of IPv4 sockets, and how the protocols get together at boot. */

import { inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import {
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAFNOSUPPORT,
  EAGAIN,
  EINVAL,
  ENOIOCTLCMD,
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
  EPROTONOSUPPORT,
  ESOCKTNOSUPPORT,
} from "../../../../uapi/errno.ts";
import {
  IP_PMTUDISC_DONT,
  IP_PMTUDISC_WANT,
  IPPROTO_ICMP,
  IPPROTO_IGMP,
  IPPROTO_IP,
  IPPROTO_RAW,
  IPPROTO_TCP,
  IPPROTO_UDP,
} from "../../../../uapi/in.ts";
import {
  AF_INET,
  AF_UNSPEC,
  MSG_DONTWAIT,
  O_NONBLOCK,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
} from "../../../../uapi/socket.ts";
import { get16, get32, set16, set32 } from "../../../../wire/bytes.ts";
import { ip_fast_csum } from "../../../../wire/checksum.ts";
import {
  IP_CHECK,
  IP_FRAG_OFF,
  IP_HLEN,
  IP_ID,
  IP_MF,
  IP_PROTOCOL,
  IP_TOT_LEN,
} from "../../../../wire/ipv4.ts";
import {
  type IoctlArg,
  type Msghdr,
  type ProtoOps,
  type Socket,
  SS_CONNECTED,
  SS_CONNECTING,
  SS_DISCONNECTING,
  SS_UNCONNECTED,
} from "../../include/linux/net.ts";
import {
  __skb_pull,
  __skb_queue_purge,
  drop_all,
  type Page,
  pskb_may_pull,
  type SkBuff,
  skb_reset_network_header,
  skb_reset_transport_header,
} from "../../include/linux/skbuff.ts";
import { inet_rps_record_flow, inet_sk, kfree_ip_options } from "../../include/net/inet_sock.ts";
import { ip_hdrlen } from "../../include/net/ip.ts";
import { RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST } from "../../include/net/ip_fib.ts";
import {
  lock_sock,
  RCV_SHUTDOWN,
  SHUTDOWN_MASK,
  SOCK_BINDADDR_LOCK,
  SOCK_BINDPORT_LOCK,
  SOCK_DEAD,
  SOCK_LINGER,
  type Sock,
  sk_dst_reset,
  sk_mem_reclaim,
  sock_flag,
  sock_net,
  TCP_CLOSE,
} from "../../include/net/sock.ts";
import { capable, type InetProtosw, type Kernel, type Net, printk } from "../../kernel.ts";
import { datagram_poll } from "../core/datagram.ts";
import { dst_release } from "../core/dst.ts";
import {
  release_sock,
  sk_alloc,
  sk_common_release,
  sock_common_getsockopt,
  sock_common_setsockopt,
  sock_get_timestamp,
  sock_init_data,
  sock_no_sendpage,
} from "../core/sock.ts";
import { sock_create_kern, sock_register } from "../socket.ts";
import { inet_addr_type } from "./fib_frontend.ts";
import { icmp_rcv } from "./icmp.ts";
import { igmp_rcv, ip_mc_drop_socket } from "./igmp.ts";
import { ping_err, ping_prot } from "./ping.ts";
import { raw_prot } from "./raw.ts";
import { tcp_poll, tcp_prot, tcp_sendmsg, tcp_sendpage } from "./tcp.ts";
import { tcp_v4_err, tcp_v4_rcv } from "./tcp_ipv4.ts";
import { udp_err, udp_poll, udp_prot, udp_rcv, udp4_ufo_fragment, udp4_ufo_send_check } from "./udp.ts";

const FILE = "net/ipv4/af_inet.c";

const IPPROTO_MAX = 256;
const PROT_SOCK = 1024;
const TCP_SYN_SENT = 2;
const TCP_SYN_RECV = 3;
const TCP_LISTEN = 10;
const SIZEOF_SOCKADDR_IN = 16;
const SIOCGSTAMP = 0x8906;
const SIOCGSTAMPNS = 0x8907;
/** SIOCGPGRP, SIOCATMARK, SIOCOUTQNSD: not about the network's configuration. */
const SIOC_OF_PROTOCOLS: readonly number[] = [0x8904, 0x8905, 0x894b];

// include/net/protocol.h
export const INET_PROTOSW_REUSE = 0x01;
export const INET_PROTOSW_PERMANENT = 0x02;
export const INET_PROTOSW_ICSK = 0x04;

const SKB_GSO_KNOWN = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x40 | 0x100;

/** The destructor of IPv4 sockets: what still waits is thrown away. */
export const inet_sock_destruct = traced(FILE, "inet_sock_destruct(sk)", (k: Kernel, sk: Sock): void => {
  const inet = inet_sk(sk);
  drop_all(k, sk.sk_receive_queue, "SOCKET_CLOSE", "the socket is closed with unread data");
  __skb_queue_purge(k, sk.sk_receive_queue);
  __skb_queue_purge(k, sk.sk_error_queue);
  sk_mem_reclaim(k, sk);
  if (sk.sk_type === SOCK_STREAM && sk.sk_state !== TCP_CLOSE) {
    printk(k, `Attempt to release TCP socket in state ${sk.sk_state}`);
    return;
  }
  if (!sock_flag(sk, SOCK_DEAD)) {
    printk(k, "Attempt to release alive inet socket");
    return;
  }
  kfree_ip_options(k, inet.opt);
  inet.opt = null;
  dst_release(k, sk.sk_dst_cache);
});

/** Give an unbound socket a port of the machine's choice. */
export const inet_autobind = traced(FILE, "inet_autobind(sk)", (k: Kernel, sk: Sock): number => {
  lock_sock(k, sk);
  const inet = inet_sk(sk);
  if (inet.num === 0) {
    const failed = sk.sk_prot.get_port?.(k, sk, 0) ?? 1;
    if (failed !== 0) {
      release_sock(k, sk);
      return -EAGAIN;
    }
    inet.sport = inet.num;
  }
  release_sock(k, sk);
  return 0;
});

/** What a protocol does not have. */
function no_operation(k: Kernel, operation: string): number {
  return refuse(k, -EOPNOTSUPP, "not supported by this protocol", { operation });
}

/** listen(2): TCP's affair. */
export const inet_listen = traced(
  FILE,
  "inet_listen(sock, backlog)",
  (k: Kernel, _sock: Socket, _backlog: number): number => {
    return refuse(k, -EOPNOTSUPP, "not modelled: TCP connections");
  },
);

/** Whether a protocol works in this namespace: there is only the first one, where all do. */
export const inet_netns_ok = inlined(
  FILE,
  "inet_netns_ok(net, protocol)",
  (_k: Kernel, _net: Net, _protocol: number): number => {
    return 1;
  },
);

/** What makes a socket of this type and protocol, and the protocol that stands for 0; or -errno. */
function lookup_protocol(
  k: Kernel,
  type: number,
  protocol: number,
): { answer: InetProtosw; protocol: number } | number {
  const offered = k.inetsw[type] ?? [];
  if (offered.length === 0) {
    return refuse(k, -ESOCKTNOSUPPORT, "no AF_INET protocol has this socket type", { type });
  }
  for (const answer of offered) {
    if (protocol === answer.protocol) {
      if (protocol !== IPPROTO_IP) return { answer, protocol };
    } else {
      if (protocol === IPPROTO_IP) return { answer, protocol: answer.protocol };
      if (answer.protocol === IPPROTO_IP) return { answer, protocol };
    }
  }
  return refuse(k, -EPROTONOSUPPORT, "no such protocol for this socket type", { type, protocol });
}

/** socket(2) of AF_INET: find who implements it, make the socket, let the protocol set it up. */
export const inet_create = traced(
  FILE,
  "inet_create(net, sock, protocol, kern)",
  (k: Kernel, net: Net, sock: Socket, protocol: number, kern: number): number => {
    if (protocol < 0 || protocol >= IPPROTO_MAX) {
      return refuse(k, -EINVAL, "protocol number is out of range", { protocol });
    }
    sock.state = SS_UNCONNECTED;
    const found = lookup_protocol(k, sock.type, protocol);
    if (typeof found === "number") return found;
    const answer = found.answer;
    if (sock.type === SOCK_RAW && kern === 0 && !capable(k)) {
      return refuse(k, -EPERM, "not permitted: raw sockets need CAP_NET_RAW", { uid: k.current.uid });
    }
    if (inet_netns_ok(k, net, found.protocol) === 0) return -EAFNOSUPPORT;

    sock.ops = answer.ops;
    const sk = sk_alloc(k, net, AF_INET, answer.prot);
    sk.sk_no_check = answer.no_check;
    if ((answer.flags & INET_PROTOSW_REUSE) !== 0) sk.sk_reuse = 1;
    const inet = inet_sk(sk);
    inet.is_icsk = (answer.flags & INET_PROTOSW_ICSK) !== 0 ? 1 : 0;
    if (sock.type === SOCK_RAW) {
      inet.num = found.protocol;
      if (found.protocol === IPPROTO_RAW) {
        note(k, "IPPROTO_RAW: the caller writes the IP header");
        inet.hdrincl = 1;
      }
    }
    inet.pmtudisc = k.sysctl_ip_no_pmtu_disc !== 0 ? IP_PMTUDISC_DONT : IP_PMTUDISC_WANT;
    inet.id = 0;
    sock_init_data(k, sock, sk);
    sk.sk_destruct = inet_sock_destruct;
    sk.sk_protocol = found.protocol;
    if (sk.sk_prot.backlog_rcv !== undefined) sk.sk_backlog_rcv = sk.sk_prot.backlog_rcv;
    inet.uc_ttl = -1;
    inet.mc_loop = 1;
    inet.mc_ttl = 1;
    inet.mc_all = 1;
    inet.mc_index = 0;
    inet.mc_list = [];
    inet.rcv_tos = 0;
    if (inet.num !== 0) {
      note(k, "raw socket: num is the protocol number", { num: inet.num });
      inet.sport = inet.num;
      sk.sk_prot.hash?.(k, sk);
    }
    const err = sk.sk_prot.init?.(k, sk) ?? 0;
    if (err !== 0) {
      note(k, "the protocol's init failed", { err });
      sk_common_release(k, sk);
    }
    return err;
  },
);

/** The file is closed. */
export const inet_release = traced(FILE, "inet_release(sock)", (k: Kernel, sock: Socket): number => {
  const sk = sock.sk;
  if (sk === null) return 0;
  ip_mc_drop_socket(k, sk);
  const timeout = sock_flag(sk, SOCK_LINGER) ? sk.sk_lingertime : 0;
  sock.sk = null;
  sk.sk_prot.close?.(k, sk, timeout);
  return 0;
});

/** bind(2): an own address and port. */
export const inet_bind = traced(
  FILE,
  "inet_bind(sock, uaddr, addr_len)",
  (k: Kernel, sock: Socket, uaddr: Uint8Array, addr_len: number): number => {
    const sk = sock.sk as Sock;
    const inet = inet_sk(sk);
    if (sk.sk_prot.bind !== undefined) return sk.sk_prot.bind(k, sk, uaddr, addr_len);
    if (addr_len < SIZEOF_SOCKADDR_IN) {
      return refuse(k, -EINVAL, "address shorter than struct sockaddr_in", { addr_len });
    }
    const sin_addr = get32(uaddr, 4);
    const snum = get16(uaddr, 2);
    const chk_addr_ret = inet_addr_type(k, sock_net(sk), sin_addr);
    if (
      k.sysctl_ip_nonlocal_bind === 0 &&
      !(inet.freebind !== 0 || inet.transparent !== 0) &&
      sin_addr !== 0 &&
      chk_addr_ret !== RTN_LOCAL &&
      chk_addr_ret !== RTN_MULTICAST &&
      chk_addr_ret !== RTN_BROADCAST
    ) {
      return refuse(k, -EADDRNOTAVAIL, "address is not local to this host", { addr: sin_addr, chk_addr_ret });
    }
    if (snum !== 0 && snum < PROT_SOCK && !capable(k)) {
      return refuse(k, -EACCES, "not permitted: ports below 1024 need CAP_NET_BIND_SERVICE", {
        snum,
        uid: k.current.uid,
      });
    }
    lock_sock(k, sk);
    if (sk.sk_state !== TCP_CLOSE || inet.num !== 0) {
      release_sock(k, sk);
      return refuse(k, -EINVAL, "already bound or connected", { num: inet.num, sk_state: sk.sk_state });
    }
    inet.rcv_saddr = sin_addr;
    inet.saddr = sin_addr;
    if (chk_addr_ret === RTN_MULTICAST || chk_addr_ret === RTN_BROADCAST) {
      note(k, "multicast or broadcast: bound for receiving only, saddr stays 0", { addr: sin_addr });
      inet.saddr = 0;
    }
    const failed = sk.sk_prot.get_port?.(k, sk, snum) ?? 1;
    if (failed !== 0) {
      inet.saddr = 0;
      inet.rcv_saddr = 0;
      release_sock(k, sk);
      return -EADDRINUSE;
    }
    if (inet.rcv_saddr !== 0) sk.sk_userlocks |= SOCK_BINDADDR_LOCK;
    if (snum !== 0) sk.sk_userlocks |= SOCK_BINDPORT_LOCK;
    inet.sport = inet.num;
    inet.daddr = 0;
    inet.dport = 0;
    sk_dst_reset(k, sk);
    release_sock(k, sk);
    return 0;
  },
);

/** connect(2) of a datagram socket: only remembers the other end; AF_UNSPEC forgets it. */
export const inet_dgram_connect = traced(
  FILE,
  "inet_dgram_connect(sock, uaddr, addr_len, flags)",
  (k: Kernel, sock: Socket, uaddr: Uint8Array, addr_len: number, flags: number): number => {
    const sk = sock.sk as Sock;
    const sa_family = (uaddr[0] as number) | ((uaddr[1] as number) << 8);
    if (addr_len < 2) {
      note(k, "addrlen is too short for sa_family: stale bytes of the kernel stack are read, not AF_UNSPEC", {
        addr_len,
      });
    } else if (sa_family === AF_UNSPEC) {
      note(k, "AF_UNSPEC: disconnect");
      return sk.sk_prot.disconnect?.(k, sk, flags) ?? no_operation(k, "disconnect");
    }
    if (inet_sk(sk).num === 0 && inet_autobind(k, sk) !== 0) return -EAGAIN;
    return sk.sk_prot.connect?.(k, sk, uaddr, addr_len) ?? no_operation(k, "connect");
  },
);

/** connect(2) of TCP: what can be refused is; AF_UNSPEC forgets the other end. */
export const inet_stream_connect = traced(
  FILE,
  "inet_stream_connect(sock, uaddr, addr_len, flags)",
  (k: Kernel, sock: Socket, uaddr: Uint8Array, addr_len: number, flags: number): number => {
    const sk = sock.sk as Sock;
    lock_sock(k, sk);
    const sa_family = (uaddr[0] as number) | ((uaddr[1] as number) << 8);
    let err: number;
    if (addr_len >= 2 && sa_family === AF_UNSPEC) {
      note(k, "AF_UNSPEC: disconnect");
      err = sk.sk_prot.disconnect?.(k, sk, flags) ?? no_operation(k, "disconnect");
      sock.state = err !== 0 ? SS_DISCONNECTING : SS_UNCONNECTED;
    } else {
      if (addr_len < 2)
        note(k, "addrlen is too short for sa_family: stale bytes of the kernel stack are read");
      err = sk.sk_prot.connect?.(k, sk, uaddr, addr_len) ?? no_operation(k, "connect");
    }
    release_sock(k, sk);
    return err;
  },
);

/** getsockname(2), getpeername(2). */
export const inet_getname = traced(
  FILE,
  "inet_getname(sock, peer)",
  (k: Kernel, sock: Socket, peer: number): [number, Uint8Array] => {
    const sk = sock.sk as Sock;
    const inet = inet_sk(sk);
    const sin = new Uint8Array(SIZEOF_SOCKADDR_IN);
    sin[0] = AF_INET;
    if (peer !== 0) {
      const closed = ((1 << sk.sk_state) & ((1 << TCP_CLOSE) | (1 << TCP_SYN_SENT))) !== 0;
      if (inet.dport === 0 || (closed && peer === 1)) {
        return [refuse(k, -ENOTCONN, "the socket is not connected: it has no peer"), sin];
      }
      set16(sin, 2, inet.dport);
      set32(sin, 4, inet.daddr);
    } else {
      set16(sin, 2, inet.sport);
      set32(sin, 4, inet.rcv_saddr !== 0 ? inet.rcv_saddr : inet.saddr);
    }
    return [0, sin];
  },
);

/** Send: a socket without a port gets one first. */
export const inet_sendmsg = traced(
  FILE,
  "inet_sendmsg(sock, msg, size)",
  (k: Kernel, sock: Socket, msg: Msghdr, size: number): number => {
    const sk = sock.sk as Sock;
    inet_rps_record_flow(k, sk);
    if (inet_sk(sk).num === 0) {
      note(k, "not bound: autobind to an ephemeral port");
      if (inet_autobind(k, sk) !== 0) return -EAGAIN;
    }
    return sk.sk_prot.sendmsg?.(k, sk, msg, size) ?? no_operation(k, "sendmsg");
  },
);

/** Send a page without copying it, where the protocol can. */
export const inet_sendpage = traced(
  FILE,
  "inet_sendpage(sock, page, offset, size, flags)",
  (k: Kernel, sock: Socket, page: Page, offset: number, size: number, flags: number): number => {
    const sk = sock.sk as Sock;
    inet_rps_record_flow(k, sk);
    if (inet_sk(sk).num === 0) {
      note(k, "not bound: autobind to an ephemeral port");
      if (inet_autobind(k, sk) !== 0) return -EAGAIN;
    }
    if (sk.sk_prot.sendpage !== undefined) return sk.sk_prot.sendpage(k, sk, page, offset, size, flags);
    note(k, "no sendpage operation: copy the page");
    return sock_no_sendpage(k, sock, page, offset, size, flags);
  },
);

/** Receive. */
export const inet_recvmsg = traced(
  FILE,
  "inet_recvmsg(sock, msg, size, flags)",
  (k: Kernel, sock: Socket, msg: Msghdr, size: number, flags: number): number => {
    const sk = sock.sk as Sock;
    inet_rps_record_flow(k, sk);
    return (
      sk.sk_prot.recvmsg?.(k, sk, msg, size, flags & MSG_DONTWAIT, flags & ~MSG_DONTWAIT) ??
      no_operation(k, "recvmsg")
    );
  },
);

/** shutdown(2): close one direction, or both. */
export const inet_shutdown = traced(
  FILE,
  "inet_shutdown(sock, how)",
  (k: Kernel, sock: Socket, how: number): number => {
    const sk = sock.sk as Sock;
    const mask = how + 1;
    if ((mask & ~SHUTDOWN_MASK) !== 0 || mask === 0) {
      return refuse(k, -EINVAL, "how is not SHUT_RD, SHUT_WR or SHUT_RDWR", { how });
    }
    let err = 0;
    lock_sock(k, sk);
    if (sock.state === SS_CONNECTING) {
      const opening =
        ((1 << sk.sk_state) & ((1 << TCP_SYN_SENT) | (1 << TCP_SYN_RECV) | (1 << TCP_CLOSE))) !== 0;
      sock.state = opening ? SS_DISCONNECTING : SS_CONNECTED;
    }
    const disconnects =
      sk.sk_state === TCP_SYN_SENT || (sk.sk_state === TCP_LISTEN && (mask & RCV_SHUTDOWN) !== 0);
    if (disconnects) {
      err = sk.sk_prot.disconnect?.(k, sk, O_NONBLOCK) ?? 0;
      sock.state = err !== 0 ? SS_DISCONNECTING : SS_UNCONNECTED;
    } else if (sk.sk_state !== TCP_LISTEN) {
      if (sk.sk_state === TCP_CLOSE) {
        err = refuse(k, -ENOTCONN, "the socket is not connected: shut down anyway", { how });
      }
      sk.sk_shutdown |= mask;
      sk.sk_prot.shutdown?.(k, sk, mask);
    }
    sk.sk_state_change(k, sk);
    release_sock(k, sk);
    return err;
  },
);

/** ioctl(2): what the protocol knows; addresses, routes and ARP have better ways now. */
export const inet_ioctl = traced(
  FILE,
  "inet_ioctl(sock, cmd, arg)",
  (k: Kernel, sock: Socket, cmd: number, arg: IoctlArg): number => {
    const sk = sock.sk as Sock;
    if (cmd === SIOCGSTAMP || cmd === SIOCGSTAMPNS) return sock_get_timestamp(k, sk);
    if (
      (cmd >= 0x8900 && cmd < 0x8990 && !SIOC_OF_PROTOCOLS.includes(cmd)) ||
      (cmd >= 0x890b && cmd <= 0x890d)
    ) {
      return refuse(k, -ENOIOCTLCMD, "not modelled: ioctls that configure the network", { cmd });
    }
    return (
      sk.sk_prot.ioctl?.(k, sk, cmd, arg) ??
      refuse(k, -ENOIOCTLCMD, "no such ioctl in this protocol", { cmd })
    );
  },
);

/** Before segmenting: does the header hold, and does the protocol agree? */
export const inet_gso_send_check = inlined(
  FILE,
  "inet_gso_send_check(skb)",
  (k: Kernel, skb: SkBuff): number => {
    if (!pskb_may_pull(k, skb, IP_HLEN)) {
      return refuse(k, -EINVAL, "shorter than an IP header", { len: skb.len });
    }
    const ihl = ip_hdrlen(skb);
    if (ihl < IP_HLEN || !pskb_may_pull(k, skb, ihl)) {
      return refuse(k, -EINVAL, "malformed IP header", { ihl, len: skb.len });
    }
    __skb_pull(skb, ihl);
    skb_reset_transport_header(skb);
    const proto = skb.head.bytes[skb.network_header + IP_PROTOCOL] as number;
    const ops = k.inet_offloads.get(proto);
    if (ops === undefined) {
      return refuse(k, -EPROTONOSUPPORT, "no GSO for this protocol", { proto });
    }
    return ops.gso_send_check(k, skb);
  },
);

/** Cut a large packet: the protocol makes the segments, this numbers their IP headers. */
export const inet_gso_segment = traced(
  FILE,
  "inet_gso_segment(skb, features)",
  (k: Kernel, skb: SkBuff, features: number): SkBuff | number | null => {
    if ((skb.head.gso_type & ~SKB_GSO_KNOWN) !== 0) {
      return refuse(k, -EINVAL, "unknown gso_type", { gso_type: skb.head.gso_type });
    }
    skb_reset_network_header(skb);
    if (!pskb_may_pull(k, skb, IP_HLEN)) {
      return refuse(k, -EINVAL, "shorter than an IP header", { len: skb.len });
    }
    const ihl = ip_hdrlen(skb);
    if (ihl < IP_HLEN || !pskb_may_pull(k, skb, ihl)) {
      return refuse(k, -EINVAL, "malformed IP header", { ihl, len: skb.len });
    }
    const tunnel = skb.encapsulation !== 0;
    __skb_pull(skb, ihl);
    skb_reset_transport_header(skb);
    let id = get16(skb.head.bytes, skb.network_header + IP_ID);
    const proto = skb.head.bytes[skb.network_header + IP_PROTOCOL] as number;
    const ops = k.inet_offloads.get(proto);
    if (ops === undefined) {
      return refuse(k, -EPROTONOSUPPORT, "no GSO for this protocol", { proto });
    }
    const segs = ops.gso_segment(k, skb, features);
    if (segs === null || typeof segs === "number") return segs;

    let offset = 0;
    for (let seg: SkBuff | null = segs; seg !== null; seg = seg.next) {
      const b = seg.head.bytes;
      const iph = seg.network_header;
      if (!tunnel && proto === IPPROTO_UDP) {
        set16(b, iph + IP_ID, id);
        set16(b, iph + IP_FRAG_OFF, (offset >> 3) | (seg.next !== null ? IP_MF : 0));
        offset += seg.len - seg.mac_len - ip_hdrlen(seg);
      } else {
        set16(b, iph + IP_ID, id);
        id = (id + 1) & 0xffff;
      }
      set16(b, iph + IP_TOT_LEN, seg.len - seg.mac_len);
      set16(b, iph + IP_CHECK, 0);
      set16(b, iph + IP_CHECK, ip_fast_csum(b, iph, ip_hdrlen(seg) >> 2));
    }
    return segs;
  },
);

/** What a TCP socket can do. */
export const inet_stream_ops: ProtoOps = {
  family: AF_INET,
  release: inet_release,
  bind: inet_bind,
  connect: inet_stream_connect,
  getname: inet_getname,
  poll: (k, sock, wait) => tcp_poll(k, sock, wait),
  ioctl: inet_ioctl,
  shutdown: inet_shutdown,
  setsockopt: (k, sock, level, optname, optval, optlen) =>
    sock_common_setsockopt(k, sock, level, optname, optval, optlen),
  getsockopt: (k, sock, level, optname, optval) => sock_common_getsockopt(k, sock, level, optname, optval),
  sendmsg: (k, sock, msg, size) => tcp_sendmsg(k, sock, msg, size),
  recvmsg: inet_recvmsg,
  sendpage: (k, sock, page, offset, size, flags) => tcp_sendpage(k, sock, page, offset, size, flags),
};

/** What a UDP, UDP-Lite or ping socket can do. */
export const inet_dgram_ops: ProtoOps = {
  family: AF_INET,
  release: inet_release,
  bind: inet_bind,
  connect: inet_dgram_connect,
  getname: inet_getname,
  poll: (k, sock, wait) => udp_poll(k, sock, wait),
  ioctl: inet_ioctl,
  shutdown: inet_shutdown,
  setsockopt: (k, sock, level, optname, optval, optlen) =>
    sock_common_setsockopt(k, sock, level, optname, optval, optlen),
  getsockopt: (k, sock, level, optname, optval) => sock_common_getsockopt(k, sock, level, optname, optval),
  sendmsg: inet_sendmsg,
  recvmsg: inet_recvmsg,
  sendpage: inet_sendpage,
};

/** What a raw socket can do. */
export const inet_sockraw_ops: ProtoOps = {
  ...inet_dgram_ops,
  poll: (k, sock, wait) => datagram_poll(k, sock, wait),
};

/** Offer a kind of socket: behind the permanent ones, before what was offered earlier. */
export const inet_register_protosw = traced(
  FILE,
  "inet_register_protosw(p)",
  (k: Kernel, p: InetProtosw): void => {
    const list = k.inetsw[p.type];
    if (list === undefined) {
      printk(k, `Ignoring attempt to register invalid socket type ${p.type}.`);
      return;
    }
    let at = 0;
    for (let i = 0; i < list.length; i++) {
      const answer = list[i] as InetProtosw;
      if ((answer.flags & INET_PROTOSW_PERMANENT) === 0) continue;
      if (answer.protocol === p.protocol) {
        printk(k, `Attempt to override permanent protocol ${p.protocol}.`);
        return;
      }
      at = i + 1;
    }
    list.splice(at, 0, p);
  },
);

/** A socket of the kernel's own for control messages, hidden from input; or -errno. */
export const inet_ctl_sock_create = traced(
  FILE,
  "inet_ctl_sock_create(family, type, protocol, net)",
  (k: Kernel, family: number, type: number, protocol: number, net: Net): Sock | number => {
    const sock = sock_create_kern(k, family, type, protocol);
    if (typeof sock === "number") return sock;
    const sk = sock.sk as Sock;
    sk.sk_prot.unhash?.(k, sk);
    sk.sk_net = net;
    return sk;
  },
);

/** The socket side of IPv4 and its protocols; the other parts have initcalls of their own. */
export function inet_init(k: Kernel): void {
  sock_register(k, { family: AF_INET, create: inet_create });
  k.inet_protos.set(IPPROTO_ICMP, { handler: icmp_rcv, err_handler: ping_err, no_policy: true });
  k.inet_protos.set(IPPROTO_UDP, { handler: udp_rcv, err_handler: udp_err, no_policy: true });
  k.inet_protos.set(IPPROTO_TCP, { handler: tcp_v4_rcv, err_handler: tcp_v4_err, no_policy: true });
  k.inet_protos.set(IPPROTO_IGMP, { handler: igmp_rcv, err_handler: null, no_policy: false });
  k.inet_offloads.set(IPPROTO_UDP, { gso_send_check: udp4_ufo_send_check, gso_segment: udp4_ufo_fragment });

  const register = (
    type: number,
    protocol: number,
    rest: Omit<InetProtosw, "type" | "protocol" | "no_check">,
  ) => inet_register_protosw(k, { type, protocol, no_check: 0, ...rest });
  register(SOCK_STREAM, IPPROTO_TCP, {
    prot: tcp_prot,
    ops: inet_stream_ops,
    flags: INET_PROTOSW_PERMANENT | INET_PROTOSW_ICSK,
  });
  register(SOCK_DGRAM, IPPROTO_UDP, { prot: udp_prot, ops: inet_dgram_ops, flags: INET_PROTOSW_PERMANENT });
  register(SOCK_DGRAM, IPPROTO_ICMP, { prot: ping_prot, ops: inet_dgram_ops, flags: INET_PROTOSW_REUSE });
  register(SOCK_RAW, IPPROTO_IP, { prot: raw_prot, ops: inet_sockraw_ops, flags: INET_PROTOSW_REUSE });
}
