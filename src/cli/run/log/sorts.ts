// SPDX-License-Identifier: GPL-2.0-only
/** Sorts of calls and sockets, as far as the descriptors of a log are concerned. */
import type { Syscall } from "../../../kernels/release.ts";
import type { CallStep } from "../../../script/step.ts";
import { OTHER_CALLS } from "../../../script/strace/call.ts";
import { EBADF, EPERM } from "../../../uapi/errno.ts";
import { AF_INET, AF_INET6, FAMILY_NAMES, SOCK_CLOEXEC, SOCK_TYPE_MASK } from "../../../uapi/socket.ts";
import { nameOf } from "../../../uapi/xlat.ts";
import type { Held } from "./descriptors.ts";
import type { WaitCall } from "./waits.ts";

/** Types of IPv4 sockets that are not simulated. */
const TYPES: Readonly<Record<number, string>> = { 1: "TCP sockets", 5: "SCTP sockets", 6: "DCCP sockets" };
const IPPROTO_ICMPV6 = 58;
/** What calls are counted under whose descriptor nobody has opened. */
export const NOT_HERE = "calls on descriptors that the log does not show being opened";

/** A program's own pairs of them are as good as pipes. */
const LOCAL = "AF_UNIX sockets";

/** Calls that files which the log does not show being opened are good for too. */
export const ANY_FILE: ReadonlySet<string> = new Set([
  "read",
  "write",
  "writev",
  "close",
  "dup",
  "dup2",
  "fcntl",
  "ioctl",
]);

/** Calls that make one descriptor. */
export const MAKES_ONE: ReadonlySet<string> = new Set([
  "socket",
  "dup",
  "dup2",
  "epoll_create",
  "epoll_create1",
]);

/** Is the descriptor that a call makes closed by the next exec? */
export function closesOnExec(step: CallStep, call: Syscall): boolean {
  if (call.name === "socket") return (call.type & SOCK_CLOEXEC) !== 0;
  if (call.name === "epoll_create1") return (call.flags & SOCK_CLOEXEC) !== 0;
  return step.cloexec === true;
}

/** Did a call find its descriptor, as far as the log tells? */
export function works({ begun, written }: CallStep): boolean {
  return begun || (written?.ret !== undefined && written.ret !== -EBADF);
}

/** What a socket is counted under that is not simulated; undefined for one that is, or that the kernel refuses. */
export function unsimulated(
  { domain, type, protocol }: Syscall & { name: "socket" },
  ret: number | undefined,
): string | undefined {
  if (domain === AF_INET6 && protocol === IPPROTO_ICMPV6) return "AF_INET6 sockets";
  if (ret !== undefined && ret < 0) return undefined;
  if (domain === AF_INET) return TYPES[type & SOCK_TYPE_MASK];
  const family = nameOf(FAMILY_NAMES, domain);
  return family === undefined || domain === 0 ? undefined : `${family} sockets`;
}

/** Is a call made that none of our sockets is in? An epoll set is the machine's own, even if it watches pipes for now. */
export function isWorthwhile({ name }: WaitCall, { written }: CallStep, label: string | undefined): boolean {
  if (name === "epoll_ctl") return written?.ret !== -EPERM;
  return name.startsWith("epoll") && (label === OTHER_CALLS || label === LOCAL);
}

/** What a descriptor is counted under that a call made which is not simulated; `from`: the one that the call was made on. */
export function openedAs(name: string, what: string, from: Held | undefined): string {
  if (name === "socket") return what;
  if (name === "socketpair") return LOCAL;
  return name.startsWith("accept") ? (from?.label ?? "connections that were accepted") : OTHER_CALLS;
}

/** 0, 1 and 2 are the program's own input and output. */
export function unknown(fd: number): string {
  return fd >= 0 && fd <= 2 ? OTHER_CALLS : NOT_HERE;
}
