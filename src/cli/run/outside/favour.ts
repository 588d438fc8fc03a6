// SPDX-License-Identifier: GPL-2.0-only
/** SO_REUSEPORT: which of several sockets gets a datagram is decided by a hash with a secret of the boot. The log shows it. */
import type { Machine, Syscall } from "../../../kernels/release.ts";
import type { CallStep } from "../../../script/step.ts";
import { isTaskCall } from "../../../script/step.ts";
import { SO_REUSEPORT, SOL_SOCKET } from "../../../uapi/socket.ts";
import type { Ahead } from "../log/ahead.ts";
import type { Held } from "../log/descriptors.ts";
import type { Sockets } from "../log/sockets.ts";
import { isReceive } from "./arrivals.ts";
import { outgoing } from "./letters.ts";

export class Favour {
  private readonly machine: Machine;
  private readonly sockets: Sockets;
  private readonly ahead: Ahead;
  /** Sockets that may share their port. */
  private readonly sharing = new Set<Held>();

  constructor(machine: Machine, sockets: Sockets, ahead: Ahead) {
    this.machine = machine;
    this.sockets = sockets;
    this.ahead = ahead;
  }

  /** A call was made on a socket, and worked. */
  note(held: Held, call: Syscall): void {
    if (call.name === "setsockopt" && call.level === SOL_SOCKET && call.optname === SO_REUSEPORT)
      this.sharing.add(held);
  }

  /** A datagram is sent to a port that several sockets share: it is for the one that the log shows it to be received on. */
  sent(step: CallStep, call: Syscall): void {
    if (this.sharing.size < 2) return;
    const out = outgoing(call);
    const to = out?.to ?? (out === undefined ? undefined : this.sockets.ask.peer(out.fd));
    if (to === undefined) return;
    for (const next of this.ahead.after(step.line)) {
      if (next.kind !== "call" || isTaskCall(next.call) || !isReceive(next.call)) continue;
      if ((next.written?.ret ?? -1) < 0) continue;
      const held = this.sockets.get(next.pid, next.call.fd);
      if (held === undefined || !this.sharing.has(held)) continue;
      this.machine.task(next.pid);
      const wanted = this.sockets.ask.own(next.call.fd).port === to.port;
      if (wanted) this.machine.favour(next.call.fd);
      this.machine.task(step.pid);
      if (wanted) return;
    }
  }

  /** What comes from outside is for the socket that receives it. */
  came(fd: number): void {
    if (this.sharing.size >= 2) this.machine.favour(fd);
  }
}
