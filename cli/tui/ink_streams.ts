/**
 * The terminal as Ink wants it: streams that look like those of Node.
 *
 * @module
 */
import { EventEmitter } from "node:events";
import { asciiSigns } from "../output/ascii.ts";
import type { FullScreen } from "../terminal.ts";

/** What Ink draws on: what is written in one turn goes to the terminal in one piece. */
export class InkOutput extends EventEmitter {
  readonly isTTY = true;
  readonly writable = true;
  columns: number;
  rows: number;
  readonly #screen: Pick<FullScreen, "write">;
  readonly #unicode: boolean;
  #text = "";

  /** @param options.unicode Whether the terminal shows more than ASCII. */
  constructor(screen: Pick<FullScreen, "size" | "write">, options: { readonly unicode: boolean }) {
    super();
    this.#screen = screen;
    this.#unicode = options.unicode;
    ({ columns: this.columns, rows: this.rows } = screen.size());
  }

  /** Takes a text; tells `done` when it has been written. */
  write(text: string, done?: () => void): boolean {
    if (this.#text === "") queueMicrotask(() => this.flush());
    this.#text += text;
    if (done !== undefined) queueMicrotask(done);
    return true;
  }

  /** Writes what is left. */
  flush(): void {
    const text = this.#text;
    this.#text = "";
    if (text === "") return;
    this.#screen.write(this.#unicode ? text : asciiSigns(text));
  }

  /** Tells Ink of another size. */
  resize({ columns, rows }: { readonly columns: number; readonly rows: number }): void {
    this.columns = columns;
    this.rows = rows;
    this.emit("resize");
  }

  /** As Ink's types know it. */
  asStream(): NodeJS.WritableStream {
    return this as unknown as NodeJS.WritableStream;
  }
}

/** What Ink hears keys from. The terminal is in raw mode for as long as it is ours, so nothing is switched here. */
export class InkInput extends EventEmitter {
  readonly isTTY = true;
  readonly #pieces: string[] = [];

  /** Hands on what was typed, a piece at a time. */
  push(pieces: readonly string[]): void {
    this.#pieces.push(...pieces);
    if (pieces.length > 0) this.emit("readable");
  }

  /** The next piece; `null` when there is none. */
  read(): string | null {
    return this.#pieces.shift() ?? null;
  }

  setEncoding(): this {
    return this;
  }

  setRawMode(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  /** As Ink's types know it. */
  asStream(): NodeJS.ReadableStream {
    return this as unknown as NodeJS.ReadableStream;
  }
}
