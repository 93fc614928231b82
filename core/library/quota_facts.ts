/**
 * What a quota is decided from, gathered from the registry, the disk and the running processes.
 *
 * @module
 */
import { join } from "node:path";
import { PARTIAL_FOLDER } from "../base/repo_path.ts";
import { fileFacts, freedBytes, realPathOf } from "../platform/directory.ts";
import { openFilesBelow } from "../platform/open_files.ts";
import type { CleanupFacts } from "./cleanup_plan.ts";
import { filePath } from "./layout.ts";
import { lastUsed } from "./library_model.ts";
import { type ModelEntry, UNKNOWN_COMMIT } from "./model_entry.ts";
import type { QuotaModel } from "./quota_plan.ts";

/** Where to look, and what is known already. */
export interface QuotaSources {
  /** Absolute. */
  readonly modelsDir: string;
  readonly entries: readonly ModelEntry[];
  /** What lies in the folders of partial data, and who is at work there. */
  readonly folders: CleanupFacts["folders"];
  /** Names of entries that are just being asked for. */
  readonly wanted?: ReadonlySet<string> | undefined;
}

/** The registered models with what each takes, when it was used, and why it may not go. */
export async function gatherQuotaModels(sources: QuotaSources): Promise<QuotaModel[]> {
  const { entries, wanted } = sources;
  const modelsDir = await realPathOf(sources.modelsDir).catch(() => sources.modelsDir);
  const isOpen = await openTest(modelsDir);
  const busy = new Set(sources.folders.filter((folder) => folder.busy.size > 0).map(({ path }) => path));
  const models: QuotaModel[] = [];
  for (const entry of entries) {
    const { metadata: { repo, files: registered }, modelId } = entry;
    const paths = registered.map((file) => filePath({ modelsDir, repo }, file.path));
    const facts = await Promise.all(paths.map((path) => fileFacts(path, { followLinks: false })));
    const files = paths.flatMap((path, index) => {
      const fact = facts[index];
      return fact?.isFile === true ? [{ path, bytes: freedBytes(fact) }] : [];
    });
    const inUse = busy.has(join(modelsDir, ...repo.split("/"), PARTIAL_FOLDER)) ||
      files.some(({ path }) => isOpen(path));
    models.push({
      modelId,
      files,
      lastUsedAt: lastUsed(entry, facts),
      keep: wanted?.has(modelId) ? "wanted" : keepReason(entry, inUse),
    });
  }
  return models;
}

function keepReason(entry: ModelEntry, inUse: boolean): QuotaModel["keep"] {
  if (entry.pinned) return "pinned";
  if (inUse) return "in-use";
  // A person's own file may be the only one there is.
  return entry.metadata.files.some((file) => file.commit === UNKNOWN_COMMIT) ? "unknown-source" : undefined;
}

/** Whether a running program has a file open; where the system does not tell, none has. */
async function openTest(modelsDir: string): Promise<(path: string) => boolean> {
  const open = await openFilesBelow(modelsDir) ?? new Set();
  return (path) => open.has(path);
}
