/**
 * A look at the registry without putting anything right: whether it can be read, and whether the files are there.
 *
 * @module
 */
import { join } from "node:path";
import { isModelManagerError, type ModelManagerError } from "../base/errors.ts";
import { readTextFileIfExists } from "../platform/atomic_file.ts";
import { factsOfAll } from "../platform/many_names.ts";
import { filePath } from "./layout.ts";
import { type ModelEntry, registeredDigest } from "./model_entry.ts";
import { decodeRegistry } from "./registry_document.ts";

/** How a file of the registry is. */
export type RegistryFileState = "absent" | "ok" | "damaged";

/** What the registry is like. */
export interface RegistryInspection {
  /** Absolute. */
  readonly path: string;
  readonly state: RegistryFileState;
  /** What is wrong with it. */
  readonly problems: readonly string[];
  /** Set when a newer program has written it. */
  readonly refusal: ModelManagerError | undefined;
  readonly backup: RegistryFileState;
  /** Those that can be read. */
  readonly entries: readonly ModelEntry[];
  /** Absolute paths of files that are registered and not there. */
  readonly missing: readonly string[];
  /** Absolute paths of files of another size than is registered. */
  readonly changed: readonly string[];
  /** Bytes that the registered files take, each file once. */
  readonly usedBytes: number;
}

/** A file that the Hub can be asked for, as somebody has downloaded it before. */
export interface KnownRemoteFile {
  readonly repo: string;
  readonly commit: string;
  readonly path: string;
}

interface Read {
  readonly state: RegistryFileState;
  readonly problems: readonly string[];
  readonly refusal: ModelManagerError | undefined;
  readonly entries: readonly ModelEntry[];
}

async function read(path: string): Promise<Read> {
  const text = await readTextFileIfExists(path);
  if (text === undefined) return { state: "absent", problems: [], refusal: undefined, entries: [] };
  try {
    const { models, problems } = decodeRegistry(text, path);
    return { state: problems.length === 0 ? "ok" : "damaged", problems, refusal: undefined, entries: models };
  } catch (error) {
    if (!isModelManagerError(error)) throw error;
    return { state: "ok", problems: [], refusal: error, entries: [] };
  }
}

/**
 * Looks at the registry of a models directory.
 *
 * @throws {ModelManagerError} When the disk does not let us look.
 */
export async function inspectRegistry(modelsDir: string): Promise<RegistryInspection> {
  const path = join(modelsDir, "registry.json");
  const [{ entries, ...registry }, backup] = await Promise.all([read(path), read(`${path}.backup`)]);
  const sizes = new Map<string, number>();
  for (const { status, metadata: { repo, files } } of entries) {
    if (status !== "available" && status !== "error") continue;
    for (const file of files) sizes.set(filePath({ modelsDir, repo }, file.path), file.sizeBytes);
  }
  const paths = [...sizes.keys()];
  const facts = await factsOfAll(paths);
  const there = paths.filter((_, index) => facts[index] !== undefined);
  return {
    path,
    ...registry,
    entries,
    backup: backup.state,
    missing: paths.filter((_, index) => facts[index] === undefined),
    changed: paths.filter((path, index) =>
      facts[index] !== undefined && facts[index].sizeBytes !== sizes.get(path)
    ),
    usedBytes: there.reduce((sum, path) => sum + (sizes.get(path) ?? 0), 0),
  };
}

/** The registered file that the Hub serves from its file host: the smallest with a SHA-256, newest model first. */
export function findRemoteFile(entries: readonly ModelEntry[]): KnownRemoteFile | undefined {
  const newest = [...entries].sort((a, b) => (a.downloadDate < b.downloadDate ? 1 : -1));
  for (const { metadata: { repo, files } } of newest) {
    const [file] = files.filter((file) =>
      registeredDigest(file)?.algorithm === "sha256" && /^[0-9a-f]{40}$/.test(file.commit) &&
      file.sizeBytes > 0
    ).sort((a, b) => a.sizeBytes - b.sizeBytes);
    if (file !== undefined) return { repo, commit: file.commit, path: file.path };
  }
  return undefined;
}
