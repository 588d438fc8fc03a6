// SPDX-License-Identifier: GPL-2.0-only
/** include/net/neighbour.h: a neighbour, its states and its operations. */
import type { Kernel, Timer } from "../../kernel.ts";
import type { NetDevice } from "../linux/netdevice.ts";
import type { SkBuff, SkBuffHead } from "../linux/skbuff.ts";

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
  /** The header right-aligned in HH_DATA_ALIGN(hh_len) bytes. */
  hh_data: Uint8Array;
}

/** struct neighbour. */
export class Neighbour {
  readonly oid: number;
  parms: NeighParms;
  readonly dev: NetDevice;
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
  /** IPv4 address, host order (primary_key). */
  readonly primary_key: number;
  constructor(oid: number, dev: NetDevice, key: number, parms: NeighParms, queue: SkBuffHead, blackhole: (k: Kernel, skb: SkBuff) => number) {
    this.oid = oid;
    this.dev = dev;
    this.primary_key = key;
    this.parms = parms;
    this.arp_queue = queue;
    this.output = blackhole;
  }
}
