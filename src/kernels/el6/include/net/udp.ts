// SPDX-License-Identifier: GPL-2.0-only
/** include/net/udp.h, linux/udp.h: what UDP and UDP-Lite share. */
import { inlined, traced } from "../../../../trace/traced.ts";
import { csum_add, csum_partial } from "../../../../wire/checksum.ts";
import { UDP_HLEN } from "../../../../wire/udp.ts";
import { type Kernel, KernelPanic } from "../../kernel.ts";
import { __skb_checksum_complete_head } from "../../net/core/datagram.ts";
import { sk_common_release } from "../../net/core/sock.ts";
import { type SkBuff, skb_csum_unnecessary } from "../linux/skbuff.ts";
import type { Sock } from "./sock.ts";

const FILE = "include/net/udp.h";

/** Chains of the port hash. */
export const UDP_HTABLE_SIZE = 128;

// UDP_ENCAP
export const UDP_ENCAP_ESPINUDP_NON_IKE = 1;
export const UDP_ENCAP_ESPINUDP = 2;
export const UDP_ENCAP_L2TPINUDP = 3;

/** Chain of a port. el6 adds a number of the namespace, 0 here. */
export function udp_hashfn(num: number): number {
  return num & (UDP_HTABLE_SIZE - 1);
}
/** Offset of the UDP header in `skb.head.bytes`. */
export function udp_hdr(skb: SkBuff): number {
  return skb.transport_header;
}

/** Sum as much of a received datagram as its checksum covers; 0 where it is right. */
export const __udp_lib_checksum_complete = inlined(
  FILE,
  "__udp_lib_checksum_complete(skb)",
  (k: Kernel, skb: SkBuff): number => {
    return __skb_checksum_complete_head(k, skb, skb.udp_cscov);
  },
);

/** Is the checksum of a received datagram wrong? */
export const udp_lib_checksum_complete = inlined(
  FILE,
  "udp_lib_checksum_complete(skb)",
  (k: Kernel, skb: SkBuff): number => {
    return skb_csum_unnecessary(skb) ? 0 : __udp_lib_checksum_complete(k, skb);
  },
);

/** The header's sum and those that were made while the data was copied. */
export const udp_csum = inlined(FILE, "udp_csum(skb)", (_k: Kernel, skb: SkBuff): number => {
  const uh = skb.transport_header;
  let csum = csum_partial(skb.head.bytes, uh, uh + UDP_HLEN, skb.csum);
  for (let frag = skb.head.frag_list; frag !== null; frag = frag.next) csum = csum_add(csum, frag.csum);
  return csum;
});

/** UDP sockets enter the hash when they get a port, never by this. */
export function udp_lib_hash(_k: Kernel, _sk: Sock): void {
  throw new KernelPanic("udp_lib_hash: not for UDP");
}

/** The last descriptor is closed. */
export const udp_lib_close = traced(
  FILE,
  "udp_lib_close(sk, timeout)",
  (k: Kernel, sk: Sock, _timeout: number): void => {
    sk_common_release(k, sk);
  },
);
