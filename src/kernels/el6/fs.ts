// SPDX-License-Identifier: GPL-2.0-only
/**
 * The part of fs/ that lies between read(2), write(2), writev(2), splice(2) and a socket's file: fs/read_write.c, fs/splice.c.
 * It is outside the network, so nothing of it is traced as a function.
 */
import { note, refuse } from "../../trace/traced.ts";
import { EBADF, EFAULT, EINVAL } from "../../uapi/errno.ts";
import { access_ok } from "./include/asm/uaccess.ts";
import type { File, Iovec } from "./include/linux/net.ts";
import { PAGE_SIZE, type Page } from "./include/linux/skbuff.ts";
import type { UserMem } from "./include/net/sock.ts";
import type { Kernel } from "./kernel.ts";
import { sock_aio_read, sock_aio_write, sock_sendpage } from "./net/socket.ts";

/** INT_MAX, cut to whole pages. */
const MAX_RW_COUNT = 0x7ffff000;
const UIO_MAXIOV = 1024;
/** Where the addresses of user space end, x86-64. */
const TASK_SIZE_MAX = 2 ** 47 - 4096;
/** Pages that a pipe holds. */
const PIPE_BUFFERS = 16;

/** access_ok of a piece of memory, with a note where it is none of user space's. */
function reachable(k: Kernel, buf: UserMem | null, len: number): boolean {
  if (!access_ok(buf)) {
    note(k, "buffer is a kernel address");
    return false;
  }
  if (len > TASK_SIZE_MAX) {
    note(k, "buffer exceeds the address space", { len });
    return false;
  }
  return true;
}

function socketFile(k: Kernel, fd: number): File | number {
  const file = k.files.get(fd);
  if (file === undefined) {
    return refuse(k, -EBADF, "the descriptor is not open", { fd });
  }
  if (file.socket === null) {
    return refuse(k, -EINVAL, "not modelled: files that are not sockets", { fd });
  }
  return file;
}

/** read(2) and readv(2): all the room counts, however it is divided. */
export function sys_read(k: Kernel, fd: number, buf: UserMem, count: number): number {
  const file = socketFile(k, fd);
  if (typeof file === "number") return file;
  if (!reachable(k, buf, count)) return -EFAULT;
  const iov: Iovec[] = [{ iov_base: buf, iov_len: Math.min(count, MAX_RW_COUNT), iov_off: 0 }];
  return sock_aio_read(k, file, iov, 1, 0);
}

/** write(2). */
export function sys_write(k: Kernel, fd: number, buf: UserMem | null, count: number): number {
  const file = socketFile(k, fd);
  if (typeof file === "number") return file;
  if (!reachable(k, buf, count)) return -EFAULT;
  const iov: Iovec[] = [{ iov_base: buf, iov_len: Math.min(count, MAX_RW_COUNT), iov_off: 0 }];
  return sock_aio_write(k, file, iov, 1, 0);
}

/** writev(2). */
export function sys_writev(
  k: Kernel,
  fd: number,
  vec: readonly { base: UserMem | null; len: number }[],
): number {
  const file = socketFile(k, fd);
  if (typeof file === "number") return file;
  if (vec.length > UIO_MAXIOV) {
    return refuse(k, -EINVAL, "iovcnt exceeds UIO_MAXIOV", { iovcnt: vec.length, limit: UIO_MAXIOV });
  }
  const iov: Iovec[] = [];
  let total = 0;
  for (const { base, len } of vec) {
    if (len < 0 || len >= 2 ** 63) {
      return refuse(k, -EINVAL, "negative iov_len", { len });
    }
    if (!reachable(k, base, len)) return -EFAULT;
    const iov_len = Math.min(len, MAX_RW_COUNT - total);
    iov.push({ iov_base: base, iov_len, iov_off: 0 });
    total += iov_len;
  }
  if (total === 0) {
    note(k, "no data: no datagram is sent, unlike write(2)");
    return 0;
  }
  return sock_aio_write(k, file, iov, iov.length, 0);
}

/** splice(2) from a pipe that holds `bytes`: page after page goes to the socket. */
export function sys_splice(k: Kernel, fd: number, bytes: Uint8Array, more: boolean): number {
  // A zero length is answered before the descriptors are looked at.
  if (bytes.length === 0) return 0;
  const file = socketFile(k, fd);
  if (typeof file === "number") return file;
  const total = Math.min(bytes.length, PIPE_BUFFERS * PAGE_SIZE);
  if (total < bytes.length) note(k, "not modelled: more data than a pipe holds", { len: bytes.length });
  let done = 0;
  for (let at = 0; at < total; ) {
    const page: Page = { bytes: new Uint8Array(PAGE_SIZE), count: 1 };
    const inPage = Math.min(PAGE_SIZE, total - at);
    page.bytes.set(bytes.subarray(at, at + inPage));
    let offset = 0;
    while (offset < inPage) {
      const len = inPage - offset;
      const ret = sock_sendpage(k, file, page, offset, len, more || len < total - done ? 1 : 0);
      if (ret <= 0) return done > 0 ? done : ret;
      offset += ret;
      done += ret;
    }
    at += inPage;
  }
  return done;
}
