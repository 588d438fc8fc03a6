// SPDX-License-Identifier: GPL-2.0-only
/** The answer to the question that a person came with, in words: what became of the datagram, and who decided. */
import type { VerdictEvent } from "../trace/event.ts";
import { openCalls } from "../trace/failed.ts";
import { showFacts } from "../trace/show.ts";
import type { Datagram, Decision, Moment, Outcome, Story } from "../trace/story.ts";
import type { Syscall } from "../trace/tree.ts";
import { errnoName, strerror } from "../uapi/errno.ts";
import { ICMP_DEST_UNREACH, ICMP_TYPE_NAMES, ICMP_UNREACH_NAMES } from "../wire/icmp.ts";
import { formatIpv4 } from "../wire/ipv4.ts";

/** The answer of a step; null where there is nothing to say: a call that neither fails nor has to do with a datagram. */
export function answer(story: Story): VerdictEvent | null {
  if (story.refused !== null) return failure(story, story.refused);
  if (story.ret !== null && story.ret < 0) return said(failed(story), "refused");
  if (story.unmade !== null) return unmade(story, story.unmade);
  const { datagrams, reported } = story;
  if (datagrams.length > 0) return success(story, datagrams);
  const [first] = reported;
  return first === undefined ? null : said(sentence(tellings(reported)), "unknown", first.decision);
}

/** The end of a machine: the call that never returned, and where it stood. */
export function panicked(syscall: Syscall, message: string): VerdictEvent {
  const call = syscall.call?.name ?? "the clock";
  const where = openCalls(syscall.body).at(-1);
  const what = `${call} never returned: the kernel panicked, as the real one would.`;
  const decided = where && { fn: where.fn, file: where.file, why: message, facts: {} };
  return said(what, "unknown", decided);
}

function said(what: string, outcome: Outcome, decision?: Decision): VerdictEvent {
  if (decision === undefined) return { ev: "verdict", outcome, what, change: [] };
  const { fn, file } = decision;
  return { ev: "verdict", outcome, what, decided: { fn, file, why: because(decision) }, change: [] };
}

/** A reason with the values that were compared. */
export function because({ why, facts, fn }: Decision): string {
  const values = showFacts(facts, fn);
  return values === "" ? why : `${why} (${values})`;
}

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`;
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** Calls that send: what had left when one failed is of interest. */
const SENDS: ReadonlySet<string> = new Set([
  "send",
  "sendto",
  "sendmsg",
  "sendmmsg",
  "write",
  "writev",
  "splice",
]);

function failed({ call, ret }: Story): string {
  const errno = -(ret ?? 0);
  const name = errnoName(errno) ?? String(errno);
  return `${call?.name ?? "the call"} failed with ${name} (${strerror(errno)})`;
}

function failure(story: Story, refused: Moment): VerdictEvent {
  const rest = story.datagrams.flatMap((d) => (isOwn(d, story) ? remains(d) : spoiled(d)));
  if (rest.length === 0 && SENDS.has(story.call?.name ?? "")) rest.push("nothing was sent");
  const what = `${[failed(story), ...rest].join(rest.length > 0 ? ": " : "")}.`;
  return said(what, "refused", refused.decision);
}

/** Does a call speak of this datagram? It made it, or added to it while it was held back. */
function isOwn(datagram: Datagram, story: Story): boolean {
  return !isEarlier(datagram, story) || datagram.of("held").length > 0;
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
  if (frames.length > 0)
    return [`${plural(frames.length, "frame")} had already left by ${devices(frames).join(", ")}`];
  const lost = datagram.of("dropped").at(-1);
  if (lost?.event.reason === "CORK_FLUSHED") return ["the corked data was dropped, nothing was sent"];
  return [];
}

function unmade(story: Story, { decision }: Moment): VerdictEvent {
  return said(`${returns(story)} and nothing is sent.`, "unmade", decision);
}

function returns({ call, ret }: Story): string {
  return `${call?.name ?? "the call"} returns ${ret ?? "nothing"}`;
}

function success(story: Story, datagrams: readonly Datagram[]): VerdictEvent {
  const deciding = datagrams.find((d) => d.outcome === "lost") ?? (datagrams[0] as Datagram);
  const tales = datagrams.map((d) => tale(d, story));
  if (story.reported.length > 0)
    tales.push(sentence(`of the error that came in, ${tellings(story.reported)}`));
  const what = tales.join(" ");
  return said(what, deciding.outcome, deciding.end?.decision);
}

/** What became of one datagram. */
function tale(datagram: Datagram, story: Story): string {
  const { outcome, told } = datagram;
  const earlier = isEarlier(datagram, story);
  const parts = [departure(datagram, earlier)];
  if (outcome === "delivered") parts.push(arrival(datagram));
  if (outcome === "waiting" || outcome === "lost") parts.push(ending(datagram));
  if (outcome === "left" && !earlier) parts.push(beyond(datagram));
  if (outcome === "taken") parts.push("The kernel consumed it.");
  parts.push(...echoes(datagram));
  if (told.length > 0) parts.push(sentence(tellings(told)));
  if (outcome === "lost" && !earlier && datagram.send > 0) parts.push(`The call still returns ${story.ret}.`);
  return parts.join(" ");
}

/** A datagram of an earlier send: its story goes on here. */
function isEarlier({ send }: Datagram, story: Story): boolean {
  return send > 0 && send !== story.send;
}

/** `5 bytes to 127.0.0.1:9999`. */
function subject(datagram: Datagram): string {
  const facts = datagram.made?.event.facts ?? {};
  const bytes = facts["bytes"];
  const what = typeof bytes === "number" ? plural(bytes, "byte") : "a packet that came in";
  const to = address(facts["daddr"], facts["dport"]);
  return to === "" ? what : `${what} to ${to}`;
}

function address(addr: unknown, port: unknown): string {
  if (typeof addr !== "number") return "";
  return typeof port === "number" ? `${formatIpv4(addr)}:${port}` : formatIpv4(addr);
}

/** How far it got: by which devices, in how many frames, when. */
function departure(datagram: Datagram, earlier: boolean): string {
  const { frames, outcome, made } = datagram;
  const what = subject(datagram) + (earlier ? ` (send ${datagram.send})` : "");
  if (outcome === "held") {
    const { corked, bytes } = made?.event.facts ?? {};
    const on = made?.event.socket === undefined ? "" : ` on ${made.event.socket}`;
    const by = corked === true ? "UDP_CORK" : "MSG_MORE";
    return sentence(
      `${what} ${bytes === 1 ? "is" : "are"} held back${on} (${by}): no datagram has been sent yet`,
    );
  }
  if (frames.length === 0) return sentence(`${what} did not leave`);
  const pieces = frames.length > 1 ? ` in ${frames.length} frames` : "";
  return sentence(`${what} left by ${route(frames)}${pieces}${later(datagram)}`);
}

/** `eth0`, `lo and came in on lo`, `eth0 and came in on far0, left by eth1`. */
function route(frames: readonly Moment[]): string {
  const hops = frames.map(({ event }) => {
    const { dev, to } = event.facts ?? {};
    return event.fate === "looped" ? `${String(dev)} and came in on ${String(to)}` : String(dev);
  });
  return hops.filter((hop, i) => hops.indexOf(hop) === i).join(", then left by ");
}

function devices(frames: readonly Moment[]): string[] {
  const names = frames.map(({ event }) => String(event.facts?.["dev"]));
  return names.filter((name, i) => names.indexOf(name) === i);
}

/** ` 10 ms later, after ARP`. */
function later(datagram: Datagram): string {
  const ms = (datagram.frames[0]?.ms ?? datagram.ms) - datagram.ms;
  const waited = datagram.of("waiting").some(({ event }) => event.reason?.startsWith("NEIGH") === true);
  return `${ms > 0 ? ` ${ms} ms later` : ""}${waited ? `${ms > 0 ? "," : ""} after ARP` : ""}`;
}

function arrival(datagram: Datagram): string {
  const queued = datagram.of("queued");
  const sockets = queued.map(({ event }) => event.socket ?? "a socket");
  const names = sockets.filter((name, i) => sockets.indexOf(name) === i);
  const queue = names.length > 1 ? "receive queues" : "receive queue";
  const copies = datagram.of("looped").some(({ event }) => event.facts?.["copy"] === true);
  const what = copies ? "A copy for this host" : "The datagram";
  const others = datagram.of("dropped");
  const lost =
    others.length > 0
      ? ` ${sentence(`${others.length} more were dropped: ${because((others[0] as Moment).decision)}`)}`
      : "";
  return `${what} is in the ${queue} of ${names.join(", ")}.${lost}`;
}

/** Why it stays or is lost; the values stand beside who decided. */
function ending(datagram: Datagram): string {
  const { event, decision } = datagram.end as Moment;
  if (event.fate === "dropped")
    return sentence(`dropped (${event.reason ?? "NOT_SPECIFIED"}): ${decision.why}`);
  return sentence(waiting(decision.why));
}

/** `it waits for …`: a reason may say already that it does. */
export function waiting(why: string): string {
  return why.startsWith("waits ") ? `it ${why}` : `it waits: ${why}`;
}

function beyond(datagram: Datagram): string {
  const last = datagram.of("sent").at(-1);
  const dev = String(last?.event.facts?.["dev"] ?? "the device");
  if (last?.event.facts?.["behind"] === false) return `There is nothing behind ${dev}: it is gone.`;
  const copy = datagram.of("dropped").at(-1);
  const lost = copy === undefined ? "" : ` The copy for this host was dropped: ${because(copy.decision)}.`;
  return `What happens to it behind ${dev} is outside this machine.${lost}`;
}

/** What the kernel answered. */
function echoes(datagram: Datagram): string[] {
  return datagram.answers.map((reply) => {
    const { type, code } = reply.made?.event.facts ?? {};
    const where = reply.outcome === "left" ? ` to ${address(reply.made?.event.facts?.["daddr"], null)}` : "";
    const lost =
      reply.outcome === "lost" && reply.end !== undefined
        ? `, which was dropped: ${because(reply.end.decision)}`
        : "";
    return sentence(`the kernel answered with ${icmpName(type, code)}${where}${lost}`);
  });
}

function icmpName(type: unknown, code: unknown): string {
  const name = ICMP_TYPE_NAMES.get(type as number) ?? `ICMP type ${String(type)}`;
  const kind = type === ICMP_DEST_UNREACH ? ICMP_UNREACH_NAMES[code as number] : undefined;
  return kind === undefined ? `ICMP ${name}` : `ICMP ${kind} unreachable`;
}

/** Who was told of an error, how; or why nobody was. */
function tellings(moments: readonly Moment[]): string {
  return moments
    .map(({ event, decision }) => {
      const why = because({ ...decision, why: decision.why.replace(/: (?:not reported|no ICMP)$/, "") });
      if (event.fate === "unanswered") return `no ICMP error was sent: ${why}`;
      if (event.fate === "unreported") return `the sender is not told: ${why}`;
      const name = errnoName(event.errno ?? 0) ?? String(event.errno);
      const queue = event.facts?.["error_queue"] === true ? ", and IP_RECVERR has queued it as well" : "";
      return `${name} is pending on ${event.socket ?? "the socket"}: its next call fails with it${queue}`;
    })
    .join("; ");
}
