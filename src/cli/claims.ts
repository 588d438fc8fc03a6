// SPDX-License-Identifier: GPL-2.0-only
/** What one run does with files: none that is read is written over, and no two outputs are one file. */
import { UsageError } from "./errors.ts";

/** `kept`: a trace beside a scenario, which --update may write. */
export type Use = "read" | "kept" | "output";

/** Files by their place (see `Io.place`); what has no place is no file, and anything may be done with it. */
export class Claims {
  private readonly uses = new Map<string, Use>();

  reads(place: string | undefined): void {
    if (place !== undefined && !this.uses.has(place)) this.uses.set(place, "read");
  }

  /** `path` is a trace that --update writes. Throws UsageError where it is read as something else. */
  keeps(path: string, place: string | undefined): void {
    if (place === undefined) return;
    if (this.uses.get(place) === "read") throw taken(`--update: expect trace ${path}`, READ);
    this.uses.set(place, "kept");
  }

  /** `path` is a scenario. Throws UsageError where --update would write a trace over it. */
  runs(path: string, place: string | undefined): void {
    if (this.isKept(place)) throw taken(`--update: expect trace ${path}`, READ);
  }

  /** `path` is an output. Throws UsageError where it is anything else. */
  writes(path: string, place: string | undefined): void {
    this.check(path, place);
    if (place !== undefined) this.uses.set(place, "output");
  }

  /** `path` is to be an output. Throws UsageError where it is anything else. */
  check(path: string, place: string | undefined): void {
    const use = place === undefined ? undefined : this.uses.get(place);
    if (use !== undefined) throw taken(`-o ${path}`, use === "output" ? "that of another -o" : READ);
  }

  /** What was read, to be told to another thread. */
  all(): [string, Use][] {
    return [...this.uses];
  }

  add(others: readonly (readonly [string, Use])[]): void {
    for (const [place, use] of others) if (this.uses.get(place) !== "kept") this.uses.set(place, use);
  }

  private isKept(place: string | undefined): boolean {
    return place !== undefined && this.uses.get(place) === "kept";
  }
}

const READ = "the one that is read";

function taken(what: string, other: string): UsageError {
  return new UsageError(`${what}: expected a file other than ${other}`);
}
