// SPDX-License-Identifier: GPL-2.0-only
/** include/net/raw.h: a raw socket. */
import { InetSock } from "./inet_sock.ts";

export const RAW_HTABLE_SIZE = 256;

/** struct raw_sock. */
export class RawSock extends InetSock {
  /** ICMP_FILTER: a bit set blocks that ICMP type. */
  filter = 0;
  ipmr_table = 0;
}
