// SPDX-License-Identifier: GPL-2.0-only
/**
 * net/ipv4/inetpeer.c: what is remembered of a destination longer than a route lives: above all the last IP id sent
 * to it. The kernel keeps a balanced tree; here a map does.
 */
import { inlined, note, traced } from "../../../../trace/traced.ts";
import type { InetPeer } from "../../include/net/route.ts";
import { type Kernel, local_bh_disable, local_bh_enable, mod_timer, new_timer } from "../../kernel.ts";

const FILE = "net/ipv4/inetpeer.c";

/** Take a peer off the list of those without users, if it is there. */
export const unlink_from_unused = inlined(FILE, "unlink_from_unused(p)", (k: Kernel, p: InetPeer): void => {
  local_bh_disable(k);
  if (p.unused) {
    p.unused = false;
    k.unused_peers.splice(k.unused_peers.indexOf(p), 1);
  }
  local_bh_enable(k);
});

/** Forget a peer, unless somebody has begun to use it again. */
export const unlink_from_pool = traced(FILE, "unlink_from_pool(p)", (k: Kernel, p: InetPeer): void => {
  if (p.refcnt === 1) {
    k.peers.delete(p.v4daddr);
    return;
  }
  inet_putpeer(k, p);
});

/** Forget the peer that has been unused longest, if that is `ttl` jiffies at least. 0, or -1 where there is none. */
export const cleanup_once = traced(FILE, "cleanup_once(ttl)", (k: Kernel, ttl: number): number => {
  const p = k.unused_peers[0];
  if (p === undefined || k.jiffies - p.dtime < ttl) return -1;
  k.unused_peers.shift();
  p.unused = false;
  p.refcnt++;
  unlink_from_pool(k, p);
  return 0;
});

function new_peer(k: Kernel, daddr: number): InetPeer {
  const ip_id_count = k.random.u32("peer id") & 0xffff;
  return { v4daddr: daddr, refcnt: 0, ip_id_count, dtime: k.jiffies, unused: false, rid: 0 };
}

/** Where the machine is to have been up for long: the peer that an earlier packet left behind. */
function known_peer(k: Kernel, daddr: number): InetPeer {
  const p = new_peer(k, daddr);
  p.unused = true;
  k.peers.set(daddr, p);
  k.unused_peers.push(p);
  return p;
}

/** What is remembered of an address; with `create`, begin to remember. */
export const inet_getpeer = traced(
  FILE,
  "inet_getpeer(daddr, create)",
  (k: Kernel, daddr: number, create: number): InetPeer | null => {
    local_bh_disable(k);
    const p = k.peers.get(daddr) ?? (create !== 0 && k.peers_known ? known_peer(k, daddr) : undefined);
    if (p !== undefined) p.refcnt++;
    local_bh_enable(k);
    if (p !== undefined) {
      unlink_from_unused(k, p);
      return p;
    }
    if (create === 0) return null;
    note(k, "no inet_peer for this destination: IP ids start at random", { daddr });
    const n = new_peer(k, daddr);
    n.refcnt = 1;
    local_bh_disable(k);
    k.peers.set(daddr, n);
    local_bh_enable(k);
    if (k.peers.size >= k.inet_peer_threshold) cleanup_once(k, 0);
    return n;
  },
);

/** The timer that forgets peers: the sooner, the more there are. */
export const peer_check_expire = traced(FILE, "peer_check_expire()", (k: Kernel): void => {
  const full = k.peers.size >= k.inet_peer_threshold;
  const scale = (a: number, b: number): number =>
    Math.trunc((Math.trunc((a - b) / k.HZ) * k.peers.size) / k.inet_peer_threshold) * k.HZ;
  const ttl = full ? k.inet_peer_minttl : k.inet_peer_maxttl - scale(k.inet_peer_maxttl, k.inet_peer_minttl);
  while (cleanup_once(k, ttl) === 0);
  const wait = full
    ? k.inet_peer_gc_mintime
    : k.inet_peer_gc_maxtime - scale(k.inet_peer_gc_maxtime, k.inet_peer_gc_mintime);
  mod_timer(k, k.peer_periodic_timer, k.jiffies + wait);
});

/** One user less; the last one leaves the peer on the list of those to forget. */
export const inet_putpeer = traced(FILE, "inet_putpeer(p)", (k: Kernel, p: InetPeer): void => {
  local_bh_disable(k);
  if (--p.refcnt === 0) {
    p.unused = true;
    k.unused_peers.push(p);
    p.dtime = k.jiffies;
  }
  local_bh_enable(k);
});

/** Boot: the timer that forgets. */
export function inet_initpeers(k: Kernel): void {
  k.peer_periodic_timer = new_timer(peer_check_expire);
  mod_timer(
    k,
    k.peer_periodic_timer,
    k.jiffies + (k.random.u32("peer timer") % k.inet_peer_gc_maxtime) + k.inet_peer_gc_maxtime,
  );
}
