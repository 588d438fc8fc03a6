// SPDX-License-Identifier: GPL-2.0-only
/** How a packet begins, for its story (trace/fate.ts). Nothing of it is Linux's. */
import type { Tagged } from "../../trace/fate.ts";
import type { Facts } from "../../trace/plain.ts";
import { fate } from "../../trace/traced.ts";
import type { SkBuff } from "./include/linux/skbuff.ts";
import { type Rtable, route_facts } from "./include/net/route.ts";
import type { Kernel } from "./kernel.ts";

/**
 * A packet of IP begins: its protocol, the bytes of its payload, `facts` as between whom, and the route that it takes.
 * `about`: the packet that it answers.
 */
export function tell_made(
  k: Kernel,
  skb: SkBuff,
  protocol: string,
  bytes: number,
  rt: Rtable | null,
  facts: Facts,
  about: Tagged | null = null,
): void {
  if (k.rec === null) return;
  const origin = rt?.origin ?? null;
  const route = rt === null ? {} : { route: route_facts(rt) };
  const why = origin === null ? {} : { why: origin.why };
  fate(k, "made", skb, "", { protocol, bytes, ...facts, ...why, ...route }, { by: origin?.by, about });
}
