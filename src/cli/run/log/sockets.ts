// SPDX-License-Identifier: GPL-2.0-only
/** The processes of a log and their descriptors: which are simulated sockets, and who may make which call on them. */
import type { Machine, Others, Syscall, SysResult } from "../../../kernels/release.ts";
import type { CallStep, SkipStep } from "../../../script/step.ts";
import { OTHER_CALLS } from "../../../script/strace/call.ts";
import { EBADF, EPERM } from "../../../uapi/errno.ts";
import { AF_INET, FAMILY_NAMES, SOCK_TYPE_MASK } from "../../../uapi/socket.ts";
import { nameOf } from "../../../uapi/xlat.ts";
import type { Report } from "../judge/report.ts";
import { Descriptors, type Held } from "./descriptors.ts";
import { Inquiry } from "./inquiry.ts";
import type { Pace } from "./pace.ts";
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

/** Types of IPv4 sockets that are not simulated. */
const TYPES: Readonly<Record<number, string>> = { 1: "TCP sockets", 5: "SCTP sockets", 6: "DCCP sockets" };
const NOT_HERE = "calls on descriptors that the log does not show being opened";

/** Calls that files which the log does not show being opened are good for too. */
const ANY_FILE: ReadonlySet<string> = new Set([
  "read",
  "write",
  "writev",
  "close",
  "dup",
  "dup2",
  "fcntl",
  "ioctl",
]);

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

/** A call as the machine is to make it, or why it is not. */
export type Ready = { readonly call: Syscall } | { readonly skip: string };

export class Sockets {
  /** What the machine says of a socket. */
  readonly ask: Inquiry;
  private readonly machine: Machine;
  private readonly report: Report;
  private readonly pace: Pace;
  private readonly held = new Descriptors();
  /** Processes that were begun and whose number is not known yet: their parents. */
  private readonly unborn: { parent: number; shared: boolean }[] = [];
  private current = 0;

  constructor(machine: Machine, report: Report, pace: Pace) {
    this.machine = machine;
    this.ask = new Inquiry(machine);
    this.report = report;
    this.pace = pace;
  }

  /** The next call is this process'. */
  private enter(pid: number): void {
    if (!this.held.has(pid)) {
      const { parent, shared } = this.unborn.shift() ?? { parent: 0, shared: false };
      this.born(pid, parent, shared);
    }
    this.machine.task(pid);
    this.current = pid;
  }

  private born(pid: number, parent: number, shared: boolean): void {
    this.held.fork(pid, parent, shared);
    this.machine.task(pid, parent, shared);
  }

  /** A process forks; the child's number may come later. */
  fork(pid: number, shared: boolean, child: number | undefined): void {
    this.enter(pid);
    if (child === undefined) this.unborn.push({ parent: pid, shared });
    else if (child > 0 && !this.held.has(child)) this.born(child, pid, shared);
  }

  /** …now: where it has said nothing yet. */
  forked(child: number): void {
    if (child <= 0 || this.held.has(child)) return;
    const { parent, shared } = this.unborn.shift() ?? { parent: 0, shared: false };
    this.born(child, parent, shared);
  }

  exit(pid: number): void {
    if (pid === 0 || !this.held.has(pid)) return;
    this.machine.exit(pid);
    this.held.exit(pid);
  }

  // --- before a call -----------------------------------------------------------------------------------------

  /** Is it a call that the machine can make? */
  prepare(step: CallStep, call: Syscall): Ready {
    this.enter(step.pid);
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
    if (this.held.get(pid, call.epfd) === undefined) this.find(step, call.epfd);
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
      if (this.held.get(step.pid, fd) === undefined) this.find(step, fd);
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
    if (this.held.get(pid, call.fd) === undefined) this.find(step, call.fd);
    const found = this.held.get(pid, call.fd);
    if (found?.label !== undefined) return this.notOurs(call, found.label, ret);
    // A call on a descriptor that nobody has: that is what it is about, or the log does not show where it is from.
    const works = step.begun || (ret !== undefined && ret !== -EBADF);
    const gone = this.held.wasSocket(call.fd) && !ANY_FILE.has(call.name);
    if (found === undefined && works && !gone) return { skip: unknown(call.fd) };
    return { call: call.name === "dup" ? this.wishing(step, call) : call };
  }

  /** Threads and children whose beginning is not in the log use what others have opened. */
  private find({ pid }: CallStep, fd: number): void {
    const other = this.held.elsewhere(pid, fd);
    const theirs = other === undefined ? undefined : this.held.get(other, fd);
    if (other === undefined || theirs === undefined) return;
    if (theirs.label === undefined && !this.machine.adopt(fd, other)) return;
    this.held.set(pid, fd, theirs);
  }

  /** Descriptors of other files come and go too. */
  private notOurs(call: Syscall & { fd: number }, label: string, ret: number | undefined): Ready {
    if (call.name === "close") this.held.delete(this.current, call.fd);
    if ((call.name === "dup" || call.name === "dup2") && ret !== undefined && ret >= 0)
      this.other(ret, label);
    return { skip: label };
  }

  /** The descriptor that the log shows, made free where the log does not show its close. */
  private wishing<C extends Syscall & { readonly at?: number }>(step: CallStep, call: C): C {
    const at = step.written?.ret;
    if (at === undefined || at < 0) return call;
    this.release(step, at);
    return { ...call, at };
  }

  private release(step: CallStep, fd: number): void {
    const old = this.held.get(this.current, fd);
    this.held.delete(this.current, fd);
    if (old === undefined || old.label !== undefined) return;
    this.machine.syscall({ name: "close", fd });
    const text = `descriptor ${fd} is given out again: it must have been closed, though the log does not show it`;
    this.report.remark(step, "reused", `${text} (strace -e trace=network,close would)`);
  }

  private other(fd: number, label: string): void {
    if (this.held.get(this.current, fd)?.line !== undefined) this.machine.syscall({ name: "close", fd });
    this.held.set(this.current, fd, { label });
  }

  // --- after a call ------------------------------------------------------------------------------------------

  /** A call was made: descriptors that came or went. */
  made({ pid, line }: CallStep, call: Syscall, { ret }: SysResult): void {
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
  }

  private watch(pid: number, { epfd, fd, event }: Syscall & { name: "epoll_ctl" }): void {
    const watched = this.held.get(pid, epfd)?.watched;
    if (event === null) watched?.delete(fd);
    else watched?.set(fd, event.data);
  }

  /** A call that is not simulated may have opened something. What it is counted under: a file's is not a socket's. */
  skipped({ pid, fd, what, opened }: SkipStep): string {
    this.enter(pid);
    for (const made of opened) this.other(made, OTHER_CALLS);
    const held = fd === undefined ? undefined : this.held.get(pid, fd);
    if (fd === undefined || held?.line !== undefined) return what;
    return held?.label ?? OTHER_CALLS;
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

  /** Of a call that waits for several descriptors: the simulated sockets among those that the log says were ready. */
  ready({ pid, shown }: CallStep, call: WaitCall): Map<number, number> {
    const watched = "epfd" in call ? this.held.get(pid, call.epfd)?.watched : undefined;
    return new Map([...readyIn(shown, watched)].filter(([fd]) => this.held.get(pid, fd)?.sort !== undefined));
  }
}

/** What a socket is counted under that is not simulated; undefined for one that is, or that the kernel refuses. */
function unsimulated(
  { domain, type }: Syscall & { name: "socket" },
  ret: number | undefined,
): string | undefined {
  if (ret !== undefined && ret < 0) return undefined;
  if (domain === AF_INET) return TYPES[type & SOCK_TYPE_MASK];
  const family = nameOf(FAMILY_NAMES, domain);
  return family === undefined || domain === 0 ? undefined : `${family} sockets`;
}

/** Is a call made that none of our sockets is in? An epoll set is the machine's own, even if it watches pipes for now. */
function isWorthwhile({ name }: WaitCall, { written }: CallStep, label: string | undefined): boolean {
  if (name === "epoll_ctl") return written?.ret !== -EPERM;
  return name.startsWith("epoll") && label === OTHER_CALLS;
}

/** 0, 1 and 2 are the program's own input and output. */
function unknown(fd: number): string {
  return fd >= 0 && fd <= 2 ? OTHER_CALLS : NOT_HERE;
}
