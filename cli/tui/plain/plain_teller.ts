/**
 * Tells what is on the screen, and what has changed since it was told.
 *
 * @module
 */
import { type Measure, printable } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";
import type { ScreenName } from "../screen_names.ts";
import { BARE_THEME } from "../theme.ts";
import { isDownloading } from "../ticker.ts";
import type { Tui } from "../tui.ts";
import { downloadNews, toldOfAll } from "./download_news.ts";
import { questionLines } from "./plain_answer.ts";
import { inPlainWords } from "./plain_keys.ts";
import { changedLines, firstPage } from "./plain_lines.ts";

/** What it tells of, and how. */
export interface TellerOptions {
  readonly tui: Tui;
  readonly measure: Measure;
  readonly columns: number;
  /** Says lines. */
  readonly say: (lines: readonly string[]) => void;
}

/** More rows than any list has: everything is described. */
const ALL_ROWS = 100_000;

/** Numbers and their units, such as those of bytes, speeds and times that are left. */
function withoutFigures(line: string): string {
  return line.replace(
    /\d+(?:[.,:]\d+)*(?: ?(?:%|[kMGTP]?i?B(?:\/s)?|seconds?|minutes?|hours?|days?|[smh])\b)?/g,
    "#",
  );
}

/** Remembers what was told. */
export class PlainTeller {
  readonly #options: TellerOptions;
  readonly #tui: Tui;
  #told: { readonly screen: string; readonly state: unknown; readonly lines: readonly string[] } | undefined;
  #toldDownloads;
  #toldDialog: number | undefined;
  #toldProblem: string | undefined;
  /** Somebody was told that what they type goes into a field. */
  #toldField = false;
  #rest: readonly string[] = [];
  #shape: { readonly state: unknown; readonly text: string } | undefined;

  constructor(options: TellerOptions) {
    this.#options = options;
    this.#tui = options.tui;
    this.#toldDownloads = toldOfAll(options.tui.downloads.get());
  }

  /** The state of the screen as it was told. */
  get toldState(): unknown {
    return this.#told?.state;
  }

  /** Whether a row of that number was told of, from 1 on. */
  hasRow(number: number): boolean {
    return this.#told?.lines.some((line) => line.startsWith(`${number}. `)) ?? false;
  }

  /** Says lines as they are. */
  say(lines: readonly string[]): void {
    if (lines.length > 0) this.#options.say(lines);
  }

  /** Says as many lines as can be taken in; the others are there for {@link PlainTeller.more}. */
  page(lines: readonly string[]): void {
    const page = firstPage(lines);
    this.#rest = page.rest;
    this.say(page.lines);
  }

  /** Says what was left out. */
  more(): void {
    this.page(this.#rest.length > 0 ? this.#rest : ["There is no more"]);
  }

  /** The whole screen. */
  all(): void {
    const { current } = this.#tui;
    const lines = this.#describe();
    this.#told = { screen: current.name, state: current.get(), lines };
    this.page([`${current.title}:`, ...lines]);
  }

  /** What has changed on the screen; all of another one. */
  changes(): void {
    const { current } = this.#tui;
    const before = this.#told;
    if (before?.screen !== current.name) return this.all();
    if (before.state === current.get()) return;
    const lines = this.#describe();
    this.#told = { screen: current.name, state: current.get(), lines };
    this.page(changedLines(before.lines, lines));
  }

  /** That text is wanted now. */
  field(): void {
    const isTyping = this.#tui.current.isTyping();
    if (isTyping && !this.#toldField) this.say(["Type the text, or a command after a colon."]);
    this.#toldField = isTyping;
  }

  /** Downloads, messages and questions. */
  news(): void {
    const { store, downloads } = this.#tui;
    const { message, dialogs: [dialog], monotonicMs } = store.get();
    const news = downloadNews(downloads.get(), this.#toldDownloads, monotonicMs);
    this.#toldDownloads = toldOfAll(downloads.get());
    if (message !== undefined) {
      news.push(printable(message.kind === "error" ? `Error: ${message.text}` : message.text));
      news.push(...message.hints.map((hint) => this.#inWords(printable(`Hint: ${hint}`))));
      store.dispatch({ type: "heard" });
    }
    const problem = dialog?.kind === "text" ? dialog.problem : undefined;
    if (dialog !== undefined && (dialog.id !== this.#toldDialog || problem !== this.#toldProblem)) {
      news.push(...questionLines(dialog).map((line) => this.#inWords(printable(line))));
    }
    this.#toldDialog = dialog?.id;
    this.#toldProblem = problem;
    this.say(news);
  }

  /**
   * What the screen says, to be compared: while something is downloaded, without the figures, which never come to rest.
   */
  shape(): unknown {
    const { current, downloads } = this.#tui;
    const state = current.get();
    if (!isDownloading(downloads.get())) return state;
    const known = this.#shape;
    if (known !== undefined && known.state === state) return known.text;
    const text = this.#describe().map(withoutFigures).join("\n");
    this.#shape = { state, text };
    return text;
  }

  /** Keys by the words that are typed here. */
  #inWords(line: string): string {
    const of = (screen: ScreenName) => this.#tui.screen(screen).keys;
    return inPlainWords(line, { here: this.#tui.current.keys, of });
  }

  #describe(): readonly string[] {
    const { columns, measure } = this.#options;
    this.#tui.tick();
    const { nowMs, monotonicMs } = this.#tui.store.get();
    const frame: Frame = {
      columns,
      rows: ALL_ROWS,
      theme: BARE_THEME,
      measure,
      unicode: false,
      nowMs,
      monotonicMs,
      downloads: this.#tui.downloads.get(),
    };
    const { name } = this.#tui.current;
    const lines = this.#tui.current.describe(frame).map(printable);
    const page = name === "logs" ? 0 : lines.indexOf("README:");
    const pageEnd = name === "logs" ? lines.length : lines.indexOf("To download:", page);
    // What others have written names keys of their own.
    const isForeign = (at: number): boolean => page >= 0 && at >= page && (pageEnd < 0 || at < pageEnd);
    return lines.map((line, at) => isForeign(at) ? line : this.#inWords(line));
  }
}
