/**
 * What is in the library, at a glance: from the registry as it stands on the disk, checked only as far as it is used.
 *
 * @module
 */
import { join } from "node:path";
import { isRepoName } from "../../base/reference.ts";
import { readTextFileIfExists } from "../../platform/atomic_file.ts";

/** A model of the library. */
export interface LocalModel {
  /** `org/name` or `org/name:QUANT`. */
  readonly id: string;
  readonly repo: string;
  readonly sizeBytes: number;
  /** Branch or tag. */
  readonly revision: string | undefined;
  /** 40 hexadecimal digits. */
  readonly commit: string | undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function toModel(entry: unknown): LocalModel | undefined {
  if (!isObject(entry)) return undefined;
  const { modelId, status, sizeBytes, metadata } = entry;
  if (typeof modelId !== "string" || status === "deleted" || !isObject(metadata)) return undefined;
  const { repo, revision, commit } = metadata;
  if (typeof repo !== "string" || !isRepoName(repo)) return undefined;
  if (modelId !== repo && !modelId.startsWith(`${repo}:`)) return undefined;
  return {
    id: modelId,
    repo,
    sizeBytes: typeof sizeBytes === "number" && sizeBytes >= 0 ? sizeBytes : 0,
    revision: text(revision),
    commit: /^[0-9a-f]{40}$/.test(String(commit)) ? String(commit) : undefined,
  };
}

/** `undefined` when the file is not there, or is none. */
async function readRegistry(path: string): Promise<LocalModel[] | undefined> {
  try {
    const document: unknown = JSON.parse(await readTextFileIfExists(path) ?? "");
    if (!isObject(document) || !Array.isArray(document.models)) return undefined;
    return document.models.map(toModel).filter((model) => model !== undefined);
  } catch {
    return undefined;
  }
}

async function folders(path: string): Promise<readonly string[]> {
  // Loading this takes longer than reading a registry.
  const { readdir } = await import("node:fs/promises");
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith(".")).map(({ name }) =>
    name
  );
}

/** Without a registry, the folders tell the names. */
async function scanFolders(modelsDir: string): Promise<LocalModel[]> {
  const organizations = await folders(modelsDir);
  const repos = await Promise.all(
    organizations.map(async (organization) =>
      (await folders(join(modelsDir, organization))).map((name) => `${organization}/${name}`)
    ),
  );
  return repos.flat().filter(isRepoName).map((repo) => ({
    id: repo,
    repo,
    sizeBytes: 0,
    revision: undefined,
    commit: undefined,
  }));
}

/**
 * The models of a library, by name: of its registry, else of the registry's backup, else of its folders.
 *
 * @param modelsDir Absolute.
 */
export async function readLocalModels(modelsDir: string): Promise<readonly LocalModel[]> {
  const models = await readRegistry(join(modelsDir, "registry.json")) ??
    await readRegistry(join(modelsDir, "registry.json.backup")) ??
    await scanFolders(modelsDir);
  return models.sort((a, b) => a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
