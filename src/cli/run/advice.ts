// SPDX-License-Identifier: GPL-2.0-only
/**
 * What would have led elsewhere: changes to this very scenario, each of which is run, up to the call that it is about, on a
 * machine of its own before it is given. What changes nothing is not said.
 */
import type { Syscall } from "../../kernels/release.ts";
import { scenario } from "../../script/scenario.ts";
import { type CallStep, isTaskCall, type ScenarioStep } from "../../script/step.ts";
import type { Step } from "../../trace/step.ts";
import { type Story, StoryBook } from "../../trace/story.ts";
import { IP_NAMES, UDP_NAMES } from "../../uapi/in.ts";
import { MSG_FLAGS, SO_BROADCAST, SO_NAMES, SOL_SOCKET } from "../../uapi/socket.ts";
import { flagNames, nameOf } from "../../uapi/xlat.ts";
import { formatIpv4 } from "../../wire/ipv4.ts";
import { ending, GIVEN, isRefused, isWell, TRIED } from "../ending.ts";
import { undoings } from "../undoing.ts";

/** Runs other steps in silence, on the network of the run or on lan; `sink` takes what happens. */
export type Trial = (steps: Iterable<ScenarioStep>, lan: boolean, sink: (step: Step) => void) => void;

/** A change, in words and as what stands in the place of a step. */
interface Change {
  readonly words: string;
  /** In the place of the call. */
  readonly call?: CallStep;
  readonly before?: readonly ScenarioStep[];
  readonly after?: readonly ScenarioStep[];
  /** Left out. */
  readonly without?: ScenarioStep;
  readonly lan?: true;
}

/** Steps that all trials of a scenario may take together, and that one of its calls may have before it. */
const MOST_STEPS = 20_000;
const FAR = 1000;

/** Of one scenario. Every step of it has to come by, in order. */
export class Adviser {
  private readonly trial: Trial;
  /** Nobody asked for a network: lo alone is there. */
  private readonly bare: boolean;
  private readonly past: ScenarioStep[] = [];
  private readonly said = new Set<string>();
  private steps = 0;

  constructor(trial: Trial, bare: boolean) {
    this.trial = trial;
    this.bare = bare;
  }

  /** This step of the scenario comes next. */
  next(step: ScenarioStep): void {
    if (this.past.length <= FAR && step.kind !== "expect") this.past.push(step);
  }

  /** What is told of a call, with what would have led elsewhere. */
  readonly advise = (step: Step): Step => {
    const { story, verdict } = step;
    const target = this.past.at(-1);
    if (step.tree.call === null || story === undefined || verdict === null) return step;
    if (target?.kind !== "call" || isTaskCall(target.call) || this.past.length > FAR) return step;
    const end = `${ending(story)} ${verdict.decided?.fn}`;
    if (isWell(story) || story.send === null || this.said.has(end)) return step;
    this.said.add(end);
    return { ...step, verdict: { ...verdict, change: this.changes(target, target.call, story) } };
  };

  private changes(target: CallStep, call: Syscall, story: Story): string[] {
    const base = ending(story);
    const found: string[] = [];
    let tried = 0;
    for (const change of this.candidates(target, call, story)) {
      if (found.length === GIVEN[isRefused(story) ? "refused" : "lost"] || tried++ === TRIED) break;
      const other = this.run(change);
      if (other === undefined || isRefused(other) || ending(other) === base) continue;
      found.push(`${change.words} → ${ending(other)}`);
    }
    return found;
  }

  /** The story of the call, if it is made in the changed scenario. */
  private run({ call, before = [], after = [], without, lan }: Change): Story | undefined {
    this.steps += this.past.length;
    if (this.steps > MOST_STEPS) return undefined;
    const book = new StoryBook();
    let [story, isTarget]: [Story | undefined, boolean] = [undefined, false];
    const last = this.past.length - 1;
    const { past } = this;
    const steps = function* (): Generator<ScenarioStep> {
      for (const [i, step] of past.entries()) {
        if (i === last) yield* before;
        isTarget = i === last;
        if (step !== without) yield isTarget ? (call ?? step) : step;
        isTarget = false;
      }
      yield* after;
    };
    this.trial(steps(), lan ?? false, (step) => {
      const read = book.read(step.tree);
      if (isTarget && step.tree.call !== null) story = read;
    });
    return story;
  }

  private *candidates(target: CallStep, call: Syscall, story: Story): Generator<Change> {
    yield* this.resized(target, call, story);
    yield* ruled(story);
    yield* withoutFlags(target, call);
    yield* this.withoutSetting(call);
    yield* added(target, call, story);
    if (this.bare) yield { words: "--net lan", lan: true };
    else yield* routed(story);
  }

  /** The longest that goes, worked out. */
  private *resized(target: CallStep, call: Syscall, story: Story): Generator<Change> {
    if (!isRefused(story) || !("buf" in call) || !("len" in call) || call.len < 2) return;
    const sized = (len: number): Change => ({
      words: `${len} bytes instead of ${call.len}`,
      call: { ...target, call: { ...call, len } as Syscall },
    });
    const fits = (len: number): boolean => {
      const other = this.run(sized(len));
      return other !== undefined && !isRefused(other);
    };
    if (!fits(1)) return;
    let [low, high] = [1, Math.min(call.len, 0x10000)];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (fits(middle)) low = middle;
      else high = middle;
    }
    yield sized(low);
  }

  /** Options and addresses that were set on this socket before, the latest first. */
  private *withoutSetting(call: Syscall): Generator<Change> {
    if (!("fd" in call)) return;
    for (const step of this.past.slice(0, -1).reverse()) {
      if (step.kind !== "call" || isTaskCall(step.call)) continue;
      if (step.call.name === "socket" && step.written?.ret === call.fd) return;
      if (!("fd" in step.call) || step.call.fd !== call.fd) continue;
      const what = settingOf(step.call);
      if (what !== undefined) yield { words: `without line ${step.line} (${what})`, without: step };
    }
  }
}

function settingOf(call: Syscall): string | undefined {
  if (call.name === "bind" || call.name === "connect") return call.name;
  if (call.name !== "setsockopt") return undefined;
  const table = call.level === SOL_SOCKET ? SO_NAMES : call.level === 0 ? IP_NAMES : UDP_NAMES;
  return nameOf(table, call.optname) ?? `option ${call.optname}`;
}

/** A command before the call. */
function before(words: string): Change {
  const steps = [...scenario([words], { ifindex: () => undefined })];
  return { words: `${words} before it`, before: steps };
}

/** What decided undone. */
function* ruled(story: Story): Generator<Change> {
  for (const command of undoings(story)) yield before(command);
}

function* withoutFlags(target: CallStep, call: Syscall): Generator<Change> {
  if (!("flags" in call) || typeof call.flags !== "number" || call.flags === 0) return;
  yield {
    words: `without ${flagNames(MSG_FLAGS, call.flags)}`,
    call: { ...target, call: { ...call, flags: 0 } as Syscall },
  };
}

/** An option, a receiver, or time. */
function* added(target: CallStep, call: Syscall, story: Story): Generator<Change> {
  if (isRefused(story) && "fd" in call) {
    const set: Syscall = {
      name: "setsockopt",
      fd: call.fd,
      level: SOL_SOCKET,
      optname: SO_BROADCAST,
      optval: { bytes: Uint8Array.of(1, 0, 0, 0) },
      optlen: 4,
    };
    const step: CallStep = {
      ...target,
      name: set.name,
      call: set,
      written: undefined,
      begun: false,
      shown: {},
    };
    yield { words: `setsockopt(${call.fd}, SOL_SOCKET, SO_BROADCAST, [1], 4) before it`, before: [step] };
  }
  if (story.datagrams.some(({ outcome }) => outcome === "waiting")) {
    yield { words: "sleep 0.01 after it", after: before("sleep 0.01").before ?? [] };
  }
  for (const datagram of story.datagrams) {
    const { daddr, dport } = datagram.of("dropped").at(-1)?.decision.facts ?? {};
    if (typeof daddr === "number" && typeof dport === "number")
      yield before(`nc -ul ${formatIpv4(daddr)} ${dport} &`);
  }
}

/** A way to where none leads. */
function* routed(story: Story): Generator<Change> {
  const { daddr } = story.refused?.decision.facts ?? {};
  if (typeof daddr !== "number") return;
  for (const dev of ["eth0", "eth1"]) yield before(`ip route add ${formatIpv4(daddr)} dev ${dev}`);
}
