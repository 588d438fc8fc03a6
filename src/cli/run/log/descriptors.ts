// SPDX-License-Identifier: GPL-2.0-only
/** What each process' descriptors are: sockets that are simulated, by the line that made them, or something else. */

import type { Watched } from "./waits.ts";

/** What a socket is made for. */
export interface Sort {
  /** SOCK_*. */
  readonly type: number;
  /** IPPROTO_*; 0 where the type decides. */
  readonly protocol: number;
}

/** A simulated socket or epoll set, or what stands in its place. */
export type Held =
  | {
      readonly line: number;
      readonly label?: undefined;
      /** Of a socket. */
      readonly sort?: Sort;
      /** Of an epoll set. */
      readonly watched?: Watched;
    }
  | {
      readonly label: string;
      readonly line?: undefined;
      readonly sort?: undefined;
      readonly watched?: undefined;
    };

export class Descriptors {
  private readonly tables = new Map<number, Map<number, Held>>([[0, new Map()]]);
  /** Numbers that sockets have had. */
  private readonly sockets = new Set<number>();

  has(pid: number): boolean {
    return this.tables.has(pid);
  }

  /** Every process, the youngest last. */
  pids(): Iterable<number> {
    return this.tables.keys();
  }

  get(pid: number, fd: number): Held | undefined {
    return this.tables.get(pid)?.get(fd);
  }

  /** Has a socket ever had this number? */
  wasSocket(fd: number): boolean {
    return this.sockets.has(fd);
  }

  set(pid: number, fd: number, held: Held): void {
    if (held.label === undefined) this.sockets.add(fd);
    this.tables.get(pid)?.set(fd, held);
  }

  delete(pid: number, fd: number): void {
    this.tables.get(pid)?.delete(fd);
  }

  /** A descriptor is closed: the epoll sets watch it no more. */
  unwatch(pid: number, fd: number): void {
    for (const { watched } of this.tables.get(pid)?.values() ?? []) watched?.delete(fd);
  }

  /** A new process, with a copy of its parent's table or the same one. */
  fork(pid: number, parent: number, shared: boolean): void {
    const old = this.tables.get(parent) ?? new Map<number, Held>();
    this.tables.set(pid, shared ? old : new Map(old));
  }

  exit(pid: number): void {
    if (pid !== 0) this.tables.delete(pid);
  }

  /** Who else has this descriptor: the process that came last. */
  elsewhere(pid: number, fd: number): number | undefined {
    let found: number | undefined;
    for (const [other, table] of this.tables) if (other !== pid && table.has(fd)) found = other;
    return found;
  }
}
