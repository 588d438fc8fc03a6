// SPDX-License-Identifier: GPL-2.0-only
/** --via: the system calls that can send a datagram, and what each can carry. */
import type { Syscall, UserPtr } from "../../kernels/release.ts";
import { MSG_MORE } from "../../uapi/socket.ts";
import { UsageError } from "../errors.ts";
import type { Payload } from "./payload.ts";

/** The ways to send; `socketcall` is sendto(2) of the 32-bit ABI, and so is `send`, which x86-64 has only there. */
export const VIAS = ["sendto", "send", "sendmsg", "write", "writev", "splice", "socketcall"] as const;
export type Via = (typeof VIAS)[number];

/** A datagram before it is given to one of the calls. */
export interface Send {
  readonly fd: number;
  readonly payload: Payload;
  readonly flags: number;
  readonly addr: UserPtr;
  readonly addrlen: number;
  readonly control: Uint8Array | null;
}

/** What a way of sending has no argument for, it cannot be asked to carry. */
export function checkVia(via: Via, flags: number, cmsgs: number): void {
  if (cmsgs > 0 && via !== "sendmsg") throw new UsageError(`--cmsg needs --via sendmsg, not ${via}`);
  const carries = via === "write" || via === "writev" ? 0 : via === "splice" ? MSG_MORE : 0xffffffff;
  if ((flags & ~carries) !== 0) {
    const most = carries === 0 ? "no flags" : "only MSG_MORE";
    throw new UsageError(`--via ${via} takes ${most}; sendto, send, sendmsg and socketcall take all flags`);
  }
}

/** The call. Those without an address argument send to where the socket is connected. */
export function sendVia(via: Via, s: Send): Syscall {
  const { fd, flags, addr, addrlen, control } = s;
  const { bytes, len } = s.payload;
  const buf = { bytes };
  switch (via) {
    case "sendto":
      return { name: "sendto", fd, buf, len, flags, addr, addrlen };
    case "socketcall":
      return { name: "sendto", fd, buf, len, flags, addr, addrlen, compat: true };
    case "send":
      return { name: "send", fd, buf, len, flags };
    case "sendmsg": {
      const to = { msgname: addr, namelen: addrlen };
      const ctl = { control: control === null ? null : { bytes: control }, controllen: control?.length ?? 0 };
      return { name: "sendmsg", fd, ...to, iov: [{ base: buf, len }], ...ctl, flags };
    }
    case "write":
      return { name: "write", fd, buf, len };
    case "writev":
      return { name: "writev", fd, iov: [{ base: buf, len }] };
    case "splice":
      return { name: "splice", fd, bytes, more: (flags & MSG_MORE) !== 0 };
  }
}
