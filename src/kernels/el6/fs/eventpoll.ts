// SPDX-License-Identifier: GPL-2.0-only
/**
 * fs/eventpoll.c: epoll(7). It is outside the network, so nothing of it is traced as a function: what shows are the
 * sockets' own answers, when they are added, changed, and handed out.
 */
import { note, refuse } from "../../../trace/traced.ts";
import { EBADF, EEXIST, EFAULT, EINTR, EINVAL, ELOOP, ENOENT, EPERM } from "../../../uapi/errno.ts";
import type { EpollEvent, Others } from "../../release.ts";
import {
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLET,
  EPOLLONESHOT,
  type Epitem,
  type Eventpoll,
} from "../include/linux/eventpoll.ts";
import type { File } from "../include/linux/net.ts";
import {
  add_wait_queue,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLRDNORM,
  type PollTable,
  poll_wait,
  remove_wait_queue,
  type WaitQueueHead,
  wake_up_poll,
} from "../include/linux/poll.ts";
import type { Kernel } from "../kernel.ts";
import { install } from "../tasks.ts";
import { ms_timeout, schedule_hrtimeout, vfs_poll } from "./select.ts";

const EP_PRIVATE_BITS = EPOLLONESHOT | EPOLLET;
const EP_MAX_NESTS = 4;
/** INT_MAX / sizeof(struct epoll_event). */
const EP_MAX_EVENTS = 178_956_970;
const O_RDWR = 2;

/** A file that is not the machine's: it is ready as its user says. */
interface ForeignFile extends File {
  ready: number;
}

// --- sets ----------------------------------------------------------------------------------------------------

/** epoll_create1(2). */
export function sys_epoll_create1(k: Kernel, flags: number): number {
  if ((flags & ~EPOLL_CLOEXEC) !== 0) {
    return refuse(k, -EINVAL, "unknown epoll_create1 flags", { flags });
  }
  const ep: Eventpoll = { waiting: false, poll_wait: [], rdllist: [], ovflist: null, items: [] };
  const poll = (kernel: Kernel, wait: PollTable | null): number => ep_eventpoll_poll(kernel, file, wait);
  const file: File = { oid: k.oid("file"), socket: null, f_flags: O_RDWR, f_count: 1, ep, poll };
  return install(k, file, 0);
}

/** epoll_create(2). */
export function sys_epoll_create(k: Kernel, size: number): number {
  if (size <= 0) {
    return refuse(k, -EINVAL, "size is not positive", { size });
  }
  return sys_epoll_create1(k, 0);
}

/** The last descriptor of a file is gone: no set watches it any more, and what it watched, if it was a set, is let go. */
export function eventpoll_release(file: File): void {
  for (const epi of [...(file.f_ep_links ?? [])]) ep_remove(epi);
  if (file.ep !== undefined) for (const epi of [...file.ep.items]) ep_remove(epi);
}

function ep_remove(epi: Epitem): void {
  const { ep } = epi;
  for (const { head, wait } of epi.pwqlist) remove_wait_queue(head, wait);
  epi.pwqlist.length = 0;
  drop(epi.file.f_ep_links ?? [], epi);
  drop(ep.items, epi);
  drop(ep.rdllist, epi);
}

function drop<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}

// --- readiness -----------------------------------------------------------------------------------------------

/** A file of the set has something to say: it goes to the end of the ready list, once. */
function ep_poll_callback(k: Kernel, epi: Epitem, key: number): void {
  const { ep } = epi;
  if ((epi.events & ~EP_PRIVATE_BITS) === 0) return;
  if (key !== 0 && (key & epi.events) === 0) return;
  if (ep.ovflist !== null) {
    // A list that grows at its head.
    if (!ep.ovflist.includes(epi)) ep.ovflist.unshift(epi);
    return;
  }
  make_ready(k, epi);
}

function make_ready(k: Kernel, epi: Epitem): void {
  const { ep } = epi;
  if (!ep.rdllist.includes(epi)) ep.rdllist.push(epi);
  wake(k, ep);
}

function wake(k: Kernel, ep: Eventpoll): void {
  ep.waiting = false;
  wake_up_poll(k, ep.poll_wait, POLLIN);
}

/** Take the ready list, let `sproc` go through it, and put back what it left and what came meanwhile. */
function ep_scan_ready_list(k: Kernel, ep: Eventpoll, sproc: (txlist: Epitem[]) => number): number {
  const txlist = ep.rdllist;
  ep.rdllist = [];
  ep.ovflist = [];
  const ret = sproc(txlist);
  for (const epi of ep.ovflist) {
    if (!ep.rdllist.includes(epi) && !txlist.includes(epi)) ep.rdllist.push(epi);
  }
  ep.ovflist = null;
  ep.rdllist.unshift(...txlist);
  if (ep.rdllist.length > 0) wake(k, ep);
  return ret;
}

/** poll of a set: is one of its files ready? */
function ep_eventpoll_poll(k: Kernel, file: File, wait: PollTable | null): number {
  const ep = file.ep as Eventpoll;
  poll_wait(k, file, ep.poll_wait, wait);
  return ep_scan_ready_list(k, ep, (txlist) => {
    while (txlist.length > 0) {
      const epi = txlist[0] as Epitem;
      if ((vfs_poll(k, epi.file, null) & epi.events) !== 0) return POLLIN | POLLRDNORM;
      txlist.shift();
    }
    return 0;
  });
}

/** Hand out what is ready; level-triggered files stay on the list. */
function ep_send_events(k: Kernel, ep: Eventpoll, events: EpollEvent[], maxevents: number): number {
  return ep_scan_ready_list(k, ep, (txlist) => {
    while (txlist.length > 0 && events.length < maxevents) {
      const epi = txlist.shift() as Epitem;
      const revents = vfs_poll(k, epi.file, null) & epi.events;
      if (revents === 0) continue;
      events.push({ events: revents >>> 0, data: epi.data });
      if ((epi.events & EPOLLONESHOT) !== 0) {
        note(k, "EPOLLONESHOT: disabled until EPOLL_CTL_MOD", { fd: epi.fd });
        epi.events &= EP_PRIVATE_BITS;
      } else if ((epi.events & EPOLLET) === 0) ep.rdllist.push(epi);
    }
    return events.length;
  });
}

// --- epoll_ctl -----------------------------------------------------------------------------------------------

/** epoll_ctl(2). `others` knows the descriptor if it is none of this machine's. */
export function sys_epoll_ctl(
  k: Kernel,
  epfd: number,
  op: number,
  fd: number,
  event: EpollEvent | null,
  others: Others | undefined,
): number {
  if (op !== EPOLL_CTL_DEL && event === null) {
    return refuse(k, -EFAULT, "the event cannot be read from user space");
  }
  const file = k.files.get(epfd);
  const tfile = k.files.get(fd) ?? foreign(file, fd, others);
  if (file === undefined || tfile === undefined) {
    return refuse(k, -EBADF, "the descriptor is not open", { fd: file === undefined ? epfd : fd });
  }
  if (tfile.socket === null && tfile.poll === undefined) {
    return refuse(k, -EPERM, "file has no poll operation", { fd });
  }
  if (file === tfile || file.ep === undefined) {
    return file === tfile
      ? refuse(k, -EINVAL, "an epoll instance cannot watch itself", { epfd })
      : refuse(k, -EINVAL, "the descriptor is not an epoll instance", { epfd });
  }
  if (op === EPOLL_CTL_ADD && tfile.ep !== undefined && ep_loop_check(file.ep, tfile.ep, 0)) {
    return refuse(k, -ELOOP, "epoll instances form a loop, or are nested too deep");
  }
  return ep_control(k, file.ep, op, tfile, fd, event);
}

function ep_control(
  k: Kernel,
  ep: Eventpoll,
  op: number,
  tfile: File,
  fd: number,
  event: EpollEvent | null,
): number {
  const epi = ep.items.find((item) => item.file === tfile && item.fd === fd);
  switch (op) {
    case EPOLL_CTL_ADD:
      if (epi === undefined) return ep_insert(k, ep, event as EpollEvent, tfile, fd);
      return refuse(k, -EEXIST, "the descriptor is already in the epoll set", { fd });
    case EPOLL_CTL_DEL:
    case EPOLL_CTL_MOD:
      if (epi === undefined) {
        return refuse(k, -ENOENT, "the descriptor is not in the epoll set", { fd });
      }
      if (op === EPOLL_CTL_DEL) ep_remove(epi);
      else ep_modify(k, epi, event as EpollEvent);
      return 0;
    default:
      return refuse(k, -EINVAL, "unknown epoll_ctl operation", { op });
  }
}

/** Watch a file, and ask it at once. */
function ep_insert(k: Kernel, ep: Eventpoll, event: EpollEvent, tfile: File, fd: number): number {
  const events = event.events | POLLERR | POLLHUP;
  const epi: Epitem = { ep, file: tfile, fd, events, data: event.data, pwqlist: [] };
  const qproc = (_k: Kernel, _file: File, head: WaitQueueHead): void => {
    const wait = { func: (kernel: Kernel, key: number): void => ep_poll_callback(kernel, epi, key) };
    add_wait_queue(head, wait);
    epi.pwqlist.push({ head, wait });
  };
  // Not told what is asked for: each wake-up is looked at.
  const revents = vfs_poll(k, tfile, { key: -1, qproc, plain: () => "anything" });
  tfile.f_ep_links ??= [];
  tfile.f_ep_links.push(epi);
  ep.items.push(epi);
  if ((revents & events) !== 0) make_ready(k, epi);
  return 0;
}

/** Ask for something else, and look whether that is there. */
function ep_modify(k: Kernel, epi: Epitem, event: EpollEvent): void {
  epi.events = event.events | POLLERR | POLLHUP;
  epi.data = event.data;
  if ((vfs_poll(k, epi.file, null) & epi.events) !== 0) make_ready(k, epi);
}

/** Would the set `inner` in `ep` make a circle, or a chain that is too long? */
function ep_loop_check(ep: Eventpoll, inner: Eventpoll, nests: number): boolean {
  if (inner === ep || nests > EP_MAX_NESTS) return true;
  return inner.items.some(({ file }) => file.ep !== undefined && ep_loop_check(ep, file.ep, nests + 1));
}

/** The file that stands for a descriptor which is not the machine's: in one set always the same. */
function foreign(set: File | undefined, fd: number, others: Others | undefined): File | undefined {
  const ready = others?.ready.get(fd);
  if (ready === undefined) return undefined;
  const known = set?.ep?.items.find(({ file, fd: n }) => n === fd && isForeign(file));
  if (known !== undefined) return known.file;
  const file: ForeignFile = {
    oid: 0,
    socket: null,
    f_flags: 0,
    f_count: 1,
    ready,
    poll: () => file.ready,
  };
  return file;
}

function isForeign(file: File): file is ForeignFile {
  return "ready" in file;
}

// --- epoll_wait ----------------------------------------------------------------------------------------------

/** epoll_wait(2), epoll_pwait(2); signals are not modelled, so the latter's mask does nothing. */
export function sys_epoll_wait(
  k: Kernel,
  epfd: number,
  maxevents: number,
  timeout: number,
  others: Others | undefined,
): { ret: number; events: EpollEvent[] } {
  const refused = (ret: number): { ret: number; events: EpollEvent[] } => ({ ret, events: [] });
  if (maxevents <= 0 || maxevents > EP_MAX_EVENTS) {
    return refused(refuse(k, -EINVAL, "maxevents is out of range", { maxevents, limit: EP_MAX_EVENTS }));
  }
  const file = k.files.get(epfd);
  if (file === undefined) {
    return refused(refuse(k, -EBADF, "the descriptor is not open", { fd: epfd }));
  }
  if (file.ep === undefined) {
    return refused(refuse(k, -EINVAL, "the descriptor is not an epoll instance", { fd: epfd }));
  }
  const events: EpollEvent[] = [];
  const ret = ep_poll(k, file.ep, events, maxevents, timeout, others);
  return { ret, events };
}

function ep_poll(
  k: Kernel,
  ep: Eventpoll,
  events: EpollEvent[],
  maxevents: number,
  timeout: number,
  others: Others | undefined,
): number {
  const end = ms_timeout(k, timeout);
  let timed_out = end === 0n;
  let due: bigint | null = k.now + BigInt(Math.ceil((others?.after ?? 0) * 1_000_000));
  quieten(ep);
  for (;;) {
    if (due !== null && k.now >= due) {
      stir(k, ep, others);
      due = null;
    }
    while (ep.rdllist.length === 0 && !timed_out) {
      if (due === null && others?.signal === true) {
        return refuse(k, -EINTR, "interrupted by a signal");
      }
      ep.waiting = true;
      const until: bigint | null = due !== null && (end === null || due < end) ? due : end;
      const slept = schedule_hrtimeout(k, () => !ep.waiting, until);
      if (!slept) {
        return refuse(
          k,
          -EINTR,
          "not modelled: a sleep that nothing ends; treated as interrupted by a signal",
        );
      }
      if (due !== null && k.now >= due) {
        stir(k, ep, others);
        due = null;
      } else if (ep.waiting && until === end) {
        note(k, "timed out");
        timed_out = true;
      }
    }
    if (ep.rdllist.length === 0) return 0;
    const sent = ep_send_events(k, ep, events, maxevents);
    if (sent !== 0 || timed_out) return sent;
  }
}

/** Files that are not the machine's say nothing by themselves… */
function quieten(ep: Eventpoll): void {
  for (const { file } of ep.items) if (isForeign(file)) file.ready = 0;
}

/** …until what their user knows of them has come. */
function stir(k: Kernel, ep: Eventpoll, others: Others | undefined): void {
  for (const epi of ep.items) {
    if (!isForeign(epi.file)) continue;
    epi.file.ready = others?.ready.get(epi.fd) ?? 0;
    if (epi.file.ready !== 0) ep_poll_callback(k, epi, epi.file.ready);
  }
}
