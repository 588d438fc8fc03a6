// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/datagram.c: connect(2) of a datagram socket. */
import { note, refuse, traced } from "../../../../trace/traced.ts";
import { EACCES, EAFNOSUPPORT, EINVAL, ENETUNREACH } from "../../../../uapi/errno.ts";
import { AF_INET } from "../../../../uapi/socket.ts";
import { get16, get32 } from "../../../../wire/bytes.ts";
import { ipv4_is_multicast } from "../../include/linux/in.ts";
import { inet_sk } from "../../include/net/inet_sock.ts";
import { ip_route_connect, ip_rt_put, RT_CONN_FLAGS, RTCF_BROADCAST } from "../../include/net/route.ts";
import { IP_INC_STATS, IPSTATS_MIB_OUTNOROUTES } from "../../include/net/snmp.ts";
import {
  SOCK_BROADCAST,
  type Sock,
  sk_dst_reset,
  sk_dst_set,
  sock_flag,
  sock_net,
  TCP_ESTABLISHED,
} from "../../include/net/sock.ts";
import type { Kernel } from "../../kernel.ts";

const FILE = "net/ipv4/datagram.c";

/** Fix the other end: find the route, take its source address, remember it. */
export const ip4_datagram_connect = traced(
  FILE,
  "ip4_datagram_connect(sk, uaddr, addr_len)",
  (k: Kernel, sk: Sock, uaddr: Uint8Array, addr_len: number): number => {
    const inet = inet_sk(sk);
    if (addr_len < 16) {
      return refuse(k, -EINVAL, "address shorter than struct sockaddr_in", { addr_len });
    }
    const sin_family = (uaddr[0] as number) | ((uaddr[1] as number) << 8);
    if (sin_family !== AF_INET) {
      return refuse(k, -EAFNOSUPPORT, "sin_family is not AF_INET", { sin_family });
    }
    const sin_port = get16(uaddr, 2);
    const sin_addr = get32(uaddr, 4);

    sk_dst_reset(k, sk);
    let oif = sk.sk_bound_dev_if;
    let saddr = inet.saddr;
    if (ipv4_is_multicast(sin_addr)) {
      if (oif === 0) oif = inet.mc_index;
      if (saddr === 0) saddr = inet.mc_addr;
      note(k, "multicast: device and source address default to IP_MULTICAST_IF", { oif, saddr });
    }
    const rt = ip_route_connect(
      k,
      sin_addr,
      saddr,
      RT_CONN_FLAGS(k, sk),
      oif,
      sk.sk_protocol,
      inet.sport,
      sin_port,
      sk,
      1,
    );
    if (typeof rt === "number") {
      if (rt === -ENETUNREACH) IP_INC_STATS(k, sock_net(sk), IPSTATS_MIB_OUTNOROUTES);
      return rt;
    }
    if ((rt.rt_flags & RTCF_BROADCAST) !== 0 && !sock_flag(sk, SOCK_BROADCAST)) {
      ip_rt_put(k, rt);
      return refuse(k, -EACCES, "broadcast destination, but SO_BROADCAST is not set", { daddr: sin_addr });
    }
    if (inet.saddr === 0) inet.saddr = rt.rt_src;
    if (inet.rcv_saddr === 0) inet.rcv_saddr = rt.rt_src;
    inet.daddr = rt.rt_dst;
    inet.dport = sin_port;
    sk.sk_state = TCP_ESTABLISHED;
    inet.id = k.jiffies & 0xffff;
    sk_dst_set(k, sk, rt);
    return 0;
  },
);
