// SPDX-License-Identifier: GPL-2.0-only
/** The answer to the question that a person came with: what became of the datagram, and who decided. */
import type { VerdictEvent } from "../trace/event.ts";
import { openCalls } from "../trace/failed.ts";
import { showFacts } from "../trace/show.ts";
import { type Datagram, type Decision, type Moment, SENDS, type Story } from "../trace/story.ts";
import type { Syscall } from "../trace/tree.ts";
import { errnoName, strerror } from "../uapi/errno.ts";
import { icmpName, tellings } from "./hearsay.ts";
import { plural, reasonOf, sentences } from "./reason.ts";
import { devices, tale } from "./tale.ts";

/** What became of one datagram, or of those that came to the same end. */
type End = Pick<VerdictEvent, "outcome" | "of" | "what">;

/** The answer of a step; null where there is nothing to say: a call that neither fails nor has to do with a datagram. */
export function answer(story: Story): VerdictEvent | null {
  const { refused, unmade, datagrams, ret } = story;
  if (refused !== null) return failure(story, refused);
  if (ret !== null && ret < 0) return said({ outcome: failedAs(story), what: `${strerror(-ret)}.` });
  if (unmade !== null)
    return said({ outcome: "unmade", what: sentences(reasonOf(unmade.decision)) }, unmade.decision);
  const errors = heard(story.reported);
  if (datagrams.length > 0) return success(story, datagrams, errors);
  const [first, ...more] = errors;
  return first === undefined ? null : said(first, story.reported[0]?.decision, more);
}

/** The end of a machine: the call that never returned, and where it stood. */
export function panicked(syscall: Syscall, message: string): VerdictEvent {
  const call = syscall.call?.name ?? "the clock";
  const where = openCalls(syscall.body).at(-1);
  const what = `${call} never returned: the kernel panicked, as the real one would.`;
  const decided = where && { fn: where.fn, file: where.file, why: message, facts: {} };
  return said({ outcome: "panicked", what }, decided);
}

function said(end: End, decision?: Decision, more: readonly End[] = []): VerdictEvent {
  const others = more.length === 0 ? {} : { more };
  const decided = decision === undefined ? {} : { decided: decidedBy(decision) };
  return { ev: "verdict", ...end, ...others, ...decided, change: [] };
}

function decidedBy({ fn, file, why, facts }: Decision): NonNullable<VerdictEvent["decided"]> {
  const values = showFacts(facts, fn);
  return { fn, file, why, ...(values === "" ? {} : { values }) };
}

/** To be read there was nothing; everything else was turned down. */
function failedAs({ call }: Story): "failed" | "refused" {
  return /^(?:recv|read)/.test(call?.name ?? "") ? "failed" : "refused";
}

function failure(story: Story, refused: Moment): VerdictEvent {
  const errno = refused.event.errno ?? -(story.ret ?? 0);
  const { origin } = refused;
  const { why } = refused.decision;
  const cause =
    origin !== undefined ? pending(origin, errno) : why === "" ? strerror(errno) : reasonOf(refused.decision);
  const rest = story.datagrams.flatMap((d) => (isOwn(d, story) ? remains(d) : spoiled(d)));
  if (rest.length === 0 && SENDS.has(story.call?.name ?? "")) rest.push("nothing was sent");
  return said({ outcome: failedAs(story), what: sentences(cause, ...rest) }, refused.decision);
}

/** An error that was pending, and what had put it there. */
function pending({ about, by }: NonNullable<Moment["origin"]>, errno: number): string {
  const { type, code } = by?.made?.event.facts ?? {};
  const what = type === undefined ? "an ICMP error" : `the ${icmpName(type, code)}`;
  const whose = about === undefined || about.send === 0 ? "" : ` for send ${about.send}`;
  return `${errnoName(errno) ?? errno} was pending, from ${what}${whose}`;
}

/** Does a call speak of this datagram? It made it, or added to it while it was held back. */
function isOwn(datagram: Datagram, story: Story): boolean {
  return !isEarlier(datagram, story) || datagram.of("held").length > 0;
}

/** A datagram of an earlier send: its story goes on here. */
function isEarlier({ send }: Datagram, story: Story): boolean {
  return send > 0 && send !== story.send;
}

/** A datagram that was on a queue and turned out to be no good when it was to be read. */
function spoiled(datagram: Datagram): string[] {
  const last = datagram.moments.at(-1);
  if (last?.event.fate !== "dropped" || datagram.of("queued").length === 0) return [];
  return [`the datagram on the queue was dropped (${last.event.reason ?? "NOT_SPECIFIED"})`];
}

/** What had happened to a datagram when its call failed. */
function remains(datagram: Datagram): string[] {
  const { frames } = datagram;
  if (frames.length > 0) return [`${plural(frames.length, "frame")} had already left by ${devices(frames)}`];
  const lost = datagram.of("dropped").at(-1);
  if (lost?.event.reason === "CORK_FLUSHED") return ["the corked data was dropped, nothing was sent"];
  return [];
}

/** The datagrams of a step, its own first; before them the one in question: what was lost. */
function success(story: Story, datagrams: readonly Datagram[], errors: readonly End[]): VerdictEvent {
  const own = datagrams.filter((d) => isOwn(d, story));
  const first = own.length > 0 ? own : datagrams;
  const deciding = first.find((d) => d.outcome === "lost") ?? (first[0] as Datagram);
  const order = [deciding, ...new Set([...own, ...datagrams].filter((d) => d !== deciding))];
  const [end, ...others] = together(order.map((d) => endOf(d, own, story)));
  return said(end as End, deciding.end?.decision, [...others, ...errors]);
}

/** A datagram's end, and its name apart: equal ends are told once. */
interface Named extends End {
  readonly name: string;
  readonly kind: string;
}

function endOf(datagram: Datagram, own: readonly Datagram[], story: Story): Named {
  const end = { outcome: datagram.outcome, what: tale(datagram, story) };
  const { bytes } = datagram.made?.event.facts ?? {};
  if (isEarlier(datagram, story) && !own.includes(datagram))
    return { ...end, kind: "send", name: String(datagram.send) };
  if (datagram.send === 0) return { ...end, kind: entrance(datagram), name: "" };
  if (own.length > 1) return { ...end, kind: "datagram", name: String(own.indexOf(datagram) + 1) };
  const whole = typeof bytes === "number" && bytes !== story.ret && datagram.outcome !== "held";
  return { ...end, kind: whole ? plural(bytes, "byte") : "", name: "" };
}

/** `a frame of 60 bytes that came in on eth0`; at the far end of a cable: `put on far0`. */
function entrance({ arrival, frames }: Datagram): string {
  if (arrival === undefined) return "a packet that came in";
  const { dev, len } = arrival.event.facts ?? {};
  const put = frames[0]?.event.facts?.["dev"] === dev;
  return `a frame of ${plural(len as number, "byte")} ${put ? "put" : "that came in"} on ${String(dev)}`;
}

/** Ends that read alike as one: `sends 2, 3`. */
function together(ends: readonly Named[]): End[] {
  const groups = new Map<string, Named[]>();
  for (const end of ends) {
    const key = `${end.outcome} ${end.kind} ${end.what}`;
    groups.set(key, [...(groups.get(key) ?? []), end]);
  }
  return [...groups.values()].map((group) => {
    const { outcome, what, kind } = group[0] as Named;
    const names = group.map(({ name }) => name).filter((name) => name !== "");
    const of = names.length === 0 ? kind : `${kind}${names.length > 1 ? "s" : ""} ${names.join(", ")}`;
    return { ...(outcome === undefined ? {} : { outcome }), ...(of === "" ? {} : { of }), what };
  });
}

/** Errors that came in about no datagram that is known. */
function heard(reported: readonly Moment[]): End[] {
  return reported.map((moment) => ({
    outcome: moment.event.fate,
    of: "an ICMP error that came in",
    what: `${tellings([moment])}.`,
  }));
}
