// SPDX-License-Identifier: GPL-2.0-only
/** Functions' names from kernel to kernel: what compilers append, what system calls' entries are called. */

/** `__x64_sys_sendto`, `SyS_sendto`, `__se_sys_sendto`, `sys_sendto` (include/linux/syscalls.h, arch/…/syscall_wrapper.h). */
const ENTRY = /^_*(?:(?:x64|ia32|arm64|s390x|riscv|se|do)_)?(?:compat_)?(?:sys|SyS)_(\w+)$/;

/** Without what gcc and clang append to a function that they have changed: `.isra.0`, `.constprop.3`, `.part.1`, `.cold`. */
export function plainName(fn: string): string {
  const dot = fn.indexOf(".");
  return dot <= 0 ? fn : fn.slice(0, dot);
}

/** The system call whose entry this function is, if it is one. */
export function entryName(fn: string): string | undefined {
  return ENTRY.exec(plainName(fn))?.[1];
}

/** A name by which the same function of two kernels is known. */
export function commonName(fn: string): string {
  const plain = plainName(fn);
  const entry = ENTRY.exec(plain)?.[1];
  return entry === undefined ? plain : `sys_${entry}`;
}
