// SPDX-License-Identifier: GPL-2.0-only
/** Where in a line of JSON something stands: JSON.parse is fast but does not say. Used only to explain a bad line. */

/** What is wrong with a text that is no JSON. */
export class JsonProblem extends Error {
  override name = "JsonProblem";
  /** Index in the text. */
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** More levels than any event has; it keeps hostile input from exhausting the stack. */
const MAX_LEVELS = 200;

type Path = readonly (string | number)[];

/** Index at which the value under `path` begins; the line's own value where the path leads nowhere. Throws JsonProblem. */
export function locate(text: string, path: Path): number {
  const scan = new Scanner(text, path);
  scan.whole();
  return scan.found;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const LETTERS = /[^"\\\x00-\x1f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\r\n]*/y;

class Scanner {
  found = 0;
  private i = 0;
  private readonly text: string;
  private readonly path: Path;

  constructor(text: string, path: Path) {
    this.text = text;
    this.path = path;
  }

  whole(): void {
    this.value(0, true);
    if (this.i < this.text.length) throw this.problem("the end of the line");
  }

  /** Read one value. `on`: it lies on the path, so far as that is `level` long. */
  private value(level: number, on: boolean): void {
    this.match(SPACE);
    if (on) this.found = this.i;
    const c = this.text[this.i];
    if (level > MAX_LEVELS) throw new JsonProblem(this.i, "nested too deeply");
    if (c === "{") this.members(level, on);
    else if (c === "[") this.elements(level, on);
    else if (c === '"') this.string();
    else if (this.match(NUMBER) === "" && this.match(WORD) === "") throw this.problem("a value");
    this.match(SPACE);
  }

  private members(level: number, on: boolean): void {
    this.list("}", () => {
      this.match(SPACE);
      if (this.text[this.i] !== '"') throw this.problem('a name in "quotes"');
      const name = this.string();
      this.match(SPACE);
      this.take(":");
      this.value(level + 1, on && this.path[level] === name);
    });
  }

  private elements(level: number, on: boolean): void {
    let index = 0;
    this.list("]", () => this.value(level + 1, on && this.path[level] === index++));
  }

  private list(end: string, item: () => void): void {
    this.i++;
    this.match(SPACE);
    if (this.text[this.i] === end) {
      this.i++;
      return;
    }
    for (;;) {
      item();
      this.match(SPACE);
      if (this.text[this.i] === end) break;
      if (this.text[this.i] !== ",") throw this.problem(`"," or "${end}"`);
      this.i++;
    }
    this.i++;
  }

  private string(): string {
    const start = this.i++;
    do this.match(LETTERS);
    while (this.match(ESCAPE) !== "");
    if (this.text[this.i] !== '"') {
      throw this.problem(this.text[this.i] === "\\" ? "an escape such as \\n or \\u001b" : 'a closing "');
    }
    this.i++;
    return JSON.parse(this.text.slice(start, this.i)) as string;
  }

  private take(sign: string): void {
    if (this.text[this.i] !== sign) throw this.problem(`"${sign}"`);
    this.i++;
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.i;
    const got = pattern.exec(this.text)?.[0] ?? "";
    this.i += got.length;
    return got;
  }

  private problem(expected: string): JsonProblem {
    const code = this.text.codePointAt(this.i);
    const got = code === undefined ? "the line ends" : `found ${JSON.stringify(String.fromCodePoint(code))}`;
    return new JsonProblem(this.i, `${got}, expected ${expected}`);
  }
}
