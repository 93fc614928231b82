/**
 * The terminal UI as a conversation: the screen is told in lines, and what is to be done is typed in lines. Nothing is
 * ever drawn over.
 *
 * @module
 */
import type { Clock } from "../../../core/base/clock.ts";
import type { Dialog } from "../shell/shell_state.ts";
import type { Tui } from "../tui.ts";
import { questionLines, readAnswer } from "./plain_answer.ts";
import { plainHelp } from "./plain_help.ts";
import { type SettleOptions, settlePlain } from "./plain_settle.ts";
import type { PlainTeller } from "./plain_teller.ts";
import { type PlainWish, readWish } from "./plain_words.ts";

/** What plain mode is made of. */
export interface PlainOptions {
  readonly tui: Tui;
  readonly teller: PlainTeller;
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Somebody types. */
  readonly isInteractive: boolean;
}

/** What changes by itself is told no more often than this. */
const NEWS_MS = 2_000;

/** How questions are answered. */
const ANSWER_HELP: readonly string[] = [
  "A question is asked: the next line answers it.",
  "An answer is a number, a word of the answer, or yes or no where that makes sense.",
  "cancel leaves the question, quit leaves the program.",
];

/** The conversation. */
export class PlainMode {
  readonly #options: PlainOptions;
  readonly #tui: Tui;
  readonly #teller: PlainTeller;
  /** A line is being followed: what happens is told at its end. */
  #isFollowing = false;

  constructor(options: PlainOptions) {
    this.#options = options;
    this.#tui = options.tui;
    this.#teller = options.teller;
  }

  /** Tells the screen. */
  async again(): Promise<void> {
    await this.#follow(() => {}, { tell: () => this.#teller.all() });
  }

  /** Does what a line says, and tells what came of it. */
  async take(line: string): Promise<void> {
    const [dialog] = this.#tui.store.get().dialogs;
    if (dialog !== undefined) return await this.#answer(line, dialog);
    const { current } = this.#tui;
    const wish = readWish(line, { keys: current.keys, isTyping: current.isTyping() });
    switch (wish.type) {
      case "again":
        return await this.again();
      case "more":
        return this.#teller.more();
      case "help":
        return this.#teller.page(plainHelp(current.title, current.keys));
      case "wait":
        return await this.#follow(() => {}, { patienceMs: wish.seconds * 1_000, forChange: true });
      case "unknown":
        return this.#teller.say([`Not understood: ${wish.text}. Type help to see what can be typed.`]);
      default:
        return await this.#follow(() => this.#do(wish));
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
      this.#teller.news();
      const state = this.#tui.current.get();
      // What changes all the time is told when it has come to rest, or with the next line.
      if (state !== this.#teller.toldState && state === seen) this.#teller.changes();
      seen = state;
    }
  }

  #do(wish: PlainWish): void {
    const tui = this.#tui;
    if (wish.type === "shell") tui.perform(wish.command);
    else if (wish.type === "perform") this.#perform(wish.commands);
    else if (wish.type === "text") this.#typeText(wish.text);
    else if (wish.type === "row") this.#actOnRow(wish.index, wish.commands);
    else if (wish.type === "open") {
      tui.shell.open(wish.screen, wish.screen === "search" ? undefined : wish.text);
      if (wish.screen === "search") this.#typeText(wish.text);
    }
  }

  #perform(commands: readonly string[]): void {
    if (commands.some((command) => this.#tui.current.perform(command))) return;
    this.#teller.say(["That cannot be done just now"]);
  }

  #actOnRow(index: number, commands: readonly string[] | undefined): void {
    const { current } = this.#tui;
    if (!this.#teller.hasRow(index + 1)) return this.#teller.say([`There is no row ${index + 1}`]);
    if (current.isTyping()) this.#tui.press("enter");
    current.select(index);
    if (commands === undefined) this.#tui.press("enter");
    else this.#perform(commands);
  }

  /** The line is the whole text: what was there before goes, and Enter takes it. */
  #typeText(text: string): void {
    if (!this.#tui.current.isTyping()) this.#tui.press("/");
    this.#tui.press("ctrl+u");
    this.#tui.type(text);
    this.#tui.press("enter");
  }

  async #answer(line: string, dialog: Dialog): Promise<void> {
    const { shell, store } = this.#tui;
    const answer = readAnswer(line, dialog);
    if (answer.type === "unknown") return this.#teller.say(["Not understood.", ...questionLines(dialog)]);
    if (answer.type === "help") return this.#teller.page([...ANSWER_HELP, ...questionLines(dialog)]);
    if (answer.type === "quit") return await this.#quit();
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
    });
  }

  /** Leaves every question first: what they are about is not done. */
  async #quit(): Promise<void> {
    const { shell, store } = this.#tui;
    for (let [dialog] = store.get().dialogs; dialog !== undefined; [dialog] = store.get().dialogs) {
      await this.#follow(() => shell.dismiss(), { tell: () => {} });
      if (this.#options.signal.aborted || store.get().dialogs[0] === dialog) break;
    }
    await this.#follow(() => this.#tui.perform("quit"));
  }

  /** Does something, waits for what comes of it, and tells. */
  async #follow(
    work: () => void,
    how: Pick<SettleOptions, "patienceMs" | "forChange"> & { readonly tell?: () => void } = {},
  ): Promise<void> {
    const { tell = () => this.#teller.changes(), ...wait } = how;
    this.#isFollowing = true;
    try {
      work();
      await settlePlain(this.#tui, { ...this.#options, ...wait, shape: () => this.#teller.shape() });
      if (this.#options.signal.aborted) return;
      this.#teller.news();
      if (this.#tui.store.get().dialogs.length > 0) return;
      tell();
      this.#teller.field();
    } finally {
      this.#isFollowing = false;
    }
  }
}
