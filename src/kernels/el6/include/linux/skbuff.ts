// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/skbuff.h: the socket buffer and its inlines. Offsets count from `head`, as with NET_SKBUFF_DATA_USES_OFFSET. */

import type { DropReason } from "../../../../trace/fate.ts";
import type { Facts } from "../../../../trace/plain.ts";
import { drop, inlined } from "../../../../trace/traced.ts";
import { ENOMEM } from "../../../../uapi/errno.ts";
import { csum_partial, csum_sub } from "../../../../wire/checksum.ts";
import type { Kernel } from "../../kernel.ts";
import {
  ___pskb_trim,
  __alloc_skb,
  __pskb_copy,
  __pskb_pull_tail,
  kfree_skb,
  pskb_expand_head,
  skb_clone,
  skb_copy,
} from "../../net/core/skbuff.ts";
import type { DstEntry } from "../net/dst.ts";
import type { IpOptions } from "../net/inet_sock.ts";
import type { Rtable } from "../net/route.ts";
import type { Sock } from "../net/sock.ts";
import type { NetDevice } from "./netdevice.ts";
import { SkBuffHead } from "./struct_skbuff.ts";

const FILE = "include/linux/skbuff.h";

export const CHECKSUM_NONE = 0;
export const CHECKSUM_UNNECESSARY = 1;
export const CHECKSUM_COMPLETE = 2;
export const CHECKSUM_PARTIAL = 3;

export const PACKET_HOST = 0;
export const PACKET_BROADCAST = 1;
export const PACKET_MULTICAST = 2;
export const PACKET_OTHERHOST = 3;
export const PACKET_OUTGOING = 4;
export const PACKET_LOOPBACK = 5;

export const SKB_GSO_TCPV4 = 1 << 0;
export const SKB_GSO_UDP = 1 << 1;
export const SKB_GSO_DODGY = 1 << 2;

/** x86-64 el6: 65536 / PAGE_SIZE + 2. */
export const MAX_SKB_FRAGS = 18;
/**
 * sizeof(struct sk_buff), x86-64 with el6's configuration. Recorded send queues give it: one byte held back by an
 * unresolved neighbour is charged 296 = align64(1 + 28 + 16 + 15) + 232, 600 bytes 936 = align64(659) + 232.
 */
export const SIZEOF_SK_BUFF = 232;
/** sizeof(struct skb_shared_info), x86-64 el6. */
export const SIZEOF_SKB_SHARED_INFO = 344;

export const SMP_CACHE_BYTES = 64;
/** SKB_DATA_ALIGN of the header. */
export function SKB_DATA_ALIGN(n: number): number {
  return (n + SMP_CACHE_BYTES - 1) & ~(SMP_CACHE_BYTES - 1);
}

/** skb_frag_t: a piece of a page. Pages are shared by reference, as in the kernel. */
export interface SkbFrag {
  page: Page;
  page_offset: number;
  size: number;
}

/** struct page: 4096 bytes and a reference count. */
export interface Page {
  readonly bytes: Uint8Array;
  count: number;
}

/** What clones share: the linear bytes and struct skb_shared_info. */
export class SkbData {
  readonly bytes: Uint8Array;
  dataref = 1;
  frags: SkbFrag[] = [];
  frag_list: SkBuff | null = null;
  gso_size = 0;
  gso_segs = 0;
  gso_type = 0;
  ip6_frag_id = 0;
  /** union skb_shared_tx, as SKBTX_* bits: 1 hardware, 2 software, 4 in progress. */
  tx_flags = 0;
  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }
}

/** struct inet_skb_parm: IPCB(skb). */
export interface InetSkbParm {
  opt: IpOptions;
  flags: number;
  frag_max_size: number;
}

/** struct sec_path (include/net/xfrm.h): there are no states, so it stays empty. */
export interface SecPath {
  refcnt: number;
  readonly len: number;
}

/** struct sk_buff. */
export class SkBuff {
  readonly oid: number;
  /** The datagram that it carries, or a piece of: see trace/fate.ts. */
  pkt = 0;
  /** Next on a list of fragments or segments; queues are {@link SkBuffHead}. */
  next: SkBuff | null = null;
  sk: Sock | null = null;
  /** Nanoseconds of the machine's clock, 0 when not stamped. */
  /** Microseconds. */
  tstamp = 0;
  dev: NetDevice | null = null;
  dst: DstEntry | null = null;
  /** struct sec_path: the states that it has come through. */
  sp: SecPath | null = null;
  len = 0;
  data_len = 0;
  mac_len = 0;
  hdr_len = 0;
  csum = 0;
  csum_start = 0;
  csum_offset = 0;
  priority = 0;
  local_df = 0;
  cloned = 0;
  ip_summed = CHECKSUM_NONE;
  nohdr = 0;
  nfctinfo = 0;
  pkt_type = 0;
  fclone = 0;
  peeked = 0;
  nf_trace = 0;
  /** Ethertype, host order. */
  protocol = 0;
  destructor: ((k: Kernel, skb: SkBuff) => void) | null = null;
  /** DEV_GSO_CB: the destructor that segmenting put aside. */
  gso_destructor: ((k: Kernel, skb: SkBuff) => void) | null = null;
  /** skb->iif: index of the device it came in on. */
  iif = 0;
  queue_mapping = 0;
  encapsulation = 0;
  mark = 0;
  dropcount = 0;
  vlan_tci = 0;
  tc_verd = 0;
  rxhash = 0;
  /** -1 (all ones) until set. */
  transport_header = 0;
  network_header = 0;
  mac_header = 0;
  tail = 0;
  end = 0;
  head: SkbData;
  data = 0;
  truesize = 0;
  users = 1;
  // --- skb->cb, by owner -------------------------------------------------
  /** IPCB. */
  ipcb: InetSkbParm | null = null;
  /** UDP_SKB_CB: coverage of the checksum (UDP-Lite) and whether it is partial. */
  udp_cscov = 0;
  udp_partial_cov = 0;
  /** FRAG_CB(skb)->offset (ip_fragment.c, reassembly). */
  frag_offset = 0;
  /** NEIGH_CB: an ARP request that waits to be answered for somebody else. */
  arp_locally_enqueued = false;
  /** NEIGH_CB: when it will be answered, in jiffies. */
  arp_sched_next = 0;
  /** qdisc_skb_cb: packet length the qdisc accounts. */
  qdisc_pkt_len = 0;
  /** struct sock_exterr_skb: SKB_EXT_ERR. */
  ee: SockExterr | null = null;
  constructor(oid: number, head: SkbData) {
    this.oid = oid;
    this.head = head;
  }
}

/** struct sock_exterr_skb: what a queued error says. */
export interface SockExterr {
  ee_errno: number;
  ee_origin: number;
  ee_type: number;
  ee_code: number;
  ee_info: number;
  ee_data: number;
  /** Offset of the offender's destination address in the packet. */
  addr_offset: number;
  /** Host order. */
  port: number;
}

export { SkBuffHead };

/** Bytes in a page. */
export const PAGE_SIZE = 4096;
export function alloc_page(): Page {
  return { bytes: new Uint8Array(PAGE_SIZE), count: 1 };
}
export function get_page(page: Page): void {
  page.count++;
}
export function put_page(page: Page): void {
  page.count--;
}

/** Headroom that the stack likes to see, x86-64 el6. */
export const NET_SKB_PAD = 32;
/** skb_shared_info.dataref: the upper half counts the users of the payload alone. */
export const SKB_DATAREF_SHIFT = 16;

// skb->fclone
export const SKB_FCLONE_UNAVAILABLE = 0;
export const SKB_FCLONE_ORIG = 1;
export const SKB_FCLONE_CLONE = 2;

export function alloc_skb(k: Kernel, size: number): SkBuff | null {
  return __alloc_skb(k, size, 0);
}

export function __skb_queue_tail(q: SkBuffHead, skb: SkBuff): void {
  q.list.push(skb);
}
export function __skb_queue_head(q: SkBuffHead, skb: SkBuff): void {
  q.list.unshift(skb);
}
export function __skb_dequeue(q: SkBuffHead): SkBuff | null {
  return q.list.shift() ?? null;
}
export function __skb_dequeue_tail(q: SkBuffHead): SkBuff | null {
  return q.list.pop() ?? null;
}
export function __skb_unlink(skb: SkBuff, q: SkBuffHead): void {
  const i = q.list.indexOf(skb);
  if (i >= 0) q.list.splice(i, 1);
}
export function skb_peek(q: SkBuffHead): SkBuff | null {
  return q.list[0] ?? null;
}
export function skb_peek_tail(q: SkBuffHead): SkBuff | null {
  return q.list[q.list.length - 1] ?? null;
}
export function skb_queue_empty(q: SkBuffHead): boolean {
  return q.list.length === 0;
}
export function skb_queue_len(q: SkBuffHead): number {
  return q.list.length;
}
/** Everything on a queue is lost; the caller frees it. */
export function drop_all(k: Kernel, q: SkBuffHead, reason: DropReason, text: string, facts?: Facts): void {
  for (const skb of q.list) drop(k, skb, reason, text, facts);
}
export function __skb_queue_purge(k: Kernel, q: SkBuffHead): void {
  for (let skb = __skb_dequeue(q); skb !== null; skb = __skb_dequeue(q)) kfree_skb(k, skb);
}

/** Make `frags[i]` the last fragment: `size` bytes at `off` of `page`. Takes no reference. */
export function skb_fill_page_desc(skb: SkBuff, i: number, page: Page, off: number, size: number): void {
  skb.head.frags.length = i;
  skb.head.frags.push({ page, page_offset: off, size });
}
/** Do the bytes at `off` of `page` follow fragment i - 1 directly? */
export function skb_can_coalesce(skb: SkBuff, i: number, page: Page, off: number): boolean {
  const frag = skb.head.frags[i - 1];
  return frag !== undefined && page === frag.page && off === frag.page_offset + frag.size;
}
export function skb_reset_tail_pointer(skb: SkBuff): void {
  skb.tail = skb.data;
}
export function skb_set_tail_pointer(skb: SkBuff, offset: number): void {
  skb.tail = skb.data + offset;
}
export function skb_reset_mac_len(skb: SkBuff): void {
  skb.mac_len = skb.network_header - skb.mac_header;
}
export function skb_transport_header_was_set(skb: SkBuff): boolean {
  return skb.transport_header !== -1;
}
export function skb_mac_header_was_set(skb: SkBuff): boolean {
  return skb.mac_header !== -1;
}
export function __pskb_pull(k: Kernel, skb: SkBuff, len: number): number | null {
  if (len > skb_headlen(skb) && __pskb_pull_tail(k, skb, len - skb_headlen(skb)) === null) return null;
  skb.len -= len;
  skb.data += len;
  return skb.data;
}
export function pskb_pull(k: Kernel, skb: SkBuff, len: number): number | null {
  return len > skb.len ? null : __pskb_pull(k, skb, len);
}
/** Are `len` bytes there, and linear? Makes them linear where they are in fragments. */
export function pskb_may_pull(k: Kernel, skb: SkBuff, len: number): boolean {
  if (len <= skb_headlen(skb)) return true;
  if (len > skb.len) return false;
  return __pskb_pull_tail(k, skb, len - skb_headlen(skb)) !== null;
}
/** Cut a linear buffer to `len` bytes. */
export function __skb_trim(skb: SkBuff, len: number): void {
  if (skb.data_len !== 0) return;
  skb.len = len;
  skb_set_tail_pointer(skb, len);
}
export function __pskb_trim(k: Kernel, skb: SkBuff, len: number): number {
  if (skb.data_len !== 0) return ___pskb_trim(k, skb, len);
  __skb_trim(skb, len);
  return 0;
}
export function pskb_trim(k: Kernel, skb: SkBuff, len: number): number {
  return len < skb.len ? __pskb_trim(k, skb, len) : 0;
}
export function pskb_trim_unique(k: Kernel, skb: SkBuff, len: number): void {
  pskb_trim(k, skb, len);
}
/** pskb_trim of a received buffer: a sum that the device made no longer fits. */
export function pskb_trim_rcsum(k: Kernel, skb: SkBuff, len: number): number {
  if (len >= skb.len) return 0;
  if (skb.ip_summed === CHECKSUM_COMPLETE) skb.ip_summed = CHECKSUM_NONE;
  return __pskb_trim(k, skb, len);
}
/** Take bytes that were pulled out of a sum that the device made. */
export function skb_postpull_rcsum(skb: SkBuff, start: number, len: number): void {
  if (skb.ip_summed === CHECKSUM_COMPLETE)
    skb.csum = csum_sub(skb.csum, csum_partial(skb.head.bytes, start, start + len, 0));
}
export function skb_header_cloned(skb: SkBuff): boolean {
  if (skb.cloned === 0) return false;
  const ref = skb.head.dataref;
  return (ref & 0xffff) - (ref >> SKB_DATAREF_SHIFT) !== 1;
}
export function skb_unclone(k: Kernel, skb: SkBuff): number {
  return skb_cloned(skb) ? pskb_expand_head(k, skb, 0, 0) : 0;
}
/** A buffer that somebody else holds too is exchanged for a clone. */
export function skb_share_check(k: Kernel, skb: SkBuff): SkBuff | null {
  if (!skb_shared(skb)) return skb;
  const nskb = skb_clone(k, skb);
  kfree_skb(k, skb);
  return nskb;
}
export function skb_unshare(k: Kernel, skb: SkBuff): SkBuff | null {
  if (!skb_cloned(skb)) return skb;
  const nskb = skb_copy(k, skb);
  kfree_skb(k, skb);
  return nskb;
}
export function pskb_copy(k: Kernel, skb: SkBuff): SkBuff | null {
  return __pskb_copy(k, skb, skb_headroom(skb));
}
export function __skb_cow(k: Kernel, skb: SkBuff, headroom: number, cloned: boolean): number {
  const room = Math.max(headroom, NET_SKB_PAD);
  const delta = Math.max(room - skb_headroom(skb), 0);
  if (delta !== 0 || cloned)
    return pskb_expand_head(k, skb, (delta + NET_SKB_PAD - 1) & ~(NET_SKB_PAD - 1), 0);
  return 0;
}
/** Make the header writable, with `headroom` before it. */
export function skb_cow(k: Kernel, skb: SkBuff, headroom: number): number {
  return __skb_cow(k, skb, headroom, skb_cloned(skb));
}
export function skb_cow_head(k: Kernel, skb: SkBuff, headroom: number): number {
  return __skb_cow(k, skb, headroom, skb_header_cloned(skb));
}
export function __skb_linearize(k: Kernel, skb: SkBuff): number {
  return __pskb_pull_tail(k, skb, skb.data_len) !== null ? 0 : -ENOMEM;
}
export function skb_linearize(k: Kernel, skb: SkBuff): number {
  return skb_is_nonlinear(skb) ? __skb_linearize(k, skb) : 0;
}

export function skb_headlen(skb: SkBuff): number {
  return skb.len - skb.data_len;
}
export function skb_is_nonlinear(skb: SkBuff): boolean {
  return skb.data_len !== 0;
}
export function skb_headroom(skb: SkBuff): number {
  return skb.data;
}
export function skb_tailroom(skb: SkBuff): number {
  return skb_is_nonlinear(skb) ? 0 : skb.end - skb.tail;
}
export function skb_reserve(skb: SkBuff, len: number): void {
  skb.data += len;
  skb.tail += len;
}
export function skb_reset_transport_header(skb: SkBuff): void {
  skb.transport_header = skb.data;
}
export function skb_set_transport_header(skb: SkBuff, offset: number): void {
  skb.transport_header = skb.data + offset;
}
export function skb_reset_network_header(skb: SkBuff): void {
  skb.network_header = skb.data;
}
export function skb_set_network_header(skb: SkBuff, offset: number): void {
  skb.network_header = skb.data + offset;
}
export function skb_reset_mac_header(skb: SkBuff): void {
  skb.mac_header = skb.data;
}
export function skb_transport_offset(skb: SkBuff): number {
  return skb.transport_header - skb.data;
}
export function skb_network_offset(skb: SkBuff): number {
  return skb.network_header - skb.data;
}
export function skb_network_header_len(skb: SkBuff): number {
  return skb.transport_header - skb.network_header;
}
export function skb_checksum_start_offset(skb: SkBuff): number {
  return skb.csum_start - skb_headroom(skb);
}
export function __skb_push(skb: SkBuff, len: number): void {
  skb.data -= len;
  skb.len += len;
}
export function __skb_pull(skb: SkBuff, len: number): void {
  skb.len -= len;
  skb.data += len;
}
export function skb_has_frag_list(skb: SkBuff): boolean {
  return skb.head.frag_list !== null;
}
export function skb_is_gso(skb: SkBuff): boolean {
  return skb.head.gso_size !== 0;
}
export function skb_shared(skb: SkBuff): boolean {
  return skb.users !== 1;
}
export function skb_cloned(skb: SkBuff): boolean {
  return skb.cloned !== 0 && (skb.head.dataref & 0xffff) !== 1;
}
export function skb_csum_unnecessary(skb: SkBuff): boolean {
  return (skb.ip_summed & CHECKSUM_UNNECESSARY) !== 0;
}
export function skb_pagelen(skb: SkBuff): number {
  let len = skb_headlen(skb);
  for (const f of skb.head.frags) len += f.size;
  return len;
}
export function skb_dst_set(skb: SkBuff, dst: DstEntry | null): void {
  skb.dst = dst;
}
export function skb_rtable(skb: SkBuff): Rtable | null {
  return skb.dst as Rtable | null;
}
export function skb_get(skb: SkBuff): SkBuff {
  skb.users++;
  return skb;
}
/** IPCB(skb): made on first use, as cb is zeroed by alloc_skb. */
export function IPCB(skb: SkBuff): InetSkbParm {
  if (skb.ipcb === null) skb.ipcb = { opt: no_options(), flags: 0, frag_max_size: 0 };
  return skb.ipcb;
}
/** A zeroed struct ip_options. */
export function no_options(): IpOptions {
  return {
    faddr: 0,
    optlen: 0,
    srr: 0,
    rr: 0,
    ts: 0,
    is_strictroute: 0,
    srr_is_hit: 0,
    is_changed: 0,
    rr_needaddr: 0,
    ts_needtime: 0,
    ts_needaddr: 0,
    router_alert: 0,
    cipso: 0,
    __data: EMPTY,
  };
}
const EMPTY: Uint8Array = new Uint8Array(0);

/** Give up the owner: run the destructor. */
export const skb_orphan = inlined(FILE, "skb_orphan(skb)", (k: Kernel, skb: SkBuff): void => {
  skb.destructor?.(k, skb);
  skb.destructor = null;
  skb.sk = null;
});
