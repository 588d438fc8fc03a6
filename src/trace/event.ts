// SPDX-License-Identifier: GPL-2.0-only
/** The one type in the middle: what a machine says and every renderer reads. Plain values only. */
import type { Fate } from "./fate.ts";
import type { Facts, Plain } from "./plain.ts";

/** A simulated object in an event: `sk#1`, `skb#3`, a device by its name. */
export type Value = Plain;

/** A system call begins: `call` as its name and decoded arguments. */
export interface SyscallEvent {
  readonly ev: "syscall";
  readonly name: string;
  /** The process that makes it, where there is more than one; the first goes without. */
  readonly pid?: number;
  /** Arguments as strace names them; bytes as a latin-1 string under `buf`. None: a recording does not say them. */
  readonly args: { readonly [name: string]: Value };
}

/** …and ends. `ret` is what user space sees: the value, or -errno. */
export interface SysretEvent {
  readonly ev: "sysret";
  readonly name: string;
  readonly ret: number;
  /** A recording of a real kernel that does not say what came back: `ret` is 0. */
  readonly unknown?: true;
  readonly out?: { readonly [name: string]: Value };
}

/** A kernel function is entered. */
export interface EnterEvent {
  readonly ev: "enter";
  readonly fn: string;
  /** Its path in the Linux tree; empty in a recording where it is not known. */
  readonly file: string;
  readonly inline: boolean;
  /** Depth of nesting, 0 for the system call's own function. */
  readonly depth: number;
  readonly args: { readonly [name: string]: Value };
}

/** …and left. `ret` is absent for a void function. */
export interface ExitEvent {
  readonly ev: "exit";
  readonly fn: string;
  readonly depth: number;
  readonly ret?: Value;
}

/** Why the function in which it stands turned as it did. */
export interface NoteEvent {
  readonly ev: "note";
  readonly fn: string;
  readonly depth: number;
  readonly text: string;
  readonly facts?: Facts;
}

/** What becomes of a packet, or of a call that made none: told by the function that decides. */
export interface FateEvent {
  readonly ev: "fate";
  readonly fn: string;
  readonly depth: number;
  readonly fate: Fate;
  /** `pkt#3`: one name for all copies and fragments of a datagram, across calls. Absent: a call that made none. */
  readonly packet?: string;
  /** The packet that an ICMP error tells of. */
  readonly about?: string;
  /** A word of enum skb_drop_reason, as in {@link DropReason}. */
  readonly reason?: string;
  /** What the caller is told. */
  readonly errno?: number;
  /** The socket that gets it, or that is told: `sk#2`. */
  readonly socket?: string;
  /** Who decided, with its file, where that was not `fn`. */
  readonly by?: string;
  readonly file?: string;
  /** Why, in constant words; empty where a note beside it says it. */
  readonly text: string;
  readonly facts?: Facts;
}

/** What says why: a note, or a fate that has words of its own. */
export type Reason = NoteEvent | FateEvent;

export function isReason<T extends { readonly ev: string }>(
  event: T,
): event is Extract<T, { readonly ev: "note" | "fate" }> {
  return event.ev === "note" || (event.ev === "fate" && (event as unknown as FateEvent).text !== "");
}

/** Bytes just written, as hexadecimal digits. */
export interface DumpEvent {
  readonly ev: "dump";
  readonly fn: string;
  readonly depth: number;
  readonly label: string;
  /** Offset of the first byte in its buffer, in bytes. */
  readonly at: number;
  readonly hex: string;
}

/** A counter moved; `name` as in the counter files: `Udp.NoPorts`, `rt.out_hit`, `dev:lo.tx_bytes`. */
export interface CountEvent {
  readonly ev: "count";
  readonly fn: string;
  readonly depth: number;
  readonly name: string;
  readonly by: number;
}

/** Another context begins (`on`) or ends on top of the current stack: a softirq, a timer. */
export interface ContextEvent {
  readonly ev: "context";
  readonly depth: number;
  readonly name: string;
  readonly on: boolean;
}

/** The clock moves on while nothing runs: between two calls, or in one that sleeps. */
export interface ClockEvent {
  readonly ev: "clock";
  readonly fn: string;
  readonly depth: number;
  /** Milliseconds: whole ticks of the timer interrupt. */
  readonly ms: number;
}

/** A frame as a tap on the device sees it. */
export interface PacketEvent {
  readonly ev: "packet";
  readonly fn: string;
  readonly depth: number;
  readonly dev: string;
  /** The packet that it carries, as in {@link FateEvent}. */
  readonly packet?: string;
  /** It has no link-layer header: `hex` begins with the IP header. Absent: an Ethernet frame. */
  readonly link?: "raw";
  /** PACKET_HOST 0, BROADCAST 1, MULTICAST 2, OTHERHOST 3, OUTGOING 4 (linux/if_packet.h). */
  readonly type: number;
  /** 8: the transport checksum is not filled in yet (CHECKSUM_PARTIAL). */
  readonly status: number;
  readonly hex: string;
}

/** Of the events: it grows with a change that a reader of the old ones would take wrongly. */
export const TRACE_VERSION = 1;

/** The first event of a session: what machine tells this story. */
export interface MachineEvent {
  readonly ev: "machine";
  /** {@link TRACE_VERSION}; absent in traces from before there was one, which are as those of version 1. */
  readonly version?: 1;
  /** `uname -r` of the simulated kernel. */
  readonly uname: string;
  readonly network: string;
  readonly seed: number;
  /** The recording that this is read from; absent where a simulated kernel tells it itself. */
  readonly recorded?: string;
  /** A recording that says of itself that it is simulated; `uname` is empty where it does not say of which kernel. */
  readonly simulated?: boolean;
}

/** The counters and the files of /proc/net at the start and at the end of a session. */
export interface StateEvent {
  readonly ev: "state";
  readonly when: "before" | "after";
  /** By name, as in {@link CountEvent}; zero ones may be absent. */
  readonly counters: { readonly [name: string]: number };
  /** By path, `/proc/net/snmp`; the kernel's own text. */
  readonly proc: { readonly [path: string]: string };
}

/** The end of a send: what became of the datagram, who decided, what would change it. */
export interface VerdictEvent {
  readonly ev: "verdict";
  /** In one word: delivered, left, held, waiting, lost, taken, refused, failed, unmade, reported, unreported, panicked, unknown. */
  readonly outcome?: string;
  /** Of what it speaks, where that is not the call's one datagram: `send 1`, `datagrams 2, 3`. */
  readonly of?: string;
  /** What there is to say behind the outcome. */
  readonly what: string;
  /** The other datagrams that the call made, or that moved on in it. */
  readonly more?: readonly { readonly outcome?: string; readonly of?: string; readonly what: string }[];
  /** The deciding function, its file, its reason, the values that it compared; absent where nothing had to be decided. */
  readonly decided?: {
    readonly fn: string;
    readonly file: string;
    readonly why: string;
    readonly values?: string;
  };
  /** Changes that were tried, each with what it leads to: `--listen → delivered`. */
  readonly change: readonly string[];
}

export type TraceEvent =
  | MachineEvent
  | StateEvent
  | VerdictEvent
  | SyscallEvent
  | SysretEvent
  | EnterEvent
  | ExitEvent
  | NoteEvent
  | FateEvent
  | DumpEvent
  | CountEvent
  | ContextEvent
  | ClockEvent
  | PacketEvent;

/** One machine's story, as renderers pull it. */
export type Trace = Iterable<TraceEvent>;
