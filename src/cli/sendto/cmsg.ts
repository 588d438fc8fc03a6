// SPDX-License-Identifier: GPL-2.0-only
/** --cmsg: control messages of sendmsg(2) for IPv4 sockets (cmsg(3), ip(7)); struct cmsghdr of x86-64. */
import { nearest } from "../../script/nearest.ts";
import { IP_PKTINFO, IP_RETOPTS, IP_TOS, IP_TTL, IPPROTO_IP } from "../../uapi/in.ts";
import { set32, set32le } from "../../wire/bytes.ts";
import { fromHex } from "../../wire/hexdump.ts";
import { parseDottedQuad } from "../../wire/ipv4.ts";
import { UsageError } from "../errors.ts";
import { parseNumber } from "../values.ts";
import { type Devices, parseDevice } from "./devices.ts";
import { parseIpOption } from "./ip-options.ts";
import { int } from "./sockopt.ts";

/** A control message before it is laid out. */
interface Cmsg {
  readonly level: number;
  readonly type: number;
  readonly data: Uint8Array;
}

type Make = (what: string, value: string, devices: Devices) => Cmsg;

const ip = (type: number, data: Uint8Array): Cmsg => ({ level: IPPROTO_IP, type, data });

/** Numbers that no packet can have are the kernel's to refuse. */
const number = (what: string, value: string): Uint8Array =>
  int(parseNumber(what, value, -0x80000000, 0x7fffffff));

const KINDS: Readonly<Record<string, Make>> = {
  pktinfo: (what, value, devices) => ip(IP_PKTINFO, pktinfo(what, value, devices)),
  ttl: (what, value) => ip(IP_TTL, number(what, value)),
  tos: (what, value) => ip(IP_TOS, number(what, value)),
  retopts: (_, value) => ip(IP_RETOPTS, parseIpOption("--cmsg retopts", value)),
  raw: (what, value) => raw(what, value),
};

const SIZEOF_CMSGHDR = 16;
const align = (n: number): number => (n + 7) & ~7;

/** All the control data of a call, or null where there is none. */
export function controlData(specs: readonly string[], devices: Devices): Uint8Array | null {
  if (specs.length === 0) return null;
  const list = specs.map((spec) => parseCmsg(spec, devices));
  const b = new Uint8Array(list.reduce((sum, m) => sum + SIZEOF_CMSGHDR + align(m.data.length), 0));
  let at = 0;
  for (const { level, type, data } of list) {
    set32le(b, at, SIZEOF_CMSGHDR + data.length);
    set32le(b, at + 8, level);
    set32le(b, at + 12, type);
    b.set(data, at + SIZEOF_CMSGHDR);
    at += SIZEOF_CMSGHDR + align(data.length);
  }
  return b;
}

/** `KIND=VALUE`. */
function parseCmsg(spec: string, devices: Devices): Cmsg {
  const eq = spec.indexOf("=");
  const kind = eq < 0 ? spec : spec.slice(0, eq);
  const make = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (make !== undefined && eq >= 0) return make(`--cmsg ${kind}`, spec.slice(eq + 1), devices);
  const near = make === undefined ? nearest(kind, Object.keys(KINDS)) : undefined;
  throw new UsageError(
    `--cmsg '${spec}': expected pktinfo=DEV,ADDR, ttl=N, tos=N, retopts=SPEC or raw=LEVEL,TYPE,HEX` +
      (near === undefined ? "" : `; did you mean ${near}?`),
  );
}

/** `DEV`, `DEV,ADDR` or `-,ADDR` as struct in_pktinfo: out by this device, from this address. */
function pktinfo(what: string, value: string, devices: Devices): Uint8Array {
  const [dev = "", text, more] = value.split(",");
  const addr = text === undefined ? 0 : parseDottedQuad(text);
  if (dev === "" || addr === undefined || more !== undefined) {
    throw new UsageError(`${what} '${value}': expected DEV, DEV,ADDR or -,ADDR, such as lo,127.0.0.2`);
  }
  const b = new Uint8Array(12);
  if (dev !== "-") set32le(b, 0, parseDevice(`${what} '${value}'`, dev, devices));
  set32(b, 4, addr);
  return b;
}

function raw(what: string, value: string): Cmsg {
  const [level, type, hex] = value.split(",");
  if (level === undefined || type === undefined || !/^(?:[0-9a-fA-F]{2})*$/.test(hex ?? "-")) {
    throw new UsageError(`${what} '${value}': expected LEVEL,TYPE,HEX, such as 0,2,01000000`);
  }
  return {
    level: parseNumber(`${what}: level`, level, 0, 0x7fffffff),
    type: parseNumber(`${what}: type`, type, 0, 0x7fffffff),
    data: fromHex(hex ?? ""),
  };
}
