// SPDX-License-Identifier: GPL-2.0-only
/** Results in the recordings' words. */

import { errnoName } from "../../src/uapi/errno.ts";
import { AF_INET } from "../../src/uapi/socket.ts";
import { get16, get32, get32le } from "../../src/wire/bytes.ts";
import { toHex } from "../../src/wire/hexdump.ts";
import { formatIpv4 } from "../../src/wire/ipv4.ts";

/** Errors that probe.c knows by name; the others are `E` and the number. */
const NAMED = new Set(
  `EPERM ENOENT EINTR EIO ENXIO EBADF EAGAIN ENOMEM EACCES EFAULT EBUSY EEXIST ENODEV ENOTDIR EINVAL EMFILE ENOTTY
  EFBIG ENOSPC ESPIPE EROFS EPIPE EDOM ERANGE ENOSYS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT
  EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH
  ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH
  EALREADY EINPROGRESS EPROTO EBADMSG ESRCH EXDEV ENODATA ERESTARTSYS ENOTSUPP`.split(/\s+/),
);

export function errorName(errno: number): string {
  const name = errnoName(errno);
  return name !== undefined && NAMED.has(name) ? name : `E${errno}`;
}

/** SO_ERROR's value. */
export function optionResult(v: number): string {
  return v === 0 ? "0" : errorName(v);
}

/** A struct sockaddr as `127.0.0.1:9999`, or what else it is. */
export function sockaddrText(bytes: Uint8Array = new Uint8Array(0)): string {
  const family = bytes.length >= 2 ? (bytes[0] as number) | ((bytes[1] as number) << 8) : -1;
  if (bytes.length >= 8 && family === AF_INET) return `${formatIpv4(get32(bytes, 4))}:${get16(bytes, 2)}`;
  return `family=${family},len=${bytes.length}`;
}

type Cmsg = readonly [number, number, Uint8Array];

export function controlMessages(
  messages: readonly Cmsg[],
  deviceName: (index: number) => string,
): Record<string, unknown>[] {
  return messages.map(([level, type, data]) => ({ level, type, ...content(level, type, data, deviceName) }));
}

const IP_PKTINFO = 8;
const IP_RECVERR = 11;

function content(
  level: number,
  type: number,
  data: Uint8Array,
  deviceName: (index: number) => string,
): Record<string, unknown> {
  if (level === 0 && type === IP_RECVERR && data.length >= 16) return { ee: extendedError(data) };
  if (level === 0 && type === IP_PKTINFO && data.length >= 12) {
    return {
      pktinfo: {
        if: deviceName(get32le(data, 0)),
        spec_dst: formatIpv4(get32(data, 4)),
        addr: formatIpv4(get32(data, 8)),
      },
    };
  }
  if (level === 1) return { len: data.length };
  return { hex: toHex(data.subarray(0, 128)) };
}

/** struct sock_extended_err and the offender behind it. */
function extendedError(data: Uint8Array): Record<string, unknown> {
  return {
    errno: errorName(get32le(data, 0)),
    origin: data[4],
    type: data[5],
    code: data[6],
    info: get32le(data, 8) >>> 0,
    data: get32le(data, 12) >>> 0,
    ...(data.length >= 32 ? { offender: sockaddrText(data.subarray(16, 32)) } : {}),
  };
}
