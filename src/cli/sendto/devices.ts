// SPDX-License-Identifier: GPL-2.0-only
/** Devices of the simulated machine by name, as if_nametoindex(3) finds them, and `ADDR|DEV` operands. */
import type { Machine } from "../../kernels/release.ts";
import { nearest } from "../../script/nearest.ts";
import { parseDottedQuad } from "../../wire/ipv4.ts";
import { UsageError } from "../errors.ts";

/** What a command line may call a device. */
export interface Devices {
  readonly names: readonly string[];
  index(name: string): number | undefined;
}

/** The devices of a machine as it is now. */
export function devicesOf(machine: Machine): Devices {
  return { names: machine.links().map((link) => link.name), index: (name) => machine.ifindex(name) };
}

/** The index of a device that must be there. */
export function parseDevice(what: string, name: string, devices: Devices): number {
  const index = devices.index(name);
  if (index !== undefined) return index;
  const near = nearest(name, devices.names);
  const hint = near === undefined ? `; there ${list(devices.names)}` : `; did you mean ${near}?`;
  throw new UsageError(`${what}: no device '${name}' on this machine${hint}`);
}

const list = (names: readonly string[]): string =>
  names.length === 1 ? `is only ${names[0]}` : `are ${names.join(", ")}`;

/** One side of the machine: by an address of its, or by a device. */
export type Side = { readonly addr: number } | { readonly index: number };

/** `ADDR|DEV`: a dotted quad, or the name of a device. */
export function parseSide(what: string, text: string, devices: Devices): Side {
  const addr = parseDottedQuad(text);
  return addr === undefined ? { index: parseDevice(what, text, devices) } : { addr };
}
