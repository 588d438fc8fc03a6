// SPDX-License-Identifier: GPL-2.0-only
/** Which event may follow which: calls nest, a session has a head and an end. */
import type { TraceEvent } from "../trace/event.ts";
import { MAX_DEPTH, type Problem } from "./shape.ts";

type Where = "start" | "machine" | "open" | "returned" | "over";

/** Follows a trace event by event. */
export class Order {
  private where: Where = "start";
  /** The open system call. */
  private call: string | null = null;
  /** Open functions, and contexts with a mark before the name. */
  private readonly stack: string[] = [];

  /** What keeps `event` from standing here, or null. */
  check(event: TraceEvent): Problem | null {
    const wrong = this.head(event) ?? this.depth(event) ?? this.body(event);
    return wrong === null ? null : { path: [this.field], message: wrong };
  }

  /** What the trace still lacks at its end, or null. */
  missing(): string | null {
    if (this.where === "over") return null;
    if (this.where === "start") return "the file is empty: expected a trace as written by --format json";
    return 'the trace ends too early: expected the state "after"; is it truncated?';
  }

  /** Functions that are open: contexts are none. */
  private functions = 0;
  private field = "ev";
  /** What happened between two calls has its verdict, or nothing has happened yet. */
  private told = true;

  /** Has something happened since the last call, outside of any? */
  private between(): boolean {
    return this.call === null && this.stack.length === 0 && !this.told;
  }

  /** Functions of a call are open, and no more will come of them. */
  private stopped(): boolean {
    return this.call !== null && this.stack.length > 0;
  }

  private fail(field: string, message: string): string {
    this.field = field;
    return message;
  }

  private head({ ev }: TraceEvent): string | null {
    if (this.where === "over" && ev === "machine") return null;
    if (this.where === "over")
      return this.fail("ev", 'after the state "after", only another session may begin');
    if (this.where === "start" && ev !== "machine") {
      return this.fail("ev", `a trace begins with "machine", not with ${JSON.stringify(ev)}`);
    }
    if (this.where === "machine" && ev !== "state") {
      return this.fail("ev", `"machine" is followed by the state "before", not by ${JSON.stringify(ev)}`);
    }
    if (this.where !== "start" && ev === "machine")
      return this.fail("ev", 'a second "machine" in one session');
    return null;
  }

  /** How deep an event says it stands is as many functions as are open. */
  private depth(event: TraceEvent): string | null {
    if (!("depth" in event)) return null;
    const open = this.functions - (event.ev === "exit" ? 1 : 0);
    if (event.depth === open || open < 0) return null;
    const are = this.functions === 1 ? "1 function is open" : `${this.functions} functions are open`;
    return this.fail("depth", `"depth" is ${event.depth}: expected ${open}, since ${are} here`);
  }

  private body(event: TraceEvent): string | null {
    const before = this.where;
    if (event.ev !== "verdict" && before === "returned") this.where = "open";
    if (event.ev !== "verdict") this.told = event.ev === "state" || event.ev === "sysret";
    switch (event.ev) {
      case "machine":
        this.where = "machine";
        return null;
      case "state":
        return this.state(event.when, before);
      case "verdict":
        // Of a call that never returned, too: the kernel panicked.
        if (before !== "returned" && !this.between() && !this.stopped())
          return this.fail(
            "ev",
            "expected a verdict only after the return of a system call, or between two calls",
          );
        this.clear();
        this.where = "open";
        this.told = true;
        return null;
      case "syscall":
        return this.begin(event.name);
      case "sysret":
        return this.sysret(event.name);
      case "enter":
        return this.push(event.fn, 1);
      case "exit":
        return this.pop("fn", event.fn, 1, `exit from ${event.fn}`);
      case "context":
        if (event.on) return this.push(`in ${event.name}`, 0);
        return this.pop("name", `in ${event.name}`, 0, `end of the context ${event.name}`);
      default:
        return null;
    }
  }

  private begin(name: string): string | null {
    const top = this.stack.at(-1);
    if (top !== undefined)
      return this.fail("name", `${name} is called while ${top} is open: its exit is missing`);
    this.call = name;
    return null;
  }

  /** Whatever is open never returned. */
  private clear(): void {
    this.call = null;
    this.stack.length = 0;
    this.functions = 0;
  }

  private state(when: "before" | "after", before: Where): string | null {
    const wanted = before === "machine" ? "before" : "after";
    if (when !== wanted) return this.fail("when", `expected the state ${JSON.stringify(wanted)} here`);
    this.clear();
    this.where = when === "before" ? "open" : "over";
    return null;
  }

  private sysret(name: string): string | null {
    if (this.call !== name) {
      const open = this.call === null ? "no system call is open" : `the open system call is ${this.call}`;
      return this.fail("name", `return of ${name}, but ${open}`);
    }
    const top = this.stack.at(-1);
    if (top !== undefined)
      return this.fail("name", `return of ${name} while ${top} is open: its exit is missing`);
    this.clear();
    this.where = "returned";
    return null;
  }

  private push(name: string, functions: 0 | 1): string | null {
    if (this.stack.length >= MAX_DEPTH) return this.fail("ev", `calls are nested deeper than ${MAX_DEPTH}`);
    this.stack.push(name);
    this.functions += functions;
    return null;
  }

  private pop(field: string, name: string, functions: 0 | 1, what: string): string | null {
    const top = this.stack.at(-1);
    if (top === name) {
      this.stack.pop();
      this.functions -= functions;
      return null;
    }
    return this.fail(field, `${what}, but ${top === undefined ? "nothing is open" : `${top} is open`}`);
  }
}
