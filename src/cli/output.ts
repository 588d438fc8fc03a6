// SPDX-License-Identifier: GPL-2.0-only
/** From --format and -o to renderers that write: shared by every command that shows a trace. */

import type { Format, OutFolder, Renderer, ViewOptions } from "../render/format.ts";
import { FORMATS, type FormatName } from "../render/index.ts";
import type { MachineEvent, StateEvent } from "../trace/event.ts";
import { type Step, stepOf } from "../trace/step.ts";
import { UsageError } from "./errors.ts";
import type { Io, Replacement } from "./io.ts";
import { LeftOut } from "./left-out.ts";
import { Unmatched } from "./unmatched.ts";
import { parseChoice } from "./values.ts";

/** One output: a format, and the file it goes to (standard output where there is none). */
export interface Target {
  readonly format: FormatName;
  readonly file: string | undefined;
  /** Show it when it is written. */
  readonly open?: true;
}

export const FORMAT_NAMES: readonly FormatName[] = Object.keys(FORMATS) as FormatName[];

/** Pair the formats with the files, in the order given. Throws UsageError. */
export function targets(
  formats: readonly string[],
  files: readonly string[],
  fallback: FormatName = "graph",
): Target[] {
  const names = (formats.length === 0 ? [fallback] : formats).map((f) =>
    parseChoice("--format", f, FORMAT_NAMES),
  );
  if (files.length > names.length) {
    throw new UsageError(
      `-o is given ${files.length} times for ${names.length} --format: expected at most one for each`,
    );
  }
  if (names.length - files.length > 1) {
    throw new UsageError(
      `${names.length} formats need ${names.length - 1} -o files: only one can go to standard output`,
    );
  }
  const list = names.map((format, i) => ({ format, file: files[i] === "-" ? undefined : files[i] }));
  if (list.filter(({ file }) => file === undefined).length > 1)
    throw new UsageError("-o -: only one format can go to standard output");
  return list;
}

function withoutAdvice(step: Step): Step {
  return step.verdict === null || step.verdict.change.length === 0
    ? step
    : { ...step, verdict: { ...step.verdict, change: [] } };
}

/** What nobody can read from a terminal is not written to one. */
function refuseTerminal(name: FormatName, { kind, browser }: Format): void {
  const what = kind === "binary" ? "binary" : browser === true ? "for a browser" : undefined;
  const open = browser === true ? ", or --open" : "";
  if (what !== undefined) throw new UsageError(`--format ${name} is ${what}: use -o FILE${open}, or a pipe`);
}

/** Formats in one stream of which several sessions can stand one after the other. */
export const HOLD_SEVERAL: readonly FormatName[] = FORMAT_NAMES.filter(
  (name) => (FORMATS[name] as Format).several === true,
);

/**
 * Opens the targets and feeds them all with the same pieces. What happens between two calls is one piece, in
 * however many it comes: so it is in a saved trace.
 */
export class Output {
  private readonly sinks: Replacement[] = [];
  /** Show what can be looked at, when it is there. */
  private readonly shown: (() => void)[] = [];
  private readonly makers: (() => Renderer)[] = [];
  private renderers: Renderer[] = [];
  private sessions = 0;
  /** Packets that a pcap file cannot hold. */
  private leftOut: LeftOut | undefined;
  /** What --only has not found. */
  unmatched: Unmatched | undefined;
  /** What has happened since the last call. */
  private between: Step[] = [];
  /** Tells the story of each step, where a format shows it. */
  private teller: ((step: Step) => Step) | undefined;
  private adviser: ((told: Step) => Step) | undefined;
  private newTeller: ((told: boolean) => (step: Step) => Step) | undefined;

  /** Which of the formats show what would have led elsewhere. */
  private advised: readonly boolean[] = [];

  /** Whether any does. */
  get advises(): boolean {
    return this.advised.includes(true);
  }

  /** Open every target; nothing is written when one of them cannot be. */
  async open(list: readonly Target[], view: ViewOptions, io: Io): Promise<void> {
    for (const target of list) this.makers.push(await this.maker(target, view, io));
    if (view.selection.only.length > 0) this.unmatched = new Unmatched(view.selection.only);
    this.advised = list.map(({ format }) => (FORMATS[format] as Format).advice === true);
    if (list.some(({ format }) => format === "pcap")) this.leftOut = new LeftOut();
    if (list.some(({ format }) => (FORMATS[format] as Format).story === true)) {
      const { storyteller } = await import("../render/storyteller.ts");
      this.newTeller = storyteller;
    }
    this.renderers = this.makers.map((make) => make());
  }

  private async maker(target: Target, view: ViewOptions, io: Io): Promise<() => Renderer> {
    const format = FORMATS[target.format] as Format;
    if (format.kind === "folder") {
      if (target.file === undefined)
        throw new UsageError(`--format ${target.format} writes a directory: use -o DIRECTORY`);
      const [render, folder] = [await format.load(), this.folder(target.file, io)];
      return () => render(folder, view);
    }
    const render = await format.load();
    if (target.file === undefined) {
      if (io.stdoutIsTTY) refuseTerminal(target.format, format);
      return () => render({ write: (chunk) => io.stdout(chunk) }, view);
    }
    const { file } = target;
    const sink = this.sink(file, io);
    if (target.open === true) this.shown.push(() => io.show(file));
    const { layout: _, ...rest } = view;
    const inFile = view.inFiles === undefined ? view : { ...rest, ...view.inFiles };
    return () => render(sink, inFile);
  }

  private sink(path: string, io: Io): Replacement {
    const sink = io.createFile(path);
    this.sinks.push(sink);
    return sink;
  }

  private folder(path: string, io: Io): OutFolder {
    io.createFolder(path);
    return {
      file: (name) => {
        const slash = name.lastIndexOf("/");
        if (slash >= 0) io.createFolder(`${path}/${name.slice(0, slash)}`);
        return this.sink(`${path}/${name}`, io);
      },
    };
  }

  /** A session begins; `saved`: its steps say all that is to be said of them; `adviser`: adds to what is told of a call. */
  head(machine: MachineEvent, before: StateEvent, saved = false, adviser?: (told: Step) => Step): void {
    // Every session begins anew: nothing of the one before is in its counters.
    if (this.sessions++ > 0) this.renderers = this.makers.map((make) => make());
    this.teller = this.newTeller?.(saved);
    this.adviser = this.advises ? adviser : undefined;
    for (const r of this.renderers) r.head?.(machine, before);
  }
  step(step: Step): void {
    if (step.tree.call === null) {
      this.between.push(step);
      return;
    }
    this.flush();
    this.show(step);
  }
  private show(step: Step): void {
    const story = this.teller?.(step) ?? step;
    const told = this.adviser?.(story) ?? story;
    this.unmatched?.look(told);
    this.leftOut?.look(told);
    // Each format is what it would be alone: those that have no place for advice have none.
    const plain = withoutAdvice(told);
    for (const [i, r] of this.renderers.entries()) r.step(this.advised[i] === true ? told : plain);
  }
  /** Something else is to be written: hand on what has happened between two calls, and what the formats have put off. */
  settle(): void {
    this.flush();
    for (const r of this.renderers) r.settle?.();
  }
  private flush(): void {
    const [first, ...others] = this.between.splice(0);
    if (first === undefined) return;
    this.show(others.length === 0 ? first : stepOf([first, ...others].flatMap(({ events }) => events)));
  }
  end(after: StateEvent): void {
    this.flush();
    for (const r of this.renderers) r.end?.(after);
  }
  /** All went well: the files take their places, when all of them are complete. `say` is told what came out empty. */
  commit(say: (text: string) => void): void {
    this.unmatched?.tell(say);
    this.leftOut?.tell(say);
    for (const sink of this.sinks) sink.finish();
    for (const sink of this.sinks.splice(0)) sink.commit();
    for (const show of this.shown) show();
  }
  /** What was not committed is forgotten: the old files stay. */
  close(): void {
    for (const sink of this.sinks.splice(0)) sink.abandon();
  }
}
