// SPDX-License-Identifier: GPL-2.0-only
/**
 * net/ipv6/af_inet6.c: sockets of AF_INET6, as far as programs meet them that speak IPv4 through them. What IPv6 itself would
 * do is not modelled, and says so. Its functions are not traced.
 */
import { refuse } from "../../../../trace/traced.ts";
import {
  EADDRNOTAVAIL,
  EAFNOSUPPORT,
  EINVAL,
  ENOTCONN,
  EPROTONOSUPPORT,
  ESOCKTNOSUPPORT,
} from "../../../../uapi/errno.ts";
import {
  IP_PMTUDISC_DONT,
  IP_PMTUDISC_WANT,
  IPPROTO_IP,
  IPPROTO_UDP,
  IPPROTO_UDPLITE,
} from "../../../../uapi/in.ts";
import { AF_INET6, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM } from "../../../../uapi/socket.ts";
import { set16 } from "../../../../wire/bytes.ts";
import { type ProtoOps, type Socket, SS_UNCONNECTED } from "../../include/linux/net.ts";
import { inet_sk } from "../../include/net/inet_sock.ts";
import type { Sock } from "../../include/net/sock.ts";
import type { Kernel, Net } from "../../kernel.ts";
import {
  sk_alloc,
  sock_common_getsockopt,
  sock_common_recvmsg,
  sock_common_setsockopt,
  sock_init_data,
  sock_no_sendpage,
} from "../core/sock.ts";
import {
  inet_dgram_connect,
  inet_ioctl,
  inet_release,
  inet_sendmsg,
  inet_shutdown,
  inet_sock_destruct,
} from "../ipv4/af_inet.ts";
import { udp_poll } from "../ipv4/udp.ts";
import { sock_register } from "../socket.ts";
import { udpv6_prot } from "./udp.ts";

const IPPROTO_MAX = 256;
const SIZEOF_SOCKADDR_IN6 = 28;

/** inet6_getname: its own address is never more than the port, as no address can be bound; and it has no peer. */
function inet6_getname(k: Kernel, sock: Socket, peer: number): [number, Uint8Array] {
  const sin6 = new Uint8Array(SIZEOF_SOCKADDR_IN6);
  sin6[0] = AF_INET6;
  if (peer !== 0) return [refuse(k, -ENOTCONN, "the socket is not connected: it has no peer"), sin6];
  set16(sin6, 2, inet_sk(sock.sk as Sock).sport);
  return [0, sin6];
}

const inet6_dgram_ops: ProtoOps = {
  family: AF_INET6,
  release: inet_release,
  bind: (k) => refuse(k, -EADDRNOTAVAIL, "not modelled: IPv6 addresses"),
  connect: inet_dgram_connect,
  getname: inet6_getname,
  poll: (k, sock, wait) => udp_poll(k, sock, wait),
  ioctl: (k, sock, cmd, arg) => inet_ioctl(k, sock, cmd, arg),
  shutdown: inet_shutdown,
  setsockopt: (k, sock, level, optname, optval, optlen) =>
    sock_common_setsockopt(k, sock, level, optname, optval, optlen),
  getsockopt: (k, sock, level, optname, optval) => sock_common_getsockopt(k, sock, level, optname, optval),
  sendmsg: inet_sendmsg,
  recvmsg: (k, sock, msg, size, flags) => sock_common_recvmsg(k, sock, msg, size, flags),
  sendpage: (k, sock, page, offset, size, flags) => sock_no_sendpage(k, sock, page, offset, size, flags),
};

/** The protocol that a type and a number mean, or -errno. */
function lookup_protocol(k: Kernel, type: number, protocol: number): number {
  if (type === SOCK_STREAM || type === SOCK_RAW) {
    return refuse(k, -EAFNOSUPPORT, "not modelled: IPv6 sockets other than UDP", { type });
  }
  if (type !== SOCK_DGRAM) {
    return refuse(k, -ESOCKTNOSUPPORT, "no AF_INET6 protocol has this socket type", { type });
  }
  const wanted = protocol === IPPROTO_IP ? IPPROTO_UDP : protocol;
  if (wanted === IPPROTO_UDP) return wanted;
  if (wanted === IPPROTO_UDPLITE) {
    return refuse(k, -EPROTONOSUPPORT, "not modelled: IPv6 sockets other than UDP", { protocol });
  }
  return refuse(k, -EPROTONOSUPPORT, "no such protocol for this socket type", { type, protocol });
}

/** inet6_create: socket(2) of AF_INET6. */
function inet6_create(k: Kernel, net: Net, sock: Socket, protocol: number): number {
  if (protocol < 0 || protocol >= IPPROTO_MAX) {
    return refuse(k, -EINVAL, "protocol number is out of range", { protocol });
  }
  const found = lookup_protocol(k, sock.type, protocol);
  if (found < 0) return found;
  sock.state = SS_UNCONNECTED;
  sock.ops = inet6_dgram_ops;
  const sk = sk_alloc(k, net, AF_INET6, udpv6_prot);
  sock_init_data(k, sock, sk);
  sk.sk_no_check = 0;
  sk.sk_destruct = inet_sock_destruct;
  sk.sk_protocol = found;
  if (udpv6_prot.backlog_rcv !== undefined) sk.sk_backlog_rcv = udpv6_prot.backlog_rcv;
  for_ipv4(k, sk);
  return 0;
}

/** The IPv4 part of the socket, since an IPv6 one may speak IPv4. */
function for_ipv4(k: Kernel, sk: Sock): void {
  const inet = inet_sk(sk);
  inet.uc_ttl = -1;
  inet.mc_loop = 1;
  inet.mc_ttl = 1;
  inet.mc_index = 0;
  inet.mc_list = [];
  inet.rcv_tos = 0;
  inet.pmtudisc = k.sysctl_ip_no_pmtu_disc !== 0 ? IP_PMTUDISC_DONT : IP_PMTUDISC_WANT;
}

/** inet6_init. */
export function inet6_init(k: Kernel): void {
  sock_register(k, { family: AF_INET6, create: inet6_create });
}
