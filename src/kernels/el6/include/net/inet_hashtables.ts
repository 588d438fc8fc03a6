// SPDX-License-Identifier: GPL-2.0-only
/** include/net/inet_hashtables.h: which TCP sockets have which port. Host-order ports. */
import type { Kernel } from "../../kernel.ts";
import type { Sock } from "./struct_sock.ts";

/** struct inet_bind_bucket: one port and who has it; `fastreuse`: every owner has SO_REUSEADDR and none listens. */
export interface InetBindBucket {
  readonly port: number;
  fastreuse: number;
  fastreuseport: number;
  fastuid: number;
  num_owners: number;
  /** The newest first. */
  readonly owners: Sock[];
}

/** struct inet_hashinfo: TCP's table of ports, by the port itself. */
export interface InetHashinfo {
  readonly bhash: Map<number, InetBindBucket>;
  /** How many sockets have a port. */
  bsockets: number;
}

/** sk->sk_prot->h.hashinfo. */
export function sk_hashinfo(k: Kernel, _sk: Sock): InetHashinfo {
  return k.tcp_hashinfo;
}
