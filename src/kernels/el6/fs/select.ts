// SPDX-License-Identifier: GPL-2.0-only
/**
 * fs/select.c: poll(2), ppoll(2), select(2), pselect6(2). It is outside the network, so nothing of it is traced as a
 * function: what shows are the sockets' own answers, in its order, before it sleeps and after it was woken.
 */
import { note, refuse } from "../../../trace/traced.ts";
import { EBADF, EINVAL, ERESTART_RESTARTBLOCK, ERESTARTNOHAND } from "../../../uapi/errno.ts";
import { POLL_NAMES } from "../../../uapi/poll.ts";
import { flagNames } from "../../../uapi/xlat.ts";
import type { FdSets, Others, PollFd, TimeSpec, TimeVal } from "../../release.ts";
import type { File } from "../include/linux/net.ts";
import {
  add_wait_queue,
  DEFAULT_POLLMASK,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLPRI,
  POLLRDBAND,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
  type PollTable,
  remove_wait_queue,
  type WaitQueue,
  type WaitQueueHead,
} from "../include/linux/poll.ts";
import { type Kernel, sleep } from "../kernel.ts";
import { sock_poll } from "../net/socket.ts";
import { nofile } from "../tasks.ts";

const POLLIN_SET = POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR;
const POLLOUT_SET = POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR;
const POLLEX_SET = POLLPRI;
/** The three sets of select(2), and what makes a file of each ready. */
const SETS = [
  ["in", POLLIN_SET],
  ["out", POLLOUT_SET],
  ["ex", POLLEX_SET],
] as const;

const NSEC_PER_SEC = 1_000_000_000;
const USEC_PER_SEC = 1_000_000;
const NSEC_PER_USEC = 1000;
/** KTIME_SEC_MAX: later than this is never. */
const KTIME_SEC_MAX = 9_223_372_036;

/** f_op->poll. */
export function vfs_poll(k: Kernel, file: File, wait: PollTable | null): number {
  if (file.socket !== null) return sock_poll(k, file, wait);
  return file.poll?.(k, wait) ?? DEFAULT_POLLMASK;
}

/** When a wait is over, in nanoseconds of the machine's clock: 0n at once, null never, or -EINVAL. */
export function poll_select_set_timeout(k: Kernel, { tv_sec, tv_nsec }: TimeSpec): bigint | null | number {
  if (tv_sec < 0 || tv_nsec < 0 || tv_nsec >= NSEC_PER_SEC) {
    return refuse(k, -EINVAL, "negative timeout, or tv_nsec out of range", {
      tv_sec,
      tv_nsec,
    });
  }
  if (tv_sec === 0 && tv_nsec === 0) return 0n;
  if (tv_sec >= KTIME_SEC_MAX) return null;
  return k.now + BigInt(tv_sec) * BigInt(NSEC_PER_SEC) + BigInt(tv_nsec);
}

/** What is left of a wait. */
export function remaining(k: Kernel, end: bigint): TimeSpec {
  const left = end > k.now ? end - k.now : 0n;
  return { tv_sec: Number(left / BigInt(NSEC_PER_SEC)), tv_nsec: Number(left % BigInt(NSEC_PER_SEC)) };
}

/** Milliseconds as poll(2) and epoll_wait(2) have them; less than 0 is for ever. */
export function ms_timeout(k: Kernel, ms: number): bigint | null {
  if (ms < 0) return null;
  return ms === 0 ? 0n : k.now + BigInt(ms) * 1_000_000n;
}

/** schedule_hrtimeout_range, on a clock of ticks: sleep until woken or until `end`; false: nothing ever will. */
export function schedule_hrtimeout(k: Kernel, woken: () => boolean, end: bigint | null): boolean {
  const left = end === null ? Number.POSITIVE_INFINITY : Number((end - k.now + k.tick_ns - 1n) / k.tick_ns);
  k.rec?.context("sleep", true);
  const rest = sleep(k, woken, left);
  k.rec?.context("sleep", false);
  return rest >= 0;
}

/** Files of a call that are none of this machine's: not ready before their time has come. */
export class Strangers {
  private readonly others: Others | undefined;
  private readonly signal: boolean;
  private readonly at: bigint;
  private readonly files = new Map<number, File>();

  constructor(k: Kernel, others: Others | undefined) {
    this.others = others;
    this.signal = others?.signal === true;
    this.at = k.now + BigInt(Math.ceil((others?.after ?? 0) * 1_000_000));
  }

  /** The file at a descriptor that the machine does not have. */
  file(k: Kernel, fd: number): File | undefined {
    const ready = this.others?.ready.get(fd);
    if (ready === undefined) return undefined;
    const known = this.files.get(fd);
    if (known !== undefined) return known;
    const poll = (): number => (k.now >= this.at ? ready : 0);
    const made: File = { oid: 0, socket: null, f_flags: 0, f_count: 1, poll };
    this.files.set(fd, made);
    return made;
  }

  /** When something becomes ready that is not yet. */
  due(k: Kernel): bigint | null {
    const any = this.signal || [...(this.others?.ready.values() ?? [])].some((mask) => mask !== 0);
    return any && this.at > k.now ? this.at : null;
  }

  /** signal_pending. */
  interrupted(k: Kernel): boolean {
    return this.signal && this.at <= k.now;
  }
}

/** struct poll_wqueues: a task that waits for several files. */
class PollWqueues implements PollTable {
  key = 0;
  triggered = false;
  private readonly entries: { readonly head: WaitQueueHead; readonly wait: WaitQueue }[] = [];

  qproc(_k: Kernel, _file: File, head: WaitQueueHead): void {
    const { key } = this;
    const func = (_kernel: Kernel, came: number): void => {
      if (came === 0 || (came & key) !== 0) this.triggered = true;
    };
    const wait: WaitQueue = { func };
    add_wait_queue(head, wait);
    this.entries.push({ head, wait });
  }

  plain(): string {
    return flagNames(POLL_NAMES, this.key);
  }

  free(): void {
    for (const { head, wait } of this.entries) remove_wait_queue(head, wait);
  }
}

/**
 * Look at all the files, sleep, look again: until one is ready or the time is over. `look` asks each file once and
 * says how many are ready; it gives them `wait` as long as none is, on the first look only.
 */
function wait_for_events(
  k: Kernel,
  look: (table: PollTable | null) => number,
  end: bigint | null,
  strangers: Strangers,
  interrupted: number,
): number {
  const table = new PollWqueues();
  let timed_out = end === 0n;
  let wait: PollTable | null = timed_out ? null : table;
  try {
    for (;;) {
      const count = look(wait);
      wait = null;
      if (count === 0 && strangers.interrupted(k)) {
        note(k, "interrupted by a signal");
        return interrupted;
      }
      if (count !== 0 || timed_out) return count;
      const due = strangers.due(k);
      const until = due !== null && (end === null || due < end) ? due : end;
      if (!schedule_hrtimeout(k, () => table.triggered, until)) {
        note(k, "not modelled: a sleep that nothing ends; treated as interrupted by a signal");
        return interrupted;
      }
      if (!table.triggered && until === end) {
        note(k, "timed out");
        timed_out = true;
      }
      table.triggered = false;
    }
  } finally {
    table.free();
  }
}

/** A struct pollfd in the kernel. */
export interface Pollfd extends PollFd {
  revents: number;
}

/** One file of poll(2): what of it is ready that was asked for. */
function do_pollfd(k: Kernel, pfd: Pollfd, pwait: PollTable | null, strangers: Strangers): number {
  pfd.revents = 0;
  if (pfd.fd < 0) return 0;
  const file = k.files.get(pfd.fd) ?? strangers.file(k, pfd.fd);
  if (file === undefined) {
    note(k, "the descriptor is not open: POLLNVAL", { fd: pfd.fd });
    pfd.revents = POLLNVAL;
  } else {
    const asked = (pfd.events & 0xffff) | POLLERR | POLLHUP;
    if (pwait !== null) pwait.key = asked;
    pfd.revents = vfs_poll(k, file, pwait) & asked;
  }
  return pfd.revents;
}

/** do_sys_poll: the revents of each, and how many are not 0. */
export function do_sys_poll(
  k: Kernel,
  fds: readonly PollFd[],
  end: bigint | null,
  others: Others | undefined,
): { ret: number; fds: Pollfd[] } {
  const list = fds.map(({ fd, events }): Pollfd => ({ fd, events, revents: 0 }));
  if (list.length > nofile(k)) {
    const ret = refuse(k, -EINVAL, "nfds exceeds RLIMIT_NOFILE", {
      nfds: list.length,
      limit: nofile(k),
    });
    return { ret, fds: [] };
  }
  const strangers = new Strangers(k, others);
  const look = (table: PollTable | null): number => {
    let pt = table;
    let count = 0;
    for (const pfd of list) {
      if (do_pollfd(k, pfd, pt, strangers) === 0) continue;
      count++;
      pt = null;
    }
    return count;
  };
  return { ret: wait_for_events(k, look, end, strangers, -ERESTART_RESTARTBLOCK), fds: list };
}

/** The descriptors that are ready, in order. */
export interface ReadySets {
  readonly in: number[];
  readonly out: number[];
  readonly ex: number[];
}

/** core_sys_select, do_select: the lowest descriptor first. */
export function core_sys_select(
  k: Kernel,
  n: number,
  sets: FdSets,
  end: bigint | null,
  others: Others | undefined,
): { ret: number; sets: ReadySets } {
  const none: ReadySets = { in: [], out: [], ex: [] };
  if (n < 0) {
    return { ret: refuse(k, -EINVAL, "negative nfds", { n }), sets: none };
  }
  const asked = { in: new Set(sets.in), out: new Set(sets.out), ex: new Set(sets.ex) };
  const all = [...new Set([...asked.in, ...asked.out, ...asked.ex])];
  const fds = all.filter((fd) => fd >= 0 && fd < Math.min(n, nofile(k))).sort((a, b) => a - b);
  const strangers = new Strangers(k, others);
  const files = fds.map((fd) => ({ fd, file: k.files.get(fd) ?? strangers.file(k, fd) }));
  const closed = files.find(({ file }) => file === undefined);
  if (closed !== undefined) {
    return { ret: refuse(k, -EBADF, "the descriptor is not open", { fd: closed.fd }), sets: none };
  }
  const ready: ReadySets = { in: [], out: [], ex: [] };
  const look = (table: PollTable | null): number => {
    let wait = table;
    let count = 0;
    for (const { fd, file } of files) {
      if (wait !== null) {
        wait.key = POLLEX_SET;
        for (const [set, bits] of SETS) if (asked[set].has(fd)) wait.key |= bits;
      }
      const mask = vfs_poll(k, file as File, wait);
      for (const [set, bits] of SETS) {
        if ((mask & bits) === 0 || !asked[set].has(fd)) continue;
        ready[set].push(fd);
        count++;
        wait = null;
      }
    }
    return count;
  };
  return { ret: wait_for_events(k, look, end, strangers, -ERESTARTNOHAND), sets: ready };
}

/** poll(2). */
export function sys_poll(
  k: Kernel,
  fds: readonly PollFd[],
  timeout: number,
  others: Others | undefined,
): { ret: number; fds: Pollfd[] } {
  return do_sys_poll(k, fds, ms_timeout(k, timeout), others);
}

/** ppoll(2); signals are not modelled, so its mask does nothing. */
export function sys_ppoll(
  k: Kernel,
  fds: readonly PollFd[],
  timeout: TimeSpec | null,
  others: Others | undefined,
): { ret: number; fds: Pollfd[]; left?: TimeSpec } {
  const end = timeout === null ? null : poll_select_set_timeout(k, timeout);
  if (typeof end === "number") return { ret: end, fds: [] };
  const done = do_sys_poll(k, fds, end, others);
  // A wait that a signal ends is not taken up again with the time that is left.
  const ret = done.ret === -ERESTART_RESTARTBLOCK ? -ERESTARTNOHAND : done.ret;
  return { ...done, ret, ...left_of(k, timeout, end) };
}

/** pselect6(2), and select(2) with its time as a timespec. */
export function sys_pselect6(
  k: Kernel,
  n: number,
  sets: FdSets,
  timeout: TimeSpec | null,
  others: Others | undefined,
): { ret: number; sets: ReadySets; left?: TimeSpec } {
  const end = timeout === null ? null : poll_select_set_timeout(k, timeout);
  if (typeof end === "number") return { ret: end, sets: { in: [], out: [], ex: [] } };
  return { ...core_sys_select(k, n, sets, end, others), ...left_of(k, timeout, end) };
}

/** select(2): microseconds may be more than a second's. */
export function sys_select(
  k: Kernel,
  n: number,
  sets: FdSets,
  tvp: TimeVal | null,
  others: Others | undefined,
): ReturnType<typeof sys_pselect6> {
  const timeout = tvp && {
    tv_sec: tvp.tv_sec + Math.trunc(tvp.tv_usec / USEC_PER_SEC),
    tv_nsec: (tvp.tv_usec % USEC_PER_SEC) * NSEC_PER_USEC,
  };
  return sys_pselect6(k, n, sets, timeout, others);
}

/** poll_select_copy_remaining: the caller's time-out becomes what is left of it. */
function left_of(k: Kernel, timeout: TimeSpec | null, end: bigint | null): { left?: TimeSpec } {
  if (timeout === null) return {};
  if (end === 0n || end === null) return { left: timeout };
  return { left: remaining(k, end) };
}
