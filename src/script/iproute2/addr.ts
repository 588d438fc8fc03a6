// SPDX-License-Identifier: GPL-2.0-only
/** `ip addr add|change|replace|del|flush`. */
import type { Addr, Config } from "../../kernels/config.ts";
import type { Reader } from "../reader.ts";
import { SCOPES } from "../reader.ts";
import { parseAddrFlush } from "./flush.ts";
import { takeVerb } from "./verb.ts";

type Draft = { -readonly [K in keyof Addr]?: Addr[K] } & { peerLength?: number; sized?: boolean };

const WORDS = ["dev", "peer", "brd", "scope", "label", "anycast", "valid_lft", "preferred_lft", "metric"];
/** Flags that only IPv6 addresses have. */
const IPV6_FLAGS = ["home", "nodad", "mngtmpaddr", "optimistic", "dadfailed"];

export function parseAddr(r: Reader): Config | Config[] {
  const verb = takeVerb(r, ["add", "change", "chg", "replace", "del", "flush"]);
  if (verb === "flush") return parseAddrFlush(r);
  const made: Draft = {};
  while (!r.done) word(r, made);
  return finished(r, made, verb === "del" ? "addr-del" : "addr-add");
}

function word(r: Reader, made: Draft): void {
  if (r.take("dev")) made.dev = r.device();
  else if (r.take("peer", "remote")) {
    const p = r.prefix("the peer's address");
    made.peer = p.addr;
    made.peerLength = p.len;
  } else if (r.take("brd", "broadcast")) made.broadcast = broadcast(r);
  else if (r.take("scope")) made.scope = r.named("a scope", SCOPES, 255);
  else if (r.take("label")) made.label = r.device();
  else if (r.take("anycast")) r.address();
  else if (!newer(r, made)) local(r, made);
}

function broadcast(r: Reader): NonNullable<Addr["broadcast"]> {
  if (r.take("+")) return "+";
  return r.take("-") ? "-" : r.address("an address, + or -");
}

/** What el6's addresses do not have; false where the next word is none of it. */
function newer(r: Reader, made: Draft): boolean {
  if (r.take("valid_lft", "preferred_lft")) {
    if (r.take("forever")) return true;
    r.number("seconds, or forever");
    r.note("valid_lft and preferred_lft are newer than el6: the address never expires");
  } else if (r.take("noprefixroute")) {
    made.noprefixroute = true;
    r.note("noprefixroute is newer than el6: the prefix route that el6 adds is deleted again");
  } else if (r.match("metric", "priority", "preference")) {
    r.number("a metric");
    r.note("metric of an address is newer than el6: the prefix route has none");
  } else if (r.take("proto")) {
    r.next("a protocol");
    r.note("proto of an address is newer than el6: left out");
  } else if (r.take("autojoin")) r.note("autojoin is newer than el6: left out");
  else if (!r.take(...IPV6_FLAGS)) return false;
  return true;
}

/** The address itself. */
function local(r: Reader, made: Draft): void {
  r.take("local");
  const again = made.local !== undefined;
  const p = r.again(again ? "an ip addr keyword" : undefined, "an address with a prefix length", WORDS);
  made.local = p.addr;
  made.prefixlen = p.len;
  made.sized = p.sized;
}

function finished(r: Reader, made: Draft, kind: Addr["kind"]): Addr {
  const { local: addr, dev, peerLength, sized, ...rest } = made;
  if (addr === undefined) throw r.missing("an address");
  if (dev === undefined) throw r.missing("dev and a device");
  if (made.label !== undefined && !made.label.startsWith(dev)) {
    throw r.missing(`a label that begins with the device name, ${dev}`);
  }
  // iproute2: what is in 127.0.0.0/8 is for this host alone.
  const host = kind === "addr-add" && made.scope === undefined && addr >>> 24 === 127;
  // …a deletion without a length, which it warns of, is of the first that has the address,
  const any = kind === "addr-del" && peerLength === undefined && sized !== true;
  const prefixlen = peerLength ?? made.prefixlen ?? 32;
  // …and a subnet of two addresses or one has no broadcast that it could work out.
  const worked = made.broadcast === "+" || made.broadcast === "-";
  if (worked && prefixlen > 30) delete rest.broadcast;
  return {
    ...rest,
    kind,
    local: addr,
    prefixlen,
    dev,
    ...(host ? { scope: SCOPES["host"] as number } : {}),
    ...(any ? { anyLength: true } : {}),
  };
}
