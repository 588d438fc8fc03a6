// SPDX-License-Identifier: GPL-2.0-only
/** A scenario as typed steps: what a transcript says should be done, in order. */
import type { EpollEvent, Syscall, SysResult } from "../kernels/release.ts";
import type { Command } from "./command/kinds.ts";
import type { Expectation } from "./expect/expectation.ts";
import type { LogTime } from "./strace/line.ts";
import type { Written } from "./strace/result.ts";

/** What a process does to itself, beside the calls that a machine has. */
export type TaskCall =
  /** clone, fork, vfork: a new process; `shared`: a thread, with the same descriptors. */
  | {
      readonly name: "fork";
      readonly shared: boolean /** It begins in another network. */;
      readonly network?: true;
    }
  | { readonly name: "setuid"; readonly uid: number }
  /** Another program: descriptors that are to be closed then are, and threads part. */
  | { readonly name: "exec" }
  /** The highest descriptor that the process may have from now on, and one. */
  | { readonly name: "rlimit"; readonly nofile: number }
  /** Is a descriptor to be closed by the next exec? */
  | { readonly name: "cloexec"; readonly fd: number; readonly on: boolean }
  /** Descriptors are no longer shared with other threads. */
  | { readonly name: "unshare" }
  | {
      readonly name: "close-range";
      readonly first: number;
      readonly last: number;
      readonly unshare: boolean;
      readonly cloexec: boolean;
    };

const TASK_CALLS: ReadonlySet<string> = new Set<TaskCall["name"]>([
  "fork",
  "setuid",
  "exec",
  "rlimit",
  "cloexec",
  "unshare",
  "close-range",
]);

/** Is it something that a process does to itself? */
export function isTaskCall(call: Syscall | TaskCall): call is TaskCall {
  return TASK_CALLS.has(call.name);
}

/** What a log shows of that which a call handed back; what it does not show is absent. */
export interface Shown {
  /** Received data, as latin-1 text; `cut`: only its beginning. */
  readonly data?: { readonly bytes: string; readonly cut: boolean };
  /** An address received, or asked for: struct sockaddr. */
  readonly addr?: Uint8Array;
  /** A socket option's value. */
  readonly value?: Uint8Array;
  /** msg_flags. */
  readonly mflags?: number;
  /** poll: what was ready. */
  readonly fds?: NonNullable<SysResult["fds"]>;
  /** select: what was ready. */
  readonly sets?: NonNullable<SysResult["sets"]>;
  /** epoll_wait: what was ready. */
  readonly events?: readonly EpollEvent[];
  /** recvmmsg: each message, and its length. */
  readonly messages?: readonly { readonly shown: Shown; readonly len: number }[];
  /** Where a datagram was sent to (IP_PKTINFO). */
  readonly dest?: number;
  /** Seconds that were left of a time-out. */
  readonly left?: number;
  /** What the error queue gave (IP_RECVERR). */
  readonly error?: ShownError;
}

/** struct sock_extended_err, and the address behind it. */
export interface ShownError {
  readonly errno: number;
  /** SO_EE_ORIGIN_*: 1 the machine itself, 2 an ICMP message. */
  readonly origin: number;
  readonly type: number;
  readonly code: number;
  readonly info: number;
  readonly data: number;
  /** Who sent the ICMP message: struct sockaddr. */
  readonly offender?: Uint8Array;
}

/** A call as it is made, and what the log shows of its outcome. */
export interface Made {
  readonly call: Syscall | TaskCall;
  readonly shown?: Shown;
  /** The descriptor that it makes is closed by the next exec. */
  readonly cloexec?: boolean;
  /** The log does not show how much room the call had. */
  readonly unsized?: boolean;
}

interface Placed {
  /** From 1; of a call in two halves, the line of its end. */
  readonly line: number;
  /** Of the first character that counts, from 1. */
  readonly column: number;
}

/** A call to be made, with the result that is written behind it. */
export interface CallStep extends Placed {
  readonly kind: "call";
  readonly pid: number;
  readonly time: LogTime | undefined;
  /** As it is written. */
  readonly name: string;
  readonly call: Syscall | TaskCall;
  readonly written: Written | undefined;
  /** The result stands in a later line: a {@link FinishStep} brings it. */
  readonly begun: boolean;
  readonly shown: Shown;
  /** The descriptor that it makes is closed by the next exec. */
  readonly cloexec?: boolean;
  /** The log does not show how much room the call had: it failed before. */
  readonly unsized?: boolean;
  /** What -y says of the descriptor. */
  readonly decoration: string | undefined;
  /** Bytes of buffers that the log does not show. */
  readonly padded: number;
  /** What was read into the line that does not stand there: addresses for blacked-out ones, data that no pointer shows. */
  readonly guesses: readonly string[];
  /** An address of the call stands in for a blacked-out one. */
  readonly blacked?: true;
  /** From where to where the call stands in its line, without the result; characters from 0. */
  readonly span: readonly [number, number];
}

/** The result of a call that was begun in an earlier line. */
export interface FinishStep extends Placed {
  readonly kind: "finish";
  readonly pid: number;
  readonly name: string;
  readonly written: Written | undefined;
}

/** A call that is read and not made. */
export interface SkipStep extends Placed {
  readonly kind: "skip";
  readonly pid: number;
  readonly time: LogTime | undefined;
  readonly name: string;
  /** What it is counted under: the call's name, or what about it is not simulated. */
  readonly what: string;
  readonly written: Written | undefined;
  /** Its first argument, where that is a number. */
  readonly fd: number | undefined;
  /** Descriptors that it made: pipes have two. */
  readonly opened: readonly number[];
  /** Its arguments cannot be read: what is wrong with them. */
  readonly unread?: string;
}

/** A process is gone. */
export interface ExitStep extends Placed {
  readonly kind: "exit";
  readonly pid: number;
}

/** A line of another program: ip, tc, sysctl, sleep, cat … */
export interface CommandStep extends Placed {
  readonly kind: "command";
  readonly text: string;
  readonly command: Command;
}

/** Something that must be so, about the step before. */
export interface ExpectStep extends Placed {
  readonly kind: "expect";
  readonly text: string;
  readonly expectation: Expectation;
}

export type ScenarioStep = CallStep | FinishStep | SkipStep | ExitStep | CommandStep | ExpectStep;

/** What is run: step after step, made as they are asked for. */
export type Scenario = Iterable<ScenarioStep>;
