// SPDX-License-Identifier: GPL-2.0-only
/** Pointers to what a call hands back: which of them point nowhere, and the length behind them. */
import type { BadPointers } from "../../kernels/release.ts";
import { EFAULT, EINVAL, EMSGSIZE, ENOBUFS, ENOMEM } from "../../uapi/errno.ts";
import { intOf, isNull, Unsimulated } from "./args.ts";
import type { Value } from "./value.ts";

/** Less than this is a length that somebody has written without its brackets. */
const LAST_LENGTH = 4096;
/** The first address that is not user space's (x86-64). */
const TASK_SIZE = 2 ** 47;
/** What the strace view writes for an address that points nowhere. */
const BAD = 0xdead0000;
/** Below is nothing (vm.mmap_min_addr). */
const FIRST_ADDRESS = 0x10000;

/** Is it an address that strace shows for what is behind it? */
function isAddress(v: Value): boolean {
  return v.kind === "number" && (v.value >= LAST_LENGTH || /^0x/i.test(v.text));
}

/** …and one that no program has? */
function isWild(v: Value): boolean {
  return v.kind === "number" && (v.value >= TASK_SIZE || (v.value > 0 && v.value < FIRST_ADDRESS));
}

const isNone = (v: Value): boolean =>
  isNull(v) || (v.kind === "number" && (v.value === 0 || v.value === BAD));

/** An int behind a pointer: `[16]`, `[128 => 16]`, `[-1]`; `fallback` where only its address is shown. */
export function intBehind(v: Value, fallback: number): number {
  if (isNull(v) || isAddress(v)) return fallback;
  const inner = v.kind === "array" ? v.items[0] : v;
  const before = inner?.kind === "change" ? inner.before : inner;
  return before === undefined ? fallback : intOf(before, "the length");
}

/** The pointers of a call by what they are for. */
interface Pointers {
  readonly buf?: Value;
  readonly addr?: Value;
  readonly len?: Value;
}

/**
 * Which of them point nowhere, for a call that returned `ret`. NULL does, unless the call worked. Other addresses do only
 * for -EFAULT (strace shows them, too, where the call failed for another reason, or where the length is too short for what
 * it would show): the length that cannot be shown, an address that no program has, or else the first.
 */
export function badPointers(pointers: Pointers, ret: number | undefined): BadPointers {
  if (ret !== undefined && ret >= 0) return {};
  const names = ["buf", "addr", "len"] as const;
  const none = names.filter((name) => pointers[name] !== undefined && isNone(pointers[name]));
  if (none.length > 0 || ret !== -EFAULT) return Object.fromEntries(none.map((name) => [name, true]));
  const shown = names.filter((name) => pointers[name] !== undefined && isAddress(pointers[name]));
  const wild = shown.filter((name) => isWild(pointers[name] as Value));
  const guilty = shown.includes("len") ? "len" : (wild[0] ?? shown[0]);
  return guilty === undefined ? {} : { [guilty]: true };
}

/** Errors that the header of a message, and what hangs on it, may be the cause of. */
const HEADER_ERRORS: ReadonlySet<number> = new Set([EFAULT, EINVAL, EMSGSIZE, ENOMEM, ENOBUFS]);

/**
 * Was a message received into a header that strace does not show, because the call returned an error? Some room will do for
 * it then, unless the header may be what was wrong: throws Unsimulated.
 */
export function isUnsized(header: Value, ret: number | undefined): boolean {
  if (ret === undefined || ret >= 0 || isNull(header)) return false;
  const shown =
    header.kind === "struct" && [...header.fields.keys()].some((name) => name.startsWith("msg_iov"));
  if (shown) return false;
  const namelen = header.kind === "struct" ? header.fields.get("msg_namelen") : undefined;
  const negative = namelen?.kind === "number" && namelen.value < 0;
  if (HEADER_ERRORS.has(-ret) && !negative)
    throw new Unsimulated("messages whose headers strace does not show");
  return true;
}

/** As part of a call: nothing where all are good. */
export function withBad(bad: BadPointers): { readonly bad?: BadPointers } {
  return Object.keys(bad).length === 0 ? {} : { bad };
}
