/**
 * Pinned models in the way of a pull: what of them stays, and what is refused.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import { companionKind } from "../library/quant_label.ts";
import { isPinned, isWeights } from "../library/compare_upstream.ts";
import type { KnownFile } from "../library/known_files.ts";
import { hasDigest, type ModelEntry, registeredDigest } from "../library/model_entry.ts";
import type { Selection } from "../library/selection.ts";
import type { OperationContext } from "./context.ts";
import type { ProvableFile } from "./pull_facts.ts";

/** What is to be pulled into the library. */
export interface PinnedPull {
  readonly repo: string;
  readonly selection: Selection<ProvableFile>;
  /** Takes the pin of the model that is pulled for none; that of others holds. */
  readonly force: boolean;
  /**
   * What is asked for: whoever has pulled a model by its commit is told that it follows something else now. Only what
   * was pinned by hand is kept.
   *
   * @default nothing is told
   */
  readonly follows?: FollowedRevision | undefined;
}

/** The revision that a pulled model follows afterwards. */
export interface FollowedRevision {
  /** A branch, a tag or a commit, and the commit that it stands for. */
  readonly revision: string;
  readonly commit: string;
}

/** What can be pulled with the pins that there are. */
export interface HeldPull {
  readonly selection: Selection<ProvableFile>;
  /** What a person should know. */
  readonly notices: readonly string[];
}

/**
 * A pull of a pinned model may replace nothing of it. One of another model that shares files with it, such as a README
 * or a projector, is given these as they are here: they are its own then, at the commit that they came from.
 *
 * @throws {ModelManagerError} `FAILED` naming the pinned model whose files the Hub has otherwise.
 */
export async function holdPinned(
  context: Pick<OperationContext, "library">,
  pull: PinnedPull,
): Promise<HeldPull> {
  const { repo, selection, force, follows } = pull;
  const entries = (await context.library.entries()).filter((entry) => entry.metadata.repo === repo);
  const pinned = entries.filter((entry) => entry.pinned === true);
  const notices = follows === undefined ? [] : changedPins(entries, selection.files, follows);
  if (pinned.length === 0) return { selection, notices };
  const known = await context.library.knownFiles(repo);
  const held = new Map<string, ProvableFile>();
  for (const file of selection.files) {
    const here = known.get(file.path);
    if (here === undefined || !isOther(here, file)) continue;
    const owners = pinned.filter((entry) => hasFile(entry, file.path));
    const meant = owners.find((entry) => isMeant(entry, selection.files));
    if (meant !== undefined && !force) throw isPinnedError(meant, file.path);
    const other = owners.find((entry) => !isMeant(entry, selection.files));
    const kept = other === undefined ? undefined : asItIs(here);
    if (other === undefined || kept === undefined) continue;
    held.set(file.path, kept);
    notices.push(`${file.path} is kept: the pinned ${other.modelId} uses it`);
  }
  if (held.size === 0) return { selection, notices };
  const files = selection.files.map((file) => held.get(file.path) ?? file);
  return { selection: { ...selection, files }, notices };
}

/** Whether a model stays as it is because it was pulled so. */
function isByCommit({ pinned, metadata: { revision, commit } }: ModelEntry): boolean {
  return pinned !== true && isPinned({ revision, commit });
}

/** What is said of models that are no more what they were pulled as. */
function changedPins(
  entries: readonly ModelEntry[],
  files: readonly ProvableFile[],
  { revision, commit }: FollowedRevision,
): string[] {
  const after = isPinned({ revision, commit })
    ? `it is pinned to ${shortCommit(commit)} from now on`
    : `it follows ${revision} from now on`;
  return entries
    .filter((entry) => isByCommit(entry) && isMeant(entry, files))
    .filter(({ metadata }) => !isPinned({ revision, commit }) || metadata.commit !== commit)
    .map(({ modelId, metadata }) => `${modelId} was pinned to ${shortCommit(metadata.commit)}: ${after}`);
}

function shortCommit(commit = ""): string {
  return commit.slice(0, 12);
}

/** Whether it would be replaced by other bytes: what is not there, or was changed by hand, is another matter. */
function isOther({ state, file }: KnownFile, wanted: ProvableFile): boolean {
  return state !== "changed" && registeredDigest(file) !== undefined && !hasDigest(file, wanted.digest);
}

function hasFile(entry: ModelEntry, path: string): boolean {
  return entry.metadata.files.some((file) => file.path === path);
}

/** Whether a pull is of this model: of its weights, or of nothing that it has not. */
function isMeant(entry: ModelEntry, files: readonly ProvableFile[]): boolean {
  const own = files.filter((file) => hasFile(entry, file.path));
  return own.length === files.length ||
    own.some(({ path }) => isWeights(path) && companionKind(path) === undefined);
}

/** The file as the library has it; `undefined` when its bytes are known to be wrong. */
function asItIs({ state, file }: KnownFile): ProvableFile | undefined {
  const digest = registeredDigest(file);
  if (state !== "untouched" || digest === undefined) return undefined;
  return { path: file.path, sizeBytes: file.sizeBytes, digest, commit: file.commit };
}

function isPinnedError({ modelId: reference }: ModelEntry, path: string): ModelManagerError {
  return new ModelManagerError(
    "FAILED",
    `"${reference}" is pinned: the Hub has another "${path}", which would replace it`,
    {
      hints: [
        `Let it be replaced from now on: mm models unpin "${reference}"`,
        `Or replace it this once: mm pull --force "${reference}"`,
      ],
    },
  );
}
