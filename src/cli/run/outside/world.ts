// SPDX-License-Identifier: GPL-2.0-only
/** What happens outside of the log: who is written to must be there, and what is received must come. */
import type { Machine, Syscall, SysResult } from "../../../kernels/release.ts";
import { type CallStep, isTaskCall } from "../../../script/step.ts";
import { EAGAIN, EINTR } from "../../../uapi/errno.ts";
import { MSG_DONTWAIT, MSG_ERRQUEUE } from "../../../uapi/socket.ts";
import type { Report } from "../judge/report.ts";
import type { Ahead } from "../log/ahead.ts";
import type { Pace } from "../log/pace.ts";
import type { Sockets } from "../log/sockets.ts";
import { isEpollCall, isSetCall, lacks, limitOf, POLLERR, type WaitCall } from "../log/waits.ts";
import { inetOf } from "../survey.ts";
import {
  type Arrival,
  Arrivals,
  arrivalsOf,
  errorsOf,
  isErrorReceive,
  isReceive,
  reportedBy,
} from "./arrivals.ts";
import { Favour } from "./favour.ts";
import { type Between, Hosts } from "./hosts.ts";
import { Letters, outgoing, sends } from "./letters.ts";
import { reasonOf } from "./reason.ts";
import type { Strangers } from "./strangers.ts";

/** What the world is made of. */
export interface WorldParts {
  readonly machine: Machine;
  readonly strangers: Strangers;
  readonly sockets: Sockets;
  readonly report: Report;
  readonly pace: Pace;
  readonly ahead: Ahead;
  readonly between: Between;
}

/** Whoever writes to 0.0.0.0 writes to himself. */
const LOOPBACK = 0x7f000001;
/** How long the answer to an ARP request may take, in ms. */
const GREETING = 50;

const REMARKS = {
  stranger: "datagrams of programs outside of the log are sent by substitutes, as the log shows them",
  host: "what other hosts sent is received as frames, as the log shows it (ttl 64 and other defaults where it does not)",
  icmp: "ICMP errors are received as the error queue shows them",
  error:
    "errors that other hosts reported are received as ICMP messages about the last datagram sent to them",
} as const;
/** What a call is counted under that has not come, and cannot. */
const DATAGRAMS = "datagrams from outside of this machine";
const ERRORS = "errors from outside of this machine";
const UNSIZED =
  "receives that found nothing in the log, with a buffer size that it does not show; here a datagram is queued";
const NONBLOCKING =
  "is non-blocking: this call did not wait, though the log does not show how that was set (strace -e trace=network,fcntl,ioctl would)";
const WAITS = "waiting for something from outside of the log";

export class World {
  private readonly parts: WorldParts;
  private readonly letters: Letters;
  private readonly arrivals: Arrivals;
  private readonly favour: Favour;
  /** Whose datagrams have come in well. */
  private readonly trusted = new Set<number>();
  /** What is on its way while a call waits for it. */
  private awaited: { readonly fd: number; readonly arrival: Arrival } | undefined;

  /** A signal for the call that is made next, and for no other. */
  private signal: { due: boolean } | undefined;

  constructor(parts: WorldParts) {
    const { machine, strangers, sockets, between } = parts;
    this.parts = parts;
    this.letters = new Letters(
      (fd) => sockets.ask.own(fd),
      (fd) => sockets.ask.peer(fd),
    );
    this.favour = new Favour(machine, sockets, parts.ahead);
    this.arrivals = new Arrivals(new Hosts(machine, between), strangers, sockets, this.letters);
  }

  /** Make the world ready for a call; why that cannot be done, or undefined. */
  prepare(step: CallStep, call: Syscall): string | undefined {
    this.awaited = undefined;
    this.expect(step, call);
    if (sends(call)) this.favour.sent(step, call);
    if (isReceive(call)) this.found(step, call);
    if (isReceive(call) && step.written?.ret === -EINTR) this.interrupt(step);
    // What is there would be received into room that nobody had.
    if (step.unsized && "fd" in call && this.isThere(call)) return UNSIZED;
    if (isSetCall(call) || isEpollCall(call)) return this.wait(step, call);
    if (isReceive(call)) return this.receive(step, call);
    if (isErrorReceive(call)) return this.errors(step, call);
    if (sends(call) || call.name === "getsockopt") return this.told(step, call);
    return undefined;
  }

  private isThere(call: Syscall & { fd: number }): boolean {
    const { ask } = this.parts.sockets;
    const errors = "flags" in call && (call.flags & MSG_ERRQUEUE) !== 0;
    return errors ? (ask.bits(call.fd) & POLLERR) !== 0 : ask.readable(call.fd) && !ask.failed(call.fd);
  }

  /** A call was made; why its result is none to compare, or undefined. */
  made(step: CallStep, call: Syscall, result: SysResult): string | undefined {
    if (this.signal !== undefined) this.signal.due = false;
    this.signal = undefined;
    const held = "fd" in call ? this.parts.sockets.get(step.pid, call.fd) : undefined;
    if (held !== undefined && result.ret >= 0) {
      this.letters.note(held, call);
      this.favour.note(held, call);
    }
    const { awaited } = this;
    if (awaited === undefined) return undefined;
    const { ask } = this.parts.sockets;
    const there = ask.readable(awaited.fd) || ask.queued(awaited.fd);
    const lost = result.ret < (step.written?.ret ?? 0) && !there;
    if (!lost) this.trust(awaited.arrival);
    return lost ? `${WAITS}, which this machine drops` : undefined;
  }

  /** Who is written to, and is known to answer, must be at home. */
  private expect({ pid }: CallStep, call: Syscall): void {
    const { strangers } = this.parts;
    if (!strangers.any) return;
    const to = call.name === "connect" ? inetOf(call.addr?.bytes) : outgoing(call)?.to;
    if (to !== undefined) strangers.expect(to.addr || LOOPBACK, to.port, pid);
  }

  /** A receive that found nothing and went on: the socket does not block, whatever of the log shows why. */
  private found(step: CallStep, call: Syscall & { fd: number }): void {
    const { machine, report, sockets } = this.parts;
    const flags = "flags" in call ? call.flags : 0;
    if (step.written?.ret !== -EAGAIN || (flags & MSG_DONTWAIT) !== 0 || !sockets.ask.waits(call.fd)) return;
    machine.syscall({ name: "fcntl", fd: call.fd, nonblock: true });
    report.remark(step, `nonblock:${step.pid}:${call.fd}`, `descriptor ${call.fd} ${NONBLOCKING}`);
  }

  /** A signal ended the call while it slept. */
  private interrupt(step: CallStep): void {
    const { machine, pace } = this.parts;
    const signal = { due: true };
    machine.later(Math.max(1, pace.length(step)), () => {
      if (signal.due) machine.signal();
    });
    this.signal = signal;
  }

  // --- calls that wait -------------------------------------------------------------------------------------------

  /** Each socket that the log says has something must have it, before the call or while it waits. */
  private wait(step: CallStep, call: WaitCall): string | undefined {
    if (call.name === "epoll_ctl") return undefined;
    for (const [fd, bits] of this.parts.sockets.ready(step, call)) {
      if (!lacks(call, bits, this.parts.sockets.ask.bits(fd))) continue;
      const arrival = this.comingTo(step, fd);
      if (arrival === undefined) return WAITS;
      const missing = this.come(step, fd, arrival, this.delay(step, call, arrival));
      if (missing !== undefined && !missing.ours) return missing.why;
      if (missing !== undefined) return WAITS;
    }
    return undefined;
  }

  /** A call that waits for ever must be sure of what it waits for. */
  private delay(step: CallStep, call: WaitCall, arrival: Arrival): number {
    const sure = arrival.kind === "datagram" && this.trusted.has(arrival.from.addr);
    return sure || limitOf(call) !== undefined ? this.parts.pace.until(step, call) : 0;
  }

  /** What the next call shows that receives on a socket. */
  private comingTo({ pid, line }: CallStep, fd: number): Arrival | undefined {
    const { sockets, ahead } = this.parts;
    const held = sockets.get(pid, fd);
    for (const next of ahead.after(line)) {
      if (next.kind !== "call" || isTaskCall(next.call) || !("fd" in next.call)) continue;
      if (next.call.fd !== fd || (next.pid !== pid && sockets.get(next.pid, fd) !== held)) continue;
      if (next.call.name === "close") return undefined;
      const [error] = isErrorReceive(next.call) ? errorsOf(next) : [];
      if (error !== undefined) return error;
      if (reportedBy(next) !== undefined || isReceive(next.call)) return this.shownBy(next, fd)[0];
    }
    return undefined;
  }

  /** What a receiving call shows of what came: of an error, what the error queue tells of it later. */
  private shownBy(step: CallStep, fd: number): Arrival[] {
    const errno = -(step.written?.ret ?? 0);
    const queued = errno > 0 ? this.queuedLater(step, fd, errno) : undefined;
    return queued === undefined ? arrivalsOf(step, this.arrivals.answerer(step.pid, fd)) : [queued];
  }

  /** The error of that number which the next look into the error queue shows. */
  private queuedLater({ pid, line }: CallStep, fd: number, errno: number): Arrival | undefined {
    const { sockets, ahead } = this.parts;
    if (errno === EAGAIN || !sockets.ask.hearsErrors(fd)) return undefined;
    for (const next of ahead.after(line)) {
      if (next.kind !== "call" || isTaskCall(next.call) || !("fd" in next.call)) continue;
      if (next.call.fd !== fd || (next.pid !== pid && !sockets.shares(pid, next.pid, fd))) continue;
      if (next.call.name === "close" || sends(next.call)) return undefined;
      if (!isErrorReceive(next.call)) continue;
      return errorsOf(next).find((one) => one.kind === "icmp" && one.error.errno === errno);
    }
    return undefined;
  }

  // --- calls that receive or send ----------------------------------------------------------------------------------

  private receive(step: CallStep, call: Syscall & { fd: number }): string | undefined {
    const { sockets } = this.parts;
    if (sockets.ask.readable(call.fd)) return undefined;
    for (const arrival of this.shownBy(step, call.fd)) {
      const missing = this.come(step, call.fd, arrival, 0);
      if (missing !== undefined) return missing.ours ? undefined : missing.why;
    }
    return undefined;
  }

  /** ICMP messages that the error queue shows come first. */
  private errors(step: CallStep, call: Syscall & { fd: number }): string | undefined {
    if (this.parts.sockets.ask.queued(call.fd)) return undefined;
    for (const arrival of errorsOf(step)) {
      const missing = this.come(step, call.fd, arrival, 0);
      if (missing !== undefined) return missing.ours ? undefined : missing.why;
    }
    return undefined;
  }

  /** A send or SO_ERROR tells of an error that an earlier one had; the routes' own errors are not that. */
  private told(step: CallStep, call: Syscall & { fd: number }): string | undefined {
    const errno = reportedBy(step);
    const { sockets, machine } = this.parts;
    if (errno === undefined || sockets.ask.failed(call.fd)) return undefined;
    const to = outgoing(call)?.to ?? sockets.ask.peer(call.fd);
    if (to === undefined || machine.nexthop(to.addr) === undefined) return undefined;
    const arrival = this.queuedLater(step, call.fd, errno) ?? { kind: "error" as const, errno };
    const missing = this.come(step, call.fd, arrival, 0);
    return missing === undefined || missing.ours ? undefined : missing.why;
  }

  /** Let something come to a socket, at once or in `ms`: why it does not get there, or undefined. */
  private come(step: CallStep, fd: number, arrival: Arrival, ms: number): Missing | undefined {
    const { report, sockets } = this.parts;
    const { hosts } = this.arrivals;
    const what = arrival.kind === "datagram" ? DATAGRAMS : ERRORS;
    const sender = this.arrivals.sender(step.pid, fd, arrival);
    if (sender !== undefined && ms < GREETING) hosts.greet(sender, GREETING);
    this.favour.came(fd);
    const brought = this.arrivals.bring(step.pid, fd, arrival, ms);
    if ("not" in brought) return { why: `${what}: ${brought.not}`, ours: brought.ours };
    if (ms > 0) this.awaited = { fd, arrival };
    else if (!sockets.ask.readable(fd) && !(arrival.kind === "icmp" && sockets.ask.queued(fd)))
      return {
        why: `${what}, which this machine drops: ${reasonOf(hosts.events) ?? "no socket receives them"}`,
        ours: false,
      };
    if (ms === 0) this.trust(arrival);
    const kind = arrival.kind === "datagram" ? brought.by : arrival.kind;
    report.remark(step, kind === "stranger" ? "strangers" : kind, REMARKS[kind]);
    return undefined;
  }

  private trust(arrival: Arrival): void {
    if (arrival.kind === "datagram") this.trusted.add(arrival.from.addr);
  }
}

/** Why something does not come; `ours`: it is for the machine to find out. */
interface Missing {
  readonly why: string;
  readonly ours: boolean;
}
