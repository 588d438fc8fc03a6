// SPDX-License-Identifier: GPL-2.0-only
/** Datagrams for tests: sockets, sends, what appears on devices, which functions were visited. */

import type { Frame, Machine } from "../../../src/kernels/release.ts";
import { isReason } from "../../../src/trace/event.ts";
import { errnoName } from "../../../src/uapi/errno.ts";
import { set16, set32, set32le } from "../../../src/wire/bytes.ts";
import { parseDottedQuad } from "../../../src/wire/ipv4.ts";

/** struct sockaddr_in of `a.b.c.d:port`. */
export function sockaddr(text: string): Uint8Array {
  const [addr = "", port = ""] = text.split(":");
  const b = new Uint8Array(16);
  b[0] = 2;
  set16(b, 2, Number(port));
  set32(b, 4, parseDottedQuad(addr) as number);
  return b;
}

export function udpSocket(m: Machine): number {
  return m.syscall({ name: "socket", domain: 2, type: 2, protocol: 0 }).ret;
}

/** What the call returns: a number, or the name of the error. */
export function sendTo(m: Machine, fd: number, to: string, len = 1): number | string {
  const addr = { bytes: sockaddr(to) };
  const buf = { bytes: new Uint8Array(len).fill(0x78) };
  const { ret } = m.syscall({ name: "sendto", fd, buf, len, flags: 0, addr, addrlen: 16 });
  return ret < 0 ? (errnoName(-ret) ?? ret) : ret;
}

export function setOption(m: Machine, fd: number, level: number, optname: number, value: number): number {
  const bytes = new Uint8Array(4);
  set32le(bytes, 0, value);
  return m.syscall({ name: "setsockopt", fd, level, optname, optval: { bytes }, optlen: 4 }).ret;
}

/** Every frame from now on. */
export function frames(m: Machine): Frame[] {
  const seen: Frame[] = [];
  m.tap((f) => seen.push(f));
  return seen;
}

/** `dev:type:length` of frames. */
export function brief(seen: readonly Frame[]): string[] {
  return seen.map((f) => `${f.dev}:${f.type}:${f.bytes.length}`);
}

/** The functions visited while `work` runs, each with its nesting depth, and the notes. */
export function visited(
  m: Machine,
  work: () => unknown,
): { fns: string[]; depth: Map<string, number>; notes: string[] } {
  const rec = m.newRecorder();
  m.record(rec);
  work();
  m.record(null);
  const fns: string[] = [];
  const depth = new Map<string, number>();
  const notes: string[] = [];
  for (const ev of rec) {
    if (isReason(ev)) notes.push(ev.text);
    if (ev.ev !== "enter") continue;
    fns.push(ev.fn);
    if (!depth.has(ev.fn)) depth.set(ev.fn, ev.depth);
  }
  return { fns, depth, notes };
}

/** Two ends of a veth pair, v0 with 10.0.0.1/24. */
export const VETH: readonly string[] = [
  "ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02",
  "ip link set v1 up",
  "ip link set v0 up",
  "ip addr add 10.0.0.1/24 brd + dev v0",
];
