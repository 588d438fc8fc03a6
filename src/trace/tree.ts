// SPDX-License-Identifier: GPL-2.0-only
/** A stream of events as the tree that it describes, one system call at a time. */
import type {
  ClockEvent,
  ContextEvent,
  CountEvent,
  DumpEvent,
  EnterEvent,
  FateEvent,
  MachineEvent,
  NoteEvent,
  PacketEvent,
  StateEvent,
  SyscallEvent,
  SysretEvent,
  TraceEvent,
  Value,
  VerdictEvent,
} from "./event.ts";
import { type Layer, layerOf } from "./layer.ts";

/** A function call and all that happened in it, in order of time. */
export interface Call {
  readonly ev: "call";
  readonly fn: string;
  readonly file: string;
  readonly layer: Layer;
  readonly inline: boolean;
  readonly args: { readonly [name: string]: Value };
  readonly body: Item[];
  /** Absent for void, and for a call that never returned (a panic). */
  ret?: Value;
  returned: boolean;
  /** In a selection: so many calls were left out of the body because they went as they had gone before. */
  folded?: number;
  /** Nanoseconds, where a clock has gone through the tree (time.ts). */
  start?: number;
  end?: number;
}

/** A stretch of another context (softirq, timer) inside the caller's stack. */
export interface Context {
  readonly ev: "in";
  readonly name: string;
  readonly body: Item[];
}

/** What a body holds. */
export type Item = Call | Context | NoteEvent | FateEvent | DumpEvent | CountEvent | ClockEvent | PacketEvent;

/** One system call: how it was made, what it returned, what happened inside. */
export interface Syscall {
  /** Absent for what happens between calls: timers, injected frames. */
  readonly call: SyscallEvent | null;
  ret: SysretEvent | null;
  readonly body: Item[];
}

/** Cut a trace at its system calls. What lies between two of them comes with `call: null`. */
export function* syscalls(trace: Iterable<TraceEvent>): Generator<Syscall> {
  let current: Syscall | null = null;
  let stack: Item[][] = [];
  const calls: Call[] = [];
  const open = (call: SyscallEvent | null): Syscall => {
    const s: Syscall = { call, ret: null, body: [] };
    stack = [s.body];
    calls.length = 0;
    return s;
  };
  for (const ev of trace) {
    if (ev.ev === "machine" || ev.ev === "state" || ev.ev === "verdict") continue;
    if (ev.ev === "syscall") {
      if (current !== null) yield current;
      current = open(ev);
      continue;
    }
    current ??= open(null);
    if (ev.ev === "sysret") {
      current.ret = ev;
      yield current;
      current = null;
      continue;
    }
    place(ev, stack, calls);
  }
  if (current !== null) yield current;
}

function place(
  ev: Exclude<TraceEvent, SyscallEvent | SysretEvent | MachineEvent | StateEvent | VerdictEvent>,
  stack: Item[][],
  calls: Call[],
): void {
  const body = stack[stack.length - 1] as Item[];
  switch (ev.ev) {
    case "enter": {
      const call = newCall(ev);
      body.push(call);
      stack.push(call.body);
      calls.push(call);
      return;
    }
    case "exit": {
      const call = calls.pop() as Call;
      if ("ret" in ev && ev.ret !== undefined) call.ret = ev.ret;
      call.returned = true;
      stack.pop();
      return;
    }
    case "context":
      if (ev.on) stack.push(newContext(ev, body).body);
      else stack.pop();
      return;
    default:
      body.push(ev);
  }
}

function newCall(ev: EnterEvent): Call {
  const { fn, file, inline, args } = ev;
  return { ev: "call", fn, file, layer: layerOf(fn, file), inline, args, body: [], returned: false };
}

/** The same call with another body. Field by field: a spread costs many times as much. */
export function withBody(call: Call, body: Item[]): Call {
  const { ev, fn, file, layer, inline, args, returned, ret, folded, start, end } = call;
  const copy: Call = { ev, fn, file, layer, inline, args, body, returned };
  if (ret !== undefined) copy.ret = ret;
  if (folded !== undefined) copy.folded = folded;
  if (start !== undefined) copy.start = start;
  if (end !== undefined) copy.end = end;
  return copy;
}

function newContext(ev: ContextEvent, body: Item[]): Context {
  const context: Context = { ev: "in", name: ev.name, body: [] };
  body.push(context);
  return context;
}

/** Visit every call of a body, parents before children, with its depth. */
export function eachCall(body: readonly Item[], visit: (call: Call, depth: number) => void, depth = 0): void {
  for (const item of body) {
    if (item.ev === "in") eachCall(item.body, visit, depth);
    if (item.ev !== "call") continue;
    visit(item, depth);
    eachCall(item.body, visit, depth + 1);
  }
}

/** Visit every item of a body that is not a call or a context, with the call around it. */
export function eachLeaf(
  body: readonly Item[],
  visit: (item: Exclude<Item, Call | Context>, within: Call | null) => void,
  within: Call | null = null,
): void {
  for (const item of body) {
    if (item.ev === "call") eachLeaf(item.body, visit, item);
    else if (item.ev === "in") eachLeaf(item.body, visit, within);
    else visit(item, within);
  }
}
