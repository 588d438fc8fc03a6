// SPDX-License-Identifier: GPL-2.0-only
/** Ephemeral ports as the log shows them: the kernel's free choice is taken from there. */
import type { Machine } from "../../../kernels/release.ts";

const RANGE = "/proc/sys/net/ipv4/ip_local_port_range";

export class Ports {
  /** The machine that asks; it is made with this object's help. */
  machine: Machine | undefined;
  /** The line that made the socket which is being bound. */
  current: number | undefined;
  private readonly known: ReadonlyMap<number, number>;

  /** Ports by the lines that made their sockets. */
  constructor(known: ReadonlyMap<number, number>) {
    this.known = known;
  }

  /** The random number that leads to the port wanted; anything else is left to the seed. */
  choose(what: string): number | undefined {
    if (what !== "udp port" || this.current === undefined) return undefined;
    const port = this.known.get(this.current);
    const range = port === undefined ? null : /^(\d+)\s+(\d+)/.exec(this.machine?.proc(RANGE) ?? "");
    if (port === undefined || range === null) return undefined;
    const [low, high] = [Number(range[1]), Number(range[2])];
    // The search begins at random * (high - low + 1) / 2**32 + low, rounded down.
    return port < low || port > high ? undefined : Math.ceil(((port - low) * 2 ** 32) / (high - low + 1));
  }
}
