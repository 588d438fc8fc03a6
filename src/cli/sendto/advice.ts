// SPDX-License-Identifier: GPL-2.0-only
/**
 * What would have led elsewhere: changes to this very command line, each of which is tried on a machine of its own
 * before it is given. What changes nothing is not said.
 */
import type { Story } from "../../trace/story.ts";
import { formatIpv4 } from "../../wire/ipv4.ts";
import { ending, GIVEN, isRefused, isWell, TRIED } from "../ending.ts";
import { undoings } from "../undoing.ts";
import type { RawRequest } from "./options.ts";

/** A command line: its arguments and its options, as they were given. */
export interface Line {
  readonly args: readonly [host: string, port: string, payload: string | undefined];
  readonly raw: RawRequest;
  readonly net?: string;
  /** Commands of ip(8) and iptables(8) that come after the network. */
  readonly commands?: readonly string[];
}

/** A changed command line, and the change in words. */
interface Change {
  readonly words: string;
  readonly line: Line;
}

/** Runs a command line: the stories of its sends, or of the set-up call that failed; null where it is no command line. */
export type Runner = (line: Line) => Promise<readonly Story[] | null>;

/** The changes that were tried and lead elsewhere, the smallest first: `--listen → delivered`. `send`: which send of the line, from 1. */
export async function advise(line: Line, story: Story, send: number, run: Runner): Promise<string[]> {
  const base = ending(story);
  if (isWell(story)) return [];
  const found: string[] = [];
  let tried = 0;
  for await (const { words, line: changed } of changes(line, story, run)) {
    if (found.length === GIVEN[isRefused(story) ? "refused" : "lost"] || tried++ === TRIED) break;
    // As far as the send that it is about; one more where that is the change.
    const count = Math.max(send, changed.raw.count === line.raw.count ? 1 : Number(changed.raw.count));
    const other = (await run({ ...changed, raw: { ...changed.raw, count: String(count) } }))?.at(-1);
    if (other === undefined) continue;
    const end = ending(other);
    if (end === base || (isRefused(other) && !words.endsWith("-n 2"))) continue;
    const which = isRefused(other) ? end.replace(/^(\S+) fails/, "the second $1 fails") : end;
    found.push(`${words} → ${which}`);
  }
  return found;
}

async function* changes(line: Line, story: Story, run: Runner): AsyncGenerator<Change> {
  yield* resized(line, story, run);
  yield* ruled(line, story);
  yield* without(line);
  yield* added(line, story);
  yield* rerouted(line, story);
}

/** Each option that was given left out, then all that were given several times. */
function* without(line: Line): Generator<Change> {
  for (const [key, option] of REMOVABLE) {
    const { [key]: given, ...rest } = line.raw;
    if (given === undefined || given === false) continue;
    if (Array.isArray(given)) {
      if (given.length === 0) continue;
      const words = `without --${option}`;
      yield { words, line: { ...line, raw: { ...line.raw, [key]: [] } } };
    } else yield { words: `without --${option}`, line: { ...line, raw: rest as RawRequest } };
  }
}

/** Options that can be left out, in the order of how little is lost by that. */
const REMOVABLE: readonly (readonly [keyof RawRequest, string])[] = [
  ["dontroute", "dontroute"],
  ["flags", "flags"],
  ["cork", "cork"],
  ["nonblock", "nonblock"],
  ["sndbuf", "sndbuf"],
  ["ttl", "ttl"],
  ["mtuDiscover", "mtu-discover"],
  ["ipOptions", "ip-options"],
  ["cmsg", "cmsg"],
  ["device", "device"],
  ["mark", "mark"],
  ["bind", "bind"],
  ["join", "join"],
  ["multicastIf", "multicast-if"],
  ["multicastTtl", "multicast-ttl"],
  ["multicastLoop", "multicast-loop"],
  ["setsockopt", "setsockopt"],
  ["recverr", "recverr"],
  ["connect", "connect"],
];

/** An option more. */
function* added(line: Line, story: Story): Generator<Change> {
  const { raw } = line;
  const add = (words: string, more: Partial<RawRequest>): Change => ({
    words,
    line: { ...line, raw: { ...raw, ...more } },
  });
  const refused = isRefused(story);
  if (raw.broadcast !== true && refused) yield add("--broadcast", { broadcast: true });
  const waits = story.datagrams.some(({ outcome }) => outcome === "waiting");
  if (raw.wait === undefined && waits) yield add("--wait 10", { wait: "10" });
  if (raw.listen !== true) yield add("--listen", { listen: true });
  if (!refused && Number(raw.count) < 2) {
    if (raw.connect === true || raw.recverr === true) yield add("-n 2", { count: "2" });
    else {
      yield add("--connect -n 2", { connect: true, count: "2" });
      yield add("--recverr -n 2", { recverr: true, count: "2" });
    }
  }
  if (refused) {
    if (raw.mtuDiscover === undefined) yield add("--mtu-discover dont", { mtuDiscover: "dont" });
    if (raw.nonblock === true || raw.sndbuf !== undefined) yield add("--sndbuf 65536", { sndbuf: "65536" });
  }
}

/** Another length, worked out; another port. */
async function* resized(line: Line, story: Story, run: Runner): AsyncGenerator<Change> {
  const [host, port, payload] = line.args;
  if (isRefused(story) && port === "0") {
    yield { words: "port 9 instead of 0", line: { ...line, args: [host, "9", payload] } };
  }
  const size = Number(line.raw.size ?? 0);
  if (!isRefused(story) || size < 2) return;
  const sized = (n: number): Line => ({
    ...line,
    args: [host, port, undefined],
    raw: { ...line.raw, size: String(n) },
  });
  const fits = async (n: number): Promise<boolean> => {
    const [first] = (await run({ ...sized(n), raw: { ...sized(n).raw, count: "1" } })) ?? [];
    return first !== undefined && !isRefused(first);
  };
  if (!(await fits(1))) return;
  let [low, high] = [1, Math.min(size, 0x10000)];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (await fits(middle)) low = middle;
    else high = middle;
  }
  yield { words: `--size ${low}`, line: sized(low) };
}

/** A command after the network. */
function after(line: Line, words: string): Change {
  return { words, line: { ...line, commands: [...(line.commands ?? []), words] } };
}

/** What decided undone. */
function* ruled(line: Line, story: Story): Generator<Change> {
  for (const command of undoings(story)) yield after(line, command);
}

/** Another network, or a route more. */
function* rerouted(line: Line, story: Story): Generator<Change> {
  if (line.net === undefined) yield { words: "--net lan", line: { ...line, net: "lan" } };
  const { daddr } = story.refused?.decision.facts ?? {};
  if (line.net === undefined || typeof daddr !== "number") return;
  for (const dev of ["eth0", "eth1"]) yield after(line, `ip route add ${formatIpv4(daddr)} dev ${dev}`);
}
