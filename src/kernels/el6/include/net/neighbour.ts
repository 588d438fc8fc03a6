// SPDX-License-Identifier: GPL-2.0-only
/** include/net/neighbour.h: a neighbour, its states and its operations. */
import { dump, inlined, note } from "../../../../trace/traced.ts";
import type { Kernel, Timer } from "../../kernel.ts";
import { __neigh_event_send, neigh_create, neigh_destroy, neigh_lookup } from "../../net/core/neighbour.ts";
import { skb_push } from "../../net/core/skbuff.ts";
import type { NetDevice } from "../linux/netdevice.ts";
import type { SkBuff, SkBuffHead } from "../linux/skbuff.ts";

const FILE = "include/net/neighbour.h";

export const NUD_INCOMPLETE = 0x01;
export const NUD_REACHABLE = 0x02;
export const NUD_STALE = 0x04;
export const NUD_DELAY = 0x08;
export const NUD_PROBE = 0x10;
export const NUD_FAILED = 0x20;
export const NUD_NOARP = 0x40;
export const NUD_PERMANENT = 0x80;
export const NUD_NONE = 0x00;
export const NUD_IN_TIMER = NUD_INCOMPLETE | NUD_REACHABLE | NUD_DELAY | NUD_PROBE;
export const NUD_VALID = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY;
export const NUD_CONNECTED = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE;

/** struct neigh_parms: times in jiffies. */
export interface NeighParms {
  dev: NetDevice | null;
  base_reachable_time: number;
  retrans_time: number;
  gc_staletime: number;
  reachable_time: number;
  delay_probe_time: number;
  queue_len: number;
  ucast_probes: number;
  app_probes: number;
  mcast_probes: number;
  anycast_delay: number;
  proxy_delay: number;
  proxy_qlen: number;
  locktime: number;
  refcnt: number;
  dead: number;
  /** The settings that are this device's own: they do not follow neigh/default. */
  readonly data_state: Set<string>;
}

/** All settings are the device's own from now on: it has an address. */
export function neigh_parms_data_state_setall(p: NeighParms): void {
  for (const name of Object.keys(p)) p.data_state.add(name);
}

export interface NeighOps {
  readonly family: number;
  readonly solicit: ((k: Kernel, neigh: Neighbour, skb: SkBuff | null) => void) | null;
  readonly error_report: ((k: Kernel, neigh: Neighbour, skb: SkBuff) => void) | null;
  readonly output: (k: Kernel, skb: SkBuff) => number;
  readonly connected_output: (k: Kernel, skb: SkBuff) => number;
  readonly hh_output: (k: Kernel, skb: SkBuff) => number;
  readonly queue_xmit: (k: Kernel, skb: SkBuff) => number;
}

/** struct hh_cache: a ready-made link-layer header. */
export interface HhCache {
  readonly oid: number;
  hh_refcnt: number;
  /** Ethertype, host order. */
  hh_type: number;
  hh_len: number;
  hh_output: (k: Kernel, skb: SkBuff) => number;
  /** The ready header, hh_len bytes. */
  hh_data: Uint8Array;
}

/** struct neighbour. */
export class Neighbour {
  readonly oid: number;
  parms: NeighParms;
  dev!: NetDevice;
  used = 0;
  confirmed = 0;
  updated = 0;
  nud_state = NUD_NONE;
  type = 0;
  dead = 0;
  probes = 0;
  /** Link-layer address, MAX_ADDR_LEN bytes of which dev.addr_len count. */
  ha: Uint8Array = new Uint8Array(32);
  hh: HhCache[] = [];
  refcnt = 1;
  output: (k: Kernel, skb: SkBuff) => number;
  readonly arp_queue: SkBuffHead;
  timer: Timer | null = null;
  ops: NeighOps | null = null;
  /** IPv4 address, host order. */
  primary_key = 0;
  constructor(
    oid: number,
    parms: NeighParms,
    queue: SkBuffHead,
    blackhole: (k: Kernel, skb: SkBuff) => number,
  ) {
    this.oid = oid;
    this.parms = parms;
    this.arp_queue = queue;
    this.output = blackhole;
  }
}

export const NEIGH_UPDATE_F_OVERRIDE = 0x00000001;
export const NEIGH_UPDATE_F_WEAK_OVERRIDE = 0x00000002;
export const NEIGH_UPDATE_F_OVERRIDE_ISROUTER = 0x00000004;
export const NEIGH_UPDATE_F_ADMIN = 0x80000000;

export function neigh_parms_clone(parms: NeighParms): NeighParms {
  parms.refcnt++;
  return parms;
}
export function __neigh_parms_put(parms: NeighParms): void {
  parms.refcnt--;
}
export function neigh_hold(neigh: Neighbour): void {
  neigh.refcnt++;
}
export function neigh_clone<T extends Neighbour | null>(neigh: T): T {
  if (neigh !== null) neigh.refcnt++;
  return neigh;
}
export function neigh_release(k: Kernel, neigh: Neighbour): void {
  if (--neigh.refcnt === 0) neigh_destroy(k, neigh);
}
export function neigh_confirm(k: Kernel, neigh: Neighbour | null): void {
  if (neigh !== null) neigh.confirmed = k.jiffies;
}
/** Find a neighbour; make one where `creat` says so. */
export function __neigh_lookup(k: Kernel, pkey: number, dev: NetDevice, creat: boolean): Neighbour | null {
  const n = neigh_lookup(k, pkey, dev);
  if (n !== null || !creat) return n;
  const made = neigh_create(k, pkey, dev);
  return typeof made === "number" ? null : made;
}
/** Find or make a neighbour. */
export function __neigh_lookup_errno(k: Kernel, pkey: number, dev: NetDevice): Neighbour | number {
  return neigh_lookup(k, pkey, dev) ?? neigh_create(k, pkey, dev);
}

/** A packet is about to go to this neighbour: is its address known? 0 where the packet may go at once. */
export const neigh_event_send = inlined(
  FILE,
  "neigh_event_send(neigh, skb)",
  (k: Kernel, neigh: Neighbour, skb: SkBuff | null): number => {
    neigh.used = k.jiffies;
    if ((neigh.nud_state & (NUD_CONNECTED | NUD_DELAY | NUD_PROBE)) === 0)
      return __neigh_event_send(k, neigh, skb);
    note(k, "the link-layer address is valid", { nud_state: neigh.nud_state });
    return 0;
  },
);

/** Send with the ready-made link-layer header: nothing to look up. */
export const neigh_hh_output = inlined(
  FILE,
  "neigh_hh_output(hh, skb)",
  (k: Kernel, hh: HhCache, skb: SkBuff): number => {
    note(k, "prepend the cached link-layer header", {
      hh_len: hh.hh_len,
    });
    const at = skb_push(k, skb, hh.hh_len);
    skb.head.bytes.set(hh.hh_data, at);
    dump(k, "ethernet header", skb.head.bytes, at, at + hh.hh_len);
    return hh.hh_output(k, skb);
  },
);
