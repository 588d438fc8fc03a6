// SPDX-License-Identifier: GPL-2.0-only
/**
 * `traced` and its company: how a kernel function says that it was called, why it turned, what it wrote.
 * With no recorder on the machine each costs one null check.
 */
import type { DropReason, Fate, FateDetails, Tagged } from "./fate.ts";
import type { Facts } from "./plain.ts";
import type { Recorder } from "./record.ts";
import { defineSymbol, type Sym, type Traced } from "./symbol.ts";

/** The part of a machine that tracing needs. */
export interface Tracee {
  /** The listener, or null when nobody listens. */
  rec: Recorder | null;
}

// biome-ignore lint/suspicious/noExplicitAny: the wrapper is generic over every kernel signature
type KernelFn = (k: any, ...args: any[]) => any;

// One closure per arity: a rest parameter costs five times the call (docs/performance.md).
// biome-ignore format: one line an arity
function wrap(sym: Sym, fn: KernelFn): KernelFn {
  const id = sym.id;
  switch (fn.length) {
    case 0: case 1: return (k: Tracee) => { const r = k.rec; if (r === null) return fn(k); r.enter(id, 0); const v = fn(k); r.exit(id, v); return v; };
    case 2: return (k: Tracee, a: unknown) => { const r = k.rec; if (r === null) return fn(k, a); r.enter(id, 1); r.arg(a); const v = fn(k, a); r.exit(id, v); return v; };
    case 3: return (k: Tracee, a: unknown, b: unknown) => { const r = k.rec; if (r === null) return fn(k, a, b); r.enter(id, 2); r.arg(a); r.arg(b); const v = fn(k, a, b); r.exit(id, v); return v; };
    case 4: return (k: Tracee, a: unknown, b: unknown, c: unknown) => { const r = k.rec; if (r === null) return fn(k, a, b, c); r.enter(id, 3); r.arg(a); r.arg(b); r.arg(c); const v = fn(k, a, b, c); r.exit(id, v); return v; };
    case 5: return (k: Tracee, a: unknown, b: unknown, c: unknown, d: unknown) => { const r = k.rec; if (r === null) return fn(k, a, b, c, d); r.enter(id, 4); r.arg(a); r.arg(b); r.arg(c); r.arg(d); const v = fn(k, a, b, c, d); r.exit(id, v); return v; };
    case 6: return (k: Tracee, a: unknown, b: unknown, c: unknown, d: unknown, e: unknown) => { const r = k.rec; if (r === null) return fn(k, a, b, c, d, e); r.enter(id, 5); r.arg(a); r.arg(b); r.arg(c); r.arg(d); r.arg(e); const v = fn(k, a, b, c, d, e); r.exit(id, v); return v; };
    case 7: return (k: Tracee, a: unknown, b: unknown, c: unknown, d: unknown, e: unknown, f: unknown) => { const r = k.rec; if (r === null) return fn(k, a, b, c, d, e, f); r.enter(id, 6); r.arg(a); r.arg(b); r.arg(c); r.arg(d); r.arg(e); r.arg(f); const v = fn(k, a, b, c, d, e, f); r.exit(id, v); return v; };
    case 8: return (k: Tracee, a: unknown, b: unknown, c: unknown, d: unknown, e: unknown, f: unknown, g: unknown) => { const r = k.rec; if (r === null) return fn(k, a, b, c, d, e, f, g); r.enter(id, 7); r.arg(a); r.arg(b); r.arg(c); r.arg(d); r.arg(e); r.arg(f); r.arg(g); const v = fn(k, a, b, c, d, e, f, g); r.exit(id, v); return v; };
    case 9: return (k: Tracee, a: unknown, b: unknown, c: unknown, d: unknown, e: unknown, f: unknown, g: unknown, h: unknown) => { const r = k.rec; if (r === null) return fn(k, a, b, c, d, e, f, g, h); r.enter(id, 8); r.arg(a); r.arg(b); r.arg(c); r.arg(d); r.arg(e); r.arg(f); r.arg(g); r.arg(h); const v = fn(k, a, b, c, d, e, f, g, h); r.exit(id, v); return v; };
    case 10: return (k: Tracee, a: unknown, b: unknown, c: unknown, d: unknown, e: unknown, f: unknown, g: unknown, h: unknown, i: unknown) => { const r = k.rec; if (r === null) return fn(k, a, b, c, d, e, f, g, h, i); r.enter(id, 9); r.arg(a); r.arg(b); r.arg(c); r.arg(d); r.arg(e); r.arg(f); r.arg(g); r.arg(h); r.arg(i); const v = fn(k, a, b, c, d, e, f, g, h, i); r.exit(id, v); return v; };
    case 11: return (k: Tracee, a: unknown, b: unknown, c: unknown, d: unknown, e: unknown, f: unknown, g: unknown, h: unknown, i: unknown, j: unknown) => { const r = k.rec; if (r === null) return fn(k, a, b, c, d, e, f, g, h, i, j); r.enter(id, 10); r.arg(a); r.arg(b); r.arg(c); r.arg(d); r.arg(e); r.arg(f); r.arg(g); r.arg(h); r.arg(i); r.arg(j); const v = fn(k, a, b, c, d, e, f, g, h, i, j); r.exit(id, v); return v; };
    default: return (k: Tracee, ...args: unknown[]) => { const r = k.rec; if (r === null) return fn(k, ...args); r.enter(id, args.length); for (const a of args) r.arg(a); const v = fn(k, ...args); r.exit(id, v); return v; };
  }
}

function define<F extends KernelFn>(file: string, signature: string, fn: F, inline: boolean): F & Traced {
  const sym = defineSymbol(file, signature, inline);
  const wrapped = wrap(sym, fn) as F & { sym: Sym };
  wrapped.sym = sym;
  return wrapped;
}

/**
 * Make a kernel function traced. `signature` repeats name and parameters as text, because neither survives
 * bundling or bytecode; test/trace/signatures.test.ts holds the two together.
 */
export function traced<F extends KernelFn>(file: string, signature: string, fn: F): F & Traced {
  return define(file, signature, fn, false);
}

/** As {@link traced}, for what the stock kernel's compiler inlines: ftrace on a real el6 would not show it. */
export function inlined<F extends KernelFn>(file: string, signature: string, fn: F): F & Traced {
  return define(file, signature, fn, true);
}

/** Say why, inside the branch that was taken: constant text, facts beside it. */
export function note(k: Tracee, text: string, facts?: Facts): void {
  k.rec?.note(text, facts);
}

/**
 * Show bytes that have just been written: `bytes[from, to)` under a name that `wire/` knows the fields of
 * (`"udp header"`, `"ip header"`, `"ethernet header"`, `"icmp header"`, `"arp packet"`, `"frame"`).
 */
export function dump(k: Tracee, label: string, bytes: Uint8Array, from: number, to: number): void {
  k.rec?.dump(label, bytes, from, to);
}

/** Tell what becomes of a packet. `text` is constant, and empty where a note beside it says the same. */
export function fate(
  k: Tracee,
  what: Fate,
  skb: Tagged | null,
  text: string,
  facts?: Facts,
  details?: FateDetails,
): void {
  k.rec?.fate(what, skb === null ? 0 : skb.pkt, text, facts, details);
}

/** The packet is lost here. The caller still frees it. */
export function drop(k: Tracee, skb: Tagged, reason: DropReason, text: string, facts?: Facts): void {
  k.rec?.fate("dropped", skb.pkt, text, facts, { reason });
}

/**
 * Turn a call down: say why, in the function that decides, and give `value` back. A function that only passes on what
 * another one decided does not say so again: the last refusal in a call is the one that decided.
 */
export function refuse<T>(k: Tracee, value: T, text: string, facts?: Facts): T {
  if (k.rec !== null) {
    const errno = typeof value === "number" && value < 0 ? -value : 0;
    k.rec.fate("refused", 0, text, facts, errno === 0 ? undefined : { errno });
  }
  return value;
}
