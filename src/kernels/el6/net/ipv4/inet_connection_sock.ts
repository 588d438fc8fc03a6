// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/inet_connection_sock.c: of it, the range of ephemeral ports. */
import { traced } from "../../../../trace/traced.ts";
import type { Kernel } from "../../kernel.ts";

const FILE = "net/ipv4/inet_connection_sock.c";

/** The range that ports are chosen from where the caller asks for any (ip_local_port_range). */
export const inet_get_local_port_range = traced(
  FILE,
  "inet_get_local_port_range()",
  (k: Kernel): readonly [number, number] => k.sysctl_local_ports,
);
