/**
 * Models in Ollama's folder: its manifests name them, and its blobs are named by their digests.
 *
 * @module
 */
import { join } from "node:path";
import { isModelManagerError } from "../../base/errors.ts";
import { isRepoName } from "../../base/reference.ts";
import { readTextFileIfExists } from "../../platform/atomic_file.ts";
import { fileFacts, readDirectory, realPathOf } from "../../platform/directory.ts";
import { quantLabel } from "../quant_label.ts";
import { type AppFile, type AppModel, type AppScan, type AppSkip, localRepo } from "./app_model.ts";
import {
  MANIFEST_FOLDERS,
  ollamaBlobPath,
  type ReadManifest,
  readOllamaManifest,
} from "./ollama_manifest.ts";
import {
  formatOllamaName,
  hubRepoOf,
  type OllamaName,
  ollamaNameOfPath,
  ollamaNamePath,
} from "./ollama_name.ts";

/** A manifest on the disk. */
export interface OllamaEntry {
  readonly name: OllamaName;
  /** Absolute. */
  readonly path: string;
}

/** Whether a folder is one of Ollama's. */
export async function isOllamaFolder(directory: string): Promise<boolean> {
  const isFolder = async (name: string): Promise<boolean> =>
    (await fileFacts(join(directory, name)).catch(() => undefined))?.isDirectory === true;
  return await isFolder("blobs") && (await isFolder("manifests") || await isFolder("manifests-v2"));
}

/** Every name that Ollama knows, sorted. */
export async function ollamaEntries(directory: string): Promise<OllamaEntry[]> {
  const found = new Map<string, OllamaEntry>();
  for (const folder of MANIFEST_FOLDERS) {
    for (const path of await pathsBelow(join(directory, folder), 4)) {
      const name = ollamaNameOfPath(path);
      if (name === undefined || found.has(ollamaNamePath(name))) continue;
      found.set(ollamaNamePath(name), { name, path: join(directory, folder, ...path.split("/")) });
    }
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Paths of files exactly so many names below a folder. */
async function pathsBelow(folder: string, levels: number): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await readDirectory(folder)) {
    if (levels === 1) {
      if (entry.isFile) paths.push(entry.name);
    } else if (entry.isDirectory) {
      const below = await pathsBelow(join(folder, entry.name), levels - 1);
      paths.push(...below.map((path) => `${entry.name}/${path}`));
    }
  }
  return paths;
}

/** What Ollama keeps of a name; `undefined` when it cannot be read. */
export async function readOllamaEntry(entry: OllamaEntry): Promise<ReadManifest | undefined> {
  const text = await readTextFileIfExists(entry.path);
  return text === undefined ? undefined : readOllamaManifest(text);
}

/**
 * The models in a folder of Ollama's.
 *
 * @param directory Absolute.
 * @throws {ModelManagerError} When the folder itself cannot be read.
 */
export async function scanOllama(directory: string): Promise<AppScan> {
  const models: AppModel[] = [];
  const skipped: AppSkip[] = [];
  for (const entry of await ollamaEntries(directory)) {
    const skip = (reason: string): void => void skipped.push({ path: entry.path, reason, sizeBytes: 0 });
    try {
      const manifest = await readOllamaEntry(entry);
      if (manifest === undefined) skip("It is no manifest that can be read");
      else if (manifest.files.length === 0) skip("It has no GGUF file");
      else models.push(await toModel(directory, { name: entry.name, manifest, skipped }));
    } catch (error) {
      if (!isModelManagerError(error)) throw error;
      skip(error.message);
    }
  }
  return { models: models.filter(({ files }) => files.length > 0), skipped };
}

async function toModel(
  directory: string,
  found: { readonly name: OllamaName; readonly manifest: ReadManifest; readonly skipped: AppSkip[] },
): Promise<AppModel> {
  const { name, manifest, skipped } = found;
  const repo = hubRepoOf(name);
  const fileType = await readFileType(directory, manifest.config);
  const stem = fileStemFor(name, fileType);
  const weights = manifest.files.filter(({ kind }) => kind === "model");
  const files: AppFile[] = [];
  for (const { kind, hex, sizeBytes } of manifest.files) {
    const path = await blobPath(directory, hex);
    const facts = await fileFacts(path);
    if (facts?.isFile !== true || facts.sizeBytes !== sizeBytes) {
      skipped.push({
        path,
        reason: facts === undefined ? "Its bytes are gone" : "It is not complete",
        sizeBytes,
      });
      continue;
    }
    const at = weights.findIndex((each) => each.hex === hex) + 1;
    const shard = weights.length > 1 ? `-${pad(at)}-of-${pad(weights.length)}` : "";
    files.push({
      path,
      realPath: await realPathOf(path),
      name: kind === "model" ? `${stem}${shard}.gguf` : `mmproj-${stem}.gguf`,
      sizeBytes,
      modifiedAtMs: facts.modifiedAtMs,
      digest: { algorithm: "sha256", hex },
    });
  }
  return {
    app: "ollama",
    name: formatOllamaName(name),
    repo: repo !== undefined && isRepoName(repo) ? repo : undefined,
    localRepo: localRepo(name.namespace === "library" ? name.model : `${name.namespace}-${name.model}`),
    files,
  };
}

function pad(count: number): string {
  return String(count).padStart(5, "0");
}

/** Older versions have a colon in the name. */
async function blobPath(directory: string, hex: string): Promise<string> {
  const path = ollamaBlobPath(directory, hex);
  const older = join(directory, "blobs", `sha256:${hex}`);
  return await fileFacts(path) === undefined && await fileFacts(older) !== undefined ? older : path;
}

/** What a file of the model would be called on the Hub: its tag is the quant there; in Ollama's own library, maybe. */
function fileStemFor(name: OllamaName, fileType: string | undefined): string {
  const model = name.model.replace(/[-_.]gguf$/i, "");
  const tagged = name.tag === "latest" ? model : `${model}-${name.tag}`;
  const known = quantLabel(`${tagged}.gguf`) !== undefined || fileType === undefined;
  return known ? tagged : `${tagged}-${fileType}`;
}

/** The quantization that the configuration tells of. */
async function readFileType(directory: string, hex: string | undefined): Promise<string | undefined> {
  if (hex === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(await readTextFileIfExists(await blobPath(directory, hex)) ?? "");
    const type = typeof value === "object" && value !== null && "file_type" in value
      ? value.file_type
      : undefined;
    return typeof type === "string" && /^[A-Z0-9_]{2,16}$/.test(type) ? type : undefined;
  } catch {
    return undefined;
  }
}
