/**
 * What hashing has shown, noted in the entries of the registry; pure.
 *
 * @module
 */
import type { VerifiedFile } from "./integrity.ts";
import { filePath } from "./layout.ts";
import type { ModelEntry, RegisteredFile } from "./model_entry.ts";
import { withFiles } from "./registration.ts";

/**
 * Marks the files that are corrupt, and takes the mark from those that are well. What is missing shows without a
 * mark.
 *
 * @returns the same list when nothing changes.
 */
export function markVerified(
  entries: readonly ModelEntry[],
  results: readonly VerifiedFile[],
  options: { readonly modelsDir: string },
): readonly ModelEntry[] {
  const { modelsDir } = options;
  const byPath = new Map(results.map((result) => [result.path, result]));
  let changed = false;
  const marked = entries.map((entry) => {
    const { repo } = entry.metadata;
    const files = entry.metadata.files.map((file) => {
      const next = withMark(file, byPath.get(filePath({ modelsDir, repo }, file.path)));
      if (next !== file) changed = true;
      return next;
    });
    return files.every((file, index) => file === entry.metadata.files[index])
      ? entry
      : withFiles(entry, files);
  });
  return changed ? marked : entries;
}

function withMark(file: RegisteredFile, result: VerifiedFile | undefined): RegisteredFile {
  if (result?.status === "corrupt" && !file.damaged) return { ...file, damaged: true };
  if (result?.status !== "ok" || !file.damaged) return file;
  const { damaged: _, ...sound } = file;
  return sound;
}
