// SPDX-License-Identifier: GPL-2.0-only
/** net/core/utils.c: how often the stack may complain. */
import { note, traced } from "../../../../trace/traced.ts";
import { type Kernel, printk } from "../../kernel.ts";

const FILE = "net/core/utils.c";
/** Seconds. */
const INTERVAL = 5;
const BURST = 10;

/** May another warning be printed? Ten in five seconds. */
export const net_ratelimit = traced(FILE, "net_ratelimit()", (k: Kernel): number => {
  if (k.ratelimit_begin === 0) k.ratelimit_begin = k.jiffies;
  if (k.jiffies > k.ratelimit_begin + INTERVAL * k.HZ) {
    if (k.ratelimit_missed !== 0) printk(k, `__ratelimit: ${k.ratelimit_missed} callbacks suppressed`);
    k.ratelimit_begin = 0;
    k.ratelimit_printed = 0;
    k.ratelimit_missed = 0;
  }
  if (k.ratelimit_printed < BURST) {
    k.ratelimit_printed++;
    return 1;
  }
  note(k, "message rate limit (printk_ratelimit): not printed");
  k.ratelimit_missed++;
  return 0;
});
