/**
 * Texts from elsewhere, made fit for a terminal.
 *
 * @module
 */

const TERMINAL_SEQUENCE =
  // deno-lint-ignore no-control-regex -- terminal sequences are what is looked for
  /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])/g;
/** Control characters, and the marks that turn the direction of what follows. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** The text without terminal sequences, control characters and direction overrides; line ends become spaces. */
export function plainText(text: string): string {
  return text.replace(TERMINAL_SEQUENCE, "").replace(/[\t\r\n]+/g, " ").replace(UNPRINTABLE, "").trim();
}
