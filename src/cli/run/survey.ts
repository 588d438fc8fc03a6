// SPDX-License-Identifier: GPL-2.0-only
/** The first reading of a scenario: is every line right, and what did the kernel choose freely when it was recorded? */
import type { Syscall } from "../../kernels/release.ts";
import type { Dress } from "../../script/paste/dress.ts";
import type { Receipt } from "../../script/receipt.ts";
import {
  type CallStep,
  isTaskCall,
  type Scenario,
  type ScenarioStep,
  type SkipStep,
  type TaskCall,
} from "../../script/step.ts";
import { AF_INET, MSG_ERRQUEUE, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_TYPE_MASK } from "../../uapi/socket.ts";
import { get16, get32 } from "../../wire/bytes.ts";
import { type Family, Kin } from "./log/kin.ts";

/** What is known before the run. */
export interface Survey {
  readonly steps: number;
  /** Something is expected of a step. */
  readonly expects: boolean;
  /** Ports that were chosen for sockets, by the line that made the socket. */
  readonly ports: ReadonlyMap<number, number>;
  /** A log as it was pasted: how its lines are dressed. Undefined: a scenario, of which every line must be right. */
  readonly dress: Dress | undefined;
  /** What became of its lines. */
  readonly receipt: Receipt;
  /** Who sent to us without being in the log: `address:port`, the address as a number. */
  readonly strangers: ReadonlySet<string>;
  /** Which processes share their descriptors. */
  readonly family: Family;
}

/** An address as a key. */
export function endpoint(addr: number, port: number): string {
  return `${addr >>> 0}:${port}`;
}

/** Address and port of a struct sockaddr_in. */
export function inetOf(sockaddr: Uint8Array | undefined): { addr: number; port: number } | undefined {
  if (sockaddr === undefined || sockaddr.length < 8 || sockaddr[0] !== AF_INET) return undefined;
  return { addr: get32(sockaddr, 4), port: get16(sockaddr, 2) };
}

/** A UDP socket of the log. */
interface Sock {
  readonly cloexec: boolean;
  readonly line: number;
  port: number | undefined;
  peer: { addr: number; port: number } | undefined;
  /** Whom it has written to last. */
  wrote?: { addr: number; port: number };
}

const total = (iov: readonly { readonly len: number }[]): number =>
  iov.reduce((sum, piece) => sum + piece.len, 0);

/** Sends of which nobody knows the port yet: so many are remembered. */
const REMEMBERED = 4096;

/** Read it all. `check` looks at every step too. */
export function survey(
  steps: Scenario,
  check: (step: ScenarioStep) => void,
): Omit<Survey, "dress" | "receipt"> {
  const surveyor = new Surveyor();
  const kin = new Kin();
  let count = 0;
  let expects = false;
  for (const step of steps) {
    count++;
    check(step);
    kin.step(step);
    if (step.kind === "call") surveyor.call(step);
    else if (step.kind === "skip") surveyor.skip(step);
    else if (step.kind === "expect") expects = true;
  }
  return {
    steps: count,
    expects,
    ports: surveyor.ports,
    strangers: surveyor.strangers(),
    family: kin.family(),
  };
}

/** Does a call show that its descriptor is an IPv4 socket with ports? */
function hasInet({ shown, decoration }: CallStep, call: Syscall): boolean {
  if (/^UDP(?:-?Lite)?:/i.test(decoration ?? "")) return true;
  if (call.name === "getsockname" || call.name === "getpeername") return false;
  const given = call.name === "sendto" ? call.addr : call.name === "sendmsg" ? call.msgname : undefined;
  return [given?.bytes, shown.addr].some((bytes) => (inetOf(bytes)?.port ?? 0) !== 0);
}

class Surveyor {
  readonly ports = new Map<number, number>();
  private readonly sources = new Map<string, number>();
  /** By process and descriptor; a process that never made one has that of whoever did. */
  private readonly socks = new Map<string, Sock>();
  /** …and what each process has closed since. */
  private readonly closed = new Set<string>();
  private readonly byPort = new Map<number, Sock>();
  /** By receiver's port and length. */
  private readonly sends = new Map<string, Sock>();

  call(step: CallStep): void {
    const { call, written } = step;
    if (isTaskCall(call)) {
      this.task(step.pid, call);
      return;
    }
    const ok = step.begun || written === undefined || (written.ret ?? -1) >= 0;
    if (call.name === "socket") this.socket(step, call);
    else if (ok && "fd" in call && call.name !== "epoll_ctl") this.onSocket(step, call);
  }

  /** A call of another sort: what it opened is no socket of ours. */
  skip({ pid, opened }: SkipStep): void {
    for (const fd of opened) this.close(pid, fd);
  }

  private task(pid: number, call: TaskCall): void {
    if (call.name !== "exec" && (call.name !== "close-range" || call.cloexec)) return;
    for (const [key, sock] of [...this.socks]) {
      const fd = Number(key.slice(1));
      if (!key.startsWith(":")) continue;
      const closes = call.name === "exec" ? sock.cloexec : fd >= call.first && fd <= call.last;
      if (closes) this.close(pid, fd);
    }
  }

  /** A process closes its descriptor; others may have copies. */
  private close(pid: number, fd: number): void {
    const own = this.socks.get(`${pid}:${fd}`);
    this.closed.add(`${pid}:${fd}`);
    this.socks.delete(`${pid}:${fd}`);
    if (own !== undefined && own === this.socks.get(`:${fd}`)) this.socks.delete(`:${fd}`);
  }

  private get(pid: number, fd: number): Sock | undefined {
    if (this.closed.has(`${pid}:${fd}`)) return undefined;
    return this.socks.get(`${pid}:${fd}`) ?? this.socks.get(`:${fd}`);
  }

  strangers(): Set<string> {
    return new Set([...this.sources].filter(([, port]) => !this.byPort.has(port)).map(([key]) => key));
  }

  private socket({ pid, line, written }: CallStep, call: Syscall & { name: "socket" }): void {
    const fd = written?.ret ?? -1;
    if (fd < 0) return;
    const udp = call.domain === AF_INET && (call.type & SOCK_TYPE_MASK) === SOCK_DGRAM;
    const cloexec = (call.type & SOCK_CLOEXEC) !== 0;
    if (udp) this.put(pid, fd, { line, cloexec, port: undefined, peer: undefined });
    else this.close(pid, fd);
  }

  private put(pid: number, fd: number, sock: Sock): void {
    this.socks.set(`${pid}:${fd}`, sock);
    this.socks.set(`:${fd}`, sock);
    this.closed.delete(`${pid}:${fd}`);
  }

  private onSocket(step: CallStep, call: Syscall & { readonly fd: number }): void {
    const known = this.get(step.pid, call.fd);
    const sock = known ?? (hasInet(step, call) ? this.unopened(step, call.fd) : undefined);
    if (sock === undefined) return;
    this.decoration(step, sock);
    switch (call.name) {
      case "close":
        this.close(step.pid, call.fd);
        return;
      case "bind": {
        const to = inetOf(call.addr?.bytes);
        if (to !== undefined && to.port !== 0) this.own(sock, to.port);
        return;
      }
      case "connect":
        sock.peer = inetOf(call.addr?.bytes);
        return;
      case "getsockname": {
        const port = inetOf(step.shown.addr)?.port ?? 0;
        if (port !== 0) this.learn(sock, port);
        return;
      }
      case "dup":
      case "dup2":
        if (step.written?.ret !== undefined) this.put(step.pid, step.written.ret, sock);
        return;
      default:
        this.traffic(step, call, sock);
    }
  }

  /** A socket that was there before the log began. */
  private unopened({ pid, line }: CallStep, fd: number): Sock {
    const sock: Sock = { line, cloexec: false, port: undefined, peer: undefined };
    this.put(pid, fd, sock);
    return sock;
  }

  private traffic(step: CallStep, call: Syscall, sock: Sock): void {
    switch (call.name) {
      case "sendto":
        this.sent(sock, inetOf(call.addr?.bytes) ?? sock.peer, call.len);
        return;
      case "sendmsg":
        this.sent(sock, inetOf(call.msgname?.bytes) ?? sock.peer, total(call.iov));
        return;
      case "sendmmsg":
        for (const { msgname, iov } of call.messages)
          this.sent(sock, inetOf(msgname?.bytes) ?? sock.peer, total(iov));
        return;
      case "send":
      case "write":
        this.sent(sock, sock.peer, call.len);
        return;
      case "recvfrom":
      case "recvmsg":
      case "recvmmsg":
        if ((call.flags & MSG_ERRQUEUE) === 0) this.got(step, sock);
        return;
      case "read":
        this.got(step, sock);
        return;
    }
  }

  /** What -yy says: `UDP:[127.0.0.1:4242->127.0.0.1:53]`. */
  private decoration({ decoration }: CallStep, sock: Sock): void {
    const port = Number(/^UDP(?:-?Lite)?:\[[0-9.]+:(\d+)/i.exec(decoration ?? "")?.[1] ?? 0);
    if (port !== 0) this.learn(sock, port);
  }

  private own(sock: Sock, port: number): void {
    sock.port = port;
    this.byPort.set(port, sock);
  }

  private learn(sock: Sock, port: number): void {
    if (sock.port !== undefined) return;
    this.own(sock, port);
    this.ports.set(sock.line, port);
  }

  private sent(sock: Sock, to: { addr: number; port: number } | undefined, len: number): void {
    if (to !== undefined) sock.wrote = to;
    if (to === undefined || sock.port !== undefined) return;
    if (this.sends.size >= REMEMBERED) this.sends.clear();
    this.sends.set(`${to.port}:${len}`, sock);
  }

  /** Whose datagram was it? One of ours whose port was not known yet, or a stranger's. */
  private got({ written, shown }: CallStep, sock: Sock): void {
    if (written?.ret === undefined) return;
    for (const one of shown.messages ?? [{ shown, len: written.ret }])
      this.received(inetOf(one.shown.addr) ?? sock.peer ?? sock.wrote, one.len, sock);
  }

  private received(from: { addr: number; port: number } | undefined, len: number, sock: Sock): void {
    if (from === undefined || this.byPort.has(from.port)) return;
    const key = `${sock.port ?? 0}:${len}`;
    const sender = this.sends.get(key);
    if (sender !== undefined && sender.port === undefined && sender !== sock) {
      this.sends.delete(key);
      this.learn(sender, from.port);
    } else this.sources.set(endpoint(from.addr, from.port), from.port);
  }
}
