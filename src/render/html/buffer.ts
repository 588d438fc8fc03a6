// SPDX-License-Identifier: GPL-2.0-only
/**
 * Packet buffers as the trace tells them: who wrote which byte. A copy whose bytes the trace does not show is
 * filled in from the header dump or the frame that shows them later.
 */
import type { Fn } from "./model.ts";
import type { Placed } from "./parts.ts";

/** One act of writing, of a function or (null) of nobody the trace names. */
export interface Written {
  readonly at: number;
  readonly len: number;
  /** -1: not told yet. Null: room that was made, nothing written. */
  readonly bytes: number[] | null;
  readonly by: Writer;
}

/** A function, the caller, or somebody whom the trace does not name. */
export type Writer = Fn | "caller" | "untold";

const ROOM = -2;

export class Buffer {
  readonly name: string;
  /** The headers in it, newest last. */
  readonly parts: Placed[] = [];
  /** Offset of the first byte in use. */
  start = 0;
  /** Who wrote the byte, and as which of its bytes; the value, or -1 (not told), or ROOM. */
  private owner: (Written | undefined)[] = [];
  private value: number[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get end(): number {
    return this.start + this.value.length;
  }

  /** Take `[at, at + len)` into use; what is in use already stays. */
  room(at: number, len: number, by: Writer): Written[] {
    const before = this.value.length === 0;
    const out: Written[] = [];
    const make = (from: number, to: number): void => {
      if (to > from) out.push({ at: from, len: to - from, bytes: null, by });
    };
    make(at, before ? at + len : Math.min(this.start, at + len));
    if (!before) make(Math.max(this.end, at), at + len);
    this.cover(at, len);
    return out;
  }

  /** Whether `[at, at + len)` is room that nobody has written to. */
  isRoom(at: number, len: number): boolean {
    if (at < this.start || at + len > this.end) return false;
    for (let i = at; i < at + len; i++) if (this.value[i - this.start] !== ROOM) return false;
    return true;
  }

  /** Write bytes, -1 for those not told. */
  write(at: number, bytes: readonly number[], by: Writer): Written {
    const written: Written = { at, len: bytes.length, bytes: [...bytes], by };
    this.cover(at, bytes.length);
    for (let i = 0; i < bytes.length; i++) {
      this.owner[at + i - this.start] = written;
      this.value[at + i - this.start] = bytes[i] as number;
    }
    return written;
  }

  /** Bytes are shown to be these: `by` wrote those that are news, the others keep their writers. */
  show(at: number, bytes: Uint8Array, by: Writer): Written[] {
    this.cover(at, bytes.length);
    const out: Written[] = [];
    let run: number[] = [];
    const flush = (end: number): void => {
      if (run.length > 0) out.push(this.write(at + end - run.length, run, by));
      run = [];
    };
    for (let i = 0; i < bytes.length; i++) {
      if (this.agrees(at + i, bytes[i] as number)) flush(i);
      else run.push(bytes[i] as number);
    }
    flush(bytes.length);
    return out;
  }

  /** The byte is known to be this, or becomes known now. */
  private agrees(at: number, byte: number): boolean {
    const i = at - this.start;
    if (this.value[i] === -1) {
      const owner = this.owner[i];
      if (owner?.bytes) owner.bytes[at - owner.at] = byte;
      this.value[i] = byte;
    }
    return this.value[i] === byte;
  }

  private cover(at: number, len: number): void {
    if (this.value.length === 0) this.start = at;
    const missing = this.start - at;
    if (missing > 0) {
      this.value = [...new Array<number>(missing).fill(ROOM), ...this.value];
      this.owner = [...new Array<undefined>(missing).fill(undefined), ...this.owner];
      this.start = at;
    }
    while (this.end < at + len) this.value.push(ROOM);
  }

  /** A header (or data) lies here; one of the same name at the same place is replaced. */
  place(part: Placed): void {
    const old = this.parts.findIndex((p) => p.at === part.at && p.name === part.name);
    if (old >= 0) this.parts.splice(old, 1);
    this.parts.push(part);
  }

  /** What it holds now, as acts of writing: for a reader who comes later. */
  snapshot(): Written[] {
    const out: Written[] = [];
    for (let i = 0; i < this.value.length; ) {
      const owner = this.owner[i];
      let j = i;
      while (j < this.value.length && this.owner[j] === owner) j++;
      const bytes = this.value.slice(i, j);
      const at = this.start + i;
      out.push({ at, len: j - i, bytes: owner === undefined ? null : bytes, by: owner?.by ?? "untold" });
      i = j;
    }
    return out;
  }
}
