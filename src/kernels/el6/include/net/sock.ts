// SPDX-License-Identifier: GPL-2.0-only
/** include/net/sock.h: the protocol side of a socket, and what a protocol offers. */
import { fate, inlined } from "../../../../trace/traced.ts";
import { EINTR, ENOBUFS, ERESTARTSYS } from "../../../../uapi/errno.ts";
import { type Kernel, local_bh_disable, local_bh_enable, type Net, printk } from "../../kernel.ts";
import { dst_release } from "../../net/core/dst.ts";
import {
  __sk_mem_reclaim,
  __sk_mem_schedule,
  lock_sock_nested,
  sk_free,
  sock_rfree,
  sock_wfree,
} from "../../net/core/sock.ts";
import { net_ratelimit } from "../../net/core/utils.ts";
import type { Socket } from "../linux/net.ts";
import { type SkBuff, skb_orphan } from "../linux/skbuff.ts";
import type { DstEntry } from "./dst.ts";
import type { Sock } from "./struct_sock.ts";

export * from "./struct_sock.ts";

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
/** A port may be shared by all with SO_REUSEADDR. */
export const SOCK_RELAX = 31;

export const SOCK_SNDBUF_LOCK = 1;
export const SOCK_RCVBUF_LOCK = 2;
export const SOCK_BINDADDR_LOCK = 4;
export const SOCK_BINDPORT_LOCK = 8;

export const TCP_ESTABLISHED = 1;
export const RCV_SHUTDOWN = 1;
export const SEND_SHUTDOWN = 2;
export const SHUTDOWN_MASK = 3;

/** Bytes of one unit of a protocol's memory accounting: a page. */
export const SK_MEM_QUANTUM = 4096;
export const SK_MEM_QUANTUM_SHIFT = 12;
export const SK_MEM_SEND = 0;
export const SK_MEM_RECV = 1;
export const SOCK_MIN_SNDBUF = 2048;
/** 2048 + sizeof(struct sk_buff). */
export const SOCK_MIN_RCVBUF = 2048 + 232;

export const UDP_CSUM_NOXMIT = 1;
export const UDP_CSUM_NORCV = 2;

export function sock_net(sk: Sock): Net {
  return sk.sk_net;
}
export function sock_flag(sk: Sock, flag: number): boolean {
  return (sk.sk_flags & (1 << flag)) !== 0;
}
/**
 * sock_flag where its value counts as a number. Inlined, the flag is a constant and test_bit answers 0 or 1; as a call of its own it is
 * variable_test_bit, whose `sbb` answers 0 or -1.
 */
export function sock_flag_value(k: Kernel, sk: Sock, flag: number): number {
  return sock_flag(sk, flag) ? (k.build === "outlined" ? -1 : 1) : 0;
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
/** {@link sock_error} where the call ends with it. */
export function pending_error(k: Kernel, sk: Sock): number {
  const err = sock_error(sk);
  if (err !== 0)
    fate(k, "refused", null, "pending error on the socket: this call returns it", undefined, {
      errno: -err,
      sk,
    });
  return err;
}
export function sock_writeable(sk: Sock): boolean {
  return sk.sk_wmem_alloc < sk.sk_sndbuf >> 1;
}

/** Room in the send buffer of a stream socket. */
export function sk_stream_wspace(sk: Sock): number {
  return sk.sk_sndbuf - sk.sk_wmem_queued;
}
/** How much room there must be before somebody is told. */
export function sk_stream_min_wspace(sk: Sock): number {
  return sk.sk_wmem_queued >> 1;
}

export function sock_hold(sk: Sock): void {
  sk.sk_refcnt++;
}
export function sock_put(k: Kernel, sk: Sock): void {
  if (--sk.sk_refcnt === 0) sk_free(k, sk);
}
export function sock_owned_by_user(sk: Sock): boolean {
  return sk.sk_lock_owned !== 0;
}
/** sk_set_socket: tie the protocol side to the BSD side, or cut it. */
export function sk_set_socket(sk: Sock, sock: Socket | null): void {
  sk.sk_tx_queue_mapping = -1;
  sk.sk_socket = sock;
}
/** sock_orphan: the file is gone, the network may still hold the socket. */
export function sock_orphan(k: Kernel, sk: Sock): void {
  local_bh_disable(k);
  sock_set_flag(sk, SOCK_DEAD);
  sk_set_socket(sk, null);
  local_bh_enable(k);
}
/** sk_has_sleeper: whether a task waits for this socket. */
export function sk_has_sleeper(sk: Sock): boolean {
  return sk.sk_sleeper || sk.sk_sleep.length > 0;
}
/** Jiffies a receive may wait. */
export function sock_rcvtimeo(sk: Sock, noblock: number | boolean): number {
  return noblock ? 0 : sk.sk_rcvtimeo;
}
/** Jiffies a send may wait. */
export function sock_sndtimeo(sk: Sock, noblock: number | boolean): number {
  return noblock ? 0 : sk.sk_sndtimeo;
}
export function sock_intr_errno(timeo: number): number {
  return timeo === Number.POSITIVE_INFINITY ? -ERESTARTSYS : -EINTR;
}
/** sk_wmem_alloc_get: bytes in the send queue; the one that the socket itself holds left out. */
export function sk_wmem_alloc_get(sk: Sock): number {
  return sk.sk_wmem_alloc - 1;
}
export function sk_rmem_alloc_get(sk: Sock): number {
  return sk.sk_rmem_alloc;
}

/** sk_dst_get: the cached route, with a reference. */
export function sk_dst_get(sk: Sock): DstEntry | null {
  const dst = sk.sk_dst_cache;
  if (dst !== null) dst.refcnt++;
  return dst;
}
/** sk_dst_set, __sk_dst_set: cache a route; the old one is released. */
export function sk_dst_set(k: Kernel, sk: Sock, dst: DstEntry | null): void {
  sk.sk_tx_queue_mapping = -1;
  const old = sk.sk_dst_cache;
  sk.sk_dst_cache = dst;
  dst_release(k, old);
}
/** sk_dst_reset, __sk_dst_reset: forget the cached route. */
export function sk_dst_reset(k: Kernel, sk: Sock): void {
  sk_dst_set(k, sk, null);
}

/** LIMIT_NETDEBUG: a line for the log, unless there were too many. */
export function LIMIT_NETDEBUG(k: Kernel, line: string): void {
  if (net_ratelimit(k)) printk(k, line);
}

/** sk_rcvqueues_full: backlog and receive queue together against a limit. */
export function sk_rcvqueues_full(sk: Sock, _skb: SkBuff, limit: number): boolean {
  return sk.sk_backlog_len + sk.sk_rmem_alloc > limit;
}
/** sk_add_backlog: keep a packet for the process that owns the socket. */
export function sk_add_backlog(sk: Sock, skb: SkBuff, limit: number): number {
  if (sk_rcvqueues_full(sk, skb, limit)) return -ENOBUFS;
  sk.sk_backlog.push(skb);
  sk.sk_backlog_len += skb.truesize;
  return 0;
}

/** Pages that an amount of memory takes. */
export function sk_mem_pages(amt: number): number {
  return (amt + SK_MEM_QUANTUM - 1) >> SK_MEM_QUANTUM_SHIFT;
}
export function sk_has_account(sk: Sock): boolean {
  return sk.sk_prot.has_memory_accounting;
}
export function sk_wmem_schedule(k: Kernel, sk: Sock, size: number): boolean {
  if (!sk_has_account(sk)) return true;
  return size <= sk.sk_forward_alloc || __sk_mem_schedule(k, sk, size, SK_MEM_SEND) !== 0;
}
export function sk_rmem_schedule(k: Kernel, sk: Sock, size: number): boolean {
  if (!sk_has_account(sk)) return true;
  return size <= sk.sk_forward_alloc || __sk_mem_schedule(k, sk, size, SK_MEM_RECV) !== 0;
}
export function sk_mem_reclaim(k: Kernel, sk: Sock): void {
  if (sk_has_account(sk) && sk.sk_forward_alloc >= SK_MEM_QUANTUM) __sk_mem_reclaim(k, sk);
}
export function sk_mem_reclaim_partial(k: Kernel, sk: Sock): void {
  if (sk_has_account(sk) && sk.sk_forward_alloc > SK_MEM_QUANTUM) __sk_mem_reclaim(k, sk);
}
export function sk_mem_charge(sk: Sock, size: number): void {
  if (sk_has_account(sk)) sk.sk_forward_alloc -= size;
}
export function sk_mem_uncharge(sk: Sock, size: number): void {
  if (sk_has_account(sk)) sk.sk_forward_alloc += size;
}

/** Charge a packet to the send buffer of its socket until it is freed. */
export const skb_set_owner_w = inlined(
  FILE,
  "skb_set_owner_w(skb, sk)",
  (k: Kernel, skb: SkBuff, sk: Sock): void => {
    skb_orphan(k, skb);
    skb.sk = sk;
    skb.destructor = sock_wfree;
    sk.sk_wmem_alloc += skb.truesize;
  },
);

/** Charge a packet to the receive buffer of its socket until it is freed. */
export const skb_set_owner_r = inlined(
  FILE,
  "skb_set_owner_r(skb, sk)",
  (k: Kernel, skb: SkBuff, sk: Sock): void => {
    skb_orphan(k, skb);
    skb.sk = sk;
    skb.destructor = sock_rfree;
    sk.sk_rmem_alloc += skb.truesize;
    sk_mem_charge(sk, skb.truesize);
  },
);

/** Take the socket for the process. */
export const lock_sock = inlined(FILE, "lock_sock(sk)", (k: Kernel, sk: Sock): void => {
  lock_sock_nested(k, sk, 0);
});
