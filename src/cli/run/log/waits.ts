// SPDX-License-Identifier: GPL-2.0-only
/** Calls that wait for several descriptors: which those are, and what the log says was ready. */
import type { Syscall } from "../../../kernels/release.ts";
import type { CallStep, Shown } from "../../../script/step.ts";
import { EINTR } from "../../../uapi/errno.ts";

export const POLLIN = 0x1;
const POLLPRI = 0x2;
const POLLOUT = 0x4;
export const POLLERR = 0x8;
const POLLNVAL = 0x20;
/** Something came: data, or an error. */
const CAME = POLLIN | POLLERR;

/** poll and select, which name their descriptors themselves, and epoll. */
export type SetCall = Extract<Syscall, { name: "poll" | "ppoll" | "select" | "pselect6" }>;
export type EpollCall = Extract<Syscall, { name: "epoll_ctl" | "epoll_wait" | "epoll_pwait" }>;
export type WaitCall = SetCall | EpollCall;

const SETS: ReadonlySet<string> = new Set(["poll", "ppoll", "select", "pselect6"]);
const EPOLL: ReadonlySet<string> = new Set(["epoll_ctl", "epoll_wait", "epoll_pwait"]);

export function isSetCall(call: Syscall): call is SetCall {
  return SETS.has(call.name);
}
export function isEpollCall(call: Syscall): call is EpollCall {
  return EPOLL.has(call.name);
}

/** What an epoll set watches: descriptors, and what the program calls them. */
export type Watched = Map<number, bigint>;

/** The descriptors that a call is about, each once. */
export function descriptorsOf(call: WaitCall, watched: Watched = new Map()): number[] {
  switch (call.name) {
    case "poll":
    case "ppoll":
      return [...new Set(call.fds.map(({ fd }) => fd).filter((fd) => fd >= 0))];
    case "select":
    case "pselect6": {
      const { in: input, out, ex } = call.sets;
      const all = new Set([...(input ?? []), ...(out ?? []), ...(ex ?? [])]);
      return [...all].filter((fd) => fd < call.n).sort((a, b) => a - b);
    }
    case "epoll_ctl":
      return [call.fd];
    case "epoll_wait":
    case "epoll_pwait":
      return [...watched.keys()];
  }
}

/** What the log says was ready: POLL bits by descriptor. */
export function readyIn(shown: Shown, watched: Watched = new Map()): Map<number, number> {
  const ready = new Map<number, number>();
  const add = (fd: number, bits: number): void => {
    ready.set(fd, (ready.get(fd) ?? 0) | bits);
  };
  for (const { fd, revents } of shown.fds ?? []) add(fd, revents);
  for (const fd of shown.sets?.in ?? []) add(fd, POLLIN);
  for (const fd of shown.sets?.out ?? []) add(fd, POLLOUT);
  for (const fd of shown.sets?.ex ?? []) add(fd, POLLPRI);
  for (const { events, data } of shown.events ?? []) {
    for (const [fd, known] of watched) if (known === data) add(fd, events & 0xffff);
  }
  return ready;
}

/** Has the log something come to a socket that it does not have yet? `now`: POLLIN and POLLERR as they are. */
export function lacks({ name }: WaitCall, said: number, now: number): boolean {
  const came = said & CAME;
  // select(2) does not tell data and errors apart.
  if (name === "select" || name === "pselect6") return came !== 0 && now === 0;
  return (came & ~now) !== 0;
}

/** Was there no such descriptor? */
export function isClosed(bits: number): boolean {
  return (bits & POLLNVAL) !== 0;
}

/** A signal ended it, or the log does not say how it ended. */
export function wasInterrupted({ written }: CallStep): boolean {
  return written !== undefined && (written.unknown || written.ret === -EINTR);
}

/** The time that a call may take at most, in seconds; undefined: for ever. */
export function limitOf(call: WaitCall): number | undefined {
  if (call.name === "epoll_ctl") return 0;
  const { timeout } = call;
  if (timeout === null) return undefined;
  if (typeof timeout === "number") return timeout < 0 ? undefined : timeout / 1000;
  return timeout.tv_sec + ("tv_nsec" in timeout ? timeout.tv_nsec / 1e9 : timeout.tv_usec / 1e6);
}
