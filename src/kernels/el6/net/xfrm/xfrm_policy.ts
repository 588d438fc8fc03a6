// SPDX-License-Identifier: GPL-2.0-only
/** net/xfrm/xfrm_policy.c: which flows IPsec has a say in, and what it says. */
import { inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import { EAGAIN, EEXIST, ENOENT, EPERM, EREMOTE, ERESTART, ESRCH } from "../../../../uapi/errno.ts";
import { AF_INET } from "../../../../uapi/socket.ts";
import { dev_net, type NetDevice } from "../../include/linux/netdevice.ts";
import { NETDEV_DOWN } from "../../include/linux/notifier.ts";
import { type SkBuff, skb_dst_set } from "../../include/linux/skbuff.ts";
import { DST_NOXFRM, type DstEntry, type DstOps, dst_free, dst_hold } from "../../include/net/dst.ts";
import { Flowi } from "../../include/net/flow.ts";
import type { Sock } from "../../include/net/sock.ts";
import {
  addr_match,
  type FlowCacheOps,
  XFRM_LOOKUP_ICMP,
  XFRM_LOOKUP_WAIT,
  XFRM_MAX_DEPTH,
  XFRM_POLICY_ALLOW,
  XFRM_POLICY_ICMP,
  XFRM_POLICY_OUT,
  XFRM_POLICY_TYPE_MAIN,
  XFRM_POLICY_TYPE_SUB,
  XfrmDst,
  type XfrmPolicy,
  type XfrmSelector,
  xfrm_decode_session,
  xfrm_flowi_dport,
  xfrm_flowi_sport,
  xfrm_policy_count,
  xfrm_pols_put,
} from "../../include/net/xfrm.ts";
import { type Kernel, local_bh_disable, local_bh_enable, type Net } from "../../kernel.ts";
import { security_xfrm_decode_session, security_xfrm_policy_lookup } from "../../security/security.ts";
import { dst_alloc, dst_discard, dst_release } from "../core/dst.ts";
import { flow_cache_flush, flow_cache_lookup } from "../core/flow.ts";
import { _decode_session4, xfrm4_dst_destroy } from "../ipv4/xfrm4_policy.ts";
import { __addr_hash, addr_hash } from "./xfrm_hash.ts";
import { xfrm_state_find } from "./xfrm_state.ts";

const FILE = "net/xfrm/xfrm_policy.c";
const XFRM_POLICY_MASK = 3;
/** net->xfrm.policy_bydst[].hmask, as long as there are not more policies than that. */
const HMASK = 7;

/** Is the flow one that an IPv4 selector means? */
export const __xfrm4_selector_match = inlined(
  FILE,
  "__xfrm4_selector_match(sel, fl)",
  (_k: Kernel, sel: XfrmSelector, fl: Flowi): boolean => {
    return (
      addr_match(fl.fl4_dst, sel.daddr, sel.prefixlen_d) &&
      addr_match(fl.fl4_src, sel.saddr, sel.prefixlen_s) &&
      ((xfrm_flowi_dport(fl) ^ sel.dport) & sel.dport_mask) === 0 &&
      ((xfrm_flowi_sport(fl) ^ sel.sport) & sel.sport_mask) === 0 &&
      (sel.proto === 0 || fl.proto === sel.proto) &&
      (sel.ifindex === 0 || fl.oif === sel.ifindex)
    );
  },
);

/** Is the flow one that a selector means? */
export const xfrm_selector_match = traced(
  FILE,
  "xfrm_selector_match(sel, fl, family)",
  (k: Kernel, sel: XfrmSelector, fl: Flowi, _family: number): boolean => __xfrm4_selector_match(k, sel, fl),
);

type PolicyAfinfo = typeof _decode_session4;

/** What IPv4 adds to policies. */
export const xfrm_policy_get_afinfo = inlined(
  FILE,
  "xfrm_policy_get_afinfo(family)",
  (_k: Kernel, _family: number): PolicyAfinfo => _decode_session4,
);

/** The chain of policies for exactly these two addresses. */
export const policy_hash_direct = traced(
  FILE,
  "policy_hash_direct(daddr, saddr, family, dir)",
  (k: Kernel, daddr: number, saddr: number, family: number, _dir: number): number => {
    return __addr_hash(k, daddr, saddr, family, HMASK);
  },
);

function is_direct(pol: XfrmPolicy): boolean {
  return pol.selector.prefixlen_d === 32 && pol.selector.prefixlen_s === 32;
}
function selector_cmp(a: XfrmSelector, b: XfrmSelector): boolean {
  return (
    a.daddr === b.daddr &&
    a.saddr === b.saddr &&
    a.prefixlen_d === b.prefixlen_d &&
    a.prefixlen_s === b.prefixlen_s
  );
}

/** Add a policy: behind those that come first. */
export const xfrm_policy_insert = traced(
  FILE,
  "xfrm_policy_insert(dir, policy, excl)",
  (k: Kernel, dir: number, policy: XfrmPolicy, excl: number): number => {
    for (const pol of k.xfrm_policies) {
      if (excl !== 0 && pol.dir === dir && selector_cmp(pol.selector, policy.selector)) {
        return refuse(k, -EEXIST, "an IPsec policy with this selector already exists");
      }
    }
    let at = k.xfrm_policies.length;
    while (at > 0 && (k.xfrm_policies[at - 1] as XfrmPolicy).priority > policy.priority) at--;
    k.xfrm_policies.splice(at, 0, policy);
    policy.index = (k.xfrm_policies.length << 3) | dir;
    k.flow_cache_genid++;
    return 0;
  },
);

/** Does this policy speak of this flow? 0, or -ESRCH. */
export const xfrm_policy_match = traced(
  FILE,
  "xfrm_policy_match(pol, fl, type, family, dir)",
  (k: Kernel, pol: XfrmPolicy, fl: Flowi, type: number, family: number, dir: number): number => {
    if (pol.family !== family || pol.type !== type) return -ESRCH;
    if (!xfrm_selector_match(k, pol.selector, fl, family)) return -ESRCH;
    return security_xfrm_policy_lookup(k, null, 0, dir);
  },
);

/** The policy of a type for a flow, or null. */
export const xfrm_policy_lookup_bytype = traced(
  FILE,
  "xfrm_policy_lookup_bytype(type, fl, family, dir)",
  (k: Kernel, type: number, fl: Flowi, family: number, dir: number): XfrmPolicy | null => {
    const daddr = fl.fl4_dst;
    const saddr = fl.fl4_src;
    let ret: XfrmPolicy | null = null;
    let priority = 0xffffffff;
    local_bh_disable(k);
    const chain = policy_hash_direct(k, daddr, saddr, family, dir);
    for (const pol of k.xfrm_policies) {
      if (pol.dir !== dir || !is_direct(pol)) continue;
      if (addr_hash(pol.selector.daddr, pol.selector.saddr, HMASK) !== chain) continue;
      if (xfrm_policy_match(k, pol, fl, type, family, dir) !== 0) continue;
      ret = pol;
      priority = pol.priority;
      break;
    }
    for (const pol of k.xfrm_policies) {
      if (pol.dir !== dir || is_direct(pol)) continue;
      if (xfrm_policy_match(k, pol, fl, type, family, dir) !== 0) continue;
      if (pol.priority < priority) {
        ret = pol;
        break;
      }
    }
    if (ret !== null) ret.refcnt++;
    local_bh_enable(k);
    return ret;
  },
);

/** The policy for a flow: sub-policies first. */
export const __xfrm_policy_lookup = inlined(
  FILE,
  "__xfrm_policy_lookup(net, fl, family, dir)",
  (k: Kernel, _net: Net, fl: Flowi, family: number, dir: number): XfrmPolicy | null => {
    return (
      xfrm_policy_lookup_bytype(k, XFRM_POLICY_TYPE_SUB, fl, family, dir) ??
      xfrm_policy_lookup_bytype(k, XFRM_POLICY_TYPE_MAIN, fl, family, dir)
    );
  },
);

/** Policies and flows number directions alike. */
export const policy_to_flow_dir = inlined(
  FILE,
  "policy_to_flow_dir(dir)",
  (_k: Kernel, dir: number): number => dir,
);

/** Find the states for one policy's templates. How many, or -EAGAIN while there are none. */
export const xfrm_tmpl_resolve_one = inlined(
  FILE,
  "xfrm_tmpl_resolve_one(policy, fl, family)",
  (k: Kernel, policy: XfrmPolicy, fl: Flowi, family: number): number => {
    for (const tmpl of policy.xfrm_vec) {
      xfrm_state_find(k, fl.fl4_dst, fl.fl4_src, fl, tmpl, policy, family);
      if (!tmpl.optional) return -EAGAIN;
    }
    return 0;
  },
);

/** Find the states for all templates of a flow's policies. */
export const xfrm_tmpl_resolve = inlined(
  FILE,
  "xfrm_tmpl_resolve(pols, npols, fl, family)",
  (k: Kernel, pols: readonly XfrmPolicy[], npols: number, fl: Flowi, family: number): number => {
    let cnx = 0;
    for (let i = 0; i < npols; i++) {
      const pol = pols[i] as XfrmPolicy;
      if (cnx + pol.xfrm_vec.length >= XFRM_MAX_DEPTH) return -EAGAIN;
      const ret = xfrm_tmpl_resolve_one(k, pol, fl, family);
      if (ret < 0) return ret;
      cnx += ret;
    }
    return cnx;
  },
);

/** What the flow cache wants to know of a bundle. */
export const xfrm_bundle_flo_get = traced(
  FILE,
  "xfrm_bundle_flo_get(flo)",
  (_k: Kernel, flo: XfrmDst): XfrmDst | null => {
    // A dummy that stands for missing keys: try again, there may be some by now.
    if (flo.route === null && flo.num_xfrms > 0) return null;
    dst_hold(flo);
    return flo;
  },
);

/** May a bundle stay in the flow cache? */
export const xfrm_bundle_flo_check = traced(
  FILE,
  "xfrm_bundle_flo_check(flo)",
  (_k: Kernel, flo: XfrmDst): number => {
    return flo.route === null ? 0 : 1;
  },
);

/** Take a bundle out of the flow cache. */
export const xfrm_bundle_flo_delete = traced(
  FILE,
  "xfrm_bundle_flo_delete(flo)",
  (k: Kernel, flo: XfrmDst): void => {
    dst_free(k, flo);
  },
);

export const xfrm_bundle_fc_ops: FlowCacheOps = {
  get: xfrm_bundle_flo_get,
  check: xfrm_bundle_flo_check,
  delete: xfrm_bundle_flo_delete,
};

/** An empty bundle. */
export const xfrm_alloc_dst = inlined(
  FILE,
  "xfrm_alloc_dst(family)",
  (k: Kernel, family: number): XfrmDst | null => {
    xfrm_policy_get_afinfo(k, family);
    return dst_alloc(k, xfrm4_dst_ops) as XfrmDst | null;
  },
);

/** What a flow's policies come to: the number of transformations, -1 to block, null for no policy. */
export const xfrm_expand_policies = traced(
  FILE,
  "xfrm_expand_policies(pols)",
  (k: Kernel, pols: readonly XfrmPolicy[]): number | null => {
    const pol = pols[0];
    if (pol === undefined) {
      note(k, "no IPsec policy for this flow");
      return null;
    }
    if (pol.action !== XFRM_POLICY_ALLOW) {
      note(k, "IPsec policy blocks this flow");
      return -1;
    }
    return pol.xfrm_vec.length;
  },
);

/** Make a bundle of states for a flow: for want of keys it never succeeds. */
export const xfrm_resolve_and_create_bundle = traced(
  FILE,
  "xfrm_resolve_and_create_bundle(pols, num_pols, fl, family, dst_orig)",
  (
    k: Kernel,
    pols: readonly XfrmPolicy[],
    num_pols: number,
    fl: Flowi,
    family: number,
    _dst_orig: DstEntry,
  ): number => {
    return xfrm_tmpl_resolve(k, pols, num_pols, fl, family);
  },
);

/** The flow cache's resolver: the bundle of a flow, a dummy where a policy blocks or keys are missing, or null. */
export const xfrm_bundle_lookup = traced(
  FILE,
  "xfrm_bundle_lookup(net, fl, family, dir, oldflo, ctx)",
  (
    k: Kernel,
    net: Net,
    fl: Flowi,
    family: number,
    dir: number,
    oldflo: XfrmDst | null,
    ctx: DstEntry,
  ): XfrmDst | null => {
    let pols: XfrmPolicy[];
    let num_xfrms: number;
    if (oldflo !== null) {
      pols = oldflo.pols;
      num_xfrms = oldflo.num_xfrms;
    } else {
      const pol = __xfrm_policy_lookup(k, net, fl, family, dir);
      pols = pol === null ? [] : [pol];
      const n = xfrm_expand_policies(k, pols);
      if (n === null) return null;
      num_xfrms = n;
    }
    if (num_xfrms > 0) {
      const err = xfrm_resolve_and_create_bundle(k, pols, pols.length, fl, family, ctx);
      if (err === 0) num_xfrms = 0;
      if (oldflo !== null) {
        if (err === 0) oldflo.num_xfrms = 0;
        dst_hold(oldflo);
        return oldflo;
      }
    }
    const xdst = xfrm_alloc_dst(k, family);
    if (xdst === null) {
      xfrm_pols_put(pols, pols.length);
      return null;
    }
    xdst.pols = pols;
    xdst.num_xfrms = num_xfrms;
    dst_hold(xdst);
    return xdst;
  },
);

/**
 * IPsec's say on a route: the route itself, another in its place, or an error (then the route has been released,
 * except for -EREMOTE: the caller makes a blackhole of it).
 */
export const __xfrm_lookup = traced(
  FILE,
  "__xfrm_lookup(net, dst, fl, sk, flags)",
  (k: Kernel, net: Net, dst: DstEntry, fl: Flowi, _sk: Sock | null, flags: number): DstEntry | number => {
    const family = dst.ops.family;
    const dir = policy_to_flow_dir(k, XFRM_POLICY_OUT);
    if (fl.oif === 0) fl.oif = (dst.dev as NetDevice).ifindex;

    let xdst: XfrmDst | null = null;
    if ((dst.flags & DST_NOXFRM) === 0 && xfrm_policy_count(k, XFRM_POLICY_OUT) !== 0) {
      xdst = flow_cache_lookup(k, net, fl, family, dir, xfrm_bundle_lookup, dst);
    }
    let err = 0;
    if (xdst === null) {
      if ((flags & XFRM_LOOKUP_ICMP) === 0) return dst;
      err = -ENOENT;
    } else if (xdst.route === null && xdst.num_xfrms > 0) {
      if (k.sysctl_xfrm_larval_drop !== 0) {
        note(k, "no IPsec keys yet, and xfrm_larval_drop is set: use a blackhole route");
        dst_release(k, xdst);
        return -EREMOTE;
      }
      if ((flags & XFRM_LOOKUP_WAIT) !== 0) {
        err = refuse(k, -ERESTART, "not modelled: waiting for IPsec keys");
      } else {
        err = refuse(k, -EAGAIN, "no IPsec keys yet for this flow", {
          daddr: fl.fl4_dst,
        });
      }
    } else if (
      (flags & XFRM_LOOKUP_ICMP) !== 0 &&
      ((xdst.pols[0] as XfrmPolicy).flags & XFRM_POLICY_ICMP) === 0
    ) {
      err = -ENOENT;
    } else {
      for (const pol of xdst.pols) pol.use_time = k.now / 1_000_000_000n;
      if (xdst.num_xfrms === 0) {
        dst_release(k, xdst);
        return dst;
      }
      err = refuse(k, -EPERM, "blocked by IPsec policy", { daddr: fl.fl4_dst });
    }
    if (xdst !== null) dst_release(k, xdst);
    else dst_release(k, null);
    dst_release(k, dst);
    return err;
  },
);

/** {@link __xfrm_lookup} for callers that make no blackholes. */
export const xfrm_lookup = traced(
  FILE,
  "xfrm_lookup(net, dst, fl, sk, flags)",
  (k: Kernel, net: Net, dst: DstEntry, fl: Flowi, sk: Sock | null, flags: number): DstEntry | number => {
    const ret = __xfrm_lookup(k, net, dst, fl, sk, flags);
    if (ret === -EREMOTE) {
      dst_release(k, dst);
      return -EAGAIN;
    }
    return ret;
  },
);

/** The flow that a packet belongs to, or with `reverse` an answer to it. */
export const __xfrm_decode_session = traced(
  FILE,
  "__xfrm_decode_session(skb, fl, family, reverse)",
  (k: Kernel, skb: SkBuff, fl: Flowi, family: number, reverse: number): number => {
    xfrm_policy_get_afinfo(k, family)(k, skb, fl, reverse);
    return security_xfrm_decode_session(k, skb, fl);
  },
);

/** May this packet come in? 1 or 0. There are policies only for packets that go out. */
export const __xfrm_policy_check = traced(
  FILE,
  "__xfrm_policy_check(sk, dir, skb, family)",
  (k: Kernel, _sk: Sock | null, dir: number, skb: SkBuff, family: number): number => {
    policy_to_flow_dir(k, dir & XFRM_POLICY_MASK);
    if (__xfrm_decode_session(k, skb, new Flowi(), family, dir & ~XFRM_POLICY_MASK) < 0) return 0;
    note(k, "not modelled: IPsec policies for incoming packets");
    return 1;
  },
);

/** Route a packet to be forwarded through IPsec. 1, or 0 to drop it. */
export const __xfrm_route_forward = traced(
  FILE,
  "__xfrm_route_forward(skb, family)",
  (k: Kernel, skb: SkBuff, family: number): number => {
    const net = dev_net(skb.dev as NetDevice);
    const fl = new Flowi();
    if (xfrm_decode_session(k, skb, fl, family) < 0) return 0;
    const dst = xfrm_lookup(k, net, skb.dst as DstEntry, fl, null, 0);
    if (typeof dst === "number") {
      skb_dst_set(skb, null);
      return 0;
    }
    skb_dst_set(skb, dst);
    return 1;
  },
);

/** A bundle that is kept must be looked up again: dummies never stay. */
export const xfrm_dst_check = traced(
  FILE,
  "xfrm_dst_check(dst, cookie)",
  (_k: Kernel, dst: DstEntry, _cookie: number): DstEntry | null => (dst.obsolete < 0 ? dst : null),
);

/** A device went down: bundles through it go, too. */
export const xfrm_dev_event = traced(
  FILE,
  "xfrm_dev_event(event, dev)",
  (k: Kernel, event: number, _dev: NetDevice): number => {
    if (event === NETDEV_DOWN) flow_cache_flush(k);
    return 0;
  },
);

export const xfrm4_dst_ops: DstOps = {
  family: AF_INET,
  protocol: 0x0800,
  kmem_cachep: (k) => new XfrmDst(k.oid("dst"), xfrm4_dst_ops, dst_discard),
  counted: false,
  check: xfrm_dst_check,
  destroy: (k, dst) => xfrm4_dst_destroy(k, dst),
};
