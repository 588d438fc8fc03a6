// SPDX-License-Identifier: GPL-2.0-only
/** Why a log and the simulated kernel differ in an error: which places could give it, what is not modelled, what newer kernels do. */
import type { CallGroup, CauseRow, ErrorSources, Syscall, SysResult } from "../../../kernels/release.ts";
import type { CallStep } from "../../../script/step.ts";
import { EACCES, EADDRINUSE, ENOPROTOOPT, EPERM, errnoName } from "../../../uapi/errno.ts";
import { optionSince } from "../../../uapi/newer.ts";
import { SO_RCVBUF, SO_SNDBUF, SOL_SOCKET } from "../../../uapi/socket.ts";
import { get32le } from "../../../wire/bytes.ts";
import { formatIpv4 } from "../../../wire/ipv4.ts";
import { outgoing } from "../outside/letters.ts";
import { inetOf } from "../survey.ts";

const GROUPS: Readonly<Record<string, CallGroup>> = {
  socket: "socket",
  bind: "bind",
  connect: "connect",
  sendto: "send",
  sendmsg: "send",
  sendmmsg: "send",
  write: "send",
  writev: "send",
  recvfrom: "receive",
  recvmsg: "receive",
  recvmmsg: "receive",
  read: "receive",
  setsockopt: "setsockopt",
  getsockopt: "getsockopt",
};

/** Lines about a result that is not the one written; nothing where neither is an error. */
export function explain(
  errors: ErrorSources,
  { call, written, name }: CallStep,
  { ret }: SysResult,
): string[] {
  const said = written?.ret ?? 0;
  const group = GROUPS[call.name];
  if (group === undefined || said === ret) return [];
  return [
    ...(ret < 0 ? ofHere(errors, call as Syscall, ret) : []),
    ...(said < 0 ? ofThere(errors, call as Syscall, group, name, said) : []),
  ];
}

/** Buffers that a socket has from the start (net.core.rmem_default, wmem_default), by option. */
const BUFFERS: ReadonlyMap<number, string> = new Map([
  [SO_SNDBUF, "wmem_default"],
  [SO_RCVBUF, "rmem_default"],
]);

/** Why a value differs that has a default: a line that, at the top, has that machine's. */
export function explainValue(
  { name, defaultBuffer }: ErrorSources,
  { call, shown }: CallStep,
  { value }: SysResult,
): string[] {
  if (call.name !== "getsockopt" || call.level !== SOL_SOCKET) return [];
  const setting = BUFFERS.get(call.optname);
  if (setting === undefined || value?.length !== 4 || shown.value?.length !== 4) return [];
  if (get32le(value, 0) !== defaultBuffer) return [];
  const line = `sysctl -w net.core.${setting}=${get32le(shown.value, 0)}`;
  return [
    `${defaultBuffer} is ${name}'s default; for the value of the logged machine, put at the top: ${line}`,
  ];
}

/** The error is the log's. */
function ofThere(
  { name: release, places: known, notModelled, newer }: ErrorSources,
  call: Syscall,
  group: CallGroup,
  name: string,
  said: number,
): string[] {
  const errno = errnoName(-said) ?? String(-said);
  const places = known[group]
    .filter(([error]) => error === errno)
    .map(([, fn, file, why]) => `${fn} (${pathOf(file)}): ${why}`);
  const none = `${release} never returns ${errno} from ${name}`;
  const here =
    places.length === 0
      ? [none]
      : [`el6 returns ${errno} from ${name} in`, ...places.map((place) => `  ${place}`)];
  return [
    ...here,
    ...wayTo(call, -said),
    ...causes(notModelled, group, errno).map((text) => `not modelled, but returns it: ${text}`),
    ...causes(newer, group, errno).map((text) => `newer kernels: ${text}`),
  ];
}

/** The path in the Linux tree. */
function pathOf(file: string): string {
  const header = file.startsWith("include/");
  return `${file.replace(/^include\/asm\//, "arch/x86/include/asm/")}.${header ? "h" : "c"}`;
}

const causes = (rows: readonly CauseRow[], group: CallGroup, errno: string): string[] =>
  rows.filter(([groups, error]) => error === errno && groups.includes(group)).map(([, , text]) => text);

/** A line that, at the top, has the error here, too. */
function wayTo(call: Syscall, errno: number): string[] {
  const line = lineFor(call, errno);
  return line === undefined ? [] : [`to get the same result here, put at the top: ${line}`];
}

function lineFor(call: Syscall, errno: number): string | undefined {
  if (errno === EPERM) {
    const to = outgoing(call)?.to;
    if (to !== undefined)
      return `iptables -A OUTPUT -d ${formatIpv4(to.addr)} -p udp --dport ${to.port} -j DROP`;
    if (call.name === "socket") return "setuid(1000) = 0";
  }
  if (call.name !== "bind") return undefined;
  const at = inetOf(call.addr?.bytes);
  if (errno === EADDRINUSE && at !== undefined)
    return `nc -ul ${at.addr === 0 ? "" : `${formatIpv4(at.addr)} `}${at.port} &`;
  return errno === EACCES && at !== undefined && at.port < 1024 ? "setuid(1000) = 0" : undefined;
}

/** The error is this machine's. */
function ofHere({ name }: ErrorSources, call: Syscall, ret: number): string[] {
  if (ret === -ENOPROTOOPT && (call.name === "setsockopt" || call.name === "getsockopt")) {
    const since = optionSince(call.level, call.optname);
    return since === undefined ? [] : [`new in Linux ${since}: ${name} does not have this option`];
  }
  if (ret === -EACCES && call.name === "socket")
    return ['to allow it here, put at the top: sysctl -w net.ipv4.ping_group_range="0 2147483647"'];
  return [];
}
