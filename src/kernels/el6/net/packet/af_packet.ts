// SPDX-License-Identifier: GPL-2.0-only
/** net/packet/af_packet.c: a packet socket sends a whole frame, and watches every device. */
import { fate, refuse, traced } from "../../../../trace/traced.ts";
import { EMSGSIZE, ENETDOWN, ENOBUFS, ENXIO } from "../../../../uapi/errno.ts";
import {
  IFF_UP,
  LL_ALLOCATED_SPACE,
  LL_RESERVED_SPACE,
  NET_XMIT_CN,
  type NetDevice,
} from "../../include/linux/netdevice.ts";
import {
  alloc_skb,
  CHECKSUM_PARTIAL,
  type SkBuff,
  skb_reserve,
  skb_set_network_header,
  skb_set_transport_header,
} from "../../include/linux/skbuff.ts";
import type { Kernel } from "../../kernel.ts";
import { dev_queue_xmit } from "../core/dev.ts";
import { skb_put } from "../core/skbuff.ts";

const FILE = "net/packet/af_packet.c";

/** tp_status: the checksum is not filled in yet. */
export const TP_STATUS_CSUMNOTREADY = 8;

/** Send a frame as it is, link header included: what sendto(2) on a SOCK_RAW packet socket does. */
export const packet_snd = traced(
  FILE,
  "packet_snd(dev, frame)",
  (k: Kernel, dev: NetDevice | null, frame: Uint8Array): number => {
    if (dev === null) {
      return refuse(k, -ENXIO, "no device with this index");
    }
    if ((dev.flags & IFF_UP) === 0) {
      return refuse(k, -ENETDOWN, "the device is down", { dev: dev.name });
    }
    const len = frame.length;
    const reserve = dev.hard_header_len;
    if (len > dev.mtu + reserve) {
      return refuse(k, -EMSGSIZE, "larger than the device's MTU and link-layer header", {
        len,
        mtu: dev.mtu,
        hard_header_len: reserve,
      });
    }
    const skb = alloc_skb(k, LL_ALLOCATED_SPACE(dev) + len);
    if (skb === null) return -ENOBUFS;
    skb_reserve(skb, LL_RESERVED_SPACE(dev));
    const at = skb_put(k, skb, len);
    skb_set_network_header(skb, reserve);
    skb.head.bytes.set(frame, at);
    skb.protocol = 0;
    skb.dev = dev;
    skb_set_transport_header(skb, reserve);
    fate(k, "arrived", skb, "", { dev: dev.name, len });

    const err = dev_queue_xmit(k, skb);
    if (err < 0) return err;
    if (err > 0 && err !== NET_XMIT_CN) return -ENOBUFS;
    return len;
  },
);

/** The status that a packet socket's auxiliary data gives a packet. */
export function packet_status(skb: SkBuff): number {
  return skb.ip_summed === CHECKSUM_PARTIAL ? TP_STATUS_CSUMNOTREADY : 0;
}
