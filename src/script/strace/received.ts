// SPDX-License-Identifier: GPL-2.0-only
/** What a log shows of received data: the room that a program had for it, and what came into it. */
import type { UserRoom } from "../../kernels/release.ts";
import { errnoNumber } from "../../uapi/errno.ts";
import { MSG_CTRUNC } from "../../uapi/socket.ts";
import type { Shown } from "../step.ts";
import { flagsOf, isNull, sizeOf } from "./args.ts";
import { inetOf, isAddress, sockaddr } from "./memory.ts";
import { controlField, elementOf, elementsOf, fieldOf, headerOf, optionalSize } from "./message.ts";
import { MESSAGE_FLAGS } from "./names.ts";
import type { StructValue, Value } from "./value.ts";

/** Room where a log does not say how much there was: a failed call shows none. */
const SOME_ROOM = 65_536;
const SOME_CONTROL = 1024;
const NO_ROOM_SHOWN: UserRoom = { len: SOME_ROOM, controllen: 0 };

/** The data of recvfrom and read; nothing where the call failed and an address stands there. */
export function received(v: Value): Shown {
  return v.kind === "string" ? { data: { bytes: v.bytes, cut: v.cut } } : {};
}

/** An address that was handed back. */
export function shownAddress(v: Value | undefined): Shown {
  const made = v?.kind === "change" ? v.after : v;
  return made?.kind === "struct" && isAddress(made) ? { addr: sockaddr(made) } : {};
}

/** The pieces that one message was received into: their lengths together, and their bytes one after the other. */
function pieces(v: Value | undefined): { len: number; data?: { bytes: string; cut: boolean } } {
  if (v?.kind !== "array") return { len: SOME_ROOM };
  let len = 0;
  let bytes = "";
  let cut = false;
  for (const item of v.items) {
    if (item.kind !== "struct") continue;
    const size = fieldOf(item, "iov_len", 1);
    len += size === undefined ? 0 : sizeOf(size, "iov_len");
    const base = fieldOf(item, "iov_base", 0);
    if (base?.kind !== "string" || cut) continue;
    bytes += base.bytes;
    cut = base.cut;
  }
  return { len, data: { bytes, cut } };
}

/** The pieces of readv. */
export function receivedPieces(v: Value): { len: number; shown: Shown } {
  const { len, data } = pieces(v);
  return { len, shown: data === undefined ? {} : { data } };
}

/** A received message: the room for it as far as it shows, and what it brought. `unsized`: some room, if nothing shows. */
export function receivedMessage(v: Value, unsized: boolean): { room: UserRoom; shown: Shown } {
  return unsized && v.kind !== "struct" ? { room: NO_ROOM_SHOWN, shown: {} } : message(headerOf(v));
}

/** There may have been more room than was used, where nothing was cut for want of it. */
function controlRoom(header: StructValue, mflags: number): number {
  const used = optionalSize(header, "msg_controllen");
  return used === 0 || (mflags & MSG_CTRUNC) !== 0 ? used : Math.max(used, SOME_CONTROL);
}

function message(header: StructValue): { room: UserRoom; shown: Shown } {
  const { len, data } = pieces(header.fields.get("msg_iov"));
  const name = header.fields.get("msg_name");
  const noName = name !== undefined && isNull(name);
  const flags = header.fields.get("msg_flags");
  const mflags = flags === undefined ? 0 : flagsOf(flags, MESSAGE_FLAGS, "a MSG_ flag");
  return {
    room: { len, controllen: controlRoom(header, mflags), ...(noName ? { namelen: 0 } : {}) },
    shown: {
      ...(data === undefined ? {} : { data }),
      ...shownAddress(name),
      ...destination(controlField(header)),
      ...queued(controlField(header)),
      ...(flags === undefined ? {} : { mflags }),
    },
  };
}

/** The rooms of recvmmsg(2): those that the log shows, and empty-handed ones up to `vlen`. What came is shown of the former. */
export function receivedMany(v: Value, vlen: number): { rooms: UserRoom[]; shown: Shown } {
  const messages = (elementsOf(v) ?? []).map((item) => {
    const { header, len } = elementOf(item);
    const made = header.kind === "struct" ? message(header) : { room: NO_ROOM_SHOWN, shown: {} };
    return { ...made, len };
  });
  const rooms = messages.map(({ room }) => room);
  while (rooms.length < Math.min(vlen, 1024)) rooms.push(NO_ROOM_SHOWN);
  const shown = messages.map((made) => ({ shown: cutTo(made.shown, made.len), len: made.len }));
  return { rooms, shown: messages.length === 0 ? {} : { messages: shown } };
}

/** A buffer is shown as far as it was filled; what MSG_TRUNC counts beyond is no data. */
export function cutTo(shown: Shown, len: number): Shown {
  const { data } = shown;
  if (data === undefined || data.bytes.length <= len) return shown;
  return { ...shown, data: { ...data, bytes: data.bytes.slice(0, len) } };
}

/** What IP_RECVERR tells of an error. */
function queued(control: Value | undefined): Pick<Shown, "error"> {
  for (const item of control?.kind === "array" ? control.items : []) {
    const data = item.kind === "struct" ? item.fields.get("cmsg_data") : undefined;
    if (data?.kind !== "struct" || !data.fields.has("ee_errno")) continue;
    const field = (name: string): number => {
      const v = data.fields.get(name);
      return v === undefined
        ? 0
        : v.kind === "number"
          ? v.value
          : (errnoOf(v) ?? ICMP_ORIGINS[wordOf(v)] ?? 0);
    };
    const offender = data.fields.get("offender");
    return {
      error: {
        errno: field("ee_errno"),
        origin: field("ee_origin"),
        type: field("ee_type"),
        code: field("ee_code"),
        info: field("ee_info"),
        data: field("ee_data"),
        ...(offender?.kind === "struct" && isAddress(offender) ? { offender: sockaddr(offender) } : {}),
      },
    };
  }
  return {};
}

const ICMP_ORIGINS: Readonly<Record<string, number>> = {
  SO_EE_ORIGIN_NONE: 0,
  SO_EE_ORIGIN_LOCAL: 1,
  SO_EE_ORIGIN_ICMP: 2,
  SO_EE_ORIGIN_ICMP6: 3,
  SO_EE_ORIGIN_TIMESTAMPING: 4,
  SO_EE_ORIGIN_TXSTATUS: 4,
  SO_EE_ORIGIN_ZEROCOPY: 5,
  SO_EE_ORIGIN_TXTIME: 6,
};
const wordOf = (v: Value): string => (v.kind === "names" ? (v.parts[0]?.text ?? "") : "");
const errnoOf = (v: Value): number | undefined => errnoNumber(wordOf(v));

/** The address that a datagram was sent to, as IP_PKTINFO tells it. */
function destination(control: Value | undefined): { dest?: number } {
  for (const item of control?.kind === "array" ? control.items : []) {
    const data = item.kind === "struct" ? item.fields.get("cmsg_data") : undefined;
    const addr = data?.kind === "struct" ? data.fields.get("ipi_addr") : undefined;
    if (addr !== undefined) return { dest: inetOf(addr) };
  }
  return {};
}
