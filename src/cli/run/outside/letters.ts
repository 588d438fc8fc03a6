// SPDX-License-Identifier: GPL-2.0-only
/** What sockets have done that decides what may come to them: the last datagram they sent, the groups they joined. */
import type { Syscall } from "../../../kernels/release.ts";
import { SO_BINDTODEVICE, SOL_IP, SOL_SOCKET } from "../../../uapi/socket.ts";
import { get32 } from "../../../wire/bytes.ts";
import type { Held } from "../log/descriptors.ts";
import { inetOf } from "../survey.ts";
import type { Endpoint, Sent } from "./hosts.ts";

const IP_ADD_MEMBERSHIP = 35;
const IP_DROP_MEMBERSHIP = 36;
const IP_ADD_SOURCE_MEMBERSHIP = 39;
const NOTHING = new Uint8Array();
const IPPROTO_UDP = 17;
const IPPROTO_UDPLITE = 136;

/** UDP or UDP-Lite. */
export function protocolOf({ sort }: Held): number {
  return sort?.protocol === IPPROTO_UDPLITE ? IPPROTO_UDPLITE : IPPROTO_UDP;
}

function deviceIn({ optval, optlen }: Syscall & { name: "setsockopt" }): string {
  const bytes = optval?.bytes.subarray(0, Math.max(optlen, 0)) ?? NOTHING;
  return Buffer.from(bytes).toString("latin1").replace(/\0.*/s, "");
}

const SENDS: ReadonlySet<string> = new Set(["sendto", "send", "sendmsg", "sendmmsg", "write", "writev"]);

/** Does a call send? */
export function sends(
  call: Syscall,
): call is Extract<Syscall, { name: "sendto" | "send" | "sendmsg" | "sendmmsg" | "write" | "writev" }> {
  return SENDS.has(call.name);
}

interface Entry {
  /** The last call that sent. */
  last?: Syscall;
  /** SO_BINDTODEVICE. */
  device?: string;
  readonly groups: Set<number>;
}

export class Letters {
  private readonly entries = new WeakMap<Held, Entry>();
  private readonly own: (fd: number) => Endpoint;
  private readonly peer: (fd: number) => Endpoint | undefined;

  /** How a socket is asked for its own address, and for its peer's. */
  constructor(own: (fd: number) => Endpoint, peer: (fd: number) => Endpoint | undefined) {
    this.own = own;
    this.peer = peer;
  }

  /** A call was made on a socket, and worked. */
  note(held: Held, call: Syscall): void {
    if (sends(call)) this.entry(held).last = call;
    else if (call.name === "setsockopt" && call.level === SOL_IP) this.membership(held, call);
    else if (call.name === "setsockopt" && call.level === SOL_SOCKET && call.optname === SO_BINDTODEVICE)
      this.entry(held).device = deviceIn(call);
  }

  /** The device that a socket is bound to. */
  device(held: Held): string | undefined {
    return this.entries.get(held)?.device || undefined;
  }

  /** The datagram that a socket has sent last. */
  last(held: Held): Sent | undefined {
    const call = this.entries.get(held)?.last;
    const out = call === undefined ? undefined : outgoing(call);
    const to = out?.to ?? (out === undefined ? undefined : this.peer(out.fd));
    if (out === undefined || to === undefined) return undefined;
    return { from: this.own(out.fd), to, bytes: out.bytes, protocol: protocolOf(held) };
  }

  groups(held: Held): Iterable<number> {
    return this.entries.get(held)?.groups ?? [];
  }

  private membership(held: Held, { optname, optval }: Syscall & { name: "setsockopt" }): void {
    if (optval === null || optval.bytes.length < 4) return;
    const group = get32(optval.bytes, 0);
    if (optname === IP_ADD_MEMBERSHIP || optname === IP_ADD_SOURCE_MEMBERSHIP)
      this.entry(held).groups.add(group);
    if (optname === IP_DROP_MEMBERSHIP) this.entry(held).groups.delete(group);
  }

  private entry(held: Held): Entry {
    const known = this.entries.get(held);
    if (known !== undefined) return known;
    const made: Entry = { groups: new Set() };
    this.entries.set(held, made);
    return made;
  }
}

/** The address of a call that sends. Undefined: it sends nothing. */
export function outgoing(
  call: Syscall,
): { readonly fd: number; readonly to: Endpoint | undefined; readonly bytes: Uint8Array } | undefined {
  switch (call.name) {
    case "sendto":
      return { fd: call.fd, to: inetOf(call.addr?.bytes), bytes: call.buf?.bytes ?? NOTHING };
    case "send":
    case "write":
      return { fd: call.fd, to: undefined, bytes: call.buf?.bytes ?? NOTHING };
    case "writev":
    case "sendmsg": {
      const bytes = Buffer.concat(call.iov.map(({ base, len }) => base?.bytes.subarray(0, len) ?? NOTHING));
      return { fd: call.fd, to: call.name === "writev" ? undefined : inetOf(call.msgname?.bytes), bytes };
    }
    case "sendmmsg": {
      const last = call.messages.at(-1);
      if (last === undefined) return undefined;
      return { fd: call.fd, to: inetOf(last.msgname?.bytes), bytes: last.iov[0]?.base?.bytes ?? NOTHING };
    }
    default:
      return undefined;
  }
}
