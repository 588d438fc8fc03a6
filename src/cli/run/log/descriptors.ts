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

/** The descriptors of one process, or of threads that share them. */
interface Table {
  readonly files: Map<number, Held>;
  /** Numbers that were closed, and have not been given out again since. */
  readonly closed: Set<number>;
  /** Numbers that the next exec closes. */
  readonly cloexec: Set<number>;
  /** Numbers that it is taken to have from another process. */
  readonly guessed: Set<number>;
}

const emptyTable = (): Table => ({
  files: new Map(),
  closed: new Set(),
  cloexec: new Set(),
  guessed: new Set(),
});
const copyOf = ({ files, closed, cloexec, guessed }: Table): Table => ({
  files: new Map(files),
  closed: new Set(closed),
  cloexec: new Set(cloexec),
  guessed: new Set(guessed),
});

export class Descriptors {
  private readonly tables = new Map<number, Table>([[0, emptyTable()]]);
  /** Processes whose beginning the log shows: what they have is known. */
  private readonly known = new Set<number>();
  /** Numbers that sockets have had. */
  private readonly sockets = new Set<number>();

  has(pid: number): boolean {
    return this.tables.has(pid);
  }

  get(pid: number, fd: number): Held | undefined {
    return this.tables.get(pid)?.files.get(fd);
  }

  /** Has a socket ever had this number? */
  wasSocket(fd: number): boolean {
    return this.sockets.has(fd);
  }

  set(pid: number, fd: number, held: Held): void {
    if (held.label === undefined) this.sockets.add(fd);
    const table = this.tables.get(pid);
    table?.files.set(fd, held);
    table?.closed.delete(fd);
    table?.cloexec.delete(fd);
    table?.guessed.delete(fd);
  }

  /** Is a descriptor only taken to be the process', because another one has it? */
  isGuessed(pid: number, fd: number): boolean {
    return this.tables.get(pid)?.guessed.has(fd) === true;
  }

  /** A descriptor is closed, or was given out again. */
  delete(pid: number, fd: number): void {
    const table = this.tables.get(pid);
    table?.files.delete(fd);
    table?.closed.add(fd);
    table?.cloexec.delete(fd);
    table?.guessed.delete(fd);
  }

  /** Nothing is known of a descriptor any more. */
  forget(pid: number, fd: number): void {
    this.tables.get(pid)?.files.delete(fd);
  }

  /** A descriptor is closed: the epoll sets watch it no more. */
  unwatch(pid: number, fd: number): void {
    for (const { watched } of this.tables.get(pid)?.files.values() ?? []) watched?.delete(fd);
  }

  /** The next exec closes it, or does not. */
  setCloexec(pid: number, fd: number, on: boolean): void {
    const cloexec = this.tables.get(pid)?.cloexec;
    if (on) cloexec?.add(fd);
    else cloexec?.delete(fd);
  }

  /** What the next exec closes. */
  cloexec(pid: number): number[] {
    return [...(this.tables.get(pid)?.cloexec ?? [])];
  }

  /** Everything that a process has, from one number to another. */
  within(pid: number, first: number, last: number): number[] {
    return [...(this.tables.get(pid)?.files.keys() ?? [])].filter((fd) => fd >= first && fd <= last);
  }

  /** A new process, with a copy of its parent's table or the same one. `known`: the log shows how it began. */
  fork(pid: number, parent: number, shared: boolean, known: boolean): void {
    const old = this.tables.get(parent) ?? emptyTable();
    const own = shared ? old : copyOf(old);
    this.tables.set(pid, own);
    if (!known && !shared) for (const fd of own.files.keys()) own.guessed.add(fd);
    if (known && !shared) this.known.add(pid);
    else if (known && this.known.has(parent)) this.known.add(pid);
  }

  /** A process' descriptors are its own from now on. */
  unshare(pid: number): void {
    const table = this.tables.get(pid);
    if (table !== undefined) this.tables.set(pid, copyOf(table));
  }

  exit(pid: number): void {
    if (pid === 0) return;
    this.tables.delete(pid);
    this.known.delete(pid);
  }

  /** Do two processes share their descriptors? */
  same(a: number, b: number): boolean {
    return a === b || (this.tables.has(a) && this.tables.get(a) === this.tables.get(b));
  }

  /** Who else has a descriptor that a process uses without having opened it: the one that came last. Nobody, where it has closed it. */
  elsewhere(pid: number, fd: number): number | undefined {
    const own = this.tables.get(pid);
    if (this.known.has(pid) || own?.closed.has(fd)) return undefined;
    let found: number | undefined;
    for (const [other, table] of this.tables) if (table !== own && table.files.has(fd)) found = other;
    return found;
  }
}
