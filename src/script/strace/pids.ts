// SPDX-License-Identifier: GPL-2.0-only
/** Who a line of a log belongs to. The process that strace was started with is 0, whatever its number. */

const ATTACHED = /\bProcess ([0-9]+)(?:<[^>]*>)? attached/;
const MODE = /\[ Process PID=([0-9]+) runs in (x?32|64) bit mode\. \]/;

/**
 * strace writes `[pid N]` only while it follows more than one process, so the first one goes by two names;
 * and what has no name belongs to the only one left.
 */
export class Pids {
  private main: number | undefined;
  private mainGone = false;
  private readonly children = new Set<number>();
  /** Those that run in 32-bit mode. */
  private readonly compat = new Set<number>();

  /** A remark of strace's may tell that there is a new process, or that one makes its calls in another mode now */
  remark(text: string): void {
    const mode = MODE.exec(text);
    if (mode !== null) this.mode(this.of(Number(mode[1])), mode[2] === "32");
    const pid = ATTACHED.exec(text)?.[1];
    if (pid !== undefined) this.children.add(Number(pid));
  }

  private mode(pid: number, compat: boolean): void {
    if (compat) this.compat.add(pid);
    else this.compat.delete(pid);
  }

  /** Does it make its calls in 32-bit mode? */
  is32(pid: number): boolean {
    return this.compat.has(pid);
  }

  /** A call returned the number of a new process: it has children now */
  forked(pid: number): void {
    this.children.add(pid);
  }

  /** The process of a line that says `pid`, 0 for nothing. */
  of(pid: number): number {
    if (pid === 0) {
      const [only] = this.children;
      return this.mainGone && this.children.size === 1 && only !== undefined ? only : 0;
    }
    if (this.children.has(pid)) return pid;
    this.main ??= pid;
    if (pid !== this.main) this.children.add(pid);
    return pid === this.main ? 0 : pid;
  }

  /** It is gone. */
  exited(pid: number): void {
    this.compat.delete(pid);
    if (pid === 0) this.mainGone = true;
    else this.children.delete(pid);
  }
}
