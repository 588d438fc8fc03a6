// SPDX-License-Identifier: GPL-2.0-only
/**
 * The JSON schema of one line of a saved trace: what other programs check one with, before they rely on its fields. What the
 * program itself checks (src/capture/shape.ts) agrees with it, and more: a schema knows no order of lines.
 */
import { TRACE_VERSION } from "./event.ts";
import { FATES } from "./fate.ts";

type Schema = { readonly [keyword: string]: unknown };

const text: Schema = { type: "string" };
const flag: Schema = { type: "boolean" };
const whole: Schema = { type: "integer" };
const upTo = (maximum: number): Schema => ({ type: "integer", minimum: 0, maximum });
const matching = (pattern: string, description: string): Schema => ({ type: "string", pattern, description });
const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` });

const FUNCTION = "^[\\w.$]{1,128}$";
const DEFS: Schema = {
  plain: {
    description:
      "a plain value; numbers are in host byte order, payload text has one character per byte (latin-1)",
    anyOf: [
      { type: ["string", "number", "boolean", "null"] },
      { type: "array", items: ref("plain") },
      { type: "object", additionalProperties: ref("plain") },
    ],
  },
  values: { type: "object", additionalProperties: ref("plain") },
  depth: { ...upTo(300), description: "depth of the call stack at the event" },
  hex: matching("^(?:[0-9a-fA-F]{2})*$", "bytes"),
  function: matching(FUNCTION, "a kernel function"),
  caller: matching("^[\\w.$]{0,128}$", "the innermost function; empty outside of all traced functions"),
  file: matching("^(?:\\w[\\w./+-]{0,255})?$", "its path in the Linux tree; empty if unknown"),
  packet: matching("^pkt#\\d{1,15}$", "one name for a datagram, its copies and its fragments"),
};

/** One kind of event: fields whose names begin with `?` may be absent. */
function kind(ev: string, description: string, fields: Readonly<Record<string, Schema>>): Schema {
  const entries = Object.entries(fields);
  return {
    description,
    type: "object",
    properties: {
      ev: { const: ev },
      ...Object.fromEntries(entries.map(([name, schema]) => [name.replace(/^\?/, ""), schema])),
    },
    required: ["ev", ...entries.flatMap(([name]) => (name.startsWith("?") ? [] : [name]))],
  };
}

const inCall = { fn: ref("caller"), depth: ref("depth") };

const KINDS: readonly Schema[] = [
  kind("machine", "the first event of a session: which kernel", {
    "?version": { const: TRACE_VERSION },
    uname: text,
    network: text,
    seed: upTo(0xffffffff),
    "?recorded": text,
    "?simulated": flag,
  }),
  kind("state", "the second event of a session and its last: counters, and files of /proc/net", {
    when: { enum: ["before", "after"] },
    counters: { type: "object", additionalProperties: whole },
    proc: { type: "object", additionalProperties: text },
  }),
  kind("syscall", "a system call begins", {
    name: ref("function"),
    "?pid": upTo(0x3fffff),
    args: ref("values"),
  }),
  kind("sysret", "it returns: the value, or -errno", {
    name: ref("function"),
    ret: whole,
    "?unknown": flag,
    "?out": ref("values"),
  }),
  kind("enter", "a kernel function is entered", {
    fn: ref("function"),
    file: ref("file"),
    inline: flag,
    depth: ref("depth"),
    args: ref("values"),
  }),
  kind("exit", "the function returns; without ret it is void", {
    fn: ref("function"),
    depth: ref("depth"),
    "?ret": ref("plain"),
  }),
  kind("note", "why the function turned as it did", { ...inCall, text, "?facts": ref("values") }),
  kind("fate", "what becomes of a packet, or of a call that made none", {
    ...inCall,
    fate: { enum: [...FATES] },
    "?packet": ref("packet"),
    "?about": ref("packet"),
    "?reason": matching("^[A-Z][A-Z0-9_]{1,39}$", "a word of enum skb_drop_reason"),
    "?errno": upTo(4095),
    "?socket": text,
    "?by": ref("function"),
    "?file": ref("file"),
    text,
    "?facts": ref("values"),
  }),
  kind("dump", "bytes that were just written", {
    ...inCall,
    label: text,
    at: upTo(0xfffff),
    hex: ref("hex"),
  }),
  kind("count", "a counter moved", { ...inCall, name: text, by: whole }),
  kind("clock", "time passed in which nothing ran, in milliseconds", { ...inCall, ms: upTo(0x7fffffff) }),
  kind("context", "a softirq, a timer, a sleep begins or ends on top of the stack", {
    depth: ref("depth"),
    name: text,
    on: flag,
  }),
  kind("packet", "a frame as seen by a packet tap on the device", {
    ...inCall,
    dev: text,
    "?packet": ref("packet"),
    "?link": { const: "raw" },
    type: upTo(255),
    status: upTo(0xffff),
    hex: ref("hex"),
  }),
  kind("verdict", "after a call, or after what happened between two: what became of the datagram, in words", {
    "?outcome": text,
    "?of": text,
    what: text,
    "?more": {
      type: "array",
      items: { type: "object", properties: { outcome: text, of: text, what: text }, required: ["what"] },
    },
    "?decided": {
      type: "object",
      properties: { fn: ref("function"), file: ref("file"), why: text, values: text },
      required: ["fn", "file", "why"],
    },
    change: { type: "array", items: text },
  }),
];

/** JSON Schema (2020-12) of one event; fields that it does not name may come with any version. */
export const TRACE_SCHEMA: Schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: `urn:nettrace:trace:${TRACE_VERSION}`,
  title: `nettrace trace, version ${TRACE_VERSION}`,
  description: "One line of a trace: nettrace writes one JSON object per line (--format json).",
  oneOf: KINDS,
  $defs: DEFS,
};
