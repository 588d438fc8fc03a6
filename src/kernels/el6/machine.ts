// SPDX-License-Identifier: GPL-2.0-only
/** The simulated machine from outside: system calls, a network to change, counters to read. */

import { Recorder } from "../../trace/record.ts";
import { refuse } from "../../trace/traced.ts";
import { EBADF, EINVAL, ENODEV, ENOENT } from "../../uapi/errno.ts";
import { AF_INET, O_NONBLOCK } from "../../uapi/socket.ts";
import { get16, get32 } from "../../wire/bytes.ts";
import { formatIpv4 } from "../../wire/ipv4.ts";
import type { Config, Sysctl } from "../config.ts";
import { describeCall, describeResult } from "../describe.ts";
import type {
  BadPointers,
  BootOptions,
  Frame,
  Link,
  Machine,
  NextHop,
  RouteQuery,
  Syscall,
  SysResult,
  UserMessage,
  UserRoom,
  Waiting,
} from "../release.ts";
import { boot } from "./boot.ts";
import { e1000_probe } from "./drivers/net/e1000/e1000_main.ts";
import { flush } from "./flush.ts";
import { sys_epoll_create, sys_epoll_create1, sys_epoll_ctl, sys_epoll_wait } from "./fs/eventpoll.ts";
import { sys_poll, sys_ppoll, sys_pselect6, sys_select } from "./fs/select.ts";
import { sys_read, sys_splice, sys_write, sys_writev } from "./fs.ts";
import type { File, IoctlArg, Socket, UserMsghdr } from "./include/linux/net.ts";
import { Msghdr } from "./include/linux/net.ts";
import { DEV_COLUMNS, type NetDevice, type NetDeviceStats } from "./include/linux/netdevice.ts";
import { skb_queue_empty } from "./include/linux/skbuff.ts";
import { MIB_NAMES } from "./include/net/snmp.ts";
import { type OptOut, RCV_SHUTDOWN } from "./include/net/sock.ts";
import {
  advance,
  type Kernel,
  KernelPanic,
  ksoftirqd,
  mod_timer,
  new_timer,
  run_deferred,
  untold,
} from "./kernel.ts";
import { link_of } from "./links.ts";
import { compat_sys_socketcall, SYS_SEND, SYS_SENDTO } from "./net/compat.ts";
import { rtnl_rule, rules_dump } from "./net/core/fib_rules.ts";
import { neigh_dump } from "./net/core/neighbour.ts";
import { rtnl_dellink, rtnl_neigh, rtnl_newlink } from "./net/core/rtnetlink.ts";
import { rtnl_addr } from "./net/ipv4/devinet.ts";
import { fib_dump, rtnl_route } from "./net/ipv4/fib_frontend.ts";
import { iptables, nf_configure } from "./net/ipv4/netfilter/iptable_filter.ts";
import { proc_read } from "./net/ipv4/proc.ts";
import { inet_rtm_getroute, rt_cache_dump } from "./net/ipv4/route.ts";
import { packet_snd, packet_status } from "./net/packet/af_packet.ts";
import { tc_modify_qdisc } from "./net/sched/sch_api.ts";
import {
  type MmsgEntry,
  sock_ioctl,
  sys_bind,
  sys_connect,
  sys_getpeername,
  sys_getsockname,
  sys_getsockopt,
  sys_recvfrom,
  sys_recvmmsg,
  sys_recvmsg,
  sys_sendmmsg,
  sys_sendmsg,
  sys_sendto,
  sys_setsockopt,
  sys_shutdown,
  sys_socket,
} from "./net/socket.ts";
import { sysctl_write } from "./net/sysctl.ts";
import { xfrm_add_policy } from "./net/xfrm/xfrm_user.ts";
import { add_address, set_link } from "./noprefixroute.ts";
import { adopt, close, do_exit, dup, dup2, install, set_nofile, switch_to, unshare_files } from "./tasks.ts";
import { userAddress, userBuffer } from "./user.ts";
import { nexthop, receive_frame } from "./wire.ts";

/** The type of a device that no kernel makes on request: it is found on the bus. */
const CARD = "e1000";
const FIONREAD = 0x541b;
const SIOCOUTQ = 0x5411;
/** Room for an address that getsockname, getpeername and recvmsg are given: a struct sockaddr_in. */
const SIZEOF_SOCKADDR_IN = 16;
/** Memory behind a receive buffer; what is claimed beyond is not there. */
const MAX_RECEIVE = 1 << 20;
/** Memory that is not there. */
const NOWHERE = new Uint8Array(0);

/** Icmp counters that /proc/net/snmp takes from the counters by type (icmpmibmap in net/ipv4/proc.c). */
const ICMP_BY_TYPE: readonly (readonly [string, number])[] = [
  ["DestUnreachs", 3],
  ["TimeExcds", 11],
  ["ParmProbs", 12],
  ["SrcQuenchs", 4],
  ["Redirects", 5],
  ["Echos", 8],
  ["EchoReps", 0],
  ["Timestamps", 13],
  ["TimestampReps", 14],
  ["AddrMasks", 17],
  ["AddrMaskReps", 18],
];

export class El6Machine implements Machine {
  readonly release = "el6";
  readonly kernel: Kernel;
  private frames: ((frame: Frame) => void) | null = null;
  private panic: KernelPanic | null = null;

  constructor(options: BootOptions) {
    this.kernel = boot(options);
  }

  newRecorder(): Recorder {
    return new Recorder(this.kernel.object_names);
  }

  record(rec: Recorder | null, tally: Recorder | null = null): void {
    this.kernel.rec = rec;
    this.kernel.tally = tally;
    this.watch();
  }

  tap(fn: ((frame: Frame) => void) | null): void {
    this.frames = fn;
    this.watch();
  }

  /** A packet socket on every device, while anybody looks. */
  private watch(): void {
    const k = this.kernel;
    if (this.frames === null) {
      k.tap = null;
      return;
    }
    k.tap = (dev, type, skb, bytes) => {
      const status = packet_status(skb);
      this.frames?.({ dev: dev.name, type, protocol: skb.protocol, status, bytes });
    };
  }

  syscall(call: Syscall): SysResult {
    return this.running((k) => {
      k.rec?.syscall(call.name, describeCall(call));
      const result = dispatch(k, call);
      k.signal_pending = false;
      k.rec?.sysret(call.name, result.ret, describeResult(result));
      return result;
    });
  }

  configure(change: Config): number {
    return this.running((k) => configure(k, change));
  }

  inject(dev: string, frame: Uint8Array): number {
    return this.running((k) => packet_snd(k, device(k, dev) ?? null, frame));
  }

  receive(dev: string, frame: Uint8Array, ms = 0): number {
    return this.running((k) => receive_frame(k, device(k, dev) ?? null, frame, ticks(k, ms)));
  }

  later(ms: number, work: () => void): void {
    const k = this.kernel;
    mod_timer(
      k,
      new_timer(() => untold(k, "another program", work), "another subsystem"),
      k.jiffies + ticks(k, ms),
    );
  }

  signal(): void {
    this.kernel.signal_pending = true;
  }

  nexthop(dst: number): NextHop | undefined {
    return this.silently((k) => nexthop(k, dst));
  }

  advance(ms: number): void {
    this.running((k) => advance(k, ticks(k, ms)));
  }

  uptime(): number {
    return (this.kernel.jiffies * 1000) / this.kernel.HZ;
  }

  task(pid: number, parent?: number, shared = false): void {
    this.silently((k) => switch_to(k, pid, parent, shared));
  }

  exit(pid: number): void {
    this.running((k) => do_exit(k, pid));
  }

  favour(fd: number): void {
    this.kernel.favoured_sk = this.kernel.files.get(fd)?.socket?.sk ?? null;
  }

  unshare(): void {
    unshare_files(this.kernel);
  }

  adopt(fd: number, from: number): boolean {
    return adopt(this.kernel, fd, from);
  }

  setuid(uid: number): void {
    const { current } = this.kernel;
    current.uid = uid;
    current.capable = uid === 0;
  }

  setrlimit(nofile: number): void {
    set_nofile(this.kernel, nofile);
  }

  routeGet(query: RouteQuery): string | number {
    return this.running((k) => inet_rtm_getroute(k, query));
  }

  /** As read from /proc one file after the other: meanwhile ksoftirqd gets the CPU. */
  counters(): Map<string, number> {
    const all = counters(this.kernel);
    if (this.panic === null) this.running(ksoftirqd);
    return all;
  }

  links(): Link[] {
    return this.silently((k) => k.init_net.devices.map((dev) => link_of(k, dev)));
  }

  ifindex(dev: string): number | undefined {
    return device(this.kernel, dev)?.ifindex;
  }

  sockets(): [number, string, number][] {
    return this.silently((k) => {
      const list: [number, string, number][] = [];
      for (const [fd, { socket }] of k.files) {
        if (socket !== null) list.push([fd, ownAddress(k, socket), queued(k, socket)]);
      }
      return list.sort((a, b) => a[0] - b[0]);
    });
  }

  waiting(fd: number): Waiting {
    const sk = this.kernel.files.get(fd)?.socket?.sk ?? null;
    if (sk === null) return { data: false, error: 0, queued: false };
    const data = !skb_queue_empty(sk.sk_receive_queue) || (sk.sk_shutdown & RCV_SHUTDOWN) !== 0;
    return { data, error: sk.sk_err, queued: !skb_queue_empty(sk.sk_error_queue) };
  }

  dump(what: "fib" | "rules" | "neigh" | "rtcache", realms?: true): string[] {
    return this.silently((k) => {
      switch (what) {
        case "fib":
          return fib_dump(k, realms);
        case "rules":
          return rules_dump(k, realms);
        case "neigh":
          return neigh_dump(k);
        case "rtcache":
          return rt_cache_dump(k);
      }
    });
  }

  proc(path: string): string | undefined {
    return this.silently((k) => proc_read(k, path));
  }

  /** Enter the kernel. A machine that has panicked stays where it is. */
  private running<T>(work: (k: Kernel) => T): T {
    if (this.panic !== null) throw this.panic;
    try {
      const result = work(this.kernel);
      run_deferred(this.kernel);
      return result;
    } catch (error) {
      if (error instanceof KernelPanic) this.panic = error;
      throw error;
    }
  }

  /** Look without leaving a trace. */
  private silently<T>(work: (k: Kernel) => T): T {
    const k = this.kernel;
    const { rec } = k;
    k.rec = null;
    try {
      return work(k);
    } finally {
      k.rec = rec;
    }
  }
}

function ticks(k: Kernel, ms: number): number {
  return Math.ceil((ms * k.HZ) / 1000);
}

function dispatch(k: Kernel, call: Syscall): SysResult {
  switch (call.name) {
    case "socket":
      k.wanted_fd = call.at;
      return { ret: sys_socket(k, call.domain, call.type, call.protocol) };
    case "bind":
      return { ret: sys_bind(k, call.fd, userAddress(call.addr, call.addrlen), call.addrlen) };
    case "connect":
      return { ret: sys_connect(k, call.fd, userAddress(call.addr, call.addrlen), call.addrlen) };
    case "sendto": {
      const { fd, len, flags, addrlen } = call;
      const buf = userBuffer(call.buf, len);
      const addr = userAddress(call.addr, addrlen);
      if (call.compat === true) {
        return { ret: compat_sys_socketcall(k, SYS_SENDTO, { fd, buf, len, flags, addr, addrlen }) };
      }
      return { ret: sys_sendto(k, fd, buf, len, flags, addr, addrlen) };
    }
    case "send": {
      const { fd, len, flags } = call;
      const buf = userBuffer(call.buf, len);
      return { ret: compat_sys_socketcall(k, SYS_SEND, { fd, buf, len, flags, addr: null, addrlen: 0 }) };
    }
    case "sendmsg": {
      return { ret: sys_sendmsg(k, call.fd, messageOf(call), call.flags) };
    }
    case "sendmmsg": {
      const lengths: number[] = [];
      const messages = call.messages.map(messageOf);
      const ret = sys_sendmmsg(k, call.fd, messages, messages.length, call.flags, lengths);
      return { ret, messages: lengths.map((length) => ({ ret: length })) };
    }
    case "recvmsg": {
      const room = new Room(call);
      return room.result(sys_recvmsg(k, call.fd, room.msg, room.msg_sys, call.flags));
    }
    case "recvmmsg": {
      const rooms = call.messages.map((message) => new Room(message));
      const timeout = call.timeout === undefined ? null : { ...call.timeout };
      const ret = sys_recvmmsg(k, call.fd, rooms, rooms.length, call.flags, timeout);
      const messages = rooms.slice(0, Math.max(ret, 0)).map((room) => room.result(room.msg_len));
      return { ret, messages, ...(timeout === null || ret <= 0 ? {} : { left: timeout }) };
    }
    case "recvfrom": {
      const { fd, len, flags, addrlen } = call;
      const bytes = call.bad?.buf ? NOWHERE : new Uint8Array(Math.min(len, MAX_RECEIVE));
      const addr = addrlen === 0 && !call.bad?.len ? null : addressRoom(addrlen, call.bad);
      const ret = sys_recvfrom(k, fd, { bytes }, len, flags, addr);
      if (ret < 0) return { ret };
      const data = bytes.subarray(0, Math.min(ret, len));
      return addr === null ? { ret, data } : { ret, data, addr: addr.bytes };
    }
    case "read": {
      const bytes = call.bad?.buf ? NOWHERE : new Uint8Array(Math.min(call.len, MAX_RECEIVE));
      const ret = sys_read(k, call.fd, { bytes }, call.len);
      return ret < 0 ? { ret } : { ret, data: bytes.subarray(0, ret) };
    }
    case "write":
      return { ret: sys_write(k, call.fd, userBuffer(call.buf, call.len), call.len) };
    case "writev":
      return { ret: sys_writev(k, call.fd, call.iov) };
    case "splice":
      return { ret: sys_splice(k, call.fd, call.bytes, call.more) };
    case "setsockopt":
      return { ret: sys_setsockopt(k, call.fd, call.level, call.optname, call.optval, call.optlen) };
    case "getsockopt": {
      const { optlen, bad } = call;
      const bytes = call.optval ?? NOWHERE;
      const optval: OptOut = { len: optlen, bytes, no_len: bad?.len, no_bytes: bad?.buf };
      const ret = sys_getsockopt(k, call.fd, call.level, call.optname, optval);
      return ret === 0 ? { ret, value: optval.bytes.subarray(0, optval.len) } : { ret };
    }
    case "getsockname":
    case "getpeername": {
      const room = addressRoom(call.addrlen ?? SIZEOF_SOCKADDR_IN, call.bad);
      const ret = (call.name === "getsockname" ? sys_getsockname : sys_getpeername)(k, call.fd, room);
      return ret === 0 ? { ret, addr: room.bytes } : { ret };
    }
    case "close":
      return { ret: close(k, call.fd) };
    case "dup":
      k.wanted_fd = call.at;
      return { ret: dup(k, call.fd, call.to ?? 0) };
    case "dup2":
      k.wanted_fd = call.at;
      return { ret: dup2(k, call.fd, call.to) };
    case "open":
      return { ret: install(k, { oid: k.oid("file"), socket: null, f_flags: 2, f_count: 1 }, 0) };
    case "shutdown":
      return { ret: sys_shutdown(k, call.fd, call.how) };
    case "ioctl": {
      const file = k.files.get(call.fd);
      if (file === undefined) return not_open(k, call.fd);
      if (call.request === "FIONBIO") {
        nonblocking(file, call.value !== 0);
        return { ret: 0 };
      }
      if (file.socket === null) {
        return { ret: refuse(k, -EINVAL, "not modelled: ioctls of files that are not sockets") };
      }
      const arg: IoctlArg = { value: 0 };
      const ret = sock_ioctl(k, file, call.request === "SIOCOUTQ" ? SIOCOUTQ : FIONREAD, arg);
      return ret < 0 ? { ret } : { ret, number: arg.value };
    }
    case "poll":
      return polled(sys_poll(k, call.fds, call.timeout, call.others));
    case "ppoll":
      return polled(sys_ppoll(k, call.fds, call.timeout, call.others));
    case "select":
      return sys_select(k, call.n, call.sets, call.timeout, call.others);
    case "pselect6":
      return sys_pselect6(k, call.n, call.sets, call.timeout, call.others);
    case "epoll_create":
      k.wanted_fd = call.at;
      return { ret: sys_epoll_create(k, call.size) };
    case "epoll_create1":
      k.wanted_fd = call.at;
      return { ret: sys_epoll_create1(k, call.flags) };
    case "epoll_ctl":
      return { ret: sys_epoll_ctl(k, call.epfd, call.op, call.fd, call.event, call.others) };
    case "epoll_wait":
    case "epoll_pwait":
      return sys_epoll_wait(k, call.epfd, call.maxevents, call.timeout, call.others);
    case "fcntl": {
      const file = k.files.get(call.fd);
      if (file === undefined) return not_open(k, call.fd);
      if (call.nonblock === undefined) return { ret: file.f_flags };
      nonblocking(file, call.nonblock);
      return { ret: 0 };
    }
  }
}

/** Room for an address. */
function addressRoom(len: number, bad: BadPointers | undefined): OptOut {
  return { len, bytes: NOWHERE, no_len: bad?.len, no_bytes: bad?.addr };
}

function not_open(k: Kernel, fd: number): SysResult {
  return { ret: refuse(k, -EBADF, "the descriptor is not open", { fd }) };
}

function nonblocking(file: File, on: boolean): void {
  file.f_flags = (file.f_flags & ~O_NONBLOCK) | (on ? O_NONBLOCK : 0);
}

/** Of each descriptor that is ready, what. */
function polled({ fds, ...result }: ReturnType<typeof sys_ppoll>): SysResult {
  const ready = fds.filter(({ revents }) => revents !== 0);
  return { ...result, fds: ready.map(({ fd, revents }) => ({ fd, revents })) };
}

function messageOf(message: UserMessage): UserMsghdr {
  const msg: UserMsghdr = {
    msg_name: userAddress(message.msgname, message.namelen),
    msg_namelen: message.namelen,
    msg_iov: message.iov,
    msg_iovlen: message.iovlen ?? message.iov.length,
    msg_control: message.control,
    msg_controllen: message.controllen,
    out_flags: 0,
    plain: () => ({ namelen: msg.msg_namelen, iovlen: msg.msg_iovlen, controllen: msg.msg_controllen }),
  };
  return msg;
}

/** Memory that a message is received into. */
class Room implements MmsgEntry {
  readonly msg: UserMsghdr;
  readonly msg_sys: Msghdr = new Msghdr();
  msg_len = 0;
  private readonly bytes: Uint8Array;
  private readonly name: OptOut;
  private readonly len: number;

  constructor({ len, controllen, namelen, bad }: UserRoom) {
    this.len = len;
    this.bytes = bad?.buf ? NOWHERE : new Uint8Array(Math.min(len, MAX_RECEIVE));
    this.name = addressRoom(namelen ?? SIZEOF_SOCKADDR_IN, bad);
    this.msg = {
      msg_name: null,
      msg_namelen: this.name.len,
      msg_iov: [{ base: { bytes: this.bytes }, len }],
      msg_iovlen: 1,
      msg_control: null,
      msg_controllen: controllen,
      ...(namelen === 0 ? {} : { name_out: this.name }),
      out_flags: 0,
      plain: () => ({ len, controllen }),
    };
  }

  result(ret: number): SysResult {
    if (ret < 0) return { ret };
    return {
      ret,
      ...(this.msg.name_out === undefined ? {} : { addr: this.name.bytes }),
      data: this.bytes.subarray(0, Math.min(ret, this.len)),
      mflags: this.msg.out_flags,
      cmsgs: this.msg_sys.cmsgs,
    };
  }
}

function configure(k: Kernel, change: Config): number {
  switch (change.kind) {
    case "link-add":
      return change.type === CARD ? e1000_probe(k, change) : rtnl_newlink(k, change);
    case "link-set":
      return set_link(k, change);
    case "link-del":
      return rtnl_dellink(k, change);
    case "addr-add":
      return add_address(k, change);
    case "addr-del":
      return rtnl_addr(k, change);
    case "route":
      return rtnl_route(k, change);
    case "rule-add":
    case "rule-del":
      return rtnl_rule(k, change);
    case "neigh":
      return rtnl_neigh(k, change);
    case "qdisc":
      return tc_modify_qdisc(k, change);
    case "sysctl":
      return setting(k, change);
    case "nf":
      return nf_configure(k, change);
    case "filter":
      return iptables(k, change);
    case "flush":
      return flush(k, change);
    case "xfrm-policy":
      return xfrm_add_policy(k, change);
  }
}

/** sysctl -e: a setting that is not there is no mistake. */
function setting(k: Kernel, { key, value, ignore }: Sysctl): number {
  const err = sysctl_write(k, key, value);
  return ignore === true && err === -ENOENT ? 0 : err;
}

function device(k: Kernel, name: string): NetDevice | undefined {
  return k.init_net.dev_name_head.get(name);
}

function counters(k: Kernel): Map<string, number> {
  const all = new Map<string, number>();
  MIB_NAMES.forEach((name, i) => {
    all.set(name, k.mib[i] as number);
  });
  all.set("Ip.Forwarding", k.init_net.devconf_all.forwarding === 0 ? 2 : 1);
  all.set("Ip.DefaultTTL", k.sysctl_ip_default_ttl);
  for (const [name, value] of k.icmpmsg) all.set(`IcmpMsg.${name}`, value);
  for (const [name, type] of ICMP_BY_TYPE) {
    for (const dir of ["In", "Out"]) all.set(`Icmp.${dir}${name}`, k.icmpmsg.get(`${dir}Type${type}`) ?? 0);
  }
  for (const dev of k.init_net.devices) {
    for (const field of Object.keys(DEV_COLUMNS) as (keyof NetDeviceStats)[]) {
      all.set(`dev:${dev.name}.${DEV_COLUMNS[field]}`, dev.stats[field]);
    }
  }
  all.set("softnet.processed", k.softnet.processed);
  all.set("softnet.dropped", k.softnet.dropped);
  all.set("softnet.time_squeeze", k.softnet.time_squeeze);
  all.set("rt.entries", k.dst_entries);
  return all;
}

/** `a.b.c.d:port` of getsockname(2), `family=10,len=28` of an IPv6 socket. */
function ownAddress(k: Kernel, socket: Socket): string {
  const [err, address] = socket.ops?.getname(k, socket, 0) ?? [-ENODEV, new Uint8Array(0)];
  if (err !== 0 || address.length < 8) return "";
  const family = (address[0] as number) | ((address[1] as number) << 8);
  if (family !== AF_INET) return `family=${family},len=${address.length}`;
  return `${formatIpv4(get32(address, 4))}:${get16(address, 2)}`;
}

/** SIOCOUTQ, or -1 where the socket does not say. Less than 0, too, where el6 takes off more than it put on. */
function queued(k: Kernel, socket: Socket): number {
  const arg: IoctlArg = { value: -1 };
  const err = socket.ops?.ioctl?.(k, socket, SIOCOUTQ, arg) ?? -1;
  return err < 0 ? -1 : arg.value;
}
