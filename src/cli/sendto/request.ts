// SPDX-License-Identifier: GPL-2.0-only
/** From the options of `nettrace sendto` to the request: every value checked before anything runs. */
import type { Io } from "../io.ts";
import { parseBind, parseChoice, parseFlags, parseHost, parseNumber, parsePort } from "../values.ts";
import { controlData } from "./cmsg.ts";
import type { Devices } from "./devices.ts";
import { parseJoin } from "./multicast.ts";
import type { RawRequest } from "./options.ts";
import { readPayload } from "./payload.ts";
import type { Request } from "./plan.ts";
import { socketOptions } from "./socket-options.ts";
import { parseSockopt } from "./sockopt.ts";
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
    port: parsePort("port", port),
    flags,
    via,
    control: controlData(raw.cmsg, devices),
    count: parseNumber("--count", raw.count, 1, 1_000_000_000),
    ...(raw.wait === undefined ? {} : { wait: parseNumber("--wait", raw.wait, 1, 3_600_000) }),
    connect: raw.connect ?? false,
    listen: raw.listen ?? false,
    nonblock: raw.nonblock ?? false,
    udplite: raw.udplite !== undefined,
    options: [
      ...socketOptions({ ...raw }, devices),
      ...raw.setsockopt.map((text) => parseSockopt(text, raw.udplite !== undefined)),
    ],
    joins: raw.join.map((text) => parseJoin(text, devices)),
    ...(raw.bind === undefined ? {} : { bind: parseBind(raw.bind) }),
    payload: readPayload(payload, size, io),
  };
}
