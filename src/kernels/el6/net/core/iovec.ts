// SPDX-License-Identifier: GPL-2.0-only
/** net/core/iovec.c: taking in and walking a struct iovec array. */
import { note, refuse, traced } from "../../../../trace/traced.ts";
import { EFAULT } from "../../../../uapi/errno.ts";
import { csum_partial } from "../../../../wire/checksum.ts";
import { access_ok, copyFromUser, copyToUser } from "../../include/asm/uaccess.ts";
import type { Iovec, Msghdr, UserMsghdr } from "../../include/linux/net.ts";
import type { Kernel } from "../../kernel.ts";
import { move_addr_to_kernel } from "../socket.ts";

const FILE = "net/core/iovec.c";
const INT_MAX = 0x7fffffff;

export const VERIFY_READ = 0;
export const VERIFY_WRITE = 1;

/** Take in name and vector of a user's message header: the bytes it claims in all, or -errno. */
export const verify_iovec = traced(
  FILE,
  "verify_iovec(m, iov, address, mode)",
  (k: Kernel, m: Msghdr, iov: UserMsghdr, address: Uint8Array, mode: number): number => {
    if (m.msg_namelen !== 0) {
      if (mode === VERIFY_READ) {
        const err = move_addr_to_kernel(k, iov.msg_name, m.msg_namelen, address);
        if (err < 0) return err;
      }
      m.msg_name = address;
    } else {
      m.msg_name = null;
    }

    if (iov.msg_iovlen > iov.msg_iov.length) {
      return refuse(k, -EFAULT, "msg_iovlen exceeds the array: reading it faults", {
        msg_iovlen: iov.msg_iovlen,
      });
    }
    m.msg_iov = [];
    let total = 0;
    for (let ct = 0; ct < iov.msg_iovlen; ct++) {
      const { base, len } = iov.msg_iov[ct] as UserMsghdr["msg_iov"][number];
      let iov_len = len;
      if (iov_len > INT_MAX - total) {
        note(k, "total length above INT_MAX: truncated", { iov_len, total });
        iov_len = INT_MAX - total;
      }
      m.msg_iov.push({ iov_base: base, iov_len, iov_off: 0 });
      total += iov_len;
    }
    return total;
  },
);

/** Fill the vector from `kdata`, using it up. */
export const memcpy_toiovec = traced(
  FILE,
  "memcpy_toiovec(iov, kdata, len)",
  (k: Kernel, iov: Iovec[], kdata: Uint8Array, len: number): number => {
    let done = 0;
    for (let i = 0; done < len && i < iov.length; i++) {
      const v = iov[i] as Iovec;
      if (v.iov_len === 0) continue;
      const copy = Math.min(v.iov_len, len - done);
      if (copyToUser(v.iov_base, v.iov_off, kdata, done, copy) !== 0) {
        return refuse(k, -EFAULT, "the buffer cannot be written to user space");
      }
      done += copy;
      v.iov_len -= copy;
      v.iov_off += copy;
    }
    return 0;
  },
);

/** Fill the vector from `kdata`, `offset` bytes into it, leaving it as it is. */
export const memcpy_toiovecend = traced(
  FILE,
  "memcpy_toiovecend(iov, kdata, offset, len)",
  (k: Kernel, iov: Iovec[], kdata: Uint8Array, offset: number, len: number): number => {
    let skip = offset;
    let done = 0;
    for (let i = 0; done < len && i < iov.length; i++) {
      const v = iov[i] as Iovec;
      if (skip >= v.iov_len) {
        skip -= v.iov_len;
        continue;
      }
      const copy = Math.min(v.iov_len - skip, len - done);
      if (copyToUser(v.iov_base, v.iov_off + skip, kdata, done, copy) !== 0) {
        return refuse(k, -EFAULT, "the buffer cannot be written to user space");
      }
      skip = 0;
      done += copy;
    }
    return 0;
  },
);

/** Read `len` bytes of the vector, using it up. */
export const memcpy_fromiovec = traced(
  FILE,
  "memcpy_fromiovec(kdata, iov, len)",
  (k: Kernel, kdata: Uint8Array, iov: Iovec[], len: number): number => {
    let done = 0;
    for (let i = 0; done < len && i < iov.length; i++) {
      const v = iov[i] as Iovec;
      if (v.iov_len === 0) continue;
      const copy = Math.min(len - done, v.iov_len);
      if (copyFromUser(kdata, done, v.iov_base, v.iov_off, copy) !== 0) {
        return refuse(k, -EFAULT, "the data cannot be read from user space", { len });
      }
      done += copy;
      v.iov_len -= copy;
      v.iov_off += copy;
    }
    if (done < len) {
      return refuse(k, -EFAULT, "the iovec is shorter than the data", {
        len,
        done,
      });
    }
    return 0;
  },
);

/** Read `len` bytes of the vector, `offset` bytes into it, leaving it as it is. */
export const memcpy_fromiovecend = traced(
  FILE,
  "memcpy_fromiovecend(kdata, kdataOffset, iov, offset, len)",
  (k: Kernel, kdata: Uint8Array, kdataOffset: number, iov: Iovec[], offset: number, len: number): number => {
    const done = gather(kdata, kdataOffset, iov, offset, len, false);
    if (done >= 0) return 0;
    return refuse(k, -EFAULT, "the data cannot be read from user space", { offset, len });
  },
);

/** As {@link memcpy_fromiovecend}, and sum the bytes on the way. */
export const csum_partial_copy_fromiovecend = traced(
  FILE,
  "csum_partial_copy_fromiovecend(kdata, kdataOffset, iov, offset, len)",
  (
    k: Kernel,
    kdata: Uint8Array,
    kdataOffset: number,
    iov: Iovec[],
    offset: number,
    len: number,
  ): { err: number; csum: number } => {
    const done = gather(kdata, kdataOffset, iov, offset, len, true);
    if (done >= 0) return { err: 0, csum: csum_partial(kdata, kdataOffset, kdataOffset + len, 0) };
    return { err: refuse(k, -EFAULT, "the data cannot be read from user space", { offset, len }), csum: 0 };
  },
);

/** Copy out of the vector; -1 on a fault. The summing copy refuses kernel addresses even for no bytes. */
function gather(to: Uint8Array, at: number, iov: Iovec[], offset: number, len: number, sum: boolean): number {
  let i = 0;
  let skip = offset;
  while (i < iov.length && skip >= (iov[i] as Iovec).iov_len) skip -= (iov[i++] as Iovec).iov_len;
  let done = 0;
  for (; done < len; i++) {
    const v = iov[i];
    if (v === undefined) return -1;
    const copy = Math.min(len - done, v.iov_len - skip);
    if (copyFromUser(to, at + done, v.iov_base, v.iov_off + skip, copy) !== 0) return -1;
    if (sum && copy > 0 && !access_ok(v.iov_base)) return -1;
    skip = 0;
    done += copy;
  }
  return done;
}
