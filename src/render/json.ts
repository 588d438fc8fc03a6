// SPDX-License-Identifier: GPL-2.0-only
/** JSON Lines: one event, one line; what it writes reads back as the same trace. */
import type { TraceEvent, Value } from "../trace/event.ts";
import { memo } from "../trace/memo.ts";
import type { Out, Renderer } from "./format.ts";

type Values = Readonly<Record<string, Value>>;

/** The format: all events of all pieces, in order. */
export function json(out: Out): Renderer {
  return {
    head: (machine, before) => out.write(jsonLine(machine) + jsonLine(before)),
    step({ events, verdict }) {
      for (const event of events) out.write(jsonLine(event));
      if (verdict !== null) out.write(jsonLine(verdict));
    },
    end: (after) => out.write(jsonLine(after)),
  };
}

/**
 * An event as its line, with the newline: what JSON.stringify writes. Nine of ten are of four kinds, whose lines are
 * put together by hand.
 */
export function jsonLine(event: TraceEvent): string {
  switch (event.ev) {
    case "enter": {
      const { fn, file, inline, depth, args } = event;
      return `${entered(fn)}${inline ? inlined(file) : traced(file)}${depth},"args":${object(args)}}\n`;
    }
    case "exit": {
      const { fn, depth, ret } = event;
      return ret === undefined ? `${left(fn)}${depth}}\n` : `${left(fn)}${depth},"ret":${text(ret)}}\n`;
    }
    case "count":
      return `${counted(event.fn)}${event.depth}${counter(event.name)}${event.by}}\n`;
    case "note": {
      const { fn, depth, text: why, facts } = event;
      return `${noted(fn)}${depth}${reason(why)}${facts === undefined ? "" : `,"facts":${object(facts)}`}}\n`;
    }
    default:
      return `${any(event)}\n`;
  }
}

const entered = memo((fn) => `{"ev":"enter","fn":${any(fn)},"file":`);
const traced = memo((file) => `${any(file)},"inline":false,"depth":`);
const inlined = memo((file) => `${any(file)},"inline":true,"depth":`);
const left = memo((fn) => `{"ev":"exit","fn":${any(fn)},"depth":`);
const counted = memo((fn) => `{"ev":"count","fn":${any(fn)},"depth":`);
const counter = memo((name) => `,"name":${any(name)},"by":`);
const noted = memo((fn) => `{"ev":"note","fn":${any(fn)},"depth":`);
const reason = memo((why) => `,"text":${any(why)}`);
const first = memo((name) => `{${any(name)}:`);
const next = memo((name) => `,${any(name)}:`);

function object(values: Values): string {
  let all = "";
  for (const name in values) all += (all === "" ? first : next)(name) + text(values[name] as Value);
  return all === "" ? "{}" : `${all}}`;
}

/** What not every JSON text may hold as it stands. */
const SPECIAL = /[^ !#-[\]-~]/;

function text(value: Value): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "null";
  if (typeof value === "string") return SPECIAL.test(value) ? any(value) : `"${value}"`;
  if (typeof value === "boolean" || value === null) return String(value);
  return Array.isArray(value) ? any(value) : object(value as Values);
}

/** Controls that JSON lets stand as they are, and that a terminal would obey: DEL and C1. */
const CONTROLS = /[\x7f-\x9f]/g;

function any(value: unknown): string {
  return JSON.stringify(value).replace(CONTROLS, escaped);
}

function escaped(control: string): string {
  return `\\u00${control.charCodeAt(0).toString(16)}`;
}

/** The event of one line. Throws SyntaxError on what is no event; the message says what was expected. */
export function parseLine(line: string): TraceEvent {
  const value: unknown = JSON.parse(line);
  if (typeof value !== "object" || value === null || !("ev" in value)) {
    throw new SyntaxError('expected an event: an object with "ev"');
  }
  return value as TraceEvent;
}
