/**
 * The one way out: standard output carries data, standard error what is said to a person.
 *
 * @module
 */
import type { ErrorData } from "../../core/base/errors.ts";
import { redactText } from "../../core/base/redact.ts";
import type { Terminal } from "../terminal.ts";
import { describeError, describeErrorData, errorDocument, errorText, isBug } from "./error_view.ts";
import { asciiSigns } from "./ascii.ts";
import { canRedraw, showsUnicode } from "./shows_unicode.ts";
import { type Column, renderTable } from "./table.ts";
import { printable } from "./text_width.ts";
import { chooseTheme, type Theme } from "./theme.ts";
import { wrapLines } from "./wrap.ts";

/** Who reads the result: a person, a program (one document, or events line by line), or a shell loop. */
export type OutputMode = "human" | "json" | "events" | "quiet";

/** How outputs are made. */
export interface OutputOptions {
  readonly mode: OutputMode;
  readonly terminal: Terminal;
  /** `--no-color`. */
  readonly noColor: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** One result in its three forms; only the one that is wanted is made. */
export interface Views {
  /** The document; `undefined` inside becomes `null`. */
  readonly json: () => unknown;
  /** Paths or names. */
  readonly quiet: () => readonly string[];
  /** Lines for a person. */
  readonly human: () => readonly string[] | Promise<readonly string[]>;
  /** The lines are paths or a document: they are copied as they are, so no line is broken. @default {false} */
  readonly verbatim?: boolean;
}

/** Takes over the lower lines of the screen; lines said meanwhile go above them. */
export interface LiveArea {
  print(line: string): void;
}

/** A JSON text in which a value that is not known is `null`. */
export function toJson(document: unknown, indent?: number): string {
  return JSON.stringify(document, (_key, value) => value === undefined ? null : value, indent);
}

/** Writes results, talk and errors. */
export class Output {
  readonly mode: OutputMode;
  /** Styles for standard output. */
  readonly theme: Theme;
  /** Styles for standard error. */
  readonly talkTheme: Theme;
  /** Whether what is said may hold more than ASCII. */
  readonly unicode: boolean;
  /** Whether standard error is a terminal on which lines can be drawn anew in their places. */
  readonly canRedraw: boolean;
  readonly #terminal: Terminal;
  #live: LiveArea | undefined;
  /** What is to be said of a result when it has been written. */
  #notices: string[] = [];

  constructor({ mode, terminal, noColor, environment }: OutputOptions) {
    this.mode = mode;
    this.#terminal = terminal;
    this.theme = chooseTheme({ isTerminal: terminal.stdoutIsTerminal, noColor, environment });
    this.talkTheme = chooseTheme({ isTerminal: terminal.stderrIsTerminal, noColor, environment });
    this.unicode = showsUnicode(environment);
    this.canRedraw = terminal.stderrIsTerminal && canRedraw(environment);
  }

  /** Whether errors are data on standard output. */
  get #forProgram(): boolean {
    return this.mode === "json" || this.mode === "events";
  }

  /** Columns for results; `Infinity` when they go to a file or a pipe, where nothing is shortened. */
  get width(): number {
    return this.#terminal.stdoutIsTerminal ? this.#terminal.size()?.columns ?? 80 : Infinity;
  }

  /** Columns for what is said; `Infinity` as above. */
  get #talkWidth(): number {
    return this.#terminal.stderrIsTerminal ? this.#terminal.size()?.columns ?? 80 : Infinity;
  }

  /** Writes the result of a command. */
  async result(views: Views): Promise<void> {
    if (this.mode === "json") return this.#terminal.writeOut(`${toJson(views.json(), 2)}\n`);
    const lines = this.mode === "quiet" ? views.quiet() : this.#fitted(await views.human(), views);
    if (lines.length > 0) this.#terminal.writeOut(lines.map((line) => `${line}\n`).join(""));
    for (const notice of this.#notices.splice(0)) this.say(notice);
  }

  /** What a person sees of a result; in a file or a pipe it is left as it is. */
  #fitted(lines: readonly string[], { verbatim = false }: Pick<Views, "verbatim">): readonly string[] {
    if (!this.#terminal.stdoutIsTerminal || verbatim) return lines;
    return wrapLines(this.unicode ? lines : lines.map(asciiSigns), this.width);
  }

  /** Writes one JSON value on one line. */
  jsonLine(value: unknown): void {
    this.#terminal.writeOut(`${toJson(value)}\n`);
  }

  /**
   * A table for {@link Views.human}; says what found no room.
   *
   * @param options.said It is for {@link Output.sayLines} instead. @default {false}
   */
  async table<Row>(
    columns: readonly Column<Row>[],
    rows: readonly Row[],
    options: { readonly indent?: string; readonly said?: boolean } = {},
  ): Promise<readonly string[]> {
    const { said = false, ...look } = options;
    const { lines, hidden } = await renderTable({ columns, rows }, {
      width: said ? this.#talkWidth : this.width,
      theme: said ? this.talkTheme : this.theme,
      ...look,
    });
    if (hidden.length > 0) {
      const notice = `No room for ${hidden.join(", ")}: widen the terminal, or use --json`;
      if (said) this.say(notice);
      else this.#notices.push(notice);
    }
    return lines;
  }

  /** Says something to a person; a program has it in the document. */
  say(text: string): void {
    if (this.mode !== "human") return;
    for (const line of redactText(text).split("\n")) this.#talk(printable(line));
  }

  /** Says tables that were made to be said, with their styles. */
  sayLines(lines: readonly string[]): void {
    if (this.mode !== "human") return;
    for (const line of lines) this.#talk(line);
  }

  /** A question: what is typed stands behind it. */
  ask(question: string): void {
    this.#terminal.writeErr(this.talkLines(question).join("\n"));
  }

  /** The lines that something to be said takes on standard error. */
  talkLines(text: string): readonly string[] {
    const shown = this.unicode ? text : asciiSigns(text);
    return wrapLines(shown.split("\n"), this.#talkWidth);
  }

  /** Says what the next command may be. */
  suggest(text: string): void {
    if (this.mode !== "human") return;
    this.#talk(`${this.talkTheme.accent("hint:")} ${printable(redactText(text))}`);
  }

  /** Says something that a person should not miss, also while a program reads the document. */
  warn(text: string): void {
    if (this.mode !== "quiet") this.alarm(text);
  }

  /** Says that something of the person's was damaged: whatever the mode, for it is said once only. */
  alarm(text: string): void {
    this.#talk(`${this.talkTheme.warning("warning:")} ${printable(redactText(text))}`);
  }

  /** A line of the log: shown whatever the mode, because it was asked for. */
  log(line: string): void {
    this.#write([redactText(line)]);
  }

  /** A failure of the whole command: the document of it in JSON mode, else the text. */
  fail(error: unknown): void {
    const data = describeError(error);
    const stack = isBug(error) && error instanceof Error ? error.stack : undefined;
    const written = this.#forProgram && this.#writeFailure(data);
    if (written && stack === undefined) return;
    this.#writeError(errorText(data, { theme: this.talkTheme, stack }));
  }

  /** Whether the document of a failure could be written: standard output may be what has failed. */
  #writeFailure(data: ErrorData): boolean {
    try {
      if (this.mode === "json") this.#terminal.writeOut(`${toJson(errorDocument(data), 2)}\n`);
      else this.jsonLine({ type: "error", ...errorDocument(data) });
      return true;
    } catch {
      return false;
    }
  }

  /** A failure of one of several things; in JSON mode it stands in the result. */
  failPart(data: ErrorData): void {
    if (this.#forProgram) return;
    this.#writeError(errorText(describeErrorData(data), { theme: this.talkTheme }));
  }

  #writeError(text: string): void {
    this.#terminal.writeErr(this.talkLines(text).join("\n"));
  }

  /** Lets `area` have the lower lines of the screen until disposed. */
  attach(area: LiveArea): Disposable {
    this.#live = area;
    return { [Symbol.dispose]: () => this.#live = undefined };
  }

  #talk(line: string): void {
    this.#write(this.talkLines(line));
  }

  #write(lines: readonly string[]): void {
    for (const line of lines) {
      if (this.#live === undefined) this.#terminal.writeErr(`${line}\n`);
      else this.#live.print(line);
    }
  }
}
