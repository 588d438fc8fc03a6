// SPDX-License-Identifier: GPL-2.0-only
/** What the tracer knows of a kernel function: the table every recording's integers point into. */

/** One traced kernel function. */
export interface Sym {
  /** Index in {@link SYMBOLS}; what a recording stores. */
  readonly id: number;
  readonly name: string;
  /** Path of the C file in the Linux tree, `net/ipv4/udp.c`. */
  readonly file: string;
  /** Parameter names in order, without the machine. */
  readonly params: readonly string[];
  /** True where the ordinary (stock) build inlines it, so that a real ftrace cannot see it. */
  readonly inline: boolean;
}

/** Every traced function, in load order. Append-only, complete once the modules are loaded. */
export const SYMBOLS: Sym[] = [];

/** Enter a function in the table. `signature` is `name(param, param…)`, the machine left out. */
export function defineSymbol(file: string, signature: string, inline: boolean): Sym {
  const paren = signature.indexOf("(");
  const inside = signature.slice(paren + 1, -1);
  const sym: Sym = {
    id: SYMBOLS.length,
    name: signature.slice(0, paren),
    file,
    params: inside === "" ? [] : inside.split(", "),
    inline,
  };
  SYMBOLS.push(sym);
  return sym;
}
