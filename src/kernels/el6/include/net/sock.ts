// SPDX-License-Identifier: GPL-2.0-only
/** include/net/sock.h: the protocol side of a socket, and what a protocol offers. */
import { inlined } from "../../../../trace/traced.ts";
import type { Kernel, Net } from "../../kernel.ts";
import type { Msghdr, Socket } from "../linux/net.ts";
import { type Page, type SkBuff, SkBuffHead } from "../linux/skbuff.ts";
import type { DstEntry } from "./dst.ts";
import { lock_sock_nested } from "../../net/core/sock.ts";

const FILE = "include/net/sock.h";

// sk_flags bits (enum sock_flags), as bit numbers.
export const SOCK_DEAD = 0;
export const SOCK_DONE = 1;
export const SOCK_URGINLINE = 2;
export const SOCK_KEEPOPEN = 3;
export const SOCK_LINGER = 4;
export const SOCK_DESTROY = 5;
export const SOCK_BROADCAST = 6;
export const SOCK_TIMESTAMP = 7;
export const SOCK_ZAPPED = 8;
export const SOCK_USE_WRITE_QUEUE = 9;
export const SOCK_DBG = 10;
export const SOCK_RCVTSTAMP = 11;
export const SOCK_RCVTSTAMPNS = 12;
export const SOCK_LOCALROUTE = 13;
export const SOCK_QUEUE_SHRUNK = 14;
export const SOCK_TIMESTAMPING_TX_HARDWARE = 15;
export const SOCK_TIMESTAMPING_TX_SOFTWARE = 16;
export const SOCK_TIMESTAMPING_RX_HARDWARE = 17;
export const SOCK_TIMESTAMPING_RX_SOFTWARE = 18;
export const SOCK_TIMESTAMPING_SOFTWARE = 19;
export const SOCK_TIMESTAMPING_RAW_HARDWARE = 20;
export const SOCK_TIMESTAMPING_SYS_HARDWARE = 21;
export const SOCK_FASYNC = 22;
export const SOCK_RXQ_OVFL = 23;

export const SOCK_SNDBUF_LOCK = 1;
export const SOCK_RCVBUF_LOCK = 2;
export const SOCK_BINDADDR_LOCK = 4;
export const SOCK_BINDPORT_LOCK = 8;

export const TCP_ESTABLISHED = 1;
export const TCP_CLOSE = 7;
export const RCV_SHUTDOWN = 1;
export const SEND_SHUTDOWN = 2;

export const UDP_CSUM_NOXMIT = 1;
export const UDP_CSUM_NORCV = 2;

/** struct proto: what a transport protocol does. Absent = NULL in C. */
export interface Proto {
  readonly name: string;
  readonly obj_size: number;
  close?: (k: Kernel, sk: Sock, timeout: number) => void;
  connect?: (k: Kernel, sk: Sock, uaddr: Uint8Array, addr_len: number) => number;
  disconnect?: (k: Kernel, sk: Sock, flags: number) => number;
  init?: (k: Kernel, sk: Sock) => number;
  destroy?: (k: Kernel, sk: Sock) => void;
  ioctl?: (k: Kernel, sk: Sock, cmd: number) => number;
  setsockopt?: (k: Kernel, sk: Sock, level: number, optname: number, optval: UserMem | null, optlen: number) => number;
  getsockopt?: (k: Kernel, sk: Sock, level: number, optname: number, optval: OptOut) => number;
  sendmsg?: (k: Kernel, sk: Sock, msg: Msghdr, len: number) => number;
  recvmsg?: (k: Kernel, sk: Sock, msg: Msghdr, len: number, noblock: number, flags: number) => number;
  sendpage?: (k: Kernel, sk: Sock, page: Page, offset: number, size: number, flags: number) => number;
  backlog_rcv?: (k: Kernel, sk: Sock, skb: SkBuff) => number;
  release_cb?: (k: Kernel, sk: Sock) => void;
  hash?: (k: Kernel, sk: Sock) => void;
  unhash?: (k: Kernel, sk: Sock) => void;
  get_port?: (k: Kernel, sk: Sock, snum: number) => number;
  /** Which hash table, sysctls and accounting: "udp", "udplite", "raw", "tcp", "ping". */
  readonly family: "udp" | "udplite" | "raw" | "tcp" | "ping" | "netlink" | "packet";
  /** RHEL's extension of struct proto (proto_has_rhel_ext). */
  readonly rhel_ext?: boolean;
  /** Memory accounting in pages (memory_allocated); false where the protocol has none. */
  readonly has_memory_accounting: boolean;
  /** SLAB_DESTROY_BY_RCU and the like do not matter here. */
}

/** Memory of user space: what can be read of it. Reading past `bytes` faults. */
export interface UserMem {
  readonly bytes: Uint8Array;
}

/** Where getsockopt writes: `len` is *optlen in and out, `bytes` what was put to optval. */
export interface OptOut {
  len: number;
  bytes: Uint8Array;
}

/** struct sock. */
export class Sock {
  readonly oid: number;
  sk_refcnt = 1;
  sk_hash = 0;
  sk_family = 0;
  sk_state = TCP_CLOSE;
  sk_reuse = 0;
  sk_bound_dev_if = 0;
  sk_prot: Proto;
  sk_prot_creator: Proto;
  sk_net: Net;
  sk_shutdown = 0;
  sk_no_check = 0;
  sk_userlocks = 0;
  sk_protocol = 0;
  sk_type = 0;
  sk_rcvbuf = 0;
  sk_lock_owned = 0;
  sk_backlog: SkBuff[] = [];
  sk_dst_cache: DstEntry | null = null;
  sk_rmem_alloc = 0;
  sk_wmem_alloc = 1;
  sk_omem_alloc = 0;
  sk_sndbuf = 0;
  readonly sk_receive_queue: SkBuffHead = new SkBuffHead();
  readonly sk_write_queue: SkBuffHead = new SkBuffHead();
  readonly sk_error_queue: SkBuffHead = new SkBuffHead();
  sk_wmem_queued = 0;
  sk_forward_alloc = 0;
  sk_allocation = 0;
  sk_route_caps = 0;
  sk_gso_type = 0;
  sk_gso_max_size = 0;
  sk_rcvlowat = 1;
  /** Bits SOCK_* by number. */
  sk_flags = 0;
  sk_lingertime = 0;
  sk_err = 0;
  sk_err_soft = 0;
  sk_drops = 0;
  sk_ack_backlog = 0;
  sk_max_ack_backlog = 0;
  sk_priority = 0;
  /** Jiffies; Infinity = MAX_SCHEDULE_TIMEOUT. */
  sk_rcvtimeo = Number.POSITIVE_INFINITY;
  sk_sndtimeo = Number.POSITIVE_INFINITY;
  sk_filter: null = null;
  /** Nanoseconds; -1 when not stamped (ktime_set(-1, 0)). */
  sk_stamp = -1;
  sk_socket: Socket | null = null;
  sk_sndmsg_page: Page | null = null;
  sk_sndmsg_off = 0;
  sk_mark = 0;
  sk_classid = 0;
  sk_cgrp_prioidx = 0;
  sk_tx_queue_mapping = -1;
  /** True while on the protocol's hash chain. */
  hashed = false;
  sk_state_change: (k: Kernel, sk: Sock) => void = () => {};
  sk_data_ready: (k: Kernel, sk: Sock, bytes: number) => void = () => {};
  sk_write_space: (k: Kernel, sk: Sock) => void = () => {};
  sk_error_report: (k: Kernel, sk: Sock) => void = () => {};
  sk_backlog_rcv: (k: Kernel, sk: Sock, skb: SkBuff) => number = () => 0;
  sk_destruct: (k: Kernel, sk: Sock) => void = () => {};
  constructor(oid: number, prot: Proto, net: Net) {
    this.oid = oid;
    this.sk_prot = prot;
    this.sk_prot_creator = prot;
    this.sk_net = net;
  }
}

export function sock_net(sk: Sock): Net {
  return sk.sk_net;
}
export function sock_flag(sk: Sock, flag: number): boolean {
  return (sk.sk_flags & (1 << flag)) !== 0;
}
export function sock_set_flag(sk: Sock, flag: number): void {
  sk.sk_flags |= 1 << flag;
}
export function sock_reset_flag(sk: Sock, flag: number): void {
  sk.sk_flags &= ~(1 << flag);
}
/** sock_error: take the pending error, 0 or -errno. */
export function sock_error(sk: Sock): number {
  const err = sk.sk_err;
  sk.sk_err = 0;
  return -err | 0;
}
export function sock_writeable(sk: Sock): boolean {
  return sk.sk_wmem_alloc < sk.sk_sndbuf >> 1;
}

/** Take the socket for the process. */
export const lock_sock = inlined(FILE, "lock_sock(sk)", (k: Kernel, sk: Sock): void => {
  lock_sock_nested(k, sk, 0);
});
