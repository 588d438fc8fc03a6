// SPDX-License-Identifier: GPL-2.0-only
/** Commands that take away what decided: a rule or a policy of the firewall, a policy rule, a route, a device that is down. */
import type { Facts } from "../trace/plain.ts";
import type { Story } from "../trace/story.ts";

/** rt_class_t: where routes are unless it is said. */
const RT_TABLE_MAIN = 254;

/** The commands of iptables(8) and ip(8), each once. */
export function undoings(story: Story): string[] {
  const lost = story.datagrams.flatMap((d) => d.of("dropped").slice(-1));
  const decisions = [story.refused, ...lost].map((moment) => moment?.decision.facts ?? {});
  return [...new Set(decisions.flatMap(undoing))];
}

function undoing({ chain, rule, pref, prefix, type, table, down }: Facts): string[] {
  if (typeof chain === "string")
    return [typeof rule === "number" ? `iptables -D ${chain} ${rule}` : `iptables -P ${chain} ACCEPT`];
  if (typeof pref === "number") return [`ip rule del pref ${pref}`];
  if (typeof prefix === "string" && typeof type === "string") {
    const where = table === undefined || table === RT_TABLE_MAIN ? "" : ` table ${String(table)}`;
    return [`ip route del ${type} ${prefix}${where}`];
  }
  return typeof down === "string" ? down.split(" ").map((dev) => `ip link set ${dev} up`) : [];
}
