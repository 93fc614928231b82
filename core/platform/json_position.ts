/**
 * Where a text stops being JSON: `JSON.parse` itself often does not say.
 *
 * @module
 */

const SPACE = /[ \t\r\n]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

class Scanner {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Offset of the first character that cannot stand where it does; `undefined` when all of it is JSON. */
  firstError(): number | undefined {
    if (!this.#value()) return this.#offset;
    this.#take(SPACE);
    return this.#offset < this.#text.length ? this.#offset : undefined;
  }

  #take(expression: RegExp): boolean {
    expression.lastIndex = this.#offset;
    if (!expression.test(this.#text)) return false;
    this.#offset = expression.lastIndex;
    return true;
  }

  #takeMark(mark: string): boolean {
    this.#take(SPACE);
    if (this.#text[this.#offset] !== mark) return false;
    this.#offset += 1;
    return true;
  }

  #value(): boolean {
    if (this.#takeMark("{")) return this.#items("}", () => this.#member());
    if (this.#takeMark("[")) return this.#items("]", () => this.#value());
    return this.#string() || this.#take(SCALAR);
  }

  #member(): boolean {
    this.#take(SPACE);
    return this.#string() && this.#takeMark(":") && this.#value();
  }

  /** A broken string counts as wrong from its beginning: that is where to look. */
  #string(): boolean {
    const start = this.#offset;
    if (this.#text[start] !== '"') return false;
    for (this.#offset += 1;;) {
      const character = this.#text[this.#offset] ?? "\n";
      if (character === "\\" && this.#take(ESCAPE)) continue;
      // Control characters may not stand in a string; the end of the text counts as one.
      if (character < " " || character === "\\") break;
      this.#offset += 1;
      if (character === '"') return true;
    }
    this.#offset = start;
    return false;
  }

  /** Up to and with the closing mark. */
  #items(close: string, item: () => boolean): boolean {
    if (this.#takeMark(close)) return true;
    do {
      if (!item()) return false;
    } while (this.#takeMark(","));
    return this.#takeMark(close);
  }
}

/** Where `text` stops being JSON; `undefined` when it is JSON, or is nested too deeply to tell. */
export function findJsonError(text: string): { readonly line: number; readonly column: number } | undefined {
  let offset: number | undefined;
  try {
    offset = new Scanner(text).firstError();
  } catch {
    return undefined;
  }
  if (offset === undefined) return undefined;
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}
