// SPDX-License-Identifier: GPL-2.0-only
/**
 * A recording: a few integers an event in one growing typed array, texts and values beside it.
 * Events become objects only when somebody iterates.
 */
import { toHex } from "../wire/hexdump.ts";
import type { FateEvent, TraceEvent, Value } from "./event.ts";
import { FATES, type Fate, type FateDetails } from "./fate.ts";
import type { Facts, Plain } from "./plain.ts";
import { isPrintable, printable } from "./printable.ts";
import { SYMBOLS, type Traced } from "./symbol.ts";

// An event is a header word `op | payload << 4`, then its words.
const ENTER = 0; // payload: symbol id; argc; then the arguments
const EXIT = 1; // payload: symbol id; then the value
const NOTE = 2; // payload: index in `values`; index in `values` of its facts, or -1
const DUMP = 3; // payload: index in `values`; at; offset in `bytes`; length
const COUNT = 4; // payload: index in `values`; by
const CONTEXT = 5; // payload: index in `values`; on
const CONTEXT_WORDS = 2;
const SYSCALL = 6; // payload: index in `values` of [name, args]
const SYSRET = 7; // payload: index in `values` of [name, ret, out]
const PACKET = 8; // payload: index in `values`; packet; type, + RAW_LINK; status; offset in `bytes`; length
const CLOCK = 9; // ms
const FATE = 10; // payload: index in `values` of its text; code; packet; about; errno; trace id of a socket; symbol id of who decided, or -1; indices in `values` of reason and facts, or -1

/** Beside the type of a packet: it has no link-layer header. */
const RAW_LINK = 1 << 8;

// An argument or value is one word `tag | payload << 3`, the wide ones two, a wide object's three.
const INT = 0; // payload: the number
const OBJ = 1; // payload: an object's trace id, 0 for NULL
const VAL = 2; // payload: index in `values`
const INT_WIDE = 3; // the next word is the number
const UINT_WIDE = 4; // the next word is the number's 32 bits, unsigned
const NONE = 5; // undefined: void
const OPAQUE = 6; // an object that has no trace id: shown as …
const OBJ_WIDE = 7; // the next two words are the trace id: its low 32 bits, then the rest
/** No event takes more words: a call of twenty arguments, all of them wide. */
const MOST = 64;
/** Numbers from -SMALL up to SMALL fit beside their tag. */
const SMALL = 1 << 28;

/** Where an iteration is in the words. */
interface Cursor {
  at: number;
}

/** What a simulated object carries so that events can name it: see {@link objectId}. */
export interface Named {
  readonly oid: number;
}

/** Kinds of simulated objects that events name, in the order of their codes: {@link MOST_KINDS} at most. */
export const KINDS = [
  "sk",
  "skb",
  "dst",
  "neigh",
  "dev",
  "sock",
  "fi",
  "q",
  "rule",
  "tb",
  "hh",
  "net",
  "file",
  "idev",
  "var",
] as const;
export type Kind = (typeof KINDS)[number];

/** A trace id is `seq * MOST_KINDS + kind`, by arithmetic: a long session makes more objects than 32 bits can number. */
const MOST_KINDS = 32;
const WORD = 2 ** 32;

/** Trace id of the `seq`-th object (from 1) of a kind. */
export function objectId(kind: Kind, seq: number): number {
  return KINDS.indexOf(kind) + seq * MOST_KINDS;
}

/** Which object of its kind, from 1, a trace id names. */
export function objectSeq(id: number): number {
  return Math.floor(id / MOST_KINDS);
}

/** An object that can say itself in plain values (a flow key, a message header). */
interface Plainable {
  plain(): Plain;
}

/** How events name a packet: the same name for all its copies and fragments. */
export function packetName(packet: number): string {
  return `pkt#${packet}`;
}

/** A value in which all text is printable: what a program called a device is its own affair. */
function shown(value: Value): Value {
  if (typeof value === "string") return printable(value);
  if (typeof value !== "object" || value === null || isShown(value)) return value;
  if (Array.isArray(value)) return value.map(shown);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item)]));
}

function isShown(value: Value): boolean {
  if (typeof value === "string") return isPrintable(value);
  if (typeof value !== "object" || value === null) return true;
  for (const item of Object.values(value)) if (!isShown(item)) return false;
  return true;
}

export class Recorder {
  private ints: Int32Array = new Int32Array(4096);
  /** An event that begins here or before has room. */
  private limit = 4096 - MOST;
  private n = 0;
  /** Words up to the return of the last system call, 0 where none has returned. */
  private returned = 0;
  /** Texts, facts and other values; entries at and above `held` are leftovers of what was cleared. */
  private readonly values: unknown[] = [];
  private held = 0;
  /** What dumps and packets copied, one after the other. */
  private bytes: Uint8Array = new Uint8Array(4096);
  private used = 0;
  /** Names of objects that have one (devices), by trace id. */
  private readonly objectNames: ReadonlyMap<number, string>;
  /** What objects have been called since it was cleared. */
  private readonly said = new Map<number, string>();

  constructor(objectNames: ReadonlyMap<number, string> = new Map()) {
    this.objectNames = objectNames;
  }

  /** Forget everything recorded so far; the memory is kept. */
  clear(): void {
    this.n = 0;
    this.returned = 0;
    this.used = 0;
    this.held = 0;
    if (this.said.size > 0) this.said.clear();
  }

  /** Words in use: what bench/ measures. */
  get words(): number {
    return this.n;
  }

  private grow(): void {
    const bigger = new Int32Array(this.ints.length * 2);
    bigger.set(this.ints);
    this.ints = bigger;
    this.limit = bigger.length - MOST;
  }

  private keep(value: unknown): number {
    this.values[this.held] = value;
    return this.held++;
  }

  private store(op: number, value: unknown): void {
    if (this.n > this.limit) this.grow();
    this.ints[this.n++] = op | (this.keep(value) << 4);
  }

  enter(id: number, argc: number): void {
    if (this.n > this.limit) this.grow();
    this.ints[this.n++] = ENTER | (id << 4);
    this.ints[this.n++] = argc;
  }

  /** An argument, or a returned value. Small, so that V8 copies it into every traced call: what is rare is in `other`. */
  arg(v: unknown): void {
    if (typeof v === "number" && v < SMALL && v >= -SMALL && (v | 0) === v) this.ints[this.n++] = v << 3;
    else this.other(v);
  }

  private other(v: unknown): void {
    if (typeof v === "object") {
      if (v === null) this.ints[this.n++] = OBJ;
      else if (typeof (v as Named).oid === "number") this.object((v as Named).oid);
      else if (typeof (v as Plainable).plain === "function") this.value((v as Plainable).plain());
      else this.ints[this.n++] = OPAQUE;
    } else if (v === undefined) this.ints[this.n++] = NONE;
    else if (typeof v === "number") this.number(v);
    else if (typeof v === "boolean") this.ints[this.n++] = (v ? 1 : 0) << 3;
    else if (typeof v === "function") this.value((v as unknown as Traced).sym?.name ?? "…");
    else this.value(v);
  }

  private object(id: number): void {
    if (id < SMALL) this.ints[this.n++] = (id << 3) | OBJ;
    else {
      this.wide(OBJ_WIDE, id | 0);
      this.ints[this.n++] = Math.floor(id / WORD);
    }
  }

  private number(v: number): void {
    if ((v | 0) === v) this.wide(INT_WIDE, v);
    else if (v >>> 0 === v) this.wide(UINT_WIDE, v | 0);
    // For ever (MAX_SCHEDULE_TIMEOUT) is no number that JSON could hold.
    else this.value(v === Number.POSITIVE_INFINITY ? "LONG_MAX" : v);
  }

  private wide(tag: number, word: number): void {
    this.ints[this.n++] = tag;
    this.ints[this.n++] = word;
  }

  private value(v: unknown): void {
    this.ints[this.n++] = (this.keep(v) << 3) | VAL;
  }

  exit(id: number, v: unknown): void {
    if (this.n > this.limit) this.grow();
    this.ints[this.n++] = EXIT | (id << 4);
    this.arg(v);
  }

  note(text: string, facts: Facts | undefined): void {
    if (this.n > this.limit) this.grow();
    this.ints[this.n++] = NOTE | (this.keep(text) << 4);
    this.ints[this.n++] = facts === undefined ? -1 : this.keep(facts);
  }

  /** What becomes of packet number `packet` (0: a call that made none). */
  fate(what: Fate, packet: number, text: string, facts?: Facts, details?: FateDetails): void {
    if (this.n > this.limit) this.grow();
    this.ints[this.n++] = FATE | (this.keep(text) << 4);
    this.ints[this.n++] = FATES.indexOf(what);
    this.ints[this.n++] = packet;
    this.ints[this.n++] = details?.about?.pkt ?? 0;
    this.ints[this.n++] = details?.errno ?? 0;
    this.arg(details?.sk ?? null);
    this.ints[this.n++] = details?.by?.sym.id ?? -1;
    this.ints[this.n++] = details?.reason === undefined ? -1 : this.keep(details.reason);
    this.ints[this.n++] = facts === undefined ? -1 : this.keep(facts);
  }

  dump(label: string, bytes: Uint8Array, from: number, to: number): void {
    if (this.n > this.limit) this.grow();
    this.ints[this.n++] = DUMP | (this.keep(label) << 4);
    this.ints[this.n++] = from;
    this.copy(bytes, from, to);
  }

  /** Keep `b[from, to)`; its place and length are the next two words. */
  private copy(b: Uint8Array, from: number, to: number): void {
    const length = Math.max(0, Math.min(to, b.length) - from);
    if (this.used + length > this.bytes.length) {
      const bigger = new Uint8Array(Math.max(this.bytes.length * 2, this.used + length));
      bigger.set(this.bytes.subarray(0, this.used));
      this.bytes = bigger;
    }
    this.ints[this.n++] = this.used;
    this.ints[this.n++] = length;
    // A typed array's set() costs more than it copies for a header's few bytes.
    if (length > 64) this.bytes.set(b.subarray(from, to), this.used);
    else for (let i = 0; i < length; i++) this.bytes[this.used + i] = b[from + i] as number;
    this.used += length;
  }

  count(name: string, by: number): void {
    if (this.n > this.limit) this.grow();
    this.ints[this.n++] = COUNT | (this.keep(name) << 4);
    this.ints[this.n++] = by;
  }

  context(name: string, on: boolean): void {
    if (this.n > this.limit) this.grow();
    this.ints[this.n++] = CONTEXT | (this.keep(name) << 4);
    this.ints[this.n++] = on ? 1 : 0;
  }

  /** A context begins of which it may be that nothing is told: the place to give {@link contextOff}. */
  contextOn(name: string): number {
    this.context(name, true);
    return this.n;
  }

  /** It ends; if nothing was told of it, it never began. */
  contextOff(name: string, begun: number): void {
    const empty = this.n === begun;
    this.context(name, false);
    if (!empty) return;
    this.n = begun - CONTEXT_WORDS;
    this.held -= 2;
  }

  /** Nothing ran for `ms` milliseconds. */
  clock(ms: number): void {
    if (this.n > this.limit) this.grow();
    this.ints[this.n++] = CLOCK;
    this.ints[this.n++] = ms;
  }

  syscall(name: string, args: Readonly<Record<string, Plain>>): void {
    this.store(SYSCALL, [name, args]);
  }

  sysret(name: string, ret: number, out?: Readonly<Record<string, Plain>>): void {
    this.store(SYSRET, [name, ret, out]);
    this.returned = this.n;
  }

  packet(
    dev: string,
    type: number,
    status: number,
    bytes: Uint8Array,
    from = 0,
    to: number = bytes.length,
    packet = 0,
    raw = false,
  ): void {
    if (this.n > this.limit) this.grow();
    this.ints[this.n++] = PACKET | (this.keep(dev) << 4);
    this.ints[this.n++] = packet;
    this.ints[this.n++] = raw ? type | RAW_LINK : type;
    this.ints[this.n++] = status;
    this.copy(bytes, from, to);
  }

  private name(id: number): string {
    return this.said.get(id) ?? this.say(id);
  }

  /** How an object is called: most are named many times in a call. */
  private say(id: number): string {
    const named = this.objectNames.get(id);
    const name = named !== undefined ? printable(named) : `${KINDS[id % MOST_KINDS]}#${objectSeq(id)}`;
    this.said.set(id, name);
    return name;
  }

  private read(cursor: Cursor): Value {
    const word = this.ints[cursor.at++] as number;
    const payload = word >> 3;
    switch (word & 7) {
      case INT:
        return payload;
      case OBJ:
        return payload === 0 ? null : this.name(payload);
      case VAL:
        return shown(this.values[payload] as Value);
      case INT_WIDE:
        return this.ints[cursor.at++] as number;
      case UINT_WIDE:
        return (this.ints[cursor.at++] as number) >>> 0;
      case OBJ_WIDE: {
        const low = (this.ints[cursor.at++] as number) >>> 0;
        return this.name((this.ints[cursor.at++] as number) * WORD + low);
      }
      default:
        return "…";
    }
  }

  /** The recording as events. Frames left open by a panic are not closed: the last event tells. */
  events(): TraceEvent[] {
    return this.between(0, this.n);
  }

  /** What happened up to the return of a system call, if one has returned. */
  call(): TraceEvent[] {
    return this.between(0, this.returned === 0 ? this.n : this.returned);
  }

  /** What happened after the return of a system call. */
  after(): TraceEvent[] {
    return this.returned === 0 ? [] : this.between(this.returned, this.n);
  }

  /** …is told: forget it. */
  forgetAfter(): void {
    if (this.returned !== 0) this.n = this.returned;
  }

  private between(from: number, to: number): TraceEvent[] {
    const { ints, values } = this;
    const events: TraceEvent[] = [];
    const stack: string[] = [];
    const cursor: Cursor = { at: from };
    const next = (): number => ints[cursor.at++] as number;
    while (cursor.at < to) {
      const word = next();
      const payload = word >>> 4;
      const depth = stack.length;
      const fn = stack[depth - 1] ?? "";
      switch (word & 15) {
        case ENTER: {
          const sym = SYMBOLS[payload];
          if (sym === undefined) throw new Error(`recording names symbol ${payload}, which is not loaded`);
          const { name, params, file, inline } = sym;
          const argc = next();
          const args: Record<string, Value> = {};
          for (let a = 0; a < argc; a++) args[params[a] ?? `arg${a}`] = this.read(cursor);
          stack.push(name);
          events.push({ ev: "enter", fn: name, file, inline, depth, args });
          break;
        }
        case EXIT: {
          stack.pop();
          const isVoid = ints[cursor.at] === NONE;
          const ret = this.read(cursor);
          events.push(
            isVoid ? { ev: "exit", fn, depth: depth - 1 } : { ev: "exit", fn, depth: depth - 1, ret },
          );
          break;
        }
        case NOTE: {
          const text = values[payload] as string;
          const at = next();
          const facts = at < 0 ? undefined : (values[at] as Facts);
          events.push(
            facts === undefined
              ? { ev: "note", fn, depth, text }
              : { ev: "note", fn, depth, text, facts: shown(facts) as Facts },
          );
          break;
        }
        case DUMP: {
          const at = next();
          const from = next();
          const hex = toHex(this.bytes.subarray(from, from + next()));
          events.push({ ev: "dump", fn, depth, label: values[payload] as string, at, hex });
          break;
        }
        case COUNT:
          events.push({ ev: "count", fn, depth, name: printable(values[payload] as string), by: next() });
          break;
        case CONTEXT:
          events.push({ ev: "context", depth, name: values[payload] as string, on: next() === 1 });
          break;
        case CLOCK:
          events.push({ ev: "clock", fn, depth, ms: next() });
          break;
        case SYSCALL: {
          const [name, args] = values[payload] as [string, Record<string, Value>];
          events.push({ ev: "syscall", name, args });
          break;
        }
        case SYSRET: {
          const [name, ret, out] = values[payload] as [string, number, Record<string, Value> | undefined];
          events.push(out === undefined ? { ev: "sysret", name, ret } : { ev: "sysret", name, ret, out });
          break;
        }
        case FATE:
          events.push(this.toldFate(fn, depth, values[payload] as string, cursor, next));
          break;
        case PACKET: {
          const packet = next();
          const word = next();
          const type = word & ~RAW_LINK;
          const link: { link?: "raw" } = word === type ? {} : { link: "raw" };
          const status = next();
          const from = next();
          const hex = toHex(this.bytes.subarray(from, from + next()));
          const dev = printable(values[payload] as string);
          const which = packet === 0 ? {} : { packet: packetName(packet) };
          events.push({ ev: "packet", fn, depth, dev, ...which, ...link, type, status, hex });
          break;
        }
        default:
          throw new Error(`recording is damaged at word ${cursor.at - 1}`);
      }
    }
    return events;
  }

  private toldFate(fn: string, depth: number, text: string, cursor: Cursor, next: () => number): FateEvent {
    const fate = FATES[next()] as Fate;
    const [packet, about, errno] = [next(), next(), next()];
    const socket = this.read(cursor);
    const [by, reason, facts] = [next(), next(), next()];
    const decider = by < 0 ? undefined : SYMBOLS[by];
    return {
      ev: "fate",
      fn,
      depth,
      fate,
      ...(packet === 0 ? {} : { packet: packetName(packet) }),
      ...(about === 0 ? {} : { about: packetName(about) }),
      ...(reason < 0 ? {} : { reason: this.values[reason] as string }),
      ...(errno === 0 ? {} : { errno }),
      ...(socket === null ? {} : { socket: String(socket) }),
      ...(decider === undefined ? {} : { by: decider.name, file: decider.file }),
      text,
      ...(facts < 0 ? {} : { facts: shown(this.values[facts] as Facts) as Facts }),
    };
  }

  [Symbol.iterator](): Iterator<TraceEvent> {
    return this.events()[Symbol.iterator]();
  }
}
