// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/tcp_ipv4.c: a TCP socket is made, connects as far as a route, and goes. Segments are not modelled. */
import { drop, note, refuse, traced } from "../../../../trace/traced.ts";
import { EAFNOSUPPORT, EFAULT, EINVAL, ENETUNREACH, ENOENT, EOPNOTSUPP } from "../../../../uapi/errno.ts";
import { IPPROTO_TCP } from "../../../../uapi/in.ts";
import { AF_INET } from "../../../../uapi/socket.ts";
import { get16, get32 } from "../../../../wire/bytes.ts";
import { copyFromUser } from "../../include/asm/uaccess.ts";
import type { SkBuff } from "../../include/linux/skbuff.ts";
import { TCP_INFINITE_SSTHRESH, TCP_INIT_CWND, tcp_sk } from "../../include/linux/tcp.ts";
import { inet_csk } from "../../include/net/inet_connection_sock.ts";
import { inet_sk } from "../../include/net/inet_sock.ts";
import {
  ip_route_connect,
  ip_rt_put,
  RT_CONN_FLAGS,
  RTCF_BROADCAST,
  RTCF_MULTICAST,
} from "../../include/net/route.ts";
import { IP_INC_STATS, IPSTATS_MIB_OUTNOROUTES } from "../../include/net/snmp.ts";
import {
  SOCK_USE_WRITE_QUEUE,
  type Sock,
  sk_mem_reclaim,
  sock_net,
  sock_set_flag,
  type UserMem,
} from "../../include/net/sock.ts";
import { TCP_CLOSE } from "../../include/net/tcp_states.ts";
import { type Kernel, local_bh_disable, local_bh_enable } from "../../kernel.ts";
import { kfree_skb } from "../core/skbuff.ts";
import { sk_stream_write_space } from "../core/stream.ts";
import { inet_csk_clear_xmit_timers } from "./inet_connection_sock.ts";
import { inet_put_port } from "./inet_hashtables.ts";
import { tcp_cleanup_congestion_control, tcp_init_congestion_ops } from "./tcp_cong.ts";
import { tcp_sync_mss } from "./tcp_output.ts";
import { tcp_init_xmit_timers } from "./tcp_timer.ts";

const FILE = "net/ipv4/tcp_ipv4.c";

/** net.ipv4.tcp_wmem[1] and tcp_rmem[1]. */
const TCP_WMEM_DEFAULT = 16384;
const TCP_RMEM_DEFAULT = 87380;
const TCP_REORDERING = 3;
/** Seconds. */
const TCP_TIMEOUT_INIT = 1;
const TCP_MSS_DEFAULT = 536;

const SIZEOF_SOCKADDR_IN = 16;
const SIZEOF_TCP_MD5SIG = 216;
const TCPM_KEYLEN = 130;
const TCP_MD5SIG_MAXKEYLEN = 80;

/** connect(2): find the route to the other end. A segment that begins a connection is never made. */
export const tcp_v4_connect = traced(
  FILE,
  "tcp_v4_connect(sk, uaddr, addr_len)",
  (k: Kernel, sk: Sock, uaddr: Uint8Array, addr_len: number): number => {
    const inet = inet_sk(sk);
    if (addr_len < SIZEOF_SOCKADDR_IN) {
      return refuse(k, -EINVAL, "address shorter than struct sockaddr_in", { addr_len });
    }
    const sin_family = (uaddr[0] as number) | ((uaddr[1] as number) << 8);
    if (sin_family !== AF_INET) {
      return refuse(k, -EAFNOSUPPORT, "sin_family is not AF_INET", { sin_family });
    }
    const daddr = get32(uaddr, 4);
    let nexthop = daddr;
    if (inet.opt !== null && inet.opt.srr !== 0) {
      if (daddr === 0) {
        return refuse(k, -EINVAL, "source route, but the destination is 0.0.0.0", { daddr });
      }
      note(k, "source route: route to the first hop", { faddr: inet.opt.faddr });
      nexthop = inet.opt.faddr;
    }
    const rt = ip_route_connect(
      k,
      nexthop,
      inet.saddr,
      RT_CONN_FLAGS(k, sk),
      sk.sk_bound_dev_if,
      IPPROTO_TCP,
      inet.sport,
      get16(uaddr, 2),
      sk,
      1,
    );
    if (typeof rt === "number") {
      if (rt === -ENETUNREACH) IP_INC_STATS(k, sock_net(sk), IPSTATS_MIB_OUTNOROUTES);
      return rt;
    }
    if ((rt.rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST)) !== 0) {
      ip_rt_put(k, rt);
      return refuse(k, -ENETUNREACH, "destination is broadcast or multicast: TCP cannot connect", { daddr });
    }
    ip_rt_put(k, rt);
    return refuse(k, -EOPNOTSUPP, "not modelled: TCP connections");
  },
);

/** The key that segments to `addr` are signed with (TCP_MD5SIG): there are none. */
export const tcp_v4_md5_do_lookup = traced(
  FILE,
  "tcp_v4_md5_do_lookup(sk, addr)",
  (_k: Kernel, _sk: Sock, _addr: number): null => null,
);

/** The key that segments to a socket's other end are signed with. */
export const tcp_v4_md5_lookup = traced(
  FILE,
  "tcp_v4_md5_lookup(sk, addr_sk)",
  (k: Kernel, sk: Sock, addr_sk: Sock): null => tcp_v4_md5_do_lookup(k, sk, inet_sk(addr_sk).daddr),
);

/** TCP_MD5SIG: a key for an address, or, without a key, none any more. */
export const tcp_v4_parse_md5_keys = traced(
  FILE,
  "tcp_v4_parse_md5_keys(sk, optval, optlen)",
  (k: Kernel, _sk: Sock, optval: UserMem | null, optlen: number): number => {
    if (optlen < SIZEOF_TCP_MD5SIG) {
      return refuse(k, -EINVAL, "shorter than struct tcp_md5sig", { optlen });
    }
    const cmd = new Uint8Array(SIZEOF_TCP_MD5SIG);
    if (copyFromUser(cmd, 0, optval, 0, SIZEOF_TCP_MD5SIG) !== 0) {
      return refuse(k, -EFAULT, "the option's value cannot be read from user space", { optlen });
    }
    const sin_family = (cmd[0] as number) | ((cmd[1] as number) << 8);
    if (sin_family !== AF_INET) {
      return refuse(k, -EINVAL, "sin_family is not AF_INET", { sin_family });
    }
    const tcpm_keylen = (cmd[TCPM_KEYLEN] as number) | ((cmd[TCPM_KEYLEN + 1] as number) << 8);
    if (tcpm_keylen === 0) {
      return refuse(k, -ENOENT, "no MD5 key to delete");
    }
    if (tcpm_keylen > TCP_MD5SIG_MAXKEYLEN) {
      return refuse(k, -EINVAL, "MD5 key exceeds 80 bytes", { tcpm_keylen, limit: TCP_MD5SIG_MAXKEYLEN });
    }
    return refuse(k, -EOPNOTSUPP, "not modelled: TCP MD5 signatures");
  },
);

/** Set up a new TCP socket. */
export const tcp_v4_init_sock = traced(FILE, "tcp_v4_init_sock(sk)", (k: Kernel, sk: Sock): number => {
  const tp = tcp_sk(sk);
  tcp_init_xmit_timers(k, sk);
  tp.icsk_rto = TCP_TIMEOUT_INIT * k.HZ;
  tp.mdev = TCP_TIMEOUT_INIT * k.HZ;
  tp.snd_cwnd = TCP_INIT_CWND;
  tp.snd_ssthresh = TCP_INFINITE_SSTHRESH;
  tp.mss_cache = TCP_MSS_DEFAULT;
  tp.reordering = TCP_REORDERING;
  tp.icsk_ca_ops = tcp_init_congestion_ops;
  sk.sk_state = TCP_CLOSE;
  sk.sk_write_space = sk_stream_write_space;
  sock_set_flag(sk, SOCK_USE_WRITE_QUEUE);
  tp.icsk_sync_mss = tcp_sync_mss;
  sk.sk_sndbuf = TCP_WMEM_DEFAULT;
  sk.sk_rcvbuf = TCP_RMEM_DEFAULT;
  local_bh_disable(k);
  k.tcp_sockets_allocated++;
  local_bh_enable(k);
  return 0;
});

/** A TCP segment came in. */
export const tcp_v4_rcv = traced(FILE, "tcp_v4_rcv(skb)", (k: Kernel, skb: SkBuff): number => {
  drop(k, skb, "NO_SOCKET", "not modelled: TCP segments");
  kfree_skb(k, skb);
  return 0;
});

/** An ICMP error about a TCP segment. */
export const tcp_v4_err = traced(
  FILE,
  "tcp_v4_err(skb, info)",
  (k: Kernel, _skb: SkBuff, _info: number): void => {
    note(k, "not modelled: ICMP errors about TCP segments");
  },
);

/** The socket goes: its timers, its congestion control, its port. */
export const tcp_v4_destroy_sock = traced(FILE, "tcp_v4_destroy_sock(sk)", (k: Kernel, sk: Sock): void => {
  inet_csk_clear_xmit_timers(k, sk);
  tcp_cleanup_congestion_control(k, sk);
  sk_mem_reclaim(k, sk);
  if (inet_csk(sk).icsk_bind_hash !== null) {
    note(k, "port is released", { port: inet_sk(sk).num });
    inet_put_port(k, sk);
  }
  k.tcp_sockets_allocated--;
});
