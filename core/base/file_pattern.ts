/**
 * Include and exclude patterns over repository paths, with the meaning the Hub's own tools give them:
 * Python's `fnmatchcase`, where `*` crosses `/` and a trailing `/` means everything below.
 *
 * @module
 */

/** Whether a text uses pattern characters at all. */
export function isPattern(text: string): boolean {
  return /[*?[]/.test(text);
}

function patternSource(pattern: string): string {
  let source = "";
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index] ?? "";
    const close = character === "[" ? pattern.indexOf("]", index + 2) : -1;
    if (character === "*") source += ".*";
    else if (character === "?") source += ".";
    else if (close > 0) {
      const body = pattern.slice(index + 1, close).replace(/[\\\]^]/g, "\\$&").replace(/^!/, "^");
      source += `[${body}]`;
      index = close;
    } else source += character.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  }
  return source;
}

/** A test for one pattern; case-sensitive, over the whole path. */
export function compilePattern(pattern: string): (path: string) => boolean {
  const whole = pattern.endsWith("/") ? `${pattern}*` : pattern;
  let expression: RegExp;
  try {
    expression = new RegExp(`^(?:${patternSource(whole)})$`, "s");
  } catch {
    // A class such as [z-a] matches nothing, as in fnmatch.
    return () => false;
  }
  return (path) => expression.test(path);
}
