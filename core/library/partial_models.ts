/**
 * Models that were begun and are not complete, as entries like those of the registry.
 *
 * @module
 */
import { dirname } from "node:path";
import { fileFacts, readDirectory } from "../platform/directory.ts";
import { filePath, type ModelPlace } from "./layout.ts";
import { type ModelEntry, type RegisteredFile, UNKNOWN_COMMIT } from "./model_entry.ts";
import type { PartialFile } from "./partials.ts";
import { addEntries } from "./registration.ts";
import { siblingPattern } from "./units.ts";

/** A model of which something was begun. */
export interface PartialModel {
  /**
   * Of status `downloading`. It has the name and the files of the registered entry of the same unit, if there is
   * one; `sizeBytes` is the whole size, as far as files were begun.
   */
  readonly entry: ModelEntry;
  /** Bytes that are there of all its files. */
  readonly receivedBytes: number;
  /** What was begun, each with its data. */
  readonly partials: readonly PartialFile[];
}

/** Puts what was begun together to models, next to those that are registered. */
export async function partialModels(
  modelsDir: string,
  facts: { readonly registered: readonly ModelEntry[]; readonly partials: readonly PartialFile[] },
): Promise<PartialModel[]> {
  const models: PartialModel[] = [];
  for (const [repo, partials] of Map.groupBy(facts.partials, (partial) => partial.repo)) {
    const registered = facts.registered.filter((entry) => entry.metadata.repo === repo);
    for (const entry of draftEntries(repo, { registered, partials })) {
      models.push(await toPartialModel({ modelsDir, repo }, { entry, registered, partials }));
    }
  }
  return models;
}

function draftEntries(
  repo: string,
  facts: { readonly registered: readonly ModelEntry[]; readonly partials: readonly PartialFile[] },
): ModelEntry[] {
  const { registered } = facts;
  // Of two versions of a file that were begun, the one that was worked on last is meant.
  const partials = facts.partials.toSorted((a, b) => a.modifiedAtMs - b.modifiedAtMs);
  const files = new Map(partials.map((partial) => [partial.path, toFile(partial)]));
  const commit = partials.at(-1)?.commit ?? UNKNOWN_COMMIT;
  const isGguf = partials.some((partial) => /\.gguf$/i.test(partial.path));
  const { entries, modelIds } = addEntries(registered, {
    repo,
    // The journal does not tell what was asked for; the commit is right in any case.
    revision: commit,
    commit,
    modelType: isGguf ? "text-generation" : "other",
    status: "downloading",
    files: [...files.values()],
  });
  const known = new Map(registered.map((entry) => [entry.modelId, entry]));
  return entries.filter((entry) => modelIds.includes(entry.modelId)).map((entry) => {
    const before = known.get(entry.modelId);
    if (before === undefined) return entry;
    const { revision } = before.metadata;
    return { ...entry, modelType: before.modelType, metadata: { ...entry.metadata, revision } };
  });
}

function toFile(partial: PartialFile): RegisteredFile {
  const { path, sizeBytes, digest, commit, modifiedAtMs } = partial;
  return {
    path,
    sizeBytes,
    ...(digest.algorithm === "sha256" ? { sha256: digest.hex } : { gitSha1: digest.hex }),
    commit,
    downloadDate: new Date(modifiedAtMs).toISOString(),
  };
}

async function toPartialModel(
  place: ModelPlace,
  facts: {
    readonly entry: ModelEntry;
    readonly registered: readonly ModelEntry[];
    readonly partials: readonly PartialFile[];
  },
): Promise<PartialModel> {
  const { registered } = facts;
  const paths = new Set(facts.entry.metadata.files.map((file) => file.path));
  const partials = facts.partials.filter((partial) => paths.has(partial.path));
  const begun = new Map(partials.map((partial) => [partial.path, partial]));
  const taken = new Set(registered.flatMap((entry) => entry.metadata.files.map((file) => file.path)));
  const siblings = (await shardsOnDisk(place, [...begun.keys()]))
    .filter((file) => !taken.has(file.path) && !paths.has(file.path));
  const files = [...facts.entry.metadata.files, ...siblings].sort((a, b) => (a.path < b.path ? -1 : 1));
  const sum = (sizeOf: (file: RegisteredFile) => number): number =>
    files.reduce((total, file) => total + sizeOf(file), 0);
  return {
    entry: {
      ...facts.entry,
      sizeBytes: sum((file) => file.sizeBytes),
      metadata: { ...facts.entry.metadata, files },
    },
    receivedBytes: sum((file) => begun.get(file.path)?.receivedBytes ?? file.sizeBytes),
    partials,
  };
}

/** Shards that were finished before the download broke off: they get into the registry all together at its end. */
async function shardsOnDisk(place: ModelPlace, paths: readonly string[]): Promise<RegisteredFile[]> {
  const files = new Map<string, RegisteredFile>();
  for (const path of paths) {
    const pattern = siblingPattern(path);
    if (pattern === undefined) continue;
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    for (const { name, isFile } of await readDirectory(dirname(filePath(place, path)))) {
      const sibling = `${folder}${name}`;
      if (!isFile || sibling === path || files.has(sibling) || !pattern.test(sibling)) continue;
      const facts = await fileFacts(filePath(place, sibling));
      if (facts === undefined) continue;
      files.set(sibling, {
        path: sibling,
        sizeBytes: facts.sizeBytes,
        commit: UNKNOWN_COMMIT,
        downloadDate: new Date(facts.modifiedAtMs).toISOString(),
        modifiedAtMs: facts.modifiedAtMs,
      });
    }
  }
  return [...files.values()];
}
