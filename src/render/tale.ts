// SPDX-License-Identifier: GPL-2.0-only
/** What became of one datagram, in the words that stand behind its state: `no socket is bound to … (NO_SOCKET). …`. */
import type { Datagram, Moment, Story } from "../trace/story.ts";
import { formatIpv4 } from "../wire/ipv4.ts";
import { hearsay } from "./hearsay.ts";
import { because, distinct, plural, reasonOf, sentences, waiting } from "./reason.ts";

/** What became of a datagram; `story` is that of the step which tells it. */
export function tale(datagram: Datagram, story: Story): string {
  const answers = hearsay(datagram, story);
  switch (datagram.outcome) {
    case "delivered":
      return sentences(arrival(datagram), ...answers);
    case "left":
      return sentences(departure(datagram), ...lostCopy(datagram), ...answers);
    case "held":
      return sentences(held(datagram), ...answers);
    case "waiting":
      return sentences(waiting((datagram.end as Moment).decision.why), ...gone(datagram), ...answers);
    case "lost":
      return sentences(loss(datagram), ...gone(datagram), ...answers);
    case "taken":
      return sentences(`${by(datagram)}consumed by the kernel`, ...answers);
    default:
      return sentences(`${by(datagram)}its fate is unknown`, ...answers);
  }
}

function held({ made }: Datagram): string {
  const { corked, bytes } = made?.event.facts ?? {};
  const on = made?.event.socket === undefined ? "" : ` on ${made.event.socket}`;
  const how = corked === true ? "UDP_CORK" : "MSG_MORE";
  return `${plural(Number(bytes), "byte")}${on}, by ${how}; no datagram has been sent yet`;
}

function loss(datagram: Datagram): string {
  const { event, decision } = datagram.end as Moment;
  return `${reasonOf(decision)} (${event.reason ?? "NOT_SPECIFIED"})`;
}

/** How far it got that came to no good end; over lo nothing else is to be expected. */
function gone(datagram: Datagram): string[] {
  const { frames, send, outcome } = datagram;
  if (frames.length === 0) return send === 0 || outcome === "waiting" ? [] : ["no frame left"];
  const way = route(frames);
  return way === "lo" ? [] : [`it had left by ${way}${pieces(frames)}${later(datagram)}`];
}

/** `by lo `; nothing where no device took it. */
function by(datagram: Datagram): string {
  const { frames } = datagram;
  return frames.length === 0 ? "" : `by ${route(frames)}${pieces(frames)}${later(datagram)} `;
}

/** `lo`, `eth0 to far0, then eth1`. */
function route(frames: readonly Moment[]): string {
  const hops = frames.map(({ event }) => {
    const { dev, to } = event.facts ?? {};
    return event.fate === "looped" && to !== dev ? `${String(dev)} to ${String(to)}` : String(dev);
  });
  return distinct(hops).join(", then ");
}

function pieces(frames: readonly Moment[]): string {
  return frames.length > 1 ? ` in ${frames.length} frames` : "";
}

/** The devices that took frames. */
export function devices(frames: readonly Moment[]): string {
  return distinct(frames.map(({ event }) => String(event.facts?.["dev"]))).join(", ");
}

/** `, 10 ms later, after ARP`. */
function later(datagram: Datagram): string {
  const ms = (datagram.frames[0]?.ms ?? datagram.ms) - datagram.ms;
  const waited = datagram.of("waiting").some(({ event }) => event.reason?.startsWith("NEIGH") === true);
  return `${ms > 0 ? `, ${ms} ms later` : ""}${waited ? ", after ARP" : ""}`;
}

function arrival(datagram: Datagram): string {
  const names = distinct(datagram.of("queued").map(({ event }) => event.socket ?? "a socket"));
  const queue = `the receive queue${names.length > 1 ? "s" : ""} of ${names.join(", ")}`;
  const [lost, ...others] = datagram.of("dropped");
  const n = others.length + 1;
  const rest =
    lost === undefined ? "" : `; ${n} more ${n === 1 ? "was" : "were"} dropped: ${because(lost.decision)}`;
  const copied = datagram.of("looped").some(({ event }) => event.facts?.["copy"] === true);
  return copied
    ? `a copy for this host, into ${queue}${rest}; the datagram itself left ${by(datagram).trim()}`
    : `${by(datagram)}into ${queue}${rest}`;
}

function departure(datagram: Datagram): string {
  const facts = datagram.of("sent").at(-1)?.event.facts ?? {};
  const dev = String(facts["dev"] ?? "the device");
  const { via } = datagram.end?.decision.facts ?? {};
  const hop = typeof via === "number" ? ` to the next hop ${formatIpv4(via)}` : "";
  const { frames } = datagram;
  const way = `by ${route(frames)}${hop}${pieces(frames)}${later(datagram)}`;
  const beyond =
    facts["behind"] === false
      ? `nothing is behind ${dev}: it is gone`
      : `what happens behind ${dev} is outside this machine`;
  return `${way}; ${beyond}`;
}

function lostCopy(datagram: Datagram): string[] {
  const copy = datagram.of("dropped").at(-1);
  return copy === undefined ? [] : [`the copy for this host was dropped: ${because(copy.decision)}`];
}
