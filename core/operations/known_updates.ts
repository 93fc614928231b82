/**
 * What earlier checks have found, for lists that ask nobody; and whether it is time for the next check.
 *
 * @module
 */
import { contentKey, isPinned } from "../library/compare_upstream.ts";
import type { LibraryModel } from "../library/model_entry.ts";
import type { SeenUnit } from "../state/updates.ts";
import type { OperationContext } from "./context.ts";

const BADGES = ["up to date", "update available", "removed upstream"] as const;

/** What belongs together: the models of a repository that follow the same revision. */
export function groupKey(repo: string, revision: string): string {
  return `${repo}\0${revision}`;
}

/** Models with the badges that are known of them: nobody is asked. */
export async function withBadges(
  context: Pick<OperationContext, "updatesIfKept">,
  models: readonly LibraryModel[],
): Promise<LibraryModel[]> {
  if (models.length === 0) return [];
  const seen = await readSeen(context);
  return models.map((model) => ({ ...model, update: badgeFor(model, seen) }));
}

async function readSeen(
  context: Pick<OperationContext, "updatesIfKept">,
): Promise<ReadonlyMap<string, readonly SeenUnit[]>> {
  try {
    const repos = await (await context.updatesIfKept())?.list() ?? [];
    return new Map(repos.map((each) => [groupKey(each.repo, each.revision), each.units]));
  } catch {
    // A list is of use without badges, too.
    return new Map();
  }
}

function badgeFor(
  model: LibraryModel,
  seen: ReadonlyMap<string, readonly SeenUnit[]>,
): LibraryModel["update"] {
  const { repo, revision, files, status } = model;
  if (status === "downloading" || status === "deleted") return undefined;
  if (isPinned(model)) return "pinned";
  const units = seen.get(groupKey(repo, revision));
  if (units === undefined) return undefined;
  const key = contentKey(files);
  const badge = units.find((unit) => unit.contentKey === key)?.badge;
  return BADGES.find((word) => word === badge);
}

/**
 * Claims the next check of the whole library in the background, when it is due. Of several processes, one is told yes.
 * What goes wrong means no.
 */
export async function claimUpdateCheck(
  context: Pick<OperationContext, "library" | "updates" | "settings">,
): Promise<boolean> {
  const { updateEveryMs } = context.settings;
  if (updateEveryMs === undefined) return false;
  try {
    const store = await context.updates();
    // The cheap question first: nearly always the answer is no.
    if (!await store.isDue(updateEveryMs)) return false;
    const entries = await context.library.entries();
    const asks = entries.some(({ pinned = false, metadata: { revision, commit } }) =>
      !isPinned({ pinned, revision, commit })
    );
    return asks && await store.claim(updateEveryMs);
  } catch {
    return false;
  }
}
