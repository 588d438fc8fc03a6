// SPDX-License-Identifier: GPL-2.0-only
/** The table of counters read back, and the files of /proc/net that it must agree with. */
import { readCounts } from "../../src/cli/run/show/counters.ts";
import { counterEvent } from "../../src/trace/counter.ts";
import type { StateEvent } from "../../src/trace/event.ts";

/** A row: the counter by its event's name, what it was and is (undefined: gone), the sum of what its movers moved. */
export interface Row {
  readonly name: string;
  readonly before: number;
  readonly after: number | undefined;
  readonly moved: number;
  readonly who: string;
}

/** `a`, `a ×2`, `a +33` */
function amount(mover: string): number {
  const [, sign = "", n = ""] = / ([×+-])(\d+)$/.exec(mover) ?? [];
  return n === "" ? 1 : sign === "-" ? -Number(n) : Number(n);
}

export function readRow(cells: readonly string[]): Row {
  const [name = "", before = "", after = "", who = ""] = cells;
  const movers = who.split(/[,;] /).filter((mover) => mover !== "");
  const moved = movers.reduce((sum, mover) => sum + amount(mover), 0);
  return {
    name: counterEvent(name),
    before: Number(before),
    after: after === "gone" ? undefined : Number(after),
    moved,
    who,
  };
}

/** The rows of the table in what `--format graph` wrote. */
export function readTable(text: string): Row[] {
  const lines = text.split("\n");
  const head = lines.findIndex((line) => /^counters +before +after +moved by$/.test(line));
  if (head < 0) return [];
  const end = lines.indexOf("", head);
  return lines.slice(head + 1, end < 0 ? undefined : end).map((line) => readRow(line.trim().split(/ {2,}/)));
}

/** Columns of /proc/net/dev that are counted. */
const DEV = ["rx_bytes", "rx_packets", "rx_errs", "rx_drop", "", "", "", "rx_multicast"];
const DEV_OUT = ["tx_bytes", "tx_packets", "tx_errs", "tx_drop", "", "tx_colls"];

/** Every counter that the files hold, by its event's name. */
export function countersOf({ proc }: Pick<StateEvent, "proc">): Map<string, number> {
  const file = (name: string): string => proc[`/proc/net/${name}`] ?? "";
  const counters = new Map<string, number>();
  for (const [name, value] of readCounts(file("snmp"), file("netstat"))) {
    const event = name.replace(/^(TcpExt|IpExt|IcmpMsg|UdpLite|Udp|Icmp|Ip|Tcp)/, "$1.");
    if (!/^(Tcp\.|Ip\.(Forwarding|DefaultTTL)$)/.test(event)) counters.set(event, value);
  }
  for (const line of file("dev").split("\n").slice(2)) {
    const colon = line.lastIndexOf(":");
    if (colon < 0) continue;
    const values = line
      .slice(colon + 1)
      .trim()
      .split(/ +/);
    [...DEV, ...DEV_OUT].forEach((column, i) => {
      if (column !== "") counters.set(`dev:${line.slice(0, colon).trim()}.${column}`, Number(values[i]));
    });
  }
  const [names = "", values = ""] = file("stat/rt_cache").split("\n");
  const hex = values.trim().split(/ +/);
  names
    .trim()
    .split(/ +/)
    .forEach((name, i) => {
      if (name !== "entries") counters.set(`rt.${name}`, Number.parseInt(hex[i] ?? "", 16));
    });
  const softnet = file("softnet_stat").split(" ");
  ["processed", "dropped", "time_squeeze"].forEach((name, i) => {
    counters.set(`softnet.${name}`, Number.parseInt(softnet[i] ?? "", 16));
  });
  return counters;
}

/** Where the rows and the files before and after say different things, in words. */
export function disagreements(
  rows: readonly Row[],
  before: Pick<StateEvent, "proc">,
  after: Pick<StateEvent, "proc">,
): string[] {
  const [was, is] = [countersOf(before), countersOf(after)];
  const wrong: string[] = [];
  const listed = new Map(rows.map((row) => [row.name, row]));
  if (listed.size !== rows.length) wrong.push("a counter has two rows");
  for (const row of rows) {
    if (row.before !== (was.get(row.name) ?? 0)) wrong.push(`${row.name} was ${was.get(row.name)}`);
    if (row.after === undefined ? is.has(row.name) : row.after !== (is.get(row.name) ?? 0))
      wrong.push(`${row.name} is ${is.get(row.name)}, not ${row.after}`);
    if (row.after !== undefined && row.before + row.moved !== row.after)
      wrong.push(`${row.name}: ${row.before} and ${row.who} is not ${row.after}`);
    if (row.who === "" && row.after !== undefined) wrong.push(`${row.name} was moved by nobody`);
  }
  for (const name of new Set([...was.keys(), ...is.keys()])) {
    const moved = (is.get(name) ?? 0) !== (was.get(name) ?? 0);
    if (moved && !listed.has(name)) wrong.push(`${name} is missing: ${was.get(name)}, then ${is.get(name)}`);
  }
  return wrong;
}
