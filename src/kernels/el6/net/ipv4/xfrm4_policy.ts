// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/xfrm4_policy.c: IPv4's part of IPsec policies. */
import { traced } from "../../../../trace/traced.ts";
import { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE } from "../../../../uapi/in.ts";
import { get16, get32 } from "../../../../wire/bytes.ts";
import {
  IP_DADDR,
  IP_FRAG_OFF,
  IP_MF,
  IP_OFFSET,
  IP_PROTOCOL,
  IP_SADDR,
  IP_TOS_OFF,
  IP_VIHL,
} from "../../../../wire/ipv4.ts";
import { pskb_may_pull, type SkBuff } from "../../include/linux/skbuff.ts";
import type { DstEntry } from "../../include/net/dst.ts";
import { Flowi } from "../../include/net/flow.ts";
import { type XfrmDst, xfrm_pols_put } from "../../include/net/xfrm.ts";
import type { Kernel } from "../../kernel.ts";
import { dst_release } from "../core/dst.ts";

const FILE = "net/ipv4/xfrm4_policy.c";
const IPPROTO_DCCP = 33;
const IPPROTO_SCTP = 132;

/** Read the flow of a packet from its headers; with `reverse` that of an answer. */
export const _decode_session4 = traced(
  FILE,
  "_decode_session4(skb, fl, reverse)",
  (k: Kernel, skb: SkBuff, fl: Flowi, reverse: number): void => {
    const iph = skb.network_header;
    const hlen = ((skb.head.bytes[iph + IP_VIHL] as number) & 15) << 2;
    const xprth = iph + hlen - skb.data;
    const protocol = skb.head.bytes[iph + IP_PROTOCOL] as number;
    Object.assign(fl, new Flowi());
    if ((get16(skb.head.bytes, iph + IP_FRAG_OFF) & (IP_MF | IP_OFFSET)) === 0) {
      switch (protocol) {
        case IPPROTO_UDP:
        case IPPROTO_UDPLITE:
        case IPPROTO_TCP:
        case IPPROTO_SCTP:
        case IPPROTO_DCCP:
          if (xprth + 4 < 0 || pskb_may_pull(k, skb, xprth + 4)) {
            const ports = skb.data + xprth;
            fl.fl_ip_sport = get16(skb.head.bytes, ports + (reverse !== 0 ? 2 : 0));
            fl.fl_ip_dport = get16(skb.head.bytes, ports + (reverse !== 0 ? 0 : 2));
          }
          break;
        case IPPROTO_ICMP:
          // A header that was pulled already counts as a negative length, which as an unsigned one is too long.
          if (xprth + 2 >= 0 && pskb_may_pull(k, skb, xprth + 2)) {
            fl.fl_icmp_type = skb.head.bytes[skb.data + xprth] as number;
            fl.fl_icmp_code = skb.head.bytes[skb.data + xprth + 1] as number;
          }
          break;
        default:
          break;
      }
    }
    const b = skb.head.bytes;
    const at = skb.network_header;
    fl.proto = protocol;
    fl.fl4_dst = get32(b, at + (reverse !== 0 ? IP_SADDR : IP_DADDR));
    fl.fl4_src = get32(b, at + (reverse !== 0 ? IP_DADDR : IP_SADDR));
    fl.fl4_tos = b[at + IP_TOS_OFF] as number;
  },
);

/** Give back what an IPv4 bundle holds: its policies and the route below. */
export const xfrm4_dst_destroy = traced(FILE, "xfrm4_dst_destroy(dst)", (k: Kernel, dst: DstEntry): void => {
  const xdst = dst as XfrmDst;
  xfrm_pols_put(xdst.pols, xdst.pols.length);
  dst_release(k, xdst.route);
});
