// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/in.h: what kind of address it is. Addresses in host order. */

export function ipv4_is_loopback(addr: number): boolean {
  return addr >>> 24 === 127;
}
export function ipv4_is_multicast(addr: number): boolean {
  return addr >>> 28 === 0xe;
}
/** 224.0.0.x: never leaves its link. */
export function ipv4_is_local_multicast(addr: number): boolean {
  return addr >>> 8 === 0xe00000;
}
export function ipv4_is_lbcast(addr: number): boolean {
  return addr === 0xffffffff;
}
export function ipv4_is_zeronet(addr: number): boolean {
  return addr >>> 24 === 0;
}
