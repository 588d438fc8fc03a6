// SPDX-License-Identifier: GPL-2.0-only
/** --ip-options: options of the IP header as people write them (`rr:3`, `lsrr:10.0.0.1,10.0.0.2`); RFC 791. */
import { nearest } from "../../script/nearest.ts";
import { set32 } from "../../wire/bytes.ts";
import { fromHex } from "../../wire/hexdump.ts";
import { parseDottedQuad } from "../../wire/ipv4.ts";
import { UsageError } from "../errors.ts";
import { parseNumber } from "../values.ts";

/** Makes the bytes of one option of what stands behind its colon; `what` begins an error. */
type Make = (what: string, operand: string | undefined) => Uint8Array;

const KINDS: Readonly<Record<string, Make>> = {
  rr: (what, n) => slots(7, [], 4, count(what, n, 9)),
  ts: (what, n) => slots(68, [0], 4, count(what, n, 9)),
  "ts-addr": (what, n) => slots(68, [1], 8, count(what, n, 4)),
  "ts-prespec": (what, list) => prespecified(addresses(what, list, 4)),
  lsrr: (what, list) => route(131, addresses(what, list, 9)),
  ssrr: (what, list) => route(137, addresses(what, list, 9)),
  ra: (what, none) => fixed(what, none, [148, 4, 0, 0]),
  nop: (what, none) => fixed(what, none, [1]),
  hex: (what, digits) => raw(what, digits),
};

/** Record route and timestamps have room for so many, unless it is said. */
const SLOTS = 4;

/** One SPEC: its bytes, checked only as far as the words go; the rest is the kernel's to refuse. */
export function parseIpOption(option: string, spec: string): Uint8Array {
  const colon = spec.indexOf(":");
  const kind = colon < 0 ? spec : spec.slice(0, colon);
  const what = `${option} '${spec}'`;
  const make = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (make !== undefined) return make(what, colon < 0 ? undefined : spec.slice(colon + 1));
  const near = nearest(kind, Object.keys(KINDS));
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new UsageError(`${what}: expected ${Object.keys(KINDS).join(", ")}${hint}`);
}

/** The options in the order given, one behind the other. */
export function parseIpOptions(option: string, specs: readonly string[]): Uint8Array {
  return Uint8Array.from(specs.flatMap((spec) => [...parseIpOption(option, spec)]));
}

/** Type, length, pointer to the first free place, what follows it, and room for `n` entries of `size`. */
function slots(type: number, after: readonly number[], size: number, n: number): Uint8Array {
  const head = 3 + after.length;
  const b = new Uint8Array(head + n * size);
  b.set([type, b.length, head + 1, ...after]);
  return b;
}

function route(type: number, list: readonly number[]): Uint8Array {
  const b = slots(type, [], 4, list.length);
  list.forEach((addr, i) => {
    set32(b, 3 + i * 4, addr);
  });
  return b;
}

/** Timestamps of the hosts named only. */
function prespecified(list: readonly number[]): Uint8Array {
  const b = slots(68, [3], 8, list.length);
  list.forEach((addr, i) => {
    set32(b, 4 + i * 8, addr);
  });
  return b;
}

function count(what: string, text: string | undefined, max: number): number {
  return text === undefined ? SLOTS : parseNumber(`${what}: number of entries`, text, 1, max);
}

function addresses(what: string, text: string | undefined, max: number): number[] {
  const words = text === undefined || text === "" ? [] : text.split(",");
  if (words.length === 0 || words.length > max) {
    throw new UsageError(`${what}: expected 1 to ${max} addresses separated by commas, got ${words.length}`);
  }
  return words.map((word) => {
    const addr = parseDottedQuad(word);
    if (addr === undefined) throw new UsageError(`${what}: '${word}' is not an IPv4 address`);
    return addr;
  });
}

function fixed(what: string, operand: string | undefined, bytes: readonly number[]): Uint8Array {
  if (operand !== undefined) throw new UsageError(`${what}: this option has no argument`);
  return Uint8Array.from(bytes);
}

function raw(what: string, digits = ""): Uint8Array {
  if (/^(?:[0-9a-fA-F]{2})+$/.test(digits)) return fromHex(digits);
  throw new UsageError(`${what}: expected pairs of hexadecimal digits, such as hex:01`);
}
