// SPDX-License-Identifier: GPL-2.0-only
/** Lines of a pasted log that are no calls: what each is. */
import { isOpen } from "./dress.ts";

/** In the order in which a note tells them, in the plural. */
export const NOISE = {
  prompt: "commands and prompts",
  fence: "fences",
  gap: "omission marks",
  comment: "comments",
  cut: "lines that end in the middle of a call",
  text: "other text",
} as const;

export type Noise = keyof typeof NOISE;

const PROMPT =
  /^\s*(?:[\w.-]+@[\w.-]+[^#$%>]{0,60}[#$%>]|\[[^\]]{1,60}\][#$%]|[\w.-]{0,20}[#$%>]) +\S|^\s*(?:[$%] ?)?(?:sudo )?strace [-./]|^\s*(?:[\w.-]+@[\w.-]+[^#$%>]{0,60})?[#$%]\s*$/;
const FENCE =
  /^\s*(?:`{3,}|~{3,})|^\s*(?:\{(?:code|noformat)[^}]*\}|\[\/?(?:code|quote|pre)[^\]]*\]|<\/?(?:pre|code|details|summary)\b[^>]*>)\s*$/i;
const GAP =
  /^\s*(?:[[(<{*-]*\s*)?(?:\.{2,}|\u2026|\xe2\x80\xa6|snip\w*|cut|truncated|omitted|skipped|deleted)(?:.*?(?:\.{2,}|lines?.*))?\s*[\])>}*-]*\s*$|^\s*[[(<{*-]+.{0,40}\b(?:snip\w*|left out|omitted|truncated|skipped|removed|lines)\b.{0,40}[\])>}*-]+\s*$|^\s*[:.\-*_=~]{3,}\s*$|^\s*:\s*$/i;
const COMMENT = /^\s*(?:#|\/\/|\/\*|;|--(?!-)\s|<!--|\*\s)/;

/** What a line is that is no call. */
export function noiseOf(text: string, name: string): Noise {
  if (FENCE.test(text)) return "fence";
  if (name !== "" && isOpen(text)) return "cut";
  if (COMMENT.test(text) && !/^\s*# \w+ /.test(text)) return "comment";
  if (GAP.test(text)) return "gap";
  if (PROMPT.test(text)) return "prompt";
  return COMMENT.test(text) ? "comment" : "text";
}
