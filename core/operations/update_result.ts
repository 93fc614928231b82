/**
 * What became of one model in an update.
 *
 * @module
 */
import { type ErrorData, type ModelManagerError, toErrorData } from "../base/errors.ts";
import { parseReference, webHosts } from "../base/reference.ts";
import type { RepoFile } from "../hub/model.ts";
import type { Comparison, UpdateVerdict } from "../library/compare_upstream.ts";
import { filePath } from "../library/layout.ts";
import type { ModelEntry } from "../library/model_entry.ts";
import type { ReplacedRemoval } from "../library/replaced_files.ts";
import type { OperationContext } from "./context.ts";
import type { PullResult } from "./model_manager.ts";
import { type CheckedEntry, commitsOf } from "./update_check.ts";

/** What became of one model. */
export interface UpdateResult extends PullResult {
  /** The quantization label, when the files carry one. */
  readonly quant: string | undefined;
  /** What the comparison with the Hub has shown; `undefined` when there could be none. */
  readonly update: UpdateVerdict | undefined;
  /** Size of what was to be fetched when the Hub was asked. */
  readonly bytesToFetch: number;
  /** Files that were to be fetched: other contents, or new names. Paths in the repository. */
  readonly changedFiles: readonly string[];
  /** Files that were here and are on the Hub no more; they are kept, except for `deletedFiles`. */
  readonly removedFiles: readonly string[];
  /** Old weights that others have taken the place of: deleted here, or to be deleted when it is only planned. */
  readonly deletedFiles: readonly string[];
  /** What deleting them has given back to the disk. */
  readonly bytesFreed: number;
  /** Files with other contents on the Hub that stay, since a pinned model has them, too. */
  readonly keptFiles: readonly {
    /** In the repository. */
    readonly path: string;
    /** The pinned model, as commands take it. */
    readonly modelId: string;
  }[];
  /** The commit that the model was at. */
  readonly fromCommit: string | undefined;
  /** What its repository is called now, when that is another name. */
  readonly renamedTo: string | undefined;
}

/** The result of a reference that means nothing in the library. */
export function failedResult(reference: string, error: ModelManagerError, endpoint: string): UpdateResult {
  return {
    reference,
    repo: repoOf(reference, endpoint),
    commit: undefined,
    status: "failed",
    paths: [],
    bytesFetched: 0,
    bytesResumed: 0,
    bytesTotal: 0,
    elapsedMs: 0,
    quant: undefined,
    update: undefined,
    bytesToFetch: 0,
    changedFiles: [],
    removedFiles: [],
    deletedFiles: [],
    bytesFreed: 0,
    keptFiles: [],
    fromCommit: undefined,
    renamedTo: undefined,
    error: toErrorData(error),
  };
}

function repoOf(text: string, endpoint: string): string {
  try {
    return parseReference(text, { hosts: webHosts(endpoint) }).repo;
  } catch {
    return text;
  }
}

/** The result of a model that was checked, and maybe fetched. */
export function toResult(
  context: Pick<OperationContext, "library">,
  facts: {
    readonly reference: string;
    readonly checked: CheckedEntry;
    readonly pulled: PullResult | undefined;
    /** Of old weights; `undefined` when none were deleted. */
    readonly removal: ReplacedRemoval | undefined;
  },
): UpdateResult {
  const { reference, checked, pulled, removal } = facts;
  const { entry, outcome } = checked;
  const { repo, quant } = entry.metadata;
  const comparison = outcome.kind === "compared" ? outcome.comparison : undefined;
  const renamedTo = outcome.kind === "compared" && outcome.info.repo !== repo ? outcome.info.repo : undefined;
  const error: ErrorData | undefined = outcome.kind === "failed" ? toErrorData(outcome.error) : pulled?.error;
  const status = error !== undefined
    ? "failed"
    : pulled?.status ?? (comparison !== undefined && hasWork(comparison) ? "planned" : "present");
  const deletedFiles = status === "planned" ? comparison?.replaced ?? [] : removal?.paths ?? [];
  const sizes = filesAfter(entry, comparison);
  for (const path of deletedFiles) sizes.delete(path);
  const { modelsDir } = context.library;
  return {
    reference,
    repo,
    ...commitsOf(checked),
    status,
    paths: status === "failed" ? [] : [...sizes.keys()].map((path) => filePath({ modelsDir, repo }, path)),
    bytesFetched: pulled?.bytesFetched ?? 0,
    bytesResumed: pulled?.bytesResumed ?? 0,
    ...(pulled?.reused === undefined ? {} : { reused: pulled.reused, bytesReused: pulled.bytesReused ?? 0 }),
    bytesTotal: [...sizes.values()].reduce((sum, size) => sum + size, 0),
    elapsedMs: checked.elapsedMs + (pulled?.elapsedMs ?? 0),
    quant: quant ?? undefined,
    update: verdictOf(outcome),
    bytesToFetch: comparison?.bytesToFetch ?? 0,
    changedFiles: comparison?.changed.map((file) => file.path) ?? [],
    removedFiles: [...comparison?.removed ?? [], ...comparison?.replaced ?? []],
    deletedFiles,
    bytesFreed: removal?.bytesFreed ?? 0,
    keptFiles: comparison?.kept ?? [],
    renamedTo,
    ...(error === undefined ? {} : { error }),
  };
}

/** Whether there is something to fetch, or old weights that are of no more use. */
export function hasWork({ changed, replaced }: Pick<Comparison, "changed" | "replaced">): boolean {
  return changed.length > 0 || replaced.length > 0;
}

/** A repository that is gone has taken everything with it; of one that could not be asked, nothing is known. */
function verdictOf(outcome: CheckedEntry["outcome"]): UpdateVerdict | undefined {
  if (outcome.kind === "compared") return outcome.comparison.verdict;
  if (outcome.kind !== "failed") return outcome.kind;
  return outcome.error.code === "NOT_FOUND" ? "removed upstream" : undefined;
}

/** Sizes of the model's files by path, once it is up to date. */
function filesAfter(
  entry: ModelEntry,
  comparison: Comparison<RepoFile> | undefined,
): Map<string, number> {
  return new Map(
    [...entry.metadata.files, ...comparison?.changed ?? []].map((file) => [file.path, file.sizeBytes]),
  );
}
