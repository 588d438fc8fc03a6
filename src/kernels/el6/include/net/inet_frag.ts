// SPDX-License-Identifier: GPL-2.0-only
/** include/net/inet_frag.h: datagrams whose fragments are being collected, as any IP version keeps them. */
import type { Kernel, Timer } from "../../kernel.ts";
import { inet_frag_destroy } from "../../net/ipv4/inet_fragment.ts";
import type { SkBuff } from "../linux/skbuff.ts";

/** Bits of last_in. */
export const INET_FRAG_LAST_IN = 1;
export const INET_FRAG_FIRST_IN = 2;
export const INET_FRAG_COMPLETE = 4;

export const INETFRAGS_HASHSZ = 1024;

/** struct inet_frag_queue: one datagram. */
export interface InetFragQueue {
  readonly oid: number;
  timer: Timer;
  refcnt: number;
  /** Fragments by offset, linked by skb.next. */
  fragments: SkBuff | null;
  fragments_tail: SkBuff | null;
  stamp: number;
  /** Length of the payload as far as known, and how much of it is here. */
  len: number;
  meat: number;
  last_in: number;
  max_size: number;
}

/** struct inet_frags with the one namespace's struct netns_frags. */
export interface InetFrags {
  /** Chains by hash; the newest queue is at index 0. */
  readonly hash: Map<number, InetFragQueue[]>;
  /** The least recently used queue is at index 0. */
  readonly lru_list: InetFragQueue[];
  rnd: number;
  readonly secret_timer: Timer;
  readonly qsize: number;
  readonly hashfn: (k: Kernel, q: InetFragQueue) => number;
  readonly match: (k: Kernel, q: InetFragQueue, a: unknown) => boolean;
  readonly create: (k: Kernel) => InetFragQueue;
  readonly constructor: (k: Kernel, q: InetFragQueue, a: unknown) => void;
  readonly destructor: (k: Kernel, q: InetFragQueue) => void;
  readonly frag_expire: (k: Kernel, q: InetFragQueue) => void;
}

/** Drop a reference. */
export function inet_frag_put(k: Kernel, q: InetFragQueue, f: InetFrags): void {
  q.refcnt--;
  if (q.refcnt === 0) inet_frag_destroy(k, q, f);
}
/** Each CPU hands what it has counted to all in lumps of this many bytes. */
const frag_percpu_counter_batch = 130_000;

/** Bytes that fragments hold, but for what this CPU has not handed in yet. */
export function frag_mem_limit(k: Kernel): number {
  return k.frag_mem_handed_in;
}
/** The same with all CPUs' own counts. */
export function sum_frag_mem_limit(k: Kernel): number {
  return Math.max(k.frag_mem, 0);
}
export function add_frag_mem_limit(k: Kernel, i: number): void {
  k.frag_mem += i;
  if (Math.abs(k.frag_mem - k.frag_mem_handed_in) >= frag_percpu_counter_batch)
    k.frag_mem_handed_in = k.frag_mem;
}
export function sub_frag_mem_limit(k: Kernel, i: number): void {
  add_frag_mem_limit(k, -i);
}
/** Move a queue to the young end of the list, unless the evictor has taken it off. */
export function inet_frag_lru_move(q: InetFragQueue, f: InetFrags): void {
  inet_frag_lru_del(q, f);
  f.lru_list.push(q);
}
export function inet_frag_lru_del(q: InetFragQueue, f: InetFrags): void {
  const i = f.lru_list.indexOf(q);
  if (i >= 0) f.lru_list.splice(i, 1);
}
