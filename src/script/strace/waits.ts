// SPDX-License-Identifier: GPL-2.0-only
/** poll, select, epoll: the descriptors that are waited for, how long, and which of them the log says were ready. */
import type { EpollEvent, FdSets, PollFd, TimeSpec, TimeVal } from "../../kernels/release.ts";
import { EPOLL_CREATE_NAMES, EPOLL_CTL_NAMES, EPOLL_NAMES, POLL_NAMES } from "../../uapi/poll.ts";
import type { Made, Shown } from "../step.ts";
import { type Args, flagsOf, intOf, isNull, Unsimulated, wrongValue } from "./args.ts";
import { elementsOf, fieldOf } from "./message.ts";
import { Scanner } from "./scanner.ts";
import { parseValue, type StructValue, type Value } from "./value.ts";

const POLL_FLAG = "a POLL flag";
const EPOLL_FLAG = "an EPOLL flag";
const EPOLL_CTL_DEL = 2;

export function poll(args: Args): Made {
  return { call: { name: "poll", fds: pollfds(args), timeout: args.int(2) }, ...readyWithin(args.get(0)) };
}

/** strace 4.5 has what was ready among the arguments: `{fd=3, events=POLLIN, revents=POLLIN}`. */
function readyWithin(v: Value): Pick<Made, "shown"> {
  const items = v.kind === "array" ? v.items : [];
  const fds = items.flatMap((item) => {
    const revents = item.kind === "struct" ? item.fields.get("revents") : undefined;
    if (item.kind !== "struct" || revents === undefined) return [];
    return [{ fd: intField(item, "fd"), revents: flagsOf(revents, POLL_NAMES, POLL_FLAG) }];
  });
  return fds.length === 0 ? {} : { shown: { fds: fds.filter(({ revents }) => revents !== 0) } };
}

export function ppoll(args: Args): Made {
  return { call: { name: "ppoll", fds: pollfds(args), timeout: timespecOf(args.get(2)) } };
}

/** `[{fd=3, events=POLLIN}, {fd=-1}]`. */
function pollfds(args: Args): PollFd[] {
  const v = args.get(0);
  const items = structs(v, "poll of descriptors that strace could not read");
  if (items.length !== args.int(1)) throw new Unsimulated("poll of more descriptors than the log shows");
  return items.map((item) => {
    const fd = intField(item, "fd");
    const events = item.fields.get("events");
    return { fd, events: events === undefined ? 0 : flagsOf(events, POLL_NAMES, POLL_FLAG) };
  });
}

function structs(v: Value, what: string): StructValue[] {
  if (isNull(v)) return [];
  if (v.kind !== "array") throw new Unsimulated(what);
  return v.items.map(structure);
}

function structure(v: Value): StructValue {
  if (v.kind === "struct") return v;
  throw wrongValue(v, "not a structure", "{…}");
}

function intField(v: StructValue, name: string): number {
  const field = v.fields.get(name);
  if (field === undefined) throw wrongValue(v, `a structure without ${name}`, `{${name}=…, …}`);
  return intOf(field, name);
}

export function select(args: Args): Made {
  return { call: { name: "select", n: args.int(0), sets: setsOf(args), timeout: timevalOf(args.get(4)) } };
}

export function pselect6(args: Args): Made {
  return { call: { name: "pselect6", n: args.int(0), sets: setsOf(args), timeout: timespecOf(args.get(4)) } };
}

function setsOf(args: Args): FdSets {
  return { in: fdset(args.get(1)), out: fdset(args.get(2)), ex: fdset(args.get(3)) };
}

/** `[3 4]`. */
function fdset(v: Value): number[] | null {
  if (isNull(v)) return null;
  if (v.kind !== "array") throw new Unsimulated("select of descriptors that strace could not read");
  return v.items.map((item) => intOf(item, "a descriptor"));
}

/** Seconds of a structure, and its other field. */
function timeOf(v: Value, field: string): { sec: number; rest: number } | null {
  if (isNull(v)) return null;
  if (v.kind !== "struct") throw new Unsimulated("timeouts that strace could not read");
  const number = (name: string, index: number): number => {
    const found = fieldOf(v, name, index);
    if (found?.kind !== "number") throw wrongValue(v, "not a time", `{tv_sec=…, ${field}=…}`);
    return found.value;
  };
  return { sec: number("tv_sec", 0), rest: number(field, 1) };
}

/** `{tv_sec=1, tv_nsec=0}`. */
export function timespecOf(v: Value): TimeSpec | null {
  const time = timeOf(v, "tv_nsec");
  return time && { tv_sec: time.sec, tv_nsec: time.rest };
}

function timevalOf(v: Value): TimeVal | null {
  const time = timeOf(v, "tv_usec");
  return time && { tv_sec: time.sec, tv_usec: time.rest };
}

export function epollCreate(args: Args): Made {
  return { call: { name: "epoll_create", size: args.int(0) } };
}

export function epollCreate1(args: Args): Made {
  return { call: { name: "epoll_create1", flags: args.flags(0, EPOLL_CREATE_NAMES, "EPOLL_CLOEXEC") | 0 } };
}

export function epollCtl(args: Args): Made {
  const op = args.flags(1, EPOLL_CTL_NAMES, "EPOLL_CTL_ADD, …") | 0;
  const v = args.get(3);
  const event = op === EPOLL_CTL_DEL || v.kind !== "struct" ? null : epollEvent(v);
  return { call: { name: "epoll_ctl", epfd: args.int(0), op, fd: args.int(2), event } };
}

/** `{events=EPOLLIN, data={u32=4, u64=4}}`, before 5.12 without the names; newer straces write `data=0x4`. */
function epollEvent(v: StructValue): EpollEvent {
  const events = fieldOf(v, "events", 0);
  const data = fieldOf(v, "data", 1);
  const whole = data?.kind === "struct" ? data.fields.get("u64") : data;
  if (events === undefined || whole?.kind !== "number") {
    throw wrongValue(v, "not an event", "{events=EPOLLIN, data={u32=…, u64=…}}");
  }
  return { events: flagsOf(events, EPOLL_NAMES, EPOLL_FLAG), data: BigInt.asUintN(64, BigInt(whole.text)) };
}

export function epollWait(name: "epoll_wait" | "epoll_pwait"): (args: Args) => Made {
  return (args) => epollWaited(args, name, args.int(3));
}

/** …with a time-out in milliseconds. */
export function epollWaited(args: Args, name: "epoll_wait" | "epoll_pwait", timeout: number): Made {
  const v = args.get(1);
  // strace before 4.13 has arrays in braces.
  const items = v.kind === "number" ? undefined : elementsOf(v);
  const events = items?.map((item) => epollEvent(structure(item)));
  return {
    call: { name, epfd: args.int(0), maxevents: args.int(2), timeout },
    ...(events === undefined ? {} : { shown: { events } }),
  };
}

// --- what stands behind the result -------------------------------------------------------------------------------

/** `([{fd=3, revents=POLLIN}], left {…})`. */
export function polled(detail: string): Shown {
  const text = /^\((\[.*?\])(?:, left \{[^}]*\})?\)$/.exec(detail)?.[1];
  if (text === undefined) return {};
  const fds = structs(parseValue(new Scanner(text)), "").map((item) => {
    const revents = item.fields.get("revents");
    const bits = revents === undefined ? 0 : flagsOf(revents, POLL_NAMES, POLL_FLAG);
    return { fd: intField(item, "fd"), revents: bits };
  });
  return { fds, ...leftOf(detail, 1e9) };
}

/** `(in [3 4], out [3], except [5], left {…})`. */
export const selected = (detail: string): Shown => selectedIn(detail, 1e6);
export const pselected = (detail: string): Shown => selectedIn(detail, 1e9);

function selectedIn(detail: string, fraction: number): Shown {
  if (!detail.startsWith("(")) return {};
  const set = (name: string): number[] => {
    const text = new RegExp(`\\b${name} (\\[[^\\]]*\\])`).exec(detail.replace(/<[^>]*>/g, ""))?.[1];
    return text === undefined ? [] : (fdset(parseValue(new Scanner(text))) ?? []);
  };
  return { sets: { in: set("in"), out: set("out"), ex: set("except") }, ...leftOf(detail, fraction) };
}

/** Seconds that were left of a time-out; `fraction`: parts of a second, where the field has no name. */
function leftOf(detail: string, fraction: number): Shown {
  const m = /\bleft \{(?:tv_sec=)?(\d+), (?:tv_(u|n)sec=)?(\d+)\}/.exec(detail);
  return m === null
    ? {}
    : { left: Number(m[1]) + Number(m[3]) / (m[2] === undefined ? fraction : m[2] === "n" ? 1e9 : 1e6) };
}
