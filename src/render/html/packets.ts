// SPDX-License-Identifier: GPL-2.0-only
/** Follows the packet buffers of a session through its calls: which exist, what is written, which is meant. */
import type { DumpEvent, PacketEvent, Value } from "../../trace/event.ts";
import type { Call } from "../../trace/tree.ts";
import { fromHex } from "../../wire/hexdump.ts";
import { Buffer, type Writer, type Written } from "./buffer.ts";
import { type Placed, partsOfDump, partsOfFrame } from "./parts.ts";

/** A piece of news about a buffer. */
export type News =
  | { readonly what: "write"; readonly buffer: Buffer; readonly written: Written }
  | ({ readonly what: "part"; readonly buffer: Buffer } & Placed)
  | {
      readonly what: "frame";
      readonly buffer: Buffer;
      readonly at: number;
      readonly len: number;
      readonly event: PacketEvent;
    }
  /** A buffer that an earlier call left behind is used now: what it held until then. */
  | {
      readonly what: "carried";
      readonly buffer: Buffer;
      readonly writes: readonly Written[];
      readonly parts: readonly Placed[];
    };

/** Functions that copy into a packet: the arguments that say where to, and how much. */
const COPIES: ReadonlyMap<string, string> = new Map([
  ["memcpy_fromiovecend", "kdataOffset"],
  ["csum_partial_copy_fromiovecend", "kdataOffset"],
  ["skb_copy_and_csum_bits", "toOffset"],
  ["skb_copy_bits", "toOffset"],
]);
/** …of which these read the caller's memory at `offset`. */
const FROM_CALLER: ReadonlySet<string> = new Set(["memcpy_fromiovecend", "csum_partial_copy_fromiovecend"]);
/** Callers whose copies go into the packet that they have just made. */
const INTO_NEWEST: ReadonlySet<string> = new Set(["ip_fragment", "__ip_append_data"]);
/** A header written here belongs to the packet that is handed on next. */
const HANDED_ON: ReadonlySet<string> = new Set(["ip_fragment"]);
/** The same bytes under another name. */
const SAME_BYTES: ReadonlySet<string> = new Set(["skb_clone", "__skb_clone"]);

const isSkb = (v: Value | undefined): v is string => typeof v === "string" && v.startsWith("skb#");
const num = (v: Value | undefined): number => (typeof v === "number" ? v : 0);

export class Packets {
  private readonly byId = new Map<string, Buffer>();
  private newest: Buffer | null = null;
  /** The bytes that the caller hands in. */
  private user: Uint8Array = new Uint8Array();
  /** Buffers that this call has used. */
  private readonly used = new Set<Buffer>();
  /** News of buffers that were used for the first time since {@link news} was called. */
  private carried: News[] = [];

  /** A call begins that hands in these bytes. */
  begin(bytes: Uint8Array): News[] {
    this.user = bytes;
    this.newest = null;
    this.used.clear();
    if (bytes.length === 0) return [];
    const buffer = new Buffer("the caller's memory");
    const written = buffer.write(0, [...bytes], "caller");
    return [{ what: "write", buffer, written }, ...parts(buffer, [payload(0, bytes.length)])];
  }

  /** Buffers of earlier calls that have turned up since this was asked last. */
  turnedUp(): News[] {
    return this.carried.splice(0);
  }

  /** The packet that a call is about: its own argument. */
  of(call: Call): Buffer | null {
    const id = Object.values(call.args).find(isSkb);
    return id === undefined ? null : this.named(id);
  }

  private named(id: string): Buffer {
    const known = this.byId.get(id);
    if (known === undefined) return this.make(id);
    if (!this.used.has(known)) {
      this.used.add(known);
      this.carried.push({
        what: "carried",
        buffer: known,
        writes: known.snapshot(),
        parts: [...known.parts],
      });
    }
    return known;
  }

  private make(id: string): Buffer {
    const buffer = new Buffer(id);
    this.byId.set(id, buffer);
    this.used.add(buffer);
    return buffer;
  }

  /** A call begins: room is made, bytes are copied. `path` are the calls around it, innermost last. */
  enter(call: Call, path: readonly Call[], by: Writer): News[] {
    if ((call.fn === "skb_put" || call.fn === "skb_push") && typeof call.ret === "number") {
      const buffer = this.of(call);
      if (buffer === null) return [];
      if (call.fn === "skb_put") this.newest = buffer;
      return writes(buffer, buffer.room(call.ret, num(call.args["len"]), by));
    }
    const offset = COPIES.get(call.fn);
    return offset === undefined ? [] : this.copy(call, num(call.args[offset]), path, by);
  }

  /** A call came back: a packet was made, or is gone. */
  exit(call: Call): void {
    if (call.fn === "kfree_skbmem")
      for (const id of Object.values(call.args)) if (isSkb(id)) this.byId.delete(id);
    if (!isSkb(call.ret)) return;
    const original = Object.values(call.args).find(isSkb);
    if (SAME_BYTES.has(call.fn) && original !== undefined) this.byId.set(call.ret, this.named(original));
    else if (call.fn === "__alloc_skb") this.newest = this.make(call.ret);
  }

  private copy(call: Call, to: number, path: readonly Call[], by: Writer): News[] {
    const caller = path.at(-1);
    const len = num(call.args["len"]);
    const into =
      caller === undefined
        ? null
        : INTO_NEWEST.has(caller.fn)
          ? this.newest
          : "toOffset" in caller.args
            ? this.of(caller)
            : null;
    if (into === null || len <= 0) return [];
    // Not room in the buffer itself: a page that hangs on it, which goes on where the buffer ends.
    const at = into.isRoom(to, len) ? to : into.end;
    const from = FROM_CALLER.has(call.fn) ? num(call.args["offset"]) : -1;
    const bytes = Array.from({ length: len }, (_, i) => (from < 0 ? -1 : (this.user[from + i] ?? -1)));
    const news: News[] = [{ what: "write", buffer: into, written: into.write(at, bytes, by) }];
    return from < 0 ? news : [...news, ...parts(into, [payload(at, len)])];
  }

  /** A header was written in `call`; `next` is the call after it. */
  dump(event: DumpEvent, call: Call, next: Call | undefined, by: Writer): News[] {
    const handed = HANDED_ON.has(call.fn) && next !== undefined ? this.of(next) : null;
    const buffer = handed ?? this.of(call) ?? this.newest;
    const bytes = fromHex(event.hex);
    if (buffer === null || bytes.length === 0) return [];
    const shown = writes(buffer, buffer.show(event.at, bytes, by));
    return [...shown, ...parts(buffer, partsOfDump(event.label, bytes, event.at))];
  }

  /** A frame was seen at a device: it ends where the buffer ends. */
  frame(event: PacketEvent, call: Call): News[] {
    const buffer = this.of(call);
    if (buffer === null) return [];
    const bytes = fromHex(event.hex);
    const fresh = buffer.end === 0;
    const at = Math.max(0, buffer.end - bytes.length);
    const shown = writes(buffer, buffer.show(at, bytes, "untold"));
    return [
      ...shown,
      ...(fresh ? parts(buffer, partsOfFrame(bytes, at)) : []),
      { what: "frame", buffer, at, len: bytes.length, event },
    ];
  }
}

function writes(buffer: Buffer, list: readonly Written[]): News[] {
  return list.map((written) => ({ what: "write", buffer, written }));
}

function parts(buffer: Buffer, list: readonly Placed[]): News[] {
  for (const part of list) buffer.place(part);
  return list.map((part) => ({ what: "part", buffer, ...part }));
}

function payload(at: number, len: number): Placed {
  return { name: "payload", at, len, fields: [] };
}
