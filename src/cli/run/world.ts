// SPDX-License-Identifier: GPL-2.0-only
/** What happens outside of the log: who is written to must be there, and what is received must come. */
import type { Syscall } from "../../kernels/release.ts";
import type { CallStep } from "../../script/step.ts";
import type { Report } from "./report.ts";
import type { Sockets } from "./sockets.ts";
import type { Strangers } from "./strangers.ts";
import { inetOf } from "./survey.ts";

export class World {
  private readonly strangers: Strangers;
  private readonly sockets: Sockets;
  private readonly report: Report;

  constructor(strangers: Strangers, sockets: Sockets, report: Report) {
    this.strangers = strangers;
    this.sockets = sockets;
    this.report = report;
  }

  /** Make the world ready for a call; why that cannot be done, or undefined. */
  prepare(step: CallStep, call: Syscall): string | undefined {
    if (!this.strangers.any) return undefined;
    const to = inetOf(destination(call));
    if (to !== undefined) this.strangers.expect(to.addr, to.port, step.pid);
    if (call.name === "poll") return this.polled(step, call);
    if (call.name !== "recvfrom" && call.name !== "recvmsg" && call.name !== "read") return undefined;
    return this.receive(step, call);
  }

  private polled({ written }: CallStep, call: Syscall & { name: "poll" }): string | undefined {
    const came = (written?.ret ?? 0) > 0 && /POLLIN|revents=0x[0-9a-f]*1\b/.test(written?.detail ?? "");
    return came && !this.sockets.readable(call.fd)
      ? "poll for what comes from outside of the log"
      : undefined;
  }

  /** Have a stranger send what the log says was received, where nothing is there yet. */
  private receive(step: CallStep, call: Syscall & { fd: number }): string | undefined {
    const ret = step.written?.ret ?? -1;
    if (ret < 0 || this.sockets.readable(call.fd)) return undefined;
    const from = inetOf(step.shown.addr) ?? this.sockets.peer(call.fd);
    if (from === undefined || !this.strangers.has(from.addr, from.port)) return undefined;
    const bytes = new Uint8Array(ret);
    bytes.set(Buffer.from(step.shown.data?.bytes ?? "", "latin1").subarray(0, ret));
    const sent = this.strangers.deliver(from, this.sockets.own(call.fd), bytes, step.pid);
    if (!sent) return "datagrams from outside of this machine";
    const text = "datagrams of programs outside of the log are sent by stand-ins, as the log shows them";
    this.report.remark(step, "strangers", text);
    return undefined;
  }
}

/** The address that a call is about. */
function destination(call: Syscall): Uint8Array | undefined {
  if (call.name === "sendto" || call.name === "connect") return call.addr?.bytes;
  return call.name === "sendmsg" ? call.msgname?.bytes : undefined;
}
