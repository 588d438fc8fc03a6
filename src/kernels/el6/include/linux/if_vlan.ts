// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/if_vlan.h: VLAN tags (IEEE 802.1Q), in the frame or beside it. */
import { drop } from "../../../../trace/traced.ts";
import { get16, set16 } from "../../../../wire/bytes.ts";
import { ETH_P_802_2, ETH_P_802_3, ETH_P_8021Q } from "../../../../wire/ethernet.ts";
import type { Kernel } from "../../kernel.ts";
import { kfree_skb, skb_push } from "../../net/core/skbuff.ts";
import { type SkBuff, skb_cow_head } from "./skbuff.ts";

export const VLAN_HLEN = 4;
/** In skb.vlan_tci: there is a tag, even where its number is 0. */
export const VLAN_TAG_PRESENT = 0x1000;
export const VLAN_VID_MASK = 0x0fff;
/** Both hardware addresses, which stay before the tag. */
const TWO_ADDRESSES = 12;

export function skb_vlan_tag_present(skb: SkBuff): boolean {
  return (skb.vlan_tci & VLAN_TAG_PRESENT) !== 0;
}
export function skb_vlan_tag_get(skb: SkBuff): number {
  return skb.vlan_tci & ~VLAN_TAG_PRESENT;
}
/** Put a tag beside the frame: the device is to insert it. */
export function __vlan_hwaccel_put_tag(skb: SkBuff, vlan_tci: number): void {
  skb.vlan_tci = VLAN_TAG_PRESENT | vlan_tci;
}
/** The tag at `vhdr` is gone: what it says of the protocol is now the packet's. */
export function vlan_set_encap_proto(skb: SkBuff, vhdr: number): void {
  const b = skb.head.bytes;
  const proto = get16(b, vhdr + 2);
  if (proto >= 1536) skb.protocol = proto;
  else skb.protocol = get16(b, vhdr + VLAN_HLEN) === 0xffff ? ETH_P_802_3 : ETH_P_802_2;
}
/** Put a tag into the frame, after the hardware addresses; null where there was no room (and the frame is freed). */
export function __vlan_put_tag(k: Kernel, skb: SkBuff, vlan_tci: number): SkBuff | null {
  if (skb_cow_head(k, skb, VLAN_HLEN) < 0) {
    drop(k, skb, "NOMEM", "no memory for the VLAN tag");
    kfree_skb(k, skb);
    return null;
  }
  const at = skb_push(k, skb, VLAN_HLEN);
  const b = skb.head.bytes;
  b.copyWithin(at, at + VLAN_HLEN, at + VLAN_HLEN + TWO_ADDRESSES);
  skb.mac_header -= VLAN_HLEN;
  set16(b, at + TWO_ADDRESSES, ETH_P_8021Q);
  set16(b, at + TWO_ADDRESSES + 2, vlan_tci);
  skb.protocol = ETH_P_8021Q;
  return skb;
}
