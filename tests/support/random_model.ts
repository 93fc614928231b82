/**
 * Models of deterministic random bytes for tests: any size, several commits, gates, hostile names.
 *
 * @module
 */
import type { Gating } from "../../core/hub/model.ts";
import { seedOf } from "../../core/server/demo/generated_bytes.ts";
import { GeneratedFile } from "../../core/server/demo/generated_file.ts";
import { commitId, type GeneratedModel, GeneratedSource } from "../../core/server/demo/generated_source.ts";
import type { HostedModel } from "../../core/server/model_source.ts";

/** A file of a test model: random bytes, or exactly these. */
export interface RandomFile {
  readonly path: string;
  /** Default: the length of the text or the bytes. */
  readonly sizeBytes?: number;
  readonly text?: string;
  readonly bytes?: Uint8Array;
  /** Another seed gives other bytes. Default: from the model's seed and the path. */
  readonly seed?: number;
  /** Default: by name and size, as on the Hub. */
  readonly storage?: "lfs" | "git";
}

/** A later commit: these files are added or take the place of those of the same path. */
export interface RandomRevision {
  readonly files?: readonly RandomFile[];
  readonly removed?: readonly string[];
}

/** A model for a test. */
export interface RandomModelOptions {
  /** @default {"acme/tiny-GGUF"} */
  readonly repo?: string;
  /** Of the first commit. */
  readonly files: readonly RandomFile[];
  /** Further commits, oldest first; the last one is `main`. */
  readonly revisions?: readonly RandomRevision[];
  /** Tags by name, as the number of a commit: 0 is the first. */
  readonly tags?: Readonly<Record<string, number>>;
  /** Branches besides `main`. */
  readonly branches?: Readonly<Record<string, number>>;
  readonly pullRequests?: Readonly<Record<string, number>>;
  readonly formerNames?: readonly string[];
  /** @default {1} */
  readonly seed?: number;
  readonly gated?: Gating;
  readonly private?: boolean;
  /** Anything else about the model. */
  readonly facts?: Partial<HostedModel>;
}

function makeFile(file: RandomFile, seed: number): GeneratedFile {
  const prefix = file.bytes ?? (file.text === undefined ? undefined : new TextEncoder().encode(file.text));
  return new GeneratedFile({
    path: file.path,
    prefix,
    sizeBytes: file.sizeBytes,
    seed: file.seed ?? seedOf(`${seed} ${file.path}`),
    storage: file.storage,
  });
}

function commitFiles(options: RandomModelOptions): readonly (readonly GeneratedFile[])[] {
  const { files, revisions = [], seed = 1 } = options;
  let current = new Map(files.map((file) => [file.path, makeFile(file, seed)]));
  const commits = [[...current.values()]];
  revisions.forEach((revision, index) => {
    current = new Map(current);
    for (const path of revision.removed ?? []) current.delete(path);
    for (const file of revision.files ?? []) current.set(file.path, makeFile(file, seed + index + 1));
    commits.push([...current.values()]);
  });
  return commits;
}

/** A model of random bytes, to be served beside others: `new GeneratedSource([one, two])`. */
export function generateRandomModel(options: RandomModelOptions): GeneratedModel {
  const { repo = "acme/tiny-GGUF", gated = false } = options;
  const commits = commitFiles(options).map((files, number) => ({
    id: commitId(repo, number),
    files: () => files,
  }));
  const byName = (names: Readonly<Record<string, number>> = {}): Record<string, string> =>
    Object.fromEntries(Object.entries(names).map(([name, number]) => [name, commitId(repo, number)]));
  const facts: HostedModel = {
    id: repo,
    downloads: 42,
    likes: 7,
    lastModified: `2026-01-0${Math.min(9, commits.length)}T03:04:05.000Z`,
    createdAt: "2025-12-01T00:00:00.000Z",
    tags: ["gguf", "license:mit"],
    libraryName: "gguf",
    cardData: { license: "mit" },
    gated,
    private: options.private ?? false,
    ...options.facts,
  };
  return {
    facts,
    commits,
    branches: byName(options.branches),
    tags: byName(options.tags),
    pullRequests: byName(options.pullRequests),
    formerNames: options.formerNames ?? [],
  };
}

/** One or more models of random bytes as a source. The same options always give the same bytes and commits. */
export function randomModel(...models: readonly RandomModelOptions[]): GeneratedSource {
  return new GeneratedSource(models.map(generateRandomModel));
}

/** All bytes of a file at the tip of `main` (or another revision), for comparing with what arrived. */
export async function expectedBytes(
  source: GeneratedSource,
  file: { readonly repo: string; readonly path: string; readonly revision?: string },
): Promise<Uint8Array<ArrayBuffer>> {
  const commit = await source.commit(file.repo, file.revision ?? "main") ?? "";
  const found = (await source.files({ repo: file.repo, commit })).find((one) => one.path === file.path);
  if (found === undefined) throw new Error(`No file "${file.path}" in ${file.repo}`);
  return found.read({ start: 0, end: found.sizeBytes });
}
