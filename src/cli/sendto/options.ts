// SPDX-License-Identifier: GPL-2.0-only
/** The options of `nettrace sendto` that make the request, as they are declared. */
import type { Command } from "commander";
import { addOptions, type OptionRow } from "../option.ts";
import { SOCKET_ROWS } from "./socket-options.ts";
import { VIAS } from "./via.ts";

/** Arguments and options as commander hands them over. */
export interface RawRequest {
  flags?: string;
  size?: string;
  via?: string;
  cmsg: string[];
  bind?: string;
  connect?: boolean;
  listen?: boolean;
  udplite?: string;
  broadcast?: boolean;
  ttl?: string;
  tos?: string;
  mark?: string;
  priority?: string;
  device?: string;
  mtuDiscover?: string;
  ipOptions: string[];
  cork?: boolean;
  check: boolean;
  sndbuf?: string;
  recverr?: boolean;
  dontroute?: boolean;
  nonblock?: boolean;
  multicastIf?: string;
  multicastTtl?: string;
  multicastLoop?: string;
  join: string[];
  setsockopt: string[];
  count: string;
  wait?: string;
}

const CALL_ROWS: readonly OptionRow[] = [
  {
    flags: "-f, --flags <flags>",
    help: "MSG_MORE|MSG_DONTROUTE, with or without MSG_, or numbers",
    kind: "flags",
  },
  { flags: "--size <n>", help: "a generated payload of n bytes" },
  { flags: "-n, --count <n>", help: "send n times on the same socket", fallback: "1" },
  { flags: "--wait <ms>", help: "run the clock for this time after each send: timers, ARP and its replies" },
  {
    flags: "--via <call>",
    help: `${VIAS.join(", ")} (default: sendto; sendmsg with --cmsg); send and socketcall are a 32-bit program's, x86-64 has no send`,
    words: VIAS,
  },
  {
    flags: "--cmsg <spec>",
    help: "control message: pktinfo=DEV,ADDR, ttl=N, tos=N, retopts=SPEC, raw=LEVEL,TYPE,HEX",
    many: true,
  },
];

/** The socket's options that are no setsockopt(2) of one name. */
const BEFORE_ROWS: readonly OptionRow[] = [
  { flags: "--bind <addr>", help: "bind(2) first: ADDR, :PORT or ADDR:PORT" },
  { flags: "--connect", help: "connect(2) first, then send without an address" },
  { flags: "--listen", help: "put a receiver at the destination" },
  { flags: "--nonblock", help: "O_NONBLOCK" },
];
const AFTER_ROWS: readonly OptionRow[] = [
  {
    flags: "--join <group>",
    help: "IP_ADD_MEMBERSHIP: GROUP, GROUP@ADDR or GROUP@DEV; on the receiver, if there is one",
    many: true,
  },
  {
    flags: "--setsockopt <name=value>",
    help: "any other option, such as IP_TTL=5",
    many: true,
    kind: "sockopt",
  },
];

const ABOUT_SOCKET: readonly OptionRow[] = [...BEFORE_ROWS, ...SOCKET_ROWS, ...AFTER_ROWS];

/** The options of the call and of its socket. */
export const REQUEST_ROWS: readonly OptionRow[] = [...CALL_ROWS, ...ABOUT_SOCKET];

/** Add them to a command. */
export function requestOptions(command: Command): void {
  addOptions(command, "The call:", CALL_ROWS);
  addOptions(command, "The socket:", ABOUT_SOCKET);
}
