// SPDX-License-Identifier: GPL-2.0-only
/** net/core/filter.c: socket filters. Programs are kept, and not run. */
import { note, refuse, traced } from "../../../../trace/traced.ts";
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
  if (sk.sk_filter !== null) note(k, "not modelled: socket filters; every packet passes");
  local_bh_enable(k);
  return 0;
});

/** SO_ATTACH_FILTER. */
export const sk_attach_filter = traced(
  FILE,
  "sk_attach_filter(fprog, sk)",
  (k: Kernel, fprog: Uint8Array, sk: Sock): number => {
    note(k, "not modelled: socket filters; every packet passes");
    sk.sk_filter = fprog;
    return 0;
  },
);

/** SO_DETACH_FILTER. */
export const sk_detach_filter = traced(FILE, "sk_detach_filter(sk)", (k: Kernel, sk: Sock): number => {
  let ret = -ENOENT;
  local_bh_disable(k);
  if (sk.sk_filter === null) {
    ret = refuse(k, -ENOENT, "no socket filter is attached");
  } else {
    sk.sk_filter = null;
    ret = 0;
  }
  local_bh_enable(k);
  return ret;
});
