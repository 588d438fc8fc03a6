// SPDX-License-Identifier: GPL-2.0-only
/** Two texts in two columns, marked where they differ, as `diff -y` does. */

/** A line of both; null where one has none. */
export interface SideLine {
  readonly left: string | null;
  readonly right: string | null;
  /** Whether they count as the same; where it is not said, the same text does. */
  readonly same?: boolean;
}

/** The columns, under their heads. Lines of the left one that are longer than `width` are cut. */
export function sideBySide(
  lines: readonly SideLine[],
  heads: readonly [string, string],
  width: number,
): string[] {
  const row = (mark: string, left: string, right: string): string =>
    `${mark} ${cut(left, width)} ${mark} ${right}`.trimEnd();
  return [row(" ", ...heads), ...lines.map((line) => row(mark(line), line.left ?? "", line.right ?? ""))];
}

function mark({ left, right, same }: SideLine): string {
  if (same ?? left === right) return " ";
  return left === null ? ">" : right === null ? "<" : "|";
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}
