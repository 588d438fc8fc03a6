// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/tcp_cubic.c: the congestion control named cubic, as far as a socket without a connection meets it. */
import { traced } from "../../../../trace/traced.ts";
import type { TcpCongestionOps } from "../../include/net/inet_connection_sock.ts";
import type { Sock } from "../../include/net/sock.ts";
import type { Kernel } from "../../kernel.ts";

const FILE = "net/ipv4/tcp_cubic.c";

/** The state of congestion changed: only a loss would matter. */
export const bictcp_state = traced(
  FILE,
  "bictcp_state(sk, new_state)",
  (_k: Kernel, _sk: Sock, _new_state: number): void => {},
);

/** What TCP_CONGESTION calls cubic. */
export const cubictcp: TcpCongestionOps = { name: "cubic", set_state: bictcp_state };
