// SPDX-License-Identifier: GPL-2.0-only
/** The library: simulated machines, what happens on them as events, and the events in any form (docs/how-to/library.md). */

export type {
  ClockEvent,
  ContextEvent,
  CountEvent,
  DumpEvent,
  EnterEvent,
  ExitEvent,
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
} from "../trace/event.ts";
export type { Fate } from "../trace/fate.ts";
export type { Layer } from "../trace/layer.ts";
export type { BootOptions } from "./boot.ts";
export { type CaptureOptions, capture } from "./capture.ts";
export { type Difference, type DiffOptions, diff } from "./diff.ts";
export { NettraceError, type Place } from "./error.ts";
export { boot, type Machine, type Received } from "./machine.ts";
export {
  type BinaryFormat,
  type FolderFormat,
  type RenderOptions,
  render,
  type TextFormat,
} from "./render.ts";
export { type Message, type RunOptions, type RunResult, run } from "./run.ts";
export { type SendtoOptions, sendto } from "./sendto.ts";
