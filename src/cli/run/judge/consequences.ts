// SPDX-License-Identifier: GPL-2.0-only
/** Differences that only follow from an earlier one: on a socket whose connect or bind ended otherwise, or for want of a network. */
import type { SysResult } from "../../../kernels/release.ts";
import type { CallStep } from "../../../script/step.ts";
import {
  EADDRNOTAVAIL,
  EAGAIN,
  ECONNREFUSED,
  EDESTADDRREQ,
  EINTR,
  ENETUNREACH,
  ENODEV,
  ENOPROTOOPT,
  ENOTCONN,
  ERESTARTSYS,
} from "../../../uapi/errno.ts";

/** Calls that decide what later ones on the same socket can do. */
const DECIDING: ReadonlySet<string> = new Set(["connect", "bind", "setsockopt", "shutdown"]);
/** What a machine without a network answers. */
const NO_NETWORK: ReadonlySet<number> = new Set([-ENETUNREACH, -EADDRNOTAVAIL, -ENODEV]);

export const NETWORK_HINT =
  "this machine has only lo: --net lan adds a NIC and a gateway, --host is this host's network (nettrace host prints it), " +
  "ip commands at the top of the file make any other";

export class Consequences {
  /** The call that ended otherwise, by what the descriptor stands for. */
  private readonly origins = new WeakMap<object, { readonly line: number; readonly name: string }>();
  /** The first line that a network was missing for. */
  private missing: number | undefined;

  /** The line that a difference follows from; undefined for one of its own. */
  of(step: CallStep, held: object | undefined, result: SysResult, bare: () => boolean): number | undefined {
    const origin = held === undefined ? undefined : this.origins.get(held);
    if (origin !== undefined && isDue(origin.name, step, result)) return origin.line;
    return this.missing !== undefined && isForWant(result, bare) ? this.missing : undefined;
  }

  /** A difference of its own: is it the first for want of a network? */
  begin(
    { line, call, written }: CallStep,
    held: object | undefined,
    result: SysResult,
    bare: () => boolean,
  ): boolean {
    const otherwise = (written?.ret ?? 0) < 0 !== result.ret < 0;
    if (
      held !== undefined &&
      !this.origins.has(held) &&
      otherwise &&
      DECIDING.has(call.name) &&
      result.ret !== -ENOPROTOOPT
    )
      this.origins.set(held, { line, name: call.name });
    if (this.missing !== undefined || !isForWant(result, bare)) return false;
    this.missing = line;
    return true;
  }
}

/** What comes of it where nothing was received, nothing could be sent without an address, or the peer's refusal is not heard. */
const NOTHING_CAME: ReadonlySet<number> = new Set([-EAGAIN, -ERESTARTSYS]);
const NO_PEER: ReadonlySet<number> = new Set([-EDESTADDRREQ, -ENOTCONN]);

/** Can a difference be due to another call that ended otherwise? */
function isDue(origin: string, { call, written }: CallStep, { ret }: SysResult): boolean {
  if (call.name === "getsockname" || call.name === "getpeername") return origin !== "setsockopt";
  if (NOTHING_CAME.has(ret)) return written?.ret !== -EINTR;
  return origin === "connect" && (NO_PEER.has(ret) || written?.ret === -ECONNREFUSED);
}

function isForWant({ ret }: SysResult, bare: () => boolean): boolean {
  return NO_NETWORK.has(ret) && bare();
}
