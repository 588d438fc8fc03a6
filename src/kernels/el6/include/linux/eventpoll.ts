// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/eventpoll.h, and the structures of fs/eventpoll.c: a set of files, and each file in it. */
import type { File } from "./net.ts";
import type { WaitQueue, WaitQueueHead } from "./poll.ts";

export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
export const EPOLLONESHOT: number = 1 << 30;
export const EPOLLET: number = 1 << 31;
export const EPOLL_CLOEXEC = 0o2000000;

/** struct eventpoll. */
export interface Eventpoll {
  /** A task sleeps in epoll_wait; a wake-up clears it. */
  waiting: boolean;
  /** Who polls the set itself. */
  readonly poll_wait: WaitQueueHead;
  rdllist: Epitem[];
  /** Items that became ready while others were handed out; null: nothing is being handed out. */
  ovflist: Epitem[] | null;
  /** In the order in which they were added. */
  readonly items: Epitem[];
}

/** struct epitem. */
export interface Epitem {
  readonly ep: Eventpoll;
  readonly file: File;
  readonly fd: number;
  events: number;
  data: bigint;
  /** The wait queues that it is on. */
  readonly pwqlist: { readonly head: WaitQueueHead; readonly wait: WaitQueue }[];
}
