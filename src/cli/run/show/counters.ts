// SPDX-License-Identifier: GPL-2.0-only
/** `nstat` and `ss -u`: made of the texts of /proc/net that the real ones read (iproute2 6.1). */
import { glob } from "../../../trace/select.ts";
import { formatIpv4 } from "../../../wire/ipv4.ts";

/** Counters by nstat's names, in the order of the files. */
export type Counts = ReadonlyMap<string, number>;

/** Settings among the counters: nstat leaves them out. */
const SETTINGS = new Set([
  "IpForwarding",
  "IpDefaultTTL",
  "TcpRtoAlgorithm",
  "TcpRtoMin",
  "TcpRtoMax",
  "TcpMaxConn",
  "TcpCurrEstab",
]);

/** Pairs of lines, names and values: /proc/net/snmp, /proc/net/netstat. */
export function readCounts(...texts: readonly string[]): Counts {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const lines = text.split("\n");
    for (let i = 0; i + 1 < lines.length; i += 2) {
      const [proto = "", ...names] = (lines[i] as string).split(" ");
      const [, ...values] = (lines[i + 1] as string).split(" ");
      names.forEach((name, at) => {
        counts.set(`${proto.replace(":", "")}${name}`, Number(values[at]));
      });
    }
  }
  return counts;
}

/** What moved since `before`; `patterns` as a shell has them, any of them. */
export function showCounts(now: Counts, before: Counts, zeros: boolean, patterns: readonly string[]): string {
  const tests = patterns.map(glob);
  let text = "#kernel\n";
  for (const [name, value] of now) {
    const moved = value - (before.get(name) ?? 0);
    if (SETTINGS.has(name) || (moved === 0 && !zeros)) continue;
    if (tests.length > 0 && !tests.some((test) => test(name))) continue;
    text += `${name.padEnd(32)}${String(moved).padEnd(16)}   0.0\n`;
  }
  return text;
}

/** A column of ss: its title, its side, what parts it from the one before. */
interface Column {
  readonly title: string;
  readonly right: boolean;
  readonly delimiter: string;
}
const COLUMNS: readonly Column[] = [
  { title: "State", right: false, delimiter: "" },
  { title: "Recv-Q", right: false, delimiter: " " },
  { title: "Send-Q", right: false, delimiter: " " },
  { title: "Local Address:", right: true, delimiter: " " },
  { title: "Port", right: false, delimiter: "" },
  { title: "Peer Address:", right: true, delimiter: " " },
  { title: "Port", right: false, delimiter: "" },
  { title: "Process", right: false, delimiter: "" },
];
const TCP_ESTABLISHED = "01";

/** `ss -u`: the sockets of /proc/net/udp that have a peer; -a: all; -l: those without one. */
export function showSockets(
  udp: string,
  which: { readonly all: boolean; readonly listening: boolean; readonly header: boolean },
): string {
  const rows = udp
    .split("\n")
    .slice(1)
    .map(socketRow)
    .filter((row) => row !== undefined);
  const kept = rows.filter(
    ([state]) => which.all || (which.listening ? state === "UNCONN" : state === "ESTAB"),
  );
  // Sockets of one state need no column for it.
  const from = which.all || which.listening ? 0 : 1;
  const head = which.header ? [COLUMNS.map((c) => c.title)] : [];
  return columns(
    [...head, ...kept].map((row) => row.slice(from)),
    COLUMNS.slice(from),
  );
}

function columns(rows: readonly (readonly string[])[], all: readonly Column[]): string {
  const widths = all.map((_c, i) => Math.max(0, ...rows.map((row) => (row[i] as string).length)));
  return rows
    .map((row) => {
      const cells = row.map((cell, i) => {
        const { right, delimiter } = all[i] as Column;
        const width = widths[i] as number;
        return `${i === 0 ? "" : delimiter}${right ? cell.padStart(width) : cell.padEnd(width)}`;
      });
      return `${cells.join("")}\n`;
    })
    .join("");
}

/** A row of the file, or nothing. */
function socketRow(line: string): string[] | undefined {
  const [, local, remote, st, queues] = line.trim().split(/ +/);
  if (local === undefined || remote === undefined || queues === undefined) return undefined;
  const [tx = "", rx = ""] = queues.split(":");
  const state = st === TCP_ESTABLISHED ? "ESTAB" : "UNCONN";
  const number = (hex: string): string => String(Number.parseInt(hex, 16)).padEnd(6);
  return [state, number(rx), number(tx), ...endpoint(local), ...endpoint(remote), ""];
}

/** `0100007F:1388` as `127.0.0.1:` and `5000`. */
function endpoint(text: string): [string, string] {
  const [address = "", port = ""] = text.split(":");
  const v = Number.parseInt(address, 16);
  const host = ((v & 255) << 24) | ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | (v >>> 24);
  const number = Number.parseInt(port, 16);
  return [`${formatIpv4(host >>> 0)}:`, number === 0 ? "*" : String(number)];
}
