/**
 * Models found on disk, when no registry tells of them.
 *
 * @module
 */
import { join } from "node:path";
import { isRepoName } from "../base/reference.ts";
import { repoPathProblem } from "../base/repo_path.ts";
import { fileFacts, readDirectory } from "../platform/directory.ts";
import { type ModelEntry, type RegisteredFile, UNKNOWN_COMMIT } from "./model_entry.ts";
import { addEntries } from "./registration.ts";

/** What a scan has found. */
export interface ScanResult {
  readonly items: readonly ModelEntry[];
  /** What could not be read or understood. */
  readonly warnings: readonly string[];
}

/** Names of files that hold weights. */
export const WEIGHTS: RegExp = /\.(?:gguf|safetensors)$/i;
/** A folder of models is not deeper than this; a link may go in a circle. */
const MAX_DEPTH = 8;

/** Paths of files below a folder, with `/`; what begins with a dot is left out. */
async function filesBelow(folder: string, depth = 0): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await readDirectory(folder)) {
    if (entry.name.startsWith(".")) continue;
    if (entry.isFile) paths.push(entry.name);
    else if (entry.isDirectory && depth < MAX_DEPTH) {
      const below = await filesBelow(join(folder, entry.name), depth + 1);
      paths.push(...below.map((path) => `${entry.name}/${path}`));
    }
  }
  return paths;
}

async function toFile(folder: string, path: string): Promise<RegisteredFile | undefined> {
  const facts = await fileFacts(join(folder, ...path.split("/")));
  if (facts === undefined || !facts.isFile) return undefined;
  return {
    path,
    sizeBytes: facts.sizeBytes,
    commit: UNKNOWN_COMMIT,
    downloadDate: new Date(facts.modifiedAtMs).toISOString(),
    modifiedAtMs: facts.modifiedAtMs,
  };
}

async function scanModel(folder: string, repo: string): Promise<ScanResult> {
  const paths = await filesBelow(folder);
  if (!isRepoName(repo) || !paths.some((path) => WEIGHTS.test(path))) return { items: [], warnings: [] };
  const usable = paths.filter((path) => repoPathProblem(path) === undefined);
  const found = await Promise.all(usable.map((path) => toFile(folder, path)));
  const files = found.filter((file) => file !== undefined);
  const { entries } = addEntries([], {
    repo,
    revision: "main",
    commit: UNKNOWN_COMMIT,
    modelType: files.some((file) => /\.gguf$/i.test(file.path)) ? "text-generation" : "other",
    files,
  });
  return { items: entries, warnings: [] };
}

/** Folders to look at: `org/name`, and `name` where weights lie right in the first folder (a bare legacy name). */
async function modelFolders(modelsDir: string): Promise<{ repo: string; folder: string }[]> {
  const folders: { repo: string; folder: string }[] = [];
  for (const first of await readDirectory(modelsDir)) {
    if (!first.isDirectory || first.name.startsWith(".")) continue;
    const folder = join(modelsDir, first.name);
    const below = await readDirectory(folder);
    if (below.some((entry) => entry.isFile && WEIGHTS.test(entry.name))) {
      folders.push({ repo: first.name, folder });
      continue;
    }
    for (const second of below) {
      if (!second.isDirectory || second.name.startsWith(".")) continue;
      folders.push({ repo: `${first.name}/${second.name}`, folder: join(folder, second.name) });
    }
  }
  return folders;
}

/**
 * Entries for the GGUF and safetensors models below a models directory. Commits and digests are unknown: what is
 * found is there, and not proved.
 */
export async function scanModels(modelsDir: string): Promise<ScanResult> {
  const items: ModelEntry[] = [];
  const warnings: string[] = [];
  for (const { repo, folder } of await modelFolders(modelsDir)) {
    try {
      items.push(...(await scanModel(folder, repo)).items);
    } catch (error) {
      warnings.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { items, warnings };
}
