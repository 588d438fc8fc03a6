// SPDX-License-Identifier: GPL-2.0-only
/** `ip addr add|del`. */
import type { Addr } from "../../kernels/config.ts";
import type { Reader } from "../reader.ts";
import { SCOPES } from "../reader.ts";
import { takeVerb } from "./verb.ts";

type Draft = { -readonly [K in keyof Addr]?: Addr[K] };

export function parseAddr(r: Reader): Addr {
  const kind = takeVerb(r, ["add", "del"]) === "add" ? "addr-add" : "addr-del";
  const made: Draft = {};
  let peerLength: number | undefined;
  let sized = false;
  while (!r.done) {
    if (r.take("dev")) made.dev = r.device();
    else if (r.take("peer", "remote")) {
      const p = r.prefix("the peer's address");
      made.peer = p.addr;
      peerLength = p.len;
    } else if (r.take("brd", "broadcast"))
      made.broadcast = r.take("+") ? "+" : r.prefix("an address or +").addr;
    else if (r.take("scope")) made.scope = r.named("a scope", SCOPES, 255);
    else if (r.take("label")) made.label = r.device();
    else sized = local(r, made);
  }
  const { local: addr, dev } = made;
  if (addr === undefined) throw r.missing("an address");
  if (dev === undefined) throw r.missing("dev and a device");
  // iproute2: what is in 127.0.0.0/8 is for this host alone.
  const host = kind === "addr-add" && made.scope === undefined && addr >>> 24 === 127;
  // …and a deletion without a length, which it warns of, is of the first that has the address.
  const any = kind === "addr-del" && peerLength === undefined && !sized;
  return {
    ...made,
    kind,
    local: addr,
    prefixlen: peerLength ?? made.prefixlen ?? 32,
    dev,
    ...(host ? { scope: SCOPES["host"] as number } : {}),
    ...(any ? { anyLength: true } : {}),
  };
}

/** The address itself. Had it a length? */
function local(r: Reader, made: Draft): boolean {
  r.take("local");
  const again = made.local !== undefined;
  const p = r.prefix("an address with its length");
  if (again) throw r.unknown("a word of ip addr", ["dev", "peer", "brd", "scope", "label"]);
  made.local = p.addr;
  made.prefixlen = p.len;
  return p.sized;
}
