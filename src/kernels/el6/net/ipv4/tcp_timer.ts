// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/tcp_timer.c: TCP's timers, as far as a new socket has any. */
import { traced } from "../../../../trace/traced.ts";
import type { Sock } from "../../include/net/sock.ts";
import type { Kernel } from "../../kernel.ts";
import { inet_csk_init_xmit_timers } from "./inet_connection_sock.ts";

const FILE = "net/ipv4/tcp_timer.c";

/** Set up retransmission, delayed acknowledgement and keepalive. */
export const tcp_init_xmit_timers = traced(FILE, "tcp_init_xmit_timers(sk)", (k: Kernel, sk: Sock): void => {
  inet_csk_init_xmit_timers(k, sk);
});
