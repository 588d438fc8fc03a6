// SPDX-License-Identifier: GPL-2.0-only
/** Who a line of a log belongs to. The process that strace was started with is 0, whatever its number. */

const ATTACHED = /\bProcess ([0-9]+)(?:<[^>]*>)? attached/;

/**
 * strace writes `[pid N]` only while it follows more than one process, so the first one goes by two names;
 * and what has no name belongs to the only one left.
 */
export class Pids {
  private main: number | undefined;
  private mainGone = false;
  private readonly children = new Set<number>();

  /** A remark of strace's may tell that there is a new process */
  remark(text: string): void {
    const pid = ATTACHED.exec(text)?.[1];
    if (pid !== undefined) this.children.add(Number(pid));
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
    if (pid === 0) this.mainGone = true;
    else this.children.delete(pid);
  }
}
