// SPDX-License-Identifier: GPL-2.0-only
/** System calls in one line each, for tests: what they return is a number, or the name of an error. */
import type { Machine, Syscall, SysResult, UserPtr } from "../../../src/kernels/release.ts";
import { errnoName } from "../../../src/uapi/errno.ts";
import { get16, get32, get32le, set16, set32, set32le } from "../../../src/wire/bytes.ts";
import { formatIpv4, parseDottedQuad } from "../../../src/wire/ipv4.ts";

export const outcome = (ret: number): number | string => (ret < 0 ? (errnoName(-ret) ?? ret) : ret);

/** struct sockaddr_in of `a.b.c.d:port`. */
export function sin(text: string, family = 2): Uint8Array {
  const [addr = "", port = "0"] = text.split(":");
  const b = new Uint8Array(16);
  b[0] = family;
  set16(b, 2, Number(port));
  set32(b, 4, parseDottedQuad(addr) as number);
  return b;
}
const named = (b: Uint8Array): string => `${formatIpv4(get32(b, 4))}:${get16(b, 2)}`;

/** An int as user space passes it. */
export function int(value: number): Uint8Array {
  const b = new Uint8Array(4);
  set32le(b, 0, value);
  return b;
}

/** Somebody who makes system calls on a machine. */
export class User {
  readonly m: Machine;
  constructor(m: Machine) {
    this.m = m;
  }
  call(syscall: Syscall): number | string {
    return outcome(this.m.syscall(syscall).ret);
  }
  socket(type = 2, protocol = 0): number | string {
    return this.call({ name: "socket", domain: 2, type, protocol });
  }
  /** A socket that must be made. */
  open(type = 2, protocol = 0): number {
    const fd = this.socket(type, protocol);
    if (typeof fd === "string") throw new Error(`socket: ${fd}`);
    return fd;
  }
  bind(fd: number, addr: string, addrlen = 16): number | string {
    return this.call({ name: "bind", fd, addr: { bytes: sin(addr) }, addrlen });
  }
  connect(fd: number, addr: string, family = 2): number | string {
    return this.call({ name: "connect", fd, addr: { bytes: sin(addr, family) }, addrlen: 16 });
  }
  sendto(fd: number, addr: string | null, data: number | Uint8Array, flags = 0): number | string {
    const bytes = typeof data === "number" ? new Uint8Array(data) : data;
    const to = addr === null ? null : { bytes: sin(addr) };
    return this.call({
      name: "sendto",
      fd,
      buf: { bytes },
      len: bytes.length,
      flags,
      addr: to,
      addrlen: to === null ? 0 : 16,
    });
  }
  recv(fd: number, flags = 0x40, controllen = 0, len = 65536): SysResult {
    return this.m.syscall({ name: "recvmsg", fd, len, flags, controllen });
  }
  set(fd: number, level: number, optname: number, value: Uint8Array | number | UserPtr, optlen?: number) {
    const bytes = typeof value === "number" ? int(value) : value;
    const optval = bytes instanceof Uint8Array ? { bytes } : bytes;
    return this.call({
      name: "setsockopt",
      fd,
      level,
      optname,
      optval,
      optlen: optlen ?? optval?.bytes.length ?? 0,
    });
  }
  /** The value of an option as an int, or the name of the error. */
  get(fd: number, level: number, optname: number, optlen = 4): number | string {
    const r = this.m.syscall({ name: "getsockopt", fd, level, optname, optlen });
    if (r.ret < 0) return outcome(r.ret);
    const v = r.value ?? new Uint8Array(0);
    return v.length >= 4 ? get32le(v, 0) : (v[0] ?? 0);
  }
  name(fd: number, who: "getsockname" | "getpeername"): string | number {
    const r = this.m.syscall({ name: who, fd });
    return r.ret < 0 ? outcome(r.ret) : named(r.addr as Uint8Array);
  }
}
