// SPDX-License-Identifier: GPL-2.0-only
/** Structures that are values of socket options: where each field is in memory (x86-64), found by the name of the first. */
import { set32, set32le } from "../../wire/bytes.ts";
import { flagsOf, intOf, Unsimulated } from "./args.ts";
import { inetOf, isAddress, sockaddr } from "./memory.ts";
import { type Devices, ifindexOf } from "./message.ts";
import { OPTION_VALUES } from "./names.ts";
import type { StructValue, Value } from "./value.ts";

type Kind = "int" | "long" | "short" | "addr" | "addrs" | "dev" | "sockaddr" | "pointer" | "flags" | "mode";
type Field = readonly [name: string, at: number, kind: Kind];

const LINGER: readonly Field[] = [
  ["l_onoff", 0, "int"],
  ["onoff", 0, "int"],
  ["l_linger", 4, "int"],
  ["linger", 4, "int"],
];

const GROUP: readonly Field[] = [
  ["gr_interface", 0, "dev"],
  ["gr_group", 8, "sockaddr"],
  ["gsr_interface", 0, "dev"],
  ["gsr_group", 8, "sockaddr"],
  ["gsr_source", 136, "sockaddr"],
];

/** By the name of their first field. */
const LAYOUTS: Readonly<Record<string, readonly Field[]>> = {
  l_onoff: LINGER,
  onoff: LINGER,
  tv_sec: [
    ["tv_sec", 0, "long"],
    ["tv_usec", 8, "long"],
  ],
  // Before 4.15: {1, 0}.
  "#0": [
    ["#0", 0, "long"],
    ["#1", 8, "long"],
  ],
  imr_multiaddr: [
    ["imr_multiaddr", 0, "addr"],
    ["imr_interface", 4, "addr"],
    ["imr_address", 4, "addr"],
    ["imr_ifindex", 8, "dev"],
    ["imr_sourceaddr", 8, "addr"],
  ],
  imsf_multiaddr: [
    ["imsf_multiaddr", 0, "addr"],
    ["imsf_interface", 4, "addr"],
    ["imsf_fmode", 8, "mode"],
    ["imsf_numsrc", 12, "int"],
    ["imsf_slist", 16, "addrs"],
  ],
  gr_interface: GROUP,
  gsr_interface: GROUP,
  // struct sock_fprog: the program itself stands elsewhere, and is not run.
  len: [
    ["len", 0, "short"],
    ["filter", 8, "pointer"],
  ],
  // struct so_timestamping of 5.14.
  flags: [
    ["flags", 0, "flags"],
    ["bind_phc", 4, "int"],
  ],
};

const SIZE: Readonly<Record<Kind, number>> = {
  int: 4,
  long: 8,
  short: 2,
  addr: 4,
  addrs: 0,
  dev: 4,
  sockaddr: 128,
  pointer: 8,
  flags: 4,
  mode: 4,
};

/** Longest: struct group_source_req, or struct ip_msfilter with as many sources as strace shows. */
const MOST = 4096;

/** The bytes of a structure; `what` names the option where it is none that we can read. */
export function structBytes(v: StructValue, devices: Devices, what: string): Uint8Array {
  const [first = ""] = v.fields.keys();
  const layout = Object.hasOwn(LAYOUTS, first) ? LAYOUTS[first] : undefined;
  if (layout === undefined) throw new Unsimulated(`${what} with a structure of ${first || "nothing"}`);
  const bytes = new Uint8Array(MOST);
  let end = 0;
  for (const [name, at, kind] of layout) {
    const field = v.fields.get(name);
    if (field === undefined) continue;
    const more = put(bytes, at, kind, field, name, devices);
    end = Math.max(end, Math.min(at + SIZE[kind] + more, MOST));
  }
  return bytes.slice(0, end);
}

/** Write one field: how many bytes it has beyond its size. */
function put(b: Uint8Array, at: number, kind: Kind, v: Value, name: string, devices: Devices): number {
  switch (kind) {
    case "addr":
      set32(b, at, inetOf(v));
      return 0;
    case "addrs":
      return addresses(b, at, v);
    case "sockaddr":
      if (v.kind === "struct" && isAddress(v)) b.set(sockaddr(v).subarray(0, 128), at);
      return 0;
    case "pointer":
      set32le(b, at, 0xd00000);
      return 0;
    case "dev":
      set32le(b, at, ifindexOf(v, devices));
      return 0;
    case "flags":
      set32le(b, at, flagsOf(v, OPTION_VALUES, "a flag"));
      return 0;
    case "mode":
      set32le(b, at, flagsOf(v, FILTER_MODES, "a filter mode"));
      return 0;
    default:
      number(b, at, kind, intOf(v, name));
      return 0;
  }
}

const FILTER_MODES = [
  ["MCAST_EXCLUDE", 0],
  ["MCAST_INCLUDE", 1],
] as const;

function number(b: Uint8Array, at: number, kind: "int" | "long" | "short", value: number): void {
  if (kind === "short") {
    b[at] = value & 255;
    b[at + 1] = (value >> 8) & 255;
    return;
  }
  set32le(b, at, value);
  if (kind === "long" && value < 0) set32le(b, at + 4, -1);
}

function addresses(b: Uint8Array, at: number, v: Value): number {
  const items = v.kind === "array" ? v.items.slice(0, (MOST - at) / 4) : [];
  items.forEach((item, i) => {
    set32(b, at + i * 4, inetOf(item));
  });
  return items.length * 4;
}
