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
/** Functions that hang a page of the caller's on the packet that is being built: the argument that says how much. */
const APPENDS: ReadonlyMap<string, string> = new Map([["ip_append_page", "size"]]);
/** Functions that copy out of a packet into the caller's memory: the argument that says where to, if one does. */
const TO_CALLER: ReadonlyMap<string, string | null> = new Map([
  ["memcpy_toiovec", null],
  ["memcpy_toiovecend", "offset"],
  ["skb_copy_and_csum_datagram", "toOffset"],
]);
/** Callers whose copies go into the packet that they have just made. */
const INTO_NEWEST: ReadonlySet<string> = new Set(["ip_fragment", "__ip_append_data"]);
/** Here a header belongs to the packet that was last made like the first one, by the function named. */
const MADE_LIKE: ReadonlyMap<string, string> = new Map([["ip_fragment", "ip_copy_metadata"]]);
/** The same bytes under another name: the new name (the result, or an argument), and the argument that has the old one. */
const SAME_BYTES: ReadonlyMap<string, readonly [name: string | null, old: string]> = new Map([
  ["skb_clone", [null, "skb"]],
  ["__skb_clone", ["n", "skb"]],
  ["skb_morph", ["dst", "src"]],
]);

const isSkb = (v: Value | undefined): v is string => typeof v === "string" && v.startsWith("skb#");
/** No datagram's buffer is larger. */
const MOST_BYTES = 0x20000;
/** A number of bytes, or a place in a buffer; 0 for what cannot be one: a saved trace may say anything. */
const num = (v: Value | undefined): number =>
  typeof v === "number" && Number.isInteger(v) && v >= 0 && v <= MOST_BYTES ? v : 0;

export class Packets {
  private readonly byId = new Map<string, Buffer>();
  private newest: Buffer | null = null;
  /** The packet that was last made like another, by {@link MADE_LIKE}. */
  private alike: Buffer | null = null;
  /** The bytes that the caller hands in. */
  private user: Uint8Array = new Uint8Array();
  /** The bytes that the caller gets, and the buffer that they arrive in. */
  private got: Uint8Array = new Uint8Array();
  private reader = new Buffer("user memory of the receiver");
  /** Buffers that this call has used. */
  private readonly used = new Set<Buffer>();
  /** News of buffers that were used for the first time since {@link news} was called. */
  private carried: News[] = [];

  /** A system call begins that hands in these bytes, and will get those. */
  begin(bytes: Uint8Array, got: Uint8Array): News[] {
    this.user = bytes;
    this.got = got;
    this.reader = new Buffer("user memory of the receiver");
    this.newest = null;
    this.used.clear();
    if (bytes.length === 0) return [];
    const buffer = new Buffer("user memory of the caller");
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
    if (MADE_LIKE.has(call.fn)) this.alike = null;
    if (path.length > 0 && MADE_LIKE.get(path.at(-1)?.fn ?? "") === call.fn) this.alike = this.of(call);
    if ((call.fn === "skb_put" || call.fn === "skb_push") && typeof call.ret === "number") {
      const buffer = this.of(call);
      if (buffer === null) return [];
      if (call.fn === "skb_put") this.newest = buffer;
      return writes(buffer, buffer.room(num(call.ret), num(call.args["len"]), by));
    }
    const size = APPENDS.get(call.fn);
    if (size !== undefined) return this.append(num(call.args[size]), by);
    if (TO_CALLER.has(call.fn)) return this.deliver(call, TO_CALLER.get(call.fn) ?? null, by);
    const offset = COPIES.get(call.fn);
    return offset === undefined ? [] : this.copy(call, num(call.args[offset]), path, by);
  }

  /** A call came back: a packet was made, or is gone. */
  exit(call: Call): void {
    if (call.fn === "kfree_skbmem")
      for (const id of Object.values(call.args)) if (isSkb(id)) this.byId.delete(id);
    if (call.fn === "__alloc_skb" && isSkb(call.ret)) this.newest = this.make(call.ret);
    const same = SAME_BYTES.get(call.fn);
    if (same === undefined) return;
    const [name, old] = [same[0] === null ? call.ret : call.args[same[0]], call.args[same[1]]];
    if (isSkb(name) && isSkb(old)) this.byId.set(name, this.named(old));
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

  private append(len: number, by: Writer): News[] {
    const into = this.newest;
    if (into === null || len <= 0) return [];
    const at = into.end;
    const bytes = Array.from({ length: len }, () => -1);
    const written = into.write(at, bytes, by);
    return [{ what: "write", buffer: into, written }, ...parts(into, [payload(at, len)])];
  }

  private deliver(call: Call, offset: string | null, by: Writer): News[] {
    const buffer = this.reader;
    const at = offset === null ? buffer.end : num(call.args[offset]);
    const bytes = [...this.got.subarray(at, at + num(call.args["len"]))];
    if (bytes.length === 0) return [];
    const news: News[] = [{ what: "write", buffer, written: buffer.write(at, bytes, by) }];
    return at === 0 ? [...news, ...parts(buffer, [payload(0, this.got.length)])] : news;
  }

  /** A header was written in `call`. */
  dump(event: DumpEvent, call: Call, by: Writer): News[] {
    const buffer = (MADE_LIKE.has(call.fn) ? this.alike : null) ?? this.of(call) ?? this.newest;
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
      ...(fresh ? parts(buffer, partsOfFrame(bytes, at, event.link)) : []),
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
