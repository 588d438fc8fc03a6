// SPDX-License-Identifier: GPL-2.0-only
/** --multicast-if, --multicast-ttl, --multicast-loop and --join, as the options of ip(7). */
import {
  IP_ADD_MEMBERSHIP,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IPPROTO_IP,
} from "../../uapi/in.ts";
import { set32, set32le } from "../../wire/bytes.ts";
import { parseDottedQuad } from "../../wire/ipv4.ts";
import { UsageError } from "../errors.ts";
import { parseChoice, parseNumber } from "../values.ts";
import { type Devices, parseSide, type Side } from "./devices.ts";
import { inAddr, int, type SocketOption } from "./sockopt.ts";

/** The options as commander hands them over. */
export interface RawMulticast {
  multicastIf?: string;
  multicastTtl?: string;
  multicastLoop?: string;
  join: string[];
}

/** How the sender sends to groups: its socket options. */
export function multicastOptions(raw: RawMulticast, devices: Devices): SocketOption[] {
  const list: SocketOption[] = [];
  if (raw.multicastIf !== undefined) {
    list.push(multicastIf(parseSide(`--multicast-if '${raw.multicastIf}'`, raw.multicastIf, devices)));
  }
  if (raw.multicastTtl !== undefined) {
    list.push(option(IP_MULTICAST_TTL, int(parseNumber("--multicast-ttl", raw.multicastTtl, -1, 255))));
  }
  if (raw.multicastLoop !== undefined) {
    const on = parseChoice("--multicast-loop", raw.multicastLoop, ["on", "off"]) === "on";
    list.push(option(IP_MULTICAST_LOOP, int(on ? 1 : 0)));
  }
  return list;
}

function multicastIf(side: Side): SocketOption {
  return option(IP_MULTICAST_IF, "addr" in side ? inAddr(side.addr) : mreqn(0, side));
}

/** `GROUP[@ADDR|DEV]` of --join: IP_ADD_MEMBERSHIP. What is no group the kernel refuses by itself. */
export function parseJoin(text: string, devices: Devices): SocketOption {
  const at = text.indexOf("@");
  const group = parseDottedQuad(at < 0 ? text : text.slice(0, at));
  if (group === undefined) {
    throw new UsageError(`--join '${text}': expected GROUP, GROUP@ADDR or GROUP@DEV, such as 239.1.2.3@lo`);
  }
  const side: Side = at < 0 ? { addr: 0 } : parseSide(`--join '${text}'`, text.slice(at + 1), devices);
  return option(IP_ADD_MEMBERSHIP, mreqn(group, side));
}

/** struct ip_mreq, or struct ip_mreqn where the device is known by its index. */
function mreqn(group: number, side: Side): Uint8Array {
  const b = new Uint8Array("addr" in side ? 8 : 12);
  set32(b, 0, group);
  if ("addr" in side) set32(b, 4, side.addr);
  else set32le(b, 8, side.index);
  return b;
}

function option(name: number, value: Uint8Array): SocketOption {
  return { level: IPPROTO_IP, name, value };
}
