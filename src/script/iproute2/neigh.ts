// SPDX-License-Identifier: GPL-2.0-only
/** `ip neigh add|change|replace|del|flush`. */
import type { Config, Neigh } from "../../kernels/config.ts";
import type { Reader } from "../reader.ts";
import { parseNeighFlush } from "./flush.ts";
import { NUD } from "./names.ts";
import { takeVerb } from "./verb.ts";

const WORDS = ["lladdr", "nud", "dev", "proxy"];

export function parseNeigh(r: Reader): Config | Config[] {
  const op = takeVerb(r, ["add", "change", "chg", "replace", "del", "flush"]);
  if (op === "flush") return parseNeighFlush(r);
  const made: { -readonly [K in keyof Neigh]?: Neigh[K] } = { nud: NUD["permanent"] as number };
  let proxy = false;
  while (!r.done) {
    if (r.take("lladdr")) made.lladdr = r.mac();
    else if (r.take("nud")) made.nud = state(r);
    else if (r.take("dev")) made.dev = r.device();
    else if (r.take("router", "use", "managed", "extern_learn")) continue;
    else if (r.take("proxy")) {
      proxy = true;
      r.note("proxy neighbour entries are not modelled: left out");
    } else if (made.addr === undefined) {
      r.take("to");
      made.addr = r.address("a neighbour's address");
    } else {
      r.next("an ip neigh keyword");
      throw r.unknown("an ip neigh keyword", WORDS);
    }
  }
  const { addr, dev } = made;
  if (addr === undefined) throw r.missing("a neighbour's address");
  if (dev === undefined) throw r.missing("dev and a device");
  return proxy ? [] : { ...made, kind: "neigh", op: op === "chg" ? "change" : op, addr, dev };
}

/** By name, perhaps abbreviated, or number. */
function state(r: Reader): number {
  const word = r.peek() ?? "";
  const name = word === "" ? undefined : Object.keys(NUD).find((n) => n.startsWith(word));
  if (name === undefined) return r.named("a state", NUD, 255);
  r.next("a state");
  return NUD[name] as number;
}
