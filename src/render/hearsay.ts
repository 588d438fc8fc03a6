// SPDX-License-Identifier: GPL-2.0-only
/** What came back of a datagram, in words: the kernel's ICMP messages, and who was told of an error. */
import type { Datagram, Moment, Story } from "../trace/story.ts";
import { errnoName } from "../uapi/errno.ts";
import { ICMP_DEST_UNREACH, ICMP_TYPE_NAMES, ICMP_UNREACH_NAMES } from "../wire/icmp.ts";
import { address, because, distinct } from "./reason.ts";

/** What the kernel answered, and who was told of it. */
export function hearsay(datagram: Datagram, story: Story): string[] {
  const echoes = datagram.answers.map((reply) => echo(reply, datagram, story));
  const told = tellings(datagram.told);
  const [last] = echoes.slice(-1);
  if (last === undefined || told === "") return told === "" ? echoes : [told];
  return [...echoes.slice(0, -1), `${last}; ${told}`];
}

/** `ICMP port unreachable came back inside this call`. */
function echo(reply: Datagram, subject: Datagram, story: Story): string {
  const { type, code, daddr } = reply.made?.event.facts ?? {};
  const name = icmpName(type, code);
  if (reply.outcome === "left") return `${name} went out to ${address(daddr, null)}`;
  if (reply.outcome === "lost" && reply.end !== undefined)
    return `the kernel's ${name} was dropped: ${because(reply.end.decision)}`;
  if (reply.outcome === "waiting") return `the kernel's ${name} waits: ${reply.end?.decision.why ?? ""}`;
  const end = reply.end ?? reply.made;
  const inside = story.call !== null && end?.step === story.step;
  const ms = (end?.ms ?? subject.ms) - subject.ms;
  return `${name} came back${inside ? " inside this call" : ms > 0 ? ` ${ms} ms later` : ""}`;
}

/** `ICMP port unreachable`. */
export function icmpName(type: unknown, code: unknown): string {
  const name = ICMP_TYPE_NAMES.get(type as number) ?? `type ${String(type)}`;
  const kind = type === ICMP_DEST_UNREACH ? ICMP_UNREACH_NAMES[code as number] : undefined;
  return kind === undefined ? `ICMP ${name}` : `ICMP ${kind} unreachable`;
}

/** Who was told of an error, how; or why nobody was. */
export function tellings(moments: readonly Moment[]): string {
  return distinct(moments.map(telling)).join("; ");
}

function telling({ event, decision }: Moment): string {
  const why = decision.why.replace(/: (?:not reported|no ICMP error)$/, "");
  if (event.fate === "unanswered") return `no ICMP error was sent: ${because({ ...decision, why })}`;
  if (event.fate === "unreported") return `the sender is not told: ${why}`;
  const name = errnoName(event.errno ?? 0) ?? String(event.errno);
  const queue = event.facts?.["error_queue"] === true ? ", and IP_RECVERR has queued it as well" : "";
  return `${name} is pending on ${event.socket ?? "the socket"}: its next call returns it${queue}`;
}
