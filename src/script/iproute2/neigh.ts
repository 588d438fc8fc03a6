// SPDX-License-Identifier: GPL-2.0-only
/** `ip neigh add|replace|change|del`. */
import type { Neigh } from "../../kernels/config.ts";
import type { Reader } from "../reader.ts";
import { takeVerb } from "./verb.ts";

/** NUD_* by name (linux/neighbour.h). */
export const NUD: Readonly<Record<string, number>> = {
  none: 0,
  incomplete: 0x01,
  reachable: 0x02,
  stale: 0x04,
  delay: 0x08,
  probe: 0x10,
  failed: 0x20,
  noarp: 0x40,
  permanent: 0x80,
};

export function parseNeigh(r: Reader): Neigh {
  const op = takeVerb(r, ["add", "replace", "change", "chg", "del"]);
  const made: { -readonly [K in keyof Neigh]?: Neigh[K] } = { nud: NUD["permanent"] as number };
  while (!r.done) {
    if (r.take("lladdr")) made.lladdr = r.mac();
    else if (r.take("nud")) made.nud = r.named("a state", NUD, 255);
    else if (r.take("dev")) made.dev = r.device();
    else if (made.addr === undefined) {
      r.take("to");
      made.addr = r.address("a neighbour's address");
    } else {
      r.next("a word of ip neigh");
      throw r.unknown("a word of ip neigh", ["lladdr", "nud", "dev"]);
    }
  }
  const { addr, dev } = made;
  if (addr === undefined) throw r.missing("a neighbour's address");
  if (dev === undefined) throw r.missing("dev and a device");
  return { ...made, kind: "neigh", op: op === "chg" ? "change" : op, addr, dev };
}
