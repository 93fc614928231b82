/**
 * The terminal UI as a conversation: the screen is told in lines, and what is to be done is typed in lines. Nothing is
 * ever drawn over.
 *
 * @module
 */
import type { Clock } from "../../../core/base/clock.ts";
import type { Measure } from "../../output/text_width.ts";
import { printable } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";
import type { Dialog } from "../shell/shell_state.ts";
import { BARE_THEME } from "../theme.ts";
import type { Tui } from "../tui.ts";
import { downloadNews, toldOfAll } from "./download_news.ts";
import { questionLines, readAnswer } from "./plain_answer.ts";
import { plainHelp } from "./plain_help.ts";
import { changedLines, firstPage } from "./plain_lines.ts";
import { type PlainWish, readWish } from "./plain_words.ts";

/** What plain mode is made of. */
export interface PlainOptions {
  readonly tui: Tui;
  readonly clock: Clock;
  readonly measure: Measure;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly columns: number;
  /** Says lines. */
  readonly say: (lines: readonly string[]) => void;
  /** Somebody types: they can see for themselves whether it is time for the next line. */
  readonly isInteractive: boolean;
}

/** How often what is under way is looked at. */
const LOOK_MS = 50;
/** Nothing has changed for so long: it is time to tell. */
const QUIET_MS = { interactive: 200, piped: 700 } as const;
/** It is told then, whatever is still under way. */
const PATIENCE_MS = { interactive: 3_000, piped: 30_000 } as const;
/** What changes by itself is told no more often than this. */
const NEWS_MS = 2_000;
/** More rows than any list has: everything is described. */
const ALL_ROWS = 100_000;

/** The conversation. */
export class PlainMode {
  readonly #options: PlainOptions;
  readonly #tui: Tui;
  #told: { readonly screen: string; readonly state: unknown; readonly lines: readonly string[] } | undefined;
  #toldDownloads;
  #toldDialog: number | undefined;
  #toldProblem: string | undefined;
  #rest: readonly string[] = [];
  /** A line is being followed: what happens is told at its end. */
  #isFollowing = false;

  constructor(options: PlainOptions) {
    this.#options = options;
    this.#tui = options.tui;
    this.#toldDownloads = toldOfAll(options.tui.downloads.get());
  }

  /** Tells the first screen. */
  async begin(): Promise<void> {
    await this.#follow(() => {}, { fresh: true });
  }

  /** Does what a line says, and tells what came of it. */
  async take(line: string): Promise<void> {
    const [dialog] = this.#tui.store.get().dialogs;
    if (dialog !== undefined) return await this.#answer(line, dialog);
    const { current } = this.#tui;
    const wish = readWish(line, { keys: current.keys, isTyping: current.isTyping() });
    switch (wish.type) {
      case "again":
        return await this.#follow(() => {}, { fresh: true });
      case "more":
        return this.#page(this.#rest.length > 0 ? this.#rest : ["There is no more"]);
      case "help":
        return this.#page(plainHelp(current.title, current.keys));
      case "wait":
        return await this.#follow(() => {}, { patienceMs: wish.seconds * 1_000, forChange: true });
      case "unknown":
        return this.#say([`Not understood: ${wish.text}. Type help to see what can be typed.`]);
      default:
        return await this.#follow(() => this.#do(wish), {});
    }
  }

  /** Tells what happens by itself, until it ends. */
  async watch(): Promise<void> {
    const { clock, signal } = this.#options;
    let seen: unknown;
    for (;;) {
      try {
        await clock.sleep(NEWS_MS, { signal });
      } catch {
        return;
      }
      if (this.#isFollowing) continue;
      this.#tellNews();
      const state = this.#tui.current.get();
      // What changes all the time is told when it has come to rest, or with the next line.
      if (state !== this.#told?.state && state === seen) this.#tellChanges();
      seen = state;
    }
  }

  /** @returns whether it could be done */
  #perform(commands: readonly string[]): boolean {
    return commands.some((command) => this.#tui.current.perform(command));
  }

  #do(wish: PlainWish): void {
    const tui = this.#tui;
    const { current } = tui;
    if (wish.type === "shell") return tui.perform(wish.command);
    if (wish.type === "perform") {
      if (!this.#perform(wish.commands)) this.#say(["That cannot be done just now"]);
    } else if (wish.type === "text") this.#typeText(wish.text);
    else if (wish.type === "open" && wish.screen === "search") {
      tui.shell.open("search");
      this.#intoField();
      this.#typeText(wish.text);
    } else if (wish.type === "open") tui.shell.open(wish.screen, wish.text);
    else if (wish.type === "row") {
      if (current.isTyping()) tui.press("enter");
      current.select(wish.index);
      if (wish.commands === undefined) tui.press("enter");
      else if (!this.#perform(wish.commands)) this.#say(["That cannot be done with this row just now"]);
    }
  }

  /** Screens with a field go to it by this key. */
  #intoField(): void {
    if (!this.#tui.current.isTyping()) this.#tui.press("/");
  }

  /** The line is the whole text: what was there before goes, and Enter takes it. */
  #typeText(text: string): void {
    this.#tui.press("ctrl+u");
    // A field that is left by that key is gone into again.
    this.#intoField();
    this.#tui.type(text);
    this.#tui.press("enter");
  }

  async #answer(line: string, dialog: Dialog): Promise<void> {
    const { shell, store } = this.#tui;
    const answer = readAnswer(line, dialog);
    if (answer.type === "unknown") return this.#say(["Not understood.", ...questionLines(dialog)]);
    await this.#follow(() => {
      if (answer.type === "dismiss") return shell.dismiss();
      if (answer.type === "text") {
        store.dispatch({ type: "edited", edit: { type: "clear" } });
        store.dispatch({ type: "edited", edit: { type: "insert", text: answer.text } });
      } else if (dialog.kind === "choice") {
        const by = answer.index < dialog.index ? -1 : 1;
        for (let at = dialog.index; at !== answer.index; at += by) {
          store.dispatch({ type: "choiceMoved", by });
        }
      }
      shell.accept();
    }, {});
  }

  /** Does something, waits for what comes of it, and tells. */
  async #follow(
    work: () => void,
    how: { readonly fresh?: boolean; readonly patienceMs?: number; readonly forChange?: boolean },
  ): Promise<void> {
    this.#isFollowing = true;
    try {
      work();
      await this.#settle(how);
      if (this.#options.signal.aborted) return;
      this.#tellNews();
      if (this.#tui.store.get().dialogs.length > 0) return;
      if (how.fresh === true) this.#tellAll();
      else this.#tellChanges();
    } finally {
      this.#isFollowing = false;
    }
  }

  /** Everything that may change, to be compared. */
  #facts(): readonly unknown[] {
    const { screen, dialogs, message } = this.#tui.store.get();
    return [screen, dialogs[0], message, this.#tui.current.get()];
  }

  async #settle(
    { patienceMs, forChange = false }: { patienceMs?: number; forChange?: boolean },
  ): Promise<void> {
    const { clock, signal, isInteractive } = this.#options;
    const kind = isInteractive ? "interactive" : "piped";
    const startMs = clock.monotonic();
    let facts = this.#facts();
    let changedMs: number | undefined = forChange ? undefined : startMs;
    for (;;) {
      try {
        await clock.sleep(LOOK_MS, { signal });
      } catch {
        return;
      }
      const nowMs = clock.monotonic();
      const now = this.#facts();
      if (now.some((fact, index) => fact !== facts[index])) changedMs = nowMs;
      facts = now;
      if (this.#tui.store.get().dialogs.length > 0) return;
      if (nowMs - startMs >= (patienceMs ?? PATIENCE_MS[kind])) return;
      const isQuiet = changedMs !== undefined && nowMs - changedMs >= QUIET_MS[kind];
      if (isQuiet && !this.#tui.current.isBusy()) return;
    }
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
    return this.#tui.current.describe(frame).map(printable);
  }

  #tellAll(): void {
    const { current } = this.#tui;
    const lines = this.#describe();
    this.#told = { screen: current.name, state: current.get(), lines };
    this.#page([`${current.title}:`, ...lines]);
  }

  #tellChanges(): void {
    const { current } = this.#tui;
    const before = this.#told;
    if (before?.screen !== current.name) return this.#tellAll();
    if (before.state === current.get()) return;
    const lines = this.#describe();
    this.#told = { screen: current.name, state: current.get(), lines };
    this.#page(changedLines(before.lines, lines));
  }

  /** Downloads, messages and questions. */
  #tellNews(): void {
    const { store, downloads } = this.#tui;
    const { message, dialogs: [dialog], monotonicMs } = store.get();
    const news = downloadNews(downloads.get(), this.#toldDownloads, monotonicMs);
    this.#toldDownloads = toldOfAll(downloads.get());
    if (message !== undefined) {
      news.push(printable(message.kind === "error" ? `Error: ${message.text}` : message.text));
      news.push(...message.hints.map((hint) => printable(`Hint: ${hint}`)));
      store.dispatch({ type: "heard" });
    }
    const problem = dialog?.kind === "text" ? dialog.problem : undefined;
    if (dialog !== undefined && (dialog.id !== this.#toldDialog || problem !== this.#toldProblem)) {
      news.push(...questionLines(dialog).map(printable));
    }
    this.#toldDialog = dialog?.id;
    this.#toldProblem = problem;
    this.#say(news);
  }

  #page(lines: readonly string[]): void {
    const page = firstPage(lines);
    this.#rest = page.rest;
    this.#say(page.lines);
  }

  #say(lines: readonly string[]): void {
    if (lines.length > 0) this.#options.say(lines);
  }
}
