// SPDX-License-Identifier: GPL-2.0-only
/**
 * The story of a session: what became of each datagram, who decided it and with which values. It is read from the fates
 * that the kernel tells (fate.ts) and from nothing else; it knows no kernel function by name.
 */

import { MSG_ERRQUEUE, SO_ERROR, SOL_SOCKET } from "../uapi/socket.ts";
import { type FateEvent, isReason, type Reason, type SyscallEvent } from "./event.ts";
import { failedPath } from "./failed.ts";
import type { Facts } from "./plain.ts";
import type { Call, Item, Syscall } from "./tree.ts";

/** A call around a moment; `context` where it is the first of a softirq or a timer. */
export interface Station {
  readonly call: Call;
  readonly context: string | null;
}

/** Who decided, in words and with the values that were compared. */
export interface Decision {
  readonly fn: string;
  readonly file: string;
  readonly why: string;
  readonly facts: Facts;
}

/** A fate, and where and when it was told. */
export interface Moment {
  readonly event: FateEvent;
  /** The calls around it, outermost first. */
  readonly chain: readonly Station[];
  readonly decision: Decision;
  /** Milliseconds since the session began. */
  readonly ms: number;
  /** The step in which it was told, from 1. */
  readonly step: number;
  /** In a softirq, a timer or a worker: it is not the caller's own doing. */
  readonly aside: boolean;
  /** A call ends with an error that was pending: what had put it there. */
  readonly origin?: Origin;
}

/** Where a pending error comes from: the packet that brought it, the datagram that it is about. */
export interface Origin {
  readonly by: Datagram | undefined;
  readonly about: Datagram | undefined;
}

/** What becomes of a datagram, in one word. */
export type Outcome =
  | "delivered"
  | "left"
  | "held"
  | "waiting"
  | "lost"
  | "taken"
  | "refused"
  | "unmade"
  | "unknown";

/** One datagram from the call that made it to its end, with all its copies and fragments. */
export class Datagram {
  readonly id: string;
  /** Which of the session's sends made it, counted with those that failed, from 1; 0: none did, it came in or the kernel made it. */
  readonly send: number;
  /** When it began, in milliseconds. */
  readonly ms: number;
  readonly moments: Moment[] = [];
  /** What the kernel answered: ICMP errors about it, echo replies. */
  readonly answers: Datagram[] = [];
  /** Whether somebody was told of an error about it, or why nobody was. */
  readonly told: Moment[] = [];

  constructor(id: string, send: number, ms: number) {
    this.id = id;
    this.send = send;
    this.ms = ms;
  }

  /** How it began: what it carries, between whom, by which route. The last word counts: corked data grows. */
  get made(): Moment | undefined {
    return this.moments.findLast(({ event }) => event.fate === "made" || event.fate === "held");
  }

  of(...fates: readonly FateEvent["fate"][]): Moment[] {
    return this.moments.filter(({ event }) => fates.includes(event.fate));
  }

  /** Where it came in from outside; undefined: this machine made it. */
  get arrival(): Moment | undefined {
    return this.of("arrived")[0];
  }

  /** The frames that a device took: those of a copy for this host itself are none. */
  get frames(): Moment[] {
    return this.of("sent", "looped").filter(({ event }) => event.facts?.["copy"] !== true);
  }

  get outcome(): Outcome {
    const last = this.moments.at(-1)?.event.fate;
    if (last === "held") return "held";
    if (last === "waiting") return "waiting";
    if (this.of("queued").length > 0) return "delivered";
    // A copy for this host that nobody wants does not make the frame that left a lost one.
    const copied = this.of("looped").some(({ event }) => event.facts?.["copy"] === true);
    const left = this.of("sent").length > 0;
    if (this.of("dropped").length > 0 && !(left && copied)) return "lost";
    if (left) return "left";
    if (this.of("consumed").length > 0) return "taken";
    return this.of("dropped").length > 0 ? "lost" : "unknown";
  }

  /** The moment that settled it. */
  get end(): Moment | undefined {
    switch (this.outcome) {
      case "held":
      case "waiting":
        return this.moments.at(-1);
      case "delivered":
        return this.of("queued")[0];
      case "lost": {
        // Where the rest goes because one piece was lost, that piece's reason counts.
        const lost = this.of("dropped");
        return lost.findLast(({ event }) => event.reason !== "NOT_SPECIFIED") ?? lost.at(-1);
      }
      case "left":
        return this.made ?? this.of("sent")[0];
      case "taken":
        return this.of("consumed")[0];
      default:
        return this.made;
    }
  }

  /** Nothing more is to come, unless an error about it comes back. */
  get settled(): boolean {
    return this.outcome !== "held" && this.outcome !== "waiting" && this.outcome !== "unknown";
  }
}

/** What one step tells: a call, or what happened between two. */
export interface Story {
  readonly call: SyscallEvent | null;
  /** Which of the session's steps it is, from 1. */
  readonly step: number;
  /** What it returned; null: it never did, or it is no call. */
  readonly ret: number | null;
  /** A failed call: who decided that. */
  readonly refused: Moment | null;
  /** A call that asked for nothing to be sent. */
  readonly unmade: Moment | null;
  /** Which of the session's sends this call is, from 1; 0: it made no datagram. */
  readonly send: number;
  /** The same of every call that sends, even if it made none; 0: it is no send. */
  readonly nth: number;
  /** The datagrams that this call made or that moved on in this step, in order. */
  readonly datagrams: readonly Datagram[];
  /** The calls around the first frame that left; around nothing, where none did: the outermost call. */
  readonly way: readonly Station[];
  /** Errors that came in here, about no datagram of this session that is still known: who was told, or why nobody was. */
  readonly reported: readonly Moment[];
}

/** Datagrams that are remembered after their end: an error about one may come back. */
const REMEMBERED = 256;
/** PACKET_OUTGOING (linux/if_packet.h). */
const OUTGOING = 4;
/** System calls that send. */
export const SENDS: ReadonlySet<string> = new Set([
  "send",
  "sendto",
  "sendmsg",
  "sendmmsg",
  "write",
  "writev",
  "splice",
]);
/** Packets that are nobody's datagram: the kernel keeps house with them. */
const HOUSEKEEPING: ReadonlySet<unknown> = new Set(["ARP", "IGMP"]);

/** Reads a session step by step and remembers the datagrams that are under way. */
export class StoryBook {
  private readonly known = new Map<string, Datagram>();
  private readonly about = new Map<string, Datagram>();
  private readonly arrived = new Map<string, Moment>();
  private readonly house = new Set<string>();
  private readonly pending = new Map<string, Origin & { readonly errno: number }>();
  private ms = 0;
  private sends = 0;
  private steps = 0;

  /** The story of the next step. Every step has to be read, in order. */
  read(step: Syscall): Story {
    this.steps++;
    const story = new Reader(step, this).story();
    if (step.call !== null && takesErrors(step.call)) this.pending.clear();
    return story;
  }

  get step(): number {
    return this.steps;
  }

  get now(): number {
    return this.ms;
  }

  pass(ms: number): void {
    this.ms += ms;
  }

  /** The number of a send that begins. */
  nextSend(): number {
    return ++this.sends;
  }

  datagram(id: string): Datagram | undefined {
    return this.known.get(id);
  }

  remember(datagram: Datagram): void {
    this.known.set(datagram.id, datagram);
    if (this.known.size <= REMEMBERED) return;
    for (const [id, old] of this.known) {
      if (!old.settled) continue;
      this.known.delete(id);
      return;
    }
  }

  /** A frame came in from outside: what becomes of it is a datagram's story if it concerns anybody. */
  arrive(id: string, moment: Moment): void {
    this.arrived.set(id, moment);
    const oldest = this.arrived.keys().next().value;
    if (this.arrived.size > REMEMBERED && oldest !== undefined) this.arrived.delete(oldest);
  }

  arrival(id: string): Moment | undefined {
    return this.arrived.get(id);
  }

  /** Is it one of the kernel's own packets, ARP or IGMP? Its beginning says so. */
  keepsHouse(id: string, event: FateEvent): boolean {
    if (HOUSEKEEPING.has(event.facts?.["protocol"])) this.house.add(id);
    const [oldest = ""] = this.house;
    if (this.house.size > REMEMBERED) this.house.delete(oldest);
    return this.house.has(id);
  }

  /** `id` is a packet that tells of `subject`. */
  answers(id: string, subject: Datagram): void {
    this.about.set(id, subject);
    const oldest = this.about.keys().next().value;
    if (this.about.size > REMEMBERED && oldest !== undefined) this.about.delete(oldest);
  }

  /** A socket has an error pending. */
  pend(socket: string, errno: number, origin: Origin): void {
    this.pending.delete(socket);
    this.pending.set(socket, { ...origin, errno });
    const oldest = this.pending.keys().next().value;
    if (this.pending.size > REMEMBERED && oldest !== undefined) this.pending.delete(oldest);
  }

  /** A call ends with an error of a socket: where it comes from, where that is known. */
  pended(socket: string, errno: number): Origin | undefined {
    const known = this.pending.get(socket);
    this.pending.delete(socket);
    return known?.errno === errno ? known : undefined;
  }

  subjectOf(id: string): Datagram | undefined {
    return this.about.get(id);
  }
}

/** Does a call take a socket's error away, or put the next of its queue in its place? */
function takesErrors({ name, args }: SyscallEvent): boolean {
  if (name === "getsockopt") return args["level"] === SOL_SOCKET && args["optname"] === SO_ERROR;
  return (Number(args["flags"] ?? 0) & MSG_ERRQUEUE) !== 0;
}

/** Reads one step. */
class Reader {
  private readonly step: Syscall;
  private readonly book: StoryBook;
  private readonly touched = new Set<Datagram>();
  private readonly reported: Moment[] = [];
  private readonly turned: Moment[] = [];
  private unmade: Moment | null = null;
  /** The last reason that each function gave. */
  private readonly reasons = new Map<string, Reason>();
  private send = 0;
  private readonly nth: number;

  constructor(step: Syscall, book: StoryBook) {
    this.step = step;
    this.book = book;
    this.nth = SENDS.has(step.call?.name ?? "") ? book.nextSend() : 0;
  }

  story(): Story {
    this.visit(this.step.body, null, this.step.call === null);
    const { call, ret } = this.step;
    const value = ret === null || ret.unknown === true ? null : ret.ret;
    return {
      call,
      step: this.book.step,
      ret: value,
      refused: value !== null && value < 0 ? this.refusal(-value) : null,
      unmade: this.unmade,
      send: this.send,
      nth: this.nth,
      datagrams: [...this.touched],
      way: this.way ?? this.outermost(),
      reported: this.reported,
    };
  }

  private way: readonly Station[] | undefined;

  private outermost(): Station[] {
    const call = this.step.body.find((item): item is Call => item.ev === "call");
    return call === undefined ? [] : [{ call, context: null }];
  }

  /** The calls around the item at hand. */
  private readonly stack: Station[] = [];

  private visit(items: readonly Item[], context: string | null, aside: boolean): void {
    for (const item of items) {
      if (item.ev === "in") this.visit(item.body, item.name, true);
      else if (item.ev === "call") {
        this.stack.push({ call: item, context });
        this.visit(item.body, null, aside);
        this.stack.pop();
      } else if (item.ev === "clock") this.book.pass(item.ms);
      else {
        if (item.ev === "fate") this.tell(item, this.stack.slice(), aside);
        else if (item.ev === "packet" && item.type === OUTGOING) this.way ??= this.stack.slice();
        if (isReason(item)) this.reasons.set(item.fn, item);
      }
    }
  }

  private tell(event: FateEvent, chain: readonly Station[], aside: boolean): void {
    const decision = this.decisionOf(event, chain);
    const { now: ms, step } = this.book;
    const origin =
      event.fate === "refused" && event.socket !== undefined
        ? this.book.pended(event.socket, event.errno ?? 0)
        : undefined;
    const moment: Moment = {
      ...{ event, chain, decision, ms, step, aside },
      ...(origin === undefined ? {} : { origin }),
    };
    switch (event.fate) {
      case "refused":
        if (!aside) this.turned.push(moment);
        return;
      case "unmade":
        this.unmade = moment;
        return;
      case "arrived":
        this.book.arrive(event.packet ?? "", moment);
        return;
      case "reported":
      case "unreported":
      case "unanswered":
        this.told(moment);
        return;
      default:
        if (event.fate === "dropped" && !aside) this.turned.push(moment);
        if (event.packet !== undefined) this.moved(event.packet, moment);
    }
  }

  private moved(id: string, moment: Moment): void {
    const { event, aside } = moment;
    const subject = event.about === undefined ? undefined : this.book.datagram(event.about);
    const known = this.book.datagram(id);
    if (known === undefined && this.book.keepsHouse(id, event)) return;
    // What the kernel consumes without anybody having sent it is its own business.
    if (known === undefined && (event.fate === "consumed" || event.fate === "waiting")) return;
    const datagram = known ?? this.begin(id, event.fate === "made" || event.fate === "held", aside);
    datagram.moments.push(moment);
    if (subject !== undefined && known === undefined) {
      subject.answers.push(datagram);
      this.book.answers(id, subject);
    }
    if (this.book.subjectOf(id) === undefined) this.touched.add(datagram);
  }

  private begin(id: string, made: boolean, aside: boolean): Datagram {
    let send = 0;
    if (made && !aside) send = this.send ||= this.nth || this.book.nextSend();
    const arrived = this.book.arrival(id);
    const datagram = new Datagram(id, send, arrived?.ms ?? this.book.now);
    if (arrived !== undefined) datagram.moments.push(arrived);
    this.book.remember(datagram);
    return datagram;
  }

  /** An error reached a socket, or did not: it is about the datagram that its message quotes, or that is at hand. */
  private told(moment: Moment): void {
    const { packet: id = "", fate, socket, errno } = moment.event;
    const subject = fate === "unanswered" ? this.book.datagram(id) : this.book.subjectOf(id);
    if (fate === "reported" && socket !== undefined && errno !== undefined)
      this.book.pend(socket, errno, { by: this.book.datagram(id), about: subject });
    if (subject === undefined) {
      if (fate !== "unanswered") this.reported.push(moment);
      return;
    }
    subject.told.push(moment);
    this.touched.add(subject);
  }

  private decisionOf(event: FateEvent, chain: readonly Station[]): Decision {
    const fn = event.by ?? event.fn;
    const file = event.file ?? chain.at(-1)?.call.file ?? "";
    const why = event.facts?.["why"];
    if (typeof why === "string") return { fn, file, why, facts: (event.facts?.["route"] ?? {}) as Facts };
    const own = event.by === undefined && event.text !== "";
    const reason = own ? event : this.reasons.get(fn);
    if (reason !== undefined) return { fn, file, why: reason.text, facts: reason.facts ?? {} };
    // Who usually decides was not asked: the innermost call around that gave a reason did.
    const around = chain.findLast(({ call }) => this.reasons.has(call.fn))?.call;
    const given = this.reasons.get(around?.fn ?? "");
    if (around === undefined || given === undefined)
      return { fn: event.fn, file, why: event.text, facts: {} };
    return { fn: around.fn, file: around.file, why: given.text, facts: given.facts ?? {} };
  }

  /** Of all that was turned down in the caller's own context, what the call failed of. */
  private refusal(errno: number): Moment | null {
    // A caller may make another error of it: no route to a group is no device to join it on.
    const told = this.turned.findLast(({ event }) => event.errno === errno) ?? this.turned.at(-1);
    return told ?? this.returned(errno);
  }

  /** In a recording of a real kernel nobody says why: only the returns tell where an error came from. */
  private returned(errno: number): Moment | null {
    const path = failedPath(this.step);
    const call = path.at(-1);
    if (call === undefined) return null;
    const reason = call.body.filter((item) => isReason(item)).at(-1) as Reason | undefined;
    const decision = { fn: call.fn, file: call.file, why: reason?.text ?? "", facts: reason?.facts ?? {} };
    const event: FateEvent = {
      ev: "fate",
      fn: call.fn,
      depth: path.length,
      fate: "refused",
      errno,
      text: decision.why,
    };
    const chain = path.map((c) => ({ call: c, context: null }));
    return { event, chain, decision, ms: this.book.now, step: this.book.step, aside: false };
  }
}
