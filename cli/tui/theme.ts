/**
 * The looks of the terminal UI. Colour never carries a meaning alone: words and signs say the same.
 *
 * @module
 */
import type { Style, Theme } from "../output/theme.ts";

/** The themes that can be chosen. */
export const THEME_NAMES = ["dark", "light", "high-contrast"] as const;

/** One of the themes. */
export type ThemeName = typeof THEME_NAMES[number];

/** The styles of the terminal UI. */
export interface TuiTheme extends Theme {
  /** The title bar. */
  readonly title: Style;
  /** The row that the cursor is on. */
  readonly selected: Style;
  /** A key in the footer and the help. */
  readonly key: Style;
  /** Frames and rules. */
  readonly border: Style;
  /** The part of a bar that is done. */
  readonly bar: Style;
  /** The part that is left. */
  readonly barRest: Style;
}

/** Opens styles by their ANSI codes, and closes them in the other order. */
function ansi(...codes: readonly (readonly [open: string, close: string])[]): Style {
  const open = codes.map(([code]) => `\x1b[${code}m`).join("");
  const close = codes.toReversed().map(([, code]) => `\x1b[${code}m`).join("");
  return (text) => text === "" ? "" : `${open}${text}${close}`;
}

const BOLD = ["1", "22"] as const;
const DIM = ["2", "22"] as const;
const INVERSE = ["7", "27"] as const;
const UNDERLINE = ["4", "24"] as const;

/** A colour of the 256, which terminals do not repaint as they do the first 16. */
function colour(number: number): readonly [string, string] {
  return [`38;5;${number}`, "39"];
}

function background(number: number): readonly [string, string] {
  return [`48;5;${number}`, "49"];
}

const plain: Style = (text) => text;

const DARK: TuiTheme = {
  bold: ansi(BOLD),
  dim: ansi(colour(246)),
  error: ansi(colour(210)),
  good: ansi(colour(114)),
  warning: ansi(colour(221)),
  accent: ansi(colour(117)),
  title: ansi(background(236), colour(255), BOLD),
  selected: ansi(background(24), colour(255)),
  key: ansi(BOLD, colour(117)),
  border: ansi(colour(240)),
  bar: ansi(colour(74)),
  barRest: ansi(colour(240)),
};

const LIGHT: TuiTheme = {
  bold: ansi(BOLD),
  dim: ansi(colour(241)),
  error: ansi(colour(124)),
  good: ansi(colour(22)),
  warning: ansi(colour(94)),
  accent: ansi(colour(25)),
  title: ansi(background(253), colour(16), BOLD),
  selected: ansi(background(153), colour(16)),
  key: ansi(BOLD, colour(25)),
  border: ansi(colour(247)),
  bar: ansi(colour(25)),
  barRest: ansi(colour(249)),
};

const HIGH_CONTRAST: TuiTheme = {
  bold: ansi(BOLD),
  dim: plain,
  error: ansi(BOLD, colour(196)),
  good: ansi(BOLD, colour(46)),
  warning: ansi(BOLD, colour(226)),
  accent: ansi(BOLD, colour(51)),
  title: ansi(background(255), colour(16), BOLD),
  selected: ansi(background(226), colour(16), BOLD),
  key: ansi(BOLD, UNDERLINE),
  border: ansi(colour(255)),
  bar: ansi(colour(255)),
  barRest: plain,
};

/** Weights only, for `NO_COLOR`. */
const COLOURLESS: TuiTheme = {
  bold: ansi(BOLD),
  dim: ansi(DIM),
  error: ansi(BOLD),
  good: plain,
  warning: ansi(BOLD),
  accent: plain,
  title: ansi(INVERSE),
  selected: ansi(INVERSE),
  key: ansi(BOLD),
  border: ansi(DIM),
  bar: plain,
  barRest: ansi(DIM),
};

/** Nothing at all: for texts that are read aloud, and for tests. */
export const BARE_THEME: TuiTheme = {
  bold: plain,
  dim: plain,
  error: plain,
  good: plain,
  warning: plain,
  accent: plain,
  title: plain,
  selected: plain,
  key: plain,
  border: plain,
  bar: plain,
  barRest: plain,
};

const THEMES: Readonly<Record<ThemeName, TuiTheme>> = {
  dark: DARK,
  light: LIGHT,
  "high-contrast": HIGH_CONTRAST,
};

/** The styles of a theme; without colours where they are not wanted. */
export function tuiTheme(name: ThemeName, options: { readonly noColor: boolean }): TuiTheme {
  return options.noColor ? COLOURLESS : THEMES[name];
}
