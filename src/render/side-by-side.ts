// SPDX-License-Identifier: GPL-2.0-only
/** Two texts in two columns, marked where they differ, as `diff -y` does. */

/** A line of both; null where one has none. */
export interface SideLine {
  readonly left: string | null;
  readonly right: string | null;
  /** Whether they count as the same; where it is not said, the same text does. */
  readonly same?: boolean;
}

/** The columns, under their heads. What is longer than `width` is cut; in the right one only where it is `both`. */
export function sideBySide(
  lines: readonly SideLine[],
  heads: readonly [string, string],
  width: number,
  both = false,
): string[] {
  const row = (mark: string, left: string, right: string): string =>
    `${mark} ${cut(left, width).padEnd(width)} ${mark} ${both ? cut(right, width) : right}`.trimEnd();
  return [row(" ", ...heads), ...lines.map((line) => row(mark(line), line.left ?? "", line.right ?? ""))];
}

function mark({ left, right, same }: SideLine): string {
  if (same ?? left === right) return " ";
  return left === null ? ">" : right === null ? "<" : "|";
}

/** A name that stands deep keeps its letters as long as there are blanks before it. */
function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  const bare = text.trimStart();
  return bare.length <= width ? bare.padStart(width) : `${bare.slice(0, Math.max(0, width - 1))}…`;
}
