// SPDX-License-Identifier: GPL-2.0-only
/** What each kind of event must look like, field by field: a trace that a stranger wrote must not upset a renderer. */
import { TRACE_VERSION } from "../trace/event.ts";
import { FATES } from "../trace/fate.ts";
import { isPrintable, printable } from "../trace/printable.ts";

/** Something about an event that is not as it must be, and where in it. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** What was written, and what is known: for the nearest match. */
  readonly word?: string;
  readonly known?: readonly string[];
}

/** What a value must be, in words, or null where it is; a deeper fault comes as a problem of its own. */
type Check = (value: unknown, path: Problem["path"]) => string | Problem | null;

/** Calls nest no deeper: no kernel stack has room for more, el6's is 8 KiB. */
export const MAX_DEPTH = 300;
/** Levels of objects and lists in one value. */
const MAX_LEVELS = 8;

const matching =
  (pattern: RegExp, expected: string): Check =>
  (v) =>
    typeof v === "string" && pattern.test(v) ? null : expected;

const text: Check = (v) =>
  typeof v === "string" && isPrintable(v) ? null : "text without control characters";
const raw: Check = (v) => (typeof v === "string" ? null : "text");
const flag: Check = (v) => (typeof v === "boolean" ? null : "true or false");
const whole: Check = (v) => (Number.isSafeInteger(v) ? null : "a whole number");
/** A whole number from 0 to a bound: renderers may count up to it. */
const upTo =
  (max: number): Check =>
  (v) =>
    Number.isInteger(v) && (v as number) >= 0 && (v as number) <= max
      ? null
      : `a whole number from 0 to ${max}`;
const depth = upTo(MAX_DEPTH);
/** No buffer of a datagram is larger. */
const offset = upTo(0xfffff);
const hex: Check = (v) =>
  typeof v === "string" && v.length % 2 === 0 && !/[^0-9a-fA-F]/.test(v)
    ? null
    : "pairs of hexadecimal digits";
const identifier = matching(/^[\w.$]{1,128}$/, "a function name");
const caller = matching(/^[\w.$]{0,128}$/, "a function name, or an empty string");
const file = matching(/^(?!.*\.\.)(?:[\w][\w./+-]{0,255})?$/, "a path in the Linux tree, or an empty string");
const packet = matching(/^pkt#\d{1,15}$/, "a packet such as pkt#3");
const reason = matching(/^[A-Z][A-Z0-9_]{1,39}$/, "a reason such as NO_SOCKET");
/** Up to 15 bytes, each of which may be escaped. */
const device: Check = (v) =>
  typeof v === "string" && /^[^\s/]{1,120}$/.test(v) && isPrintable(v) ? null : "a device name";
const counter: Check = (v) =>
  typeof v === "string" && /^[!-~]{1,16}[.:]\S{1,150}$/.test(v) && isPrintable(v)
    ? null
    : "a counter such as Udp.NoPorts";

/** Another one means something else by the same words. */
const version: Check = (v) =>
  v === TRACE_VERSION ? null : `${TRACE_VERSION}, the version of traces that this nettrace reads`;

/** One of a few words. */
const among =
  (...words: readonly string[]): Check =>
  (v) =>
    words.includes(v as string) ? null : words.map((w) => JSON.stringify(w)).join(" or ");

/** A plain value: numbers, texts as `string` allows them, lists and objects of those. */
const plain =
  (string: Check, level = 0): Check =>
  (v, path) => {
    if (typeof v === "string") return string(v, path);
    if (typeof v === "number") return Number.isFinite(v) ? null : "a finite number";
    if (typeof v !== "object" || v === null) return null;
    if (level >= MAX_LEVELS) return `at most ${MAX_LEVELS} levels of lists and objects`;
    const inner = plain(string, level + 1);
    return each(v, path, Array.isArray(v) ? null : text, inner);
  };

/** An object whose names and values are as they should be. */
const record =
  (name: Check, value: Check): Check =>
  (v, path) =>
    typeof v === "object" && v !== null && !Array.isArray(v) ? each(v, path, name, value) : "an object";

function each(v: object, path: Problem["path"], name: Check | null, value: Check): Problem | null {
  for (const [key, item] of Object.entries(v)) {
    const at = [...path, name === null ? Number(key) : key];
    const wrong = name?.(key, at);
    if (wrong) return { path: at, message: `the name ${quote(key)}: expected ${wrong}` };
    const problem = fault(value, item, at);
    if (problem !== null) return problem;
  }
  return null;
}

const list =
  (item: Check): Check =>
  (v, path) =>
    Array.isArray(v) ? each(v, path, null, item) : "a list";

/** A part of memory of a call with several: its bytes, and how many. */
const iovec: Check = (v, path) =>
  typeof v === "object" && v !== null && !Array.isArray(v) ? plain(raw)(v, path) : "an object";

/** Arguments of a system call: text may hold any byte, since strace lines quote it. */
const callArgs: Check = (v, path) => {
  const iov = (v as { iov?: unknown } | null)?.iov;
  if (Array.isArray(iov)) {
    const problem = list(iovec)(iov, [...path, "iov"]);
    if (problem !== null) return problem;
  }
  return record(text, plain(raw))(v, path);
};

const values = record(text, plain(text));
const procText: Check = (v) =>
  typeof v === "string" && isPrintable(v.replace(/[\n\t]/g, " ")) ? null : "text without control characters";
const procPath = matching(/^\/proc(?:\/(?!\.)[\w.@-]{1,64}){1,8}$/, "a path in /proc");

const decided: Check = (v, path) => {
  if (typeof v !== "object" || v === null) return "an object";
  return fields({ fn: identifier, file, why: text, "?values": text }, v as Record<string, unknown>, path);
};

const end: Check = (v, path) => {
  if (typeof v !== "object" || v === null) return "an object";
  return fields({ "?outcome": text, "?of": text, what: text }, v as Record<string, unknown>, path);
};

const inCall = { fn: caller, depth };

/** Every kind of event: its fields; those that begin with `?` may be absent. */
const EVENTS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  machine: {
    "?version": version,
    uname: text,
    network: text,
    seed: upTo(0xffffffff),
    "?recorded": text,
    "?simulated": flag,
  },
  state: {
    when: among("before", "after"),
    counters: record(counter, whole),
    proc: record(procPath, procText),
  },
  verdict: {
    "?outcome": text,
    "?of": text,
    what: text,
    "?more": list(end),
    "?decided": decided,
    change: list(text),
  },
  syscall: { name: identifier, "?pid": upTo(0x3fffff), args: callArgs },
  sysret: { name: identifier, ret: whole, "?unknown": flag, "?out": record(text, plain(raw)) },
  enter: { fn: identifier, file, inline: flag, depth, args: values },
  exit: { fn: identifier, depth, "?ret": plain(text) },
  note: { ...inCall, text, "?facts": values },
  fate: {
    ...inCall,
    fate: among(...FATES),
    "?packet": packet,
    "?about": packet,
    "?reason": reason,
    "?errno": upTo(4095),
    "?socket": text,
    "?by": identifier,
    "?file": file,
    text,
    "?facts": values,
  },
  dump: { ...inCall, label: text, at: offset, hex },
  count: { ...inCall, name: counter, by: whole },
  clock: { ...inCall, ms: upTo(0x7fffffff) },
  context: { depth, name: text, on: flag },
  packet: {
    ...inCall,
    dev: device,
    "?packet": packet,
    "?link": among("raw"),
    type: upTo(255),
    status: upTo(0xffff),
    hex,
  },
};

const KINDS = Object.keys(EVENTS);

/** What keeps a value from being an event, or null. */
export function shapeProblem(value: unknown): Problem | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { path: [], message: `found ${quote(value)}: expected an event, {"ev": …}` };
  }
  const event = value as Record<string, unknown>;
  const ev = event["ev"];
  if (ev === undefined)
    return { path: [], message: 'expected an event, but there is no "ev" in this object' };
  const shape = typeof ev === "string" && Object.hasOwn(EVENTS, ev) ? EVENTS[ev] : undefined;
  if (shape !== undefined) return fields(shape, event, []);
  const known = `expected one of ${KINDS.join(", ")}`;
  const meant = typeof ev === "string" ? { word: ev, known: KINDS } : {};
  return { path: ["ev"], message: `"ev" is ${quote(ev)}: ${known}`, ...meant };
}

function fields(
  shape: Readonly<Record<string, Check>>,
  object: Record<string, unknown>,
  path: Problem["path"],
): Problem | null {
  for (const key in shape) {
    const optional = key.startsWith("?");
    const name = optional ? key.slice(1) : key;
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    if (value === undefined && optional) continue;
    const problem = fault(shape[key] as Check, value, [...path, name]);
    if (problem !== null) return problem;
  }
  return null;
}

function fault(check: Check, value: unknown, path: Problem["path"]): Problem | null {
  const wrong = check(value, path);
  if (wrong === null || typeof wrong === "object") return wrong;
  const name = JSON.stringify(path.at(-1));
  if (value === undefined)
    return { path: path.slice(0, -1), message: `${name} is missing: expected ${wrong}` };
  return { path, message: `${name} is ${quote(value)}: expected ${wrong}` };
}

/** A value as it was written, cut where it is long. */
function quote(value: unknown): string {
  const written = printable(JSON.stringify(outline(value, MAX_LEVELS)) ?? String(value));
  return written.length > 40 ? `${written.slice(0, 37)}…` : written;
}

/** A value of so many levels: JSON.stringify has no more stack than anybody. */
function outline(value: unknown, levels: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (levels === 0) return "…";
  const inner = (v: unknown): unknown => outline(v, levels - 1);
  if (Array.isArray(value)) return value.slice(0, QUOTED).map(inner);
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, QUOTED)
      .map(([k, v]) => [k, inner(v)]),
  );
}

/** More elements than that are never quoted. */
const QUOTED = 40;
