// SPDX-License-Identifier: GPL-2.0-only
/** `sendto`: one request on a machine of its own. */
import { memoryIo } from "../cli/memory-io.ts";
import type { RawRequest } from "../cli/sendto/options.ts";
import { parseRequest } from "../cli/sendto/request.ts";
import { Session } from "../cli/sendto/session.ts";
import type { TraceEvent } from "../trace/event.ts";
import { BOOT_OPTIONS, type BootOptions, parseBoot } from "./boot.ts";
import { Collector } from "./collector.ts";
import { checked } from "./error.ts";
import { knownOptions } from "./options.ts";

/** A send, and the socket that makes it. Values are checked as those of `nettrace sendto` are. */
export interface SendtoOptions extends BootOptions {
  /** An IPv4 address, or `localhost`. */
  readonly host: string;
  /** 0 to 65535. */
  readonly port: number;
  /** Text is sent as UTF-8. */
  readonly payload?: string | Uint8Array;
  /** Instead of a payload: one of so many bytes. */
  readonly size?: number;
  /** `MSG_MORE|MSG_DONTROUTE`, with or without MSG_. */
  readonly flags?: string;
  /** Sends on the same socket: 1 where not said. */
  readonly count?: number;
  /** Milliseconds for which the clock runs after each send: timers, ARP and its answers. */
  readonly wait?: number;
  /** The call that sends: `sendto`, `sendmsg`, `write`, `splice` and more. */
  readonly via?: string;
  /** Control messages: `ttl=5`, `pktinfo=eth0`. */
  readonly cmsg?: readonly string[];
  /** bind(2) first: `192.0.2.10:53`, `192.0.2.10`, `:53`. */
  readonly bind?: string;
  /** connect(2) first, then send with no address. */
  readonly connect?: boolean;
  /** Put a receiver at the destination. */
  readonly listen?: boolean;
  readonly nonblock?: boolean;
  /** UDP-Lite; a number is the checksum's coverage in bytes. */
  readonly udplite?: boolean | number;
  /** Groups to join: `239.1.2.3@eth0`. */
  readonly join?: readonly string[];
  /** Socket options in their order: `IP_TTL=5`, `SO_BROADCAST=1`. */
  readonly setsockopt?: readonly string[];
}

const SENDTO_OPTIONS: readonly (keyof SendtoOptions)[] = [
  ...BOOT_OPTIONS,
  "host",
  "port",
  "payload",
  "size",
  "flags",
  "count",
  "wait",
  "via",
  "cmsg",
  "bind",
  "connect",
  "listen",
  "nonblock",
  "udplite",
  "join",
  "setsockopt",
];

/**
 * Run a send on a machine that was booted for it, and give its whole trace: what `nettrace sendto --format json` writes,
 * without advice. A call that fails is an event like any other; NettraceError is for options that are wrong.
 */
export function sendto(options: SendtoOptions): TraceEvent[] {
  return checked(() => {
    knownOptions(options, SENDTO_OPTIONS, "sendto");
    const { kernel, seed, network } = parseBoot(options);
    const session = new Session(kernel, seed, network);
    const { host, port, payload } = options;
    const args = [String(host), String(port), payloadWord(payload)] as const;
    const request = parseRequest(args, rawRequest(options), session.devices, memoryIo());
    const trace = new Collector();
    trace.head(session.head, session.state("before"));
    for (const step of session.steps(request)) trace.step(step);
    trace.end(session.state("after"));
    return trace.events;
  });
}

/** As the command line takes it, whatever bytes it is. */
function payloadWord(payload: string | Uint8Array | undefined): string | undefined {
  return payload === undefined ? undefined : `hex:${Buffer.from(payload as string).toString("hex")}`;
}

function rawRequest(options: SendtoOptions): RawRequest {
  const { size, flags, via, bind, wait, udplite, connect, listen, nonblock } = options;
  return {
    cmsg: [...(options.cmsg ?? [])],
    join: [...(options.join ?? [])],
    setsockopt: [...(options.setsockopt ?? [])],
    ipOptions: [],
    check: true,
    count: String(options.count ?? 1),
    ...(size !== undefined && { size: String(size) }),
    ...(wait !== undefined && { wait: String(wait) }),
    ...(flags !== undefined && { flags }),
    ...(via !== undefined && { via }),
    ...(bind !== undefined && { bind }),
    ...(udplite !== undefined &&
      udplite !== false && { udplite: udplite === true ? "all" : String(udplite) }),
    ...(connect !== undefined && { connect }),
    ...(listen !== undefined && { listen }),
    ...(nonblock !== undefined && { nonblock }),
  };
}
