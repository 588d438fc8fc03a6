// SPDX-License-Identifier: GPL-2.0-only
/** The way of a datagram: the functions that handed it on, from the system call to where its story ends. */
import type { Datagram, Moment, Station, Story } from "../trace/story.ts";
import { errnoName } from "../uapi/errno.ts";

/** How a way ends: the functions that decided, the last above all, and what became of the datagram in a few words. */
export interface End {
  /** From where the way before it was left. Empty: nobody in this machine. */
  readonly stations: readonly Station[];
  readonly text: string;
}

/** The sending half, and what it led to: what took it, the answer, and whether somebody was told. */
export interface Journey {
  readonly sent: readonly Station[];
  readonly ends: readonly End[];
  readonly failed: boolean;
}

/** The way of the datagrams of one step, or of the call that sent none. */
export function journey(story: Story): Journey {
  const { refused, unmade, datagrams, ret } = story;
  if (refused !== null) {
    const name = errnoName(refused.event.errno ?? -(ret ?? 0)) ?? String(ret);
    const { why } = refused.decision;
    return alone(refused.chain, why === "" ? name : `${name}: ${why}`, true);
  }
  if (unmade !== null) return alone(unmade.chain, unmade.decision.why, false);
  const [first] = datagrams;
  const way = first === undefined ? undefined : onTheWay(first);
  if (first === undefined || way === undefined) {
    const text = ret === null ? "" : `returned ${ret}`;
    return { sent: story.way, ends: text === "" ? [] : [{ stations: [], text }], failed: (ret ?? 0) < 0 };
  }
  const ends = datagrams.flatMap((d) => endings(d, way));
  return { sent: way.chain, ends: onwards(way.chain, ends), failed: false };
}

function alone(sent: readonly Station[], text: string, failed: boolean): Journey {
  return { sent, ends: [{ stations: [], text }], failed };
}

/** Where the first frame is handed to a device; where it stays, if none is. */
function onTheWay(datagram: Datagram): Moment | undefined {
  return datagram.frames[0] ?? datagram.end ?? datagram.moments[0];
}

function endings(datagram: Datagram, way: Moment): End[] {
  const alike = ({ event }: Moment): boolean =>
    event.fate === way.event.fate && event.text === way.event.text;
  const ends = datagram.moments.flatMap((moment) => ending(moment, alike(moment)));
  const told = datagram.told.flatMap((moment) =>
    moment.event.fate === "reported"
      ? [
          {
            stations: moment.chain,
            text: `${errnoText(moment)} is pending on ${moment.event.socket ?? "a socket"}`,
          },
        ]
      : [],
  );
  return [...once(ends), ...told];
}

const errnoText = ({ event }: Moment): string => errnoName(event.errno ?? 0) ?? String(event.errno);

/** What a moment says of the end; `here`: the way that was drawn ends in it. */
function ending({ event, chain, decision }: Moment, here: boolean): End[] {
  const stations = here ? [] : chain;
  switch (event.fate) {
    case "sent":
      return [{ stations: [], text: `left by ${String(event.facts?.["dev"])}` }];
    case "queued":
      return [{ stations, text: `queued on ${event.socket ?? "a socket"}` }];
    case "dropped":
      return [{ stations, text: decision.why }];
    case "consumed":
      return [{ stations, text: "consumed by the kernel" }];
    case "held":
      return [{ stations, text: "held back" }];
    case "waiting":
      return [{ stations, text: decision.why }];
    default:
      return [];
  }
}

/** Of fragments that ended alike one is enough. */
function once(ends: readonly End[]): End[] {
  return ends.filter(({ text }, i) => ends.findIndex((e) => e.text === text) === i);
}

/** Each end without the functions that were named before. */
function onwards(sent: readonly Station[], ends: readonly End[]): End[] {
  const named = new Set(sent.map(({ call }) => call));
  return ends.map(({ stations, text }) => {
    const last = stations.length - 1;
    const rest = stations.filter(({ call }, i) => i === last || !named.has(call));
    for (const { call } of rest) named.add(call);
    return { stations: rest, text };
  });
}
