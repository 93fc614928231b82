/**
 * Remove: delete models, or one quant of them, from the library.
 *
 * @module
 */
import { parseReference } from "../base/reference.ts";
import type { ModelEntry } from "../library/model_entry.ts";
import type { OperationContext } from "./context.ts";
import type { RemoveResult } from "./model_manager.ts";

type LibraryContext = Pick<OperationContext, "library">;

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
    found.push({ text, entries: await context.library.find(parseReference(text)) });
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
  const removed: RemoveResult["removed"][number][] = [];
  const seen = new Set<string>();
  for (const { text, entries } of await findInLibrary(context, references)) {
    for (const entry of entries) {
      if (seen.has(entry.modelId)) continue;
      seen.add(entry.modelId);
      const { paths, bytesFreed } = options.dryRun
        ? await context.library.planRemove(entry)
        : await context.library.remove(entry);
      const { repo, quant } = entry.metadata;
      removed.push({ reference: text, repo, quant: quant ?? undefined, paths, bytesFreed });
    }
  }
  return { removed, bytesFreed: removed.reduce((sum, each) => sum + each.bytesFreed, 0) };
}
