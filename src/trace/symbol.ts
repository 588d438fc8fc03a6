// SPDX-License-Identifier: GPL-2.0-only
/** What the tracer knows of a kernel function: the table every recording's integers point into. */

/** One traced kernel function. What of it only readers need is made when it is read: a start defines hundreds. */
export class Sym {
  /** Index in {@link SYMBOLS}; what a recording stores. */
  readonly id: number;
  /** Path of the C file in the Linux tree, `net/ipv4/udp.c`. */
  readonly file: string;
  /** True where the ordinary (stock) build inlines it, so that a real ftrace cannot see it. */
  readonly inline: boolean;
  private readonly signature: string;
  private parts: readonly [string, readonly string[]] | null = null;

  constructor(id: number, file: string, signature: string, inline: boolean) {
    this.id = id;
    this.file = file;
    this.signature = signature;
    this.inline = inline;
  }

  private parse(): readonly [string, readonly string[]] {
    const paren = this.signature.indexOf("(");
    const inside = this.signature.slice(paren + 1, -1);
    this.parts = [this.signature.slice(0, paren), inside === "" ? [] : inside.split(", ")];
    return this.parts;
  }

  get name(): string {
    return (this.parts ?? this.parse())[0];
  }

  /** Parameter names in order, without the machine. */
  get params(): readonly string[] {
    return (this.parts ?? this.parse())[1];
  }
}

/** Every traced function, in load order. Append-only, complete once the modules are loaded. */
export const SYMBOLS: Sym[] = [];

/** Enter a function in the table. `signature` is `name(param, param…)`, the machine left out. */
export function defineSymbol(file: string, signature: string, inline: boolean): Sym {
  const sym = new Sym(SYMBOLS.length, file, signature, inline);
  SYMBOLS.push(sym);
  return sym;
}

/** A function that has one, for printing function pointers. */
export interface Traced {
  readonly sym: Sym;
}
