/**
 * What a screen of the terminal UI is made of. Each lives in a folder of its own: a pure state, a map of its keys, a
 * controller that asks the program's operations, and a view.
 *
 * @module
 */
import type { ReactNode } from "react";
import type { Measure } from "../output/text_width.ts";
import type { TuiContext } from "./context.ts";
import type { DownloadsState } from "./downloads/downloads_state.ts";
import type { KeyBinding } from "./key_map.ts";
import type { ScreenName } from "./screen_names.ts";
import type { Reducer, Store } from "./store.ts";
import type { TuiTheme } from "./theme.ts";

/** The room that a view has, and what all of them need. */
export interface Frame {
  /** Columns for the view. */
  readonly columns: number;
  /** Lines for the view: never draw more. */
  readonly rows: number;
  readonly theme: TuiTheme;
  readonly measure: Measure;
  /** Block characters, arrows and check marks can be shown; else ASCII only. */
  readonly unicode: boolean;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** The same of a clock that never goes back: that of the progress of downloads. */
  readonly monotonicMs: number;
  /** What is being downloaded, for badges. */
  readonly downloads: DownloadsState;
}

/** What a view is given. */
export interface ViewProps<State> {
  readonly state: State;
  readonly frame: Frame;
}

/** What a controller works with. */
export interface ScreenPorts<State, Action> {
  readonly store: Store<State, Action>;
  readonly context: TuiContext;
}

/** Does what keys stand for. What it throws is shown in place. */
export interface ScreenController<Command extends string> {
  /** The screen is shown, perhaps again; what it is opened with, such as a repository. */
  enter?(argument: string | undefined): void | Promise<void>;
  /** Another screen is shown: what only this one needs is stopped. */
  leave?(): void;
  /** Does what a key stands for. */
  perform(command: Command): void | Promise<void>;
  /** Takes text that was typed or pasted, without control characters, while the screen is typed in. */
  type?(text: string): void;
  /** Puts the cursor of the screen's list on a row, from 0 on; for who types numbers in place of arrows. */
  select?(index: number): void;
}

/** A screen. */
export interface ScreenDefinition<State, Action, Command extends string> {
  readonly name: ScreenName;
  /** In the title bar. */
  readonly title: string;
  readonly initial: State;
  readonly reduce: Reducer<State, Action>;
  /** Its own keys; those of the shell hold on every screen. */
  readonly keys: readonly KeyBinding<State, Command>[];
  /** Whether letters are text just now. @default never */
  readonly isTyping?: (state: State) => boolean;
  readonly start: (ports: ScreenPorts<State, Action>) => ScreenController<Command>;
  readonly View: (props: ViewProps<State>) => ReactNode;
  /** The same for ears: one fact a line, in words, with numbered rows; no columns, no drawings. */
  readonly describe: (props: ViewProps<State>) => readonly string[];
}
