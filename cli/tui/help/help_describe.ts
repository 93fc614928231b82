/**
 * The help in words.
 *
 * @module
 */
import { sayKey } from "../key_name.ts";
import type { ViewProps } from "../screen.ts";
import type { HelpState } from "./help_state.ts";

/** The lines of the help for ears. */
export function describeHelp({ state }: ViewProps<HelpState>): string[] {
  return state.sections.flatMap(({ title, keys }) => [
    `Keys: ${title}`,
    ...keys.map(({ keys: names, help, twin }) =>
      `${names.map(sayKey).join(" or ")}: ${help}${twin === undefined ? "" : `. Command: ${twin}`}`
    ),
  ]);
}
