// SPDX-License-Identifier: GPL-2.0-only
/** System calls as strace writes them (strace 6.1); script/strace/ reads them back. */

import type { SyscallEvent, SysretEvent } from "../trace/event.ts";
import { errnoName, strerror } from "../uapi/errno.ts";
import type { Out, Renderer, ViewOptions } from "./format.ts";
import { argumentsOf, detailOf } from "./strace/arguments.ts";

export { quote } from "./strace/values.ts";

/** The format: one line a call. */
export function strace(out: Out, view: ViewOptions): Renderer {
  return {
    step({ tree }) {
      if (tree.call !== null) out.write(`${formatCall(tree.call, tree.ret, view.stringLimit)}\n`);
    },
  };
}

/** Column at which strace puts `= value`. */
const RESULT_COLUMN = 40;

/** A call and its result on one line, without a newline. `limit`: bytes of a string shown, 0 = all. */
export function formatCall(call: SyscallEvent, ret: SysretEvent | null, limit = 32): string {
  const unsaid = Object.keys(call.args).length === 0;
  const { name, args } = unsaid ? { name: call.name, args: ["…"] } : argumentsOf(call, ret, limit);
  const task = call.pid === undefined || call.pid === 0 ? "" : `[pid ${call.pid}] `;
  const text = `${task}${name}(${args.join(", ")})`;
  return `${text.padEnd(RESULT_COLUMN - 1)} = ${ret === null || ret.unknown ? "?" : resultOf(call, ret)}`;
}

/** Descriptors' flags are written in hexadecimal, and some results have something to add. */
function resultOf(call: SyscallEvent, ret: SysretEvent): string {
  const flags = call.name === "fcntl" && call.args["nonblock"] === undefined && ret.ret >= 0;
  return `${flags ? `0x${ret.ret.toString(16)}` : formatResult(ret.ret)}${detailOf(call, ret)}`;
}

/** `5`, or `-1 EINVAL (Invalid argument)`. */
export function formatResult(ret: number): string {
  if (ret <= -ERESTARTSYS) return restarted(ret);
  const name = ret < 0 ? errnoName(-ret) : undefined;
  return name === undefined ? String(ret) : `-1 ${name} (${strerror(-ret)})`;
}

/** The errors with which a signal interrupts a sleep never reach a program: strace shows them so. */
const ERESTARTSYS = 512;

function restarted(ret: number): string {
  const name = errnoName(-ret);
  return name === undefined ? String(ret) : `? ${name} (${strerror(-ret)})`;
}
