// SPDX-License-Identifier: GPL-2.0-only
/** Gathers a session's steps as the events of a trace, each datagram's end in words behind the call that sent it. */
import { storyteller } from "../render/storyteller.ts";
import type { MachineEvent, StateEvent, TraceEvent } from "../trace/event.ts";
import { type Step, stepOf } from "../trace/step.ts";

export class Collector {
  readonly events: TraceEvent[] = [];
  private tell = storyteller();
  /** What has happened since the last call: one step, in however many it came. */
  private between: Step[] = [];

  head(machine: MachineEvent, before: StateEvent): void {
    this.tell = storyteller();
    this.events.push(machine, before);
  }

  step(step: Step): void {
    if (step.tree.call === null) this.between.push(step);
    else {
      this.settle();
      this.add(step);
    }
  }

  end(after: StateEvent): void {
    this.settle();
    this.events.push(after);
  }

  /** What has happened since the last call is a step now. */
  settle(): void {
    const [first, ...others] = this.between.splice(0);
    if (first === undefined) return;
    this.add(others.length === 0 ? first : stepOf([first, ...others].flatMap(({ events }) => events)));
  }

  private add(step: Step): void {
    const { events, verdict } = this.tell(step);
    for (const event of events) this.events.push(event);
    if (verdict !== null) this.events.push(verdict);
  }
}
