// SPDX-License-Identifier: GPL-2.0-only
/** From a request to the system calls that `nettrace sendto` makes, in order. */
import type { Syscall } from "../../kernels/release.ts";
import { IPPROTO_IP, IPPROTO_UDPLITE } from "../../uapi/in.ts";
import { AF_INET, SOCK_DGRAM, SOCK_NONBLOCK } from "../../uapi/socket.ts";
import { set16, set32 } from "../../wire/bytes.ts";
import type { Payload } from "./payload.ts";
import type { SocketOption } from "./sockopt.ts";
import { sendVia, type Via } from "./via.ts";

/** What was asked for, checked. Addresses in host order. */
export interface Request {
  readonly host: number;
  readonly port: number;
  readonly payload: Payload;
  readonly flags: number;
  readonly count: number;
  /** Milliseconds that pass after each send. */
  readonly wait?: number;
  readonly connect: boolean;
  readonly listen: boolean;
  readonly nonblock: boolean;
  readonly bind?: { readonly addr: number; readonly port: number };
  /** UDP-Lite instead of UDP. */
  readonly udplite?: boolean;
  /** The sender's socket options in the order given. */
  readonly options: readonly SocketOption[];
  /** Groups to join: the receiver where there is one, else the sender. */
  readonly joins?: readonly SocketOption[];
  /** The call that sends; sendto(2) where it is not said. */
  readonly via?: Via;
  /** Control messages. */
  readonly control?: Uint8Array | null;
}

/** The descriptors: the sender is made first, as in the program that people have in mind. */
export const SENDER = 3;
export const RECEIVER = 4;

/** The calls before the sends: sockets, options, bind, groups, connect. */
export function setup(r: Request): Syscall[] {
  const type = SOCK_DGRAM | (r.nonblock ? SOCK_NONBLOCK : 0);
  const protocol = r.udplite === true ? IPPROTO_UDPLITE : IPPROTO_IP;
  const calls: Syscall[] = [{ name: "socket", domain: AF_INET, type, protocol }];
  for (const o of r.options) calls.push(setsockopt(SENDER, o));
  if (r.bind !== undefined) calls.push({ name: "bind", fd: SENDER, ...sockaddr(r.bind.addr, r.bind.port) });
  if (r.listen) {
    calls.push({ name: "socket", domain: AF_INET, type: SOCK_DGRAM, protocol });
    calls.push({ name: "bind", fd: RECEIVER, ...sockaddr(r.host, r.port) });
  }
  for (const o of r.joins ?? []) calls.push(setsockopt(r.listen ? RECEIVER : SENDER, o));
  if (r.connect) calls.push({ name: "connect", fd: SENDER, ...sockaddr(r.host, r.port) });
  return calls;
}

/** The send itself. */
export function send(r: Request): Syscall {
  const to = r.connect ? { addr: null, addrlen: 0 } : sockaddr(r.host, r.port);
  const { payload, flags } = r;
  return sendVia(r.via ?? "sendto", { fd: SENDER, payload, flags, ...to, control: r.control ?? null });
}

/** With --listen, the receiver takes what has arrived. */
export function receive(): Syscall {
  return { name: "recvmsg", fd: RECEIVER, len: 65536, flags: 0x40, controllen: 0 };
}

function setsockopt(fd: number, o: SocketOption): Syscall {
  return {
    name: "setsockopt",
    fd,
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
