/**
 * What there is to say of the model that the cursor is on: pure.
 *
 * @module
 */
import { fit, printable } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";
import type { LibraryRow } from "./library_rows.ts";

/** What a state means, and what to do about it; empty where nothing has to be done. */
export function stateAdvice({ model, job, badge }: LibraryRow): string {
  if (job !== undefined) return "Being downloaded: press 3 for more";
  if (model === undefined) return "";
  if (model.status === "error") {
    return "Files are damaged or missing: press V to see which, Enter to download them again";
  }
  if (model.status === "downloading") {
    return "Not complete: press Enter to go on with the download, D to delete what is here";
  }
  if (badge === "update available") return "The Hub has other contents: press U to fetch them";
  if (badge === "removed upstream") return "The Hub has it no more: press P to keep what is here";
  return model.pinned ? "Pinned: no update and no quota takes it; press P to take the pin away" : "";
}

/** Which revision it was asked for by, and the commit that was; what is not complete knows only the latter. */
function versionText({ revision, commit }: NonNullable<LibraryRow["model"]>): string {
  if (commit === undefined) return "";
  const short = commit.slice(0, 12);
  return `, ${revision.startsWith(short) ? "" : `${revision} `}${short}`;
}

/** Two lines below the list: where the model is, and what to do about it. */
export function rowNotes(
  row: LibraryRow,
  { columns, measure, theme }: Pick<Frame, "columns" | "measure" | "theme">,
): string[] {
  const { model, reference } = row;
  const place = model === undefined ? reference : `${model.path}${versionText(model)}`;
  return [
    "",
    theme.dim(fit(printable(place), columns, { measure, cut: "middle" })),
    fit(stateAdvice(row), columns, { measure }),
  ];
}
