// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/pkt_cls.h: the word in which classifiers and actions leave what they did to a packet. */
import { inlined, note } from "../../../../trace/traced.ts";
import type { Kernel } from "../../kernel.ts";

const S_TC_AT = 12;
const M_TC_AT = 3 << S_TC_AT;
export const AT_EGRESS = 2;

/** tc_verd with where the packet is, coming in or going out: an action that mirrors or redirects it reads that. A macro. */
export const SET_TC_AT = inlined(
  "include/linux/pkt_cls.h",
  "SET_TC_AT(v, n)",
  (k: Kernel, v: number, n: number): number => {
    const tc_verd = (n << S_TC_AT) | (v & ~M_TC_AT);
    note(k, "a packet on its way out (AT_EGRESS), for traffic control's actions", { tc_verd });
    return tc_verd;
  },
);
