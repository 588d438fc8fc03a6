// SPDX-License-Identifier: GPL-2.0-only
/** Every system call that is understood: its parameters, and what a machine is told. */
import { SHUT_NAMES, SOCK_FLAG_NAMES, SOCK_TYPE_NAMES } from "../../uapi/socket.ts";
import type { Made, Shown } from "../step.ts";
import { type Args, flagsOf, isNull, Unsimulated } from "./args.ts";
import { fcntl, ioctl } from "./files.ts";
import { addressOf, memoryOf, type Padding } from "./memory.ts";
import { type Devices, elementOf, elementsOf, iovOf, messageOf } from "./message.ts";
import { FAMILIES, MESSAGE_FLAGS, OPEN_FLAGS, PROTOCOLS } from "./names.ts";
import { inOut, optionOf, optionValueOf, shownOption } from "./options.ts";
import { badPointers, intBehind, isUnsized, withBad } from "./pointers.ts";
import { received, receivedMany, receivedMessage, receivedPieces, shownAddress } from "./received.ts";
import type { Value } from "./value.ts";
import {
  epollCreate,
  epollCreate1,
  epollCtl,
  epollWait,
  epollWaited,
  poll,
  polled,
  ppoll,
  pselect6,
  pselected,
  select,
  selected,
  timespecOf,
} from "./waits.ts";

/** What reading a call's arguments may need. */
export interface Env extends Devices {
  readonly padding: Padding;
  /** What the call returned: -EFAULT says that one of its pointers is bad. */
  readonly ret: number | undefined;
}

export interface CallKind {
  readonly params: readonly string[];
  readonly make: (args: Args, env: Env) => Made;
  /** What the text behind the result shows. */
  readonly detail?: (text: string) => Shown;
  /** All its arguments are known when it begins: it can be made before the log says how it ended. */
  readonly input?: boolean;
}

const flags = (args: Args, i: number): number => args.flags(i, MESSAGE_FLAGS, "a MSG_ flag") | 0;
const address = (
  args: Args,
  i: number,
  env: Env,
): { addr: ReturnType<typeof addressOf>; addrlen: number } => {
  const addrlen = args.int(i + 1);
  return { addr: addressOf(args.get(i), addrlen, env.padding), addrlen };
};

const socket = (args: Args): Made => ({
  call: {
    name: "socket",
    domain: args.flags(0, FAMILIES, "an address family") | 0,
    type: args.flags(1, [...SOCK_TYPE_NAMES, ...SOCK_FLAG_NAMES], "a socket type") | 0,
    protocol: protocolOf(args.get(2)),
  },
});

/** Netlink's and other families' names for protocols are theirs: any number will do. */
function protocolOf(v: Value): number {
  const name = v.kind === "names" ? (v.parts[0]?.text ?? "") : "";
  const ours = name === "" || name.startsWith("IPPROTO_");
  return ours ? flagsOf(v, PROTOCOLS, "a protocol") | 0 : 0;
}

const sendto = (args: Args, env: Env): Made => {
  const len = args.size(2);
  return {
    call: {
      name: "sendto",
      fd: args.fd(),
      buf: memoryOf(args.get(1), len, env.padding),
      len,
      flags: flags(args, 3),
      ...address(args, 4, env),
    },
  };
};

const send = (args: Args, env: Env): Made => {
  const len = args.size(2);
  const buf = memoryOf(args.get(1), len, env.padding);
  return {
    call: { name: "send", fd: args.fd(), buf, len, flags: flags(args, 3) },
  };
};

const sendmsg = (args: Args, env: Env): Made => ({
  call: {
    name: "sendmsg",
    fd: args.fd(),
    ...messageOf(args.get(1), env, env.padding),
    flags: flags(args, 2),
  },
});

const sendmmsg = (args: Args, env: Env): Made => {
  const vector = args.get(1);
  if (isNull(vector) && args.int(2) === 0) {
    return { call: { name: "sendmmsg", fd: args.fd(), messages: [], flags: flags(args, 3) } };
  }
  const items = elementsOf(vector);
  if (items === undefined) throw new Unsimulated("message vectors that strace could not read");
  const messages = items.map((item) => messageOf(elementOf(item).header, env, env.padding));
  return { call: { name: "sendmmsg", fd: args.fd(), messages, flags: flags(args, 3) } };
};

/** Room for an address where only its own address is shown. */
const SIZEOF_SOCKADDR_IN = 16;

const recvfrom = (args: Args, env: Env): Made => {
  const [buf, addr, len] = [args.get(1), args.get(4), args.get(5)];
  const size = args.size(2);
  const pointers = isNull(addr) ? { buf } : { buf, addr, len };
  const bad = badPointers(pointers, env.ret);
  return {
    call: {
      name: "recvfrom",
      fd: args.fd(),
      len: size,
      flags: flags(args, 3),
      addrlen: isNull(addr) ? 0 : intBehind(len, SIZEOF_SOCKADDR_IN),
      ...withBad(bad),
    },
    shown: { ...received(args.get(1)), ...shownAddress(args.get(4)) },
  };
};

const recv = (args: Args, env: Env): Made => ({
  call: {
    name: "recvfrom",
    fd: args.fd(),
    len: args.size(2),
    flags: flags(args, 3),
    addrlen: 0,
    ...withBad(badPointers({ buf: args.get(1) }, env.ret)),
  },
  shown: received(args.get(1)),
});

const recvmsg = (args: Args, { ret }: Env): Made => {
  const unsized = isUnsized(args.get(1), ret);
  const { room, shown } = receivedMessage(args.get(1), unsized);
  return { call: { name: "recvmsg", fd: args.fd(), ...room, flags: flags(args, 2) }, shown, unsized };
};

const recvmmsg = (args: Args): Made => {
  const { rooms: messages, shown } = receivedMany(args.get(1), args.int(2));
  const timeout = timespecOf(args.get(4));
  const limit = timeout === null ? {} : { timeout };
  return { call: { name: "recvmmsg", fd: args.fd(), messages, flags: flags(args, 3), ...limit }, shown };
};

const bound = (name: "bind" | "connect"): CallKind => ({
  params: ["sockfd", "addr", "addrlen"],
  make: (args, env) => ({ call: { name, fd: args.fd(), ...address(args, 1, env) } }),
  input: true,
});

const named = (name: "getsockname" | "getpeername"): CallKind => ({
  params: ["sockfd", "addr", "addrlen"],
  make: (args, env) => ({
    call: {
      name,
      fd: args.fd(),
      addrlen: intBehind(args.get(2), SIZEOF_SOCKADDR_IN),
      ...withBad(badPointers({ addr: args.get(1), len: args.get(2) }, env.ret)),
    },
    shown: shownAddress(args.get(1)),
  }),
});

const setsockopt = (args: Args, env: Env): Made => {
  const option = optionOf(args);
  const optlen = args.int(4);
  const optval = optionValueOf(args.get(3), option, optlen, env, env.padding);
  return { call: { name: "setsockopt", fd: args.fd(), ...option, optval, optlen } };
};

const getsockopt = (args: Args, env: Env): Made => {
  const option = optionOf(args);
  const value = shownOption(args.get(3), option, env);
  return {
    call: {
      name: "getsockopt",
      fd: args.fd(),
      ...option,
      optlen: intBehind(args.get(4), 4),
      ...inOut(option, value),
      ...withBad(badPointers({ buf: args.get(3), len: args.get(4) }, env.ret)),
    },
    ...(value === undefined ? {} : { shown: { value } }),
  };
};

const write = (args: Args, env: Env): Made => {
  const len = args.size(2);
  return { call: { name: "write", fd: args.fd(), buf: memoryOf(args.get(1), len, env.padding), len } };
};

const read = (args: Args, env: Env): Made => ({
  call: {
    name: "read",
    fd: args.fd(),
    len: args.size(2),
    ...withBad(badPointers({ buf: args.get(1) }, env.ret)),
  },
  shown: received(args.get(1)),
});

const setuid = (args: Args): Made => ({ call: { name: "setuid", uid: args.int(args.last) } });

const MESSAGE = ["sockfd", "msg", "flags"];
const VECTOR = ["sockfd", "msgvec", "vlen", "flags"];
const IOV = ["fd", "iov", "iovcnt"];
const SELECT = ["nfds", "readfds", "writefds", "exceptfds", "timeout"];
const EPOLL = ["epfd", "events", "maxevents", "timeout"];

const KNOWN = {
  socket: { params: ["domain", "type", "protocol"], make: socket },
  bind: bound("bind"),
  connect: bound("connect"),
  sendto: { params: ["sockfd", "buf", "len", "flags", "dest_addr", "addrlen"], make: sendto, input: true },
  send: { params: ["sockfd", "buf", "len", "flags"], make: send, input: true },
  sendmsg: { params: MESSAGE, make: sendmsg, input: true },
  sendmmsg: { params: VECTOR, make: sendmmsg },
  recvfrom: { params: ["sockfd", "buf", "len", "flags", "src_addr", "addrlen"], make: recvfrom },
  recv: { params: ["sockfd", "buf", "len", "flags"], make: recv },
  recvmsg: { params: MESSAGE, make: recvmsg },
  recvmmsg: { params: [...VECTOR, "timeout"], make: recvmmsg },
  getsockname: named("getsockname"),
  getpeername: named("getpeername"),
  setsockopt: { params: ["sockfd", "level", "optname", "optval", "optlen"], make: setsockopt, input: true },
  getsockopt: { params: ["sockfd", "level", "optname", "optval", "optlen"], make: getsockopt },
  read: { params: ["fd", "buf", "count"], make: read },
  write: { params: ["fd", "buf", "count"], make: write, input: true },
  readv: {
    params: IOV,
    make: (args) => {
      const { len, shown } = receivedPieces(args.get(1));
      return { call: { name: "read", fd: args.fd(), len }, shown };
    },
  },
  writev: {
    params: IOV,
    make: (args, env) => ({
      call: { name: "writev", fd: args.fd(), iov: iovOf(args.get(1), env.padding) },
    }),
    input: true,
  },
  close: { params: ["fd"], make: (args) => ({ call: { name: "close", fd: args.fd() } }), input: true },
  dup: { params: ["oldfd"], make: (args) => ({ call: { name: "dup", fd: args.fd() } }) },
  dup2: {
    params: ["oldfd", "newfd"],
    make: (args) => ({ call: { name: "dup2", fd: args.fd(), to: args.int(1) } }),
  },
  dup3: {
    params: ["oldfd", "newfd", "flags"],
    make: (args) => ({
      call: { name: "dup2", fd: args.fd(), to: args.int(1) },
      cloexec: args.flags(2, OPEN_FLAGS, "O_CLOEXEC") !== 0,
    }),
  },
  shutdown: {
    params: ["sockfd", "how"],
    make: (args) => ({
      call: { name: "shutdown", fd: args.fd(), how: args.flags(1, SHUT_NAMES, "SHUT_RD, …") | 0 },
    }),
    input: true,
  },
  ioctl: { params: ["fd", "request", "arg"], make: ioctl },
  fcntl: { params: ["fd", "cmd", "arg"], make: fcntl },
  poll: { params: ["fds", "nfds", "timeout"], make: poll, detail: polled },
  ppoll: { params: ["fds", "nfds", "tmo_p", "sigmask", "sigsetsize"], make: ppoll, detail: polled },
  select: { params: SELECT, make: select, detail: selected },
  pselect6: { params: [...SELECT, "sigmask"], make: pselect6, detail: pselected },
  epoll_create: { params: ["size"], make: epollCreate },
  epoll_create1: { params: ["flags"], make: epollCreate1 },
  epoll_ctl: { params: ["epfd", "op", "fd", "event"], make: epollCtl, input: true },
  epoll_wait: { params: EPOLL, make: epollWait("epoll_wait") },
  epoll_pwait: { params: [...EPOLL, "sigmask", "sigsetsize"], make: epollWait("epoll_pwait") },
  setuid: { params: ["uid"], make: setuid },
  setreuid: { params: ["ruid", "euid"], make: setuid },
  setresuid: {
    params: ["ruid", "euid", "suid"],
    make: (args) => ({ call: { name: "setuid", uid: args.int(1) } }),
  },
} as const satisfies Record<string, CallKind>;

/** epoll_pwait2(2) has a struct timespec for its time-out. */
const epollPwait2 = (args: Args): Made => {
  const limit = timespecOf(args.get(3));
  const ms = limit === null ? -1 : limit.tv_sec * 1000 + Math.ceil(limit.tv_nsec / 1e6);
  return epollWaited(args, "epoll_pwait", Math.min(ms, 0x7fffffff));
};

/** By the name that a log gives them: 32-bit programs have other names for some. */
export const CALLS: Readonly<Record<string, CallKind>> = {
  ...KNOWN,
  fcntl64: KNOWN.fcntl,
  _newselect: KNOWN.select,
  oldselect: KNOWN.select,
  setuid32: KNOWN.setuid,
  setreuid32: KNOWN.setreuid,
  setresuid32: KNOWN.setresuid,
  ppoll_time32: KNOWN.ppoll,
  ppoll_time64: KNOWN.ppoll,
  pselect6_time32: KNOWN.pselect6,
  pselect6_time64: KNOWN.pselect6,
  recvmmsg_time32: KNOWN.recvmmsg,
  recvmmsg_time64: KNOWN.recvmmsg,
  epoll_pwait2: { params: [...EPOLL, "sigmask", "sigsetsize"], make: epollPwait2 },
};
