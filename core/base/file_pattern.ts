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

/** Tests one character; `"*"` stands for any run of characters. */
type Token = "*" | ((character: string) => boolean);

/** `[abc]`, `[a-z]`, `[!a]`: an empty range such as `z-a` holds no character. */
function characterClass(body: readonly string[]): Token {
  const negated = body[0] === "!";
  const characters = negated ? body.slice(1) : body;
  const ranges: { readonly low: number; readonly high: number }[] = [];
  for (let index = 0; index < characters.length; index++) {
    const low = characters[index]?.codePointAt(0) ?? 0;
    const end = characters[index + 1] === "-" ? characters[index + 2] : undefined;
    ranges.push({ low, high: end?.codePointAt(0) ?? low });
    if (end !== undefined) index += 2;
  }
  return (character) => {
    const code = character.codePointAt(0) ?? -1;
    return negated !== ranges.some(({ low, high }) => code >= low && code <= high);
  };
}

/** Where the class that opens at `open` closes: a `]` right after `[` or `[!` is a member of it. */
function classEnd(characters: readonly string[], open: number): number {
  const first = characters[open + 1] === "!" ? open + 2 : open + 1;
  return characters.indexOf("]", first + 1);
}

function tokenize(pattern: string): Token[] {
  const characters = [...pattern];
  const tokens: Token[] = [];
  for (let index = 0; index < characters.length; index++) {
    const wanted = characters[index];
    const close = wanted === "[" ? classEnd(characters, index) : -1;
    if (wanted === "*") tokens.push("*");
    else if (wanted === "?") tokens.push(() => true);
    else if (close > 0) {
      tokens.push(characterClass(characters.slice(index + 1, close)));
      index = close;
    } else tokens.push((character) => character === wanted);
  }
  return tokens;
}

/** Going back to the last `*` only is enough, so the time is bounded by pattern length times path length. */
function matches(tokens: readonly Token[], characters: readonly string[]): boolean {
  let token = 0;
  let position = 0;
  let star: { readonly token: number; position: number } | undefined;
  while (position < characters.length) {
    const current = tokens[token];
    if (current === "*") {
      star = { token: token++, position };
    } else if (current !== undefined && current(characters[position] ?? "")) {
      token++;
      position++;
    } else if (star !== undefined) {
      position = ++star.position;
      token = star.token + 1;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === "*");
}

/** A test for one pattern; case-sensitive, over the whole path. */
export function compilePattern(pattern: string): (path: string) => boolean {
  const tokens = tokenize(pattern.endsWith("/") ? `${pattern}*` : pattern);
  return (path) => matches(tokens, [...path]);
}
