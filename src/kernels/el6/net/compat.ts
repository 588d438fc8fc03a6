// SPDX-License-Identifier: GPL-2.0-only
/** net/compat.c: the 32-bit ABI, where every call on a socket goes through socketcall(2). */
import { refuse, traced } from "../../../trace/traced.ts";
import { EINVAL } from "../../../uapi/errno.ts";
import type { UserMem } from "../include/net/sock.ts";
import type { Kernel } from "../kernel.ts";
import { sys_send, sys_sendto } from "./socket.ts";

const FILE = "net/compat.c";

// linux/net.h
export const SYS_SEND = 9;
export const SYS_SENDTO = 11;

/** The argument block of send and sendto. */
export interface SocketcallArgs {
  readonly fd: number;
  readonly buf: UserMem | null;
  readonly len: number;
  readonly flags: number;
  readonly addr: UserMem | null;
  readonly addrlen: number;
}

/** socketcall(2) of a 32-bit program. */
export const compat_sys_socketcall = traced(
  FILE,
  "compat_sys_socketcall(call, args)",
  (k: Kernel, call: number, args: SocketcallArgs): number => {
    const { fd, buf, len, flags, addr, addrlen } = args;
    switch (call) {
      case SYS_SEND:
        return sys_send(k, fd, buf, len, flags);
      case SYS_SENDTO:
        return sys_sendto(k, fd, buf, len, flags, addr, addrlen);
      default:
        return refuse(k, -EINVAL, "not modelled: this socketcall(2) call", { call });
    }
  },
);
