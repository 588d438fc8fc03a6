// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/xfrm4_state.c: IPv4's part of IPsec states. */
import { traced } from "../../../../trace/traced.ts";
import type { Flowi } from "../../include/net/flow.ts";
import { type XfrmState, type XfrmTmpl, xfrm_flowi_dport, xfrm_flowi_sport } from "../../include/net/xfrm.ts";
import type { Kernel } from "../../kernel.ts";

const FILE = "net/ipv4/xfrm4_state.c";

/** Make a larval state match one flow only. */
export const __xfrm4_init_tempsel = traced(
  FILE,
  "__xfrm4_init_tempsel(x, fl, tmpl, daddr, saddr)",
  (_k: Kernel, x: XfrmState, fl: Flowi, tmpl: XfrmTmpl, daddr: number, saddr: number): void => {
    x.selector = {
      daddr: fl.fl4_dst,
      saddr: fl.fl4_src,
      dport: xfrm_flowi_dport(fl),
      dport_mask: 0xffff,
      sport: xfrm_flowi_sport(fl),
      sport_mask: 0xffff,
      prefixlen_d: 32,
      prefixlen_s: 32,
      proto: fl.proto,
      ifindex: fl.oif,
    };
    x.daddr = tmpl.daddr || daddr;
    x.saddr = tmpl.saddr || saddr;
  },
);
