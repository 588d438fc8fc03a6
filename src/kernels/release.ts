// SPDX-License-Identifier: GPL-2.0-only
/** What every simulated kernel offers: system calls, a network to change, counters to read. */
import type { Recorder } from "../trace/record.ts";
import type { Config } from "./config.ts";

/** User memory a call points to: `bytes` can be read; reading past them faults (EFAULT). Null is the NULL pointer. */
export type UserPtr = {
  readonly bytes: Uint8Array /** An address of the kernel's half: access_ok refuses it. */;
  readonly kernel?: boolean;
} | null;

/** Which of the pointers that a call hands out point nowhere: writing there faults. */
export interface BadPointers {
  /** The buffer for data or for an option's value. */
  readonly buf?: boolean;
  /** The room for an address. */
  readonly addr?: boolean;
  /** The length of that room, or of the value. */
  readonly len?: boolean;
}

/** One element of a struct iovec array. */
export interface UserIovec {
  readonly base: UserPtr;
  /** Bytes claimed. */
  readonly len: number;
}

/** A struct msghdr to be sent. */
export interface UserMessage {
  readonly msgname: UserPtr;
  readonly namelen: number;
  readonly iov: readonly UserIovec[];
  /** msg_iovlen where it differs from iov.length. */
  readonly iovlen?: number;
  /** Control data as bytes, or null. */
  readonly control: UserPtr;
  readonly controllen: number;
}

/** Room for a message: for its data, its control messages, and the sender's address (16 where not said, 0: none wanted). */
export interface UserRoom {
  readonly len: number;
  readonly controllen: number;
  readonly namelen?: number;
  readonly bad?: BadPointers;
}

/** struct timespec. */
export interface TimeSpec {
  readonly tv_sec: number;
  readonly tv_nsec: number;
}
/** struct timeval. */
export interface TimeVal {
  readonly tv_sec: number;
  readonly tv_usec: number;
}

/** A struct pollfd: a descriptor (less than 0: none), and the POLL bits that are waited for. */
export interface PollFd {
  readonly fd: number;
  readonly events: number;
}
/** The descriptors of select(2); null is the NULL pointer. */
export interface FdSets {
  readonly in: readonly number[] | null;
  readonly out: readonly number[] | null;
  readonly ex: readonly number[] | null;
}
/** struct epoll_event: EPOLL bits, and 64 bits of the caller's. */
export interface EpollEvent {
  readonly events: number;
  readonly data: bigint;
}
/**
 * Descriptors that a call may name although the machine has no files at them (pipes, files, TCP): the POLL bits that each is
 * ready for once the call has waited for `after` milliseconds.
 */
export interface Others {
  readonly ready: ReadonlyMap<number, number>;
  readonly after: number;
  /** A signal comes then. */
  readonly signal?: boolean;
}

/** A system call as user space makes it. Numbers are C's; addresses are struct sockaddr bytes. */
export type Syscall =
  | {
      readonly name: "socket";
      readonly domain: number;
      readonly type: number;
      readonly protocol: number;
      /** The descriptor wanted, if it is free: other files, which nobody told us of, may hold lower ones; less than 0: all. */
      readonly at?: number;
    }
  | {
      readonly name: "bind" | "connect";
      readonly fd: number;
      readonly addr: UserPtr;
      readonly addrlen: number;
    }
  | {
      /** `compat`: through socketcall(2) of the 32-bit ABI. */
      readonly name: "sendto";
      readonly fd: number;
      readonly buf: UserPtr;
      readonly len: number;
      readonly flags: number;
      readonly addr: UserPtr;
      readonly addrlen: number;
      readonly compat?: boolean;
    }
  | {
      /** Through socketcall(2): x86-64 has no send(2) of its own, its C library calls sendto(2) with NULL, 0. */
      readonly name: "send";
      readonly fd: number;
      readonly buf: UserPtr;
      readonly len: number;
      readonly flags: number;
    }
  | ({ readonly name: "sendmsg"; readonly fd: number; readonly flags: number } & UserMessage)
  | {
      readonly name: "sendmmsg";
      readonly fd: number;
      readonly messages: readonly UserMessage[];
      readonly flags: number;
    }
  | ({ readonly name: "recvmsg"; readonly fd: number; readonly flags: number } & UserRoom)
  | {
      readonly name: "recvmmsg";
      readonly fd: number;
      readonly messages: readonly UserRoom[];
      readonly flags: number;
      /** No more is received when it is over; looked at after each message. Absent: NULL. */
      readonly timeout?: TimeSpec;
    }
  | {
      readonly name: "recvfrom";
      readonly fd: number;
      readonly len: number;
      readonly flags: number;
      /** Room for the sender's address, 0 where none is wanted (NULL). */
      readonly addrlen: number;
      readonly bad?: BadPointers;
    }
  | { readonly name: "read"; readonly fd: number; readonly len: number; readonly bad?: BadPointers }
  | { readonly name: "write"; readonly fd: number; readonly buf: UserPtr; readonly len: number }
  | { readonly name: "writev"; readonly fd: number; readonly iov: readonly UserIovec[] }
  | { readonly name: "splice"; readonly fd: number; readonly bytes: Uint8Array; readonly more: boolean }
  | {
      readonly name: "setsockopt";
      readonly fd: number;
      readonly level: number;
      readonly optname: number;
      readonly optval: UserPtr;
      readonly optlen: number;
    }
  | {
      readonly name: "getsockopt";
      readonly fd: number;
      readonly level: number;
      readonly optname: number;
      readonly optlen: number;
      /** What the buffer holds beforehand: IP_MSFILTER asks for a group with it. */
      readonly optval?: Uint8Array;
      readonly bad?: BadPointers;
    }
  | {
      readonly name: "getsockname" | "getpeername";
      readonly fd: number;
      /** Room for the address, 16 where not said. */
      readonly addrlen?: number;
      readonly bad?: BadPointers;
    }
  | { readonly name: "close"; readonly fd: number }
  /** fcntl(2)'s F_DUPFD where `to` is given: that descriptor or the next free one. */
  | { readonly name: "dup"; readonly fd: number; readonly to?: number; readonly at?: number }
  | { readonly name: "dup2"; readonly fd: number; readonly to: number; readonly at?: number }
  | { readonly name: "open"; readonly path: string }
  | { readonly name: "shutdown"; readonly fd: number; readonly how: number }
  | { readonly name: "ioctl"; readonly fd: number; readonly request: "SIOCOUTQ" | "FIONREAD" }
  | { readonly name: "ioctl"; readonly fd: number; readonly request: "FIONBIO"; readonly value: number }
  | {
      readonly name: "poll";
      readonly fds: readonly PollFd[];
      /** Milliseconds; less than 0: for ever. */
      readonly timeout: number;
      readonly others?: Others;
    }
  | {
      readonly name: "ppoll";
      readonly fds: readonly PollFd[];
      /** Null: for ever. */
      readonly timeout: TimeSpec | null;
      readonly others?: Others;
    }
  | {
      readonly name: "select";
      /** The highest descriptor that is looked at, and one. */
      readonly n: number;
      readonly sets: FdSets;
      readonly timeout: TimeVal | null;
      readonly others?: Others;
    }
  | {
      readonly name: "pselect6";
      readonly n: number;
      readonly sets: FdSets;
      readonly timeout: TimeSpec | null;
      readonly others?: Others;
    }
  | { readonly name: "epoll_create"; readonly size: number; readonly at?: number }
  | { readonly name: "epoll_create1"; readonly flags: number; readonly at?: number }
  | {
      readonly name: "epoll_ctl";
      readonly epfd: number;
      /** EPOLL_CTL_*. */
      readonly op: number;
      readonly fd: number;
      readonly event: EpollEvent | null;
      readonly others?: Others;
    }
  | {
      readonly name: "epoll_wait" | "epoll_pwait";
      readonly epfd: number;
      readonly maxevents: number;
      /** Milliseconds; less than 0: for ever. */
      readonly timeout: number;
      readonly others?: Others;
    }
  /** F_SETFL of O_NONBLOCK, or F_GETFL. */
  | { readonly name: "fcntl"; readonly fd: number; readonly nonblock?: boolean };

/** What a system call gave back. */
export interface SysResult {
  /** The value, or -errno. */
  readonly ret: number;
  /** getsockname, getpeername, recvmsg, recvfrom: struct sockaddr bytes. */
  readonly addr?: Uint8Array;
  /** getsockopt: the value's bytes. ioctl: `ret` or `value`. */
  readonly value?: Uint8Array;
  /** recvmsg, recvfrom, read: the data received. */
  readonly data?: Uint8Array;
  /** recvmsg: msg_flags. */
  readonly mflags?: number;
  /** recvmsg: control messages, [level, type, data]. */
  readonly cmsgs?: readonly (readonly [number, number, Uint8Array])[];
  /** recvmmsg: what each message brought; sendmmsg: how much of each was sent. */
  readonly messages?: readonly SysResult[];
  /** ioctl: the number. */
  readonly number?: number;
  /** poll, ppoll: the descriptors that are ready, and the POLL bits that each is ready for. */
  readonly fds?: readonly { readonly fd: number; readonly revents: number }[];
  /** select, pselect6: the descriptors that are ready. */
  readonly sets?: {
    readonly in: readonly number[];
    readonly out: readonly number[];
    readonly ex: readonly number[];
  };
  /** epoll_wait, epoll_pwait. */
  readonly events?: readonly EpollEvent[];
  /** ppoll, select, pselect6, recvmmsg: what is left of the time-out. */
  readonly left?: TimeSpec;
}

/** A network device, as `ip link` and `ip addr` look at it. Addresses in host order. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** IFF_*, with the operational ones (IFF_RUNNING, IFF_LOWER_UP, IFF_DORMANT). */
  readonly flags: number;
  readonly mtu: number;
  readonly qdisc: string;
  /** IF_OPER_*. */
  readonly operstate: number;
  readonly txqlen: number;
  /** ARPHRD_*. */
  readonly type: number;
  readonly address: Uint8Array;
  readonly broadcast: Uint8Array;
  /** The device below or at the other end, where it is another one. */
  readonly iflink: number;
  readonly stats: LinkStats;
  readonly addresses: readonly LinkAddress[];
}
/** Counters of a device, as `ip -s link` shows them. */
export interface LinkStats {
  readonly rx: { readonly bytes: number; readonly packets: number; readonly errors: number };
  readonly tx: { readonly bytes: number; readonly packets: number; readonly errors: number };
  readonly rxDropped: number;
  readonly txDropped: number;
  readonly multicast: number;
  readonly collisions: number;
}
/** An address of a device. */
export interface LinkAddress {
  readonly local: number;
  /** The other end's, or the address itself. */
  readonly peer: number;
  readonly prefixlen: number;
  readonly broadcast: number;
  readonly scope: number;
  readonly label: string;
  readonly secondary: boolean;
}

/** A frame seen on a device, as AF_PACKET gives it. */
export interface Frame {
  readonly dev: string;
  /** PACKET_HOST 0, BROADCAST 1, MULTICAST 2, OTHERHOST 3, OUTGOING 4. */
  readonly type: number;
  readonly protocol: number;
  /** tp_status without TP_STATUS_USER: 8 = CSUMNOTREADY, 128 = CSUM_VALID. */
  readonly status: number;
  readonly bytes: Uint8Array;
}

/** `ip route get`: what was asked. Addresses in host order. */
export interface RouteQuery {
  readonly dst: number;
  readonly src?: number;
  readonly oif?: string;
  readonly mark?: number;
  readonly tos?: number;
  /** The device that the packet is to come in on: routed as one that arrives. */
  readonly iif?: string;
  /** Tell, too, what the recordings leave out: realms, time left, the next IP id, the device it came in on. */
  readonly attributes?: true;
}

/** What waits on a socket. */
export interface Waiting {
  /** A datagram, or the end of them all: the socket is shut down. */
  readonly data: boolean;
  /** The errno that the next call would tell, 0 for none. */
  readonly error: number;
  /** Something in the error queue. */
  readonly queued: boolean;
}

/** The first hop to an address, by the routes alone. Addresses in host order. */
export interface NextHop {
  readonly dev: string;
  /** The gateway, 0 where the address is on the link. */
  readonly via: number;
  /** The source that goes with it. */
  readonly src: number;
  /** The address is this machine's. */
  readonly local: boolean;
}

/** Something that panicked the real kernel: the simulated one stops there and says so. Then it can only be looked at. */
export class KernelPanic extends Error {
  override name = "KernelPanic";
}

/** One simulated machine. Methods throw nothing but {@link KernelPanic}: what the kernel refuses is a return value, -errno. */
export interface Machine {
  readonly release: string;
  /** A recorder that knows this machine's names. */
  newRecorder(): Recorder;
  /** Attach or detach a recorder; `tally`: one that hears of the counters alone, of what `rec` does not record. */
  record(rec: Recorder | null, tally?: Recorder | null): void;
  /** Attach or detach a tap on every device. */
  tap(fn: ((frame: Frame) => void) | null): void;
  /** Run a system call. `fd` numbers start at 3. */
  syscall(call: Syscall): SysResult;
  /** Change the network; 0 or -errno. */
  configure(change: Config): number;
  /** Put a frame on a device, as a packet socket bound to it would. */
  inject(dev: string, frame: Uint8Array): number;
  /**
   * A frame comes in on a device, as from another host: at once, or in `ms` while the clock runs. 0, or -errno where nothing
   * can come in. What a veth receives its other end sends.
   */
  receive(dev: string, frame: Uint8Array, ms?: number): number;
  /** Somebody else does something in `ms`, while the clock runs: what he does himself is in no trace. */
  later(ms: number, work: () => void): void;
  /** The task that makes a call gets a signal: a sleep of the call's on a socket ends. With the call's end it is gone. */
  signal(): void;
  /** Let the clock run. */
  advance(ms: number): void;
  /** Milliseconds since the machine was switched on. */
  uptime(): number;
  /**
   * Be the task `pid` from now on. A new one starts with what `parent` has: a copy of its descriptors, or, `shared` as
   * threads do it, the same ones. Without a parent it has none. The first task is 0.
   */
  task(pid: number, parent?: number, shared?: boolean): void;
  /** The task is gone, and its descriptors are closed. */
  exit(pid: number): void;
  /** Of sockets that share a port (SO_REUSEPORT) this one is to get what comes: a secret of the boot decides, as if it were so. */
  favour(fd: number): void;
  /** The task's descriptors are its own from now on, as after unshare(CLONE_FILES) or an exec. */
  unshare(): void;
  /** Take over a descriptor of another task, under its number: false where it has none. */
  adopt(fd: number, from: number): boolean;
  setuid(uid: number): void;
  /** RLIMIT_NOFILE of the task. A descriptor that a call wishes for raises it. */
  setrlimit(nofile: number): void;
  /** RTM_GETROUTE: the text `ip route get` shows after the address, or -errno. */
  routeGet(query: RouteQuery): string | number;
  /** Which way an address is: no trace of the question is left. Undefined where there is no route. */
  nexthop(dst: number): NextHop | undefined;
  /** All counters by name: `Ip.OutRequests`, `rt.out_hit`, `dev:lo.tx_bytes`, `softnet.processed`; zero ones may be absent. */
  counters(): Map<string, number>;
  /** The devices, in order of their numbers. */
  links(): Link[];
  /** Index of a device by name. */
  ifindex(dev: string): number | undefined;
  /** Open sockets: [descriptor, own address as `a.b.c.d:port` (`family=10,len=28`: IPv6), bytes in the send queue]. */
  sockets(): [number, string, number][];
  /** What waits on a socket, without asking it: poll(2) drops datagrams whose checksum is wrong, SO_ERROR takes the error. */
  waiting(fd: number): Waiting;
  /** Dumps in the words of the recordings; with `realms`, routes and rules tell those, too. */
  dump(what: "fib" | "rules" | "neigh" | "rtcache", realms?: true): string[];
  /** A file of /proc/net in the kernel's exact layout, or undefined where there is none. */
  proc(path: string): string | undefined;
}

/** A kernel release that can be simulated. */
export interface Release {
  readonly name: string;
  /** `uname -r`. */
  readonly uname: string;
  /** A fresh machine with lo down, unconfigured. `seed` decides every random choice. */
  boot(options: BootOptions): Machine;
}

/**
 * How the kernel was built. `stock`: as RHEL 6 ships it. `outlined`: as the one that the oracle's cases were recorded on, with nothing inlined
 * and HZ=100 (docs/oracle.md).
 */
export type Build = "stock" | "outlined";

export interface BootOptions {
  readonly seed: number;
  /** Overrides for random choices, by what they are for; undefined leaves it to the seed. */
  readonly choose?: (what: string) => number | undefined;
  /** Does a tick of the clock fall into this piece of work? Simulated work takes no time, unless this says so. */
  readonly tick?: (what: string) => boolean;
  /** For how many of the RCU callbacks that wait is their grace period over? Asked when a task has left the kernel; without this, for all. */
  readonly grace?: (waiting: number) => number;
  /** Entries that other network namespaces have in tables that are the whole machine's. */
  readonly elsewhere?: { readonly routes: number; readonly neighbours: number };
  /** `stock` where not said. */
  readonly build?: Build;
}

/** Calls that have their errors in common. */
export type CallGroup = "socket" | "bind" | "connect" | "send" | "receive" | "setsockopt" | "getsockopt";

/** A function that gives an error, its file without `.c`, and when it does. */
export type PlaceRow = readonly [errno: string, fn: string, file: string, why: string];

/** What else gives an error for these calls. */
export type CauseRow = readonly [groups: readonly CallGroup[], errno: string, text: string];

/** Where a release's errors come from, for logs that have others than the machine: data, which the functions of the release are held to. */
export interface ErrorSources {
  readonly places: Readonly<Record<CallGroup, readonly PlaceRow[]>>;
  readonly notModelled: readonly CauseRow[];
  /** What later kernels give it for, with the release that began it. */
  readonly newer: readonly CauseRow[];
  /** The release's. */
  readonly name: string;
  /** The bytes that a socket's buffers have from the start (net.core.rmem_default, wmem_default). */
  readonly defaultBuffer: number;
}
