// SPDX-License-Identifier: GPL-2.0-only
/** net/xfrm/xfrm_state.c: IPsec states, of which there are none: what happens when one is needed. */
import { inlined, note, traced } from "../../../../trace/traced.ts";
import { EINVAL, ESRCH } from "../../../../uapi/errno.ts";
import type { SkBuff } from "../../include/linux/skbuff.ts";
import type { Flowi } from "../../include/net/flow.ts";
import type { XfrmPolicy, XfrmState, XfrmTmpl } from "../../include/net/xfrm.ts";
import { defer, type Kernel, local_bh_disable, local_bh_enable, type Net } from "../../kernel.ts";
import { security_xfrm_state_alloc_acquire } from "../../security/security.ts";
import { __xfrm4_init_tempsel } from "../ipv4/xfrm4_state.ts";
import { pfkey_send_acquire } from "../key/af_key.ts";
import { __xfrm_dst_hash, __xfrm_spi_hash } from "./xfrm_hash.ts";
import { xfrm_send_acquire } from "./xfrm_user.ts";

const FILE = "net/xfrm/xfrm_state.c";

/** Where states for a destination are. */
export const xfrm_dst_hash = inlined(
  FILE,
  "xfrm_dst_hash(daddr, saddr, reqid, family)",
  (k: Kernel, daddr: number, saddr: number, reqid: number, family: number): number => {
    return __xfrm_dst_hash(k, daddr, saddr, reqid, family, 7);
  },
);

/** An empty state. */
export const xfrm_state_alloc = traced(FILE, "xfrm_state_alloc()", (_k: Kernel): XfrmState => {
  return {
    selector: {
      daddr: 0,
      saddr: 0,
      dport: 0,
      dport_mask: 0,
      sport: 0,
      sport_mask: 0,
      prefixlen_d: 0,
      prefixlen_s: 0,
      proto: 0,
      ifindex: 0,
    },
    daddr: 0,
    saddr: 0,
    seq: 0,
    dead: false,
  };
});

/** Free a dead state, later. */
export const __xfrm_state_destroy = traced(
  FILE,
  "__xfrm_state_destroy(x)",
  (k: Kernel, _x: XfrmState): void => {
    local_bh_disable(k);
    local_bh_enable(k);
    defer(k, () => {});
  },
);

type StateAfinfo = typeof __xfrm4_init_tempsel;

/** What IPv4 adds to states. */
export const xfrm_state_get_afinfo = inlined(
  FILE,
  "xfrm_state_get_afinfo(family)",
  (_k: Kernel, _family: number): StateAfinfo => __xfrm4_init_tempsel,
);

/** Done with what {@link xfrm_state_get_afinfo} gave. */
export const xfrm_state_put_afinfo = inlined(
  FILE,
  "xfrm_state_put_afinfo(afinfo)",
  (_k: Kernel, _afinfo: StateAfinfo): void => {},
);

/** Make a larval state match one flow only. */
export const xfrm_init_tempsel = inlined(
  FILE,
  "xfrm_init_tempsel(x, fl, tmpl, daddr, saddr, family)",
  (
    k: Kernel,
    x: XfrmState,
    fl: Flowi,
    tmpl: XfrmTmpl,
    daddr: number,
    saddr: number,
    family: number,
  ): number => {
    const afinfo = xfrm_state_get_afinfo(k, family);
    afinfo(k, x, fl, tmpl, daddr, saddr);
    xfrm_state_put_afinfo(k, afinfo);
    return 0;
  },
);

/** The state for a flow; there is none, so the key daemons are asked to make one. -ESRCH where none listens. */
export const xfrm_state_find = traced(
  FILE,
  "xfrm_state_find(daddr, saddr, fl, tmpl, pol, family)",
  (
    k: Kernel,
    daddr: number,
    saddr: number,
    fl: Flowi,
    tmpl: XfrmTmpl,
    pol: XfrmPolicy,
    family: number,
  ): XfrmState | number => {
    local_bh_disable(k);
    xfrm_dst_hash(k, daddr, saddr, tmpl.reqid, family);
    xfrm_dst_hash(k, daddr, 0, tmpl.reqid, family);
    note(k, "no IPsec state for this flow: ask a key manager (km_query)");
    const x = xfrm_state_alloc(k);
    xfrm_init_tempsel(k, x, fl, tmpl, daddr, saddr, family);
    let error = security_xfrm_state_alloc_acquire(k, x, null, 0);
    if (error === 0 && km_query(k, x, tmpl, pol) !== 0) {
      note(k, "no key manager is listening: no IPsec state");
      error = -ESRCH;
    }
    x.dead = true;
    local_bh_enable(k);
    __xfrm_state_destroy(k, x);
    return error;
  },
);

/** Ask all key managers; one that takes it up is enough. */
export const km_query = traced(
  FILE,
  "km_query(x, t, pol)",
  (k: Kernel, x: XfrmState, t: XfrmTmpl, pol: XfrmPolicy): number => {
    let err = -EINVAL;
    if (xfrm_send_acquire(k, x, t, pol, 1) === 0) err = 0;
    if (pfkey_send_acquire(k, x, t, pol, 1) === 0) err = 0;
    return err;
  },
);

/** Number the requests to key daemons. */
export const xfrm_get_acqseq = traced(FILE, "xfrm_get_acqseq()", (k: Kernel): number => {
  k.xfrm_acqseq = k.xfrm_acqseq + 1 || 1;
  return k.xfrm_acqseq;
});

/** Where states with an SPI are. */
export const xfrm_spi_hash = inlined(
  FILE,
  "xfrm_spi_hash(net, daddr, spi, proto, family)",
  (k: Kernel, _net: Net, daddr: number, spi: number, proto: number, family: number): number => {
    return __xfrm_spi_hash(k, daddr, spi, proto, family, 7);
  },
);

/** The state with this SPI, for packets to this address: there is none. */
export const __xfrm_state_lookup = traced(
  FILE,
  "__xfrm_state_lookup(net, mark, daddr, spi, proto, family)",
  (
    k: Kernel,
    net: Net,
    _mark: number,
    daddr: number,
    spi: number,
    proto: number,
    family: number,
  ): XfrmState | null => {
    xfrm_spi_hash(k, net, daddr, spi, proto, family);
    return null;
  },
);

/** The same, under the lock. */
export const xfrm_state_lookup_with_mark = traced(
  FILE,
  "xfrm_state_lookup_with_mark(net, mark, daddr, spi, proto, family)",
  (
    k: Kernel,
    net: Net,
    mark: number,
    daddr: number,
    spi: number,
    proto: number,
    family: number,
  ): XfrmState | null => {
    local_bh_disable(k);
    const x = __xfrm_state_lookup(k, net, mark, daddr, spi, proto, family);
    local_bh_enable(k);
    return x;
  },
);

/** Tell the audit daemon of a packet without keys: auditing is off. */
export const xfrm_audit_state_notfound = traced(
  FILE,
  "xfrm_audit_state_notfound(skb, family, net_spi, net_seq)",
  (_k: Kernel, _skb: SkBuff, _family: number, _net_spi: number, _net_seq: number): void => {},
);
