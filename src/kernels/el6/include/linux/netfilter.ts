// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/netfilter.h, netfilter_ipv4.h: the hooks on a packet's way. */
import { inlined } from "../../../../trace/traced.ts";
import type { Kernel, NfHook } from "../../kernel.ts";
import { nf_hook_slow } from "../../net/netfilter/core.ts";
import type { NetDevice } from "./netdevice.ts";
import type { SkBuff } from "./skbuff.ts";

const FILE = "include/linux/netfilter.h";

export const NF_INET_PRE_ROUTING = 0;
export const NF_INET_LOCAL_IN = 1;
export const NF_INET_FORWARD = 2;
export const NF_INET_LOCAL_OUT = 3;
export const NF_INET_POST_ROUTING = 4;

export const NFPROTO_IPV4 = 2;
export const NFPROTO_ARP = 3;
export const NF_ARP_IN = 0;
export const NF_ARP_OUT = 1;

export const NF_VERDICT_MASK = 0x0000ffff;
export const NF_VERDICT_QBITS = 16;
const INT_MIN = -0x80000000;

/** What happens to a packet that passes. */
export type Okfn = (k: Kernel, skb: SkBuff) => number;

/** The errno that a hook put into the upper half of its verdict. */
export function NF_DROP_GETERR(verdict: number): number {
  return -(verdict >> NF_VERDICT_QBITS) | 0;
}

/** Hooks of a protocol family: only IPv4's are kept. */
export function nf_hooks_of(k: Kernel, pf: number, hook: number): readonly NfHook[] | undefined {
  return pf === NFPROTO_IPV4 ? k.nf_hooks[hook] : undefined;
}

/** Ask the hooks registered here, if any: 1 where the packet may go on, else it is gone. */
export const nf_hook_thresh = inlined(
  FILE,
  "nf_hook_thresh(pf, hook, skb, indev, outdev, okfn, thresh, cond)",
  (
    k: Kernel,
    pf: number,
    hook: number,
    skb: SkBuff,
    indev: NetDevice | null,
    outdev: NetDevice | null,
    okfn: Okfn,
    thresh: number,
    cond: boolean,
  ): number => {
    if (!cond) return 1;
    const hooks = nf_hooks_of(k, pf, hook);
    if (hooks === undefined || hooks.length === 0) return 1;
    return nf_hook_slow(k, pf, hook, skb, indev, outdev, okfn, thresh);
  },
);

/** Ask every hook registered here: 1 where the packet may go on. */
export const nf_hook = inlined(
  FILE,
  "nf_hook(pf, hook, skb, indev, outdev, okfn)",
  (
    k: Kernel,
    pf: number,
    hook: number,
    skb: SkBuff,
    indev: NetDevice | null,
    outdev: NetDevice | null,
    okfn: Okfn,
  ): number => nf_hook_thresh(k, pf, hook, skb, indev, outdev, okfn, INT_MIN, true),
);

/** Ask the hooks; a packet that passes goes to `okfn`. */
export function NF_HOOK(
  k: Kernel,
  pf: number,
  hook: number,
  skb: SkBuff,
  indev: NetDevice | null,
  outdev: NetDevice | null,
  okfn: Okfn,
): number {
  const ret = nf_hook_thresh(k, pf, hook, skb, indev, outdev, okfn, INT_MIN, true);
  return ret === 1 ? okfn(k, skb) : ret;
}
/** As NF_HOOK; the hooks are asked only where `cond` holds. */
export function NF_HOOK_COND(
  k: Kernel,
  pf: number,
  hook: number,
  skb: SkBuff,
  indev: NetDevice | null,
  outdev: NetDevice | null,
  okfn: Okfn,
  cond: boolean,
): number {
  const ret = nf_hook_thresh(k, pf, hook, skb, indev, outdev, okfn, INT_MIN, cond);
  return ret === 1 ? okfn(k, skb) : ret;
}
