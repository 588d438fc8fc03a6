// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/tcp_timer.c: TCP's timers, as far as a socket without a connection has any. */
import { note, traced } from "../../../../trace/traced.ts";
import type { Sock } from "../../include/net/sock.ts";
import { type Kernel, new_timer } from "../../kernel.ts";
import { inet_csk_init_xmit_timers } from "./inet_connection_sock.ts";

const FILE = "net/ipv4/tcp_timer.c";

/** What a timer does that is never armed. */
const never = (): void => {};

/** Set up retransmission, delayed acknowledgement and keepalive. */
export const tcp_init_xmit_timers = traced(FILE, "tcp_init_xmit_timers(sk)", (k: Kernel, sk: Sock): void => {
  inet_csk_init_xmit_timers(k, sk, new_timer(never), new_timer(never), new_timer(never));
});

/** SO_KEEPALIVE: a connection would be watched from now on, or no more. */
export const tcp_set_keepalive = traced(
  FILE,
  "tcp_set_keepalive(sk, val)",
  (k: Kernel, _sk: Sock, _val: number): void => {
    note(k, "not connected: keepalive flag is set, no timer");
  },
);
