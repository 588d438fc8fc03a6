// SPDX-License-Identifier: GPL-2.0-only
/** `ip link`, `ip addr`, as iproute2 6.1 prints what a 2.6.32 kernel tells it (no group, no lifetimes). */
import type { Link, LinkAddress } from "../../../kernels/release.ts";
import { formatMac } from "../../../wire/ethernet.ts";
import { formatIpv4 } from "../../../wire/ipv4.ts";
import { scopeName } from "./names.ts";

const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;
const IFF_POINTOPOINT = 0x10;

/** In the order in which ip names them. */
const FLAGS: readonly (readonly [string, number])[] = [
  ["LOOPBACK", 0x8],
  ["BROADCAST", 0x2],
  ["POINTOPOINT", IFF_POINTOPOINT],
  ["MULTICAST", 0x1000],
  ["NOARP", 0x80],
  ["ALLMULTI", 0x200],
  ["PROMISC", 0x100],
  ["MASTER", 0x400],
  ["SLAVE", 0x800],
  ["DEBUG", 0x4],
  ["DYNAMIC", 0x8000],
  ["AUTOMEDIA", 0x4000],
  ["PORTSEL", 0x2000],
  ["NOTRAILERS", 0x20],
  ["UP", IFF_UP],
  ["LOWER_UP", 0x10000],
  ["DORMANT", 0x20000],
];
const STATES = ["UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"];
const TYPES: ReadonlyMap<number, string> = new Map([
  [1, "ether"],
  [772, "loopback"],
  [0xfffe, "none"],
]);

/** `<BROADCAST,UP,LOWER_UP>`. */
function flags(value: number): string {
  const names = (value & IFF_UP) !== 0 && (value & IFF_RUNNING) === 0 ? ["NO-CARRIER"] : [];
  for (const [name, bit] of FLAGS) if ((value & bit) !== 0) names.push(name);
  return `<${names.join(",")}>`;
}

/** The two lines of a device; `mode` is told by `ip link` alone. */
function head(link: Link, all: readonly Link[], mode: boolean): string {
  const below = link.iflink !== link.index ? all.find((l) => l.index === link.iflink)?.name : undefined;
  const queue = link.txqlen > 0 ? ` qlen ${link.txqlen}` : "";
  const peer = (link.flags & IFF_POINTOPOINT) !== 0 ? "peer" : "brd";
  const mac = (bytes: Uint8Array): string => formatMac(bytes, 0, bytes.length);
  const hardware = link.address.length === 0 ? "" : `${mac(link.address)} ${peer} ${mac(link.broadcast)}`;
  return (
    `${link.index}: ${link.name}${below === undefined ? "" : `@${below}`}: ${flags(link.flags)} mtu ${link.mtu} ` +
    `qdisc ${link.qdisc} state ${STATES[link.operstate] ?? link.operstate}${mode ? " mode DEFAULT" : ""}${queue}\n` +
    `    link/${TYPES.get(link.type) ?? `[${link.type}]`} ` +
    `${hardware}\n`
  );
}

/** At least so wide, and room for a seventh column that only some devices have. */
const WIDTHS = [10, 7, 6, 7, 7, 7];
const SEVENTH = " ".repeat(11);
const RX = ["bytes", "packets", "errors", "dropped", "missed", "mcast"];
const TX = ["bytes", "packets", "errors", "dropped", "carrier", "collsns"];

/** The counters of -s: each column as wide as its widest entry. The direction stands within the first. */
function stats({ stats: s }: Link): string {
  const rx = [s.rx.bytes, s.rx.packets, s.rx.errors, s.rxDropped, 0, s.multicast];
  const tx = [s.tx.bytes, s.tx.packets, s.tx.errors, s.txDropped, 0, s.collisions];
  const widths = WIDTHS.map((w, i) => Math.max(w, String(rx[i]).length, String(tx[i]).length));
  const row = (cells: readonly (string | number)[]): string =>
    cells.map((cell, i) => String(cell).padStart(widths[i] as number)).join(" ");
  const titles = (direction: string, names: readonly string[]): string =>
    `    ${direction}${row(names).slice(direction.length)}${SEVENTH}\n`;
  return `${titles("RX:", RX)}    ${row(rx)} \n${titles("TX:", TX)}    ${row(tx)} \n`;
}

/** `ip [-s] link [show D]`. */
export function showLinks(links: readonly Link[], all: readonly Link[], withStats: boolean): string {
  return links.map((link) => head(link, all, true) + (withStats ? stats(link) : "")).join("");
}

function address(a: LinkAddress): string {
  const peer = a.peer !== a.local ? `${formatIpv4(a.local)} peer ${formatIpv4(a.peer)}` : formatIpv4(a.local);
  const brd = a.broadcast !== 0 ? ` brd ${formatIpv4(a.broadcast)}` : "";
  const secondary = a.secondary ? " secondary" : "";
  return `    inet ${peer}/${a.prefixlen}${brd} scope ${scopeName(a.scope)}${secondary} ${a.label}\n`;
}

/** `ip [-s] addr [show D]`. */
export function showAddresses(links: readonly Link[], all: readonly Link[], withStats: boolean): string {
  return links
    .map((l) => head(l, all, false) + l.addresses.map(address).join("") + (withStats ? stats(l) : ""))
    .join("");
}
