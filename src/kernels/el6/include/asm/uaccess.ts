// SPDX-License-Identifier: GPL-2.0-only
/** arch/x86/include/asm/uaccess.h: reading what user space points to. Reading past a {@link UserMem} faults. */
import { refuse } from "../../../../trace/traced.ts";
import { EFAULT } from "../../../../uapi/errno.ts";
import { csum_partial } from "../../../../wire/checksum.ts";
import type { Kernel } from "../../kernel.ts";
import type { OptOut, UserMem } from "../net/sock.ts";

/** Is the address one of user space? NULL is: it merely holds nothing. */
export function access_ok(src: UserMem | null): boolean {
  return src?.kernel !== true;
}

/** copy_from_user: how many of `n` bytes could NOT be copied; those are zeroed. */
export function copyFromUser(
  dst: Uint8Array,
  dstOff: number,
  src: UserMem | null,
  srcOff: number,
  n: number,
): number {
  if (n === 0) return 0;
  const readable = src === null || !access_ok(src) ? 0 : Math.max(0, Math.min(n, src.bytes.length - srcOff));
  if (readable > 0 && src !== null) dst.set(src.bytes.subarray(srcOff, srcOff + readable), dstOff);
  if (readable < n) dst.fill(0, dstOff + readable, dstOff + n);
  return n - readable;
}

/** copy_to_user: how many of `n` bytes could NOT be written. */
export function copyToUser(
  dst: UserMem | null,
  dstOff: number,
  src: Uint8Array,
  srcOff: number,
  n: number,
): number {
  if (n === 0) return 0;
  const writable = dst === null || !access_ok(dst) ? 0 : Math.max(0, Math.min(n, dst.bytes.length - dstOff));
  if (writable > 0 && dst !== null) dst.bytes.set(src.subarray(srcOff, srcOff + writable), dstOff);
  return n - writable;
}

/** csum_and_copy_from_user: 0 or -EFAULT, and `sum` with the bytes added (they count from an even offset). */
export function csumAndCopyFromUser(
  src: UserMem | null,
  srcOff: number,
  dst: Uint8Array,
  dstOff: number,
  n: number,
  sum: number,
): { err: number; csum: number } {
  if (!access_ok(src) || copyFromUser(dst, dstOff, src, srcOff, n) !== 0) return { err: -EFAULT, csum: sum };
  return { err: 0, csum: csum_partial(dst, dstOff, dstOff + n, sum) };
}

/** get_user of the length that the caller gives with its room: 0, or -EFAULT. */
export function get_room(k: Kernel, room: OptOut): number {
  return room.no_len === true ? refuse(k, -EFAULT, "the length cannot be read from user space") : 0;
}

/** copy_to_user into the caller's room, and put_user of how much that is: 0, or -EFAULT. */
export function put_room(k: Kernel, room: OptOut, bytes: Uint8Array): number {
  if (room.no_bytes === true && bytes.length > 0) {
    return refuse(k, -EFAULT, "the buffer cannot be written to user space", { len: bytes.length });
  }
  room.bytes = bytes;
  room.len = bytes.length;
  return 0;
}
