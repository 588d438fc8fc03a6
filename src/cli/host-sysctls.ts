// SPDX-License-Identifier: GPL-2.0-only
/** Settings of this host that decide what becomes of a datagram, where they differ from what a fresh machine has. */
import { UsageError } from "./errors.ts";
import type { Io } from "./io.ts";

/** Settings of the whole machine, and what they are on a fresh one. */
const GLOBAL: readonly (readonly [string, string])[] = [
  ["net/ipv4/ip_default_ttl", "64"],
  ["net/ipv4/ip_no_pmtu_disc", "0"],
  ["net/ipv4/ip_nonlocal_bind", "0"],
  ["net/ipv4/ip_local_port_range", "32768 60999"],
  ["net/ipv4/ip_local_reserved_ports", ""],
  ["net/ipv4/icmp_echo_ignore_broadcasts", "1"],
  ["net/ipv4/ip_forward", "0"],
];

/** Settings of each device, and of `all`. */
const PER_DEVICE: readonly (readonly [string, string])[] = [
  ["rp_filter", "0"],
  ["accept_local", "0"],
  ["src_valid_mark", "0"],
  ["arp_ignore", "0"],
  ["arp_announce", "0"],
  ["arp_filter", "0"],
  ["proxy_arp", "0"],
];

/** `sysctl KEY=VALUE` for each that differs. */
export function hostSysctls(io: Io, devices: readonly string[]): string[] {
  const lines = GLOBAL.flatMap(([key, usual]) => setting(io, key, usual));
  const forwarding = read(io, "net/ipv4/ip_forward") ?? "0";
  for (const dev of ["all", ...devices.filter(isPlain)]) {
    for (const [name, usual] of PER_DEVICE) lines.push(...setting(io, `net/ipv4/conf/${dev}/${name}`, usual));
    if (dev !== "all") lines.push(...setting(io, `net/ipv4/conf/${dev}/forwarding`, forwarding));
  }
  return lines;
}

/** Names that may stand in a path and in a line as they are. */
function isPlain(dev: string): boolean {
  return /^[\w.-]+$/.test(dev);
}

function setting(io: Io, key: string, usual: string): string[] {
  const value = read(io, key);
  if (value === undefined || value === usual) return [];
  return [
    `sysctl ${key.includes(".") ? key : key.replaceAll("/", ".")}=${/\s/.test(value) ? `"${value}"` : value}`,
  ];
}

/** What a file of /proc/sys says; undefined where another kernel does not have it. */
function read(io: Io, key: string): string | undefined {
  try {
    return new TextDecoder()
      .decode(io.readFile(`/proc/sys/${key}`))
      .trim()
      .replace(/\s+/g, " ");
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
