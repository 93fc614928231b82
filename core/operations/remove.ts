/**
 * Remove: delete models, or one quant of them, from the library.
 *
 * @module
 */
import { throwIfAborted } from "../base/errors.ts";
import { parseReference, webHosts } from "../base/reference.ts";
import type { FoundPart } from "../library/find_entries.ts";
import type { Removal } from "../library/removal.ts";
import type { RemovalTarget } from "../library/removal_target.ts";
import type { OperationContext } from "./context.ts";
import type { CallOptions, RemoveResult } from "./model_manager.ts";

type LibraryContext = Pick<OperationContext, "endpoint" | "library">;

/** What one reference means. */
interface Found {
  readonly text: string;
  readonly parts: readonly FoundPart[];
}

/** What the references mean in the library. @throws {ModelManagerError} `NOT_FOUND` naming the first that is not. */
export async function findInLibrary(
  context: LibraryContext,
  references: readonly string[],
): Promise<Found[]> {
  const found: Found[] = [];
  for (const text of references) {
    const reference = parseReference(text, { hosts: webHosts(context.endpoint) });
    found.push({ text, parts: await context.library.findParts(reference) });
  }
  return found;
}

/** What `remove` would delete. */
export async function planRemove(
  context: LibraryContext,
  references: readonly string[],
  { signal }: CallOptions = {},
): Promise<RemoveResult> {
  throwIfAborted(signal);
  const targets = await findTargets(context, references);
  throwIfAborted(signal);
  const removals = await context.library.planRemoveAll(targets);
  return toResult(targets.map((target, index) => ({ target, removal: removals[index] })));
}

/**
 * Deletes what the references mean; files that another model shares stay.
 *
 * @throws {ModelManagerError} `LOCKED`, before anything is deleted, when one of them is being downloaded; `CANCELLED`
 * between two models.
 */
export async function remove(
  context: LibraryContext,
  references: readonly string[],
  { signal }: CallOptions = {},
): Promise<RemoveResult> {
  throwIfAborted(signal);
  const { library } = context;
  const targets = await findTargets(context, references);
  await library.requireFree(targets, await library.planRemoveAll(targets));
  const done: Done[] = [];
  for (const target of targets) {
    throwIfAborted(signal);
    done.push({ target, removal: await library.remove(target) });
  }
  return toResult(done);
}

interface Target extends RemovalTarget {
  /** The reference. */
  readonly text: string;
}

interface Done {
  readonly target: Target;
  readonly removal: Removal | undefined;
}

/** Each entry, and each file, once: what several references mean goes with the first. */
async function findTargets(context: LibraryContext, references: readonly string[]): Promise<Target[]> {
  const found = await findInLibrary(context, references);
  const whole = new Set<string>();
  for (const { parts } of found) {
    for (const { entry, paths } of parts) if (paths === undefined) whole.add(entry.modelId);
  }
  const targets = new Map<string, Target>();
  const seenFiles = new Set<string>();
  for (const { text, parts } of found) {
    for (const { entry, paths } of parts) {
      const { modelId, metadata: { repo } } = entry;
      if (paths === undefined) {
        if (!targets.has(modelId)) targets.set(modelId, { text, entry });
        continue;
      }
      // A file goes from all entries that have it at once.
      const fresh = paths.filter((path) => !seenFiles.has(`${repo} ${path}`));
      for (const path of fresh) seenFiles.add(`${repo} ${path}`);
      if (fresh.length > 0 && !whole.has(modelId)) {
        targets.set(`${modelId} ${text}`, { text, entry, paths: fresh });
      }
    }
  }
  return [...targets.values()];
}

function toResult(done: readonly Done[]): RemoveResult {
  const removed = done.map(({ target: { text, entry, paths: wanted }, removal }) => {
    const { repo, quant } = entry.metadata;
    const { paths = [], leftovers = [], bytesFreed = 0, bytesElsewhere } = removal ?? {};
    return {
      reference: text,
      repo,
      quant: wanted === undefined ? quant ?? undefined : undefined,
      isPart: wanted !== undefined,
      // A model that was only begun has no file of its own name.
      paths: paths.length > 0 ? paths : leftovers.filter((path) => path.endsWith(".part")),
      bytesFreed,
      ...(bytesElsewhere === undefined ? {} : { bytesElsewhere }),
      pinned: entry.pinned === true,
    };
  });
  return { removed, bytesFreed: removed.reduce((sum, { bytesFreed }) => sum + bytesFreed, 0) };
}
