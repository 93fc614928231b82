/**
 * What is done to models of the library: deleted, updated, pinned, verified. Each ends with what has come of it.
 *
 * @module
 */
import { formatByteSize } from "../../../core/base/byte_size.ts";
import { fromErrorData } from "../../../core/base/errors.ts";
import type { LibraryModel, UpdateResult } from "../../../core/operations/model_manager.ts";
import { quoteArgument } from "../../command_line.ts";
import { drain } from "../../drain.ts";
import { plural } from "../../output/humanize.ts";
import { printable } from "../../output/text_width.ts";
import {
  groupError,
  groupFailures,
  hasUpdate,
  updateNotes,
  updateSummary,
} from "../../output/update_view.ts";
import { isWell, verifyProblem, verifyVerdict } from "../../output/verify_view.ts";
import type { TuiContext } from "../context.ts";
import type { VerifyWork } from "./library_state.ts";

/** Paths that are named before something is deleted. */
const MAX_PATHS = 4;
/** Progress is shown as often. */
const PROGRESS_EVERY_MS = 100;

/** Asks, and deletes. @returns whether something was deleted */
export async function deleteModel(context: TuiContext, reference: string): Promise<boolean> {
  const { shell } = context;
  const manager = await context.manager();
  const { removed, bytesFreed } = await manager.planRemove([reference]);
  const paths = removed.flatMap((each) => each.paths);
  const answer = await shell.confirm({
    title: `Delete ${printable(reference)}?`,
    lines: [
      `${plural(paths.length, "file")}, ${formatByteSize(bytesFreed)} on the disk:`,
      ...paths.slice(0, MAX_PATHS).map(printable),
      ...(paths.length > MAX_PATHS ? [`and ${paths.length - MAX_PATHS} more`] : []),
      ...(removed.some(({ pinned }) => pinned) ? ["It is pinned."] : []),
    ],
    choices: [
      { id: "delete", label: "Delete", key: "d", detail: "Files that another quant needs as well stay" },
      { id: "keep", label: "Keep", key: "k" },
    ],
    initial: "keep",
    isDangerous: true,
  });
  if (answer !== "delete") return false;
  const result = await manager.remove([reference]);
  shell.say(`Deleted ${reference}: ${formatByteSize(result.bytesFreed)} freed`);
  return true;
}

/** Fetches what has changed of a model. */
export async function updateModel(
  { manager, downloads, shell }: TuiContext,
  reference: string,
): Promise<void> {
  const operations = await manager();
  const results = await downloads.track(
    `update ${reference}`,
    (signal) => operations.update({ references: [reference] }, { signal }),
  );
  const failed = results.find(({ error }) => error !== undefined)?.error;
  if (failed !== undefined) throw fromErrorData(failed);
  if (results.some(({ update }) => update === "pinned")) {
    return shell.say(`${reference} is pinned`, ["Take the pin away first: press P"]);
  }
  shell.say(updateSummary(results, { check: false }) ?? "Nothing to fetch", updateNotes(results));
}

/** Asks the Hub about all models; nothing is fetched. */
export async function checkForUpdates({ manager, signal }: TuiContext): Promise<readonly UpdateResult[]> {
  return await drain((await manager()).update({ check: true }, { signal }), () => {});
}

/** Says what a check has found. @throws {ModelManagerError} when nothing could be found out. */
export function sayChecked({ shell }: Pick<TuiContext, "shell">, results: readonly UpdateResult[]): void {
  if (results.length === 0) return shell.say("The library is empty: there is nothing to update");
  const groups = groupFailures(results).map((group) => groupError(group, { alone: false }));
  const [first] = groups;
  const summary = updateSummary(results, { check: true });
  if (first !== undefined && (summary === undefined || results.every(({ status }) => status === "failed"))) {
    throw fromErrorData(first);
  }
  shell.say(summary ?? "Nothing to fetch", [
    ...(results.some((result) => hasUpdate(result)) ? ["Fetch what has changed of a model: press U"] : []),
    ...groups.map(({ message }) => message),
  ]);
}

/** Pins a model, or takes its pin away. */
export async function togglePin(
  { manager, shell }: TuiContext,
  { reference, pinned }: { readonly reference: string; readonly pinned: boolean },
): Promise<void> {
  await (await manager()).setPinned([reference], !pinned);
  shell.say(
    pinned
      ? `${reference} may be updated and cleaned up again`
      : `${reference} is pinned: no update and no quota takes it`,
  );
}

/** How a model is verified. */
export interface VerifyOptions {
  readonly signal: AbortSignal;
  readonly models: readonly LibraryModel[];
  readonly onProgress: (work: VerifyWork) => void;
}

/** Hashes the files of a model again, and says what that has shown. @throws {ModelManagerError} what is wrong. */
export async function verifyModel(
  { manager, shell, clock }: TuiContext,
  reference: string,
  { signal, models, onProgress }: VerifyOptions,
): Promise<void> {
  let shownAt = -Infinity;
  const files = await drain((await manager()).verify([reference], { signal }), (event) => {
    const nowMs = clock.monotonic();
    if (nowMs - shownAt < PROGRESS_EVERY_MS) return;
    shownAt = nowMs;
    const { receivedBytes, totalBytes } = event.overall ?? event;
    onProgress({ reference, receivedBytes, totalBytes });
  });
  const bad = files.filter(({ status }) => !isWell(status) && status !== "unproved");
  if (bad.length > 0) {
    const repairable = bad.some(({ status, expected }) => status !== "unreadable" && expected !== "unknown");
    throw verifyProblem(
      bad,
      models,
      repairable ? `mm verify --repair ${quoteArgument(reference)}` : undefined,
    );
  }
  shell.say(`${reference}: ${verifyVerdict(files)}`);
}
