// SPDX-License-Identifier: GPL-2.0-only
/** `boot`: a machine to make calls on, one after the other. */
import { refusal } from "../cli/net.ts";
import { Recording, recordedStep } from "../cli/recording.ts";
import { parseSockopt } from "../cli/sendto/sockopt.ts";
import { stateOf } from "../cli/state.ts";
import { parseFlags, parseHost, parseNumber } from "../cli/values.ts";
import { RELEASES } from "../kernels/index.ts";
import type { Machine as KernelMachine, Syscall, SysResult } from "../kernels/release.ts";
import { parseNetwork } from "../script/net/parse.ts";
import { type MachineEvent, TRACE_VERSION, type TraceEvent } from "../trace/event.ts";
import { IPPROTO_UDPLITE } from "../uapi/in.ts";
import { AF_INET, SOCK_DGRAM, SOCK_NONBLOCK } from "../uapi/socket.ts";
import { get16, get32, set16, set32 } from "../wire/bytes.ts";
import { formatIpv4 } from "../wire/ipv4.ts";
import { BOOT_OPTIONS, type BootOptions, parseBoot } from "./boot.ts";
import { Collector } from "./collector.ts";
import { checked, NettraceError } from "./error.ts";
import { knownOptions } from "./options.ts";

/** What a receive gave. */
export interface Received {
  /** Bytes, or -errno. */
  readonly ret: number;
  readonly data: Uint8Array;
  /** The sender as `192.0.2.1:9`; empty where there was none. */
  readonly from: string;
}

/** Boot a machine: the same options make the same machine, to the bit. */
export function boot(options: BootOptions = {}): Machine {
  return checked(() => {
    knownOptions(options, BOOT_OPTIONS, "boot");
    return new Machine(options);
  });
}

/** A simulated machine. Calls return what the kernel returns: a value, or -errno. */
export class Machine {
  readonly #kernel: KernelMachine;
  readonly #recording: Recording;
  readonly #trace = new Collector();

  /** See {@link boot}. */
  constructor(options: BootOptions) {
    const { kernel, seed, network } = parseBoot(options);
    this.#kernel = RELEASES[kernel].boot({ seed });
    const { uname } = RELEASES[kernel];
    const label = network(this.#kernel);
    const head: MachineEvent = { ev: "machine", version: TRACE_VERSION, uname, network: label, seed };
    this.#trace.head(head, stateOf(this.#kernel, "before"));
    this.#recording = new Recording(this.#kernel);
  }

  /** Change the network with commands as files of `--net` have them: ip, tc, sysctl, iptables, a line each. */
  configure(commands: string): void {
    checked(() => {
      for (const command of parseNetwork(commands).commands) {
        const problem = this.#record(() => refusal(this.#kernel, command));
        if (problem === undefined) continue;
        throw new NettraceError(`'${command.text}' is refused: ${problem}`, command.place() ?? undefined);
      }
    });
  }

  /** socket(AF_INET, SOCK_DGRAM): a descriptor. */
  socket(options: { readonly udplite?: boolean; readonly nonblock?: boolean } = {}): number {
    return checked(() => {
      knownOptions(options, ["udplite", "nonblock"], "socket");
      const type = SOCK_DGRAM | (options.nonblock === true ? SOCK_NONBLOCK : 0);
      const protocol = options.udplite === true ? IPPROTO_UDPLITE : 0;
      return this.#call({ name: "socket", domain: AF_INET, type, protocol }).ret;
    });
  }

  /** bind(2). */
  bind(fd: number, host: string, port: number): number {
    return checked(() => this.#call({ name: "bind", fd, ...sockaddr(host, port) }).ret);
  }

  /** connect(2). */
  connect(fd: number, host: string, port: number): number {
    return checked(() => this.#call({ name: "connect", fd, ...sockaddr(host, port) }).ret);
  }

  /** setsockopt(2), as `IP_TTL=5`. */
  setsockopt(fd: number, option: string): number {
    return checked(() => {
      const { level, name: optname, value } = parseSockopt(option, false);
      const optval = { bytes: value };
      return this.#call({ name: "setsockopt", fd, level, optname, optval, optlen: value.length }).ret;
    });
  }

  /** sendto(2); without a destination on a connected socket. Text is sent as UTF-8. */
  sendto(
    fd: number,
    payload: string | Uint8Array,
    to: { readonly host?: string; readonly port?: number; readonly flags?: string } = {},
  ): number {
    return checked(() => {
      knownOptions(to, ["host", "port", "flags"], "sendto");
      const bytes = Uint8Array.from(Buffer.from(payload as string));
      const address = to.host === undefined ? { addr: null, addrlen: 0 } : sockaddr(to.host, to.port ?? 0);
      const flags = parseFlags(to.flags ?? "");
      return this.#call({ name: "sendto", fd, buf: { bytes }, len: bytes.length, flags, ...address }).ret;
    });
  }

  /** recvfrom(2) into a buffer of `length` bytes. It waits for nobody: with nothing there it is -EAGAIN, as with MSG_DONTWAIT. */
  recvfrom(fd: number, length = 65_536, flags = ""): Received {
    return checked(() => {
      const waitless = parseFlags(flags) | parseFlags("MSG_DONTWAIT");
      const got = this.#call({ name: "recvfrom", fd, len: length, flags: waitless, addrlen: 16 });
      return { ret: got.ret, data: got.data ?? new Uint8Array(), from: addressOf(got.addr) };
    });
  }

  /** close(2). */
  close(fd: number): number {
    return checked(() => this.#call({ name: "close", fd }).ret);
  }

  /** Let the clock run for so many milliseconds: timers, ARP, what waits. */
  advance(milliseconds: number): void {
    checked(() => {
      const ms = parseNumber("advance", String(milliseconds), 0, 0x7fffffff);
      this.#record(() => this.#kernel.advance(ms));
    });
  }

  /** All counters that are not zero, by name: `Udp.NoPorts`. */
  counters(): { readonly [name: string]: number } {
    return stateOf(this.#kernel, "after", false).counters;
  }

  /** A file of /proc/net in the kernel's own layout: `/proc/net/snmp`. */
  proc(path: string): string | undefined {
    return this.#kernel.proc(path);
  }

  /** All that has happened since it was booted. */
  trace(): TraceEvent[] {
    this.#trace.settle();
    return [...this.#trace.events, stateOf(this.#kernel, "after")];
  }

  #call(call: Syscall): SysResult {
    return this.#record(() => this.#kernel.syscall(call));
  }

  /** What it does, and what the kernel does after it, is in the trace. */
  #record<T>(work: () => T): T {
    if (this.#recording.panic !== undefined) throw this.#recording.panic;
    const result = this.#recording.of(work);
    const step = recordedStep(this.#recording);
    if (step !== undefined) this.#trace.step(step);
    const rest = this.#recording.rest();
    if (rest !== undefined) this.#trace.step(rest);
    if (this.#recording.panic !== undefined) throw this.#recording.panic;
    return result as T;
  }
}

function sockaddr(host: string, port: number): { addr: { bytes: Uint8Array }; addrlen: number } {
  const bytes = new Uint8Array(16);
  bytes[0] = AF_INET;
  set16(bytes, 2, parseNumber("port", String(port), 0, 65535));
  set32(bytes, 4, parseHost(host));
  return { addr: { bytes }, addrlen: 16 };
}

function addressOf(addr: Uint8Array | undefined): string {
  if (addr === undefined || addr.length < 8) return "";
  return `${formatIpv4(get32(addr, 4))}:${get16(addr, 2)}`;
}
