// SPDX-License-Identifier: GPL-2.0-only
/** System calls as events name them: arguments decoded as strace shows them, bytes as latin-1 text. */
import type { Plain } from "../../trace/traced.ts";
import { AF_INET } from "../../uapi/socket.ts";
import { get16, get32 } from "../../wire/bytes.ts";
import { formatIpv4 } from "../../wire/ipv4.ts";
import type { Syscall, SysResult, UserIovec, UserPtr } from "../release.ts";
import type { UserMem } from "./include/net/sock.ts";

type PlainArgs = Readonly<Record<string, Plain>>;

/** A pointer that cannot be read. */
const FAULT: Plain = { fault: true };
/** Bytes of a buffer that a call tree shows. */
const SHOWN = 32;

function latin1(bytes: Uint8Array): string {
  let s = "";
  for (const b of bytes) s += String.fromCharCode(b);
  return s;
}

function hex(bytes: Uint8Array): string {
  let s = "";
  for (const b of bytes) s += b.toString(16).padStart(2, "0");
  return s;
}

/** `len` bytes of memory as text; null for NULL. */
function text(ptr: UserPtr, len: number): Plain {
  if (ptr === null) return null;
  if (ptr.kernel === true || (ptr.bytes.length === 0 && len > 0)) return FAULT;
  return latin1(ptr.bytes.subarray(0, len));
}

/** A struct sockaddr of `len` bytes as strace takes it apart. */
function sockaddr(ptr: UserPtr, len: number): Plain {
  if (ptr === null) return null;
  if (ptr.kernel === true || ptr.bytes.length === 0) return FAULT;
  return sockaddrBytes(ptr.bytes.subarray(0, Math.max(0, len)));
}

function sockaddrBytes(b: Uint8Array): Plain {
  if (b.length < 2) return latin1(b);
  const sa_family = (b[0] as number) | ((b[1] as number) << 8);
  if (sa_family === AF_INET && b.length >= 8)
    return { sa_family, sin_port: get16(b, 2), sin_addr: get32(b, 4) };
  return { sa_family, sa_data: latin1(b.subarray(2)) };
}

function iovec(iov: readonly UserIovec[]): Plain {
  return iov.map(({ base, len }) => ({ base: text(base, len), len }));
}

/** The arguments of a call for its event. */
export function plainCall(call: Syscall): PlainArgs {
  const { name, ...rest } = call;
  switch (call.name) {
    case "bind":
    case "connect":
      return { fd: call.fd, addr: sockaddr(call.addr, call.addrlen), addrlen: call.addrlen };
    case "sendto":
    case "send": {
      const { fd, len, flags, addrlen } = call;
      return { fd, buf: text(call.buf, len), len, flags, addr: sockaddr(call.addr, addrlen), addrlen };
    }
    case "sendmsg": {
      const { fd, namelen, controllen, flags } = call;
      return {
        fd,
        msgname: sockaddr(call.msgname, namelen),
        namelen,
        iov: iovec(call.iov),
        iovlen: call.iovlen ?? call.iov.length,
        control: text(call.control, controllen),
        controllen,
        flags,
      };
    }
    case "write":
      return { fd: call.fd, buf: text(call.buf, call.len), len: call.len };
    case "writev":
      return { fd: call.fd, iov: iovec(call.iov) };
    case "splice":
      return { fd: call.fd, bytes: latin1(call.bytes), more: call.more };
    case "setsockopt": {
      const { fd, level, optname, optlen } = call;
      return { fd, level, optname, optval: optval(call.optval, optlen), optlen };
    }
    default:
      return rest as PlainArgs;
  }
}

function optval(ptr: UserPtr, len: number): Plain {
  if (ptr === null) return null;
  if (ptr.kernel === true || (ptr.bytes.length === 0 && len > 0)) return FAULT;
  return hex(ptr.bytes.subarray(0, Math.max(0, len)));
}

/** What a call gave back beside its value, for the event; undefined for nothing. */
export function plainResult(call: Syscall, result: SysResult): PlainArgs | undefined {
  const out: Record<string, Plain> = {};
  if (result.addr !== undefined) out["addr"] = sockaddrBytes(result.addr);
  if (result.value !== undefined) {
    out["value"] = hex(result.value);
    out["optlen"] = result.value.length;
  }
  if (result.data !== undefined) out["data"] = latin1(result.data);
  if (result.mflags !== undefined) out["mflags"] = result.mflags;
  if (result.cmsgs !== undefined) {
    out["cmsgs"] = result.cmsgs.map(([level, type, data]) => [level, type, hex(data)]);
    // Each takes a 16-byte header, and room that is a multiple of 8.
    out["controllen"] = result.cmsgs.reduce((n, [, , data]) => n + 16 + ((data.length + 7) & ~7), 0);
  }
  if (result.number !== undefined) out[call.name === "poll" ? "revents" : "number"] = result.number;
  return Object.keys(out).length === 0 ? undefined : out;
}

/** Memory of user space that a call tree can show. */
class Shown implements UserMem {
  readonly bytes: Uint8Array;
  readonly kernel: boolean;
  private readonly say: () => Plain;
  constructor(ptr: { readonly bytes: Uint8Array; readonly kernel?: boolean }, say: () => Plain) {
    this.bytes = ptr.bytes;
    this.kernel = ptr.kernel ?? false;
    this.say = say;
  }
  plain(): Plain {
    return this.kernel || this.bytes.length === 0 ? "unreadable" : this.say();
  }
}

/** A struct sockaddr in user memory: shown as `127.0.0.1:9999`. */
export function userAddress(ptr: UserPtr): UserMem | null {
  if (ptr === null) return null;
  return new Shown(ptr, () => {
    const a = sockaddrBytes(ptr.bytes);
    if (typeof a !== "object" || a === null || !("sin_addr" in a)) return "…";
    return `${formatIpv4(a["sin_addr"] as number)}:${a["sin_port"] as number}`;
  });
}

/** A buffer in user memory: shown as its first bytes. */
export function userBuffer(ptr: UserPtr): UserMem | null {
  if (ptr === null) return null;
  return new Shown(ptr, () => {
    const cut = ptr.bytes.length > SHOWN ? "..." : "";
    return `${JSON.stringify(latin1(ptr.bytes.subarray(0, SHOWN)))}${cut}`;
  });
}
