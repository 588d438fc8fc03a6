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

/** struct ip_mreqn, in host order. */
export interface IpMreqn {
  imr_multiaddr: number;
  imr_address: number;
  imr_ifindex: number;
}
/** struct ip_mreq_source, in host order. */
export interface IpMreqSource {
  imr_multiaddr: number;
  imr_interface: number;
  imr_sourceaddr: number;
}
/** struct ip_msfilter, in host order; imsf_slist holds imsf_numsrc addresses. */
export interface IpMsfilter {
  imsf_multiaddr: number;
  imsf_interface: number;
  imsf_fmode: number;
  imsf_numsrc: number;
  imsf_slist: number[];
}
/** What getsockopt MCAST_MSFILTER reads of struct group_filter: gf_group is a struct sockaddr_storage. */
export interface GroupFilter {
  readonly gf_interface: number;
  readonly gf_group: Uint8Array;
  readonly gf_numsrc: number;
}
export const MCAST_EXCLUDE = 0;
export const MCAST_INCLUDE = 1;
