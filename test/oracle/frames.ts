// SPDX-License-Identifier: GPL-2.0-only
/** Frames of the `inject` step, built as probe.c builds them. */
import { set16, set32 } from "../../src/wire/bytes.ts";
import { csum_fold, csum_partial } from "../../src/wire/checksum.ts";
import { type AddressBook, atoi, hexBytes, portOf, putIpv4, StepError, strtoul } from "./operands.ts";

/** `hex:… | arp OP ETHDST ETHSRC SHA SPA THA TPA | icmp ETHDST ETHSRC SRC DST TYPE CODE INFO …`. */
export function frameOf(words: readonly string[], book: AddressBook): Uint8Array {
  const [kind = ""] = words;
  if (kind.startsWith("hex:")) return hexBytes(kind.slice(4));
  if (kind === "arp" && words.length >= 8) return arp(words);
  if (kind === "icmp" && words.length >= 13) return icmpError(words, book);
  throw new StepError("inject");
}

function ethernet(frame: Uint8Array, dst: string, src: string, proto: number): void {
  putMac(frame, 0, dst);
  putMac(frame, 6, src);
  set16(frame, 12, proto);
}

function arp(w: readonly string[]): Uint8Array {
  const [, op = "", dst = "", src = "", sha = "", spa = "", tha = "", tpa = ""] = w;
  const f = new Uint8Array(42);
  ethernet(f, dst, src, 0x0806);
  f.set([0, 1, 8, 0, 6, 4, 0, atoi(op)], 14);
  putMac(f, 22, sha);
  putIpv4(f, 28, spa);
  putMac(f, 32, tha);
  putIpv4(f, 38, tpa);
  return f;
}

const IP = 14;
const ICMP = IP + 20;
const INNER = ICMP + 8;

/** An ICMP error about a UDP datagram of no payload. */
function icmpError(w: readonly string[], book: AddressBook): Uint8Array {
  const [, dst = "", esrc = "", src = "", to = "", type = "", code = "", info = ""] = w;
  const [proto = "", isrc = "", idst = "", sport = "", dport = ""] = w.slice(8);
  const f = new Uint8Array(INNER + 28);
  ethernet(f, dst, esrc, 0x0800);
  f[IP] = 0x45;
  set16(f, IP + 2, f.length - IP);
  f.set([64, 1], IP + 8);
  putIpv4(f, IP + 12, src);
  putIpv4(f, IP + 16, to);
  f.set([atoi(type), atoi(code)], ICMP);
  if (info.includes(".")) putIpv4(f, ICMP + 4, info);
  else set32(f, ICMP + 4, strtoul(info));
  f.set([0x45, 0, 0, 28, 0, 0, 0x40, 0, 64, atoi(proto)], INNER);
  putIpv4(f, INNER + 12, isrc);
  putIpv4(f, INNER + 16, idst);
  set16(f, INNER + 20, portOf(sport, book));
  set16(f, INNER + 22, portOf(dport, book));
  f[INNER + 25] = 8;
  set16(f, INNER + 10, sum(f, INNER, INNER + 20));
  set16(f, ICMP + 2, sum(f, ICMP, f.length));
  set16(f, IP + 10, sum(f, IP, ICMP));
  return f;
}

function sum(f: Uint8Array, from: number, to: number): number {
  return csum_fold(csum_partial(f, from, to, 0));
}

function putMac(f: Uint8Array, at: number, text: string): void {
  f.set(
    text.split(":").map((part) => Number.parseInt(part, 16)),
    at,
  );
}
