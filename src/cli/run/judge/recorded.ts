// SPDX-License-Identifier: GPL-2.0-only
/** `expect trace|path|calls FILE`: a step against what is kept of it beside the scenario, or a real kernel's recording. */
import { storyteller } from "../../../render/storyteller.ts";
import { plain } from "../../../render/style.ts";
import { treeDiff } from "../../../render/tree-diff.ts";
import type { Kept } from "../../../script/expect/expectation.ts";
import { differences, pairs } from "../../../trace/diff.ts";
import { EVERYTHING } from "../../../trace/select.ts";
import type { Step } from "../../../trace/step.ts";
import { comparable, sideOf } from "../../compare.ts";
import type { Io } from "../../io.ts";
import { recordedEvents } from "../../recordings.ts";
import type { Unmet } from "./expectations.ts";
import { type KeptView, keptView } from "./kept-view.ts";

/** Recordings of real kernels: those are true, and never written. */
const RECORDING = /\.ftrace(?:\.gz|\.br)?$/;
/** Lines around a difference of trees. */
const CONTEXT = 3;

export class RecordedTraces {
  private readonly folder: string;
  private readonly io: Io;
  /** With --update: what is to be written when the scenario has ended, by path. */
  private readonly fresh: Map<string, string> | undefined;

  /** `scenario`: the path of the scenario, beside which the traces are. */
  constructor(scenario: string, update: boolean, io: Io) {
    this.folder = scenario.slice(0, scenario.lastIndexOf("/") + 1);
    this.io = io;
    this.fresh = update ? new Map() : undefined;
  }

  /** Can the file be read? Throws UsageError. */
  check({ what, file, options }: Kept): void {
    const path = this.folder + file;
    keptView(what, file, options);
    if (isRecording(what, file)) for (const _ of recordedEvents(path, undefined, this.io));
    else if (this.fresh === undefined) this.io.readFile(path);
    else this.io.claims.keeps(file, this.io.place(path));
  }

  /** What differs; with --update it is remembered, and nothing does. */
  unmet({ what, file, options }: Kept, step: Step): Unmet | undefined {
    if (isRecording(what, file)) return this.calls(file, step);
    const path = this.folder + file;
    const got = textOf(keptView(what, file, options), step);
    const expected = this.fresh?.get(path) ?? this.known(path);
    if (got === expected) return undefined;
    if (this.fresh === undefined || this.fresh.has(path)) return lines(what, file, expected ?? "", got);
    this.fresh.set(path, got);
    return undefined;
  }

  /** The text of a file; with --update it may not be there yet. */
  private known(path: string): string | undefined {
    const isNew = this.fresh !== undefined && this.io.identity(path) === undefined;
    return isNew ? undefined : Buffer.from(this.io.readFile(path)).toString("utf8");
  }

  private calls(file: string, step: Step): Unmet | undefined {
    const recorded = sideOf(file, recordedEvents(this.folder + file, undefined, this.io), EVERYTHING);
    const { left, right } = comparable(recorded, sideOf("here", step.events, EVERYTHING), false);
    const both = pairs(left.calls, right.calls);
    const found = differences(both);
    if (both.length > 0 && found.length === 0) return undefined;
    const view = { context: CONTEXT, paint: plain };
    return {
      text: both.length === 0 ? `expected the calls of ${file}, got none` : `the calls differ from ${file}`,
      details: [...treeDiff(both, found, [file, "here"], view)].flatMap((line) => line.split("\n")),
    };
  }

  /** Write what is new: how many files that are. */
  commit(): number {
    for (const [path, text] of this.fresh ?? []) {
      const slash = path.lastIndexOf("/");
      if (slash > 0) this.io.createFolder(path.slice(0, slash));
      const file = this.io.replaceFile(path);
      file.write(text);
      file.commit();
    }
    return this.fresh?.size ?? 0;
  }
}

/** Recordings are traces of what was called. */
const isRecording = (what: Kept["what"], file: string): boolean => what === "trace" && RECORDING.test(file);

/** A step as it is kept. */
function textOf({ render, view }: KeptView, step: Step): string {
  let text = "";
  const out = {
    write: (chunk: string | Uint8Array): void => {
      text += String(chunk);
    },
  };
  render(out, view).step(storyteller()(step));
  return `${text.replace(/^\n+/, "").trimEnd()}\n`;
}

/** The first line that differs. */
function lines(what: Kept["what"], file: string, expected: string, got: string): Unmet {
  const [a, b] = [expected.split("\n"), got.split("\n")];
  const at = b.findIndex((line, i) => line !== a[i]);
  const i = at < 0 ? b.length : at;
  const others = b.filter((line, n) => line !== a[n]).length + Math.max(0, a.length - b.length) - 1;
  return {
    text: `the ${what} ${what === "calls" ? "differ" : "differs"} from ${file} at line ${i + 1}${others > 0 ? ` and ${others} more` : ""}`,
    details: [`- ${a[i] ?? "(the end)"}`, `+ ${b[i] ?? "(the end)"}`],
  };
}
