// SPDX-License-Identifier: GPL-2.0-only
/** net/core/kmap_skb.h: make the page of a fragment addressable. On x86-64 every page already is. */
import { inlined } from "../../../../trace/traced.ts";
import type { Page, SkbFrag } from "../../include/linux/skbuff.ts";
import type { Kernel } from "../../kernel.ts";

const FILE = "net/core/kmap_skb.h";

/** The bytes of a fragment's page. */
export const kmap_skb_frag = inlined(FILE, "kmap_skb_frag(frag)", (_k: Kernel, frag: SkbFrag): Uint8Array => {
  return frag.page.bytes;
});

/** Done with them. */
export const kunmap_skb_frag = inlined(
  FILE,
  "kunmap_skb_frag(vaddr)",
  (_k: Kernel, _vaddr: Page["bytes"]): void => {},
);
