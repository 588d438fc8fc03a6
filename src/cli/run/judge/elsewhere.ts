// SPDX-License-Identifier: GPL-2.0-only
/** Errors that the simulated kernel has no place for: what of a real machine gives them, and what newer kernels do. */
import type { Group } from "./places.ts";

type Row = readonly [groups: readonly Group[], errno: string, text: string];

const ALL: readonly Group[] = ["socket", "bind", "connect", "send", "receive", "setsockopt", "getsockopt"];

/** What is not modelled. */
const NOT_MODELLED: readonly Row[] = [
  [["send"], "EPERM", "conntrack (table full, invalid state), nftables, other iptables matches and targets"],
  [["socket", "bind", "connect", "setsockopt"], "EPERM", "single capabilities, seccomp"],
  [["socket", "bind", "connect", "send", "receive"], "EACCES", "SELinux and other security modules"],
  [["send"], "EINVAL", "IPsec"],
  [["send"], "ENOBUFS", "a real NIC's queue, out of memory"],
  [ALL, "ENOMEM", "out of memory"],
  [["socket"], "ENOBUFS", "out of memory"],
  [["socket"], "ENFILE", "fs.file-max"],
  [
    ["socket", "bind", "connect", "send", "setsockopt", "getsockopt"],
    "EINTR",
    "signals: those of the log interrupt only receives, poll, select and epoll_wait",
  ],
  [ALL, "ENOSYS", "a sandbox that hides system calls (seccomp)"],
  [["send"], "ENETDOWN", "a device that goes down during the send"],
];

/** What newer kernels do, with the release that began it. */
const NEWER: readonly Row[] = [
  [["send"], "EPERM", "Linux 4.10: a cgroup BPF program drops the packet; 4.18: or rejects the destination"],
  [["bind", "connect"], "EPERM", "Linux 4.17: a cgroup BPF program rejects the address"],
  [["send"], "EIO", "Linux 4.18: UDP_SEGMENT without checksum offload on the device, or with IPsec"],
  [
    ["send"],
    "EINVAL",
    "Linux 4.18: UDP_SEGMENT with segments larger than the MTU, too many of them, or without checksum",
  ],
  [["bind"], "EAFNOSUPPORT", "Linux 3.x: a family other than AF_INET, which el6 does not check"],
  [["socket"], "EAFNOSUPPORT", "a kernel or a sandbox without this address family"],
];

const find = (rows: readonly Row[], group: Group, errno: string): string[] =>
  rows.filter(([groups, name]) => name === errno && groups.includes(group)).map(([, , text]) => text);

/** What gives an error that is not modelled here. */
export function notModelled(group: Group, errno: string): string[] {
  return find(NOT_MODELLED, group, errno);
}

/** What newer kernels give it for. */
export function newerKernels(group: Group, errno: string): string[] {
  return find(NEWER, group, errno);
}
