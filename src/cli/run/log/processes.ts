// SPDX-License-Identifier: GPL-2.0-only
/** The processes of a log as tasks of the machine: how each began, and what it does to its descriptors as a whole. */
import type { Machine } from "../../../kernels/release.ts";
import type { TaskCall } from "../../../script/step.ts";
import { Descriptors } from "./descriptors.ts";
import type { Family } from "./kin.ts";

/** What a process does to its descriptors as a whole. */
type Own = Exclude<TaskCall, { name: "fork" | "setuid" }>;

export class Processes {
  readonly held = new Descriptors();
  /** Whose call is being made. */
  current = 0;
  private readonly machine: Machine;
  private readonly family: Family;

  constructor(machine: Machine, family: Family) {
    this.machine = machine;
    this.family = family;
  }

  /** The next call is this process'. */
  enter(pid: number): void {
    if (!this.held.has(pid)) this.begin(pid);
    this.machine.task(pid);
    this.current = pid;
  }

  /** A process that is heard of for the first time, and before it those that it comes from. */
  private begin(pid: number): void {
    const line = new Set<number>();
    for (let one = pid; !this.held.has(one) && !line.has(one); one = this.kinOf(one)) line.add(one);
    for (const one of [...line].reverse()) {
      const birth = this.family.births.get(one);
      const kin = this.kinOf(one);
      const parent = this.held.has(kin) ? kin : 0;
      if (birth === undefined) this.born(one, parent, this.family.threads.has(one), false);
      else this.born(one, parent, birth.shared, true);
    }
  }

  private kinOf(pid: number): number {
    return this.family.births.get(pid)?.parent ?? this.family.threads.get(pid) ?? 0;
  }

  private born(pid: number, parent: number, shared: boolean, known: boolean): void {
    this.held.fork(pid, parent, shared, known);
    this.machine.task(pid, parent, shared);
  }

  /** A process forks; the number of a child that is not known yet comes later. */
  fork(pid: number, shared: boolean, child: number | undefined): void {
    this.enter(pid);
    if (child !== undefined && child > 0 && !this.held.has(child)) this.born(child, pid, shared, true);
  }

  exit(pid: number): void {
    if (pid === 0 || !this.held.has(pid)) return;
    this.machine.exit(pid);
    this.held.exit(pid);
  }

  /** It does something to its descriptors: was there anything to do? */
  own(pid: number, call: Own): boolean {
    this.enter(pid);
    switch (call.name) {
      case "exec":
        this.unshare(pid);
        return this.close(pid, this.held.cloexec(pid));
      case "unshare":
        return this.unshare(pid);
      case "rlimit":
        this.machine.setrlimit(call.nofile);
        return true;
      case "cloexec":
        this.held.setCloexec(pid, call.fd, call.on);
        return this.held.get(pid, call.fd)?.line !== undefined;
      case "close-range": {
        if (call.unshare) this.unshare(pid);
        const fds = this.held.within(pid, call.first, call.last);
        if (!call.cloexec) return this.close(pid, fds);
        for (const fd of fds) this.held.setCloexec(pid, fd, true);
        return fds.length > 0;
      }
    }
  }

  private unshare(pid: number): boolean {
    this.held.unshare(pid);
    this.machine.unshare();
    return true;
  }

  /** Were any of them simulated? */
  private close(pid: number, fds: readonly number[]): boolean {
    let simulated = false;
    for (const fd of fds) {
      if (this.held.get(pid, fd)?.line !== undefined) {
        simulated = true;
        this.machine.syscall({ name: "close", fd });
      }
      this.held.delete(pid, fd);
      this.held.unwatch(pid, fd);
    }
    return simulated;
  }
}
