// SPDX-License-Identifier: GPL-2.0-only
/** include/trace/events/net.h: tracepoints of a packet's way through devices. */
import { inlined } from "../../../../../trace/traced.ts";
import type { Kernel } from "../../../kernel.ts";
import type { NetDevice } from "../../linux/netdevice.ts";
import type { SkBuff } from "../../linux/skbuff.ts";
import { tracepoint } from "../../linux/tracepoint.ts";

const FILE = "include/trace/events/net.h";

/** A driver has taken a packet, or turned it down. */
export const trace_net_dev_xmit = inlined(
  FILE,
  "trace_net_dev_xmit(skb, rc, dev, skb_len)",
  (k: Kernel, _skb: SkBuff, _rc: number, _dev: NetDevice, _skb_len: number): void =>
    tracepoint(k, "net:net_dev_xmit"),
);

/** A packet reaches the device layer on its way out. */
export const trace_net_dev_queue = inlined(
  FILE,
  "trace_net_dev_queue(skb)",
  (k: Kernel, _skb: SkBuff): void => tracepoint(k, "net:net_dev_queue"),
);

/** A packet reaches the device layer on its way in. */
export const trace_netif_receive_skb = inlined(
  FILE,
  "trace_netif_receive_skb(skb)",
  (k: Kernel, _skb: SkBuff): void => tracepoint(k, "net:netif_receive_skb"),
);

/** A driver has received a packet. */
export const trace_netif_rx = inlined(FILE, "trace_netif_rx(skb)", (k: Kernel, _skb: SkBuff): void =>
  tracepoint(k, "net:netif_rx"),
);
