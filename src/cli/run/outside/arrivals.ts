// SPDX-License-Identifier: GPL-2.0-only
/** What came from outside of the log, as the calls show it that received it; and how it gets to its socket. */
import type { Syscall } from "../../../kernels/release.ts";
import type { CallStep, Shown, ShownError } from "../../../script/step.ts";
import { ECONNREFUSED, EHOSTUNREACH, ENETUNREACH } from "../../../uapi/errno.ts";
import { MSG_ERRQUEUE, MSG_TRUNC, SO_ERROR, SOCK_RAW, SOL_SOCKET } from "../../../uapi/socket.ts";
import { get32, get32le } from "../../../wire/bytes.ts";
import { formatIpv4, IP_DADDR, IP_HLEN } from "../../../wire/ipv4.ts";
import type { Held } from "../log/descriptors.ts";
import type { Sockets } from "../log/sockets.ts";
import { inetOf } from "../survey.ts";
import { type Endpoint, type Hosts, isMulticast, NO_WAY } from "./hosts.ts";
import { type Letters, protocolOf } from "./letters.ts";
import { asOnWire } from "./on-wire.ts";
import type { Strangers } from "./strangers.ts";

/** Something that came to a socket. */
export type Arrival =
  | { readonly kind: "datagram"; readonly from: Endpoint; readonly bytes: Uint8Array; readonly to?: number }
  | { readonly kind: "error"; readonly errno: number }
  /** An ICMP error as the error queue tells it: `to` is where the datagram was sent to, `bytes` what of it was quoted. */
  | {
      readonly kind: "icmp";
      readonly error: ShownError;
      readonly to: Endpoint | undefined;
      readonly bytes: Uint8Array;
      /** So many of them are shown. */
      readonly seen: number;
      /** More was quoted than there was room for. */
      readonly cut: boolean;
    };

const BROADCAST = 0xffffffff;
/** Bytes of an IP packet: no call receives more at once. */
const LONGEST = 65_535;
/** Data of a datagram that a router quotes: its message is no longer than 576 bytes (RFC 1812, 4.3.2.3). */
const MOST_QUOTED = 576 - 2 * IP_HLEN - 8 - 8;
/** Errors that other hosts report. */
const REPORTED: ReadonlySet<number> = new Set([ECONNREFUSED, EHOSTUNREACH, ENETUNREACH]);

/** Calls that take a datagram off a socket's queue. */
export function isReceive(
  call: Syscall,
): call is Syscall & { name: "recvfrom" | "recvmsg" | "recvmmsg" | "read" } {
  const receives =
    call.name === "recvfrom" || call.name === "recvmsg" || call.name === "recvmmsg" || call.name === "read";
  return receives && (call.name === "read" || (call.flags & MSG_ERRQUEUE) === 0);
}

/** SO_EE_ORIGIN_ICMP. */
const ORIGIN_ICMP = 2;

/** Calls that take an error off a socket's queue of them. */
export function isErrorReceive(
  call: Syscall,
): call is Syscall & { name: "recvmsg" | "recvmmsg" | "recvfrom" } {
  const receives = call.name === "recvmsg" || call.name === "recvmmsg" || call.name === "recvfrom";
  return receives && (call.flags & MSG_ERRQUEUE) !== 0;
}

/** The ICMP errors that such a call shows. */
export function errorsOf({ shown, written }: CallStep): Arrival[] {
  const ret = written?.ret ?? -1;
  if (ret < 0) return [];
  const messages = shown.messages ?? [{ shown, len: ret }];
  return messages.flatMap(({ shown: one, len }): Arrival[] =>
    one.error?.origin === ORIGIN_ICMP && len <= LONGEST
      ? [{ kind: "icmp", error: one.error, to: inetOf(one.addr), ...quote(one, len) }]
      : [],
  );
}

/** What is shown of a quoted datagram. */
function quote(shown: Shown, len: number): Pick<Arrival & { kind: "icmp" }, "bytes" | "seen" | "cut"> {
  const cut = ((shown.mflags ?? 0) & MSG_TRUNC) !== 0;
  return { bytes: bytesOf(shown, len), seen: Math.min(shown.data?.bytes.length ?? 0, len), cut };
}

/** The error that a call shows, where another host may have reported it: its result, or what SO_ERROR says. */
export function reportedBy({ written, call, shown }: CallStep): number | undefined {
  const asked = call.name === "getsockopt" && call.level === SOL_SOCKET && call.optname === SO_ERROR;
  const value = asked && shown.value?.length === 4 ? get32le(shown.value, 0) : 0;
  const errno = value || -(written?.ret ?? 0);
  return REPORTED.has(errno) ? errno : undefined;
}

/** What a receiving call shows of what came; `peer`: who sent it where the call does not show that. */
export function arrivalsOf(step: CallStep, peer: Endpoint | undefined): Arrival[] {
  const errno = reportedBy(step);
  if (errno !== undefined) return [{ kind: "error", errno }];
  const ret = step.written?.ret ?? -1;
  if (ret < 0) return [];
  const messages = step.shown.messages ?? [{ shown: step.shown, len: ret }];
  return messages.flatMap(({ shown, len }): Arrival[] => {
    const from = inetOf(shown.addr) ?? peer;
    if (from === undefined || len > LONGEST) return [];
    const to = shown.dest === undefined ? {} : { to: shown.dest };
    return [{ kind: "datagram", from, bytes: bytesOf(shown, len), ...to }];
  });
}

/** Bytes as far as they are shown; the rest is zeros. */
function bytesOf({ data }: Shown, len: number): Uint8Array {
  const bytes = new Uint8Array(len);
  bytes.set(Buffer.from(data?.bytes ?? "", "latin1").subarray(0, len));
  return bytes;
}

/** A program on this host, at any port. */
export const SOMEBODY: Endpoint = { addr: 0x7f000001, port: 0 };
const isGroup = (addr: number): boolean => isMulticast(addr) || addr === BROADCAST;

/** Who brought something, or why nobody can. */
export type Brought =
  | { readonly by: "stranger" | "host" }
  /** `ours`: it is for the machine and the programs of the log to find out. */
  | { readonly not: string; readonly ours: boolean };

export class Arrivals {
  readonly hosts: Hosts;
  private readonly strangers: Strangers;
  private readonly sockets: Sockets;
  private readonly letters: Letters;

  constructor(hosts: Hosts, strangers: Strangers, sockets: Sockets, letters: Letters) {
    this.hosts = hosts;
    this.strangers = strangers;
    this.sockets = sockets;
    this.letters = letters;
  }

  /** Let it come to a socket of `pid`, in `ms`. */
  bring(pid: number, fd: number, arrival: Arrival, ms: number): Brought {
    const held = this.sockets.get(pid, fd);
    if (held === undefined) return { not: "the socket does not exist", ours: true };
    if (arrival.kind === "error") return this.report(held, fd, arrival.errno, ms);
    if (arrival.kind === "icmp") return this.tell(held, fd, arrival, ms);
    const { from, bytes } = arrival;
    const own = this.sockets.ask.own(fd);
    if (this.hosts.isLocal(from.addr)) {
      const known = from === SOMEBODY || this.strangers.has(from.addr, from.port);
      const sent = known && this.strangers.deliver(from, own, bytes, pid, ms);
      return sent ? { by: "stranger" } : { not: "no sender for it", ours: !known || from === SOMEBODY };
    }
    if (held.sort?.type === SOCK_RAW) return brought(this.raw(from.addr, bytes, ms));
    const to = this.isGoodFor(arrival.to) ? arrival.to : this.destination(held, own, from);
    if (own.port === 0) return { not: "the socket is not bound yet", ours: false };
    if (to === undefined) return { not: `${NO_WAY} ${formatIpv4(from.addr)}`, ours: false };
    const datagram = { from, to: { addr: to, port: own.port }, bytes, protocol: protocolOf(held) };
    return brought(this.hosts.datagram(datagram, this.letters.device(held), ms));
  }

  /** Who has sent what a call received without asking for an address: the socket's peer, whom it has written to last, or somebody here. */
  answerer(pid: number, fd: number): Endpoint {
    const held = this.sockets.get(pid, fd);
    const last = held === undefined ? undefined : this.letters.last(held)?.to;
    return this.sockets.ask.peer(fd) ?? (last !== undefined && !isGroup(last.addr) ? last : SOMEBODY);
  }

  /** Who sends it, as far as that can be told. */
  sender(pid: number, fd: number, arrival: Arrival): number | undefined {
    if (arrival.kind === "datagram") return arrival.from.addr;
    if (arrival.kind === "icmp" && arrival.to !== undefined) return arrival.to.addr;
    const held = this.sockets.get(pid, fd);
    return held === undefined ? undefined : this.letters.last(held)?.to.addr;
  }

  /** Does an address that the log shows mean anything on this machine? */
  private isGoodFor(addr: number | undefined): boolean {
    return addr !== undefined && (isMulticast(addr) || addr === BROADCAST || this.hosts.isLocal(addr));
  }

  /** A raw socket has seen the whole packet. */
  private raw(from: number, packet: Uint8Array, ms: number): string | undefined {
    if (packet.length < IP_HLEN) return "a packet without an IP header";
    const to = get32(packet, IP_DADDR);
    return this.hosts.packet(
      from,
      to,
      asOnWire(packet, (addr) => this.hosts.isLocal(addr)),
      ms,
    );
  }

  /** Where a datagram was sent to: the log does not say so, unless in IP_PKTINFO. */
  private destination(held: Held, own: Endpoint, from: Endpoint): number | undefined {
    if (own.addr !== 0) return own.addr;
    const [group] = this.letters.groups(held);
    if (group !== undefined && this.letters.last(held)?.to.addr !== from.addr) return group;
    const device = this.letters.device(held);
    if (from.addr === 0 || (device !== undefined && !this.hosts.hasAddress(device))) return BROADCAST;
    return this.hosts.source(from.addr);
  }

  /** Somebody reports an error about the last datagram that a socket has sent. */
  private report(held: Held, fd: number, errno: number, ms: number): Brought {
    const sent = this.letters.last(held);
    const wanted = errno === ECONNREFUSED || this.sockets.ask.hearsErrors(fd);
    if (sent === undefined || !wanted || this.isKnownHere(sent.to.addr, errno)) {
      return { not: "no host outside reports it", ours: true };
    }
    const from = { addr: sent.from.addr || (this.hosts.source(sent.to.addr) ?? 0), port: sent.from.port };
    return brought(this.hosts.unreachable(errno, { ...sent, from }, ms));
  }

  /** A router, or the other end, tells an error about a datagram that a socket has sent. */
  private tell(
    held: Held,
    fd: number,
    { error, to, bytes, seen, cut }: Arrival & { kind: "icmp" },
    ms: number,
  ): Brought {
    const last = this.letters.last(held);
    const dest = to ?? last?.to;
    if (dest === undefined || this.hosts.isLocal(dest.addr))
      return { not: "no host outside reports it", ours: true };
    const own = this.sockets.ask.own(fd);
    const from = { addr: own.addr || (this.hosts.source(dest.addr) ?? 0), port: own.port };
    const by = inetOf(error.offender)?.addr || dest.addr;
    if (this.hosts.isLocal(by)) return { not: "this machine tells it", ours: true };
    const { type, code, info } = error;
    // Of "fragmentation needed" it is the MTU; a pointer stands in the highest byte as it is.
    const told = { error: { type, code, rest: info }, by };
    const protocol = held.sort?.type === SOCK_RAW ? held.sort.protocol : protocolOf(held);
    // What is quoted may be the beginning only: the length of the whole counts for the MTU.
    const longer = last?.to.addr === dest.addr && last.bytes.length > bytes.length;
    const whole = longer ? Uint8Array.from(last.bytes) : bytes;
    whole.set(bytes.subarray(0, seen));
    const sent = { from, to: dest, bytes: whole, protocol };
    const quoted = cut ? Math.max(bytes.length, MOST_QUOTED) : bytes.length;
    return brought(this.hosts.error({ ...told, sent, quoted }, ms));
  }

  /** Is it the machine itself that finds out about an address? */
  private isKnownHere(addr: number, errno: number): boolean {
    if (this.hosts.isLocal(addr) || isMulticast(addr)) return true;
    return errno !== ECONNREFUSED && this.hosts.isUnresolved(addr);
  }
}

function brought(not: string | undefined): Brought {
  return not === undefined ? { by: "host" } : { not, ours: false };
}
