// SPDX-License-Identifier: GPL-2.0-only
/** A packet as a raw socket showed it, put back to what came over the wire: before this host recorded itself in it. */
import { get32, set16, set32 } from "../../../wire/bytes.ts";
import { csum_fold, csum_partial } from "../../../wire/checksum.ts";
import { IP_CHECK, IP_HLEN } from "../../../wire/ipv4.ts";

const IPOPT_END = 0;
const IPOPT_NOOP = 1;
const IPOPT_RR = 7;
/** The pointer of a route that nothing is recorded in. */
const FIRST = 4;
const ADDRESS = 4;

/** `isLocal`: is an address this host's? The checksum is made anew: strace may have cut the header short. */
export function asOnWire(packet: Uint8Array, isLocal: (addr: number) => boolean): Uint8Array {
  const b = Uint8Array.from(packet);
  const hlen = ((b[0] ?? 0) & 15) * 4;
  if (hlen < IP_HLEN || hlen > b.length) return b;
  const route = recordRoute(b.subarray(0, hlen));
  if (route !== undefined) takeBack(b, route, isLocal);
  set16(b, IP_CHECK, 0);
  set16(b, IP_CHECK, csum_fold(csum_partial(b, 0, hlen, 0)));
  return b;
}

/** Where the option that records the route begins. */
function recordRoute(header: Uint8Array): number | undefined {
  for (let at = IP_HLEN; at < header.length; ) {
    const type = header[at];
    if (type === IPOPT_END) return undefined;
    const len = type === IPOPT_NOOP ? 1 : (header[at + 1] ?? 0);
    if (type === IPOPT_RR && len >= 3 && at + len <= header.length) return at;
    if (len === 0) return undefined;
    at += len;
  }
  return undefined;
}

/** The last address in it, if it is this host's, is what this host has written there when it took the packet in. */
function takeBack(b: Uint8Array, at: number, isLocal: (addr: number) => boolean): void {
  const pointer = b[at + 2] ?? 0;
  const last = at + pointer - 1 - ADDRESS;
  if (pointer <= FIRST || last + ADDRESS > b.length || !isLocal(get32(b, last))) return;
  b[at + 2] = pointer - ADDRESS;
  set32(b, last, 0);
}
