// SPDX-License-Identifier: GPL-2.0-only
/** Calls with a blacked-out address: another one stands in for it, which this machine must have a way to. */
import type { Machine, Syscall, UserPtr } from "../../../kernels/release.ts";
import type { CallStep } from "../../../script/step.ts";
import { inetOf } from "../survey.ts";

/** Why the call cannot be made; undefined where it can, or has no such address. */
export function nowhere(step: CallStep, call: Syscall, machine: Machine): string | undefined {
  if (step.blacked !== true) return undefined;
  const to = inetOf(addressOf(call)?.bytes);
  if (to === undefined) return undefined;
  if (call.name === "bind") return "calls with an address of the machine that is blacked out";
  if (machine.nexthop(to.addr) !== undefined) return undefined;
  return "calls to a blacked-out address, for which this network has no stand-in (--net lan has)";
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
