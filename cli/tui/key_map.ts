/**
 * Which key does what: read by the shell, the footer and the help.
 *
 * @module
 */

/** One thing that keys do. */
export interface KeyBinding<State, Command extends string = string> {
  /** By {@link keyName}; letters in lower case mean both. The first is shown. */
  readonly keys: readonly string[];
  readonly command: Command;
  /** A word or two for the footer, such as `delete`. */
  readonly label: string;
  /** A line for the help, such as `Delete the model from the disk`. */
  readonly help: string;
  /** The command line that does the same, such as `mm remove REF`; `undefined` for what only moves about. */
  readonly twin?: string;
  /** Whether it can be used just now. @default always */
  readonly when?: (state: State) => boolean;
  /** Whether the footer shows it. @default {true} */
  readonly inFooter?: boolean;
}

/** Keys that are text where text is typed: letters, digits, signs and the space bar. */
export function isTextKey(name: string): boolean {
  return name === "space" || [...name].length === 1;
}

/** How a key is looked up. */
export interface KeyLookup<State> {
  readonly state: State;
  /** Letters are text. */
  readonly isTyping: boolean;
}

/** The binding of a key; of several, the first that can be used. */
export function findBinding<State, Command extends string>(
  bindings: readonly KeyBinding<State, Command>[],
  name: string,
  { state, isTyping }: KeyLookup<State>,
): KeyBinding<State, Command> | undefined {
  if (isTyping && isTextKey(name)) return undefined;
  const key = [...name].length === 1 ? name.toLowerCase() : name;
  return bindings.find(({ keys, when }) => keys.includes(key) && (when?.(state) ?? true));
}

/** What the footer offers: bindings that can be used, by keys that are no text while text is typed. */
export function footerBindings<State, Command extends string>(
  bindings: readonly KeyBinding<State, Command>[],
  { state, isTyping }: KeyLookup<State>,
): readonly KeyBinding<State, Command>[] {
  return bindings
    .filter(({ when, inFooter = true }) => inFooter && (when?.(state) ?? true))
    .map((binding) => ({ ...binding, keys: binding.keys.filter((key) => !isTyping || !isTextKey(key)) }))
    .filter(({ keys }) => keys.length > 0);
}
