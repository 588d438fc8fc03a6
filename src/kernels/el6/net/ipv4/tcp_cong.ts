// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/tcp_cong.c: the choice of a congestion control; without a connection it controls nothing. */
import { note, refuse, traced } from "../../../../trace/traced.ts";
import { ENOENT } from "../../../../uapi/errno.ts";
import { inet_csk, type TcpCongestionOps } from "../../include/net/inet_connection_sock.ts";
import type { Sock } from "../../include/net/sock.ts";
import { capable, type Kernel } from "../../kernel.ts";
import { cubictcp } from "./tcp_cubic.ts";

const FILE = "net/ipv4/tcp_cong.c";

/** What a socket has until it is connected or chooses. */
export const tcp_init_congestion_ops: TcpCongestionOps = { name: "" };
const tcp_reno: TcpCongestionOps = { name: "reno" };

/** tcp_cong_list: what this machine offers, to everybody. */
const tcp_cong_list: readonly TcpCongestionOps[] = [cubictcp, tcp_reno];

/** A congestion control by its name, or null. */
export const tcp_ca_find = traced(
  FILE,
  "tcp_ca_find(name)",
  (_k: Kernel, name: string): TcpCongestionOps | null => tcp_cong_list.find((e) => e.name === name) ?? null,
);

/** The socket has done with its congestion control. */
export const tcp_cleanup_congestion_control = traced(
  FILE,
  "tcp_cleanup_congestion_control(sk)",
  (_k: Kernel, _sk: Sock): void => {},
);

/** TCP_CONGESTION: choose one. */
export const tcp_set_congestion_control = traced(
  FILE,
  "tcp_set_congestion_control(sk, name)",
  (k: Kernel, sk: Sock, name: string): number => {
    const icsk = inet_csk(sk);
    let ca = tcp_ca_find(k, name);
    if (ca === icsk.icsk_ca_ops) return 0;
    if (ca === null && capable(k)) {
      note(k, "not registered, and no module with this name", { name });
      ca = tcp_ca_find(k, name);
    }
    if (ca === null) {
      return refuse(k, -ENOENT, "no congestion control with this name", { name });
    }
    tcp_cleanup_congestion_control(k, sk);
    icsk.icsk_ca_ops = ca;
    return 0;
  },
);
