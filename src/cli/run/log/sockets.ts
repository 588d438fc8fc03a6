// SPDX-License-Identifier: GPL-2.0-only
/** The processes of a log and their descriptors: which are simulated sockets, and who may make which call on them. */
import type { Machine, Others, Syscall, SysResult } from "../../../kernels/release.ts";
import type { CallStep, SkipStep } from "../../../script/step.ts";
import { OTHER_CALLS } from "../../../script/strace/call.ts";
import { OTHER_NETWORK, SOME_NAMESPACE } from "../../../script/strace/process.ts";
import { EBADF, EMFILE, ENOTSOCK } from "../../../uapi/errno.ts";
import { SOCK_TYPE_MASK } from "../../../uapi/socket.ts";
import type { Report } from "../judge/report.ts";
import type { Ahead } from "./ahead.ts";
import type { Descriptors, Held } from "./descriptors.ts";
import { Inquiry } from "./inquiry.ts";
import type { Family } from "./kin.ts";
import type { Pace } from "./pace.ts";
import { Processes } from "./processes.ts";
import {
  ANY_FILE,
  closesOnExec,
  isWorthwhile,
  MAKES_ONE,
  NOT_HERE,
  openedAs,
  unknown,
  unsimulated,
  works,
} from "./sorts.ts";
import { Taken } from "./taken.ts";
import { decorated, STREAM_CALLS } from "./unopened.ts";
import {
  descriptorsOf,
  type EpollCall,
  isClosed,
  isEpollCall,
  isSetCall,
  readyIn,
  type SetCall,
  type WaitCall,
  type Watched,
  wasInterrupted,
} from "./waits.ts";

/** What listen and accept are counted under where a socket has no connections. */
const CONNECTIONS = "listen and accept, which connectionless sockets do not support";

/** Calls that are not about one descriptor. */
const NOT_OF_ONE = [
  "socket",
  "open",
  "epoll_create",
  "epoll_create1",
  "epoll_ctl",
  "epoll_wait",
  "epoll_pwait",
  "poll",
  "ppoll",
  "select",
  "pselect6",
] as const;

/** What sockets are looked after with. */
export interface SocketTools {
  readonly machine: Machine;
  readonly report: Report;
  readonly pace: Pace;
  readonly ahead: Ahead;
  readonly family: Family;
}

/** A call as the machine is to make it, or why it is not. */
export type Ready = { readonly call: Syscall } | { readonly skip: string };

export class Sockets {
  /** What the machine says of a socket. */
  readonly ask: Inquiry;
  readonly processes: Processes;
  private readonly machine: Machine;
  private readonly report: Report;
  private readonly pace: Pace;
  private readonly held: Descriptors;
  private readonly taken: Taken;

  constructor({ machine, report, pace, ahead, family }: SocketTools) {
    this.machine = machine;
    this.ask = new Inquiry(machine);
    this.report = report;
    this.pace = pace;
    this.processes = new Processes(machine, family);
    this.held = this.processes.held;
    this.taken = new Taken(machine, report, ahead, this.held);
  }

  // --- before a call -----------------------------------------------------------------------------------------

  /** Is it a call that the machine can make? */
  prepare(step: CallStep, call: Syscall): Ready {
    this.processes.enter(step.pid);
    const ret = step.written?.ret;
    switch (call.name) {
      case "socket": {
        const family = unsimulated(call, ret);
        if (family === undefined) return { call: this.wishing(step, call) };
        if (ret !== undefined && ret >= 0) this.other(ret, family);
        return { skip: family };
      }
      case "open":
        return { skip: OTHER_CALLS };
      case "epoll_create":
      case "epoll_create1":
        return { call: this.wishing(step, call) };
      default:
        if (isSetCall(call)) return this.onSet(step, call);
        return isEpollCall(call) ? this.onEpoll(step, call) : this.onDescriptor(step, call);
    }
  }

  /** poll, select: made where one of the descriptors is ours, or none is anybody's. */
  private onSet(step: CallStep, call: SetCall): Ready {
    const shared = this.divided(step, call);
    return "skip" in shared ? shared : { call: { ...call, others: shared } };
  }

  private onEpoll(step: CallStep, call: EpollCall): Ready {
    const { pid } = step;
    this.find(step, call.epfd);
    const set = this.held.get(pid, call.epfd);
    if (set?.label !== undefined) return { skip: set.label };
    const ret = step.written?.ret;
    if (set === undefined && ret !== undefined && ret !== -EBADF) return { skip: NOT_HERE };
    const shared = this.divided(step, call, set?.watched);
    return "skip" in shared ? shared : { call: { ...call, others: shared } };
  }

  /** The descriptors of a call that are not the machine's, or why it is not made at all. */
  private divided(step: CallStep, call: WaitCall, watched?: Watched): Others | { readonly skip: string } {
    const fds = descriptorsOf(call, watched);
    const said = readyIn(step.shown, watched);
    const others = new Map<number, number>();
    let label: string | undefined;
    for (const fd of fds) {
      this.find(step, fd);
      const held = this.held.get(step.pid, fd);
      if (held?.line !== undefined) continue;
      label ??= held?.label ?? unknown(fd);
      const bits = said.get(fd) ?? 0;
      if (step.written?.ret !== -EBADF && !isClosed(bits)) others.set(fd, bits);
    }
    const alone = label !== undefined && others.size === fds.length;
    if (alone && !isWorthwhile(call, step, label)) return { skip: label as string };
    const signal = wasInterrupted(step);
    const some = signal || [...others.values()].some((bits) => bits !== 0);
    return { ready: others, after: some ? this.pace.until(step, call) : 0, ...(signal ? { signal } : {}) };
  }

  private onDescriptor(step: CallStep, call: Exclude<Syscall, { name: (typeof NOT_OF_ONE)[number] }>): Ready {
    const { pid } = step;
    const ret = step.written?.ret;
    this.changed(step, call.fd);
    this.unfiled(step, call);
    this.find(step, call.fd);
    const found = this.held.get(pid, call.fd);
    if (found?.label !== undefined) return this.notOurs(call, found.label, ret);
    // A call on a descriptor that nobody has: that is what it is about, or the log does not show where it is from.
    const gone = this.held.wasSocket(call.fd) && !ANY_FILE.has(call.name);
    if (found === undefined && works(step) && !gone) {
      if (!ANY_FILE.has(call.name)) this.taken.wayOut(step, call.fd);
      return { skip: unknown(call.fd) };
    }
    return { call: call.name === "dup" || call.name === "dup2" ? this.wishing(step, call) : call };
  }

  /** A file that takes a call of sockets is none any more: the log does not show that it was closed. */
  private unfiled(step: CallStep, { name, fd }: Syscall & { readonly fd: number }): void {
    const { pid } = step;
    if (this.held.get(pid, fd)?.label !== OTHER_CALLS || ANY_FILE.has(name)) return;
    if (works(step) && step.written?.ret !== -ENOTSOCK) this.held.forget(pid, fd);
  }

  /** -y says that a descriptor is another file by now. */
  private changed(step: CallStep, fd: number): void {
    const held = this.held.get(step.pid, fd);
    const now = decorated(step.decoration);
    if (held?.sort === undefined || now === undefined || !("label" in now)) return;
    this.release(step, fd);
    this.held.set(step.pid, fd, now);
  }

  /** Threads and children whose beginning is not in the log use what others have opened, or what was open before. */
  private find(step: CallStep, fd: number): void {
    const { pid } = step;
    if (this.held.get(pid, fd) !== undefined) return;
    const other = this.held.elsewhere(pid, fd);
    const theirs = other === undefined ? undefined : this.held.get(other, fd);
    if (other !== undefined && theirs !== undefined) {
      if (theirs.label === undefined && !this.machine.adopt(fd, other)) return;
      this.held.set(pid, fd, theirs);
    } else if (works(step) && !this.held.wasSocket(fd)) {
      const taken = this.taken.take(step, fd);
      if (taken !== undefined) this.held.set(pid, fd, taken);
    }
  }

  /** Descriptors of other files come and go too. */
  private notOurs(call: Syscall & { fd: number }, label: string, ret: number | undefined): Ready {
    if (call.name === "close") this.held.delete(this.processes.current, call.fd);
    if ((call.name === "dup" || call.name === "dup2") && ret !== undefined && ret >= 0)
      this.other(ret, label);
    return { skip: label };
  }

  /** The descriptor that the log shows, made free where the log does not show its close. */
  private wishing<C extends Syscall & { readonly at?: number }>(step: CallStep, call: C): C {
    const at = step.written?.ret;
    // Other files held all the descriptors that there may be.
    if (at === -EMFILE) return { ...call, at };
    if (at === undefined || at < 0) return call;
    // dup2(2) closes it itself.
    if (call.name !== "dup2") this.release(step, at);
    return { ...call, at };
  }

  private release(step: CallStep, fd: number): void {
    const { current } = this.processes;
    const old = this.held.get(current, fd);
    const guessed = this.held.isGuessed(current, fd);
    this.held.delete(current, fd);
    if (old === undefined || old.label !== undefined) return;
    this.machine.syscall({ name: "close", fd });
    if (guessed) return;
    const text = `descriptor ${fd} is allocated again: it must have been closed, though the log does not show it`;
    this.report.remark(step, "reused", `${text} (strace -e trace=network,close would)`);
  }

  private other(fd: number, label: string): void {
    if (this.held.get(this.processes.current, fd)?.line !== undefined)
      this.machine.syscall({ name: "close", fd });
    this.held.set(this.processes.current, fd, { label });
  }

  // --- after a call ------------------------------------------------------------------------------------------

  /** A call was made: descriptors that came or went. */
  made(step: CallStep, call: Syscall, { ret }: SysResult): void {
    const { pid, line } = step;
    if (MAKES_ONE.has(call.name) && this.differs(step, ret)) return;
    if (ret < 0) return;
    if (call.name === "socket") {
      const sort = { type: call.type & SOCK_TYPE_MASK, protocol: call.protocol };
      this.held.set(pid, ret, { line, sort });
    }
    if (call.name === "epoll_create" || call.name === "epoll_create1")
      this.held.set(pid, ret, { line, watched: new Map() });
    if (call.name === "epoll_ctl") this.watch(pid, call);
    if (call.name === "close") {
      this.held.delete(pid, call.fd);
      this.held.unwatch(pid, call.fd);
    }
    if (call.name === "dup" || call.name === "dup2") {
      const old = this.held.get(pid, call.fd);
      if (old !== undefined) this.held.set(pid, ret, old);
    }
    if (MAKES_ONE.has(call.name) && closesOnExec(step, call)) this.held.setCloexec(pid, ret, true);
  }

  /** Is there a descriptor in the log and none here, or the reverse? Then what stands in its place is told. */
  private differs(step: CallStep, ret: number): boolean {
    const said = step.written?.ret;
    if (said === undefined) return false;
    if (ret < 0 && said >= 0) {
      const label = `calls on descriptor ${said}, whose ${step.name} failed here in line ${step.line}`;
      this.held.set(step.pid, said, { label });
    }
    if (ret >= 0 && said < 0) this.machine.syscall({ name: "close", fd: ret });
    return ret < 0 !== said < 0;
  }

  private watch(pid: number, { epfd, fd, event }: Syscall & { name: "epoll_ctl" }): void {
    const watched = this.held.get(pid, epfd)?.watched;
    if (event === null) watched?.delete(fd);
    else watched?.set(fd, event.data);
  }

  /** A call that is not simulated may have opened something. What it is counted under: a file's is not a socket's. */
  skipped({ pid, name, fd, what, opened }: SkipStep): string {
    this.processes.enter(pid);
    const held = fd === undefined ? undefined : this.held.get(pid, fd);
    for (const made of opened) this.other(made, openedAs(name, what, held));
    if (held?.sort !== undefined && STREAM_CALLS.has(name)) return CONNECTIONS;
    if (fd === undefined || held?.line !== undefined || what === OTHER_NETWORK || what === SOME_NAMESPACE)
      return what;
    return held?.label ?? (STREAM_CALLS.has(name) ? NOT_HERE : ANY_FILE.has(name) ? OTHER_CALLS : what);
  }

  // --- questions -----------------------------------------------------------------------------------------------

  /** The line that made the socket of a call. */
  lineOf(pid: number, call: Syscall): number | undefined {
    return "fd" in call ? this.held.get(pid, call.fd)?.line : undefined;
  }

  /** What a descriptor is. */
  get(pid: number, fd: number): Held | undefined {
    return this.held.get(pid, fd);
  }

  /** Do two processes mean the same by a descriptor? */
  shares(a: number, b: number, fd: number): boolean {
    return this.held.get(a, fd) === this.held.get(b, fd);
  }

  /** Of a call that waits for several descriptors: the simulated sockets among those that the log says were ready. */
  ready({ pid, shown }: CallStep, call: WaitCall): Map<number, number> {
    const watched = "epfd" in call ? this.held.get(pid, call.epfd)?.watched : undefined;
    return new Map([...readyIn(shown, watched)].filter(([fd]) => this.held.get(pid, fd)?.sort !== undefined));
  }
}
