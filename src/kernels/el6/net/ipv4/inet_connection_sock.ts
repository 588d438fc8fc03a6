// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/inet_connection_sock.c: the range of ephemeral ports, and what little of TCP is here. */
import { traced } from "../../../../trace/traced.ts";
import type { Sock } from "../../include/net/sock.ts";
import type { Kernel } from "../../kernel.ts";

const FILE = "net/ipv4/inet_connection_sock.c";

/** net.ipv4.ip_local_port_range. */
export const inet_get_local_port_range = traced(
  FILE,
  "inet_get_local_port_range()",
  (k: Kernel): readonly [number, number] => k.sysctl_local_ports,
);

/** Set up the timers of a connection. They are never armed, since connections are not modelled. */
export const inet_csk_init_xmit_timers = traced(
  FILE,
  "inet_csk_init_xmit_timers(sk)",
  (_k: Kernel, _sk: Sock): void => {},
);
