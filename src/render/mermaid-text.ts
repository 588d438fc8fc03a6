// SPDX-License-Identifier: GPL-2.0-only
/** Text that Mermaid shows as it is: what it takes for markup or for the end of a line is written by number. */

/** Escape a text for a label, a message or a note. */
export function mermaidText(text: string): string {
  return text.replace(/[^\w .,:()=/*+'·×→⇒…-]/gu, (c) => `#${c.codePointAt(0)};`);
}
