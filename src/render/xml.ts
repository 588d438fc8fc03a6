// SPDX-License-Identifier: GPL-2.0-only
/** Text in XML. */

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no way to say them
const UNSPEAKABLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

/** Escape a text for an element or an attribute. */
export function escapeXml(text: string): string {
  return text.replace(UNSPEAKABLE, "\ufffd").replace(/[&<>"]/g, (c) => ENTITIES[c] as string);
}
