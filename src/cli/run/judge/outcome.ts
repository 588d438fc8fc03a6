// SPDX-License-Identifier: GPL-2.0-only
/** What is written behind a call, against what the machine did. */

import { describeResult } from "../../../kernels/describe.ts";
import type { SysResult } from "../../../kernels/release.ts";
import { quote, sockaddr } from "../../../render/strace/values.ts";
import { formatResult } from "../../../render/strace.ts";
import type { Shown } from "../../../script/step.ts";
import type { Written } from "../../../script/strace/result.ts";
import { EPOLL_NAMES, POLL_NAMES } from "../../../uapi/poll.ts";
import { MSG_FLAGS } from "../../../uapi/socket.ts";
import { flagNames } from "../../../uapi/xlat.ts";

/** One difference, in words: what was written, what came. */
export interface Difference {
  readonly what: "result" | "ready" | "data" | "address" | "value" | "flags";
  readonly expected: string;
  readonly got: string;
}

/** Bytes that a difference quotes. */
const QUOTED = 48;

/** Everything that differs; nothing is said of what is not written. */
export function differences(
  written: Written | undefined,
  shown: Shown,
  result: SysResult,
  raw = false,
): Difference[] {
  const ret = compareReturn(written, result.ret);
  if (ret !== undefined) return [ret];
  if (result.ret < 0) return [];
  const messages = shown.messages?.flatMap(({ shown: one, len }, i) => {
    const got = result.messages?.[i];
    return got === undefined
      ? []
      : differences({ at: 0, end: 0, unknown: false, detail: "", ret: len }, one, got, raw);
  });
  if (messages !== undefined) return messages;
  return [ready, data, address, value, flags].flatMap((compare) => compare(shown, result, raw) ?? []);
}

/** The return value alone. */
export function compareReturn(written: Written | undefined, ret: number): Difference | undefined {
  if (written === undefined || written.unknown || written.ret === ret) return undefined;
  if (written.ret === undefined && ret < 0) return undefined;
  const expected = written.ret === undefined ? "-1 and an error" : formatResult(written.ret);
  return { what: "result", expected: `= ${expected}`, got: `= ${formatResult(ret)}` };
}

/** What was ready: of an epoll set in any order, for other files' place in it is anybody's guess. */
function ready(shown: Shown, result: SysResult): Difference | undefined {
  const expected = readyText(shown);
  const got = readyText(result);
  if (expected === undefined || got === undefined || expected === got) return undefined;
  return { what: "ready", expected, got };
}

function readyText({ fds, sets, events }: Pick<SysResult, "fds" | "sets" | "events">): string | undefined {
  if (fds !== undefined)
    return fds.map(({ fd, revents }) => `${fd}: ${flagNames(POLL_NAMES, revents)}`).join(", ") || "none";
  if (sets !== undefined)
    return `in [${sets.in.join(" ")}], out [${sets.out.join(" ")}], except [${sets.ex.join(" ")}]`;
  const each = events?.map((ev) => `${ev.data}: ${flagNames(EPOLL_NAMES, ev.events)}`);
  return each === undefined ? undefined : each.sort().join(", ") || "none";
}

function data(shown: Shown, result: SysResult, raw: boolean): Difference | undefined {
  if (shown.data === undefined || result.data === undefined) return undefined;
  const got = Buffer.from(result.data).toString("latin1");
  const { bytes, cut } = shown.data;
  const [said, came] = raw ? [withoutIds(bytes), withoutIds(got)] : [bytes, got];
  if (cut ? came.startsWith(said) : came === said) return undefined;
  return { what: "data", expected: quote(bytes, QUOTED), got: quote(got, QUOTED) };
}

/** Types of ICMP that quote a packet. */
const QUOTES: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);
const ICMP_HLEN = 8;

/** A packet without what the kernel numbered freely: identifications, also of a packet that ICMP quotes, and the checksums over them. */
function withoutIds(packet: string): string {
  const b = Buffer.from(packet, "latin1");
  const hlen = ((b[0] ?? 0) & 15) * 4;
  clear(b, 4, 10);
  if (b[9] === 1 && QUOTES.has(b[hlen] ?? -1)) {
    // The precedence and the flags of an error, and how much it quotes, are its sender's choice.
    b.fill(0, 1, 2);
    clear(b, 6, hlen + 2, hlen + ICMP_HLEN + 4, hlen + ICMP_HLEN + 10);
  }
  return b.toString("latin1");
}

/** Two bytes at each of the places are zeros. */
function clear(b: Buffer, ...places: readonly number[]): void {
  for (const at of places) b.fill(0, Math.min(at, b.length), Math.min(at + 2, b.length));
}

function address(shown: Shown, result: SysResult): Difference | undefined {
  if (shown.addr === undefined || result.addr === undefined) return undefined;
  const [expected, got] = [text(shown.addr), text(result.addr)];
  return expected === got ? undefined : { what: "address", expected, got };
}

function text(addr: Uint8Array): string {
  return sockaddr(describeResult({ ret: 0, addr })?.["addr"]);
}

function value(shown: Shown, result: SysResult): Difference | undefined {
  if (shown.value === undefined || result.value === undefined) return undefined;
  const [expected, got] = [shown.value, result.value].map((v) => Buffer.from(v).toString("latin1"));
  // A device's name comes with a zero byte that not everybody writes.
  if (expected === undefined || got === undefined || stripped(expected) === stripped(got)) return undefined;
  return { what: "value", expected: number(shown.value), got: number(result.value) };
}

const stripped = (text: string): string => text.replace(/\0$/, "");

function number(v: Uint8Array): string {
  return v.length === 4
    ? `[${Buffer.from(v).readInt32LE()}]`
    : quote(Buffer.from(v).toString("latin1"), QUOTED);
}

function flags(shown: Shown, result: SysResult): Difference | undefined {
  if (shown.mflags === undefined || result.mflags === undefined) return undefined;
  const [expected, got] = [shown.mflags, result.mflags].map((v) => flagNames(MSG_FLAGS, v));
  if (expected === undefined || got === undefined || expected === got) return undefined;
  return { what: "flags", expected, got };
}
