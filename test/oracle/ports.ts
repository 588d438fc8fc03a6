// SPDX-License-Identifier: GPL-2.0-only
/**
 * Ephemeral ports as they were recorded: the kernel draws a random number to begin its search with, and here it draws
 * the one that leads to the recorded port at once.
 */
import type { RecordedStep } from "./recording.ts";

/** net.ipv4.ip_local_port_range as the machine boots. */
const DEFAULT_RANGE: readonly [number, number] = [32768, 61000];

export class Ports {
  private range = DEFAULT_RANGE;
  /** What the next searches shall find. */
  private due: number[] = [];
  private readonly before = new Map<string, number>();

  /** A line that may change the range. */
  configured(line: string): void {
    const m = /^sysctl0? net\.ipv4\.ip_local_port_range=(\d+),(\d+)/.exec(line);
    if (m !== null) this.range = [Number(m[1]), Number(m[2])];
  }

  /** The step that comes: its sockets have the ports that it will draw. */
  step(step: RecordedStep): void {
    this.configured(step.op);
    this.due = [];
    for (const [name, [address]] of Object.entries(step.sk)) {
      const port = Number(/:(\d+)$/.exec(address)?.[1] ?? 0);
      if (port !== 0 && port !== this.before.get(name)) this.due.push(port);
      this.before.set(name, port);
    }
  }

  /** BootOptions.choose. */
  choose(what: string): number | undefined {
    const draws = what === "udp port" || what === "tcp port";
    const port = draws ? this.due.shift() : undefined;
    const [low, high] = this.range;
    if (port === undefined || port < low || port > high) return undefined;
    // TCP takes the remainder of its random number, UDP the upper part.
    if (what === "tcp port") return port - low;
    return Math.ceil(((port - low) * 2 ** 32) / (high - low + 1));
  }
}
