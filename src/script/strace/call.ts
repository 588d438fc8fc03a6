// SPDX-License-Identifier: GPL-2.0-only
/** `name(arguments) = result`: from text to a call that a machine can be told. */
import { EFAULT } from "../../uapi/errno.ts";
import { ScriptError } from "../error.ts";
import type { CallStep, Shown, SkipStep } from "../step.ts";
import { Args, Unsimulated } from "./args.ts";
import type { Blacked } from "./blacked.ts";
import { CALLS, type CallKind } from "./calls.ts";
import type { Padding } from "./memory.ts";
import type { Devices } from "./message.ts";
import { namespaceOf, taskCall } from "./process.ts";
import { cutTo } from "./received.ts";
import { parseResult, type Written } from "./result.ts";
import { Scanner } from "./scanner.ts";
import { parseList, type Value } from "./value.ts";

/** What a call's text says; where it stands is the caller's to add. */
export type ParsedCall =
  | (Pick<
      CallStep,
      | "name"
      | "call"
      | "written"
      | "shown"
      | "cloexec"
      | "unsized"
      | "decoration"
      | "padded"
      | "guesses"
      | "blacked"
      | "span"
    > & { readonly rest?: number })
  | (Pick<SkipStep, "name" | "what" | "written" | "fd" | "opened" | "unread"> & {
      /** Where it cannot be read, from 1. */
      readonly column?: number;
    });

/** How a call is read. */
export interface Reading {
  readonly devices: Devices;
  /** Whatever a person did to the log: blacked-out addresses, remarks behind results. Undefined: nothing was. */
  readonly blacked: Blacked | undefined;
  /** The text ends where the result would be looked for later. */
  readonly half?: boolean;
}

/** Calls of other sorts that make descriptors, which are then no sockets of ours. */
const OPENERS: ReadonlySet<string> = new Set(
  (
    "open openat openat2 creat accept accept4 eventfd eventfd2 timerfd_create signalfd " +
    "signalfd4 memfd_create inotify_init inotify_init1 pidfd_open pidfd_getfd userfaultfd perf_event_open " +
    "fanotify_init io_uring_setup bpf epoll_create epoll_create1 socket dup fsopen open_tree landlock_create_ruleset"
  ).split(" "),
);
/** …and those that make two. */
const PAIRS: ReadonlySet<string> = new Set(["socketpair", "pipe", "pipe2"]);
const CLONE_FILES = 0x400;
const FORKS: ReadonlySet<string> = new Set(["clone", "clone2", "clone3", "fork", "vfork"]);

/** What is skipped under one name: calls that the network does not see. */
export const OTHER_CALLS = "calls that do not concern the network";

/** Is this a call whose arguments are all known when it begins? Of clone the flags must be there. */
export function isInput(name: string, text: string): boolean {
  if (FORKS.has(name)) return /fork$/.test(name) || /\bflags=/.test(text);
  return Object.hasOwn(CALLS, name) && CALLS[name]?.input === true;
}

/** The call that begins at `at` in `text`. Throws ScriptError. */
export function parseCall(text: string, at: number, name: string, how: Reading): ParsedCall {
  const kind = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined;
  if (FORKS.has(name)) return parseFork(text, at, name);
  if (kind === undefined) return skipped(text, at, name, namespaceOf(text, at, name) ?? OTHER_CALLS);
  try {
    return parseKnown(text, at, name, kind, how);
  } catch (error) {
    if (error instanceof Unsimulated) return skipped(text, at, name, error.what);
    if (error instanceof ScriptError && takenApart(text)) {
      return skipped(text, at, name, "messages decoded by strace (netlink and the like)");
    }
    throw error;
  }
}

/** Buffers that are not strings: strace knows the protocol, and its spelling is not always that of a value. */
function takenApart(text: string): boolean {
  return /^[^"]*\((?:[^"]*, )?[[{]+nlmsg_len=|iov_base=[[{]/.test(text);
}

/** No datagram is longer. */
const LONGEST_SENT = 65_535;
/** Where an address or a port should be, something else may be. */
const BLACKED = /inet_(?:addr|aton)\((?:"[0-9.]*[^0-9."]|[^"])|htons\([^0-9]|htons\([0-9]+[^0-9)]/;

function parseKnown(text: string, at: number, name: string, kind: CallKind, how: Reading): ParsedCall {
  const { devices, blacked, half } = how;
  const s = new Scanner(text, at + name.length + 1);
  const given = parseList(s, ")", 0);
  const end = s.pos;
  const written = half === true ? undefined : parseResult(s, blacked !== undefined);
  const { values, said } =
    blacked !== undefined && BLACKED.test(text) ? blacked.through(given) : { values: given, said: [] };
  const args = new Args(name, kind.params, values, end - 1);
  const ret = written?.unknown === true ? undefined : written?.ret;
  const padding: Padding = {
    bytes: 0,
    unseen: 0,
    readable: ret !== undefined && ret !== -EFAULT,
    worked: (ret ?? -1) >= 0,
    ...(ret !== undefined && ret >= 0 && ret <= LONGEST_SENT ? { sent: ret } : {}),
    said: [],
  };
  const made = kind.make(args, { padding, ret, ifindex: (dev) => devices.ifindex(dev) });
  const shown: Shown = { ...made.shown, ...kind.detail?.(written?.detail ?? "") };
  const unseen =
    padding.unseen > 0 && (ret ?? -1) >= 0
      ? [`${padding.unseen} zero bytes for data that the log does not show`]
      : [];
  return {
    name,
    call: made.call,
    written,
    ...(made.cloexec === true ? { cloexec: true } : {}),
    // A stand-in says who sent, not what name the machine tells.
    shown:
      said.length > 0 && /^get(?:sock|peer)name$/.test(name)
        ? {}
        : cutToResult(shown, written, blacked !== undefined),
    ...(made.unsized === true ? { unsized: true } : {}),
    decoration: decorationOf(values[0]),
    padded: padding.bytes,
    guesses: [...said, ...unseen, ...padding.said],
    ...(said.some((text) => !text.startsWith("port")) ? { blacked: true } : {}),
    span: [at, end],
    ...(s.done ? {} : { rest: s.pos }),
  };
}

/** Data of a call that did not bring any is none. `lenient`: less data than the call brought was cut by hand. */
function cutToResult(shown: Shown, written: Written | undefined, lenient: boolean): Shown {
  const { data } = shown;
  if (data === undefined || written?.ret === undefined || written.ret < 0) return shown;
  if (lenient && data.bytes.length < written.ret) return { ...shown, data: { ...data, cut: true } };
  return cutTo(shown, written.ret);
}

function decorationOf(first: Value | undefined): string | undefined {
  return first?.kind === "number" ? first.decoration : undefined;
}

/** Arguments of clone have names, which no other call's have: its flags are looked for. */
function parseFork(text: string, at: number, name: string): ParsedCall {
  const raw = Number(/\bflags=(0x[0-9a-f]+)/.exec(text)?.[1] ?? 0);
  const shared = /\bCLONE_FILES\b/.test(text) || (raw & CLONE_FILES) !== 0;
  return {
    name,
    call: { name: "fork", shared, ...(namespaceOf(text, at, name) === undefined ? {} : { network: true }) },
    written: looseResult(text),
    shown: {},
    decoration: undefined,
    padded: 0,
    guesses: [],
    span: [at, text.length],
  };
}

/** A call that is not made: only what it returned is looked at. */
export function skipped(
  text: string,
  at: number,
  name: string,
  what: string,
  unread?: ScriptError,
): ParsedCall {
  const written = looseResult(text);
  const task = taskCall(text, at, name, written?.ret);
  if (task !== undefined)
    return {
      name,
      call: task,
      written,
      shown: {},
      decoration: undefined,
      padded: 0,
      guesses: [],
      span: [at, text.length],
    };
  const fd = /^\w+\((?:fd: |sockfd=|fd=)?(\d{1,9})(?![\w.])/.exec(text.slice(at))?.[1];
  const opened = openedBy(text, name, written);
  return {
    name,
    what,
    written,
    fd: fd === undefined || name === "socket" ? undefined : Number(fd),
    opened,
    ...(unread === undefined ? {} : { unread: unread.sentence, column: unread.column }),
  };
}

function openedBy(text: string, name: string, written: Written | undefined): number[] {
  const ret = written?.ret ?? -1;
  if (ret < 0) return [];
  if (OPENERS.has(name)) return [ret];
  const pair = PAIRS.has(name) ? /\[(\d+)(?:<.*?>)?, (\d+)/.exec(text) : null;
  return pair === null ? [] : [Number(pair[1]), Number(pair[2])];
}

/** The result of a line whose arguments are not read: behind the last `) =`. */
export function looseResult(text: string): Written | undefined {
  let at = -1;
  for (const m of text.matchAll(/\)\s*(?==\s)/g)) at = m.index + 1;
  if (at < 0) return undefined;
  try {
    return parseResult(new Scanner(text, at), true);
  } catch {
    return undefined;
  }
}
