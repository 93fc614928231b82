/**
 * The looks of the terminal UI. Colour never carries a meaning alone: words and signs say the same.
 *
 * @module
 */
import type { ColorDepth } from "../output/color_depth.ts";
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

/** A colour of the first 8, which every terminal that has colours has. */
function basic(number: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7): readonly [string, string] {
  return [String(30 + number), "39"];
}

function basicBackground(number: 0 | 3 | 4 | 6 | 7): readonly [string, string] {
  return [String(40 + number), "49"];
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

const BASIC_DARK: TuiTheme = {
  bold: ansi(BOLD),
  dim: ansi(DIM),
  error: ansi(basic(1)),
  good: ansi(basic(2)),
  warning: ansi(basic(3)),
  accent: ansi(basic(6)),
  title: ansi(INVERSE, BOLD),
  selected: ansi(basicBackground(4), basic(7), BOLD),
  key: ansi(BOLD, basic(6)),
  border: ansi(DIM),
  bar: ansi(basic(6)),
  barRest: ansi(DIM),
};

const BASIC_LIGHT: TuiTheme = {
  ...BASIC_DARK,
  // Yellow and cyan are hard to read on white.
  warning: ansi(BOLD, basic(5)),
  accent: ansi(basic(4)),
  selected: ansi(basicBackground(6), basic(0)),
  key: ansi(BOLD, basic(4)),
  bar: ansi(basic(4)),
};

const BASIC_HIGH_CONTRAST: TuiTheme = {
  bold: ansi(BOLD),
  dim: plain,
  error: ansi(BOLD, basic(1)),
  good: ansi(BOLD, basic(2)),
  warning: ansi(BOLD, basic(3)),
  accent: ansi(BOLD, basic(6)),
  title: ansi(basicBackground(7), basic(0), BOLD),
  selected: ansi(basicBackground(3), basic(0), BOLD),
  key: ansi(BOLD, UNDERLINE),
  border: plain,
  bar: plain,
  barRest: plain,
};

/** Weights only, for `NO_COLOR` and for terminals without colours. */
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

const THEMES: Readonly<Record<Exclude<ColorDepth, 0>, Readonly<Record<ThemeName, TuiTheme>>>> = {
  256: { dark: DARK, light: LIGHT, "high-contrast": HIGH_CONTRAST },
  8: { dark: BASIC_DARK, light: BASIC_LIGHT, "high-contrast": BASIC_HIGH_CONTRAST },
};

/** The styles of a theme, in the colours that the terminal has; without any where they are not wanted. */
export function tuiTheme(
  name: ThemeName,
  { noColor, depth = 256 }: {
    readonly noColor: boolean;
    /** @default {256} */
    readonly depth?: ColorDepth;
  },
): TuiTheme {
  return noColor || depth === 0 ? COLOURLESS : THEMES[depth][name];
}
