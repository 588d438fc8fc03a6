// SPDX-License-Identifier: GPL-2.0-only
/** The longest common subsequence of two lists of names. */

/** The table has at most so many cells; longer lists are gone through once. */
const MAX_CELLS = 4_000_000;

/** Indices of what both lists have, in order. */
export function longestCommon(a: readonly string[], b: readonly string[]): [number, number][] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  const most = Math.min(a.length, b.length) - start;
  while (end < most && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const out: [number, number][] = Array.from({ length: start }, (_, i) => [i, i]);
  const middle = between(a.slice(start, a.length - end), b.slice(start, b.length - end));
  for (const [i, j] of middle) out.push([i + start, j + start]);
  for (let i = end; i > 0; i--) out.push([a.length - i, b.length - i]);
  return out;
}

function between(a: readonly string[], b: readonly string[]): [number, number][] {
  return a.length * b.length > MAX_CELLS ? singlePass(a, b) : byTable(a, b);
}

function byTable(a: readonly string[], b: readonly string[]): [number, number][] {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  const cell = (i: number, j: number): number => table[i * width + j] as number;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const same = a[i] === b[j];
      table[i * width + j] = same ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1));
    }
  }
  const out: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) out.push([i++, j++]);
    else if (cell(i + 1, j) >= cell(i, j + 1)) i++;
    else j++;
  }
  return out;
}

/** Not the longest, but one: each name with its next place in the other list. */
function singlePass(a: readonly string[], b: readonly string[]): [number, number][] {
  const places = new Map<string, number[]>();
  for (let j = b.length - 1; j >= 0; j--) {
    const list = places.get(b[j] as string);
    if (list === undefined) places.set(b[j] as string, [j]);
    else list.push(j);
  }
  const out: [number, number][] = [];
  let from = 0;
  for (const [i, name] of a.entries()) {
    const list = places.get(name) ?? [];
    while ((list.at(-1) ?? from) < from) list.pop();
    const j = list.pop();
    if (j === undefined) continue;
    out.push([i, j]);
    from = j + 1;
  }
  return out;
}
