// SPDX-License-Identifier: GPL-2.0-only
/** poll, select, epoll, as strace 6.1 writes them: sets of descriptors, events, time-outs and what is left of them. */
import type { SyscallEvent, SysretEvent, Value } from "../../trace/event.ts";
import { EPOLL_CREATE_NAMES, EPOLL_CTL_NAMES, EPOLL_NAMES, POLL_NAMES } from "../../uapi/poll.ts";
import { flagNames } from "../../uapi/xlat.ts";
import { type Args, type Call, named, num, UNWRITTEN } from "./values.ts";

const NSEC_PER_USEC = 1000;
/** Signals are not modelled: their mask is NULL, and this long. */
const NO_SIGNALS = ["NULL", "8"];

const list = (v: Value | undefined): readonly Args[] => (Array.isArray(v) ? (v as readonly Args[]) : []);

/** struct timespec, struct timeval. */
export function time(v: Value | undefined): string {
  if (v === null || v === undefined) return "NULL";
  const { tv_sec, tv_usec, tv_nsec } = v as Args;
  const small = tv_usec === undefined ? `tv_nsec=${num(tv_nsec)}` : `tv_usec=${num(tv_usec)}`;
  return `{tv_sec=${num(tv_sec)}, ${small}}`;
}

function pollfds(v: Value | undefined): string {
  const fds = list(v);
  if (fds.length === 0) return "NULL";
  const each = fds.map(({ fd, events }) =>
    num(fd) < 0 ? `{fd=${num(fd)}}` : `{fd=${num(fd)}, events=${flagNames(POLL_NAMES, num(events))}}`,
  );
  return `[${each.join(", ")}]`;
}

function fdset(v: Value | undefined): string {
  return Array.isArray(v) ? `[${v.join(" ")}]` : "NULL";
}

function select({ a }: Call): string[] {
  const { in: input, out, ex } = (a["sets"] ?? {}) as Args;
  return [String(num(a["n"])), fdset(input), fdset(out), fdset(ex), time(a["timeout"])];
}

function epollEvent(v: Args): string {
  const data = BigInt(String(v["data"] ?? 0));
  const u32 = BigInt.asUintN(32, data);
  return `{events=${flagNames(EPOLL_NAMES, num(v["events"]))}, data={u32=${u32}, u64=${BigInt.asUintN(64, data)}}}`;
}

function epollWait({ a, out, failed }: Call): string[] {
  const events = failed ? UNWRITTEN : `[${list(out["events"]).map(epollEvent).join(", ")}]`;
  return [String(num(a["epfd"])), events, String(num(a["maxevents"])), String(num(a["timeout"]))];
}

function epollCtl({ a }: Call): string[] {
  const event = a["event"] as Args | null | undefined;
  return [
    String(num(a["epfd"])),
    named(EPOLL_CTL_NAMES, num(a["op"]), "EPOLL_CTL_???"),
    String(num(a["fd"])),
    event === null || event === undefined ? "NULL" : epollEvent(event),
  ];
}

/** The arguments of each, in order. */
export const WAIT_WRITERS: Readonly<Record<string, (c: Call) => string[]>> = {
  poll: ({ a }) => [pollfds(a["fds"]), String(list(a["fds"]).length), String(num(a["timeout"]))],
  ppoll: ({ a }) => [pollfds(a["fds"]), String(list(a["fds"]).length), time(a["timeout"]), ...NO_SIGNALS],
  select,
  pselect6: (c) => [...select(c), "NULL"],
  epoll_create: ({ a }) => [String(num(a["size"]))],
  epoll_create1: ({ a }) => [flagNames(EPOLL_CREATE_NAMES, num(a["flags"]), "EPOLL_???")],
  epoll_ctl: epollCtl,
  epoll_wait: epollWait,
  epoll_pwait: (c) => [...epollWait(c), ...NO_SIGNALS],
};

const DETAILED: ReadonlySet<string> = new Set(["poll", "ppoll", "select", "pselect6", "recvmmsg"]);

/** Is this a call whose result says more than a number? */
export function isWait({ name }: SyscallEvent): boolean {
  return DETAILED.has(name);
}

/** ` (Timeout)`, ` ([{fd=3, revents=POLLIN}])`, ` (in [3 4], left {tv_sec=0, tv_usec=999})`. */
export function waitDetail(call: SyscallEvent, { ret, out }: SysretEvent): string {
  if (ret < 0) return "";
  const limited = call.name !== "recvmmsg" || time(call.args["timeout"]) !== "NULL";
  if (ret === 0) return limited ? " (Timeout)" : "";
  const parts = [...ready(call.name, out ?? {}), ...left(call, out?.["left"])];
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function ready(name: string, out: Args): string[] {
  if (name === "poll" || name === "ppoll") {
    const fds = list(out["fds"]).map(
      ({ fd, revents }) => `{fd=${num(fd)}, revents=${flagNames(POLL_NAMES, num(revents))}}`,
    );
    return [`[${fds.join(", ")}]`];
  }
  const sets = (out["sets"] ?? {}) as Args;
  return (["in", "out", "ex"] as const).flatMap((key) => {
    const fds = sets[key];
    return Array.isArray(fds) && fds.length > 0 ? [`${key === "ex" ? "except" : key} ${fdset(fds)}`] : [];
  });
}

function left({ name }: SyscallEvent, v: Value | undefined): string[] {
  if (v === undefined || v === null) return [];
  const { tv_sec, tv_nsec } = v as Args;
  const shown = { tv_sec: num(tv_sec), tv_usec: Math.floor(num(tv_nsec) / NSEC_PER_USEC) };
  return [`left ${time(name === "select" ? shown : v)}`];
}
