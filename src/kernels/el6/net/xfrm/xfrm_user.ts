// SPDX-License-Identifier: GPL-2.0-only
/** net/xfrm/xfrm_user.c: IPsec's netlink: policies come in, requests for keys go out. */
import { inlined, traced } from "../../../../trace/traced.ts";
import { ENOMEM } from "../../../../uapi/errno.ts";
import { AF_INET } from "../../../../uapi/socket.ts";
import type { XfrmPolicy as PolicyChange } from "../../../config.ts";
import { alloc_skb, type SkBuff } from "../../include/linux/skbuff.ts";
import {
  XFRM_POLICY_ALLOW,
  XFRM_POLICY_BLOCK,
  XFRM_POLICY_OUT,
  XFRM_POLICY_TYPE_MAIN,
  type XfrmPolicy,
  type XfrmState,
  type XfrmTmpl,
} from "../../include/net/xfrm.ts";
import type { Kernel } from "../../kernel.ts";
import { skb_put } from "../core/skbuff.ts";
import { netlink_broadcast } from "../netlink/af_netlink.ts";
import { xfrm_policy_insert } from "./xfrm_policy.ts";
import { xfrm_get_acqseq } from "./xfrm_state.ts";

const FILE = "net/xfrm/xfrm_user.c";
const IPPROTO_ESP = 50;
const XFRMNLGRP_ACQUIRE = 1;

const SIZEOF_NLMSGHDR = 16;
const SIZEOF_XFRM_USER_ACQUIRE = 280;
const SIZEOF_XFRM_USER_TMPL = 64;
const SIZEOF_XFRM_USERPOLICY_TYPE = 6;
/** nla_total_size. */
function nla_total_size(payload: number): number {
  return (4 + payload + 3) & ~3;
}

/** Room that a security label takes: there is none. */
export const xfrm_user_sec_ctx_size = inlined(
  FILE,
  "xfrm_user_sec_ctx_size(xfrm_ctx)",
  (_k: Kernel, _xfrm_ctx: null): number => 0,
);

/** Room that the type of a policy takes. */
export const userpolicy_type_attrsize = inlined(FILE, "userpolicy_type_attrsize()", (_k: Kernel): number => {
  return nla_total_size(SIZEOF_XFRM_USERPOLICY_TYPE);
});

/** Room that a request for keys takes. */
export const xfrm_acquire_msgsize = inlined(
  FILE,
  "xfrm_acquire_msgsize(x, xp)",
  (k: Kernel, _x: XfrmState, xp: XfrmPolicy): number => {
    return (
      SIZEOF_XFRM_USER_ACQUIRE +
      nla_total_size(SIZEOF_XFRM_USER_TMPL * xp.xfrm_vec.length) +
      nla_total_size(8) +
      nla_total_size(xfrm_user_sec_ctx_size(k, null)) +
      userpolicy_type_attrsize(k)
    );
  },
);

/** Describe the policy in a message. */
export const copy_to_user_policy = traced(
  FILE,
  "copy_to_user_policy(xp, dir)",
  (_k: Kernel, _xp: XfrmPolicy, _dir: number): void => {},
);

/** Describe the transformations that it wants. */
export const copy_to_user_tmpl = traced(
  FILE,
  "copy_to_user_tmpl(xp, skb)",
  (k: Kernel, xp: XfrmPolicy, skb: SkBuff): number => {
    if (xp.xfrm_vec.length !== 0) skb_put(k, skb, nla_total_size(SIZEOF_XFRM_USER_TMPL * xp.xfrm_vec.length));
    return 0;
  },
);

/** Describe the security label: there is none. */
export const copy_to_user_state_sec_ctx = inlined(
  FILE,
  "copy_to_user_state_sec_ctx(x, skb)",
  (_k: Kernel, _x: XfrmState, _skb: SkBuff): number => 0,
);

/** Say of which type the policy is. */
export const copy_to_user_policy_type = inlined(
  FILE,
  "copy_to_user_policy_type(type, skb)",
  (k: Kernel, _type: number, skb: SkBuff): number => {
    skb_put(k, skb, nla_total_size(SIZEOF_XFRM_USERPOLICY_TYPE));
    return 0;
  },
);

/** Write the request for keys. */
export const build_acquire = inlined(
  FILE,
  "build_acquire(skb, x, xt, xp, dir)",
  (k: Kernel, skb: SkBuff, x: XfrmState, _xt: XfrmTmpl, xp: XfrmPolicy, dir: number): number => {
    const seq = xfrm_get_acqseq(k);
    skb_put(k, skb, SIZEOF_NLMSGHDR + SIZEOF_XFRM_USER_ACQUIRE);
    copy_to_user_policy(k, xp, dir);
    x.seq = seq;
    copy_to_user_tmpl(k, xp, skb);
    copy_to_user_state_sec_ctx(k, x, skb);
    copy_to_user_policy_type(k, xp.type, skb);
    return skb.len;
  },
);

/** Ask the key daemons that listen on netlink. */
export const xfrm_send_acquire = traced(
  FILE,
  "xfrm_send_acquire(x, xt, xp, dir)",
  (k: Kernel, x: XfrmState, xt: XfrmTmpl, xp: XfrmPolicy, dir: number): number => {
    const skb = alloc_skb(k, SIZEOF_NLMSGHDR + xfrm_acquire_msgsize(k, x, xp));
    if (skb === null) return -ENOMEM;
    build_acquire(k, skb, x, xt, xp, dir);
    return netlink_broadcast(k, skb, XFRMNLGRP_ACQUIRE);
  },
);

/** XFRM_MSG_NEWPOLICY: `ip xfrm policy add dir out …`. */
export const xfrm_add_policy = traced(
  FILE,
  "xfrm_add_policy(change)",
  (k: Kernel, change: PolicyChange): number => {
    const xp: XfrmPolicy = {
      family: AF_INET,
      type: XFRM_POLICY_TYPE_MAIN,
      dir: XFRM_POLICY_OUT,
      selector: {
        daddr: change.dst?.addr ?? 0,
        saddr: change.src?.addr ?? 0,
        dport: 0,
        dport_mask: 0,
        sport: 0,
        sport_mask: 0,
        prefixlen_d: change.dst?.len ?? 0,
        prefixlen_s: change.src?.len ?? 0,
        proto: 0,
        ifindex: 0,
      },
      priority: 0,
      action: change.action === "block" ? XFRM_POLICY_BLOCK : XFRM_POLICY_ALLOW,
      flags: 0,
      xfrm_vec:
        change.tmplEsp === undefined
          ? []
          : [{ daddr: change.tmplEsp, proto: IPPROTO_ESP, saddr: 0, reqid: 0, optional: false }],
      index: 0,
      refcnt: 1,
      use_time: 0n,
    };
    return xfrm_policy_insert(k, XFRM_POLICY_OUT, xp, 1);
  },
);
