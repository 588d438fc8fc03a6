// SPDX-License-Identifier: GPL-2.0-only
/**
 * What changes from run to run is taken out: ephemeral ports are numbered in the order in which they appear, IP ids
 * are paired with those that stand in the same place on the other side, time stamps are zeroed. Every checksum over such a field is moved by as much as the
 * field was (RFC 1624), so that afterwards the bytes themselves are compared and nothing is masked: a checksum
 * that was right is right, one that was wrong by so much is wrong by so much. probe/norm.py has the rules.
 */
import { get16, get32, set16, set32 } from "../../src/wire/bytes.ts";
import { csum_add, csum_fold, csum_partial, csum_sub, csum_tcpudp_nofold } from "../../src/wire/checksum.ts";
import type { RecordedStep } from "./recording.ts";

/** A packet of either side, with its bytes: all, or as many as were recorded. */
export interface Packet {
  readonly dev: string;
  readonly type: number;
  readonly proto: string;
  readonly len: number;
  readonly status: number;
  readonly bytes: Uint8Array;
}

/** The names that one side of one case gave to its random numbers. */
export class Names {
  private readonly ports = new Map<number, number>();
  private readonly ids = new Map<string, number>();
  private readonly taken = new Set<number>();

  /** Ephemeral are the ports that the case does not name. */
  constructor(ops: readonly string[], sockets: readonly RecordedStep["sk"][]) {
    const written = new Set<number>();
    for (const op of ops) for (const m of op.matchAll(/:(\d+)/g)) written.add(Number(m[1]) & 0xffff);
    for (const sk of sockets) {
      for (const [address] of Object.values(sk)) {
        const port = Number(/:(\d+)$/.exec(address)?.[1] ?? 0);
        if (port !== 0 && !written.has(port) && !this.ports.has(port)) this.ports.set(port, this.ports.size);
      }
    }
  }

  /** `P0` for an ephemeral port's number, others as they are. */
  address(text: string): string {
    return text.replace(/:(\d+)$/, (all, port: string) => {
      const n = this.ports.get(Number(port));
      return n === undefined ? all : `:P${n}`;
    });
  }

  /** The port that stands in for this one: ephemeral ones count down from the highest. */
  port(port: number): number {
    const n = this.ports.get(port);
    return n === undefined ? port : 0xffff - n;
  }

  /**
   * The id that stands in for this one, for each destination by itself: 0 stays; one seen before has its name; a new
   * one takes the name that the other side gave to what stands in its place, if that is free. One that may not be
   * fragmented has its id from its socket, which began to count at the time of day: these are all one.
   */
  id(daddr: number, id: number, frag: number, other: number | undefined): number {
    if (id === 0) return 0;
    if ((frag & IP_DF) !== 0) return OWN;
    const key = `${daddr} ${id}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const first = other === undefined ? 1 : STRANGE;
    const free = other !== undefined && other !== 0 && other !== OWN && !this.taken.has(other);
    const name = free ? other : first + this.ids.size;
    this.ids.set(key, name);
    this.taken.add(name);
    return name;
  }
}

/** Names of ids that have no counterpart begin here. */
const STRANGE = 0x8000;
/** The name of every id that a socket counts for itself. */
const OWN = 0xffff;
const IP_DF = 0x4000;
const IP_MF = 0x2000;
const IP_OFFSET = 0x1fff;
const ICMP = 1;
const UDP = 17;
const UDPLITE = 136;

/** Lengths of fragmented datagrams, by addresses, id and protocol. */
type Totals = ReadonlyMap<string, number>;

/** A packet of which nothing is left to chance. */
export interface Canonical {
  readonly bytes: Uint8Array;
  /** Nothing beyond the bytes at hand depends on what was replaced. */
  readonly tail: boolean;
  /** The names of its ids, its own and that of a packet quoted in it. */
  readonly ids: readonly number[];
}

/** The packets of one step; `others` are those of the other side, if they have been looked at. */
export function canonical(
  packets: readonly Packet[],
  names: Names,
  others: readonly Canonical[] = [],
): Canonical[] {
  const totals = new Map<string, number>();
  for (const p of packets) {
    const at = networkOffset(p.bytes);
    if (at >= 0) noteFragment(p.bytes, at, totals);
  }
  return packets.map((p, i) => {
    const bytes = p.bytes.slice();
    const at = networkOffset(bytes);
    const c = new Canoniser(bytes, p.len, names, totals, others[i]?.ids);
    const tail = at < 0 || c.ip(at, false);
    return { bytes, tail, ids: c.ids };
  });
}

/** Where the IPv4 header begins, or -1. */
function networkOffset(b: Uint8Array): number {
  if (b.length < 14) return -1;
  const proto = get16(b, 12);
  if (proto === 0x0800) return 14;
  return proto === 0x8100 && b.length >= 18 && get16(b, 16) === 0x0800 ? 18 : -1;
}

function fragmentKey(b: Uint8Array, at: number): string {
  return `${get32(b, at + 12)} ${get32(b, at + 16)} ${get16(b, at + 4)} ${b[at + 9]}`;
}

function noteFragment(b: Uint8Array, at: number, totals: Map<string, number>): void {
  if (b.length < at + 20) return;
  const frag = get16(b, at + 6);
  if ((frag & IP_OFFSET) === 0 || (frag & IP_MF) !== 0) return;
  const ihl = ((b[at] as number) & 15) * 4;
  totals.set(fragmentKey(b, at), (frag & IP_OFFSET) * 8 + get16(b, at + 2) - ihl);
}

class Canoniser {
  private readonly b: Uint8Array;
  /** Length of the whole packet, of which `b` may be the first bytes. */
  private readonly len: number;
  private readonly names: Names;
  private readonly totals: Totals;
  private readonly others: readonly number[] | undefined;
  readonly ids: number[] = [];

  constructor(b: Uint8Array, len: number, names: Names, totals: Totals, others?: readonly number[]) {
    this.b = b;
    this.len = len;
    this.names = names;
    this.totals = totals;
    this.others = others;
  }

  /** Are these bytes at hand? If not, are they at least not there at all? */
  private beyond(end: number): boolean {
    return end > this.b.length && this.len > this.b.length;
  }

  /** An IPv4 packet at `at`; `quoted` in an ICMP error. Returns false if something to replace is out of sight. */
  ip(at: number, quoted: boolean): boolean {
    const { b } = this;
    if (this.beyond(at + 20)) return this.mask(at + 4, b.length);
    if (b.length < at + 20 || (b[at] as number) >> 4 !== 4) return true;
    const ihl = ((b[at] as number) & 15) * 4;
    if (this.beyond(at + ihl + 8)) {
      this.mask(at + 4, at + 6);
      this.mask(at + 10, at + 12);
      return this.mask(at + 20, b.length);
    }
    const frag = get16(b, at + 6);
    const proto = b[at + 9] as number;
    const daddr = get32(b, at + 16);
    const pseudo = this.pseudoSums(at, ihl);
    const end = Math.min(at + ihl, b.length);
    const before = csum_partial(b, at, end, 0);
    const check = get16(b, at + 10);
    const id = this.names.id(daddr, get16(b, at + 4), frag, this.others?.[this.ids.length]);
    this.ids.push(id);
    set16(b, at + 4, id);
    zeroTimeStamps(b, at, ihl);
    set16(b, at + 10, moved(check, csum_sub(before, check), csum_sub(csum_partial(b, at, end, 0), check)));
    if ((frag & IP_OFFSET) !== 0 || b.length < at + ihl + 8) return true;
    if (proto === UDP || proto === UDPLITE) this.udp(at + ihl, pseudo);
    else if (proto === ICMP && !quoted) return this.icmp(at + ihl);
    return true;
  }

  /** Sums of the pseudo headers that the checksum may have been made with. */
  private pseudoSums(at: number, ihl: number): number[] {
    const { b } = this;
    const proto = b[at + 9] as number;
    if (proto !== UDP && proto !== UDPLITE) return [];
    const fragmented = (get16(b, at + 6) & IP_MF) !== 0;
    const whole = fragmented ? this.totals.get(fragmentKey(b, at)) : get16(b, at + 2) - ihl;
    const lengths = new Set<number>();
    if (whole !== undefined) lengths.add(whole);
    if (proto === UDP && b.length >= at + ihl + 6) lengths.add(get16(b, at + ihl + 4));
    const saddr = get32(b, at + 12);
    return [get32(b, at + 16), ...finalAddresses(b, at, ihl)].flatMap((daddr) =>
      [...lengths].map((len) => csum_tcpudp_nofold(saddr, daddr, len, proto, 0)),
    );
  }

  /** Of a header that is not all in sight, take out what may be random. */
  private mask(from: number, to: number): false {
    this.b.fill(0, from, Math.min(to, this.b.length));
    return false;
  }

  private udp(at: number, pseudo: readonly number[]): void {
    const { b } = this;
    const check = get16(b, at + 6);
    const before = csum_partial(b, at, at + 4, 0);
    set16(b, at, this.names.port(get16(b, at)));
    set16(b, at + 2, this.names.port(get16(b, at + 2)));
    // No checksum, or one of the pseudo header alone: not filled in yet (as it is), or UDP-Lite's (complemented).
    const alone = pseudo.some((sum) => same(check, csum_fold(sum)) || same(check, ~csum_fold(sum) & 0xffff));
    if (check === 0 || alone) return;
    set16(b, at + 6, moved(check, before, csum_partial(b, at, at + 4, 0)));
  }

  private icmp(at: number): boolean {
    const { b } = this;
    const before = csum_partial(b, at + 4, b.length, 0);
    const seen = this.ip(at + 8, true);
    const check = get16(b, at + 2);
    if (!seen) set16(b, at + 2, 0);
    else set16(b, at + 2, moved(check, before, csum_partial(b, at + 4, b.length, 0)));
    return seen;
  }
}

/** A checksum after what it covers went from one sum to another. */
function moved(check: number, before: number, after: number): number {
  if (same(csum_fold(before), csum_fold(after))) return check;
  const v = csum_fold(csum_add(csum_sub(~check & 0xffff, before), after));
  return v === 0 ? 0xffff : v;
}

/** Equal as sums, where 0 and 0xffff are one. */
function same(a: number, b: number): boolean {
  return a === b || (a % 0xffff === 0 && b % 0xffff === 0);
}

/** Last addresses of source routes: el6 sums with them. */
function finalAddresses(b: Uint8Array, at: number, ihl: number): number[] {
  const found: number[] = [];
  eachOption(b, at, ihl, (i, n) => {
    if ((b[i] === 0x83 || b[i] === 0x89) && n >= 7 && i + n <= b.length) found.push(get32(b, i + n - 4));
  });
  return found;
}

function zeroTimeStamps(b: Uint8Array, at: number, ihl: number): void {
  eachOption(b, at, ihl, (i, n, end) => {
    if (b[i] !== 0x44) return;
    const width = ((b[i + 3] as number) & 15) === 0 ? 4 : 8;
    for (let j = i + 4 + width - 4; j + 4 <= Math.min(i + n, end); j += width) set32(b, j, 0);
  });
}

function eachOption(
  b: Uint8Array,
  at: number,
  ihl: number,
  see: (i: number, n: number, end: number) => void,
): void {
  const end = Math.min(at + ihl, b.length);
  for (let i = at + 20; i < end && b[i] !== 0; ) {
    const n = b[i] === 1 ? 1 : (b[i + 1] ?? 1);
    if (n < 1) return;
    see(i, n, end);
    i += n;
  }
}

/** Counters that are compared: not those of the whole machine's tables and timers. */
export function countersOf(d: Readonly<Record<string, number>>): Record<string, number> {
  const out: Record<string, number> = {};
  for (const [name, by] of Object.entries(d)) {
    if (name === "rt.entries" || name.startsWith("rt.gc_") || name.endsWith("_hlist_search")) continue;
    if (!name.startsWith("softnet.")) out[name] = by;
  }
  return out;
}
