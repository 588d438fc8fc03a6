// SPDX-License-Identifier: GPL-2.0-only
/** What a scenario says later: a call that waits is followed by one that shows what came. */
import type { Scenario, ScenarioStep } from "../../../script/step.ts";

/** Steps that are looked at. */
const FAR = 1000;

export class Ahead {
  private readonly read: () => Scenario;
  private steps: Iterator<ScenarioStep> | undefined;
  private readonly held: ScenarioStep[] = [];

  /** `read` begins a reading of its own. It begins when somebody asks. */
  constructor(read: () => Scenario) {
    this.read = read;
  }

  /** The steps behind a line, up to the next command: that may change everything. */
  *after(line: number): Generator<ScenarioStep> {
    while (this.held[0] !== undefined && this.held[0].line <= line) this.held.shift();
    for (let i = 0; i < FAR; i++) {
      const step = this.held[i] ?? this.next(line);
      if (step === undefined || step.kind === "command") return;
      yield step;
    }
  }

  /** One step more, those before the line left out. */
  private next(line: number): ScenarioStep | undefined {
    this.steps ??= this.read()[Symbol.iterator]();
    for (;;) {
      const { value, done } = this.steps.next();
      if (done === true) return undefined;
      if (value.line <= line) continue;
      this.held.push(value);
      return value;
    }
  }
}
