/**
 * What a terminal can show, by the variables that say so.
 *
 * @module
 */

/** Variables as the process has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Terminals that know neither colours nor a cursor that moves. */
const GLASS = /^(?:dumb|unknown)$/;
/** Those that have ASCII only. */
const ASCII_ONLY = /^(?:dumb|unknown|ansi|vt\d.*)$/;
/** Terminals of Windows, where no locale is set, that show everything; its old console is none of them. */
const PROGRAMS = ["vscode", "WezTerm", "Tabby", "Hyper", "mintty"];

/**
 * Whether the terminal shows more than ASCII, by the variables that say so.
 *
 * @param environment `LC_ALL`, `LC_CTYPE` and `LANG` count, the first that is set; on Windows the terminal's own sign.
 *   A terminal that calls itself by the name of one of glass, such as `vt100`, has ASCII only.
 */
export function showsUnicode(environment: Variables): boolean {
  if (ASCII_ONLY.test(environment["TERM"] ?? "")) return false;
  const locale = ["LC_ALL", "LC_CTYPE", "LANG"].map((name) => environment[name] ?? "").find((text) =>
    text !== ""
  );
  if (locale !== undefined) return /utf-?8/i.test(locale);
  return (environment["WT_SESSION"] ?? "") !== "" || PROGRAMS.includes(environment["TERM_PROGRAM"] ?? "") ||
    environment["ConEmuANSI"] === "ON";
}

/** Whether lines can be drawn anew in their places; a `dumb` terminal would show the sequences that do it. */
export function canRedraw(environment: Variables): boolean {
  return !GLASS.test(environment["TERM"] ?? "");
}
