/**
 * Texts that name keys, in words that can be typed in plain mode: pure.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import { NUMBERED_SCREENS, type ScreenName } from "../screen_names.ts";
import { SHELL_KEYS } from "../shell/shell_keys.ts";

/** Keys of a screen, as far as their words go. */
export type NamedKeys = readonly Pick<KeyBinding<never>, "keys" | "label">[];

/** Where keys are looked up. */
export interface PlainKeys {
  /** Those of the screen that is told of. */
  readonly here: NamedKeys;
  /** Those of another screen. */
  readonly of: (screen: ScreenName) => NamedKeys;
}

const KEY = "(?:Ctrl\\+[A-Z]|Enter|Esc|[A-Z]|[1-7])";
/** A key that is to be pressed, and those that the same sentence names after it. */
const PRESSES = new RegExp(`\\b([Pp])ress ${KEY}\\b(?:(?:, or|, and|, then| and then|,) ${KEY}\\b)*`, "g");
const LEAVE = /\bLeave with Q\b/g;

/** The word for a key; `undefined` where it stands for nothing that can be typed. */
function wordOf(key: string, keys: NamedKeys): string | undefined {
  const name = key === "Esc" ? "escape" : key.toLowerCase();
  const screen = /^[1-7]$/.test(key) ? NUMBERED_SCREENS[Number(key) - 1] : undefined;
  if (screen !== undefined) return screen;
  const binding = keys.find((each) => each.keys.includes(name)) ??
    SHELL_KEYS.find((each) => each.keys.includes(name));
  return binding?.label.toLowerCase();
}

/** `Press S to search` as `Type search to search`; a key that has no word stays. */
export function inPlainWords(text: string, { here, of }: PlainKeys): string {
  const named = text.replace(PRESSES, (whole, press: string) => {
    let keys = here;
    let isWhole = true;
    const words = whole.slice("press ".length).replace(new RegExp(`\\b${KEY}(?![a-z])`, "g"), (key) => {
      const word = wordOf(key, keys);
      if (word === undefined) isWhole = false;
      const screen = NUMBERED_SCREENS.find((name) => name === word);
      // What comes after it is meant for that screen.
      if (screen !== undefined) keys = of(screen);
      return word ?? key;
    });
    return isWhole ? `${press === "P" ? "Type" : "type"} ${words}` : whole;
  });
  return named.replace(LEAVE, "Leave with quit");
}
