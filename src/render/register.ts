// SPDX-License-Identifier: GPL-2.0-only
/** Values as the kernel's tracers see them, in registers: numbers, and addresses for what is an object here. */
import type { Value } from "../trace/event.ts";
import { KINDS } from "../trace/record.ts";

/** Where el6 on x86-64 maps all memory: the first digits of every kernel address. */
const DIRECT_MAP = "ffff88";
/** The digit after them for what has no kind of its own: devices by name, texts, structures. */
const OTHER = "f";

/**
 * The made-up address of an object, 16 digits: its kind and number say it, so it is the same in every trace.
 * `skb#1` is ffff881000000100: the second kind, number 1.
 */
export function address(value: Exclude<Value, number | boolean | null>): string {
  const [, kind, number] = (typeof value === "string" && /^([a-z]+)#(\d+)$/.exec(value)) || [];
  const k = (KINDS as readonly (string | undefined)[]).indexOf(kind);
  if (k >= 0) return `${DIRECT_MAP}${k.toString(16)}${hex7(Number(number))}00`;
  return `${DIRECT_MAP}${OTHER}${hex7(hash(typeof value === "string" ? value : JSON.stringify(value)))}00`;
}

function hex7(n: number): string {
  return (n & 0xfffffff).toString(16).padStart(7, "0");
}

/** FNV-1a. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 4;
}

/** What the recorder says of an object that has no name: each parameter gets an address of its own. */
const OPAQUE = "…";

/** An argument, as Linux 6.15's funcgraph-args prints it: `%ld`, pointers `0x%lx`. */
export function argument(name: string, value: Value): string {
  if (typeof value === "number") return `${name}=${value}`;
  if (typeof value === "boolean") return `${name}=${value ? 1 : 0}`;
  return `${name}=0x${value === null ? "0" : address(value === OPAQUE ? name : value)}`;
}

/** A return value, as Linux 6.15's funcgraph-retval prints it: errors `%ld`, all else `0x%lx`. */
export function returned(value: Value): string {
  if (typeof value !== "number") return value === null ? "0x0" : `0x${word(value)}`;
  return value < 0 && value >= -4095 ? String(value) : `0x${word(value)}`;
}

/** 32 bits, as eax holds an int. */
function word(value: Exclude<Value, null>): string {
  if (typeof value === "number") return (value < 0 ? value >>> 0 : value).toString(16);
  return typeof value === "boolean" ? String(Number(value)) : address(value);
}
