// SPDX-License-Identifier: GPL-2.0-only
/** A system call and its result as plain values, the same for every release: what a trace keeps of them. */

import type { Plain } from "../trace/plain.ts";
import { AF_INET } from "../uapi/socket.ts";
import { get16, get32 } from "../wire/bytes.ts";
import { toHex } from "../wire/hexdump.ts";
import type {
  EpollEvent,
  FdSets,
  PollFd,
  Syscall,
  SysResult,
  TimeSpec,
  TimeVal,
  UserMessage,
  UserPtr,
} from "./release.ts";

type Args = Record<string, Plain>;

/** Also the room for a sender's address where the caller says none. */
const SIZEOF_SOCKADDR_IN = 16;

/** Arguments by the manual pages' names. Memory is latin-1 text, sockaddrs are objects, option values hex digits. */
export function describeCall(call: Syscall): Args {
  switch (call.name) {
    case "socket":
      // Which descriptor was wished for is no argument.
      return { domain: call.domain, type: call.type, protocol: call.protocol };
    case "bind":
    case "connect":
      return { fd: call.fd, addr: describeAddr(call.addr, call.addrlen), addrlen: call.addrlen };
    case "send":
      return { fd: call.fd, buf: memory(call.buf, call.len), len: call.len, flags: call.flags };
    case "sendto":
      return {
        fd: call.fd,
        buf: memory(call.buf, call.len),
        len: call.len,
        flags: call.flags,
        addr: describeAddr(call.addr, call.addrlen),
        addrlen: call.addrlen,
      };
    case "sendmsg":
      return { fd: call.fd, ...describeMessage(call), flags: call.flags };
    case "sendmmsg":
      return { fd: call.fd, messages: call.messages.map(describeMessage), flags: call.flags };
    case "recvmsg":
      return { fd: call.fd, len: call.len, namelen: call.namelen ?? SIZEOF_SOCKADDR_IN, flags: call.flags };
    case "recvmmsg":
      return {
        fd: call.fd,
        messages: call.messages.map(({ len, namelen }) => ({ len, namelen: namelen ?? SIZEOF_SOCKADDR_IN })),
        flags: call.flags,
        ...(call.timeout === undefined ? {} : { timeout: time(call.timeout) }),
      };
    case "poll":
      return { fds: call.fds.map(pollfd), timeout: call.timeout };
    case "ppoll":
      return { fds: call.fds.map(pollfd), timeout: time(call.timeout) };
    case "select":
    case "pselect6":
      return { n: call.n, sets: sets(call.sets), timeout: time(call.timeout) };
    case "epoll_ctl":
      return { epfd: call.epfd, op: call.op, fd: call.fd, event: call.event && epollEvent(call.event) };
    case "epoll_wait":
    case "epoll_pwait":
      return { epfd: call.epfd, maxevents: call.maxevents, timeout: call.timeout };
    case "write":
      return { fd: call.fd, buf: memory(call.buf, call.len), len: call.len };
    case "writev":
      return { fd: call.fd, iov: call.iov.map((v) => ({ base: memory(v.base, v.len), len: v.len })) };
    case "splice":
      return { fd: call.fd, buf: latin1(call.bytes), len: call.bytes.length, more: call.more };
    case "setsockopt":
      return {
        fd: call.fd,
        level: call.level,
        optname: call.optname,
        optval:
          call.optval === null
            ? null
            : call.optval.kernel === true
              ? { fault: true }
              : toHex(call.optval.bytes.subarray(0, Math.max(call.optlen, 0))),
        optlen: call.optlen,
      };
    default: {
      const { name: _name, ...rest } = call;
      const args: Args = {};
      for (const [key, value] of Object.entries(rest))
        if (key !== "at" && value !== undefined) args[key] = value;
      return args;
    }
  }
}

/** What a call gave back besides its return value, or undefined where that is nothing. */
export function describeResult(result: SysResult): Args | undefined {
  const out: Args = {};
  if (result.addr !== undefined) out["addr"] = sockaddr(result.addr);
  if (result.value !== undefined) {
    out["value"] = toHex(result.value);
    out["optlen"] = result.value.length;
  }
  if (result.data !== undefined) out["data"] = latin1(result.data);
  if (result.mflags !== undefined) out["mflags"] = result.mflags;
  if (result.cmsgs !== undefined && result.cmsgs.length > 0) {
    out["cmsgs"] = result.cmsgs.map(([level, type, data]) => ({ level, type, data: toHex(data) }));
  }
  if (result.number !== undefined) out["number"] = result.number;
  if (result.fds !== undefined) out["fds"] = result.fds.map(({ fd, revents }) => ({ fd, revents }));
  if (result.sets !== undefined) out["sets"] = sets(result.sets);
  if (result.events !== undefined) out["events"] = result.events.map(epollEvent);
  if (result.left !== undefined) out["left"] = time(result.left);
  if (result.messages !== undefined) {
    out["messages"] = result.messages.map((m) => ({ ...describeResult(m), ret: m.ret }));
  }
  return Object.keys(out).length > 0 ? out : undefined;
}

function describeMessage(message: UserMessage): Args {
  return {
    msgname: describeAddr(message.msgname, message.namelen),
    namelen: message.namelen,
    iov: message.iov.map((v) => ({ base: memory(v.base, v.len), len: v.len })),
    iovlen: message.iovlen ?? message.iov.length,
    control: memory(message.control, message.controllen),
    controllen: message.controllen,
  };
}

function pollfd({ fd, events }: PollFd): Plain {
  return { fd, events };
}

function sets(v: FdSets): Plain {
  return { in: v.in, out: v.out, ex: v.ex };
}

/** 64 bits are more than JSON's numbers have: digits. */
function epollEvent({ events, data }: EpollEvent): Plain {
  return { events, data: String(data) };
}

function time(v: TimeSpec | TimeVal | null): Plain {
  return v === null ? null : { ...v };
}

function memory(ptr: UserPtr, len: number): Plain {
  if (ptr === null) return null;
  if (ptr.kernel === true) return { fault: true, kernel: true };
  if (ptr.bytes.length === 0 && len > 0) return { fault: true };
  return latin1(ptr.bytes.subarray(0, len));
}

function describeAddr(ptr: UserPtr, len: number): Plain {
  if (ptr === null) return null;
  if (ptr.kernel === true) return { fault: true, kernel: true };
  if (ptr.bytes.length === 0 && len > 0) return { fault: true };
  return sockaddr(ptr.bytes.subarray(0, len));
}

function sockaddr(b: Uint8Array): Plain {
  if (b.length < 2) return latin1(b);
  const sa_family = (b[0] as number) | ((b[1] as number) << 8);
  if (sa_family === AF_INET && b.length >= SIZEOF_SOCKADDR_IN)
    return { sa_family, sin_port: get16(b, 2), sin_addr: get32(b, 4) };
  return { sa_family, sa_data: latin1(b.subarray(2)) };
}

/** Of more bytes than this, text is made in lumps: of fewer, a typed array's spread costs more than the text. */
const FEW = 64;
const CHUNK = 8192;

/** Bytes as text, one character a byte. */
export function latin1(b: Uint8Array): string {
  let s = "";
  if (b.length <= FEW) for (const byte of b) s += String.fromCharCode(byte);
  else for (let i = 0; i < b.length; i += CHUNK) s += String.fromCharCode(...b.subarray(i, i + CHUNK));
  return s;
}
