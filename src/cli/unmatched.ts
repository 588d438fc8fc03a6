// SPDX-License-Identifier: GPL-2.0-only
/** --only with a name that nothing has: a view that is empty for that is said to be so. */
import { nearest } from "../script/nearest.ts";
import type { TraceEvent } from "../trace/event.ts";
import { glob } from "../trace/select.ts";
import { SYMBOLS } from "../trace/symbol.ts";
import { printable } from "./printable.ts";

/** What of it goes to another thread. */
export interface Missed {
  readonly globs: readonly string[];
  readonly seen: readonly string[];
}

/** The globs of --only that no function has matched yet, and the functions there were. */
export class Unmatched {
  private readonly globs: Map<string, (name: string) => boolean>;
  private readonly seen = new Set<string>();

  constructor(globs: readonly string[]) {
    this.globs = new Map(globs.map((text) => [text, glob(text)]));
  }

  look({ events }: { readonly events: Iterable<TraceEvent> }): void {
    for (const event of events) if (event.ev === "enter") this.see(event.fn);
  }

  /** What another thread has missed. */
  add({ seen }: Missed): void {
    for (const name of seen) this.see(name);
  }

  get missed(): Missed {
    return { globs: [...this.globs.keys()], seen: [...this.seen] };
  }

  /** Each of them, and whether the kernel has such a function, which did not run. */
  tell(say: (text: string) => void): void {
    const known = SYMBOLS.map(({ name }) => name);
    for (const [text, test] of this.globs) {
      if (known.some(test)) {
        say(
          `nettrace: ${printable(`--only '${text}': the kernel has such a function, but it did not run`)}\n`,
        );
        continue;
      }
      const near = nearest(text, [...this.seen]) ?? nearest(text, known);
      const hint = near === undefined ? "" : `; did you mean ${near}?`;
      const none = `none of the ${this.seen.size} functions that ran matches`;
      say(`nettrace: ${printable(`--only '${text}': ${none}${hint}`)}\n`);
    }
  }

  private see(name: string): void {
    if (this.seen.has(name)) return;
    this.seen.add(name);
    for (const [text, test] of this.globs) if (test(name)) this.globs.delete(text);
  }
}
