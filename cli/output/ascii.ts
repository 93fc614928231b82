/**
 * Our own signs for terminals that have ASCII only.
 *
 * @module
 */

/** Each with one of the same width that every terminal can show. */
const SIGNS: Readonly<Record<string, string>> = {
  "…": "~",
  "·": "-",
  "–": "-",
  "—": "-",
  "×": "x",
  "•": "*",
  "›": ">",
  "←": "<",
  "→": ">",
  "↑": "^",
  "↓": "v",
  "─": "-",
  "│": "|",
  "█": "#",
  "░": "-",
  "✓": "+",
  "✗": "x",
};
const SIGN = new RegExp(`[${Object.keys(SIGNS).join("")}]`, "g");

/** The text with our signs replaced by ASCII; letters of names stay what they are, and so does every width. */
export function asciiSigns(text: string): string {
  return text.replace(SIGN, (sign) => SIGNS[sign] ?? sign);
}
