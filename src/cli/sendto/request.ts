// SPDX-License-Identifier: GPL-2.0-only
/** From the options of `nettrace sendto` to the request: every value checked before anything runs. */
import type { Io } from "../io.ts";
import { parseBind, parseChoice, parseFlags, parseHost, parseName, parseNumber } from "../values.ts";
import { controlData } from "./cmsg.ts";
import type { Devices } from "./devices.ts";
import { ipOptions } from "./ip-options.ts";
import { multicastOptions, parseJoin } from "./multicast.ts";
import type { RawRequest } from "./options.ts";
import { readPayload } from "./payload.ts";
import type { Request } from "./plan.ts";
import { OPTION, parseSockopt, type SocketOption } from "./sockopt.ts";
import { checkVia, VIAS, type Via } from "./via.ts";

/** What was asked for; `devices` are those of the machine it will run on. Throws UsageError. */
export function parseRequest(
  [host, port, payload]: readonly [string, string, string | undefined],
  raw: RawRequest,
  devices: Devices,
  io: Io,
): Request {
  const size = raw.size === undefined ? undefined : parseNumber("--size", raw.size, 0, 0xffffffff);
  const flags = parseFlags(raw.flags ?? "");
  const via = parseChoice<Via>("--via", raw.via ?? (raw.cmsg.length > 0 ? "sendmsg" : "sendto"), VIAS);
  checkVia(via, flags, raw.cmsg.length);
  return {
    host: parseHost(host),
    port: parseNumber("port", port, 0, 65535),
    flags,
    via,
    control: controlData(raw.cmsg, devices),
    count: parseNumber("--count", raw.count, 1, 1_000_000_000),
    ...(raw.wait === undefined ? {} : { wait: parseNumber("--wait", raw.wait, 1, 3_600_000) }),
    connect: raw.connect ?? false,
    listen: raw.listen ?? false,
    nonblock: raw.nonblock ?? false,
    udplite: raw.udplite !== undefined,
    options: sockopts(raw, devices),
    joins: raw.join.map((text) => parseJoin(text, devices)),
    ...(raw.bind === undefined ? {} : { bind: parseBind(raw.bind) }),
    payload: readPayload(payload, size, io),
  };
}

const DISCOVER = [
  ["DONT", 0],
  ["WANT", 1],
  ["DO", 2],
  ["PROBE", 3],
] as const;

/** Bare --udplite: nothing is said about the coverage (see BARE in main.ts). */
const UNSAID = "all";
const INT_MAX = 0x7fffffff;

/** Options that are switched on, in the order in which they are set. */
const SWITCHES: readonly (readonly [(raw: RawRequest) => boolean | undefined, SocketOption])[] = [
  [(raw) => raw.broadcast, OPTION.broadcast],
  [(raw) => raw.cork, OPTION.cork],
  [(raw) => !raw.check, OPTION.noCheck],
  [(raw) => raw.recverr, OPTION.recverr],
  [(raw) => raw.dontroute, OPTION.dontroute],
];

type Numbered = readonly [
  name: string,
  text: (raw: RawRequest) => string | undefined,
  min: number,
  max: number,
  make: (v: number) => SocketOption,
];

/** Options that take a number. */
const NUMBERS: readonly Numbered[] = [
  ["--udplite", (raw) => (raw.udplite === UNSAID ? undefined : raw.udplite), 0, INT_MAX, OPTION.coverage],
  ["--ttl", (raw) => raw.ttl, -1, 255, OPTION.ttl],
  ["--tos", (raw) => raw.tos, 0, 255, OPTION.tos],
  ["--mark", (raw) => raw.mark, 0, 0xffffffff, OPTION.mark],
  ["--priority", (raw) => raw.priority, 0, INT_MAX, OPTION.priority],
  ["--sndbuf", (raw) => raw.sndbuf, 0, INT_MAX, OPTION.sndbuf],
];

function sockopts(raw: RawRequest, devices: Devices): SocketOption[] {
  const list = SWITCHES.flatMap(([on, option]) => (on(raw) ? [option] : []));
  for (const [name, textOf, min, max, make] of NUMBERS) {
    const text = textOf(raw);
    if (text !== undefined) list.push(make(parseNumber(name, text, min, max)));
  }
  if (raw.device !== undefined) list.push(OPTION.device(raw.device));
  if (raw.mtuDiscover !== undefined) {
    list.push(OPTION.mtuDiscover(parseName("--mtu-discover", raw.mtuDiscover, DISCOVER)));
  }
  list.push(...ipOptions(raw.ipOptions), ...multicastOptions(raw, devices));
  return [...list, ...raw.setsockopt.map((text) => parseSockopt(text, raw.udplite !== undefined))];
}
