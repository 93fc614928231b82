/**
 * What the details of a model ask, and what they explain.
 *
 * @module
 */
import { type ErrorData, fromErrorData, isModelManagerError } from "../../../core/base/errors.ts";
import { formatByteSize } from "../../../core/base/byte_size.ts";
import { parseReference } from "../../../core/base/reference.ts";
import type { LibrarySpace, ModelDetails } from "../../../core/operations/model_manager.ts";
import { plural } from "../../output/humanize.ts";
import { printable } from "../../output/text_width.ts";
import { ownHint } from "../own_hints.ts";
import type { Shell } from "../shell/shell.ts";
import { type DownloadPlan, planLines } from "./download_plan.ts";
import type { UnitRow } from "./unit_rows.ts";

/** Quants that are named in a title. */
const MAX_NAMED = 3;

function named(units: readonly UnitRow[]): string {
  const shown = units.slice(0, MAX_NAMED).map(({ label }) => label).join(", ");
  return units.length > MAX_NAMED ? `${shown} and ${units.length - MAX_NAMED} more` : shown;
}

/** Asks before a download. @returns whether it is wanted */
export async function confirmDownload(
  shell: Shell,
  plan: DownloadPlan,
  facts: { readonly model: ModelDetails; readonly units: readonly UnitRow[]; readonly space: LibrarySpace },
): Promise<boolean> {
  const { model, units, space } = facts;
  const answer = await shell.confirm({
    title: printable(`Download ${named(units)} of ${model.repo}?`),
    lines: planLines(plan, { units, space, memoryBytes: model.memoryBytes }).map(printable),
    choices: [
      { id: "download", label: "Download", key: "d" },
      { id: "cancel", label: "Cancel", key: "c" },
    ],
    initial: "download",
  });
  return answer === "download";
}

/** Says why something cannot be downloaded, and what to do. @throws {ModelManagerError} what needs no explanation. */
export async function explainRefusal(shell: Shell, error: ErrorData, model: ModelDetails): Promise<void> {
  if (error.code === "GATED" || error.code === "AUTHENTICATION_ERROR") {
    return await explainAccess(shell, model, error);
  }
  if (error.code !== "INSUFFICIENT_SPACE" && error.code !== "QUOTA_EXCEEDED") throw fromErrorData(error);
  const answer = await shell.confirm({
    title: error.code === "QUOTA_EXCEEDED"
      ? "It is more than the library may take"
      : "It does not fit on the disk",
    lines: [error.message, ...error.hints.map(ownHint)].map(printable),
    choices: [
      { id: "library", label: "Library", key: "l", detail: "Show what is here, to make room" },
      { id: "back", label: "Back", key: "b" },
    ],
    initial: "back",
  });
  if (answer === "library") shell.open("library");
}

function tokensPage(modelUrl: string): string {
  return URL.canParse(modelUrl) ? `${new URL(modelUrl).origin}/settings/tokens` : modelUrl;
}

/** Says how access to a model is asked for. */
export async function explainAccess(shell: Shell, model: ModelDetails, error?: ErrorData): Promise<void> {
  const { repo, url, gated } = model;
  await shell.confirm({
    title: printable(`Access to ${repo}`),
    lines: [
      ...(error === undefined ? [] : [error.message]),
      gated === "auto"
        ? "Its authors want to know who uses it. Access is granted at once to who asks for it."
        : "Its authors decide who may use it. That may take them some days.",
      `1. Ask for access on its page: ${url}`,
      `2. Make a token that may read it: ${tokensPage(url)}`,
      "3. Leave with Q, and type: mm login",
      "With that, it is downloaded like every other model.",
    ].map(printable),
    choices: [{ id: "back", label: "Back", key: "b" }],
  });
}

/** What is wrong with a revision; `undefined` when nothing is. */
export function revisionProblem(repo: string, text: string): string | undefined {
  if (text.trim() === "") return 'Wanted a branch, a tag or a commit, such as "main"';
  try {
    const { revision, selector } = parseReference(`${repo}@${text.trim()}`);
    return revision === undefined || selector !== undefined ? `"${text}" is no revision` : undefined;
  } catch (error) {
    if (isModelManagerError(error)) return error.message;
    throw error;
  }
}

/** Asks for another revision. @returns `undefined` for Escape */
export async function askRevision(
  shell: Shell,
  { repo, revision }: { readonly repo: string; readonly revision: string },
): Promise<string | undefined> {
  const text = await shell.ask({
    title: "Open another revision",
    lines: [printable(`A branch, a tag or a commit of ${repo}:`)],
    initial: revision,
    check: (answer) => revisionProblem(repo, answer),
  });
  return text?.trim();
}

/** What is said when a download was queued. */
export function queuedText(units: readonly UnitRow[], { fetchBytes }: DownloadPlan): string {
  const [only] = units;
  const what = units.length === 1 && only !== undefined ? only.label : plural(units.length, "quant");
  return `${what} queued: ${formatByteSize(fetchBytes)} to fetch`;
}
