/**
 * The state of a model in the library, in words.
 *
 * @module
 */
import type { LibraryModel } from "../../core/operations/model_manager.ts";
import type { Style, Theme } from "./theme.ts";

/** How a model stands against the Hub, as far as the last check has shown; empty when nothing is known. */
export function updateWord({ update, pinned }: Pick<LibraryModel, "update" | "pinned">): string {
  return update ?? (pinned ? "pinned" : "");
}

/** The colour of {@link updateWord}: of what somebody may want to do something about. */
export function updateStyle({ update }: Pick<LibraryModel, "update">, theme: Theme): Style | undefined {
  return update === "update available" || update === "removed upstream" ? theme.warning : undefined;
}

/** The colour of a status. */
export function statusStyle({ status }: Pick<LibraryModel, "status">, theme: Theme): Style {
  return status === "available" ? theme.good : theme.warning;
}
