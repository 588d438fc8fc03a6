// SPDX-License-Identifier: GPL-2.0-only
/** A recording of fates alone, for runs of which nothing is shown: no calls, no bytes, next to no time. */
import type { TraceEvent } from "./event.ts";
import type { Fate, FateDetails } from "./fate.ts";
import type { Facts, Plain } from "./plain.ts";
import { packetName, Recorder } from "./record.ts";

export class FateRecorder extends Recorder {
  private told: TraceEvent[] = [];

  override clear(): void {
    this.told = [];
  }
  override enter(): void {}
  override exit(): void {}
  override arg(): void {}
  override dump(): void {}
  override count(): void {}
  override packet(): void {}

  override note(): void {}

  override context(name: string, on: boolean): void {
    this.told.push({ ev: "context", depth: 0, name, on });
  }

  override clock(ms: number): void {
    this.told.push({ ev: "clock", fn: "", depth: 0, ms });
  }

  override syscall(name: string, args: Readonly<Record<string, Plain>>): void {
    this.told.push({ ev: "syscall", name, args });
  }

  override sysret(name: string, ret: number): void {
    this.told.push({ ev: "sysret", name, ret });
  }

  override fate(fate: Fate, packet: number, text: string, facts?: Facts, details?: FateDetails): void {
    const { reason, errno, about } = details ?? {};
    this.told.push({
      ev: "fate",
      fn: "",
      depth: 0,
      fate,
      ...(packet === 0 ? {} : { packet: packetName(packet) }),
      ...(about ? { about: packetName(about.pkt) } : {}),
      ...(reason === undefined ? {} : { reason }),
      ...(errno === undefined ? {} : { errno }),
      text,
      ...(facts === undefined ? {} : { facts }),
    });
  }

  override events(): TraceEvent[] {
    return this.told;
  }
  override call(): TraceEvent[] {
    return this.told;
  }
  override after(): TraceEvent[] {
    return [];
  }
}
