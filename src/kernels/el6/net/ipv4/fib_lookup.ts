// SPDX-License-Identifier: GPL-2.0-only
/** net/ipv4/fib_lookup.h: one route of a prefix, and the change of a lookup's answer. */
import { inlined } from "../../../../trace/traced.ts";
import { fib_info_put } from "../../include/net/ip_fib.ts";
import type { FibInfo, FibResult } from "../../include/net/struct_fib.ts";
import type { Kernel } from "../../kernel.ts";

const FILE = "net/ipv4/fib_lookup.h";

/** struct fib_alias: routes to one prefix differ in TOS, metric, type or scope. */
export interface FibAlias {
  fa_info: FibInfo;
  fa_tos: number;
  fa_type: number;
  fa_scope: number;
  fa_state: number;
}
/** Somebody's lookup has seen this route: the route cache may hold it. */
export const FA_S_ACCESSED = 0x01;

/** Put another route in the place of the one a lookup found. */
export const fib_result_assign = inlined(
  FILE,
  "fib_result_assign(res, fi)",
  (k: Kernel, res: FibResult, fi: FibInfo | null): void => {
    if (res.fi !== null) fib_info_put(k, res.fi);
    res.fi = fi;
    if (fi !== null) fi.fib_clntref++;
  },
);
