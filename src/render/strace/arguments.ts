// SPDX-License-Identifier: GPL-2.0-only
/** The arguments of each system call, in order, as strace 6.1 writes them. */
import type { SyscallEvent, SysretEvent, Value } from "../../trace/event.ts";
import { IPPROTO_NAMES } from "../../uapi/in.ts";
import { FAMILY_NAMES, MSG_FLAGS, SHUT_NAMES, SOCK_FLAG_NAMES, SOCK_TYPE_NAMES } from "../../uapi/socket.ts";
import { flagNames } from "../../uapi/xlat.ts";
import { fromHex } from "../../wire/hexdump.ts";
import {
  type Args,
  BAD,
  bytes,
  type Call,
  type Cmsg,
  cmsgsOf,
  control,
  controlLength,
  iov,
  level,
  named,
  num,
  option,
  optionValue,
  quote,
  sockaddr,
  UNWRITTEN,
} from "./values.ts";
import { isWait, time, WAIT_WRITERS, waitDetail } from "./waits.ts";

const fd = ({ a }: Call): string => String(num(a["fd"]));
const flags = ({ a }: Call): string => flagNames(MSG_FLAGS, num(a["flags"]), "MSG_???");

function socketType(v: number): string {
  const rest = v & ~15;
  return (
    named(SOCK_TYPE_NAMES, v & 15, "SOCK_???") + (rest === 0 ? "" : `|${flagNames(SOCK_FLAG_NAMES, rest)}`)
  );
}

function message(m: Args, limit: number): string {
  const held = m["control"];
  const list = typeof held === "string" && held !== "" ? cmsgsOf(held) : undefined;
  const shown = list === undefined ? bytes(held, 0) : control(list);
  return (
    `{msg_name=${sockaddr(m["msgname"])}, msg_namelen=${num(m["namelen"])}, msg_iov=${iov(m["iov"], limit)}, ` +
    `msg_iovlen=${num(m["iovlen"])}, ${num(m["controllen"]) > 0 ? `msg_control=${shown}, ` : ""}` +
    `msg_controllen=${num(m["controllen"])}, msg_flags=0}`
  );
}

/** A received message; `room` is what the caller had for it. */
function received(got: Args, room: Args, limit: number): string {
  const list = cmsgs(got["cmsgs"]);
  const noName = num(room["namelen"]) === 0;
  const name = noName ? "NULL" : sockaddr(got["addr"]);
  return (
    `{msg_name=${name}, msg_namelen=${noName ? 0 : addressLength(got["addr"])}, ` +
    `msg_iov=[{iov_base=${bytes(got["data"] ?? "", limit)}, iov_len=${num(room["len"])}}], msg_iovlen=1, ` +
    `${list.length > 0 ? `msg_control=${control(list)}, ` : ""}msg_controllen=${controlLength(list)}, ` +
    `msg_flags=${flagNames(MSG_FLAGS, num(got["mflags"]))}}`
  );
}

/** No address came: a datagram that a socket had connected away, an error queue's. */
function addressLength(addr: Value | undefined): number {
  return addr === undefined || addr === "" ? 0 : 16;
}

function cmsgs(v: Value | undefined): Cmsg[] {
  const list = Array.isArray(v) ? (v as readonly Args[]) : [];
  return list.map((m) => ({
    level: num(m["level"]),
    type: num(m["type"]),
    data: fromHex(String(m["data"])),
  }));
}

function sendmmsg(c: Call): string[] {
  const sent = (c.out["messages"] ?? []) as readonly Args[];
  const list = ((c.a["messages"] ?? []) as readonly Args[]).map((m, i) => {
    const length = sent[i] === undefined ? "" : `, msg_len=${num(sent[i]?.["ret"])}`;
    return `{msg_hdr=${message(m, c.limit)}${length}}`;
  });
  return [fd(c), `[${list.join(", ")}]`, String(list.length), flags(c)];
}

function recvmmsg(c: Call): string[] {
  const rooms = (c.a["messages"] ?? []) as readonly Args[];
  const got = (c.out["messages"] ?? []) as readonly Args[];
  const list = got.map(
    (m, i) => `{msg_hdr=${received(m, rooms[i] ?? {}, c.limit)}, msg_len=${num(m["ret"])}}`,
  );
  const shown = c.failed ? UNWRITTEN : `[${list.join(", ")}]`;
  return [fd(c), shown, String(rooms.length), flags(c), time(c.a["timeout"])];
}

/** sizeof(struct sockaddr_in). */
const SOCKADDR_IN = 16;

/** What stands for one of the pointers of a call: an address where it points nowhere. */
function pointer({ a }: Call, which: "buf" | "addr" | "len", shown: string): string {
  const bad = a["bad"];
  return typeof bad === "object" && bad !== null && (bad as Args)[which] === true ? BAD : shown;
}

function recvfrom(c: Call): string[] {
  const room = num(c.a["addrlen"]);
  const address = c.failed || c.out["addr"] === undefined ? UNWRITTEN : sockaddr(c.out["addr"]);
  const buf = c.failed ? UNWRITTEN : bytes(c.out["data"] ?? "", c.limit);
  const none = room === 0 && pointer(c, "len", "") === "";
  const from = none
    ? ["NULL", "NULL"]
    : [pointer(c, "addr", address), pointer(c, "len", addressRoom(room, c.failed))];
  return [fd(c), pointer(c, "buf", buf), String(num(c.a["len"])), flags(c), ...from];
}

function sockopt(c: Call, set: boolean): string[] {
  const at = num(c.a["level"]);
  const name = num(c.a["optname"]);
  const asked = num(c.a["optlen"]);
  const got = num(c.out["optlen"] ?? c.a["optlen"]);
  const room = got === asked ? `[${asked}]` : `[${asked} => ${got}]`;
  const value = set
    ? optionValue(at, name, c.a["optval"], c.limit)
    : c.failed
      ? UNWRITTEN
      : optionValue(at, name, c.out["value"] ?? "", c.limit);
  const args = set ? [value, String(asked)] : [pointer(c, "buf", value), pointer(c, "len", room)];
  return [fd(c), level(at), option(at, name), ...args];
}

function name(c: Call): string[] {
  const room = num(c.a["addrlen"] ?? SOCKADDR_IN);
  const shown = c.failed ? UNWRITTEN : sockaddr(c.out["addr"]);
  return [fd(c), pointer(c, "addr", shown), pointer(c, "len", addressRoom(room, c.failed))];
}

/** What was there for an address, and where that is another number, what it has. */
function addressRoom(room: number, failed: boolean): string {
  return room === SOCKADDR_IN || failed ? `[${room}]` : `[${room} => ${SOCKADDR_IN}]`;
}

function ioctl(c: Call): string[] {
  const request = String(c.a["request"]);
  if (request === "FIONBIO") return [fd(c), request, `[${num(c.a["value"])}]`];
  const value = c.out["number"];
  return [fd(c), request === "SIOCOUTQ" ? "TIOCOUTQ" : request, c.failed ? UNWRITTEN : `[${num(value)}]`];
}

function fcntl(c: Call): string[] {
  const { nonblock } = c.a;
  if (nonblock === undefined) return [fd(c), "F_GETFL"];
  return [fd(c), "F_SETFL", nonblock === true ? "O_RDWR|O_NONBLOCK" : "O_RDWR"];
}

const WRITERS: Readonly<Record<string, (c: Call) => string[]>> = {
  socket: ({ a }) => [
    named(FAMILY_NAMES, num(a["domain"]), "AF_???"),
    socketType(num(a["type"])),
    named(IPPROTO_NAMES, num(a["protocol"]), "IPPROTO_???"),
  ],
  bind: (c) => [fd(c), sockaddr(c.a["addr"]), String(num(c.a["addrlen"]))],
  connect: (c) => [fd(c), sockaddr(c.a["addr"]), String(num(c.a["addrlen"]))],
  sendto: (c) => [...sent(c), sockaddr(c.a["addr"]), String(num(c.a["addrlen"]))],
  send: (c) => sent(c),
  sendmsg: (c) => [fd(c), message(c.a, c.limit), flags(c)],
  sendmmsg,
  recvfrom,
  recvmsg: (c) => [
    fd(c),
    c.failed ? `{msg_namelen=${num(c.a["namelen"])}}` : received(c.out, c.a, c.limit),
    flags(c),
  ],
  recvmmsg,
  read: (c) => [
    fd(c),
    pointer(c, "buf", c.failed ? UNWRITTEN : bytes(c.out["data"] ?? "", c.limit)),
    String(num(c.a["len"])),
  ],
  write: (c) => [fd(c), bytes(c.a["buf"], c.limit), String(num(c.a["len"]))],
  writev: (c) => [fd(c), iov(c.a["iov"], c.limit), String(Array.isArray(c.a["iov"]) ? c.a["iov"].length : 0)],
  // The machine has no pipes: what one would have held comes with the call.
  splice: (c) => [
    "pipe",
    "NULL",
    fd(c),
    "NULL",
    String(num(c.a["len"])),
    c.a["more"] === true ? "SPLICE_F_MORE" : "0",
  ],
  setsockopt: (c) => sockopt(c, true),
  getsockopt: (c) => sockopt(c, false),
  getsockname: name,
  getpeername: name,
  dup: (c) => (c.a["to"] === undefined ? [fd(c)] : [fd(c), "F_DUPFD", String(num(c.a["to"]))]),
  dup2: (c) => [fd(c), String(num(c.a["to"]))],
  shutdown: (c) => [fd(c), named(SHUT_NAMES, num(c.a["how"]), "SHUT_???")],
  ioctl,
  fcntl,
  ...WAIT_WRITERS,
};

/** The arguments of send(2), the first of sendto(2). */
function sent(c: Call): string[] {
  return [fd(c), bytes(c.a["buf"], c.limit), String(num(c.a["len"])), flags(c)];
}

/** The arguments of a call, and the name that strace gives it. */
export function argumentsOf(
  call: SyscallEvent,
  ret: SysretEvent | null,
  limit: number,
): { name: string; args: string[] } {
  const write = Object.hasOwn(WRITERS, call.name) ? WRITERS[call.name] : undefined;
  const name = call.name === "dup" && call.args["to"] !== undefined ? "fcntl" : call.name;
  if (write === undefined) {
    const plain = Object.values(call.args).map((v) => (typeof v === "string" ? quote(v, limit) : String(v)));
    return { name, args: plain };
  }
  return {
    name,
    args: write({ a: call.args, out: ret?.out ?? {}, failed: ret !== null && ret.ret < 0, limit }),
  };
}

/** What strace writes behind some results: `(Timeout)`, `(flags O_RDWR)`, `([{fd=3, revents=POLLIN}])`. */
export function detailOf(call: SyscallEvent, ret: SysretEvent): string {
  if (isWait(call)) return waitDetail(call, ret);
  if (call.name === "fcntl" && call.args["nonblock"] === undefined && ret.ret >= 0) {
    return ` (flags O_RDWR${(ret.ret & 0o4000) === 0 ? "" : "|O_NONBLOCK"})`;
  }
  return "";
}
