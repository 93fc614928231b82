import assert from "node:assert/strict";
import { DETAILS_KEYS } from "../../../../cli/tui/details/details_keys.ts";
import { LIBRARY_KEYS } from "../../../../cli/tui/library/library_keys.ts";
import { inPlainWords, type PlainKeys } from "../../../../cli/tui/plain/plain_keys.ts";

const LIBRARY: PlainKeys = { here: LIBRARY_KEYS, of: () => LIBRARY_KEYS };
const DETAILS: PlainKeys = { here: DETAILS_KEYS, of: () => LIBRARY_KEYS };

Deno.test("inPlainWords() names what is typed in place of keys", () => {
  const texts: readonly (readonly [string, PlainKeys, string])[] = [
    [
      "Nothing here yet. Press S to search the Hub.",
      LIBRARY,
      "Nothing here yet. Type search to search the Hub.",
    ],
    ["See how it goes: press 3", DETAILS, "See how it goes: type downloads"],
    ["Check its files: press 1, then V", DETAILS, "Check its files: type library, then verify"],
    ["README: press I", DETAILS, "README: type readme"],
    [
      "The library could not be read. Press R to try again.",
      LIBRARY,
      "The library could not be read. Type check to try again.",
    ],
    ["Press Esc to show all 7.", LIBRARY, "Type show all to show all 7."],
    ["3. Leave with Q, and type: mm login", DETAILS, "3. Leave with quit, and type: mm login"],
  ];
  for (const [text, keys, words] of texts) assert.equal(inPlainWords(text, keys), words);
});

Deno.test("inPlainWords() leaves a key that has no word, and everything that is no key", () => {
  for (const text of ["Press Z now", "Express Yourself", "the press 9 times", "Impress X"]) {
    assert.equal(inPlainWords(text, LIBRARY), text);
  }
});
