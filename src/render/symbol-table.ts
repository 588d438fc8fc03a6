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

  /** Says which image this is, as a linker's build id does: 20 bytes, others for other functions. */
  get buildId(): string {
    const names = [...this.offsets.keys()].join();
    return [1, 2, 3, 4, 5].map((seed) => hex8(fnv1a(names, Math.imul(seed, 0x9e3779b1)))).join("");
  }

  /** One line a function, in the order of their places. */
  lines(line: (fn: string, offset: number) => string): string {
    return [...this.offsets].map(([fn, offset]) => line(fn, offset)).join("");
  }
}

/** FNV-1a from a beginning of choice. */
function fnv1a(text: string, basis: number): number {
  let h = basis;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

function hex8(n: number): string {
  return n.toString(16).padStart(8, "0");
}
