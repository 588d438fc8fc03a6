// SPDX-License-Identifier: GPL-2.0-only
/** Values as JSON on one line, for formats that are JSON for other programs. */

/** As JSON.stringify, and nothing that a terminal would take for a command. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A list written as it comes: between the items a comma and a new line. */
export class JsonList {
  private empty = true;

  /** What to write for these items. */
  add(items: readonly unknown[]): string {
    if (items.length === 0) return "";
    const text = items.map(jsonText).join(",\n");
    const before = this.empty ? "" : ",\n";
    this.empty = false;
    return before + text;
  }
}
