// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/tcp_ipv4.c: a new TCP socket. Segments are not modelled. */
import { note, traced } from "../../../../trace/traced.ts";
import type { SkBuff } from "../../include/linux/skbuff.ts";
import { SOCK_USE_WRITE_QUEUE, type Sock, sock_set_flag, TCP_CLOSE } from "../../include/net/sock.ts";
import { type Kernel, local_bh_disable, local_bh_enable } from "../../kernel.ts";
import { kfree_skb } from "../core/skbuff.ts";
import { tcp_init_xmit_timers } from "./tcp_timer.ts";

const FILE = "net/ipv4/tcp_ipv4.c";

/** net.ipv4.tcp_wmem[1] and tcp_rmem[1]. */
const TCP_WMEM_DEFAULT = 16384;
const TCP_RMEM_DEFAULT = 87380;

/** Set up a new TCP socket. */
export const tcp_v4_init_sock = traced(FILE, "tcp_v4_init_sock(sk)", (k: Kernel, sk: Sock): number => {
  tcp_init_xmit_timers(k, sk);
  sk.sk_state = TCP_CLOSE;
  sock_set_flag(sk, SOCK_USE_WRITE_QUEUE);
  sk.sk_sndbuf = TCP_WMEM_DEFAULT;
  sk.sk_rcvbuf = TCP_RMEM_DEFAULT;
  local_bh_disable(k);
  local_bh_enable(k);
  return 0;
});

/** A TCP segment came in. */
export const tcp_v4_rcv = traced(FILE, "tcp_v4_rcv(skb)", (k: Kernel, skb: SkBuff): number => {
  note(k, "not modelled: TCP segments; dropped");
  kfree_skb(k, skb);
  return 0;
});

/** An ICMP error about a TCP segment. */
export const tcp_v4_err = traced(
  FILE,
  "tcp_v4_err(skb, info)",
  (k: Kernel, _skb: SkBuff, _info: number): void => {
    note(k, "not modelled: errors about TCP segments");
  },
);
