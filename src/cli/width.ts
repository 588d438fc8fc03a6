// SPDX-License-Identifier: GPL-2.0-only
/** How wide lines for people are: as wide as the terminal that they go to, and in pipes and files as long as they are. */
import type { Layout } from "../render/layout/layout.ts";
import type { Paint } from "../render/style.ts";
import { UsageError } from "./errors.ts";
import type { Io } from "./io.ts";
import type { OptionRow } from "./option.ts";
import { parseNumber } from "./values.ts";

export const WIDTH: OptionRow = {
  flags: "--width <n>",
  help: "columns of the lines for people: auto (those of the terminal, if it is one), a number, none",
  words: ["auto", "none"],
  fallback: "auto",
};

/** In fewer columns nothing can be read. */
const LEAST = 40;
const MOST = 10_000;
/** Of a terminal that does not say. */
const USUAL = 80;

/** The value of --width: columns, null for lines of any length; undefined where the terminal decides. Throws UsageError. */
export function parseWidth(text: string): number | null | undefined {
  if (text === "auto") return undefined;
  if (text === "none") return null;
  if (!/^\d/.test(text))
    throw new UsageError(`--width '${text}': expected a number of columns, auto or none`);
  return parseNumber("--width", text, LEAST, MOST, ", auto or none");
}

/** The columns of standard output, null where it is no terminal. COLUMNS says it for one, as for ls(1). */
export function terminalColumns(io: Io): number | null {
  if (!io.stdoutIsTTY) return null;
  const said = Number(io.env["COLUMNS"]);
  const columns = Number.isInteger(said) && said > 0 ? said : (io.columns ?? USUAL);
  return Math.min(Math.max(columns, LEAST), MOST);
}

/** Lines of so many columns; undefined: of any length. Loaded for those who look at a terminal. */
export async function layoutFor(columns: number | null, paint: Paint): Promise<Layout | undefined> {
  if (columns === null) return undefined;
  const { terminal } = await import("../render/layout/terminal.ts");
  return terminal(paint, columns);
}
