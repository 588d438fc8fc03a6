// SPDX-License-Identifier: GPL-2.0-only
/** Sockets that a log uses without opening them are made on the machine, as far as the log tells what they are. */
import type { Machine } from "../../../kernels/release.ts";
import type { CallStep, ScenarioStep } from "../../../script/step.ts";
import { AF_INET, SOCK_RAW } from "../../../uapi/socket.ts";
import { formatIpv4 } from "../../../wire/ipv4.ts";
import type { Report } from "../judge/report.ts";
import type { Endpoint } from "../outside/hosts.ts";
import { sockaddr } from "../outside/strangers.ts";
import type { Ahead } from "./ahead.ts";
import type { Descriptors, Held } from "./descriptors.ts";
import { type Guess, guess } from "./unopened.ts";

/** A process of root's that makes them: no log has a negative one. */
const MAKER = -2;

const IPPROTO_ICMP = 1;
/** Lines after which it is worth asking again about a descriptor. */
const AGAIN = 500;

const endpoint = ({ addr, port }: Endpoint): string => `${formatIpv4(addr)}:${port}`;

const who = ({ pid }: CallStep): string => (pid === 0 ? "" : `[pid ${pid}] `);

function sortOf({ type, protocol }: Exclude<Guess, { label: string }>): string {
  return type === SOCK_RAW ? `raw socket of protocol ${protocol}` : "UDP socket";
}

export class Taken {
  private readonly machine: Machine;
  private readonly report: Report;
  private readonly ahead: Ahead;
  private readonly held: Descriptors;
  /** By process and descriptor: the line up to which nothing is told. */
  private readonly asked = new Map<string, number>();

  constructor(machine: Machine, report: Report, ahead: Ahead, held: Descriptors) {
    this.machine = machine;
    this.report = report;
    this.ahead = ahead;
    this.held = held;
    machine.task(MAKER);
    machine.task(0);
  }

  /** What a descriptor is that the log does not show being opened; undefined where that cannot be told. */
  take(step: CallStep, fd: number): Held | undefined {
    const key = `${step.pid}:${fd}`;
    if (step.line < (this.asked.get(key) ?? 0)) return undefined;
    const whose = (pid: number): boolean => this.held.same(step.pid, pid);
    const made = guess(this.from(step), fd, whose);
    if (made === undefined) {
      this.asked.set(key, step.line + AGAIN);
      return undefined;
    }
    return "label" in made ? { label: made.label } : this.make(step, fd, made);
  }

  private *from(step: CallStep): Generator<ScenarioStep> {
    yield step;
    yield* this.ahead.after(step.line);
  }

  private make(step: CallStep, fd: number, made: Exclude<Guess, { label: string }>): Held | undefined {
    const { machine } = this;
    const { type, protocol, own, peer } = made;
    machine.task(MAKER);
    const { ret } = machine.syscall({ name: "socket", domain: AF_INET, type, protocol, at: fd });
    const bound = own === undefined ? 0 : this.bind(fd, own);
    const connected =
      peer === undefined ? 0 : machine.syscall({ name: "connect", fd, ...sockaddr(peer) }).ret;
    machine.task(step.pid);
    const adopted = ret === fd && machine.adopt(fd, MAKER);
    machine.task(MAKER);
    machine.syscall({ name: "close", fd: ret });
    machine.task(step.pid);
    if (!adopted && protocol === IPPROTO_ICMP) this.ping(step, fd);
    if (!adopted) return undefined;
    this.tell(step, fd, made, bound < 0 || connected < 0);
    return { line: step.line, sort: { type, protocol } };
  }

  /** ICMP's own sockets are for groups that a setting names: nobody's, on a fresh machine. */
  private ping(step: CallStep, fd: number): void {
    const text = `descriptor ${fd} is an ICMP datagram socket, which no process may open here (net.ipv4.ping_group_range); add these lines at the top to run its calls:`;
    const lines = [
      'sysctl -w net.ipv4.ping_group_range="0 2147483647"',
      `${who(step)}socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP) = ${fd}`,
    ];
    this.report.remark(step, `way out:${step.pid}:${fd}`, text, lines);
  }

  /** What makes the calls on a descriptor run of which nothing is known: one line, to be copied. */
  wayOut(step: CallStep, fd: number): void {
    const text = `descriptor ${fd} is not opened in the log; if it is a UDP socket, add this line at the top to run its calls:`;
    const line = `${who(step)}socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = ${fd}`;
    this.report.remark(step, `way out:${step.pid}:${fd}`, text, [line]);
  }

  /** An address that another network had is none here: any will do then. */
  private bind(fd: number, own: Endpoint): number {
    const { ret } = this.machine.syscall({ name: "bind", fd, ...sockaddr(own) });
    if (ret >= 0) return ret;
    return this.machine.syscall({ name: "bind", fd, ...sockaddr({ addr: 0, port: own.port }) }).ret < 0
      ? ret
      : 0;
  }

  private tell(step: CallStep, fd: number, made: Exclude<Guess, { label: string }>, failed: boolean): void {
    const what = sortOf(made);
    const own = made.own?.port ? `, bound to ${endpoint(made.own)}` : "";
    const peer = made.peer === undefined ? "" : `, connected to ${endpoint(made.peer)}`;
    const not = failed ? " (refused by this machine: no such address, or no route)" : "";
    const text = `descriptor ${fd} is assumed to be a ${what}${own}${peer}${not}`;
    this.report.remark(step, `taken:${step.pid}:${fd}`, `${text}: the log uses it without opening it`);
  }
}
