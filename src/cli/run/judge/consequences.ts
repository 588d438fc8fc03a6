// SPDX-License-Identifier: GPL-2.0-only
/** Differences that only follow from an earlier one: on a socket whose connect or bind ended otherwise, or for want of a network. */
import type { SysResult } from "../../../kernels/release.ts";
import type { CallStep } from "../../../script/step.ts";
import { EADDRNOTAVAIL, ENETUNREACH, ENODEV, ENOPROTOOPT } from "../../../uapi/errno.ts";

/** Calls that decide what later ones on the same socket can do. */
const DECIDING: ReadonlySet<string> = new Set(["connect", "bind", "setsockopt", "shutdown"]);
/** What a machine without a network answers. */
const NO_NETWORK: ReadonlySet<number> = new Set([-ENETUNREACH, -EADDRNOTAVAIL, -ENODEV]);

export const NETWORK_HINT =
  "this machine has only lo: --net lan gives it a card and a gateway, --host this host's network (nettrace host prints it), " +
  "ip commands at the top any other";

export class Consequences {
  /** The line that decided otherwise, by what the descriptor stands for. */
  private readonly origins = new WeakMap<object, number>();
  /** The first line that a network was missing for. */
  private missing: number | undefined;

  /** The line that a difference follows from; undefined for one of its own. */
  of(held: object | undefined, result: SysResult, bare: () => boolean): number | undefined {
    const line = held === undefined ? undefined : this.origins.get(held);
    return line ?? (this.missing !== undefined && isForWant(result, bare) ? this.missing : undefined);
  }

  /** A difference of its own: is it the first for want of a network? */
  begin(
    { line, call, written }: CallStep,
    held: object | undefined,
    result: SysResult,
    bare: () => boolean,
  ): boolean {
    const otherwise = (written?.ret ?? 0) < 0 !== result.ret < 0;
    if (held !== undefined && otherwise && DECIDING.has(call.name) && result.ret !== -ENOPROTOOPT)
      this.origins.set(held, line);
    if (this.missing !== undefined || !isForWant(result, bare)) return false;
    this.missing = line;
    return true;
  }
}

function isForWant({ ret }: SysResult, bare: () => boolean): boolean {
  return NO_NETWORK.has(ret) && bare();
}
