// SPDX-License-Identifier: GPL-2.0-only
/**
 * include/net/sock.h, its structures alone: other structures extend struct sock, so this file loads nothing that
 * could lead back to them. Import from sock.ts.
 */
import type { Kernel, Net } from "../../kernel.ts";
import type { IoctlArg, Msghdr, Socket } from "../linux/net.ts";
import type { WaitQueueHead } from "../linux/poll.ts";
import type { Page, SkBuff } from "../linux/skbuff.ts";
import { SkBuffHead } from "../linux/struct_skbuff.ts";
import type { DstEntry } from "./dst.ts";

export const TCP_CLOSE = 7;

/** struct proto: what a transport protocol does. Absent = NULL in C. */
export interface Proto {
  readonly name: string;
  readonly obj_size: number;
  close?: (k: Kernel, sk: Sock, timeout: number) => void;
  connect?: (k: Kernel, sk: Sock, uaddr: Uint8Array, addr_len: number) => number;
  disconnect?: (k: Kernel, sk: Sock, flags: number) => number;
  init?: (k: Kernel, sk: Sock) => number;
  shutdown?: (k: Kernel, sk: Sock, how: number) => void;
  destroy?: (k: Kernel, sk: Sock) => void;
  ioctl?: (k: Kernel, sk: Sock, cmd: number, arg: IoctlArg) => number;
  setsockopt?: (
    k: Kernel,
    sk: Sock,
    level: number,
    optname: number,
    optval: UserMem | null,
    optlen: number,
  ) => number;
  getsockopt?: (k: Kernel, sk: Sock, level: number, optname: number, optval: OptOut) => number;
  sendmsg?: (k: Kernel, sk: Sock, msg: Msghdr, len: number) => number;
  recvmsg?: (k: Kernel, sk: Sock, msg: Msghdr, len: number, noblock: number, flags: number) => number;
  sendpage?: (k: Kernel, sk: Sock, page: Page, offset: number, size: number, flags: number) => number;
  backlog_rcv?: (k: Kernel, sk: Sock, skb: SkBuff) => number;
  release_cb?: (k: Kernel, sk: Sock) => void;
  hash?: (k: Kernel, sk: Sock) => void;
  unhash?: (k: Kernel, sk: Sock) => void;
  bind?: (k: Kernel, sk: Sock, uaddr: Uint8Array, addr_len: number) => number;
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
  /** An address of the kernel's half: access_ok refuses it. */
  readonly kernel?: boolean;
}

/** Where getsockopt writes: `len` is *optlen in and out, `bytes` what was put to optval. */
export interface OptOut {
  len: number;
  bytes: Uint8Array;
  /** The length cannot be read. */
  readonly no_len?: boolean | undefined;
  /** Nothing can be written there. */
  readonly no_bytes?: boolean | undefined;
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
  /** sk_lock.slock is taken: only ICMP's socket is ever tried while it is. */
  slock_held = false;
  sk_backlog: SkBuff[] = [];
  /** sk_extended(sk)->sk_backlog.len: truesize of what waits there. */
  sk_backlog_len = 0;
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
  /** The struct sock_fprog of SO_ATTACH_FILTER; its program is never run. */
  sk_filter: Uint8Array | null = null;
  /** Nanoseconds; -1 when not stamped (ktime_set(-1, 0)). */
  sk_stamp = -1;
  sk_socket: Socket | null = null;
  sk_sndmsg_page: Page | null = null;
  sk_sndmsg_off = 0;
  sk_mark = 0;
  sk_classid = 0;
  sk_cgrp_prioidx = 0;
  sk_reuseport = 0;
  /** sk_extended(sk)->sk_ll_usec: SO_BUSY_POLL. */
  sk_ll_usec = 0;
  /** A task waits in a call on this socket; a wake-up clears it. */
  sk_sleeper = false;
  /** Its wait queue's function, where it does not wake for everything: 0 for what it does not wait for. */
  sk_sleeper_func: ((k: Kernel, key: number) => number) | null = null;
  /** Who waits for it beside: poll, select, epoll. */
  readonly sk_sleep: WaitQueueHead = [];
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
