/**
 * Files that were begun and are not complete: what the journals beside the models tell of them.
 *
 * @module
 */
import { join } from "node:path";
import { type ByteRange, mergeRanges, totalLength } from "../base/byte_range.ts";
import { type Digest, parseDigest } from "../base/digest.ts";
import { isRepoName } from "../base/reference.ts";
import { PARTIAL_FOLDER, repoPathProblem } from "../base/repo_path.ts";
import { readTextFileIfExists } from "../platform/atomic_file.ts";
import { type DirectoryEntry, fileFacts, readDirectory, removeFile } from "../platform/directory.ts";
import { readAllDirectories } from "../platform/many_names.ts";
import { clearDeadLock, clearDeadRuns } from "./dead_runs.ts";
import { type ModelPlace, partialFolder, stagedPaths } from "./layout.ts";

/** A file that was begun. */
export interface PartialFile {
  readonly repo: string;
  readonly commit: string;
  /** In the repository. */
  readonly path: string;
  /** Of the whole file. */
  readonly sizeBytes: number;
  readonly digest: Digest;
  /** Bytes that are there. */
  readonly receivedBytes: number;
  /** When the last byte was noted, in milliseconds since 1970. */
  readonly modifiedAtMs: number;
}

/** The one format of journals that there is. */
const JOURNAL_VERSION = 1;
/** After a power cut the journal may be empty; what is named so says what lies on the disk. */
const SYNCED_NOTE = ".synced";
const JOURNAL_NAME = /^([0-9a-f]{64}|[0-9a-f]{40})\.journal$/;

/**
 * The files of one model that were begun. A journal without its data, or one that cannot be understood, tells of
 * nothing.
 *
 * @throws {ModelManagerError} What the file system says.
 */
export async function partialsOf(place: ModelPlace): Promise<PartialFile[]> {
  return await partialsAmong(place, await readDirectory(partialFolder(place)));
}

async function partialsAmong(place: ModelPlace, entries: readonly DirectoryEntry[]): Promise<PartialFile[]> {
  const names = new Set(entries.map((entry) => entry.name));
  const partials: PartialFile[] = [];
  for (const name of names) {
    const hex = JOURNAL_NAME.exec(name)?.[1];
    if (hex === undefined || !names.has(`${hex}.part`)) continue;
    const partial = await readPartial(place, hex);
    if (partial !== undefined) partials.push(partial);
  }
  return partials;
}

async function readPartial(place: ModelPlace, hex: string): Promise<PartialFile | undefined> {
  const { journal } = stagedPaths(place, hex);
  const [text, facts] = await Promise.all([readTextFileIfExists(journal), fileFacts(journal)]);
  const partial = parsePartial(text) ?? parsePartial(await readTextFileIfExists(`${journal}${SYNCED_NOTE}`));
  if (partial === undefined || facts === undefined) return undefined;
  if (partial.repo !== place.repo || partial.digest.hex !== hex) return undefined;
  return { ...partial, modifiedAtMs: facts.modifiedAtMs };
}

/** What one note tells; `undefined` when it is damaged, or of another version. */
export function parsePartial(text: string | undefined): Omit<PartialFile, "modifiedAtMs"> | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { version, repo, commit, path, sizeBytes, digest, written } = value as Record<string, unknown>;
  if (version !== JOURNAL_VERSION || typeof repo !== "string" || typeof commit !== "string") return undefined;
  if (typeof path !== "string" || repoPathProblem(path) !== undefined) return undefined;
  if (typeof sizeBytes !== "number" || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) return undefined;
  if (typeof digest !== "object" || digest === null || !("hex" in digest)) return undefined;
  const parsed = parseDigest(String(digest.hex));
  if (parsed === undefined || !Array.isArray(written)) return undefined;
  const receivedBytes = totalLength(mergeRanges(written.flatMap((pair) => toRange(pair, sizeBytes))));
  return { repo, commit, path, sizeBytes, digest: parsed, receivedBytes };
}

function toRange(pair: unknown, sizeBytes: number): ByteRange[] {
  if (!Array.isArray(pair)) return [];
  const [start, end] = pair;
  const sound = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end <= sizeBytes;
  return sound ? [{ start, end }] : [];
}

/**
 * The files that were begun of all models in a models directory. It is looked through at each listing, so no file is
 * looked at that is not a journal; a folder that cannot be read has nothing to tell.
 */
export async function readPartials(modelsDir: string): Promise<PartialFile[]> {
  const places = await placesIn(modelsDir);
  const folders = await readAllDirectories(places.map(partialFolder));
  const found: PartialFile[] = [];
  for (const [index, place] of places.entries()) {
    found.push(...await partialsAmong(place, folders[index] ?? []).catch(() => []));
  }
  return found;
}

/** The folders in which partial data of models may be; absolute, and not all of them need exist. */
export async function partialFoldersIn(modelsDir: string): Promise<string[]> {
  return (await placesIn(modelsDir)).map(partialFolder);
}

async function placesIn(modelsDir: string): Promise<ModelPlace[]> {
  const names = (await readDirectory(modelsDir)).filter(isVisibleFolder).map(({ name }) => name);
  const below = await readAllDirectories(names.map((name) => join(modelsDir, name)));
  return names.flatMap((name, index) => reposBelow(name, below[index] ?? []))
    .map((repo) => ({ modelsDir, repo }));
}

function isVisibleFolder(entry: { readonly name: string; readonly isDirectory: boolean }): boolean {
  return entry.isDirectory && !entry.name.startsWith(".");
}

/** The models `first/second`, and `first` alone where partial data lies right in it (a bare legacy name). */
function reposBelow(first: string, below: readonly DirectoryEntry[]): string[] {
  const bare = below.some((entry) => entry.name === PARTIAL_FOLDER && entry.isDirectory) ? [first] : [];
  const repos = [...bare, ...below.filter(isVisibleFolder).map(({ name }) => `${first}/${name}`)];
  return repos.filter((repo) => isRepoName(repo) && repoPathProblem(repo) === undefined);
}

/**
 * Deletes what a success makes worthless: bytes with the same digest that were put aside as wrong, journals whose data
 * is gone or has its final name, and locks of dead processes. Best effort: it is only room on the disk.
 *
 * @param folder Where partial data is.
 */
export async function clearAfterSuccess(folder: string, digests: readonly Digest[]): Promise<void> {
  const names = new Set((await readDirectory(folder).catch(() => [])).map((entry) => entry.name));
  for (const { hex } of digests) {
    const journal = `${hex}.journal`;
    const journals = [
      journal,
      `${journal}${SYNCED_NOTE}`,
      `.${journal}.tmp`,
      `.${journal}${SYNCED_NOTE}.tmp`,
    ];
    const part = `${hex}.part`;
    const isPublished = names.has(part) && await hasOtherName(join(folder, part));
    const isGone = isPublished || !names.has(part);
    const worthless = [`${hex}.bad`, ...(isPublished ? [part] : []), ...(isGone ? journals : [])];
    for (const name of worthless) {
      if (names.has(name)) await removeFile(join(folder, name)).catch(() => false);
    }
    if (names.has(`${hex}.lock`)) await clearDeadLock(join(folder, `${hex}.lock`)).catch(() => {});
  }
  await clearDeadRuns(folder, names);
}

/** Whether the data has been given its final name by a process that was killed before it took the first one away. */
async function hasOtherName(path: string): Promise<boolean> {
  return ((await fileFacts(path).catch(() => undefined))?.linkCount ?? 1) > 1;
}
