// SPDX-License-Identifier: GPL-2.0-only
/** What the fates tell of datagrams and sockets: the cards beside the tree. */
import type { FateEvent, Reason } from "../../trace/event.ts";
import type { Facts } from "../../trace/plain.ts";
import { show, showFacts } from "../../trace/show.ts";
import { errnoName } from "../../uapi/errno.ts";
import { formatIpv4 } from "../../wire/ipv4.ts";
import type { Fact } from "./model.ts";

/** The label of a card's row that says where the datagram is. */
export const WHERE = "is";

/** What a fate tells; nothing, if it is a note. */
export function factsOf(event: Reason): Fact[] {
  if (event.ev !== "fate" || event.packet === undefined) return [];
  const card = `Datagram ${event.packet}`;
  const where = whereabouts(event);
  const facts: Fact[] = where === null ? [] : [[card, WHERE, where]];
  if (event.fate === "made" || event.fate === "held") facts.push(...beginning(card, event.facts ?? {}));
  if (event.socket !== undefined) facts.push(...ofSocket(`Socket ${event.socket}`, event));
  return facts;
}

function beginning(card: string, { protocol, bytes, saddr, sport, daddr, dport, route }: Facts): Fact[] {
  const facts: Fact[] = [[card, "carries", `${String(bytes)} bytes of ${String(protocol)}`]];
  if (typeof saddr === "number") facts.push([card, "from", endpoint(saddr, sport)]);
  if (typeof daddr === "number") facts.push([card, "to", endpoint(daddr, dport)]);
  if (typeof route === "object" && route !== null) facts.push([card, "route", showFacts(route as Facts)]);
  return facts;
}

function endpoint(addr: number, port: unknown): string {
  return typeof port === "number" ? `${formatIpv4(addr)}:${port}` : formatIpv4(addr);
}

function whereabouts({ fate, facts, socket, text, reason }: FateEvent): string | null {
  switch (fate) {
    case "made":
      return "made";
    case "arrived":
      return `arrived on ${show("dev", facts?.["dev"] ?? null)}`;
    case "held":
      return `held back on ${socket ?? "its socket"}`;
    case "waiting":
      return text;
    case "looped":
      return `received on ${show("dev", facts?.["to"] ?? null)}`;
    case "sent":
      return `left by ${show("dev", facts?.["dev"] ?? null)}`;
    case "queued":
      return `in the receive queue of ${socket ?? "a socket"}`;
    case "dropped":
      return `dropped (${reason ?? "NOT_SPECIFIED"})`;
    case "consumed":
      return "consumed by the kernel";
    default:
      return null;
  }
}

function ofSocket(card: string, { fate, packet, errno, facts }: FateEvent): Fact[] {
  if (fate === "queued") return [[card, "receive queue", `${String(packet)} queued`]];
  if (fate === "held") return [[card, "held back", `${String(facts?.["bytes"])} bytes`]];
  if (fate === "reported") return [[card, "pending error", errnoName(errno ?? 0) ?? String(errno)]];
  return [];
}
