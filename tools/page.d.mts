// SPDX-License-Identifier: GPL-2.0-only
/** See page.mjs. */
export function pageConstants(): Promise<Record<"PAGE_STYLE" | "PAGE_SCRIPT" | "PAGE_POLICY", string>>;
