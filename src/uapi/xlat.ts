// SPDX-License-Identifier: GPL-2.0-only
/** Tables of names for numbers, and how flags print: as strace does it. */

/** Names in the order of the header. */
export type Xlat = readonly (readonly [string, number])[];

/** The name of a value, or undefined. */
export function nameOf(table: Xlat, value: number): string | undefined {
  return table.find(([, v]) => v === value)?.[0];
}

/** The value of a name, or undefined. */
export function numberOf(table: Xlat, name: string): number | undefined {
  return table.find(([n]) => n === name)?.[1];
}

/** `A|B|0x80`: names in table order, what has none in hexadecimal; `0` for none set. */
export function flagNames(table: Xlat, value: number, unknown = ""): string {
  let rest = value >>> 0;
  if (rest === 0) return "0";
  const parts: string[] = [];
  for (const [name, bit] of table) {
    if (bit !== 0 && (rest & bit) >>> 0 === bit >>> 0) {
      parts.push(name);
      rest = (rest & ~bit) >>> 0;
    }
  }
  if (rest !== 0) {
    const hex = `0x${rest.toString(16)}`;
    parts.push(parts.length === 0 && unknown !== "" ? `${hex} /* ${unknown} */` : hex);
  }
  return parts.join("|");
}
