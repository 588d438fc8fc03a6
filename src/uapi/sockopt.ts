// SPDX-License-Identifier: GPL-2.0-only
/** Levels of socket options, and which names the options of each have (linux/socket.h, linux/in.h). */
import { IP_NAMES, TCP_NAMES, UDP_NAMES } from "./in.ts";
import { SO_NAMES } from "./socket.ts";
import { nameOf, type Xlat } from "./xlat.ts";

export const SOL_NAMES: Xlat = [
  ["SOL_SOCKET", 1],
  ["SOL_IP", 0],
  ["SOL_TCP", 6],
  ["SOL_UDP", 17],
  ["SOL_UDPLITE", 136],
  ["SOL_RAW", 255],
];

const OPTIONS: ReadonlyMap<number, Xlat> = new Map([
  [1, SO_NAMES],
  [0, IP_NAMES],
  [6, TCP_NAMES],
  [17, UDP_NAMES],
  [136, UDP_NAMES],
]);

/** The name of an option, or undefined. */
export function optionName(level: number, optname: number): string | undefined {
  return nameOf(OPTIONS.get(level) ?? [], optname);
}
