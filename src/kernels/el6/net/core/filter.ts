// SPDX-License-Identifier: GPL-2.0-only
/** net/core/filter.c: socket filters. Programs are not run: no socket here has one. */
import { note, traced } from "../../../../trace/traced.ts";
import { ENOENT } from "../../../../uapi/errno.ts";
import type { SkBuff } from "../../include/linux/skbuff.ts";
import type { Sock } from "../../include/net/sock.ts";
import { type Kernel, local_bh_disable, local_bh_enable } from "../../kernel.ts";
import { security_sock_rcv_skb } from "../../security/security.ts";

const FILE = "net/core/filter.c";

/** Whether the socket takes the packet: security first, then its filter. */
export const sk_filter = traced(FILE, "sk_filter(sk, skb)", (k: Kernel, sk: Sock, skb: SkBuff): number => {
  const err = security_sock_rcv_skb(k, sk, skb);
  if (err !== 0) return err;
  local_bh_disable(k);
  local_bh_enable(k);
  return 0;
});

/** SO_ATTACH_FILTER. */
export const sk_attach_filter = traced(
  FILE,
  "sk_attach_filter(fprog, sk)",
  (k: Kernel, _fprog: Uint8Array, _sk: Sock): number => {
    note(k, "not modelled: socket filters; every packet will pass");
    return 0;
  },
);

/** SO_DETACH_FILTER. */
export const sk_detach_filter = traced(FILE, "sk_detach_filter(sk)", (k: Kernel, _sk: Sock): number => {
  note(k, "there is no filter to take off");
  return -ENOENT;
});
