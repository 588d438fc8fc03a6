// SPDX-License-Identifier: GPL-2.0-only
/**
 * The options that a `nettrace sendto` sets on its socket: a row is all about one, what it is called, what it says of
 * itself, and the setsockopt(2) that it stands for. They are set in the order of the rows.
 */
import {
  IP_MTU_DISCOVER,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_OPTIONS,
  IP_RECVERR,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_UDP,
  UDP_CORK,
  UDPLITE_SEND_CSCOV,
} from "../../uapi/in.ts";
import {
  SO_BINDTODEVICE,
  SO_BROADCAST,
  SO_DONTROUTE,
  SO_MARK,
  SO_NO_CHECK,
  SO_PRIORITY,
  SO_SNDBUF,
  SOL_SOCKET,
  SOL_UDPLITE,
} from "../../uapi/socket.ts";
import type { OptionRow } from "../option.ts";
import { parseChoice, parseName, parseNumber } from "../values.ts";
import type { Devices } from "./devices.ts";
import { parseIpOptions } from "./ip-options.ts";
import { multicastIf } from "./multicast.ts";
import { cstring, int, type SocketOption } from "./sockopt.ts";

/** An option that is one setsockopt(2): its level and name, and how its value is read. */
export interface SocketRow extends OptionRow {
  /** What commander calls its value. */
  readonly key: string;
  readonly level: number;
  readonly name: number;
  /** The bytes for what was typed, a list where the option may be repeated; `flag` begins an error. */
  readonly read: (text: string & readonly string[], flag: string, devices: Devices) => Uint8Array;
}

const INT_MAX = 0x7fffffff;

const on = (): Uint8Array => int(1);

/** A number from `min` to `max`. */
function number(min: number, max: number): SocketRow["read"] {
  return (text, flag) => int(parseNumber(flag, text, min, max));
}

const DISCOVER = [
  ["DONT", 0],
  ["WANT", 1],
  ["DO", 2],
  ["PROBE", 3],
] as const;

const IP_OPTION_HELP =
  "IP_OPTIONS: rr[:N], ts[:N], ts-addr[:N], ts-prespec:A,B, lsrr:A,B, ssrr:A,B, ra, nop, hex:…";

export const SOCKET_ROWS: readonly SocketRow[] = [
  {
    flags: "--broadcast",
    help: "SO_BROADCAST",
    key: "broadcast",
    level: SOL_SOCKET,
    name: SO_BROADCAST,
    read: on,
  },
  {
    flags: "--cork",
    help: "UDP_CORK: hold data back",
    key: "cork",
    level: IPPROTO_UDP,
    name: UDP_CORK,
    read: on,
  },
  {
    flags: "--no-check",
    help: "SO_NO_CHECK: no UDP checksum",
    key: "check",
    level: SOL_SOCKET,
    name: SO_NO_CHECK,
    read: on,
  },
  {
    flags: "--recverr",
    help: "IP_RECVERR: queue errors",
    key: "recverr",
    level: IPPROTO_IP,
    name: IP_RECVERR,
    read: on,
  },
  {
    flags: "--dontroute",
    help: "SO_DONTROUTE",
    key: "dontroute",
    level: SOL_SOCKET,
    name: SO_DONTROUTE,
    read: on,
  },
  {
    flags: "--udplite [coverage]",
    help: "UDP-Lite; with a number: checksum coverage in bytes (UDPLITE_SEND_CSCOV)",
    key: "udplite",
    level: SOL_UDPLITE,
    name: UDPLITE_SEND_CSCOV,
    read: number(0, INT_MAX),
  },
  {
    flags: "--ttl <n>",
    help: "IP_TTL, 1 to 255 (-1: the default)",
    key: "ttl",
    level: IPPROTO_IP,
    name: IP_TTL,
    read: number(-1, 255),
  },
  {
    flags: "--tos <n>",
    help: "IP_TOS, 0 to 255",
    key: "tos",
    level: IPPROTO_IP,
    name: IP_TOS,
    read: number(0, 255),
  },
  {
    flags: "--mark <n>",
    help: "SO_MARK",
    key: "mark",
    level: SOL_SOCKET,
    name: SO_MARK,
    read: number(0, 0xffffffff),
  },
  {
    flags: "--priority <n>",
    help: "SO_PRIORITY",
    key: "priority",
    level: SOL_SOCKET,
    name: SO_PRIORITY,
    read: number(0, INT_MAX),
  },
  {
    flags: "--sndbuf <n>",
    help: "SO_SNDBUF, in bytes",
    key: "sndbuf",
    level: SOL_SOCKET,
    name: SO_SNDBUF,
    read: number(0, INT_MAX),
  },
  {
    flags: "--device <name>",
    help: "SO_BINDTODEVICE",
    kind: "device",
    key: "device",
    level: SOL_SOCKET,
    name: SO_BINDTODEVICE,
    read: cstring,
  },
  {
    flags: "--mtu-discover <how>",
    help: "IP_MTU_DISCOVER: want, dont, do or probe",
    words: ["want", "dont", "do", "probe"],
    key: "mtuDiscover",
    level: IPPROTO_IP,
    name: IP_MTU_DISCOVER,
    read: (text, flag) => int(parseName(flag, text, DISCOVER)),
  },
  {
    flags: "--ip-options <spec>",
    help: IP_OPTION_HELP,
    many: true,
    key: "ipOptions",
    level: IPPROTO_IP,
    name: IP_OPTIONS,
    read: (specs, flag) => parseIpOptions(flag, specs),
  },
  {
    flags: "--multicast-if <where>",
    help: "IP_MULTICAST_IF: an address of this machine, or a device",
    kind: "device",
    key: "multicastIf",
    level: IPPROTO_IP,
    name: IP_MULTICAST_IF,
    read: multicastIf,
  },
  {
    flags: "--multicast-ttl <n>",
    help: "IP_MULTICAST_TTL, 0 to 255 (-1: the default)",
    key: "multicastTtl",
    level: IPPROTO_IP,
    name: IP_MULTICAST_TTL,
    read: number(-1, 255),
  },
  {
    flags: "--multicast-loop <how>",
    help: "IP_MULTICAST_LOOP: on or off",
    words: ["on", "off"],
    key: "multicastLoop",
    level: IPPROTO_IP,
    name: IP_MULTICAST_LOOP,
    read: (text, flag) => int(parseChoice(flag, text, ["on", "off"]) === "on" ? 1 : 0),
  },
];

/** What commander has where an option was not given, and where --udplite says nothing of the coverage (see BARE in main.ts). */
const UNSAID: readonly unknown[] = [undefined, "all"];

/** The options that were given, as setsockopt(2) takes them. Throws UsageError. */
export function socketOptions(raw: Readonly<Record<string, unknown>>, devices: Devices): SocketOption[] {
  const list: SocketOption[] = [];
  for (const { flags, key, level, name, read } of SOCKET_ROWS) {
    const given = raw[key];
    const isOff = flags.startsWith("--no-") ? given !== false : given === false;
    if (isOff || UNSAID.includes(given) || (Array.isArray(given) && given.length === 0)) continue;
    const flag = flags.split(" ", 1)[0] as string;
    list.push({ level, name, value: read(given as string & readonly string[], flag, devices) });
  }
  return list;
}
