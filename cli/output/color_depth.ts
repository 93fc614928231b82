/**
 * How many colours a terminal shows, by the variables that say so.
 *
 * @module
 */

/** Colours that can be used: all 256, the first 8, or none. */
export type ColorDepth = 256 | 8 | 0;

/** Terminals that show no colours. */
const COLOURLESS = /^(?:dumb|unknown|vt\d.*)$/;
/** Those whose names say that they show many, and those that are known to. */
const MANY =
  /256|direct|truecolor|^(?:alacritty|contour|foot|ghostty|iterm|kitty|mintty|rio|wezterm|xterm-ghostty|xterm-kitty)/;
/** Terminals that name themselves by `TERM_PROGRAM` only. */
const PROGRAMS = ["Apple_Terminal", "ghostty", "iTerm.app", "vscode", "WezTerm"];

/**
 * The colours of a terminal. What is not known to show 256 gets 8: others would be shown as wrong ones, or as letters.
 *
 * @param environment `TERM`, `COLORTERM` and `TERM_PROGRAM` count; on Windows, terminals need not say anything.
 */
export function colorDepth(environment: Readonly<Record<string, string | undefined>>): ColorDepth {
  const { TERM: term = "", COLORTERM: colours = "", TERM_PROGRAM: program = "" } = environment;
  if (COLOURLESS.test(term)) return 0;
  const isWindows = (environment["WT_SESSION"] ?? "") !== "" ||
    (term === "" && environment["OS"] === "Windows_NT");
  const hasMany = isWindows || MANY.test(term) || /truecolor|24bit|256/i.test(colours) ||
    (/^xterm/.test(term) && PROGRAMS.includes(program));
  return hasMany ? 256 : 8;
}
