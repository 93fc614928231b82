/**
 * Colour: never the only carrier of a meaning, and only on a terminal that wants it.
 *
 * @module
 */

import { canRedraw } from "./shows_unicode.ts";

/** Marks a text for the eye. */
export type Style = (text: string) => string;

/** The styles that outputs use. */
export interface Theme {
  readonly bold: Style;
  readonly dim: Style;
  readonly error: Style;
  readonly good: Style;
  readonly warning: Style;
  readonly accent: Style;
}

const plain: Style = (text) => text;

/** No styles at all. */
export const PLAIN_THEME: Theme = {
  bold: plain,
  dim: plain,
  error: plain,
  good: plain,
  warning: plain,
  accent: plain,
};

function ansi(open: number, close: number): Style {
  return (text) => text === "" ? "" : `\x1b[${open}m${text}\x1b[${close}m`;
}

const COLOUR_THEME: Theme = {
  bold: ansi(1, 22),
  dim: ansi(2, 22),
  error: ansi(31, 39),
  good: ansi(32, 39),
  warning: ansi(33, 39),
  accent: ansi(36, 39),
};

/** What decides whether a stream gets colour. */
export interface ThemeOptions {
  readonly isTerminal: boolean;
  /** `--no-color`. */
  readonly noColor: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The styles for one stream. `NO_COLOR` counts when it is set to anything but the empty text. */
export function chooseTheme({ isTerminal, noColor, environment }: ThemeOptions): Theme {
  const unwanted = noColor || (environment["NO_COLOR"] ?? "") !== "" || !canRedraw(environment);
  return isTerminal && !unwanted ? COLOUR_THEME : PLAIN_THEME;
}
