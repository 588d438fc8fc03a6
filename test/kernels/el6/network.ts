// SPDX-License-Identifier: GPL-2.0-only
/** A machine whose network is set up by lines of ip and sysctl, for tests. */

import { El6 } from "../../../src/kernels/index.ts";
import type { Machine } from "../../../src/kernels/release.ts";
import { parseConfig } from "../../../src/script/iproute2.ts";
import { isReason } from "../../../src/trace/event.ts";
import { errnoName } from "../../../src/uapi/errno.ts";

/** Run one line: "ok", or the name of the error. */
export function run(m: Machine, line: string): string {
  for (const change of parseConfig(line)) {
    const ret = m.configure(change);
    if (ret < 0) return errnoName(-ret) ?? String(ret);
  }
  return "ok";
}

/** A machine with lo up on which these lines have run. A line that is refused is a mistake of the test. */
export function network(lines: readonly string[], choose?: (what: string) => number | undefined): Machine {
  const m = El6.boot(choose === undefined ? { seed: 1 } : { seed: 1, choose });
  for (const line of ["ip link set lo up", ...lines]) {
    const answer = run(m, line);
    if (answer !== "ok") throw new Error(`${line}: ${answer}`);
  }
  return m;
}

/** Lines that make a dummy device with an address and bring it up. */
export function dummy(name: string, address: string): string[] {
  return [
    `ip link add ${name} type dummy`,
    `ip link set ${name} up`,
    `ip addr add ${address} brd + dev ${name}`,
  ];
}

/** The dump's lines of one table. */
export function routes(m: Machine, table: number): string[] {
  const start = `table ${table} `;
  return m.dump("fib").flatMap((line) => (line.startsWith(start) ? [line.slice(start.length)] : []));
}

/** `ip route get`, and the notes of the lookup as a reader sees them. */
export function lookup(m: Machine, dst: number): { answer: string; notes: string[] } {
  const rec = m.newRecorder();
  m.record(rec);
  const got = m.routeGet({ dst });
  m.record(null);
  const notes = [...rec].flatMap((ev) => (isReason(ev) ? [ev.text] : []));
  return { answer: typeof got === "number" ? (errnoName(-got) ?? String(got)) : got, notes };
}
