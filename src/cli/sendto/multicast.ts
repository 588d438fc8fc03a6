// SPDX-License-Identifier: GPL-2.0-only
/** --multicast-if and --join: addresses of groups and devices, as the options of ip(7) take them. */
import { IP_ADD_MEMBERSHIP, IPPROTO_IP } from "../../uapi/in.ts";
import { set32, set32le } from "../../wire/bytes.ts";
import { parseDottedQuad } from "../../wire/ipv4.ts";
import { UsageError } from "../errors.ts";
import { type Devices, parseSide, type Side } from "./devices.ts";
import { inAddr, type SocketOption } from "./sockopt.ts";

/** The value of IP_MULTICAST_IF for an address of the machine, or a device: struct in_addr or ip_mreqn. */
export function multicastIf(text: string, flag: string, devices: Devices): Uint8Array {
  const side = parseSide(`${flag} '${text}'`, text, devices);
  return "addr" in side ? inAddr(side.addr) : mreqn(0, side);
}

/** `GROUP[@ADDR|DEV]` of --join: IP_ADD_MEMBERSHIP. What is no group the kernel refuses by itself. */
export function parseJoin(text: string, devices: Devices): SocketOption {
  const at = text.indexOf("@");
  const group = parseDottedQuad(at < 0 ? text : text.slice(0, at));
  if (group === undefined) {
    throw new UsageError(`--join '${text}': expected GROUP, GROUP@ADDR or GROUP@DEV, such as 239.1.2.3@lo`);
  }
  const side: Side = at < 0 ? { addr: 0 } : parseSide(`--join '${text}'`, text.slice(at + 1), devices);
  return { level: IPPROTO_IP, name: IP_ADD_MEMBERSHIP, value: mreqn(group, side) };
}

/** struct ip_mreq, or struct ip_mreqn where the device is known by its index. */
function mreqn(group: number, side: Side): Uint8Array {
  const b = new Uint8Array("addr" in side ? 8 : 12);
  set32(b, 0, group);
  if ("addr" in side) set32(b, 4, side.addr);
  else set32le(b, 8, side.index);
  return b;
}
