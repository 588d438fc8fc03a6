// SPDX-License-Identifier: GPL-2.0-only
/** System calls as strace writes them (strace 6.1, `-e trace=network`). */

import type { SyscallEvent, SysretEvent, Value } from "../trace/event.ts";
import { errnoName, strerror } from "../uapi/errno.ts";
import { IPPROTO_NAMES } from "../uapi/in.ts";
import { AF_INET, MSG_FLAGS } from "../uapi/socket.ts";
import { optionName, SOL_NAMES } from "../uapi/sockopt.ts";
import { flagNames, nameOf, type Xlat } from "../uapi/xlat.ts";
import { fromHex } from "../wire/hexdump.ts";
import { formatIpv4 } from "../wire/ipv4.ts";
import type { Out, Renderer, ViewOptions } from "./format.ts";

/** The format: one line a call. */
export function strace(out: Out, view: ViewOptions): Renderer {
  return {
    step({ tree }) {
      if (tree.call !== null) out.write(`${formatCall(tree.call, tree.ret, view.stringLimit)}\n`);
    },
  };
}

type Args = { readonly [name: string]: Value };

/** Column at which strace puts `= value`. */
const RESULT_COLUMN = 40;

/** A call and its result on one line, without a newline. `limit`: bytes of a string shown, 0 = all. */
export function formatCall(call: SyscallEvent, ret: SysretEvent | null, limit = 32): string {
  const text = `${call.name}(${argumentsOf(call, ret, limit).join(", ")})`;
  return `${text.padEnd(RESULT_COLUMN - 1)} = ${ret === null ? "?" : formatResult(ret.ret)}`;
}

/** `5`, or `-1 EINVAL (Invalid argument)`. */
export function formatResult(ret: number): string {
  const name = ret < 0 ? errnoName(-ret) : undefined;
  return name === undefined ? String(ret) : `-1 ${name} (${strerror(-ret)})`;
}

/** A C string literal of latin-1 text, cut at `limit` bytes (0 = never) and marked so. */
export function quote(latin1: string, limit: number): string {
  const cut = limit > 0 && latin1.length > limit;
  const s = cut ? latin1.slice(0, limit) : latin1;
  let out = "";
  for (let i = 0; i < s.length; i++) out += escapeByte(s.charCodeAt(i), s.charCodeAt(i + 1));
  return `"${out}"${cut ? "..." : ""}`;
}

const ESCAPES: Readonly<Record<number, string>> = {
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
  34: '\\"',
  92: "\\\\",
};

function escapeByte(c: number, next: number): string {
  const known = ESCAPES[c];
  if (known !== undefined) return known;
  if (c >= 0x20 && c < 0x7f) return String.fromCharCode(c);
  const octal = c.toString(8);
  return `\\${next >= 0x30 && next <= 0x39 ? octal.padStart(3, "0") : octal}`;
}

function num(v: Value | undefined): number {
  return typeof v === "number" ? v : 0;
}

/** `buf` and what else points to bytes: quoted, NULL, or the address a bad pointer has. */
function bytes(v: Value | undefined, limit: number): string {
  if (v === null || v === undefined) return "NULL";
  if (typeof v === "string") return quote(v, limit);
  return "0xdead0000";
}

function sockaddr(v: Value | undefined): string {
  if (v === null || v === undefined) return "NULL";
  if (typeof v === "string") return quote(v, 0);
  const a = v as Args;
  if (a["fault"] === true) return "0xdead0000";
  const family = num(a["sa_family"]);
  if (family === AF_INET && "sin_addr" in a) {
    return `{sa_family=AF_INET, sin_port=htons(${num(a["sin_port"])}), sin_addr=inet_addr("${formatIpv4(num(a["sin_addr"]) >>> 0)}")}`;
  }
  const name =
    family === 0
      ? "AF_UNSPEC"
      : family === AF_INET
        ? "AF_INET"
        : family === 10
          ? "AF_INET6"
          : `0x${family.toString(16)} /* AF_??? */`;
  const data = typeof a["sa_data"] === "string" ? `, sa_data=${quote(a["sa_data"], 0)}` : "";
  return `{sa_family=${name}${data}}`;
}

const FAMILIES: Xlat = [
  ["AF_UNSPEC", 0],
  ["AF_UNIX", 1],
  ["AF_INET", 2],
  ["AF_INET6", 10],
  ["AF_NETLINK", 16],
  ["AF_PACKET", 17],
];
const TYPES: Xlat = [
  ["SOCK_STREAM", 1],
  ["SOCK_DGRAM", 2],
  ["SOCK_RAW", 3],
  ["SOCK_RDM", 4],
  ["SOCK_SEQPACKET", 5],
  ["SOCK_DCCP", 6],
  ["SOCK_PACKET", 10],
];
const TYPE_FLAGS: Xlat = [
  ["SOCK_CLOEXEC", 0x80000],
  ["SOCK_NONBLOCK", 0x800],
];
function named(table: Xlat, v: number, unknown: string): string {
  return nameOf(table, v) ?? `${v < 10 ? v : `0x${v.toString(16)}`} /* ${unknown} */`;
}

function socketType(v: number): string {
  const flags = v & ~15;
  return named(TYPES, v & 15, "SOCK_???") + (flags === 0 ? "" : `|${flagNames(TYPE_FLAGS, flags)}`);
}

function option(level: number, name: number): string {
  return optionName(level, name) ?? named([], name, level === 0 ? "IP_???" : "SO_???");
}

/** An option's value: an int in brackets, a string for a device, else the bytes. */
function optionValue(level: number, name: number, v: Value | undefined): string {
  if (v === null || v === undefined) return "NULL";
  if (typeof v !== "string") return "0xdead0000";
  const b = fromHex(v);
  if (level === 1 && name === 25) return quote(latin1(b).replace(/\0+$/, ""), 0);
  if (b.length === 4)
    return `[${(b[0] as number) | ((b[1] as number) << 8) | ((b[2] as number) << 16) | ((b[3] as number) << 24)}]`;
  return quote(latin1(b), 32);
}

function latin1(b: Uint8Array): string {
  let s = "";
  for (const c of b) s += String.fromCharCode(c);
  return s;
}

function iov(v: Value | undefined, limit: number): string {
  const parts = Array.isArray(v) ? (v as readonly Args[]) : [];
  return `[${parts.map((p) => `{iov_base=${bytes(p["base"], limit)}, iov_len=${num(p["len"])}}`).join(", ")}]`;
}

function argumentsOf(call: SyscallEvent, ret: SysretEvent | null, limit: number): string[] {
  const a = call.args;
  const fd = String(num(a["fd"]));
  const flags = flagNames(MSG_FLAGS, num(a["flags"]), "MSG_???");
  const out: Args = ret?.out ?? {};
  switch (call.name) {
    case "socket":
      return [
        named(FAMILIES, num(a["domain"]), "AF_???"),
        socketType(num(a["type"])),
        named(IPPROTO_NAMES, num(a["protocol"]), "IPPROTO_???"),
      ];
    case "bind":
    case "connect":
      return [fd, sockaddr(a["addr"]), String(num(a["addrlen"]))];
    case "sendto":
    case "send":
      return [
        fd,
        bytes(a["buf"], limit),
        String(num(a["len"])),
        flags,
        sockaddr(a["addr"]),
        String(num(a["addrlen"])),
      ];
    case "sendmsg":
      return [
        fd,
        `{msg_name=${sockaddr(a["msgname"])}, msg_namelen=${num(a["namelen"])}, msg_iov=${iov(a["iov"], limit)}, ` +
          `msg_iovlen=${num(a["iovlen"])}, ${num(a["controllen"]) > 0 ? `msg_control=${bytes(a["control"], 0)}, ` : ""}` +
          `msg_controllen=${num(a["controllen"])}, msg_flags=0}`,
        flags,
      ];
    case "recvmsg":
      return [
        fd,
        `{msg_name=${sockaddr(out["addr"])}, msg_namelen=${out["addr"] === undefined ? 0 : 16}, ` +
          `msg_iov=[{iov_base=${bytes(out["data"] ?? "", limit)}, iov_len=${num(a["len"])}}], msg_iovlen=1, ` +
          `msg_controllen=${num(out["controllen"])}, msg_flags=${flagNames(MSG_FLAGS, num(out["mflags"]))}}`,
        flags,
      ];
    case "write":
      return [fd, bytes(a["buf"], limit), String(num(a["len"]))];
    case "writev":
      return [fd, iov(a["iov"], limit), String(Array.isArray(a["iov"]) ? a["iov"].length : 0)];
    case "splice":
      // The machine has no pipes: what one would have held comes with the call.
      return ["pipe", "NULL", fd, "NULL", String(num(a["len"])), a["more"] === true ? "SPLICE_F_MORE" : "0"];
    case "setsockopt":
    case "getsockopt": {
      const level = num(a["level"]);
      const name = num(a["optname"]);
      const value = call.name === "setsockopt" ? a["optval"] : out["value"];
      return [
        fd,
        named(SOL_NAMES, level, "SOL_???"),
        option(level, name),
        optionValue(level, name, value),
        call.name === "setsockopt" ? String(num(a["optlen"])) : `[${num(out["optlen"] ?? a["optlen"])}]`,
      ];
    }
    case "getsockname":
    case "getpeername":
      return [fd, sockaddr(out["addr"]), "[16]"];
    default:
      return Object.values(a).map((v) => (typeof v === "string" ? quote(v, limit) : String(v)));
  }
}
