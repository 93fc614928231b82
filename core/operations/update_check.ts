/**
 * Models of the library compared with the Hub: one question for each repository and revision, none for what is pinned.
 *
 * @module
 */
import { isModelManagerError, ModelManagerError, throwIfAborted } from "../base/errors.ts";
import { formatReference } from "../base/reference.ts";
import { checkRepoPaths } from "../base/repo_path.ts";
import { HubError } from "../hub/errors.ts";
import type { ModelInfo, RepoFile } from "../hub/model.ts";
import { compareUpstream, type Comparison, entryCommit, isPinned } from "../library/compare_upstream.ts";
import { type ModelEntry, registeredDigest, type RegisteredFile } from "../library/model_entry.ts";
import { pinnedFiles } from "../library/pins.ts";
import type { OperationContext } from "./context.ts";
import { checkEnabled, requireDigests } from "./pull_plan.ts";

/** Questions at once. */
const MAX_AT_ONCE = 6;
/** After so many repositories in a row that could not be asked for, the others are not tried. */
const MAX_UNREACHABLE = 2;
const DEFAULT_REVISION = "main";

/** What was found out of one model. */
export type CheckOutcome =
  | { readonly kind: "compared"; readonly info: ModelInfo; readonly comparison: Comparison<RepoFile> }
  | { readonly kind: "pinned" }
  /** Nothing of it has a digest: there is nothing to compare. */
  | { readonly kind: "unknown" }
  | { readonly kind: "failed"; readonly error: ModelManagerError };

/** One model after the check. */
export interface CheckedEntry {
  readonly entry: ModelEntry;
  readonly outcome: CheckOutcome;
  /** From the first question on. */
  readonly elapsedMs: number;
}

/** How models are checked. */
export interface CheckOptions {
  /** Look at pinned ones, too; those that were pulled by commit are compared with the default branch. */
  readonly force: boolean;
  readonly signal: AbortSignal;
}

type CheckContext = Pick<OperationContext, "hub" | "library" | "clock">;

/** Models that one answer of the Hub is for. */
interface Group {
  readonly repo: string;
  readonly revision: string;
  readonly entries: readonly ModelEntry[];
}

/** What an entry follows on the Hub: a commit never changes, so that there only its branch is left. */
export function followedRevision(entry: ModelEntry): string {
  const { revision, commit } = entry.metadata;
  return isPinned({ revision, commit }) ? DEFAULT_REVISION : revision;
}

/** How a person refers to an entry. */
export function entryReference(entry: ModelEntry): string {
  const { repo, revision } = entry.metadata;
  const selector = entry.modelId.slice(repo.length + 1);
  return formatReference({
    repo,
    revision: revision === DEFAULT_REVISION || revision === "" ? undefined : revision,
    selector: selector === "" ? undefined : selector,
  });
}

/**
 * Compares entries with what the Hub has; in their order. What cannot be found out of one is in its outcome.
 *
 * @throws {ModelManagerError} `CANCELLED`.
 */
export async function checkEntries(
  context: CheckContext,
  entries: readonly ModelEntry[],
  options: CheckOptions,
): Promise<CheckedEntry[]> {
  const startMs = context.clock.monotonic();
  const checked = new Map<ModelEntry, CheckedEntry>();
  const note = (entry: ModelEntry, outcome: CheckOutcome): void => {
    checked.set(entry, { entry, outcome, elapsedMs: Math.round(context.clock.monotonic() - startMs) });
  };
  const asked: ModelEntry[] = [];
  for (const entry of entries) {
    const { pinned = false, metadata: { revision, commit, files } } = entry;
    if (!options.force && isPinned({ pinned, revision, commit })) note(entry, { kind: "pinned" });
    else if (files.every((file) => registeredDigest(file) === undefined)) note(entry, { kind: "unknown" });
    else asked.push(entry);
  }
  const check = new GroupCheck(context, {
    signal: options.signal,
    all: await context.library.entries(),
    // Who forces an update of several means all of them.
    unpinned: options.force ? entries.map((entry) => entry.modelId) : [],
  });
  await eachAtOnce(groupsOf(asked), MAX_AT_ONCE, async (group) => {
    for (const [entry, outcome] of await check.run(group)) note(entry, outcome);
  });
  return entries.flatMap((entry) => checked.get(entry) ?? []);
}

function groupsOf(entries: readonly ModelEntry[]): Group[] {
  const groups = Map.groupBy(
    entries,
    (entry) => `${entry.metadata.repo}\0${followedRevision(entry)}`,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return [{ repo: first.metadata.repo, revision: followedRevision(first), entries: group }];
  });
}

async function eachAtOnce<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const lane = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
}

/** Asks for one group after another, and stops asking when nobody answers. */
class GroupCheck {
  readonly #context: CheckContext;
  readonly #signal: AbortSignal;
  /** Everything that is registered, by repository. */
  readonly #byRepo: ReadonlyMap<string, readonly ModelEntry[]>;
  readonly #unpinned: readonly string[];
  #unreachable = 0;
  /** What all further questions would end with. */
  #hopeless: ModelManagerError | undefined;

  constructor(
    context: CheckContext,
    options: {
      readonly signal: AbortSignal;
      readonly all: readonly ModelEntry[];
      /** Names of models whose pin does not count. */
      readonly unpinned: readonly string[];
    },
  ) {
    this.#context = context;
    this.#signal = options.signal;
    this.#unpinned = options.unpinned;
    this.#byRepo = Map.groupBy(options.all, (entry) => entry.metadata.repo);
  }

  async run(group: Group): Promise<(readonly [ModelEntry, CheckOutcome])[]> {
    throwIfAborted(this.#signal);
    try {
      if (this.#hopeless !== undefined) throw this.#hopeless;
      const info = await this.#ask(group);
      const local = this.#localFiles(group.repo);
      return await Promise.all(group.entries.map((entry) => this.#compare(entry, info, local)));
    } catch (error) {
      const known = ownError(error);
      return group.entries.map((entry) =>
        [entry, { kind: "failed", error: unlessPrivate(known, entry) }] as const
      );
    }
  }

  async #ask({ repo, revision }: Group): Promise<ModelInfo> {
    try {
      const hub = await this.#context.hub();
      const info = await hub.modelInfo(repo, {
        // Without it the same address is asked as by others, whose answer may be in the cache.
        revision: revision === DEFAULT_REVISION ? undefined : revision,
        fresh: true,
        signal: this.#signal,
      });
      checkEnabled(hub, info);
      this.#unreachable = 0;
      return info;
    } catch (error) {
      this.#judge(ownError(error));
      throw error;
    }
  }

  /** Errors of the line, and not of one repository. */
  #judge(error: ModelManagerError): void {
    if (error.code === "OFFLINE" || error.code === "RATE_LIMITED") this.#hopeless ??= error;
    else if (error.code !== "NETWORK_ERROR") this.#unreachable = 0;
    else if (++this.#unreachable >= MAX_UNREACHABLE) this.#hopeless ??= error;
  }

  #localFiles(repo: string): ReadonlyMap<string, RegisteredFile> {
    const files = (this.#byRepo.get(repo) ?? []).flatMap((entry) => entry.metadata.files);
    return new Map(files.map((file) => [file.path, file]));
  }

  async #compare(
    entry: ModelEntry,
    info: ModelInfo,
    local: ReadonlyMap<string, RegisteredFile>,
  ): Promise<readonly [ModelEntry, CheckOutcome]> {
    const ofRepo = this.#byRepo.get(entry.metadata.repo) ?? [];
    const pinned = pinnedFiles(ofRepo, new Set([entry.modelId, ...this.#unpinned]));
    const comparison = compareUpstream(entry, { files: info.files, local, pinned });
    try {
      checkRepoPaths(info.repo, comparison.changed.map((file) => file.path));
      await requireDigests(this.#context, { info, files: comparison.masked, signal: this.#signal });
      return [entry, { kind: "compared", info, comparison }];
    } catch (error) {
      return [entry, { kind: "failed", error: ownError(error) }];
    }
  }
}

/** Cancellation ends the whole check, and so do our own bugs. */
function ownError(error: unknown): ModelManagerError {
  if (isModelManagerError(error) && error.code !== "CANCELLED") return error;
  throw error;
}

/** To somebody who is not logged in, a private repository is as if it were not there: that it is gone is not known. */
function unlessPrivate(error: ModelManagerError, entry: ModelEntry): ModelManagerError {
  const { repo, private: wasPrivate, gated } = entry.metadata;
  const mayBeThere = error instanceof HubError && error.maybePrivate &&
    (wasPrivate === true || gated === true);
  if (!mayBeThere) return error;
  return new ModelManagerError(
    "AUTHENTICATION_ERROR",
    `Cannot ask for "${repo}" without a token: it was ${wasPrivate ? "private" : "gated"} when it was pulled`,
    { hints: ["Log in with the account that can see it: mm login"], cause: error },
  );
}

/** What an entry is at, and what it would be at. */
export function commitsOf({ entry, outcome }: CheckedEntry): {
  readonly commit: string | undefined;
  readonly fromCommit: string | undefined;
} {
  const fromCommit = entryCommit(entry);
  if (outcome.kind === "failed") return { fromCommit, commit: undefined };
  return { fromCommit, commit: outcome.kind === "compared" ? outcome.info.commit : fromCommit };
}
