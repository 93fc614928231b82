/**
 * Keeping what update checks have found.
 *
 * @module
 */
import { toErrorData } from "../base/errors.ts";
import type { ModelInfo } from "../hub/model.ts";
import { badgeOf, compareUpstream, type Comparison, entryContentKey } from "../library/compare_upstream.ts";
import type { ModelEntry } from "../library/model_entry.ts";
import { pinnedFiles } from "../library/pins.ts";
import type { SeenRepo, SeenUnit } from "../state/updates.ts";
import type { OperationContext } from "./context.ts";
import { groupKey } from "./known_updates.ts";
import { type CheckedEntry, followedRevision } from "./update_check.ts";

type NotesContext = Pick<OperationContext, "library" | "clock" | "updates" | "notices">;

interface Finding {
  readonly entry: ModelEntry;
  /** `undefined` when the repository is gone. */
  readonly commit: string | undefined;
  readonly comparison: Pick<Comparison, "verdict" | "removed" | "bytesToFetch">;
}

/** What is certain enough to be kept: a Hub that could not be asked has said nothing. */
function findingOf({ entry, outcome }: CheckedEntry): Finding | undefined {
  if (outcome.kind === "compared") {
    return { entry, commit: outcome.info.commit, comparison: outcome.comparison };
  }
  if (outcome.kind !== "failed" || outcome.error.code !== "NOT_FOUND") return undefined;
  const removed = entry.metadata.files.map((file) => file.path);
  return { entry, commit: undefined, comparison: { verdict: "removed upstream", removed, bytesToFetch: 0 } };
}

/**
 * Keeps what a check has found. That it could not be kept is said, and fails nothing.
 *
 * @param options.everything The whole library was checked: what is known of anything else is forgotten.
 */
export async function noteChecked(
  context: NotesContext,
  checked: readonly CheckedEntry[],
  options: { readonly everything: boolean },
): Promise<void> {
  const findings = checked.flatMap((each) => findingOf(each) ?? []);
  const wasAnswered = findings.length > 0 || checked.every(({ outcome }) => outcome.kind !== "failed");
  try {
    await keep(context, findings);
    if (!options.everything) return;
    const store = await context.updates();
    const kept = new Set(checked.map(({ entry }) => groupKey(entry.metadata.repo, followedRevision(entry))));
    await store.forget(({ repo, revision }) => kept.has(groupKey(repo, revision)));
    if (wasAnswered) await store.finish();
  } catch (error) {
    context.notices.emit(`What was found could not be kept: ${toErrorData(error).message}`);
  }
}

/** Brings what is known of a repository's models up to date, after something of it was fetched. */
export async function noteFetched(context: NotesContext, info: ModelInfo): Promise<void> {
  const { repo, revision } = info;
  try {
    const store = await context.updates();
    // Who has never asked for a check gets no answers either.
    if (await store.get(repo, revision) === undefined) return;
    const ofRepo = (await context.library.entries()).filter((entry) => entry.metadata.repo === repo);
    const entries = ofRepo.filter((entry) => followedRevision(entry) === revision);
    const local = new Map(
      entries.flatMap((entry) => entry.metadata.files.map((file) => [file.path, file] as const)),
    );
    await keep(
      context,
      entries.map((entry) => {
        const pinned = pinnedFiles(ofRepo, new Set([entry.modelId]));
        const comparison = compareUpstream(entry, { files: info.files, local, pinned });
        return { entry, commit: info.commit, comparison };
      }),
    );
  } catch {
    // It is known again after the next check.
  }
}

async function keep(context: NotesContext, findings: readonly Finding[]): Promise<void> {
  if (findings.length === 0) return;
  const store = await context.updates();
  const checkedAt = new Date(context.clock.now()).toISOString();
  const entries = await context.library.entries();
  const groups = Map.groupBy(
    findings,
    ({ entry }) => groupKey(entry.metadata.repo, followedRevision(entry)),
  );
  const seen: SeenRepo[] = [];
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { repo } = first.entry.metadata;
    const revision = followedRevision(first.entry);
    const units = group.map(({ entry, comparison }): SeenUnit => ({
      contentKey: entryContentKey(entry),
      verdict: comparison.verdict,
      badge: badgeOf(comparison),
      bytesToFetch: comparison.bytesToFetch,
    }));
    const now = new Set(units.map((unit) => unit.contentKey));
    const current = new Set(
      entries.filter(({ metadata }) => metadata.repo === repo).map(entryContentKey),
    );
    const before = (await store.get(repo, revision))?.units ?? [];
    const others = before.filter((unit) => !now.has(unit.contentKey) && current.has(unit.contentKey));
    seen.push({ repo, revision, checkedAt, commit: first.commit, units: [...units, ...others] });
  }
  await store.put(seen);
}
