// SPDX-License-Identifier: GPL-2.0-only
/** net/netfilter/core.c: asking the hooks that were registered for a point of a packet's way. */
import { traced } from "../../../../trace/traced.ts";
import { EPERM } from "../../../../uapi/errno.ts";
import type { NetDevice } from "../../include/linux/netdevice.ts";
import { NF_DROP_GETERR, NF_VERDICT_MASK, nf_hooks_of, type Okfn } from "../../include/linux/netfilter.ts";
import type { SkBuff } from "../../include/linux/skbuff.ts";
import { type Kernel, NF_ACCEPT, NF_DROP, type NfHook } from "../../kernel.ts";
import { kfree_skb } from "../core/skbuff.ts";

const FILE = "net/netfilter/core.c";

/** Ask one hook after the other, until one does not accept. */
export const nf_iterate = traced(
  FILE,
  "nf_iterate(head, skb, hook, indev, outdev)",
  (
    k: Kernel,
    head: readonly NfHook[],
    skb: SkBuff,
    hook: number,
    indev: NetDevice | null,
    outdev: NetDevice | null,
  ): number => {
    for (const elem of head) {
      const verdict = elem.hook(k, hook, skb, indev, outdev);
      // The hook has said what became of the packet, by which rule.
      if (verdict !== NF_ACCEPT) return verdict;
    }
    return NF_ACCEPT;
  },
);

/** Ask the hooks of this point: 1 where the packet may go on; else it has been freed, and the errno says why. */
export const nf_hook_slow = traced(
  FILE,
  "nf_hook_slow(pf, hook, skb, indev, outdev, okfn, hook_thresh)",
  (
    k: Kernel,
    pf: number,
    hook: number,
    skb: SkBuff,
    indev: NetDevice | null,
    outdev: NetDevice | null,
    _okfn: Okfn,
    _hook_thresh: number,
  ): number => {
    const verdict = nf_iterate(k, nf_hooks_of(k, pf, hook) ?? [], skb, hook, indev, outdev);
    if (verdict === NF_ACCEPT) return 1;
    if ((verdict & NF_VERDICT_MASK) !== NF_DROP) return 0;
    kfree_skb(k, skb);
    return NF_DROP_GETERR(verdict) || -EPERM;
  },
);

/** A packet made in answer to another belongs to the same connection: connection tracking is not loaded. */
export const nf_ct_attach = traced(
  FILE,
  "nf_ct_attach(new_skb, skb)",
  (_k: Kernel, _new_skb: SkBuff, _skb: SkBuff): void => {},
);
