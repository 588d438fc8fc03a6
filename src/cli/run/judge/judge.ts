// SPDX-License-Identifier: GPL-2.0-only
/** What is written behind calls against what came: told as differences, or, with --update, written anew. */
import type { ErrorSources, SysResult } from "../../../kernels/release.ts";
import { because } from "../../../render/reason.ts";
import { formatResult } from "../../../render/strace.ts";
import type { CallStep, FinishStep } from "../../../script/step.ts";
import type { TraceEvent } from "../../../trace/event.ts";
import { stepOf } from "../../../trace/step.ts";
import { StoryBook } from "../../../trace/story.ts";
import { Consequences, NETWORK_HINT } from "./consequences.ts";
import { explain, explainValue } from "./explain.ts";
import { compareReturn, type Difference, differences } from "./outcome.ts";
import type { Report } from "./report.ts";
import type { Rewriter } from "./rewrite.ts";

/** A call that was made. */
export interface Done {
  readonly result: SysResult;
  /** What happened in it. */
  readonly events: Iterable<TraceEvent>;
  /** The whole of it as a line. */
  readonly text: () => string;
  /** It is a raw socket's: data are whole packets. */
  readonly raw: boolean;
  /** What its descriptor stands for. */
  readonly held: object | undefined;
  /** Has the machine nothing but lo? */
  readonly bare: () => boolean;
}

export class Judge {
  private readonly report: Report;
  private readonly rewriter: Rewriter | undefined;
  private readonly errors: ErrorSources;
  private readonly consequences = new Consequences();

  constructor(report: Report, rewriter: Rewriter | undefined, errors: ErrorSources) {
    this.report = report;
    this.rewriter = rewriter;
    this.errors = errors;
  }

  compare(step: CallStep, done: Done): void {
    const found = differences(step.written, step.shown, done.result, done.raw);
    if (this.rewriter !== undefined) this.rewrite(step, done, found);
    else this.tell(step, done, found);
  }

  private tell(step: CallStep, done: Done, [first, ...others]: readonly Difference[]): void {
    if (first === undefined) return;
    const column = first.what === "result" && step.written !== undefined ? step.written.at + 1 : step.column;
    const what = first.what === "result" ? "" : `${first.what}: `;
    const more = others.map((d) => `${d.what}: expected ${d.expected}, got ${d.got}`);
    const text = `${step.name}: ${what}expected ${first.expected}, got ${first.got}`;
    const place = { line: step.line, column };
    const { held, result, bare } = done;
    const origin = this.consequences.of(step, held, result, bare);
    if (origin !== undefined) {
      this.report.follow(place, text, origin);
      return;
    }
    this.report.fail(place, text, [
      ...more,
      ...why(done),
      ...explain(this.errors, step, result),
      ...explainValue(this.errors, step, result),
    ]);
    if (this.consequences.begin(step, held, result, bare)) this.report.remark(step, "network", NETWORK_HINT);
  }

  /** The result in place of the written one; where more than that differs, the whole call. */
  private rewrite({ written, span }: CallStep, done: Done, found: readonly Difference[]): void {
    const [from, to] = span;
    const text = done.text();
    const result = text.slice(text.lastIndexOf(" = ") + 1);
    const more = found.some((d) => d.what !== "result");
    if (written === undefined) this.rewriter?.append(to, result);
    else if (more && written.at >= to) this.rewriter?.replace(from, written.end, text);
    else if (found.length > 0) this.rewriter?.replace(written.at, written.end, result);
  }

  /** The end of a call that was made when it began. */
  finish({ written, line, name }: FinishStep, { ret }: SysResult): void {
    const different = compareReturn(written, ret);
    if (different === undefined || written === undefined) return;
    const { at, end } = written;
    if (this.rewriter !== undefined) {
      this.rewriter.replace(at, end, `= ${formatResult(ret)}`);
      return;
    }
    const text = `${name}: expected ${different.expected}, got ${different.got}`;
    this.report.fail({ line, column: at + 1 }, text);
  }
}

/** Who decided that a call fails, and why. */
function why({ result, events }: Done): string[] {
  if (result.ret >= 0) return [];
  const { refused } = new StoryBook().read(stepOf([...events]).tree);
  if (refused === null) return [];
  const { fn, file } = refused.decision;
  return [`decided in ${fn} (${file}): ${because(refused.decision)}`];
}
