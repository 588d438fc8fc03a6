// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/inet_fragment.c: the queues of unfinished datagrams: finding, making, killing and evicting them. */
import type { DropReason } from "../../../../trace/fate.ts";
import type { Facts } from "../../../../trace/plain.ts";
import { drop, inlined, note, traced } from "../../../../trace/traced.ts";
import type { SkBuff } from "../../include/linux/skbuff.ts";
import {
  add_frag_mem_limit,
  frag_mem_limit,
  INET_FRAG_COMPLETE,
  type InetFragQueue,
  type InetFrags,
  inet_frag_lru_del,
  sub_frag_mem_limit,
  sum_frag_mem_limit,
} from "../../include/net/inet_frag.ts";
import { del_timer, type Kernel, mod_timer, new_timer } from "../../kernel.ts";
import { kfree_skb } from "../core/skbuff.ts";

const FILE = "net/ipv4/inet_fragment.c";

/** From time to time the hash gets a new seed, so that nobody can aim at one chain. */
export const inet_frag_secret_rebuild = traced(
  FILE,
  "inet_frag_secret_rebuild(f)",
  (k: Kernel, f: InetFrags): void => {
    f.rnd = k.random.u32("ip4_frags.rnd");
    const all = [...f.hash.values()].flat();
    f.hash.clear();
    for (const q of all) chain_add(f, f.hashfn(k, q), q);
    mod_timer(k, f.secret_timer, k.jiffies + k.sysctl_ipfrag_secret_interval);
  },
);

function chain_add(f: InetFrags, hash: number, q: InetFragQueue): void {
  const chain = f.hash.get(hash);
  if (chain === undefined) f.hash.set(hash, [q]);
  else chain.unshift(q);
}

/** Start the table's own timer. */
export const inet_frags_init = traced(FILE, "inet_frags_init(f)", (k: Kernel, f: InetFrags): void => {
  f.rnd = k.random.u32("ip4_frags.rnd");
  mod_timer(k, f.secret_timer, k.jiffies + k.sysctl_ipfrag_secret_interval);
});

/** Take a queue off its chain and off the list of the least recently used. */
export const fq_unlink = inlined(
  FILE,
  "fq_unlink(fq, f)",
  (k: Kernel, fq: InetFragQueue, f: InetFrags): void => {
    const hash = f.hashfn(k, fq);
    const chain = f.hash.get(hash) as InetFragQueue[];
    chain.splice(chain.indexOf(fq), 1);
    if (chain.length === 0) f.hash.delete(hash);
    inet_frag_lru_del(fq, f);
  },
);

/** No more fragments for this queue: unlink it; it goes when its last user has gone. */
export const inet_frag_kill = traced(
  FILE,
  "inet_frag_kill(fq, f)",
  (k: Kernel, fq: InetFragQueue, f: InetFrags): void => {
    if (del_timer(k, fq.timer)) fq.refcnt--;
    if ((fq.last_in & INET_FRAG_COMPLETE) === 0) {
      fq_unlink(k, fq, f);
      fq.refcnt--;
      fq.last_in |= INET_FRAG_COMPLETE;
    }
  },
);

/** The fragments that a queue holds are lost. */
export function lose_fragments(
  k: Kernel,
  q: InetFragQueue,
  reason: DropReason,
  text: string,
  facts?: Facts,
): void {
  for (let fp = q.fragments; fp !== null; fp = fp.next) drop(k, fp, reason, text, facts);
}

/** Free a fragment that never became part of a datagram. */
export const frag_kfree_skb = inlined(FILE, "frag_kfree_skb(skb)", (k: Kernel, skb: SkBuff): void => {
  kfree_skb(k, skb);
});

/** Free a queue and what it still holds. Returns the bytes freed, as the evictor counts them. */
export const inet_frag_destroy = traced(
  FILE,
  "inet_frag_destroy(q, f)",
  (k: Kernel, q: InetFragQueue, f: InetFrags): number => {
    let sum = f.qsize;
    for (let fp = q.fragments; fp !== null; ) {
      const next: SkBuff | null = fp.next;
      sum += fp.truesize;
      frag_kfree_skb(k, fp);
      fp = next;
    }
    sub_frag_mem_limit(k, sum);
    f.destructor(k, q);
    return sum;
  },
);

/** Over the high threshold: drop the oldest unfinished datagrams until below the low one. Returns how many. */
export const inet_frag_evictor = traced(
  FILE,
  "inet_frag_evictor(f, force)",
  (k: Kernel, f: InetFrags, force: boolean): number => {
    if (!force && frag_mem_limit(k) <= k.sysctl_ipfrag_high_thresh) return 0;
    let work = sum_frag_mem_limit(k) - k.sysctl_ipfrag_low_thresh;
    let evicted = 0;
    while (work > 0 || force) {
      const q = f.lru_list.shift();
      if (q === undefined) break;
      q.refcnt++;
      lose_fragments(k, q, "FRAG_REASM_TIMEOUT", "reassembly memory limit: the oldest queues are dropped", {
        mem: k.frag_mem,
        high_thresh: k.sysctl_ipfrag_high_thresh,
      });
      if ((q.last_in & INET_FRAG_COMPLETE) === 0) inet_frag_kill(k, q, f);
      q.refcnt--;
      if (q.refcnt === 0) work -= inet_frag_destroy(k, q, f);
      evicted++;
    }
    return evicted;
  },
);

/** Put a fresh queue on its chain, unless another CPU was faster, and start its timer. */
export const inet_frag_intern = inlined(
  FILE,
  "inet_frag_intern(qp_in, f, arg)",
  (k: Kernel, qp_in: InetFragQueue, f: InetFrags, arg: unknown): InetFragQueue => {
    const hash = f.hashfn(k, qp_in);
    // Another CPU might have been faster; here all that can be are other datagrams of the same hash.
    for (const qp of f.hash.get(hash) ?? []) f.match(k, qp, arg);
    if (!mod_timer(k, qp_in.timer, k.jiffies + k.sysctl_ipfrag_time)) qp_in.refcnt++;
    qp_in.refcnt++;
    chain_add(f, hash, qp_in);
    f.lru_list.push(qp_in);
    return qp_in;
  },
);

/** A queue with nothing in it. */
export const inet_frag_alloc = inlined(
  FILE,
  "inet_frag_alloc(f, arg)",
  (k: Kernel, f: InetFrags, arg: unknown): InetFragQueue => {
    const q = f.create(k);
    f.constructor(k, q, arg);
    add_frag_mem_limit(k, f.qsize);
    q.timer = new_timer((kk) => f.frag_expire(kk, q));
    q.refcnt = 1;
    return q;
  },
);

/** A new queue for the datagram that `arg` is a fragment of. */
export const inet_frag_create = inlined(
  FILE,
  "inet_frag_create(f, arg)",
  (k: Kernel, f: InetFrags, arg: unknown): InetFragQueue => {
    return inet_frag_intern(k, inet_frag_alloc(k, f, arg), f, arg);
  },
);

/** The queue of this datagram; the first fragment to arrive makes it. */
export const inet_frag_find = traced(
  FILE,
  "inet_frag_find(f, key, hash)",
  (k: Kernel, f: InetFrags, key: unknown, hash: number): InetFragQueue => {
    const chain = f.hash.get(hash);
    if (chain !== undefined) {
      for (const q of chain) {
        if (f.match(k, q, key)) {
          q.refcnt++;
          return q;
        }
      }
    }
    note(k, "first fragment of this datagram to arrive: create a reassembly queue");
    return inet_frag_create(k, f, key);
  },
);
