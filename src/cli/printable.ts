// SPDX-License-Identifier: GPL-2.0-only
/** What was typed, or stands in a file, must not command a terminal. */
export { printable, printableLines } from "../trace/printable.ts";
