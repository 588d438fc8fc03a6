// SPDX-License-Identifier: GPL-2.0-only
/** Calls with a blacked-out address: another one stands in for it, which this machine must have a way to. */
import type { Machine, Syscall, UserPtr } from "../../../kernels/release.ts";
import type { CallStep } from "../../../script/step.ts";
import { inetOf } from "../survey.ts";

const NO_WAY = "calls to a redacted address, for which this network has no substitute (--net lan has)";
const OWN = "calls with a redacted address of this machine";

export class BlackedOut {
  private readonly machine: Machine;
  /** Sockets that were not connected or bound for that, by process and descriptor. */
  private readonly left = new Map<string, string>();

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Why the call cannot be made; undefined where it can, or has no such address. */
  missing(step: CallStep, call: Syscall): string | undefined {
    if (!("fd" in call)) return undefined;
    const key = `${step.pid}:${call.fd}`;
    const to = inetOf(addressOf(call)?.bytes);
    const own = this.of(step, call, to?.addr);
    if (call.name === "connect" || call.name === "bind") {
      if (own === undefined) this.left.delete(key);
      else this.left.set(key, own);
    } else if (call.name === "close") this.left.delete(key);
    else if (to === undefined && !call.name.startsWith("setsock")) return own ?? this.left.get(key);
    return own;
  }

  private of({ blacked }: CallStep, { name }: Syscall, to: number | undefined): string | undefined {
    if (blacked !== true || to === undefined) return undefined;
    if (name === "bind") return OWN;
    return this.machine.nexthop(to) === undefined ? NO_WAY : undefined;
  }
}

function addressOf(call: Syscall): UserPtr {
  switch (call.name) {
    case "bind":
    case "connect":
    case "sendto":
      return call.addr;
    case "sendmsg":
      return call.msgname;
    default:
      return null;
  }
}
