// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/tcp_output.c: segment sizes, and what options and release_sock would send; without a connection, nothing. */
import { note, traced } from "../../../../trace/traced.ts";
import { IP_HLEN } from "../../../../wire/ipv4.ts";
import { SIZEOF_TCPHDR, tcp_sk } from "../../include/linux/tcp.ts";
import type { Sock } from "../../include/net/sock.ts";
import type { Kernel } from "../../kernel.ts";
import { tcp_v4_md5_lookup } from "./tcp_ipv4.ts";

const FILE = "net/ipv4/tcp_output.c";
const MIN_MSS = 48;

/** How many bytes of options a segment of an established connection has: none, unless there is a key to sign with. */
export const tcp_established_options = traced(
  FILE,
  "tcp_established_options(sk)",
  (k: Kernel, sk: Sock): number => {
    tcp_v4_md5_lookup(k, sk, sk);
    return 0;
  },
);

/** Send what small queues held back; a socket without a connection has nothing. */
export const tcp_release_cb = traced(FILE, "tcp_release_cb(sk)", (_k: Kernel, _sk: Sock): void => {});

/** The largest segment that fits into a packet of `pmtu` bytes. */
export const tcp_mtu_to_mss = traced(
  FILE,
  "tcp_mtu_to_mss(sk, pmtu)",
  (k: Kernel, sk: Sock, pmtu: number): number => {
    const tp = tcp_sk(sk);
    let mss_now = Math.min(pmtu - IP_HLEN - SIZEOF_TCPHDR, tp.mss_clamp) - tp.icsk_ext_hdr_len;
    if (mss_now < MIN_MSS) {
      note(k, "MSS is too small: raised to leave room for options and 8 bytes", { mss_now });
      mss_now = MIN_MSS;
    }
    return mss_now - (tp.tcp_header_len - SIZEOF_TCPHDR);
  },
);

/** The path's MTU or the IP options changed: how large may segments be now? */
export const tcp_sync_mss = traced(
  FILE,
  "tcp_sync_mss(sk, pmtu)",
  (k: Kernel, sk: Sock, pmtu: number): number => {
    const tp = tcp_sk(sk);
    tp.icsk_pmtu_cookie = pmtu;
    tp.mss_cache = tcp_mtu_to_mss(k, sk, pmtu);
    return tp.mss_cache;
  },
);

/** How large a segment may be, options taken off. */
export const tcp_current_mss = traced(FILE, "tcp_current_mss(sk)", (k: Kernel, sk: Sock): number => {
  const tp = tcp_sk(sk);
  const header_len = tcp_established_options(k, sk) + SIZEOF_TCPHDR;
  return (tp.mss_cache - (header_len - tp.tcp_header_len)) >>> 0;
});

/** Send what is queued; without a connection nothing is. */
export const __tcp_push_pending_frames = traced(
  FILE,
  "__tcp_push_pending_frames(sk, cur_mss, nonagle)",
  (k: Kernel, _sk: Sock, _cur_mss: number, _nonagle: number): void => {
    note(k, "nothing queued to be sent");
  },
);
