// SPDX-License-Identifier: GPL-2.0-only
/** net/xfrm/xfrm_input.c: an IPsec packet comes in. There are no keys, so it goes no further than looking for them. */
import { drop, traced } from "../../../../trace/traced.ts";
import { EINVAL } from "../../../../uapi/errno.ts";
import { AF_INET } from "../../../../uapi/socket.ts";
import { get32 } from "../../../../wire/bytes.ts";
import { IP_DADDR } from "../../../../wire/ipv4.ts";
import { dev_net, type NetDevice } from "../../include/linux/netdevice.ts";
import { pskb_may_pull, type SecPath, type SkBuff } from "../../include/linux/skbuff.ts";
import { secpath_put } from "../../include/net/xfrm.ts";
import type { Kernel } from "../../kernel.ts";
import { kfree_skb } from "../core/skbuff.ts";
import { xfrm_audit_state_notfound, xfrm_state_lookup_with_mark } from "./xfrm_state.ts";

const FILE = "net/xfrm/xfrm_input.c";
const SIZEOF_IP_ESP_HDR = 8;

/** Nobody holds the list of states any more. */
export const __secpath_destroy = traced(
  FILE,
  "__secpath_destroy(sp)",
  (_k: Kernel, _sp: SecPath): void => {},
);

/** A list of states of the packet's own, as long as `src` or empty. */
export const secpath_dup = traced(FILE, "secpath_dup(src)", (_k: Kernel, src: SecPath | null): SecPath => {
  return { refcnt: 1, len: src?.len ?? 0 };
});

/** Read which keys the packet wants: its SPI and sequence number, or -EINVAL where it is too short. */
export const xfrm_parse_spi = traced(
  FILE,
  "xfrm_parse_spi(skb, nexthdr)",
  (k: Kernel, skb: SkBuff, _nexthdr: number): { readonly spi: number; readonly seq: number } | number => {
    if (!pskb_may_pull(k, skb, SIZEOF_IP_ESP_HDR)) return -EINVAL;
    const b = skb.head.bytes;
    return { spi: get32(b, skb.transport_header), seq: get32(b, skb.transport_header + 4) };
  },
);

/** Decrypt a packet: its keys are looked for, and there are none. */
export const xfrm_input = traced(
  FILE,
  "xfrm_input(skb, nexthdr, spi, encap_type)",
  (k: Kernel, skb: SkBuff, nexthdr: number, spi: number, _encap_type: number): number => {
    const net = dev_net(skb.dev as NetDevice);
    if (skb.sp === null || skb.sp.refcnt !== 1) {
      const sp = secpath_dup(k, skb.sp);
      if (skb.sp !== null) secpath_put(k, skb.sp);
      skb.sp = sp;
    }
    const daddr = get32(skb.head.bytes, skb.network_header + IP_DADDR);
    const found = spi === 0 ? xfrm_parse_spi(k, skb, nexthdr) : { spi, seq: 0 };
    if (typeof found === "number") {
      drop(k, skb, "PKT_TOO_SMALL", "too short for an ESP header", { len: skb.len });
      kfree_skb(k, skb);
      return 0;
    }
    xfrm_state_lookup_with_mark(k, net, skb.mark, daddr, found.spi, nexthdr, AF_INET);
    drop(k, skb, "XFRM_POLICY", "no IPsec state with this SPI", { spi: found.spi, seq: found.seq });
    xfrm_audit_state_notfound(k, skb, AF_INET, found.spi, found.seq);
    kfree_skb(k, skb);
    return 0;
  },
);
