// SPDX-License-Identifier: GPL-2.0-only
/** Programs outside the log that talked to those in it: stand-ins that send what the log says was received. */
import type { Machine } from "../../../kernels/release.ts";
import { AF_INET, SOCK_DGRAM } from "../../../uapi/socket.ts";
import { set16, set32 } from "../../../wire/bytes.ts";
import { endpoint } from "../survey.ts";
import type { Endpoint } from "./hosts.ts";

/** The stand-ins' process: no log has a negative one. */
const STAND_IN = -1;

export class Strangers {
  private readonly machine: Machine;
  private readonly expected: ReadonlySet<string>;
  /** Descriptors by address; negative: the address is not this machine's. */
  private readonly open = new Map<string, number>();

  constructor(machine: Machine, expected: ReadonlySet<string>) {
    this.machine = machine;
    this.expected = expected;
  }

  get any(): boolean {
    return this.expected.size > 0;
  }

  has(addr: number, port: number): boolean {
    return this.expected.has(endpoint(addr, port));
  }

  /** Somebody sends there: a stranger who is known to answer must be at home. `pid` goes on afterwards. */
  expect(addr: number, port: number, pid: number): void {
    if (this.has(addr, port)) this.listen(addr, port, pid);
  }

  /** A socket outside the log, bound to an address: its descriptor, or -errno. */
  listen(addr: number, port: number, pid: number): number {
    const key = endpoint(addr, port);
    const known = this.open.get(key);
    if (known !== undefined) return known;
    this.machine.task(STAND_IN);
    const { ret: fd } = this.machine.syscall({
      name: "socket",
      domain: AF_INET,
      type: SOCK_DGRAM,
      protocol: 0,
    });
    const { ret } =
      fd < 0 ? { ret: fd } : this.machine.syscall({ name: "bind", fd, ...sockaddr({ addr, port }) });
    this.machine.task(pid);
    this.open.set(key, ret < 0 ? ret : fd);
    return ret < 0 ? ret : fd;
  }

  /** Send `bytes` from a stranger to a socket's own address, in `ms`: false where that cannot be. */
  deliver(from: Endpoint, own: Endpoint, bytes: Uint8Array, pid: number, ms: number): boolean {
    const fd = this.listen(from.addr, from.port, pid);
    if (fd < 0 || own.port === 0) return false;
    // A socket bound to no address of its own hears the sender's.
    const to = sockaddr({ addr: own.addr === 0 ? from.addr : own.addr, port: own.port });
    const send = (): boolean => this.send({ fd, bytes, to }, pid);
    if (ms <= 0) return send();
    this.machine.later(ms, send);
    return true;
  }

  /** …now; `pid` goes on afterwards. */
  private send({ fd, bytes, to }: { fd: number; bytes: Uint8Array; to: Sockaddr }, pid: number): boolean {
    this.machine.task(STAND_IN);
    const buf = { bytes };
    const { ret } = this.machine.syscall({ name: "sendto", fd, buf, len: bytes.length, flags: 0, ...to });
    this.machine.task(pid);
    return ret === bytes.length;
  }
}

/** An address as bind, connect and sendto take it. */
export interface Sockaddr {
  readonly addr: { readonly bytes: Uint8Array };
  readonly addrlen: number;
}

export function sockaddr({ addr, port }: Endpoint): Sockaddr {
  const bytes = new Uint8Array(16);
  bytes[0] = AF_INET;
  set16(bytes, 2, port);
  set32(bytes, 4, addr);
  return { addr: { bytes }, addrlen: 16 };
}
