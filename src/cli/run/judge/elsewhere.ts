// SPDX-License-Identifier: GPL-2.0-only
/** Errors that the simulated kernel has no place for: what of a real machine gives them, and what newer kernels do. */
import type { Group } from "./places.ts";

type Row = readonly [groups: readonly Group[], errno: string, text: string];

const ALL: readonly Group[] = ["socket", "bind", "connect", "send", "receive", "setsockopt", "getsockopt"];

/** What is not modelled. */
const NOT_MODELLED: readonly Row[] = [
  [
    ["send"],
    "EPERM",
    "connection tracking (a full table, an invalid state), nftables, other matches and targets of iptables",
  ],
  [["socket", "bind", "connect", "setsockopt"], "EPERM", "capabilities one by one, seccomp"],
  [["socket", "bind", "connect", "send", "receive"], "EACCES", "SELinux and other security modules"],
  [["send"], "EINVAL", "IPsec"],
  [["send"], "ENOBUFS", "a real card's queue, and shortage of memory"],
  [ALL, "ENOMEM", "shortage of memory"],
  [["socket"], "ENOBUFS", "shortage of memory"],
  [["socket"], "ENFILE", "fs.file-max"],
  [ALL, "EINTR", "signals: the log's own interrupt only calls that wait for several descriptors"],
  [ALL, "ENOSYS", "a sandbox that hides calls (seccomp)"],
  [["send"], "ENETDOWN", "a device that goes down while it sends"],
];

/** What newer kernels do, with the release that began it. */
const NEWER: readonly Row[] = [
  [
    ["send"],
    "EPERM",
    "Linux 4.10: a BPF program of the cgroup refuses what leaves; 4.18: or where it is sent to",
  ],
  [["bind", "connect"], "EPERM", "Linux 4.17: a BPF program of the cgroup refuses the address"],
  [["send"], "EIO", "Linux 4.18: UDP_SEGMENT where the device does not sum up checksums, or behind IPsec"],
  [
    ["send"],
    "EINVAL",
    "Linux 4.18: UDP_SEGMENT with segments longer than the MTU, too many of them, or without checksums",
  ],
  [["bind"], "EAFNOSUPPORT", "Linux 3.x: another family than AF_INET; el6 does not look at it"],
  [["socket"], "EAFNOSUPPORT", "a kernel or a sandbox without that family"],
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
