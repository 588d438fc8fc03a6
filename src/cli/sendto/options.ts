// SPDX-License-Identifier: GPL-2.0-only
/** The options of `nettrace sendto` that make the request, as they are declared. */
import type { Command } from "commander";
import { collect } from "../view.ts";
import type { RawMulticast } from "./multicast.ts";
import { VIAS } from "./via.ts";

const IP_OPTION_HELP =
  "IP_OPTIONS: rr[:N], ts[:N], ts-addr[:N], ts-prespec:A,B, lsrr:A,B, ssrr:A,B, ra, nop, hex:…";

/** Arguments and options as commander hands them over. */
export interface RawRequest extends RawMulticast {
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
  setsockopt: string[];
  count: string;
  wait?: string;
}

/** Add the options of the call and of its socket to a command. */
export function requestOptions(command: Command): void {
  callOptions(command);
  socketOptions(command);
}

function callOptions(command: Command): void {
  command
    .optionsGroup("The call:")
    .option("-f, --flags <flags>", "MSG_MORE|MSG_DONTROUTE, with or without MSG_, or numbers")
    .option("--size <n>", "a generated payload of n bytes")
    .option("-n, --count <n>", "send n times on the same socket", "1")
    .option("--wait <ms>", "let the clock run so long after each send: timers, ARP and its answers")
    .option(
      "--via <call>",
      `${VIAS.join(", ")} (default: sendto; sendmsg with --cmsg); send and socketcall are a 32-bit program's, x86-64 has no send`,
    )
    .option(
      "--cmsg <spec>",
      "control message: pktinfo=DEV,ADDR, ttl=N, tos=N, retopts=SPEC, raw=LEVEL,TYPE,HEX (may be repeated)",
      collect,
      [],
    );
}

function socketOptions(command: Command): void {
  command
    .optionsGroup("The socket:")
    .option("--bind <addr>", "bind(2) first: ADDR, :PORT or ADDR:PORT")
    .option("--connect", "connect(2) first, then send with no address")
    .option("--listen", "put a receiver at the destination")
    .option("--udplite [coverage]", "UDP-Lite; =N: that many bytes are summed (UDPLITE_SEND_CSCOV)")
    .option("--broadcast", "SO_BROADCAST")
    .option("--ttl <n>", "IP_TTL, 1 to 255 (-1: the default)")
    .option("--tos <n>", "IP_TOS, 0 to 255")
    .option("--ip-options <spec>", `${IP_OPTION_HELP} (may be repeated)`, collect, [])
    .option("--multicast-if <where>", "IP_MULTICAST_IF: an address of this machine, or a device")
    .option("--multicast-ttl <n>", "IP_MULTICAST_TTL, 0 to 255 (-1: the default)")
    .option("--multicast-loop <how>", "IP_MULTICAST_LOOP: on or off")
    .option(
      "--join <group>",
      "IP_ADD_MEMBERSHIP: GROUP, GROUP@ADDR or GROUP@DEV; on the receiver, if there is one (may be repeated)",
      collect,
      [],
    )
    .option("--mark <n>", "SO_MARK")
    .option("--priority <n>", "SO_PRIORITY")
    .option("--device <name>", "SO_BINDTODEVICE")
    .option("--mtu-discover <how>", "IP_MTU_DISCOVER: want, dont, do or probe")
    .option("--cork", "UDP_CORK: hold data back")
    .option("--no-check", "SO_NO_CHECK: no UDP checksum")
    .option("--sndbuf <n>", "SO_SNDBUF, in bytes")
    .option("--recverr", "IP_RECVERR: queue errors")
    .option("--dontroute", "SO_DONTROUTE")
    .option("--nonblock", "O_NONBLOCK")
    .option("--setsockopt <name=value>", "any other option, such as IP_TTL=5 (may be repeated)", collect, []);
}
