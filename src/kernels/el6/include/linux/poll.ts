// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/wait.h, poll.h, asm-generic/poll.h: who waits for a file, and what poll asks and answers. */
import type { Plain } from "../../../../trace/plain.ts";
import type { Kernel } from "../../kernel.ts";
import type { File } from "./net.ts";

export const POLLIN = 0x0001;
export const POLLPRI = 0x0002;
export const POLLOUT = 0x0004;
export const POLLERR = 0x0008;
export const POLLHUP = 0x0010;
export const POLLNVAL = 0x0020;
export const POLLRDNORM = 0x0040;
export const POLLRDBAND = 0x0080;
export const POLLWRNORM = 0x0100;
export const POLLWRBAND = 0x0200;
export const POLLRDHUP = 0x2000;
/** What a file without an answer of its own is ready for. */
export const DEFAULT_POLLMASK: number = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

/** wait_queue_t: `func` is told which POLL bits came, 0 for anything. */
export interface WaitQueue {
  readonly func: (k: Kernel, key: number) => void;
}
/** wait_queue_head_t: who was added last comes first. */
export type WaitQueueHead = WaitQueue[];

export function add_wait_queue(head: WaitQueueHead, wait: WaitQueue): void {
  head.unshift(wait);
}
export function remove_wait_queue(head: WaitQueueHead, wait: WaitQueue): void {
  const at = head.indexOf(wait);
  if (at >= 0) head.splice(at, 1);
}
/** wake_up_poll: tell everybody. */
export function wake_up_poll(k: Kernel, head: WaitQueueHead, key: number): void {
  for (let i = 0; i < head.length; i++) (head[i] as WaitQueue).func(k, key);
}

/** struct poll_table_struct: what a file's poll is to do with its wait queue. */
export interface PollTable {
  /** The bits that are waited for. */
  key: number;
  qproc: (k: Kernel, file: File, head: WaitQueueHead) => void;
  plain(): Plain;
}

/** Wait for this file too, if the caller waits at all. */
export function poll_wait(k: Kernel, file: File | null, head: WaitQueueHead, p: PollTable | null): void {
  if (p !== null && file !== null) p.qproc(k, file, head);
}
