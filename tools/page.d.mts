/** See page.mjs. */
export function pageConstants(): Promise<Record<"PAGE_STYLE" | "PAGE_SCRIPT" | "PAGE_POLICY", string>>;
