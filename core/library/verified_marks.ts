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
  options: {
    readonly modelsDir: string;
    /** When repaired files were last changed, by path, in milliseconds since 1970. @default {not known} */
    readonly times?: ReadonlyMap<string, number | undefined>;
  },
): readonly ModelEntry[] {
  const { modelsDir, times } = options;
  const byPath = new Map(results.map((result) => [result.path, result]));
  let changed = false;
  const marked = entries.map((entry) => {
    const { repo } = entry.metadata;
    const files = entry.metadata.files.map((file) => {
      const path = filePath({ modelsDir, repo }, file.path);
      const next = withTime(withMark(file, byPath.get(path)), times?.get(path));
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
  const isWell = result?.status === "ok" || result?.status === "repaired";
  if (!isWell || !file.damaged) return file;
  const { damaged: _, ...sound } = file;
  return sound;
}

/** A repair changes the time of the file: without a note of it, it would look changed. */
function withTime(file: RegisteredFile, modifiedAtMs: number | undefined): RegisteredFile {
  return modifiedAtMs === undefined || modifiedAtMs === file.modifiedAtMs ? file : { ...file, modifiedAtMs };
}
