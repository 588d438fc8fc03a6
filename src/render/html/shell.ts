// SPDX-License-Identifier: GPL-2.0-only
/** The page's HTML: what a reader without scripts sees, and the frame that the script fills. */
import type { MachineEvent, VerdictEvent } from "../../trace/event.ts";
import { decider, ends, headline, marks } from "../head.ts";
import type { Repeat } from "../repeats.ts";
import { headOf } from "../title.ts";
import type { Opening, Section } from "./model.ts";

/** Text as HTML text or attribute value; a control byte becomes a visible sign. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
    .replace(/\p{Cc}/gu, (c) => (c === "\n" ? c : "\ufffd"));
}

/** A value as JSON that may stand in a script element: nothing in it can end the element, no control byte is raw. */
export function embed(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<\p{Cc}]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** From the doctype to where the calls begin. */
export function pageHead(machine: MachineEvent, style: string, policy: string): string {
  const where = headOf(machine).join(" · ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>nettrace</title>
<style>${style}</style>
</head>
<body>
<header class="top">
<div class="machine"><h1>nettrace</h1> <p>${escapeHtml(where)}</p></div>
<nav class="calls" id="calls" aria-label="System calls" hidden></nav>
</header>
<main>
`;
}

/** What is seen of a call without its data; `send`: which of the session's sends, 0: none. */
export interface Told {
  readonly line: string;
  readonly failed: boolean;
  readonly verdict: VerdictEvent | null;
  readonly send: number;
}

/** One system call: how it was made, what became of it, and its data. */
export function sectionHtml({ line, failed, verdict, send }: Told, section: Section): string {
  const what = verdict === null ? "" : verdictHtml(verdict, section);
  const nth = send === 0 ? "" : ` data-send="${send}"`;
  return `<section class="call${failed ? " failed" : ""}" data-rows="${section.rows.length}"${nth}>
<h2><code>${escapeHtml(line)}</code></h2>
${what}<script type="application/json">${embed(section)}</script>
</section>
`;
}

/** Calls that went as an earlier one, which stands above. */
export function repeatHtml({ text, verdict }: Repeat): string {
  const states = marks(verdict).map((span) => (typeof span === "string" ? span : span[1]));
  return `<p class="repeats">${escapeHtml(`${text}: ${states.join("")}`)}</p>\n`;
}

function verdictHtml(verdict: VerdictEvent, section: Section): string {
  const by = decidedHtml(verdict, section);
  const other = verdict.change.map(changeHtml).join(" ");
  const different = other === "" ? "" : `<p class="change">tried: ${other}</p>\n`;
  const what = ends(verdict).map((end) => `<p class="what">${escapeHtml(headline(end))}</p>`);
  return `<div class="verdict">
${what.join("\n")}
<div class="because">
${by}${different}</div>
</div>
`;
}

function decidedHtml(verdict: VerdictEvent, section: Section): string {
  const decided = decider(verdict);
  if (decided === null) return "";
  const name = `<code>${escapeHtml(decided.fn)}</code>`;
  const step = section.first + section.decided;
  const link = section.decided < 0 ? name : `<a href="#step=${step}">${name}</a>`;
  const why = decided.why === "" ? "" : `: ${escapeHtml(decided.why)}`;
  return `<p class="decided">decided in ${link} <span class="file">(${escapeHtml(decided.file)})</span>${why}</p>\n`;
}

/** `--listen → delivered`: the option as code, what it leads to as text. */
function changeHtml(change: string): string {
  const [, option = change, rest = ""] = /^(.*?)( → .*)$/.exec(change) ?? [];
  return `<span class="other"><code>${escapeHtml(option)}</code>${escapeHtml(rest)}</span>`;
}

/** From where the calls end to the end of the page. */
export function pageFoot(opening: Opening, script: string): string {
  return `<noscript><p>The steps inside need scripts; what became of each call is said above.</p></noscript>
<div id="explorer" hidden></div>
</main>
<script type="application/json" id="opening">${embed(opening)}</script>
<script>${script}</script>
</body>
</html>
`;
}
