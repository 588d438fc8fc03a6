// SPDX-License-Identifier: GPL-2.0-only
/** Made-up places of functions in a kernel image, for formats that name a function by its address. */

/** Bytes from one function to the next. */
export const FUNCTION_SIZE = 16;

/** Functions get their places as they are first called. */
export class SymbolTable {
  private readonly offsets = new Map<string, number>();

  /** Where the function begins, in bytes from the first one. */
  offset(fn: string): number {
    const known = this.offsets.get(fn);
    if (known !== undefined) return known;
    const offset = this.size;
    this.offsets.set(fn, offset);
    return offset;
  }

  /** Bytes that all functions take. */
  get size(): number {
    return this.offsets.size * FUNCTION_SIZE;
  }

  /** One line a function, in the order of their places. */
  lines(line: (fn: string, offset: number) => string): string {
    return [...this.offsets].map(([fn, offset]) => line(fn, offset)).join("");
  }
}
