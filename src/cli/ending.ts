// SPDX-License-Identifier: GPL-2.0-only
/** How a send ended, in a word or two: two runs whose endings are the same have led to the same. */
import { waiting } from "../render/reason.ts";
import type { Datagram, Story } from "../trace/story.ts";
import { errnoName } from "../uapi/errno.ts";

/** So many changes are given that lead elsewhere, and so many are tried for them. */
export const GIVEN = { refused: 3, lost: 2 } as const;
export const TRIED = 24;

/** What became of a send in a word or two; what the caller is told is part of it. */
export function ending(story: Story): string {
  const { refused, ret, call, unmade, datagrams } = story;
  if (ret !== null && ret < 0) {
    const name = errnoName(refused?.event.errno ?? -ret) ?? String(ret);
    return `${call?.name ?? "the call"} fails with ${name}`;
  }
  if (unmade !== null) return "nothing is sent";
  const datagram = datagrams.find(({ send }) => send === story.send) ?? datagrams[0];
  return datagram === undefined ? `returns ${ret ?? "nothing"}` : fateOf(datagram);
}

function fateOf(datagram: Datagram): string {
  const { outcome, end } = datagram;
  const told = datagram.told.find(({ event }) => event.fate === "reported")?.event.errno;
  const heard = told === undefined ? "" : `, the next call fails with ${errnoName(told) ?? told}`;
  switch (outcome) {
    case "delivered":
      return "delivered";
    case "left":
      return `left by ${String(datagram.of("sent").at(-1)?.event.facts?.["dev"])}`;
    case "held":
      return "held";
    case "taken":
      return "consumed";
    case "lost":
      return `lost: ${end?.event.reason ?? "NOT_SPECIFIED"}${heard}`;
    case "waiting":
      return `waiting ${waiting(end?.event.text ?? "")}`.trim();
    default:
      return "unknown";
  }
}

export const isRefused = ({ ret }: Story): boolean => ret !== null && ret < 0;

/** Nothing is in the way of a datagram that arrived, or left. */
export function isWell(story: Story): boolean {
  if (isRefused(story)) return false;
  const outcomes = story.datagrams.map(({ outcome }) => outcome);
  return story.unmade === null && outcomes.every((o) => o === "delivered" || o === "left" || o === "taken");
}
