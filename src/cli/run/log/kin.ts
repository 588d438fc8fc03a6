// SPDX-License-Identifier: GPL-2.0-only
/** Which processes of a log share their descriptors: told by clone where the log shows it, else by what they do with them. */
import { type CallStep, isTaskCall, type ScenarioStep } from "../../../script/step.ts";
import { EBADF } from "../../../uapi/errno.ts";
import { descriptorsOf, isEpollCall, isSetCall } from "./waits.ts";

/** A process whose beginning is in the log. */
export interface Birth {
  readonly parent: number;
  /** A thread: the descriptors are its parent's own. */
  readonly shared: boolean;
}

/** What is known of the processes before the run. */
export interface Family {
  readonly births: ReadonlyMap<number, Birth>;
  /** Threads whose beginning is not in the log: the process that was seen first of those that they share descriptors with. */
  readonly threads: ReadonlyMap<number, number>;
}

/** A descriptor number among the processes whose beginning the log does not show, as if all of them shared it. */
interface Slot {
  readonly opener: number;
  /** When: in steps. */
  readonly since: number;
  /** Who closed it last. */
  closer?: number;
}

/** Calls that files are good for, too: that one works proves no socket. */
const ANY_FILE: ReadonlySet<string> = new Set(["read", "write", "writev", "fcntl", "ioctl"]);

/** Generations of threads that are looked through. */
const FAR = 1000;
/** Pairs that are remembered of each sort: a log of so many processes is not worth more. */
const PAIRS = 4096;

/** Two processes as a key. */
const pair = (a: number, b: number): string => `${Math.min(a, b)}:${Math.max(a, b)}`;

export class Kin {
  private readonly births = new Map<number, Birth>();
  /** Forks that have not returned: their children may be heard of first. */
  private readonly forking = new Map<number, { shared: boolean; child?: number }>();
  /** When each process was first heard of. */
  private readonly seen = new Map<number, number>();
  private readonly numbers = new Map<number, Slot>();
  /** Who has opened a descriptor himself, with nobody seen to close it since. */
  private readonly openers = new Map<number, Set<number>>();
  /** Pairs that share if numbers are no coincidence, that seem to, that do not, and that do not if all opening is in the log. */
  private readonly sure = new Set<string>();
  private readonly likely = new Set<string>();
  private readonly apart = new Set<string>();
  private readonly doubtful = new Set<string>();
  /** Files that are no sockets are seen to be opened. */
  private opens = false;
  private now = 0;

  /** The next step of the log. */
  step(step: ScenarioStep): void {
    if (step.kind === "command" || step.kind === "expect") return;
    this.now++;
    const { pid } = step;
    this.meet(pid);
    if (step.kind === "finish" && /fork|clone/.test(step.name)) this.forked(pid, step.written?.ret);
    const owner = this.owner(pid);
    if (step.kind === "skip" && /^open|^pipe|^creat/.test(step.name)) this.opens = true;
    if (step.kind === "skip" && owner !== undefined) for (const fd of step.opened) this.open(owner, fd);
    if (step.kind === "call") this.call(step);
  }

  /** What it all says. */
  family(): Family {
    const threads = new Map<number, number>();
    const groups = new Map<number, number[]>();
    for (const pid of this.seen.keys()) groups.set(pid, [pid]);
    for (const key of [...this.sure, ...[...this.likely].filter((key) => !this.sure.has(key))]) {
      const [a = 0, b = 0] = key.split(":").map(Number);
      this.join(groups, a, b, this.sure.has(key));
    }
    for (const [pid, group] of groups) if (group[0] !== pid) threads.set(pid, group[0] as number);
    return { births: this.births, threads };
  }

  private add(pairs: Set<string>, a: number, b: number): void {
    if (pairs.size < PAIRS) pairs.add(pair(a, b));
  }

  private join(groups: Map<number, number[]>, a: number, b: number, sure: boolean): void {
    const [one, two] = [groups.get(a), groups.get(b)];
    if (one === undefined || two === undefined || one === two) return;
    const any = this.apart.size + this.doubtful.size > 0;
    if (any && one.some((x) => two.some((y) => this.parts(pair(x, y), sure)))) return;
    const all = [...one, ...two].sort((x, y) => (this.seen.get(x) ?? 0) - (this.seen.get(y) ?? 0));
    for (const pid of all) groups.set(pid, all);
  }

  private parts(key: string, sure: boolean): boolean {
    return this.apart.has(key) || (!sure && this.opens && this.doubtful.has(key));
  }

  private meet(pid: number): void {
    if (this.seen.has(pid)) return;
    this.seen.set(pid, this.now);
    if (pid === 0 || this.births.has(pid)) return;
    for (const [parent, fork] of this.forking) {
      if (fork.child !== undefined || parent === pid) continue;
      fork.child = pid;
      this.births.set(pid, { parent, shared: fork.shared });
      return;
    }
  }

  /** A fork has returned the number of its child, which may have been heard of already. */
  private forked(pid: number, child: number | undefined): void {
    const fork = this.forking.get(pid);
    this.forking.delete(pid);
    if (fork === undefined || child === undefined || child <= 0) return;
    if (fork.child !== undefined && fork.child !== child) this.births.delete(fork.child);
    this.births.set(child, { parent: pid, shared: fork.shared });
  }

  /** The process whose descriptors these are, where the log does not show its beginning. */
  private owner(pid: number): number | undefined {
    let owner = pid;
    for (let far = 0; far < FAR; far++) {
      const birth = this.births.get(owner);
      if (birth === undefined) return owner;
      if (!birth.shared) return undefined;
      owner = birth.parent;
    }
    // Numbers that are given out again may go round in a circle.
    return undefined;
  }

  private call(step: CallStep): void {
    const { call, written } = step;
    if (call.name === "fork") {
      this.forking.set(step.pid, { shared: call.shared });
      if (!step.begun) this.forked(step.pid, written?.ret);
      return;
    }
    const pid = this.owner(step.pid);
    if (isTaskCall(call) || pid === undefined || written?.unknown) return;
    const ret = step.begun ? 0 : (written?.ret ?? 0);
    if (isSetCall(call) || isEpollCall(call)) {
      const fds = "epfd" in call ? [call.epfd] : descriptorsOf(call);
      if (ret >= 0) for (const fd of fds) this.use(pid, fd, false);
    } else if (call.name === "close") this.close(pid, call.fd, ret);
    else if ("fd" in call) this.use(pid, call.fd, !ANY_FILE.has(call.name) && ret !== -EBADF, ret === -EBADF);
    if (
      ["socket", "dup", "dup2", "epoll_create", "epoll_create1"].includes(call.name) &&
      written?.ret !== undefined
    )
      if (written.ret >= 0) this.open(pid, written.ret);
  }

  private open(pid: number, fd: number): void {
    this.numbers.set(fd, { opener: pid, since: this.now });
    const openers = this.openers.get(fd);
    if (openers === undefined) this.openers.set(fd, new Set([pid]));
    else openers.add(pid);
  }

  /** A process uses a descriptor that is perhaps another's. `socket`: as only a socket is used. */
  private use(pid: number, fd: number, socket: boolean, closed = false): void {
    const number = this.numbers.get(fd);
    if (number === undefined) return;
    const { closer } = number;
    if (closed) {
      if (closer !== undefined && closer !== pid) this.add(this.likely, pid, closer);
      return;
    }
    if (closer === undefined) this.borrow(pid, fd, number);
    else if (closer !== pid && socket) this.add(this.apart, pid, closer);
  }

  private borrow(pid: number, fd: number, { opener, since }: Slot): void {
    if (opener === pid) return;
    // Both have opened that number, one after the other, without a close between: each has its own.
    if (this.openers.get(fd)?.has(pid)) {
      this.add(this.apart, pid, opener);
      return;
    }
    const first = this.seen.get(pid) ?? this.now;
    this.add(first < since ? this.sure : this.likely, pid, opener);
  }

  private close(pid: number, fd: number, ret: number): void {
    const number = this.numbers.get(fd);
    if (number === undefined || ret < 0) return;
    // What has been closed can be closed again only where there was a copy of it.
    if (number.closer !== undefined && number.closer !== pid) this.add(this.doubtful, pid, number.closer);
    if (number.closer === undefined) this.borrow(pid, fd, number);
    number.closer = pid;
    this.openers.delete(fd);
  }
}
