// SPDX-License-Identifier: GPL-2.0-only
/** What a machine says of the sockets of its current task; nothing changes by asking. */
import type { Machine } from "../../../kernels/release.ts";
import { IP_RECVERR } from "../../../uapi/in.ts";
import { SOL_IP } from "../../../uapi/socket.ts";
import { inetOf } from "../survey.ts";
import { POLLERR, POLLIN } from "./waits.ts";

export class Inquiry {
  private readonly machine: Machine;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** POLLIN and POLLERR as they are now. */
  bits(fd: number): number {
    const { data, error, queued } = this.machine.waiting(fd);
    return (data ? POLLIN : 0) | (error !== 0 || queued ? POLLERR : 0);
  }

  /** Would a receive bring something, an error perhaps? What waits in the error queue alone is none. */
  readable(fd: number): boolean {
    const { data, error } = this.machine.waiting(fd);
    return data || error !== 0;
  }

  /** Does something wait in the error queue? */
  queued(fd: number): boolean {
    return this.machine.waiting(fd).queued;
  }

  /** Would the next call tell of an error? */
  failed(fd: number): boolean {
    return this.machine.waiting(fd).error !== 0;
  }

  /** IP_RECVERR: does it hear of every error, not only of a port that nobody has? */
  hearsErrors(fd: number): boolean {
    const option = { level: SOL_IP, optname: IP_RECVERR, optlen: 4 };
    return this.machine.syscall({ name: "getsockopt", fd, ...option }).value?.[0] === 1;
  }

  /** Whom a socket is connected to. */
  peer(fd: number): { addr: number; port: number } | undefined {
    return inetOf(this.machine.syscall({ name: "getpeername", fd }).addr);
  }

  /** A socket's own address: port 0 where it has none yet. */
  own(fd: number): { addr: number; port: number } {
    return inetOf(this.machine.syscall({ name: "getsockname", fd }).addr) ?? { addr: 0, port: 0 };
  }
}
