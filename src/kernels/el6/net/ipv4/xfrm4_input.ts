// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/xfrm4_input.c: IPsec packets that come in wrapped in UDP (NAT traversal). */
import { drop, fate, note, traced } from "../../../../trace/traced.ts";
import { get16, get32, set16 } from "../../../../wire/bytes.ts";
import { IP_TOT_LEN, IP_VIHL } from "../../../../wire/ipv4.ts";
import {
  __skb_pull,
  pskb_may_pull,
  type SkBuff,
  skb_reset_transport_header,
  skb_unclone,
} from "../../include/linux/skbuff.ts";
import { udp_sk } from "../../include/net/inet_sock.ts";
import type { Sock } from "../../include/net/sock.ts";
import type { Kernel } from "../../kernel.ts";
import { kfree_skb } from "../core/skbuff.ts";
import { xfrm_input } from "../xfrm/xfrm_input.ts";

const FILE = "net/ipv4/xfrm4_input.c";
const IPPROTO_ESP = 50;
const UDP_HLEN = 8;
const ESP_HLEN = 8;
const UDP_ENCAP_ESPINUDP_NON_IKE = 1;

/** Hand ESP to IPsec. */
export const xfrm4_rcv_encap = traced(
  FILE,
  "xfrm4_rcv_encap(skb, nexthdr, spi, encap_type)",
  (k: Kernel, skb: SkBuff, nexthdr: number, spi: number, encap_type: number): number => {
    return xfrm_input(k, skb, nexthdr, spi, encap_type);
  },
);

/**
 * A datagram for a socket with UDP_ENCAP: eat keepalives, hand ESP to IPsec, leave the rest to UDP.
 * Positive: pass it to UDP; 0: it is gone.
 */
export const xfrm4_udp_encap_rcv = traced(
  FILE,
  "xfrm4_udp_encap_rcv(sk, skb)",
  (k: Kernel, sk: Sock, skb: SkBuff): number => {
    const encap_type = udp_sk(sk).encap_type;
    if (encap_type === 0) return 1;
    let len = skb.len - UDP_HLEN;
    if (!pskb_may_pull(k, skb, UDP_HLEN + Math.min(len, 8))) return 1;
    const b = skb.head.bytes;
    const udpdata = skb.transport_header + UDP_HLEN;
    if (len === 1 && b[udpdata] === 0xff) {
      fate(k, "consumed", skb, "NAT keepalive");
      kfree_skb(k, skb);
      return 0;
    }
    if (encap_type === UDP_ENCAP_ESPINUDP_NON_IKE) {
      if (len <= 8 + ESP_HLEN || get32(b, udpdata) !== 0 || get32(b, udpdata + 4) !== 0) {
        note(k, "not an ESP packet: passed to the socket (IKE)");
        return 1;
      }
      len = UDP_HLEN + 8;
    } else {
      if (len <= ESP_HLEN || get32(b, udpdata) === 0) {
        note(k, "not an ESP packet: passed to the socket (IKE)");
        return 1;
      }
      len = UDP_HLEN;
    }
    if (skb_unclone(k, skb) !== 0) {
      drop(k, skb, "NOMEM", "no memory to unshare the header");
      kfree_skb(k, skb);
      return 0;
    }
    const bytes = skb.head.bytes;
    const iph = skb.network_header;
    const iphlen = ((bytes[iph + IP_VIHL] as number) & 15) << 2;
    set16(bytes, iph + IP_TOT_LEN, (get16(bytes, iph + IP_TOT_LEN) - len) & 0xffff);
    if (skb.len < iphlen + len) {
      drop(k, skb, "PKT_TOO_SMALL", "too short for IP header and UDP encapsulation", {
        len: skb.len,
      });
      kfree_skb(k, skb);
      return 0;
    }
    __skb_pull(skb, len);
    skb_reset_transport_header(skb);
    return xfrm4_rcv_encap(k, skb, IPPROTO_ESP, 0, encap_type);
  },
);
