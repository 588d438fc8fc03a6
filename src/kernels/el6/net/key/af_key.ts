// SPDX-License-Identifier: GPL-2.0-only
/** net/key/af_key.c: PF_KEY, the older way to talk to key daemons. Nobody listens, yet the message gets built. */

import { ENOBUFS, ESRCH } from "../../../../uapi/errno.ts";
import { alloc_skb, type SkBuff } from "../../include/linux/skbuff.ts";
import type { XfrmPolicy, XfrmState, XfrmTmpl } from "../../include/net/xfrm.ts";
import type { Kernel } from "../../kernel.ts";
import { kfree_skb, skb_put } from "../core/skbuff.ts";
import { xfrm_ealg_get_byidx } from "../xfrm/xfrm_algo.ts";

const SIZEOF_SADB_MSG = 16;
const SIZEOF_SADB_ADDRESS = 8;
const SIZEOF_SOCKADDR_IN = 16;
const SIZEOF_SADB_X_POLICY = 16;
const SIZEOF_SADB_PROP = 8;

/** Ciphers to propose: each is asked for, none is loaded. */
function walk_esp(k: Kernel): void {
  for (let i = 0; xfrm_ealg_get_byidx(k, i) !== null; i++);
}

/** SADB_ACQUIRE: a policy needs keys. */
export function pfkey_send_acquire(
  k: Kernel,
  _x: XfrmState,
  _t: XfrmTmpl,
  _xp: XfrmPolicy,
  _dir: number,
): number {
  walk_esp(k);
  const address = SIZEOF_SADB_ADDRESS + SIZEOF_SOCKADDR_IN;
  const skb: SkBuff | null = alloc_skb(
    k,
    SIZEOF_SADB_MSG + 2 * address + SIZEOF_SADB_X_POLICY + SIZEOF_SADB_PROP,
  );
  if (skb === null) return -ENOBUFS;
  skb_put(k, skb, SIZEOF_SADB_MSG);
  skb_put(k, skb, address);
  skb_put(k, skb, address);
  skb_put(k, skb, SIZEOF_SADB_X_POLICY);
  skb_put(k, skb, SIZEOF_SADB_PROP);
  walk_esp(k);
  // pfkey_broadcast: no copy was made for anybody.
  kfree_skb(k, null);
  kfree_skb(k, skb);
  return -ESRCH;
}
