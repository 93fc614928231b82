/**
 * The terminal UI without a terminal: screens, the shell around them, and what keys do.
 *
 * @module
 */
import type { TuiContext, TuiSession } from "./context.ts";
import type { Downloads } from "./downloads/downloads.ts";
import { findBinding } from "./key_map.ts";
import { type LiveScreen, startScreen } from "./live_screen.ts";
import type { ScreenDefinition } from "./screen.ts";
import { NUMBERED_SCREENS, type ScreenName } from "./screen_names.ts";
import { createShell, type ShellControl } from "./shell/create_shell.ts";
import { SHELL_KEYS, type ShellCommand } from "./shell/shell_keys.ts";
import { isStale, reduceShell, type ShellAction, type ShellState, startShell } from "./shell/shell_state.ts";
import { createStore, type Store } from "./store.ts";
import { THEME_NAMES, type ThemeName } from "./theme.ts";
import { editOfKey } from "./widgets/text_field.ts";

/** A screen with its types forgotten; {@link startScreen} keeps them together. */
// deno-lint-ignore no-explicit-any
export type AnyScreen = ScreenDefinition<any, any, any>;

/** What the terminal UI is made of. */
export interface TuiParts {
  readonly session: TuiSession;
  readonly manager: TuiContext["manager"];
  /** Aborted when the terminal UI ends. */
  readonly signal: AbortSignal;
  /** Made once; it may use the shell. */
  readonly downloads: (context: Omit<TuiContext, "downloads">) => Downloads;
  /** Every screen but the help, which is made of the others' keys. */
  readonly screens: readonly AnyScreen[];
  /** The help, given the keys of a screen. */
  readonly help: (keysOf: (name: ScreenName) => LiveScreen["keys"]) => AnyScreen;
  readonly start: Pick<ShellState, "theme" | "columns" | "rows">;
  /** Somebody wants to leave, and may have to be asked about it. */
  readonly onQuit: (tui: Tui) => void;
  /** Another theme was chosen, to be kept for the next time. */
  readonly onTheme?: (theme: ThemeName) => void | Promise<void>;
}

/** The terminal UI: everything but drawing. */
export class Tui {
  readonly store: Store<ShellState, ShellAction>;
  readonly shell: ShellControl;
  readonly downloads: Downloads;
  readonly #parts: TuiParts;
  readonly #screens = new Map<ScreenName, LiveScreen>();
  #shown: ScreenName | undefined;

  constructor(parts: TuiParts) {
    this.#parts = parts;
    const { session, signal, manager } = parts;
    const { clock } = session;
    this.store = createStore(
      startShell({ ...parts.start, nowMs: clock.now(), monotonicMs: clock.monotonic() }),
      reduceShell,
    );
    this.shell = createShell({
      store: this.store,
      onScreen: (screen, argument) => this.#show(screen, argument),
      onQuit: () => parts.onQuit(this),
    });
    const base = { session, clock, signal, manager, shell: this.shell };
    this.downloads = parts.downloads(base);
    const context: TuiContext = { ...base, downloads: this.downloads };
    const help = parts.help((name) => this.screen(name).keys);
    for (const definition of [...parts.screens, help]) {
      this.#screens.set(definition.name, startScreen(definition, context));
    }
  }

  /** Lets what is shown of times and speeds move on. */
  tick(): void {
    const { clock } = this.#parts.session;
    this.store.dispatch({ type: "ticked", nowMs: clock.now(), monotonicMs: clock.monotonic() });
  }

  /** Shows the first screen. */
  begin(screen: ScreenName = "library", argument?: string): void {
    this.shell.open(screen, argument);
  }

  /** A screen by name. */
  screen(name: ScreenName): LiveScreen {
    const found = this.#screens.get(name);
    if (found === undefined) throw new TypeError(`There is no screen "${name}"`);
    return found;
  }

  /** The screen that is shown. */
  get current(): LiveScreen {
    return this.screen(this.store.get().screen);
  }

  /** Does what a key stands for: first in a question, then on the screen, then everywhere. */
  press(key: string): void {
    const { dialogs } = this.store.get();
    if (dialogs.length > 0) return this.#pressInDialog(key);
    const { message } = this.store.get();
    if (isStale(this.store.get())) this.store.dispatch({ type: "heard" });
    if (key === "escape" && message !== undefined) {
      this.store.dispatch({ type: "heard" });
      // An error has to be taken away on purpose; a note is in nobody's way.
      if (message.kind === "error") return;
    }
    const { current } = this;
    if (current.press(key)) return;
    const isTyping = current.isTyping();
    const binding = findBinding(SHELL_KEYS, key, { state: this.store.get(), isTyping });
    if (binding !== undefined) return this.perform(binding.command);
    if (isTyping && [...key].length === 1) current.type(key);
    else if (isTyping && key === "space") current.type(" ");
  }

  /** Takes text that was typed in one go, or pasted. */
  type(text: string): void {
    const clean = text.replace(/[\r\n\t]+/g, " ").replace(/\p{Cc}/gu, "");
    if (clean === "") return;
    const [dialog] = this.store.get().dialogs;
    if (dialog?.kind === "text") {
      return this.store.dispatch({ type: "edited", edit: { type: "insert", text: clean } });
    }
    if (dialog === undefined && this.current.isTyping()) return this.current.type(clean);
    // Keys that came faster than they could be taken one by one.
    for (const sign of clean) this.press(sign === " " ? "space" : sign);
  }

  /** Does what the shell's keys do, by name. */
  perform(command: ShellCommand): void {
    switch (command) {
      case "back":
        return this.shell.back();
      case "quit":
        return this.shell.quit();
      case "help":
        return this.shell.open("help", this.store.get().screen);
      case "theme":
        return this.#changeTheme();
      case "nextScreen":
        return this.#step(1);
      case "previousScreen":
        return this.#step(-1);
      default:
        return this.shell.open(command);
    }
  }

  #show(screen: ScreenName, argument: string | undefined): void {
    if (this.#shown !== undefined && this.#shown !== screen) this.screen(this.#shown).leave();
    this.#shown = screen;
    this.screen(screen).enter(argument);
  }

  #pressInDialog(key: string): void {
    const [dialog] = this.store.get().dialogs;
    if (key === "enter") return this.shell.accept();
    if (key === "escape") return this.shell.dismiss();
    if (dialog?.kind === "choice") {
      if (["left", "up", "shift+tab"].includes(key)) this.store.dispatch({ type: "choiceMoved", by: -1 });
      else if (["right", "down", "tab"].includes(key)) this.store.dispatch({ type: "choiceMoved", by: 1 });
      else this.shell.choose(key);
      return;
    }
    const edit = editOfKey(key);
    if (edit !== undefined) return this.store.dispatch({ type: "edited", edit });
    if (key === "space") this.type(" ");
    else if ([...key].length === 1) this.type(key);
  }

  #step(by: 1 | -1): void {
    const names: readonly ScreenName[] = NUMBERED_SCREENS;
    const at = names.indexOf(this.store.get().screen);
    const next = names[(Math.max(0, at) + by + names.length) % names.length];
    if (next !== undefined) this.shell.open(next);
  }

  #changeTheme(): void {
    const at = THEME_NAMES.indexOf(this.store.get().theme);
    const theme = THEME_NAMES[(at + 1) % THEME_NAMES.length] ?? "dark";
    this.store.dispatch({ type: "themeChanged", theme });
    this.shell.say(`Theme: ${theme}`);
    Promise.resolve(this.#parts.onTheme?.(theme)).catch(this.shell.fail);
  }
}
