// SPDX-License-Identifier: GPL-2.0-only
/** Recorded against simulated, field by field: where do they differ first? */
import { crc32 } from "node:zlib";
import type { SimulatedStep } from "./case.ts";
import { type Canonical, canonical, countersOf, type Names, type Packet } from "./normalise.ts";
import type { RecordedPacket, RecordedStep, Returned } from "./recording.ts";
import type { Call, Cutter } from "./symbols.ts";

export const ASPECTS = ["calls", "returns", "packets", "counters", "tables", "cache", "reasons"] as const;
export type Aspect = (typeof ASPECTS)[number];

/** Two texts that should be one, line by line, and where they part. */
export interface Difference {
  /** A short name for this kind of difference, to count them. */
  readonly kind: string;
  readonly expected: readonly string[];
  readonly got: readonly string[];
  /** First line that differs. */
  readonly at: number;
}

/** What comparing came to: equal (null), different, or not to be compared (undefined). */
export type Verdict = Difference | null | undefined;

const RETURNED = [
  "ret",
  "err",
  "bad",
  "val",
  "hex",
  "addr",
  "from",
  "mflags",
  "data",
  "crc",
  "cmsg",
  "route",
  "revents",
] as const;

export class Comparison {
  private readonly cutter: Cutter;
  private readonly real: Names;
  private readonly ours: Names;

  constructor(cutter: Cutter, real: Names, ours: Names) {
    this.cutter = cutter;
    this.real = real;
    this.ours = ours;
  }

  returns(rec: RecordedStep, sim: SimulatedStep): Verdict {
    const skip = new Set(rec.unstable);
    const expected = returned(rec, rec, this.real, skip);
    const got = returned(rec, sim, this.ours, skip);
    return differ(expected, got, (a, b) => `${verb(rec.op)}: ${a ?? "nothing"}, not ${b ?? "nothing"}`);
  }

  counters(rec: RecordedStep, sim: SimulatedStep): Verdict {
    if (rec.unstable?.includes("d")) return undefined;
    const expected = countersOf(rec.d);
    // The counters were read at other moments than the packets: a timer between them may be missed.
    const all = sim.counters.map(countersOf);
    const got = all.find((d) => sameCounters(d, expected)) ?? all[0] ?? {};
    const names = [...new Set([...Object.keys(expected), ...Object.keys(got)])].sort();
    const list = (d: Record<string, number>): string[] => names.map((n) => `${n} ${d[n] ?? 0}`);
    return differ(list(expected), list(got), (a = "", b = "") => `${a}, not ${b.replace(/.* /, "")}`);
  }

  calls(rec: RecordedStep, sim: SimulatedStep): Verdict {
    if (rec.calls === undefined || rec.unstable?.includes("calls")) return undefined;
    return trees(this.cutter.recorded(rec.calls), this.cutter.simulated(sim.calls));
  }

  packets(rec: RecordedStep, sim: SimulatedStep): Verdict {
    if (rec.unstable?.includes("pk")) return undefined;
    const real = rec.pk.map((_, i) => recordedPacket(rec.pk, i));
    const ours = sim.packets.map((f, i): Packet => {
      const all = f.bytes;
      const shown = real[i]?.crc === undefined ? all : all.subarray(0, 96);
      return {
        dev: f.dev,
        type: f.type,
        proto: f.protocol.toString(16).padStart(4, "0"),
        len: all.length,
        status: f.status,
        bytes: shown,
      };
    });
    const a = canonical(real, this.real);
    const b = canonical(ours, this.ours, a);
    const expected = real.map((p, i) => packetLine(p, (a[i] as Canonical).bytes, p.crc ?? ""));
    const got = ours.map((p, i) => {
      const theirs = real[i];
      const hidden = theirs?.crc !== undefined && (a[i] as Canonical).tail && (b[i] as Canonical).tail;
      const crc = hidden ? tailCrc(theirs, sim.packets[i]?.bytes as Uint8Array) : (theirs?.crc ?? "");
      return packetLine(p, (b[i] as Canonical).bytes, crc);
    });
    return differ(expected, got, (x, y) => packetKind(rec.op, x, y));
  }
}

function sameCounters(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** Compare two cut trees. */
export function trees(expected: readonly Call[], got: readonly Call[]): Verdict {
  const text = (calls: readonly Call[]): string[] => calls.map((c) => " ".repeat(c.depth) + c.name);
  return differ(text(expected), text(got), (a, b, i) => {
    const caller = callerOf(expected, i) ?? callerOf(got, i) ?? "the system call";
    return `in ${caller}: ${a?.trim() ?? "the end"}, not ${b?.trim() ?? "the end"}`;
  });
}

/** Who made the i-th call: the nearest one above with less depth. */
function callerOf(calls: readonly Call[], i: number): string | undefined {
  const depth = calls[i]?.depth;
  if (depth === undefined) return undefined;
  for (let j = i - 1; j >= 0; j--) {
    const c = calls[j] as Call;
    if (c.depth < depth) return c.name;
  }
  return undefined;
}

/** Line by line; `kind` names the first difference. */
export function differ(
  expected: readonly string[],
  got: readonly string[],
  kind: (a: string | undefined, b: string | undefined, i: number) => string,
): Difference | null {
  const n = Math.max(expected.length, got.length);
  for (let i = 0; i < n; i++) {
    if (expected[i] !== got[i]) return { kind: kind(expected[i], got[i], i), expected, got, at: i };
  }
  return null;
}

const verb = (op: string): string =>
  op.replace(/^((?:set|get)sockopt) \S+ /, "$1:").split(" ", 1)[0] as string;

function returned(
  rec: RecordedStep,
  r: Returned & { readonly sk: RecordedStep["sk"] },
  names: Names,
  skip: ReadonlySet<string>,
): string[] {
  const out: string[] = [];
  const opens = /^(?:socket|dup|open)\b/.test(rec.op);
  for (const key of RETURNED) {
    const v = r[key];
    if (v === undefined || skip.has(key)) continue;
    // Which number a descriptor has, and how the words of a refused step read, is not the kernel's doing.
    if (key === "ret" && opens && Number(v) >= 0) out.push("ret a descriptor");
    else if (key === "bad") out.push("not a step");
    else if (key === "addr" || key === "from") out.push(`${key} ${names.address(String(v))}`);
    else if (key === "cmsg") out.push(`cmsg ${JSON.stringify(v)}`);
    else out.push(`${key} ${v}`);
  }
  if (!skip.has("sk")) {
    for (const [name, [address, queued]] of Object.entries(r.sk)) {
      out.push(`socket ${name} ${names.address(address)} sends ${queued}`);
    }
  }
  return out;
}

/** A recorded packet with its bytes, its own or those of the packet it repeats. */
function recordedPacket(pk: readonly RecordedPacket[], i: number): Packet & { crc?: string } {
  const p = pk[i] as RecordedPacket;
  const full = p.same === undefined ? p : (pk[p.same] as RecordedPacket);
  return {
    dev: p.if,
    type: p.t,
    proto: p.proto,
    len: p.len,
    status: p.st ?? 0,
    bytes: Uint8Array.from(Buffer.from(full.hex ?? "", "hex")),
    ...(full.crc === undefined ? {} : { crc: full.crc }),
  };
}

/** Crc of our bytes with the recorded ones in front: equal if what was not recorded byte for byte is equal. */
function tailCrc(real: Packet, ours: Uint8Array): string {
  if (ours.length <= real.bytes.length) return "short";
  return crc32(ours.subarray(real.bytes.length), crc32(real.bytes)).toString(16).padStart(8, "0");
}

function packetLine(p: Packet, bytes: Uint8Array, crc: string): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return `${p.dev} t${p.type} ${p.proto} ${p.len} st${p.status} ${hex} ${crc}`;
}

/** Which part of a packet differs. */
function packetKind(op: string, a: string | undefined, b: string | undefined): string {
  if (a === undefined) return `${verb(op)}: a packet too many`;
  if (b === undefined) return `${verb(op)}: a packet is missing`;
  const [x, y] = [a.split(" "), b.split(" ")];
  const fields = ["device", "type", "protocol", "length", "checksum state", "bytes", "later bytes"];
  const i = x.findIndex((v, n) => v !== y[n]);
  if (fields[i] !== "bytes") return `packet's ${fields[i]}: ${x[i]}, not ${y[i]}`;
  const [p, q] = [x[i] ?? "", y[i] ?? ""];
  let at = 0;
  while (p[at] === q[at]) at++;
  return `packet's byte ${at >> 1} (${x[2]})`;
}
