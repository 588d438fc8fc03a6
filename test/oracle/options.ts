// SPDX-License-Identifier: GPL-2.0-only
/** Socket options and control messages of the case language, as the bytes that probe.c passes. */
import { unquote } from "../../src/script/words.ts";
import { set32le } from "../../src/wire/bytes.ts";
import { atoi, hexBytes, ipv4, putIpv4, StepError, strtoul } from "./operands.ts";

/** How an option's plain value is written: an int, text, or anything of up to 512 bytes. */
type Kind = "int" | "text" | "any";

const table = (
  level: number,
  kind: Kind,
  names: Record<string, number>,
): [string, readonly [number, number, Kind]][] =>
  Object.entries(names).map(([name, number]) => [name, [level, number, kind]]);

/** Options by name: level, number, kind of value. */
const OPTIONS: ReadonlyMap<string, readonly [number, number, Kind]> = new Map([
  ...table(1, "int", {
    SO_DEBUG: 1,
    SO_REUSEADDR: 2,
    SO_TYPE: 3,
    SO_ERROR: 4,
    SO_DONTROUTE: 5,
    SO_BROADCAST: 6,
    SO_SNDBUF: 7,
    SO_RCVBUF: 8,
    SO_KEEPALIVE: 9,
    SO_OOBINLINE: 10,
    SO_NO_CHECK: 11,
    SO_PRIORITY: 12,
    SO_REUSEPORT: 15,
    SO_RCVLOWAT: 18,
    SO_SNDLOWAT: 19,
    SO_TIMESTAMP: 29,
    SO_SNDBUFFORCE: 32,
    SO_RCVBUFFORCE: 33,
    SO_TIMESTAMPNS: 35,
    SO_MARK: 36,
    SO_TIMESTAMPING: 37,
    SO_PROTOCOL: 38,
    SO_DOMAIN: 39,
    SO_RXQ_OVFL: 40,
    SO_LOCK_FILTER: 44,
    SO_BUSY_POLL: 46,
  }),
  ...table(1, "any", { SO_RCVTIMEO: 20, SO_SNDTIMEO: 21 }),
  ...table(1, "text", { SO_BINDTODEVICE: 25 }),
  ...table(0, "int", {
    IP_TOS: 1,
    IP_TTL: 2,
    IP_HDRINCL: 3,
    IP_ROUTER_ALERT: 5,
    IP_RECVOPTS: 6,
    IP_RETOPTS: 7,
    IP_PKTINFO: 8,
    IP_MTU_DISCOVER: 10,
    IP_RECVERR: 11,
    IP_RECVTTL: 12,
    IP_RECVTOS: 13,
    IP_MTU: 14,
    IP_FREEBIND: 15,
    IP_TRANSPARENT: 19,
    IP_RECVORIGDSTADDR: 20,
    IP_MINTTL: 21,
    IP_NODEFRAG: 22,
    IP_MULTICAST_TTL: 33,
    IP_MULTICAST_LOOP: 34,
    IP_MULTICAST_ALL: 49,
    IP_UNICAST_IF: 50,
    MRT_INIT: 200,
    MRT_DONE: 201,
  }),
  ...table(0, "any", {
    IP_OPTIONS: 4,
    IP_MULTICAST_IF: 32,
    IP_ADD_MEMBERSHIP: 35,
    IP_DROP_MEMBERSHIP: 36,
    IP_BLOCK_SOURCE: 38,
    MRT_ADD_VIF: 202,
  }),
  ...table(17, "int", { UDP_CORK: 1, UDP_ENCAP: 100, UDP_SEGMENT: 103 }),
  ...table(136, "int", { UDPLITE_CORK: 1, UDPLITE_SEND_CSCOV: 10, UDPLITE_RECV_CSCOV: 11 }),
]);

export interface SocketOption {
  readonly level: number;
  readonly optname: number;
  readonly kind: Kind;
}

export function optionOf(name: string): SocketOption {
  const found = OPTIONS.get(name);
  if (found === undefined) throw new StepError(`option ${name}`);
  return { level: found[0], optname: found[1], kind: found[2] };
}

/** Devices by name, 0 for one that isn't there. */
export type IfIndex = (name: string) => number;

/** A value as memory (512 bytes, or more where more is claimed) and its length. */
export function optionValue(kind: Kind, text: string, ifindex: IfIndex): { bytes: Uint8Array; len: number } {
  const memory = new Uint8Array(512);
  const len = writeValue(kind, text, ifindex, memory);
  if (len <= memory.length) return { bytes: memory, len };
  const more = new Uint8Array(len);
  more.set(memory);
  return { bytes: more, len };
}

function writeValue(kind: Kind, text: string, ifindex: IfIndex, b: Uint8Array): number {
  const [form = ""] = text.split(":", 1);
  const rest = text.slice(form.length + 1);
  switch (text.includes(":") ? form : "") {
    case "hex":
      return put(b, hexBytes(rest));
    case "byte":
      b[0] = strtoul(rest);
      return 1;
    case "len":
      return strtoul(rest);
    case "ms":
      // struct timeval of x86-64; the cases' times fit in 32 bits.
      set32le(b, 0, Math.trunc(strtoul(rest) / 1000));
      set32le(b, 8, (strtoul(rest) % 1000) * 1000);
      return 16;
    case "addr":
      putIpv4(b, 0, rest);
      return 4;
    case "dev":
      set32le(b, 8, ifindex(rest));
      return 12;
    case "mreqn":
      return mreqn(rest, ifindex, b);
    case "ifindex":
      set32le(b, 0, ifindex(rest));
      return 4;
  }
  if (kind === "text") {
    return put(b, text.startsWith('"') ? unquote(text) : new TextEncoder().encode(text)) + 1;
  }
  set32le(b, 0, strtoul(text));
  return 4;
}

function put(b: Uint8Array, bytes: Uint8Array): number {
  b.set(bytes.subarray(0, b.length));
  return bytes.length;
}

/** `GROUP,ADDRESS,DEVICE`: struct ip_mreqn. */
function mreqn(text: string, ifindex: IfIndex, b: Uint8Array): number {
  const [group, address, dev] = text.split(",").filter((part) => part !== "");
  if (group !== undefined) putIpv4(b, 0, group);
  if (address !== undefined) putIpv4(b, 4, address);
  if (dev !== undefined) set32le(b, 8, ifindex(dev));
  return 12;
}

const CMSG_HDR = 16;
const align = (n: number): number => (n + 7) & ~7;

/** Control data of a sendmsg, message after message. */
export class Control {
  readonly bytes: Uint8Array = new Uint8Array(1024);
  len = 0;
  private readonly ifindex: IfIndex;

  constructor(ifindex: IfIndex) {
    this.ifindex = ifindex;
  }

  add(text: string): void {
    const eq = text.indexOf("=");
    const value = text.slice(eq + 1);
    switch (text.slice(0, eq)) {
      case "pktinfo":
        this.message(0, 8, this.pktinfo(value));
        return;
      case "ttl":
      case "tos": {
        const b = new Uint8Array(4);
        set32le(b, 0, atoi(value));
        this.message(0, text.startsWith("ttl") ? 2 : 1, b);
        return;
      }
      case "retopts":
        this.message(0, 7, hexBytes(value));
        return;
      case "raw":
        this.raw(value);
        return;
      case "rawlen":
        this.header(atoi(value), 0, 8);
        this.len += CMSG_HDR + align(12);
        return;
      default:
        throw new StepError(`cmsg ${text}`);
    }
  }

  private header(len: number, level: number, type: number): void {
    set32le(this.bytes, this.len, len);
    set32le(this.bytes, this.len + 4, len < 0 ? -1 : 0);
    set32le(this.bytes, this.len + 8, level);
    set32le(this.bytes, this.len + 12, type);
  }

  private message(level: number, type: number, data: Uint8Array): void {
    this.header(CMSG_HDR + data.length, level, type);
    this.bytes.set(data, this.len + CMSG_HDR);
    this.len += CMSG_HDR + align(data.length);
  }

  private raw(value: string): void {
    const m = /^([-+]?\d+),([-+]?\d+),/.exec(value);
    if (m === null) throw new StepError(`cmsg raw=${value}`);
    this.message(Number(m[1]), Number(m[2]), hexBytes(value.slice(value.lastIndexOf(",") + 1)));
  }

  /** `DEV|-|INDEX,SRC[,ADDR]`: struct in_pktinfo. */
  private pktinfo(value: string): Uint8Array {
    const [dev, source, address] = value.split(",").filter((part) => part !== "");
    const b = new Uint8Array(12);
    if (dev !== undefined && dev !== "-") set32le(b, 0, /^\d/.test(dev) ? atoi(dev) : this.ifindex(dev));
    if (source !== undefined) b.set(quad(source), 4);
    if (address !== undefined) b.set(quad(address), 8);
    return b;
  }
}

function quad(text: string): Uint8Array {
  const v = ipv4(text);
  return Uint8Array.of(v >>> 24, v >>> 16, v >>> 8, v);
}
