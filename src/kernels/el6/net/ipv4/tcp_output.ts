// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/tcp_output.c: what release_sock calls for TCP. */
import { traced } from "../../../../trace/traced.ts";
import type { Sock } from "../../include/net/sock.ts";
import type { Kernel } from "../../kernel.ts";

const FILE = "net/ipv4/tcp_output.c";

/** Send what small queues held back; a socket without a connection has nothing. */
export const tcp_release_cb = traced(FILE, "tcp_release_cb(sk)", (_k: Kernel, _sk: Sock): void => {});
