// SPDX-License-Identifier: GPL-2.0-only
/** Tables, drawn by cli-table3 without lines or colours. */

import type { DrawTable } from "../render/format.ts";

const NO_LINES: Record<string, string> = Object.fromEntries(
  ["top", "bottom", "left", "right", "mid"].flatMap((side) => [
    [side, ""],
    [`${side}-mid`, ""],
    [`${side}-left`, ""],
    [`${side}-right`, ""],
  ]),
);

/** For formats that draw none: the library would cost every start five milliseconds. */
export const noTable: DrawTable = () => "";

/** Load the library. */
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
