// SPDX-License-Identifier: GPL-2.0-only
/** A difference side by side, from a few lines before it. */
import { type SideLine, sideBySide } from "../../src/render/side-by-side.ts";
import type { Difference } from "./compare.ts";

const BEFORE = 12;
const AFTER = 8;
const WIDTH = 58;

export function differenceText(d: Difference): string {
  const long = Math.max(...d.expected.map((l) => l.length), ...d.got.map((l) => l.length)) > WIDTH * 2;
  return long || beyond(d) ? above(d) : beside(d);
}

/** Do the lines part only where a column ends? */
function beyond({ expected, got, at }: Difference): boolean {
  const [a, b] = [expected[at], got[at]];
  return a !== undefined && b !== undefined && a.slice(0, WIDTH - 1) === b.slice(0, WIDTH - 1);
}

/** Lines too long for two columns stand one above the other, cut to where they part. */
function above({ expected, got, at }: Difference): string {
  const [a = "(nothing)", b = "(nothing)"] = [expected[at], got[at]];
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  const from = Math.max(0, i - 60);
  const part = (text: string): string => `${from > 0 ? "…" : ""}${text.slice(from, from + 160)}`;
  const mark = " ".repeat(i - from + (from > 0 ? 1 : 0));
  return `    line ${at + 1}\n    recorded  ${part(a)}\n    simulated ${part(b)}\n              ${mark}^`;
}

function beside({ expected, got, at }: Difference): string {
  const lines: SideLine[] = [];
  for (let i = Math.max(0, at - BEFORE); i <= at + AFTER; i++) {
    const [left = null, right = null] = [expected[i], got[i]];
    if (left !== null || right !== null) lines.push({ left, right });
  }
  return sideBySide(lines, ["recorded", "simulated"], WIDTH)
    .map((line) => `    ${line}`)
    .join("\n");
}
