// SPDX-License-Identifier: GPL-2.0-only
/** include/net/inet_connection_sock.h: the part of a socket that connections need. */
import type { Kernel, Timer } from "../../kernel.ts";
import type { InetBindBucket } from "./inet_hashtables.ts";
import { InetSock } from "./inet_sock.ts";
import type { Sock } from "./struct_sock.ts";

/** struct tcp_congestion_ops, its name and what a socket without a connection calls of it. */
export interface TcpCongestionOps {
  readonly name: string;
  readonly set_state?: (k: Kernel, sk: Sock, new_state: number) => void;
}

/** struct inet_connection_sock. */
export class InetConnectionSock extends InetSock {
  icsk_bind_hash: InetBindBucket | null = null;
  icsk_retransmit_timer!: Timer;
  icsk_delack_timer!: Timer;
  /** sk->sk_timer: keepalive. */
  sk_timer!: Timer;
  /** Jiffies. */
  icsk_rto = 0;
  icsk_pmtu_cookie = 0;
  icsk_ca_ops!: TcpCongestionOps;
  icsk_ext_hdr_len = 0;
  icsk_syn_retries = 0;
  /** icsk_ack.pingpong. */
  pingpong = 0;
  /** icsk_accept_queue.rskq_defer_accept. */
  rskq_defer_accept = 0;
  /** sk_extended(sk)->icsk_user_timeout, jiffies. */
  icsk_user_timeout = 0;
  icsk_sync_mss!: (k: Kernel, sk: Sock, pmtu: number) => number;
}

export function inet_csk(sk: Sock): InetConnectionSock {
  return sk as InetConnectionSock;
}
