// SPDX-License-Identifier: GPL-2.0-only
/** What a log shows of received data: the room that a program had for it, and what came into it. */
import type { UserRoom } from "../../kernels/release.ts";
import type { Shown } from "../step.ts";
import { flagsOf, isNull } from "./args.ts";
import { sockaddr } from "./memory.ts";
import { headerOf, optionalSize } from "./message.ts";
import { MESSAGE_FLAGS } from "./names.ts";
import type { StructValue, Value } from "./value.ts";

/** Room where a log does not say how much there was: a failed call shows none. */
const SOME_ROOM = 65_536;

/** The data of recvfrom and read; nothing where the call failed and an address stands there. */
export function received(v: Value): Shown {
  return v.kind === "string" ? { data: { bytes: v.bytes, cut: v.cut } } : {};
}

/** An address that was handed back. */
export function shownAddress(v: Value | undefined): Shown {
  const made = v?.kind === "change" ? v.after : v;
  return made?.kind === "struct" && made.fields.has("sa_family") ? { addr: sockaddr(made) } : {};
}

/** The pieces that one message was received into: their lengths together, and their bytes one after the other. */
function pieces(v: Value | undefined): { len: number; data?: { bytes: string; cut: boolean } } {
  if (v?.kind !== "array") return { len: SOME_ROOM };
  let len = 0;
  let bytes = "";
  let cut = false;
  for (const item of v.items) {
    if (item.kind !== "struct") continue;
    len += optionalSize(item, "iov_len");
    const base = item.fields.get("iov_base");
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

/** A received message: the room for it as far as it shows, and what it brought. */
export function receivedMessage(v: Value): { room: UserRoom; shown: Shown } {
  return message(headerOf(v));
}

function message(header: StructValue): { room: UserRoom; shown: Shown } {
  const { len, data } = pieces(header.fields.get("msg_iov"));
  const name = header.fields.get("msg_name");
  const noName = name !== undefined && isNull(name);
  const flags = header.fields.get("msg_flags");
  return {
    room: { len, controllen: optionalSize(header, "msg_controllen"), ...(noName ? { namelen: 0 } : {}) },
    shown: {
      ...(data === undefined ? {} : { data }),
      ...shownAddress(name),
      ...(flags === undefined ? {} : { mflags: flagsOf(flags, MESSAGE_FLAGS, "a MSG_ flag") }),
    },
  };
}

/** The rooms of recvmmsg(2): those that the log shows, and empty-handed ones up to `vlen`. */
export function receivedMany(v: Value, vlen: number): UserRoom[] {
  const items = v.kind === "array" ? v.items : [];
  const rooms = items.map((item) => {
    const header = item.kind === "struct" ? item.fields.get("msg_hdr") : undefined;
    return header?.kind === "struct" ? message(header).room : { len: SOME_ROOM, controllen: 0 };
  });
  while (rooms.length < Math.min(vlen, 1024)) rooms.push({ len: SOME_ROOM, controllen: 0 });
  return rooms;
}
