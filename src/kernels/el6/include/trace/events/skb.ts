// SPDX-License-Identifier: GPL-2.0-only
/** include/trace/events/skb.h: tracepoints of what becomes of a socket buffer. */
import { inlined } from "../../../../../trace/traced.ts";
import type { Kernel } from "../../../kernel.ts";
import type { SkBuff } from "../../linux/skbuff.ts";
import { tracepoint } from "../../linux/tracepoint.ts";

const FILE = "include/trace/events/skb.h";

/** A packet that went wrong is freed: dropwatch counts these. */
export const trace_kfree_skb = inlined(FILE, "trace_kfree_skb(skb)", (k: Kernel, _skb: SkBuff): void =>
  tracepoint(k, "skb:kfree_skb"),
);

/** A packet's data is copied to a receiver. */
export const trace_skb_copy_datagram_iovec = inlined(
  FILE,
  "trace_skb_copy_datagram_iovec(skb, len)",
  (k: Kernel, _skb: SkBuff, _len: number): void => tracepoint(k, "skb:skb_copy_datagram_iovec"),
);
