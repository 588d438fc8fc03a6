// SPDX-License-Identifier: GPL-2.0-only
/** Tables, drawn by cli-table3 without lines or colours. */

/** Draws rows under a head as text, with a newline at the end. */
export type DrawTable = (
  head: readonly string[],
  aligns: readonly ("left" | "right")[],
  rows: readonly (readonly string[])[],
) => string;

const NO_LINES: Record<string, string> = Object.fromEntries(
  ["top", "bottom", "left", "right", "mid"].flatMap((side) => [
    [side, ""],
    [`${side}-mid`, ""],
    [`${side}-left`, ""],
    [`${side}-right`, ""],
  ]),
);

/** Load the library; what it gives draws rows under a head, with a newline at the end. */
export async function tableDrawer(): Promise<DrawTable> {
  const { default: Table } = await import("cli-table3");
  return (head, colAligns, rows) => {
    const table = new Table({
      head: [...head],
      chars: { ...NO_LINES, middle: "  " },
      colAligns: [...colAligns],
      // Without this the library prints escape sequences into pipes.
      style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    });
    table.push(...rows.map((row) => [...row]));
    const lines = table.toString().split("\n");
    return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
  };
}
