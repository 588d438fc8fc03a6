// SPDX-License-Identifier: GPL-2.0-only
/** What a machine says of the sockets of its current task; nothing changes by asking. */
import type { Machine } from "../../../kernels/release.ts";
import { IP_RECVERR } from "../../../uapi/in.ts";
import { SO_RCVTIMEO, SOL_IP, SOL_SOCKET } from "../../../uapi/socket.ts";
import { inetOf } from "../survey.ts";
import { POLLERR, POLLIN } from "./waits.ts";

const O_NONBLOCK = 0o4000;

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

  /** Does a receive wait until something comes, however long that takes? */
  waits(fd: number): boolean {
    const { ret } = this.machine.syscall({ name: "fcntl", fd });
    const limit = { level: SOL_SOCKET, optname: SO_RCVTIMEO, optlen: 16 };
    const { value } = this.machine.syscall({ name: "getsockopt", fd, ...limit });
    return ret >= 0 && (ret & O_NONBLOCK) === 0 && (value ?? []).every((byte) => byte === 0);
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
