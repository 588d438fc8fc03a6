// SPDX-License-Identifier: GPL-2.0-only
/** net/xfrm/xfrm_algo.c: the ciphers that keys may be for. */
import { inlined, traced } from "../../../../trace/traced.ts";
import type { Kernel } from "../../kernel.ts";

const FILE = "net/xfrm/xfrm_algo.c";

/** ealg_list, by name; none is loaded. */
const ealg_list: readonly string[] = [
  "ecb(cipher_null)",
  "cbc(des)",
  "cbc(des3_ede)",
  "cbc(cast5)",
  "cbc(blowfish)",
  "cbc(aes)",
  "cbc(serpent)",
  "cbc(camellia)",
  "cbc(twofish)",
  "rfc3686(ctr(aes))",
];

/** How many ciphers are known. */
export const ealg_entries = inlined(FILE, "ealg_entries()", (_k: Kernel): number => ealg_list.length);

/** The cipher of a number, or null past the last. */
export const xfrm_ealg_get_byidx = traced(
  FILE,
  "xfrm_ealg_get_byidx(idx)",
  (k: Kernel, idx: number): string | null => {
    if (idx >= ealg_entries(k)) return null;
    return ealg_list[idx] ?? null;
  },
);
