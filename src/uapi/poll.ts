// SPDX-License-Identifier: GPL-2.0-only
/** asm-generic/poll.h, linux/eventpoll.h: what poll(2) and epoll(7) ask and answer. */
import type { Xlat } from "./xlat.ts";

export const POLL_NAMES: Xlat = [
  ["POLLIN", 0x1],
  ["POLLPRI", 0x2],
  ["POLLOUT", 0x4],
  ["POLLERR", 0x8],
  ["POLLHUP", 0x10],
  ["POLLNVAL", 0x20],
  ["POLLRDNORM", 0x40],
  ["POLLRDBAND", 0x80],
  ["POLLWRNORM", 0x100],
  ["POLLWRBAND", 0x200],
  ["POLLMSG", 0x400],
  ["POLLREMOVE", 0x1000],
  ["POLLRDHUP", 0x2000],
];

/** Those with names of their own: those that EPOLL shares with POLL, and how to tell. */
export const EPOLL_NAMES: Xlat = [
  ...POLL_NAMES.filter(([name]) => name !== "POLLNVAL" && name !== "POLLREMOVE").map(
    ([name, v]): [string, number] => [`E${name}`, v],
  ),
  ["EPOLLEXCLUSIVE", 0x10000000],
  ["EPOLLWAKEUP", 0x20000000],
  ["EPOLLONESHOT", 0x40000000],
  ["EPOLLET", 0x80000000],
];

export const EPOLL_CTL_NAMES: Xlat = [
  ["EPOLL_CTL_ADD", 1],
  ["EPOLL_CTL_DEL", 2],
  ["EPOLL_CTL_MOD", 3],
];

export const EPOLL_CREATE_NAMES: Xlat = [["EPOLL_CLOEXEC", 0o2000000]];
