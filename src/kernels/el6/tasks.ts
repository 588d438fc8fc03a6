// SPDX-License-Identifier: GPL-2.0-only
/** kernel/fork.c, kernel/exit.c, fs/file.c: tasks and their tables of descriptors. Nothing of it is traced. */
import { refuse } from "../../trace/traced.ts";
import { EBADF, EINVAL, EMFILE } from "../../uapi/errno.ts";
import type { File } from "./include/linux/net.ts";
import type { Kernel } from "./kernel.ts";
import { fput } from "./net/socket.ts";

/** Descriptors that a task may have at most (fs.nr_open), whatever it sets. */
const NR_OPEN = 1024 * 1024;
/** 0, 1 and 2 belong to what the caller is run in. */
const FIRST_FD = 3;

/** RLIMIT_NOFILE of the current task: one more than the highest descriptor that it may have. */
export function nofile(k: Kernel): number {
  return k.current.rlim.nofile;
}

/** setrlimit(2) of RLIMIT_NOFILE. */
export function set_nofile(k: Kernel, limit: number): void {
  k.current.rlim.nofile = Math.max(0, Math.min(limit, NR_OPEN));
}

/**
 * The descriptor that was wished for if it is free, else the lowest free one from `from` on; or -EMFILE. A wish is what a real
 * task had: its limit allowed it. -EMFILE is one too: other files, which nobody told us of, hold all numbers.
 */
export function get_unused_fd(k: Kernel, from: number): number {
  const wanted = k.wanted_fd;
  k.wanted_fd = undefined;
  if (wanted !== undefined && wanted < NR_OPEN && !k.files.has(wanted)) {
    if (wanted < 0) return no_more(k);
    if (wanted >= nofile(k)) set_nofile(k, wanted + 1);
    return wanted;
  }
  let fd = Math.max(from, FIRST_FD);
  while (k.files.has(fd)) fd++;
  return fd < nofile(k) ? fd : no_more(k);
}

function no_more(k: Kernel): number {
  return refuse(k, -EMFILE, "no free descriptor (RLIMIT_NOFILE)", {
    limit: nofile(k),
  });
}

/** fd_install with the descriptor chosen: it, or -EMFILE. */
export function install(k: Kernel, file: File, from: number): number {
  const fd = get_unused_fd(k, from);
  if (fd >= 0) k.files.set(fd, file);
  return fd;
}

function no_descriptor(k: Kernel, fd: number): number {
  return refuse(k, -EBADF, "the descriptor is not open", { fd });
}

/** dup(2), F_DUPFD: another descriptor for the same file. */
export function dup(k: Kernel, fd: number, from: number): number {
  const file = k.files.get(fd);
  if (file === undefined) return no_descriptor(k, fd);
  if (k.wanted_fd !== undefined && k.wanted_fd >= nofile(k))
    set_nofile(k, Math.min(k.wanted_fd, NR_OPEN - 1) + 1);
  if (from < 0 || from >= nofile(k)) {
    return refuse(k, -EINVAL, "descriptor exceeds RLIMIT_NOFILE", {
      from,
      limit: nofile(k),
    });
  }
  const copy = install(k, file, from);
  if (copy >= 0) file.f_count++;
  return copy;
}

/** dup2(2): the same file at a given descriptor, which is closed before. */
export function dup2(k: Kernel, fd: number, to: number): number {
  if (k.wanted_fd === to && to >= nofile(k)) set_nofile(k, to + 1);
  k.wanted_fd = undefined;
  const file = k.files.get(fd);
  if (file === undefined) return no_descriptor(k, fd);
  if (to < 0 || to >= nofile(k)) {
    return refuse(k, -EBADF, "descriptor exceeds RLIMIT_NOFILE", { to, limit: nofile(k) });
  }
  if (fd === to) return to;
  file.f_count++;
  close(k, to);
  k.files.set(to, file);
  return to;
}

/** close(2). */
export function close(k: Kernel, fd: number): number {
  const file = k.files.get(fd);
  if (file === undefined) return no_descriptor(k, fd);
  k.files.delete(fd);
  fput(k, file);
  return 0;
}

/** Run on as another task; a new one is forked off `parent`, or has nothing. */
export function switch_to(k: Kernel, pid: number, parent: number | undefined, shared: boolean): void {
  const { task, files } = k.tasks.get(pid) ?? copy_process(k, pid, parent, shared);
  k.current = task;
  k.files = files;
}

function copy_process(
  k: Kernel,
  pid: number,
  parent: number | undefined,
  shared: boolean,
): { task: Kernel["current"]; files: Map<number, File> } {
  const old = parent === undefined ? undefined : k.tasks.get(parent);
  const made = {
    task: forked(old?.task ?? k.current, pid, shared),
    files: shared && old !== undefined ? old.files : new Map(old?.files),
  };
  if (made.files !== old?.files) for (const file of made.files.values()) file.f_count++;
  k.tasks.set(pid, made);
  return made;
}

/** Threads have their limits in common. */
function forked(task: Kernel["current"], pid: number, shared: boolean): Kernel["current"] {
  return { ...task, pid, rlim: shared ? task.rlim : { ...task.rlim } };
}

/** Does another task have the same table of descriptors (files_struct.count above 1)? */
export function files_shared(k: Kernel): boolean {
  let holders = 0;
  for (const { files } of k.tasks.values()) if (files === k.files) holders++;
  return holders > 1;
}

/** The current task's descriptors are its own from now on. */
export function unshare_files(k: Kernel): void {
  const [pid, own] = [...k.tasks].find(([, { task }]) => task === k.current) ?? [0, undefined];
  const shared = [...k.tasks.values()].some((other) => other !== own && other.files === k.files);
  if (own === undefined || !shared) return;
  k.files = new Map(k.files);
  for (const file of k.files.values()) file.f_count++;
  k.tasks.set(pid, { task: own.task, files: k.files });
}

/** The task ends: what it alone held is closed. The first task takes over. */
export function do_exit(k: Kernel, pid: number): void {
  const gone = k.tasks.get(pid);
  if (gone === undefined || pid === 0) return;
  switch_to(k, pid, undefined, false);
  k.tasks.delete(pid);
  const alone = ![...k.tasks.values()].some(({ files }) => files === gone.files);
  if (alone) for (const fd of [...gone.files.keys()].sort((a, b) => a - b)) close(k, fd);
  switch_to(k, 0, undefined, false);
}

/** pidfd_getfd(2), under the same number. */
export function adopt(k: Kernel, fd: number, from: number): boolean {
  const file = k.tasks.get(from)?.files.get(fd);
  if (file === undefined || k.files.has(fd)) return false;
  file.f_count++;
  k.files.set(fd, file);
  return true;
}
