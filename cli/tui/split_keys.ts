/**
 * What a terminal sends, in pieces: keys that were pressed so quickly that they came together are told apart.
 *
 * @module
 */

/** An escape sequence (perhaps its beginning only), one control character, or text. */
const PIECE =
  // deno-lint-ignore no-control-regex
  /\x1b(?:\[[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]?|O[\x40-\x7e]?|[^\x00-\x1f])?|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+/gu;

const PASTE_BEGINS = "\x1b[200~";
const PASTE_ENDS = "\x1b[201~";

/** Takes what comes in, one chunk after the other; what is pasted is left in one piece. */
export class KeySplitter {
  #isPasting = false;

  /** The pieces of a chunk. */
  split(chunk: string): string[] {
    const pieces: string[] = [];
    for (let rest = chunk; rest !== "";) {
      const mark = this.#isPasting ? PASTE_ENDS : PASTE_BEGINS;
      const at = rest.indexOf(mark);
      const end = at < 0 ? rest.length : this.#isPasting ? at + mark.length : at;
      const part = rest.slice(0, end);
      if (this.#isPasting) pieces.push(part);
      else pieces.push(...part.match(PIECE) ?? []);
      if (at >= 0 && !this.#isPasting) pieces.push(mark);
      rest = rest.slice(at < 0 ? end : at + mark.length);
      if (at >= 0) this.#isPasting = !this.#isPasting;
    }
    return pieces;
  }
}
