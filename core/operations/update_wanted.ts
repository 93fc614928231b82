/**
 * What an update is for: references as models of the library.
 *
 * @module
 */
import { isModelManagerError, ModelManagerError } from "../base/errors.ts";
import { redactTyped } from "../base/redact.ts";
import { parseReference, webHosts } from "../base/reference.ts";
import { filePath } from "../library/layout.ts";
import type { ModelEntry } from "../library/model_entry.ts";
import { factsOfAll } from "../platform/many_names.ts";
import type { OperationContext } from "./context.ts";
import { entryReference } from "./update_check.ts";

type LibraryContext = Pick<OperationContext, "endpoint" | "library" | "notices">;

/** A reference, and what it means in the library. */
export type Wanted =
  | { readonly reference: string; readonly entry: ModelEntry }
  | { readonly reference: string; readonly error: ModelManagerError };

/** Every model that is registered and has files on the disk. */
export async function wholeLibrary(context: LibraryContext): Promise<Wanted[]> {
  const entries = await context.library.entries();
  const gone = await withoutFiles(context, entries);
  for (const entry of gone) {
    context.notices.emit(
      `"${entry.modelId}" has no files any more: mm pull "${entryReference(entry)}" fetches it again, ` +
        `mm remove "${entryReference(entry)}" forgets it`,
    );
  }
  return entries.filter((entry) => !gone.has(entry)).map((entry) => ({
    reference: entryReference(entry),
    entry,
  }));
}

async function withoutFiles(
  context: LibraryContext,
  entries: readonly ModelEntry[],
): Promise<ReadonlySet<ModelEntry>> {
  const { modelsDir } = context.library;
  const paths = entries.map(({ metadata: { repo, files } }) =>
    files.map((file) => filePath({ modelsDir, repo }, file.path))
  );
  const facts = await factsOfAll(paths.flat());
  let at = 0;
  return new Set(entries.filter((_entry, index) => {
    const count = paths[index]?.length ?? 0;
    const own = facts.slice(at, at += count);
    return count > 0 && own.every((fact) => fact === undefined);
  }));
}

/** A reference that means one model is its name in the result; of several, each has its own. */
export async function findWanted(
  context: LibraryContext,
  references: readonly string[],
): Promise<Wanted[]> {
  const wanted = new Map<string, Wanted>();
  for (const text of references) {
    const typed = redactTyped(text);
    try {
      const entries = await context.library.find(parseReference(text, { hosts: webHosts(context.endpoint) }));
      const whole = entries.filter((entry) => entry.status !== "downloading");
      if (whole.length === 0) throw notComplete(typed);
      const gone = await withoutFiles(context, whole);
      for (const entry of whole) {
        const reference = whole.length === 1 ? typed : entryReference(entry);
        if (wanted.has(entry.modelId)) continue;
        wanted.set(
          entry.modelId,
          gone.has(entry) ? { reference, error: filesGone(entry) } : { reference, entry },
        );
      }
    } catch (error) {
      if (!isModelManagerError(error)) throw error;
      wanted.set(`\0${text}`, { reference: typed, error });
    }
  }
  return [...wanted.values()];
}

function notComplete(reference: string): ModelManagerError {
  return new ModelManagerError("FAILED", `"${reference}" is not complete: there is nothing to compare yet`, {
    hints: [`Go on with it: mm pull "${reference}"`],
  });
}

function filesGone(entry: ModelEntry): ModelManagerError {
  const reference = entryReference(entry);
  return new ModelManagerError("NOT_FOUND", `"${entry.modelId}" has no files any more`, {
    hints: [`Fetch it again: mm pull "${reference}"`, `Or forget it: mm remove "${reference}"`],
  });
}
