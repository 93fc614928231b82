/**
 * What a terminal shows of what was written to it: as much of a VT100 as the terminal UI makes use of. Whatever else
 * comes is an error, so that nobody trusts a picture that a real terminal would not show.
 *
 * @module
 */
import stringWidth from "string-width";

/** A cell: one sign; the second half of a wide one is empty. */
type Cell = string;

// deno-lint-ignore no-control-regex
const SEQUENCE = /\x1b\[([?>]?)([\d;]*)([A-Za-z])|\x1b([^[])|[\x00-\x1f]/y;

/** A terminal of a size. */
export class VtScreen {
  columns: number;
  rows: number;
  /** Private modes that are set, such as `1049`, and those that ever were. */
  readonly modes: Set<string> = new Set(["25"]);
  readonly modesSeen: Set<string> = new Set();
  #cells: Cell[][];
  #row = 0;
  #column = 0;
  /** The last column was written: the next sign goes to the next line. */
  #wraps = false;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.#cells = this.#blank();
  }

  /** Another size; what no longer fits is cut, as on the alternate screen. */
  resize(columns: number, rows: number): void {
    const before = this.#cells;
    this.columns = columns;
    this.rows = rows;
    this.#cells = this.#blank().map((line, row) => line.map((cell, column) => before[row]?.[column] ?? cell));
    this.#moveTo(this.#row, this.#column);
  }

  /** What it shows, without blanks at the ends. */
  text(): string {
    return this.#cells.map((line) => line.join("").trimEnd()).join("\n").trimEnd();
  }

  /** Takes what a program writes. */
  write(text: string): void {
    for (let at = 0; at < text.length;) {
      SEQUENCE.lastIndex = at;
      const match = SEQUENCE.exec(text);
      if (match !== null) {
        at += match[0].length;
        this.#control(match);
        continue;
      }
      // deno-lint-ignore no-control-regex
      const end = text.slice(at).search(/[\x00-\x1f]/);
      const run = end < 0 ? text.slice(at) : text.slice(at, at + end);
      for (const { segment } of new Intl.Segmenter().segment(run)) this.#put(segment);
      at += run.length;
    }
  }

  #blank(): Cell[][] {
    return Array.from({ length: this.rows }, () => Array.from({ length: this.columns }, () => " "));
  }

  #moveTo(row: number, column: number): void {
    this.#row = Math.max(0, Math.min(this.rows - 1, row));
    this.#column = Math.max(0, Math.min(this.columns - 1, column));
    this.#wraps = false;
  }

  #lineFeed(): void {
    if (this.#row < this.rows - 1) return this.#moveTo(this.#row + 1, 0);
    this.#cells.shift();
    this.#cells.push(Array.from({ length: this.columns }, () => " "));
    this.#moveTo(this.#row, 0);
  }

  #put(sign: string): void {
    const width = stringWidth(sign);
    if (width === 0) return;
    if (this.#wraps || this.#column + width > this.columns) this.#lineFeed();
    const line = this.#cells[this.#row] ?? [];
    line[this.#column] = sign;
    if (width === 2) line[this.#column + 1] = "";
    this.#column += width;
    if (this.#column < this.columns) return;
    this.#column = this.columns - 1;
    this.#wraps = true;
  }

  #control([whole = "", prefix = "", numbers = "", letter]: RegExpExecArray): void {
    if (whole === "\n") return this.#lineFeed();
    if (whole === "\r") return this.#moveTo(this.#row, 0);
    if (letter === undefined) throw new Error(`unknown control: ${JSON.stringify(whole)}`);
    if (prefix === "?" && (letter === "h" || letter === "l")) return this.#mode(numbers, letter === "h");
    const [first = 0, second = 0] = numbers.split(";").map(Number);
    const count = Math.max(1, first);
    switch (letter) {
      case "m":
        return;
      case "A":
        return this.#moveTo(this.#row - count, this.#column);
      case "B":
        return this.#moveTo(this.#row + count, this.#column);
      case "C":
        return this.#moveTo(this.#row, this.#column + count);
      case "D":
        return this.#moveTo(this.#row, this.#column - count);
      case "E":
        return this.#moveTo(this.#row + count, 0);
      case "G":
        return this.#moveTo(this.#row, count - 1);
      case "H":
        return this.#moveTo(count - 1, Math.max(1, second) - 1);
      case "J":
        return this.#eraseScreen(first);
      case "K":
        return this.#eraseLine(first);
      default:
        throw new Error(`unknown sequence: ${JSON.stringify(whole)}`);
    }
  }

  #mode(numbers: string, isSet: boolean): void {
    if (isSet) this.modes.add(numbers);
    else this.modes.delete(numbers);
    if (isSet) this.modesSeen.add(numbers);
    // The alternate screen comes empty, and what was there before is not kept here.
    if (numbers === "1049") this.#cells = this.#blank();
  }

  #eraseLine(how: number): void {
    const line = this.#cells[this.#row] ?? [];
    const [from, to] = how === 0
      ? [this.#column, this.columns]
      : how === 1
      ? [0, this.#column + 1]
      : [0, this.columns];
    for (let column = from; column < to; column++) line[column] = " ";
  }

  #eraseScreen(how: number): void {
    if (how >= 2) {
      this.#cells = this.#blank();
      return;
    }
    this.#eraseLine(how);
    const [from, to] = how === 0 ? [this.#row + 1, this.rows] : [0, this.#row];
    for (let row = from; row < to; row++) this.#cells[row] = Array.from({ length: this.columns }, () => " ");
  }
}
