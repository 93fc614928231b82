/**
 * Remove: delete models, or one quant of them, from the library.
 *
 * @module
 */
import { parseReference, webHosts } from "../base/reference.ts";
import type { ModelEntry } from "../library/model_entry.ts";
import type { OperationContext } from "./context.ts";
import type { RemoveResult } from "./model_manager.ts";

type LibraryContext = Pick<OperationContext, "endpoint" | "library">;

interface Found {
  readonly text: string;
  readonly entries: readonly ModelEntry[];
}

/** What the references mean in the library. @throws {ModelManagerError} `NOT_FOUND` naming the first that is not. */
export async function findInLibrary(
  context: LibraryContext,
  references: readonly string[],
): Promise<Found[]> {
  const found: Found[] = [];
  for (const text of references) {
    found.push({
      text,
      entries: await context.library.find(parseReference(text, { hosts: webHosts(context.endpoint) })),
    });
  }
  return found;
}

/** What `remove` would delete. */
export async function planRemove(
  context: LibraryContext,
  references: readonly string[],
): Promise<RemoveResult> {
  return await removeFound(context, references, { dryRun: true });
}

/** Deletes what the references mean; files that another model shares stay. */
export async function remove(context: LibraryContext, references: readonly string[]): Promise<RemoveResult> {
  return await removeFound(context, references, { dryRun: false });
}

async function removeFound(
  context: LibraryContext,
  references: readonly string[],
  options: { readonly dryRun: boolean },
): Promise<RemoveResult> {
  const { library } = context;
  const found = new Map<string, { readonly text: string; readonly entry: ModelEntry }>();
  for (const { text, entries } of await findInLibrary(context, references)) {
    for (const entry of entries) {
      if (!found.has(entry.modelId)) found.set(entry.modelId, { text, entry });
    }
  }
  const each = [...found.values()];
  const plans = options.dryRun ? await library.planRemoveAll(each.map(({ entry }) => entry)) : [];
  const removed: RemoveResult["removed"][number][] = [];
  for (const [index, { text, entry }] of each.entries()) {
    const { paths, leftovers, bytesFreed } = plans[index] ?? await library.remove(entry);
    const { repo, quant } = entry.metadata;
    removed.push({
      reference: text,
      repo,
      quant: quant ?? undefined,
      // A model that was only begun has no file of its own name.
      paths: paths.length > 0 ? paths : leftovers.filter((path) => path.endsWith(".part")),
      bytesFreed,
    });
  }
  return { removed, bytesFreed: removed.reduce((sum, each) => sum + each.bytesFreed, 0) };
}
