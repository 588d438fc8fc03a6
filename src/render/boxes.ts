// SPDX-License-Identifier: GPL-2.0-only
/** Which bytes are shown: a header where it is built, a frame as far as nothing of it has been shown yet. */
import type { DumpEvent, PacketEvent } from "../trace/event.ts";
import { type Field, fieldsOf, headersOf } from "../wire/fields.ts";
import { fromHex, toHex } from "../wire/hexdump.ts";
import { frameWord, OUTGOING } from "./frames.ts";
import type { Box } from "./layout/layout.ts";

/** `headers`: as written, and of each frame that leaves what is new; `packets`: frames only; `all`: every frame on every device, whole. */
export type Hexdump = "headers" | "packets" | "all" | "none";

/** A header in a frame: bytes `[at, end)`. */
interface Part {
  readonly name: string;
  readonly at: number;
  readonly end: number;
  readonly fields: readonly Field[];
}

/** The boxes of a system call, and of what happens before the next: asked for in order. */
export class Boxes {
  private readonly mode: Hexdump;
  /** Headers that stand in a box already, as digits. */
  private readonly seen = new Set<string>();

  constructor(mode: Hexdump) {
    this.mode = mode;
  }

  shows(item: DumpEvent | PacketEvent): boolean {
    if (item.ev === "dump") return this.mode === "headers" || this.mode === "all";
    return this.mode === "all" || (this.mode !== "none" && item.type === OUTGOING);
  }

  dump({ label, hex }: DumpEvent): Box {
    this.seen.add(hex);
    const bytes = fromHex(hex);
    const title = `${label}, ${bytes.length} bytes`;
    return { title, bytes, headers: [["", telling(fieldsOf(label, bytes))]] };
  }

  frame(packet: PacketEvent): Box[] {
    const bytes = fromHex(packet.hex);
    const way = packet.type === OUTGOING ? "leaves by" : "comes in on";
    const partial = packet.status & CSUM_NOT_READY ? ", transport checksum not filled in yet" : "";
    const what = `${frameWord(packet)} ${way} ${packet.dev}, ${bytes.length} bytes`;
    const parts = partsOf(bytes, packet);
    const fresh = this.mode === "headers" ? this.unseen(parts, bytes) : parts;
    if (fresh.length === parts.length)
      return [
        { title: what + partial, bytes, headers: parts.map(({ name, fields }) => [name, telling(fields)]) },
      ];
    const title = `${what} (${makeup(parts, bytes.length)})${partial}`;
    if (fresh.length === 0) return [{ title, bytes: NOTHING, headers: [] }];
    return stretches(fresh).map((stretch, i) => boxOf(stretch, bytes, i === 0 ? `${title}; new in it` : ""));
  }

  /** The parts that stand in no box yet. */
  private unseen(parts: readonly Part[], bytes: Uint8Array): Part[] {
    return parts.filter(({ at, end }) => {
      const hex = toHex(bytes.subarray(at, end));
      if (this.seen.has(hex)) return false;
      this.seen.add(hex);
      return true;
    });
  }
}

const NOTHING = new Uint8Array(0);
/** `status` of a frame whose transport checksum is not filled in (TP_STATUS_CSUMNOTREADY). */
const CSUM_NOT_READY = 8;
const ICMP = "icmp";

/** The headers of a frame; an ICMP message goes to the end, as where it is built. */
function partsOf(bytes: Uint8Array, packet: PacketEvent): Part[] {
  const parts: Part[] = [];
  for (const [name, fields] of headersOf(bytes, packet.link)) {
    if (fields.length === 0) continue;
    const at = parts.at(-1)?.end ?? 0;
    const end = name === ICMP ? bytes.length : Math.max(...fields.map((f) => f.at + f.len));
    parts.push({ name, at, end, fields });
  }
  return parts;
}

/** `14 ethernet + 20 ip + 8 udp + 5 data`. */
function makeup(parts: readonly Part[], length: number): string {
  const data = length - (parts.at(-1)?.end ?? 0);
  const sizes = parts.map(({ name, at, end }) => `${end - at} ${name}`);
  return [...sizes, ...(data > 0 ? [`${data} data`] : [])].join(" + ");
}

/** Parts that lie side by side as one. */
function stretches(parts: readonly Part[]): Part[][] {
  const out: Part[][] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (last !== undefined && last.at(-1)?.end === part.at) last.push(part);
    else out.push([part]);
  }
  return out;
}

function boxOf(stretch: readonly Part[], bytes: Uint8Array, title: string): Box {
  const at = stretch[0]?.at ?? 0;
  const end = stretch.at(-1)?.end ?? at;
  const names = `${stretch.map(({ name }) => name).join(" and ")} header${stretch.length > 1 ? "s" : ""}`;
  return {
    title: title === "" ? names : `${title}: ${names}`,
    ...{ bytes: bytes.subarray(at, end), at },
    headers: stretch.map(({ name, fields }) => [stretch.length > 1 ? name : "", telling(fields)]),
  };
}

/** A fragment's offset and flags where there are any. */
function telling(fields: readonly Field[]): Field[] {
  return fields.filter(({ name, value }) => name !== "frag" || value !== "0");
}
