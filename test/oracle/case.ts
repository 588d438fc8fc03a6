// SPDX-License-Identifier: GPL-2.0-only
/** One case in one machine: its lines become changes to the network and system calls, as probe.c makes them. */
import { crc32 } from "node:zlib";
import type { Frame, Machine, Syscall, SysResult } from "../../src/kernels/release.ts";
import { ScriptError } from "../../src/script/error.ts";
import { isConfig, parseConfig } from "../../src/script/iproute2.ts";
import { splitWords } from "../../src/script/words.ts";
import { get32le } from "../../src/wire/bytes.ts";
import { toHex } from "../../src/wire/hexdump.ts";
import { CallRecorder, type Said } from "./calls.ts";
import { Clock, TICK } from "./clock.ts";
import { frameOf } from "./frames.ts";
import { type AddressBook, addressOf, atoi, flagsOf, payloadOf, StepError, strtoul } from "./operands.ts";
import { Control, optionOf, optionValue } from "./options.ts";
import type { RecordedPacket, Returned } from "./recording.ts";
import { routeQuery } from "./route-query.ts";
import { controlMessages, errorName, optionResult, sockaddrText } from "./show.ts";
import type { Lists, Tables } from "./tables.ts";

/** Where probe.c puts the descriptors of its sockets. */
const FIRST_FD = 100;
const MSG_DONTWAIT = 0x40;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const RECV_MAX = 70000;
/** A descriptor that nobody has. */
const NO_FD = -2;
/** POLLIN, POLLPRI, POLLOUT. */
const POLL_ALL = 7;
/** Jiffies that a set-up may have taken. */
const SETTLING = 3;

export type Counters = Readonly<Record<string, number>>;

export interface Observed extends Lists {
  readonly packets: readonly Frame[];
  /** Counters that moved. Where timers ran beside the call, without and with what they moved. */
  readonly counters: readonly Counters[];
  readonly sk: Readonly<Record<string, readonly [string, number]>>;
}

export interface SimulatedStep extends Returned, Observed {
  /** Pairs of depth and symbol id. */
  calls: readonly number[];
  /** Who turned it down and why, in its own context; nothing where no system call was traced. */
  reasons?: readonly Said[];
}

type Snapshot = ReadonlyMap<string, number>;
const NOTHING: Observed = { packets: [], counters: [{}], sk: {}, ne: [], rtc: [] };

/** What is watched: packets and counters (the recordings' first pass), or calls (their second). */
export type Watch = "state" | "calls";

export class Session implements AddressBook {
  private readonly m: Machine;
  private readonly watch: Watch;
  /** Descriptors by the names of the case, in the order in which they came. */
  private readonly fds = new Map<string, number>();
  private readonly recorder = new CallRecorder();
  private frames: Frame[] = [];

  constructor(machine: Machine, watch: Watch) {
    this.m = machine;
    this.watch = watch;
  }

  /** Run the set-up; what was refused, as the recordings say it. */
  setup(lines: readonly string[]): [string, string][] {
    const refused: [string, string][] = [];
    const first = lines.filter((line) => line.startsWith("sysctl0 "));
    for (const line of [...first, ...lines.filter((l) => !first.includes(l))]) {
      const error = this.configure(line.replace(/^sysctl0 /, "sysctl "));
      if (error !== undefined) refused.push([line, error]);
    }
    if (this.watch === "state") this.m.tap((frame) => this.frames.push(frame));
    return refused.sort((a, b) => lines.indexOf(a[0]) - lines.indexOf(b[0]));
  }

  /**
   * A set-up took time, too: a neighbour that it put into a state which a timer ends (`nud delay`) may have gone on. Where the
   * recording shows that, the clock goes on until it has.
   */
  settle(neighbours: readonly string[]): void {
    const recorded = [...neighbours].sort().join("\n");
    const agrees = (): boolean => this.m.dump("neigh").sort().join("\n") === recorded;
    for (let ticks = 0; ticks < SETTLING && !agrees(); ticks++) this.m.advance(TICK);
    this.frames = [];
  }

  private configure(line: string): string | undefined {
    try {
      for (const change of parseConfig(line)) {
        const ret = this.m.configure(change);
        if (ret < 0) return errorName(-ret);
      }
      return undefined;
    } catch (error) {
      if (error instanceof ScriptError) return `not understood: ${error.message}`;
      throw error;
    }
  }

  /** Run one step and look at the machine afterwards. The recorded packets tell how late it was. */
  step(op: string, recorded: readonly RecordedPacket[]): SimulatedStep {
    if (this.watch === "calls") return { ...this.attempt(op), ...NOTHING, ...this.recorder.take() };
    this.frames = [];
    const clock = new Clock(this.m, recorded, this.frames);
    const snaps = [this.m.counters()];
    clock.before();
    snaps.push(this.m.counters());
    const returned = this.attempt(op);
    snaps.push(this.m.counters());
    clock.after();
    snaps.push(this.m.counters());
    const sk = this.sockets();
    return { ...returned, packets: this.frames, counters: deltas(snaps), sk, ...this.lists(), calls: [] };
  }

  /** What the set-up came to. */
  tables(): Tables {
    return { fib: this.m.dump("fib"), rules: this.m.dump("rules"), ...this.lists() };
  }

  private lists(): Lists {
    return { ne: this.m.dump("neigh"), rtc: this.m.dump("rtcache") };
  }

  private attempt(op: string): Returned {
    try {
      return this.run(op);
    } catch (error) {
      if (error instanceof StepError || error instanceof ScriptError) return { ret: 0, bad: error.message };
      throw error;
    }
  }

  // --- sockets by name -------------------------------------------------------------------------------------

  ownAddress(name: string): string | undefined {
    const fd = this.fd(name);
    return this.m.sockets().find(([n]) => n === fd)?.[1];
  }

  private fd(name: string): number {
    const known = this.fds.get(name);
    if (known !== undefined) return known;
    const m = /^fd(-?\d+)/.exec(name);
    if (m === null) return NO_FD;
    const n = Number(m[1]);
    // Ours are numbered from 3, the recorded ones from 100: a bare number must not meet one of ours.
    const open = [...this.fds.values()].filter((v) => v >= 0);
    return n >= FIRST_FD && n - FIRST_FD < open.length
      ? (open[n - FIRST_FD] as number)
      : n < 3
        ? n
        : n + 1_000_000;
  }

  private sockets(): Record<string, [string, number]> {
    const all = new Map(this.m.sockets().map(([fd, address, queued]) => [fd, [address, queued] as const]));
    const out: Record<string, [string, number]> = {};
    for (const [name, fd] of this.fds) {
      const found = all.get(fd);
      if (fd >= 0 && found) out[name] = [found[0], found[1]];
    }
    return out;
  }

  private readonly ifindex = (name: string): number => this.m.ifindex(name) ?? 0;

  // --- steps -----------------------------------------------------------------------------------------------

  private call(call: Syscall): { r: SysResult; out: Returned } {
    if (this.watch === "calls") this.m.record(this.recorder);
    try {
      const r = this.m.syscall(call);
      return { r, out: outcome(r.ret) };
    } finally {
      if (this.watch === "calls") this.m.record(null);
    }
  }

  private run(op: string): Returned {
    if (isConfig(op)) {
      const error = this.configure(op);
      return error === undefined ? { ret: 0 } : { ret: -1, err: error };
    }
    const words = splitWords(op).map((w) => w.text);
    const [verb = "", name = ""] = words;
    switch (verb) {
      case "socket":
        return this.socket(name, words.slice(2));
      case "listener":
        return this.listener(words);
      case "bind":
      case "connect": {
        const a = addressOf(words[2] ?? "", this);
        return this.call({ name: verb, fd: this.fd(name), addr: a.ptr, addrlen: a.len }).out;
      }
      case "sendto":
      case "send":
      case "sendto32":
      case "send32":
        return this.send(verb, words);
      case "sendmsg":
        return this.sendmsg(words);
      case "write": {
        const p = payloadOf(words[2] ?? "");
        return this.call({ name: verb, fd: this.fd(name), buf: p.base, len: p.len }).out;
      }
      case "writev": {
        const iov = words.slice(2, 10).map(payloadOf);
        return this.call({ name: verb, fd: this.fd(name), iov }).out;
      }
      case "splice": {
        const { base } = payloadOf(words[2] ?? "");
        const bytes = base?.bytes ?? new Uint8Array(0);
        return this.call({ name: verb, fd: this.fd(name), bytes, more: words[3] === "more" }).out;
      }
      case "recv":
        return this.recv(words);
      case "setsockopt":
        return this.setsockopt(words);
      case "getsockopt":
        return this.getsockopt(words);
      case "getsockname":
      case "getpeername": {
        const { r, out } = this.call({ name: verb, fd: this.fd(name), addrlen: 28 });
        return r.ret === 0 ? { ...out, addr: sockaddrText(r.addr) } : out;
      }
      default:
        return this.other(verb, name, words);
    }
  }

  /** Steps that were not traced, or hardly. */
  private other(verb: string, name: string, words: readonly string[]): Returned {
    const operand = words[2] ?? "";
    switch (verb) {
      case "close": {
        const { out } = this.call({ name: verb, fd: this.fd(name) });
        if (this.fds.has(name)) this.fds.set(name, -1);
        return out;
      }
      case "dup": {
        const { r, out } = this.call({ name: verb, fd: this.fd(name) });
        this.fds.set(operand, r.ret);
        return out;
      }
      case "open": {
        const { r, out } = this.call({ name: verb, path: operand });
        this.fds.set(name, r.ret);
        return out;
      }
      case "shutdown":
        return this.call({ name: verb, fd: this.fd(name), how: atoi(operand) }).out;
      case "ioctl": {
        if (operand !== "SIOCOUTQ" && operand !== "FIONREAD") throw new StepError(`ioctl ${operand}`);
        const { r, out } = this.call({ name: verb, fd: this.fd(name), request: operand });
        return { ...out, val: r.number ?? 0 };
      }
      case "poll": {
        const fds = [{ fd: this.fd(name), events: POLL_ALL }];
        const { r, out } = this.call({ name: verb, fds, timeout: 0 });
        return { ...out, revents: r.fds?.[0]?.revents ?? 0 };
      }
      case "fcntl":
        return this.call({ name: verb, fd: this.fd(name), nonblock: operand === "nonblock" }).out;
      case "inject":
        return outcome(this.m.inject(name, frameOf(words.slice(2), this)));
      case "sleep":
        this.m.advance(Number(name));
        return { ret: 0 };
      case "uid":
        this.m.setuid(atoi(name));
        return { ret: 0 };
      case "rtget": {
        const route = this.m.routeGet(routeQuery(words.slice(1)));
        return typeof route === "number" ? outcome(route) : { ret: 0, route };
      }
      default:
        throw new StepError(`step ${verb}`);
    }
  }

  private socket(name: string, words: readonly string[]): Returned {
    const [domain, type, protocol] = socketKind(words[0] ?? "");
    let flags = 0;
    if (words.includes("nonblock", 1)) flags |= SOCK_NONBLOCK;
    if (words.includes("cloexec", 1)) flags |= SOCK_CLOEXEC;
    const { r, out } = this.call({ name: "socket", domain, type: type | flags, protocol });
    if (r.ret >= 0) this.fds.set(name, r.ret);
    return out;
  }

  private listener(words: readonly string[]): Returned {
    const a = addressOf(words[2] ?? "", this);
    const protocol = words[3] === "udplite" ? 136 : 0;
    const fd = this.m.syscall({ name: "socket", domain: 2, type: 2, protocol }).ret;
    this.fds.set(words[1] ?? "", fd);
    return outcome(this.m.syscall({ name: "bind", fd, addr: a.ptr, addrlen: a.len }).ret);
  }

  private send(verb: string, words: readonly string[]): Returned {
    const to = verb.startsWith("sendto");
    const compat = verb.endsWith("32");
    const at = to ? 3 : 2;
    const a = addressOf(to ? (words[2] ?? "") : "null", this);
    const p = payloadOf(words[at] ?? "");
    const flags = flagsOf(words[at + 1] ?? "0");
    const fd = this.fd(words[1] ?? "");
    const name = "sendto";
    if (!compat)
      return this.call({ name, fd, buf: p.base, len: p.len, flags, addr: a.ptr, addrlen: a.len }).out;
    // The 32-bit call has copies below 4 GiB: of its own memory, and of the address even where that was bad.
    const buf = p.own ? p.base : null;
    if (!to) return this.call({ name: "send", fd, buf, len: p.len, flags }).out;
    const addr = a.ptr === null ? null : { bytes: a.bytes.subarray(0, 128) };
    return this.call({ name, fd, buf, len: p.len, flags, addr, addrlen: a.len, compat }).out;
  }

  private sendmsg(words: readonly string[]): Returned {
    const a = addressOf(words[2] ?? "", this);
    const parts = (words[3] ?? "").split("+").filter((part) => part !== "");
    const iov = parts.slice(0, 8).map(payloadOf);
    const flags = flagsOf(words[4] ?? "0");
    const control = new Control(this.ifindex);
    let namelen = a.len;
    let iovlen = iov.length;
    for (const word of words.slice(5)) {
      if (word.startsWith("iovlen=")) iovlen = atLeast0(atoi(word.slice(7)), iovlen);
      else if (word.startsWith("namelen=")) namelen = atLeast0(atoi(word.slice(8)), namelen);
      else control.add(word);
    }
    return this.call({
      name: "sendmsg",
      fd: this.fd(words[1] ?? ""),
      msgname: a.ptr,
      namelen,
      iov,
      iovlen,
      control: control.len > 0 ? { bytes: control.bytes } : null,
      controllen: control.len,
      flags,
    }).out;
  }

  private recv(words: readonly string[]): Returned {
    const flags = flagsOf(words[2] ?? "0") | MSG_DONTWAIT;
    const len = words[3] === undefined ? RECV_MAX : strtoul(words[3]);
    const fd = this.fd(words[1] ?? "");
    const { r, out } = this.call({ name: "recvmsg", fd, len, flags, controllen: 1024 });
    if (r.ret < 0) return out;
    const data = (r.data ?? new Uint8Array(0)).subarray(0, Math.min(r.ret, len));
    return {
      ...out,
      mflags: (r.mflags ?? 0) & ~MSG_DONTWAIT,
      from: sockaddrText(r.addr),
      crc: crc32(data).toString(16).padStart(8, "0"),
      data: toHex(data.subarray(0, 64)),
      cmsg: controlMessages(r.cmsgs ?? [], (index) => this.deviceName(index)),
    };
  }

  private deviceName(index: number): string {
    const names = [...this.m.counters().keys()].flatMap((key) => /^dev:(.*)\.rx_bytes$/.exec(key)?.[1] ?? []);
    return names.find((name) => this.m.ifindex(name) === index) ?? "?";
  }

  private setsockopt(words: readonly string[]): Returned {
    const [, name = "", option = "", value = ""] = words;
    const { level, optname, kind } = optionOf(option);
    const { bytes, len } = optionValue(kind, value, this.ifindex);
    const fd = this.fd(name);
    return this.call({ name: "setsockopt", fd, level, optname, optval: { bytes }, optlen: len }).out;
  }

  private getsockopt(words: readonly string[]): Returned {
    const [, name = "", option = ""] = words;
    const { level, optname, kind } = optionOf(option);
    const optlen = kind === "int" ? 4 : 512;
    const { r, out } = this.call({ name: "getsockopt", fd: this.fd(name), level, optname, optlen });
    if (r.ret !== 0) return out;
    const value = r.value ?? new Uint8Array(0);
    if (value.length !== 4) return { ...out, hex: toHex(value) };
    const v = get32le(value, 0);
    return { ...out, val: option === "SO_ERROR" ? optionResult(v) : v };
  }
}

const atLeast0 = (v: number, otherwise: number): number => (v >= 0 ? v : otherwise);

function outcome(ret: number): Returned {
  return ret < 0 ? { ret: -1, err: errorName(-ret) } : { ret };
}

/** `udp`, `raw:17`, `2,2,17`: domain, type, protocol. */
function socketKind(kind: string): [number, number, number] {
  const known: Record<string, [number, number, number]> = {
    udp: [2, 2, 0],
    udp17: [2, 2, 17],
    udplite: [2, 2, 136],
    tcp: [2, 1, 0],
    udp6: [10, 2, 0],
    icmp: [2, 2, 1],
  };
  const found = known[kind];
  if (found) return found;
  if (kind.startsWith("raw:")) return [2, 3, atoi(kind.slice(4))];
  const m = /^(-?\d+),(-?\d+),(-?\d+)/.exec(kind);
  if (m === null) throw new StepError(`socket kind ${kind}`);
  return [Number(m[1]), Number(m[2]), Number(m[3])];
}

/** Of four moments: from the first to the last, and without what was before the call, after it, or both. */
function deltas(snaps: readonly Snapshot[]): Counters[] {
  const between = (i: number, j: number): Counters => moved(snaps[i] as Snapshot, snaps[j] as Snapshot);
  return [between(0, 3), between(1, 3), between(0, 2), between(1, 2)];
}

function moved(before: Snapshot, after: Snapshot): Counters {
  const d: Record<string, number> = {};
  for (const [name, v] of after) {
    const by = v - (before.get(name) ?? 0);
    if (by !== 0) d[name] = by;
  }
  return d;
}
