// SPDX-License-Identifier: GPL-2.0-only
/** Descriptors that a log uses without opening them (strace -p): what -y and the calls on them tell. */
import type { Syscall } from "../../../kernels/release.ts";
import { type CallStep, isTaskCall, type ScenarioStep } from "../../../script/step.ts";
import { OTHER_CALLS } from "../../../script/strace/call.ts";
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  FAMILY_NAMES,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_IP,
  SOL_SOCKET,
  SOL_UDP,
  SOL_UDPLITE,
} from "../../../uapi/socket.ts";
import { nameOf } from "../../../uapi/xlat.ts";
import { get16, get32le } from "../../../wire/bytes.ts";
import { parseDottedQuad } from "../../../wire/ipv4.ts";
import type { Endpoint } from "../outside/hosts.ts";
import { outgoing, sends } from "../outside/letters.ts";
import { inetOf } from "../survey.ts";

/** What a descriptor is taken for. */
export type Guess =
  | {
      readonly type: number;
      readonly protocol: number;
      /** Its own address; port 0: one that the log does not tell. Absent: it is not bound yet. */
      readonly own?: Endpoint;
      readonly peer?: Endpoint;
    }
  /** Nothing that is simulated. */
  | { readonly label: string };

const SOL_TCP = 6;
const IPPROTO_UDP = 17;
const IPPROTO_UDPLITE = 136;
const TCP = "TCP sockets";
/** Calls of sockets that make connections. */
export const STREAM_CALLS: ReadonlySet<string> = new Set(["listen", "accept", "accept4"]);

const family = (number: number): string => `${nameOf(FAMILY_NAMES, number) ?? number} sockets`;

/** What -y writes behind descriptors that are no IPv4 datagram sockets. */
const DECORATIONS: readonly (readonly [RegExp, string])[] = [
  [/^(?:TCP|UDP|UDPLITE|UDP-Lite|RAW|ICMP|PING|SCTP|DCCP)v6:/i, family(AF_INET6)],
  [/^TCP:/, TCP],
  [/^UNIX/, family(AF_UNIX)],
  [/^NETLINK:/, family(AF_NETLINK)],
  [/^PACKET:/, family(AF_PACKET)],
  [/^(?:\/|pipe:|anon_inode:|net:|mnt:|pid:|inotify)/, OTHER_CALLS],
];

const ENDS = /^(UDP|UDPLITE|UDP-Lite|RAW):\[([0-9.]+):(\d+)(?:->([0-9.]+):(\d+))?\]/i;

/** What -y or -yy says that a descriptor is; undefined where it says nothing, or only that it is a socket. */
export function decorated(decoration: string | undefined): Guess | undefined {
  if (decoration === undefined) return undefined;
  const other = DECORATIONS.find(([pattern]) => pattern.test(decoration));
  if (other !== undefined) return { label: other[1] };
  const protocol = /^(UDPLITE|UDP-Lite)/i.test(decoration) ? IPPROTO_UDPLITE : IPPROTO_UDP;
  const m = ENDS.exec(decoration);
  if (m === null) return /^UDP/.test(decoration) ? { type: SOCK_DGRAM, protocol } : undefined;
  const [own, peer] = [end(m[2], m[3]), end(m[4], m[5])];
  // A raw socket's port is its protocol.
  if (m[1] === "RAW") return { type: SOCK_RAW, protocol: own?.port ?? 0 };
  return { type: SOCK_DGRAM, protocol, ...(own && { own }), ...(peer && { peer }) };
}

function end(addr: string | undefined, port: string | undefined): Endpoint | undefined {
  const quad = addr === undefined ? undefined : parseDottedQuad(addr);
  return quad === undefined ? undefined : { addr: quad >>> 0, port: Number(port) };
}

/** What steps tell of a descriptor, from its first use on until it is closed. `whose`: are a process' descriptors meant? */
export function guess(
  steps: Iterable<ScenarioStep>,
  fd: number,
  whose: (pid: number) => boolean,
): Guess | undefined {
  const seen = new Evidence();
  for (const step of steps) {
    if (!("pid" in step) || !whose(step.pid)) continue;
    if (step.kind === "skip" && step.fd === fd && STREAM_CALLS.has(step.name)) return { label: TCP };
    if (step.kind === "skip" && step.opened.includes(fd)) break;
    if (step.kind !== "call" || isTaskCall(step.call)) continue;
    if (step.call.name === "socket" && step.written?.ret === fd) break;
    if (!("fd" in step.call) || step.call.fd !== fd || step.call.name === "epoll_ctl") continue;
    if (step.call.name === "close") break;
    const settled = seen.call(step, step.call);
    if (settled !== undefined) return settled;
  }
  return seen.guess();
}

/** The addresses that a call hands in and gets back. */
function addressesOf(call: Syscall, shown: CallStep["shown"]): Uint8Array[] {
  const each = call.name === "sendmmsg" ? call.messages.map(({ msgname }) => msgname?.bytes) : [];
  const given = "addr" in call ? call.addr?.bytes : "msgname" in call ? call.msgname?.bytes : undefined;
  const got = [shown.addr, ...(shown.messages ?? []).map((message) => message.shown.addr)];
  return [...each, given, ...got].filter((bytes) => bytes !== undefined && bytes.length >= 2) as Uint8Array[];
}

/** SOL_RAW; options of SOL_IP that are about groups, which sockets with connections do not have. */
const SOL_RAW = 255;
const GROUPS: readonly [first: number, last: number] = [32, 47];
const IPPROTO_ICMP = 1;
const IPPROTO_RAW = 255;
/** The first byte of an IPv4 packet with a header of 20 to 60 bytes, and of what ICMP asks. */
const isPacket = (first: number | undefined): boolean =>
  first !== undefined && first >= 0x45 && first <= 0x4f;
const ICMP_ASKS: ReadonlySet<number> = new Set([0, 8, 13, 15, 17]);

/** What a call sends, or got. */
function bytesOf(call: Syscall, { data }: CallStep["shown"]): Uint8Array | undefined {
  const out = outgoing(call)?.bytes;
  return out ?? (data === undefined ? undefined : Buffer.from(data.bytes, "latin1"));
}

class Evidence {
  private sort: { readonly protocol: number } | undefined;
  /** It has to do with ICMP, or sends whole packets: what is sent and received tells which. */
  private raw: { readonly type: number; readonly protocol: number } | undefined;
  private connects = 0;
  private inet = false;
  private datagram = false;
  private own: Endpoint | undefined;
  private peer: Endpoint | undefined;
  /** It has sent or received: it must be bound by then. */
  private used = false;
  private binds = false;

  /** What one call tells; a guess where nothing more is needed. */
  call(step: CallStep, call: Syscall): Guess | undefined {
    const told = decorated(step.decoration);
    if (told !== undefined && ("label" in told || told.own !== undefined || told.type !== SOCK_DGRAM))
      return told;
    if (told !== undefined) {
      this.sort = { protocol: told.protocol };
      this.inet = true;
      this.datagram = true;
      this.binds ||= !this.used;
    }
    if (call.name === "setsockopt" || call.name === "getsockopt") {
      const label = this.option(step, call);
      if (label !== undefined) return { label };
    }
    for (const bytes of addressesOf(call, step.shown)) {
      const of = get16(Uint8Array.of(bytes[1] as number, bytes[0] as number), 0);
      if (of !== AF_INET && of !== 0) return { label: family(of) };
      // Only datagrams are connected anew, or to nobody.
      if (call.name === "connect" && (step.written?.ret ?? 0) >= 0 && (of === 0 || this.connects++ > 0))
        this.datagram = true;
      if (of === AF_INET) this.address(step, call, bytes);
    }
    return undefined;
  }

  private option(
    { shown }: CallStep,
    call: Syscall & { name: "setsockopt" | "getsockopt" },
  ): string | undefined {
    if (call.level === SOL_TCP) return TCP;
    if (call.level === SOL_RAW) this.raw ??= { type: SOCK_RAW, protocol: IPPROTO_ICMP };
    if (call.level === SOL_IP && call.optname >= GROUPS[0] && call.optname <= GROUPS[1]) {
      this.inet = true;
      this.datagram = true;
    }
    if (call.level === SOL_UDP || call.level === SOL_UDPLITE) {
      this.sort = { protocol: call.level };
      this.datagram = true;
    }
    const type = call.level === SOL_SOCKET && call.optname === SO_TYPE ? shown.value : undefined;
    if (type?.length === 4 && get32le(type, 0) === SOCK_DGRAM) this.datagram = true;
    return undefined;
  }

  /** An IPv4 address beside a datagram, with a port, is UDP's: TCP shows none there, and raw sockets have no ports. */
  private address({ written, shown }: CallStep, call: Syscall, bytes: Uint8Array): void {
    this.inet = true;
    const at = inetOf(bytes);
    if (at === undefined) return;
    switch (call.name) {
      case "bind":
        this.binds ||= !this.used;
        return;
      case "connect":
        return;
      case "getsockname":
        if (!this.binds && bytes === shown.addr) this.own ??= at;
        return;
      case "getpeername":
        this.peer ??= at;
        return;
      default:
        this.used ||= (written?.ret ?? 0) >= 0;
        if (at.port !== 0) this.datagram = true;
        else if ((written?.ret ?? 0) > 0) this.portless(call, bytesOf(call, shown)?.[0]);
    }
  }

  /** UDP sends to no port 0: it is a raw socket, or one of ICMP's own, which gets no header of IP. */
  private portless(call: Syscall, first: number | undefined): void {
    if (sends(call)) {
      if (isPacket(first)) this.raw ??= { type: SOCK_RAW, protocol: IPPROTO_RAW };
      else if (ICMP_ASKS.has(first ?? -1)) this.raw ??= { type: SOCK_RAW, protocol: IPPROTO_ICMP };
      return;
    }
    if (first === 0 && this.raw?.protocol !== IPPROTO_RAW)
      this.raw = { type: SOCK_DGRAM, protocol: IPPROTO_ICMP };
    if (isPacket(first)) this.raw ??= { type: SOCK_RAW, protocol: IPPROTO_ICMP };
  }

  /** What all of it tells. */
  guess(): Guess | undefined {
    if (this.raw !== undefined) return this.raw;
    if (!this.inet || !this.datagram) return undefined;
    const own = this.binds ? undefined : (this.own ?? { addr: 0, port: 0 });
    const { peer } = this;
    return {
      type: SOCK_DGRAM,
      protocol: this.sort?.protocol ?? IPPROTO_UDP,
      ...(own && { own }),
      ...(peer && { peer }),
    };
  }
}
