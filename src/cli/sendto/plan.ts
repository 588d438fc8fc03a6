// SPDX-License-Identifier: GPL-2.0-only
/** From options to the system calls that `nettrace sendto` makes, in order. */
import type { Syscall } from "../../kernels/release.ts";
import { nearest } from "../../script/nearest.ts";
import {
  IP_MTU_DISCOVER,
  IP_NAMES,
  IP_RECVERR,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_UDP,
  IPPROTO_UDPLITE,
  UDP_CORK,
  UDP_NAMES,
} from "../../uapi/in.ts";
import {
  AF_INET,
  SO_BINDTODEVICE,
  SO_BROADCAST,
  SO_DONTROUTE,
  SO_MARK,
  SO_NAMES,
  SO_NO_CHECK,
  SO_PRIORITY,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  SOL_UDP,
  SOL_UDPLITE,
} from "../../uapi/socket.ts";
import { numberOf, type Xlat } from "../../uapi/xlat.ts";
import { set16, set32, set32le } from "../../wire/bytes.ts";
import { fromHex } from "../../wire/hexdump.ts";
import { parseDottedQuad } from "../../wire/ipv4.ts";
import { UsageError } from "../errors.ts";
import type { Payload } from "./payload.ts";

/** What was asked for, checked. Addresses in host order. */
export interface Request {
  readonly host: number;
  readonly port: number;
  readonly payload: Payload;
  readonly flags: number;
  readonly count: number;
  readonly connect: boolean;
  readonly listen: boolean;
  readonly nonblock: boolean;
  readonly bind?: { readonly addr: number; readonly port: number };
  /** UDP-Lite instead of UDP; a number is its checksum coverage. */
  readonly udplite?: boolean | number;
  /** Socket options in the order given. */
  readonly options: readonly SocketOption[];
}

export interface SocketOption {
  readonly level: number;
  readonly name: number;
  readonly value: Uint8Array;
}

/** The descriptors: the sender is made first, as in the program that people have in mind. */
export const SENDER = 3;
export const RECEIVER = 4;

/** The calls before the sends: sockets, options, bind, connect. */
export function setup(r: Request): Syscall[] {
  const type = SOCK_DGRAM | (r.nonblock ? SOCK_NONBLOCK : 0);
  const protocol = r.udplite === undefined || r.udplite === false ? IPPROTO_IP : IPPROTO_UDPLITE;
  const calls: Syscall[] = [{ name: "socket", domain: AF_INET, type, protocol }];
  for (const o of r.options) calls.push(setsockopt(o));
  if (r.bind !== undefined) calls.push({ name: "bind", fd: SENDER, ...sockaddr(r.bind.addr, r.bind.port) });
  if (r.listen) {
    calls.push({ name: "socket", domain: AF_INET, type: SOCK_DGRAM, protocol });
    calls.push({ name: "bind", fd: RECEIVER, ...sockaddr(r.host, r.port) });
  }
  if (r.connect) calls.push({ name: "connect", fd: SENDER, ...sockaddr(r.host, r.port) });
  return calls;
}

/** The send itself. */
export function send(r: Request): Syscall {
  const { bytes, len } = r.payload;
  const to = r.connect ? { addr: null, addrlen: 0 } : sockaddr(r.host, r.port);
  return { name: "sendto", fd: SENDER, buf: { bytes }, len, flags: r.flags, ...to };
}

/** With --listen, the receiver takes what has arrived. */
export function receive(): Syscall {
  return { name: "recvmsg", fd: RECEIVER, len: 65536, flags: 0x40, controllen: 0 };
}

function setsockopt(o: SocketOption): Syscall {
  return {
    name: "setsockopt",
    fd: SENDER,
    level: o.level,
    optname: o.name,
    optval: { bytes: o.value },
    optlen: o.value.length,
  };
}

function sockaddr(addr: number, port: number): { addr: { bytes: Uint8Array }; addrlen: number } {
  const bytes = new Uint8Array(16);
  bytes[0] = AF_INET;
  set16(bytes, 2, port);
  set32(bytes, 4, addr);
  return { addr: { bytes }, addrlen: 16 };
}

/** An int as user space passes it. */
export function int(v: number): Uint8Array {
  const b = new Uint8Array(4);
  set32le(b, 0, v);
  return b;
}

export const OPTION = {
  broadcast: { level: SOL_SOCKET, name: SO_BROADCAST, value: int(1) },
  noCheck: { level: SOL_SOCKET, name: SO_NO_CHECK, value: int(1) },
  dontroute: { level: SOL_SOCKET, name: SO_DONTROUTE, value: int(1) },
  recverr: { level: IPPROTO_IP, name: IP_RECVERR, value: int(1) },
  cork: { level: IPPROTO_UDP, name: UDP_CORK, value: int(1) },
  ttl: (v: number): SocketOption => ({ level: IPPROTO_IP, name: IP_TTL, value: int(v) }),
  tos: (v: number): SocketOption => ({ level: IPPROTO_IP, name: IP_TOS, value: int(v) }),
  mtuDiscover: (v: number): SocketOption => ({ level: IPPROTO_IP, name: IP_MTU_DISCOVER, value: int(v) }),
  mark: (v: number): SocketOption => ({ level: SOL_SOCKET, name: SO_MARK, value: int(v) }),
  priority: (v: number): SocketOption => ({ level: SOL_SOCKET, name: SO_PRIORITY, value: int(v) }),
  sndbuf: (v: number): SocketOption => ({ level: SOL_SOCKET, name: SO_SNDBUF, value: int(v) }),
  device: (name: string): SocketOption => ({
    level: SOL_SOCKET,
    name: SO_BINDTODEVICE,
    value: cstring(name),
  }),
} as const;

function cstring(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

const TABLES: readonly (readonly [number, Xlat])[] = [
  [SOL_SOCKET, SO_NAMES],
  [IPPROTO_IP, IP_NAMES],
  [SOL_UDP, UDP_NAMES],
];

/** `NAME=VALUE` of --setsockopt: a number, a dotted quad, `hex:…`, or text for a device name. */
export function parseSockopt(text: string, udplite: boolean): SocketOption {
  const eq = text.indexOf("=");
  if (eq <= 0) throw new UsageError(`--setsockopt '${text}': expected NAME=VALUE, such as IP_TTL=5`);
  const word = text.slice(0, eq).toUpperCase();
  const value = text.slice(eq + 1);
  for (const [level, table] of TABLES) {
    const name = numberOf(table, word);
    if (name === undefined) continue;
    const at = level === SOL_UDP && udplite ? SOL_UDPLITE : level;
    return {
      level: at,
      name,
      value: optionValue(text, value, level === SOL_SOCKET && name === SO_BINDTODEVICE),
    };
  }
  const near = nearest(
    word,
    TABLES.flatMap(([, t]) => t.map(([n]) => n)),
  );
  throw new UsageError(
    `--setsockopt '${text}': '${word}' is no socket option of el6${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}

function optionValue(text: string, value: string, isDevice: boolean): Uint8Array {
  if (isDevice) return cstring(value);
  if (/^hex:([0-9a-fA-F]{2})*$/.test(value)) return fromHex(value.slice(4));
  if (/^-?[0-9]{1,10}$|^0[xX][0-9a-fA-F]{1,8}$/.test(value)) return int(Number(value));
  const addr = parseDottedQuad(value);
  if (addr !== undefined) {
    const b = new Uint8Array(4);
    set32(b, 0, addr);
    return b;
  }
  throw new UsageError(`--setsockopt '${text}': '${value}' is no number, address or hex:…`);
}
