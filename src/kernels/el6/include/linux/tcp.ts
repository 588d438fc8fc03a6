// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/tcp.h, net/tcp.h: TCP's part of a socket, as far as one without a connection has a use for it. */
import { InetConnectionSock } from "../net/inet_connection_sock.ts";
import type { Sock } from "../net/struct_sock.ts";

export const SIZEOF_TCPHDR = 20;
export const MAX_TCP_WINDOW = 32767;
export const TCP_MIN_MSS = 88;
export const TCP_INIT_CWND = 10;
export const TCP_INFINITE_SSTHRESH = 0x7fffffff;
export const TCP_CA_NAME_MAX = 16;
export const TCP_CA_OPEN = 0;

// Values of nonagle.
export const TCP_NAGLE_OFF = 1;
export const TCP_NAGLE_CORK = 2;
export const TCP_NAGLE_PUSH = 4;

/** struct tcp_sock. Nothing ever moves the sequence numbers of received data, so they aren't here. */
export class TcpSock extends InetConnectionSock {
  tcp_header_len = 0;
  snd_una = 0;
  snd_nxt = 0;
  write_seq = 0;
  max_window = 0;
  mss_cache = 0;
  window_clamp = 0;
  nonagle = 0;
  /** Jiffies. */
  mdev = 0;
  snd_ssthresh = 0;
  snd_cwnd = 0;
  reordering = 0;
  thin_lto = 0;
  thin_dupack = 0;
  /** Jiffies; 0: the sysctl's. */
  keepalive_time = 0;
  keepalive_intvl = 0;
  keepalive_probes = 0;
  linger2 = 0;
  /** rx_opt.user_mss, rx_opt.mss_clamp. */
  user_mss = 0;
  mss_clamp = 0;
}

export function tcp_sk(sk: Sock): TcpSock {
  return sk as TcpSock;
}
