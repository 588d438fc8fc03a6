// SPDX-License-Identifier: GPL-2.0-only
/** net/core/flow.c: what was found out about flows (IPsec's say on them) is remembered here. */
import { inlined, note, traced } from "../../../../trace/traced.ts";
import { jhash_3words } from "../../include/linux/jhash.ts";
import type { DstEntry } from "../../include/net/dst.ts";
import type { Flowi } from "../../include/net/flow.ts";
import type { FlowCacheEntry, XfrmDst } from "../../include/net/xfrm.ts";
import { type Kernel, local_bh_disable, local_bh_enable, type Net } from "../../kernel.ts";
import { xfrm_bundle_fc_ops } from "../xfrm/xfrm_policy.ts";

const FILE = "net/core/flow.c";

type Resolver = (
  k: Kernel,
  net: Net,
  fl: Flowi,
  family: number,
  dir: number,
  oldflo: XfrmDst | null,
  ctx: DstEntry,
) => XfrmDst | null;

/** Is the entry of this generation, and its object still good? */
export const flow_entry_valid = traced(
  FILE,
  "flow_entry_valid(fle)",
  (k: Kernel, fle: FlowCacheEntry): number => {
    if (fle.genid !== k.flow_cache_genid) return 0;
    return fle.object !== null && xfrm_bundle_fc_ops.check(k, fle.object) === 0 ? 0 : 1;
  },
);

/** Where a flow is looked for. */
export const flow_hash_code = inlined(FILE, "flow_hash_code(key)", (_k: Kernel, key: Flowi): number => {
  const a = jhash_3words(key.fl4_dst, key.fl4_src, key.oif, key.iif);
  const b = jhash_3words(key.mark, (key.fl4_tos << 16) | (key.fl4_scope << 8) | key.proto, key.flags, a);
  return jhash_3words(
    (key.fl_ip_sport << 16) | key.fl_ip_dport,
    (key.fl_icmp_type << 8) | key.fl_icmp_code,
    0,
    b,
  );
});

/** 0 where two flows are the same. */
export const flow_key_compare = traced(
  FILE,
  "flow_key_compare(key1, key2)",
  (_k: Kernel, key1: Flowi, key2: Flowi): number => {
    return key1.fl4_dst === key2.fl4_dst &&
      key1.fl4_src === key2.fl4_src &&
      key1.fl4_tos === key2.fl4_tos &&
      key1.fl4_scope === key2.fl4_scope &&
      key1.oif === key2.oif &&
      key1.iif === key2.iif &&
      key1.mark === key2.mark &&
      key1.proto === key2.proto &&
      key1.flags === key2.flags &&
      key1.fl_ip_sport === key2.fl_ip_sport &&
      key1.fl_ip_dport === key2.fl_ip_dport &&
      key1.fl_icmp_type === key2.fl_icmp_type &&
      key1.fl_icmp_code === key2.fl_icmp_code
      ? 0
      : 1;
  },
);

/** What is known of a flow; `resolver` finds it out. */
export const flow_cache_lookup = traced(
  FILE,
  "flow_cache_lookup(net, key, family, dir, resolver, ctx)",
  (
    k: Kernel,
    net: Net,
    key: Flowi,
    family: number,
    dir: number,
    resolver: Resolver,
    ctx: DstEntry,
  ): XfrmDst | null => {
    local_bh_disable(k);
    const hash = flow_hash_code(k, key);
    let chain = k.flow_cache.get(hash);
    if (chain === undefined) {
      chain = [];
      k.flow_cache.set(hash, chain);
    }
    let fle: FlowCacheEntry | undefined;
    for (const tfle of chain) {
      if (tfle.family === family && tfle.dir === dir && flow_key_compare(k, key, tfle.key) === 0) {
        fle = tfle;
        break;
      }
    }
    let flo: XfrmDst | null = null;
    if (fle === undefined) {
      fle = { key: key.clone(), family, dir, genid: 0, object: null };
      chain.unshift(fle);
    } else if (fle.genid === k.flow_cache_genid) {
      flo = fle.object === null ? null : xfrm_bundle_fc_ops.get(k, fle.object);
      if (fle.object === null || flo !== null) {
        note(k, "flow cache hit");
        local_bh_enable(k);
        return flo;
      }
    } else if (fle.object !== null) {
      xfrm_bundle_fc_ops.delete(k, fle.object);
      fle.object = null;
    }
    const old = fle.object;
    fle.object = null;
    flo = resolver(k, net, key, family, dir, old, ctx);
    fle.genid = k.flow_cache_genid;
    fle.object = flo;
    local_bh_enable(k);
    return flo;
  },
);

/** Throw out what is no longer good. */
export const flow_cache_flush = traced(FILE, "flow_cache_flush()", (k: Kernel): void => {
  for (const [hash, chain] of k.flow_cache) {
    for (let i = 0; i < chain.length; ) {
      const fle = chain[i] as FlowCacheEntry;
      if (flow_entry_valid(k, fle) !== 0) {
        i++;
        continue;
      }
      chain.splice(i, 1);
      if (fle.object !== null) xfrm_bundle_fc_ops.delete(k, fle.object);
    }
    if (chain.length === 0) k.flow_cache.delete(hash);
  }
});
