/**
 * Makes outputs comparable: what differs from run to run gets a name.
 *
 * @module
 */
import { VERSION } from "../../core/base/version.ts";

/** Texts that are replaced, such as a temporary directory by `[dir]`. */
export type Replacements = Readonly<Record<string, string>>;

/** The text with versions, times of day and the given texts replaced. */
export function filterOutput(text: string, replacements: Replacements = {}): string {
  let filtered = text;
  // The longest first: one directory may be the beginning of another.
  for (const found of Object.keys(replacements).sort((a, b) => b.length - a.length)) {
    filtered = filtered.replaceAll(found, replacements[found] ?? "");
  }
  return filtered
    .replaceAll(VERSION, "[version]")
    .replace(/\b\d{2}:\d{2}:\d{2}\.\d{3}\b/g, "[time]")
    .replace(/(?:file:\/\/)?\/\S*\/(core|cli|tests)\//g, "[root]/$1/")
    .replace(/:\d+:\d+\)/g, ":[line])");
}
