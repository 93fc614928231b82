/**
 * How downloaded files become entries of the registry; pure.
 *
 * @module
 */
import { sameDigest } from "../base/digest.ts";
import {
  type ModelEntry,
  type ModelStatus,
  type ModelType,
  registeredDigest,
  type RegisteredFile,
} from "./model_entry.ts";
import { fileStem } from "./quant_label.ts";
import { groupUnits, type Unit } from "./units.ts";

/** Files of one repository at one commit, to be registered together. */
export interface EntryDraft {
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** The branch or tag that was asked for. */
  readonly revision: string;
  readonly commit: string;
  /** The label of the unit the files are; worked out from their names when it is not given. */
  readonly quant?: string | undefined;
  readonly modelType: ModelType;
  /** @default {"available"} */
  readonly status?: ModelStatus;
  /** Whether the files are all that the repository has. @default {false} */
  readonly whole?: boolean | undefined;
  /** Whether not everybody may see the repository. @default what is known of it */
  readonly private?: boolean | undefined;
  /** Whether not everybody may have its files. @default what is known of it */
  readonly gated?: boolean | undefined;
  readonly files: readonly RegisteredFile[];
}

/** The files of one entry-to-be. */
interface Part {
  readonly unit: Unit<RegisteredFile> | undefined;
  readonly quant: string | undefined;
  readonly files: readonly RegisteredFile[];
}

/** One unit takes all that came with it; of several each is an entry, and what is left is one more. */
function splitByUnit(draft: EntryDraft): Part[] {
  const { units, companions, others } = groupUnits(draft.files);
  const models = units.filter((unit) => unit.gguf);
  const [first] = models;
  if (models.length <= 1) {
    return [{ unit: first, quant: draft.quant ?? first?.quant, files: draft.files }];
  }
  const rest = [...companions, ...others];
  return [
    ...models.map((unit) => ({ unit, quant: unit.quant, files: unit.files })),
    ...(rest.length === 0 ? [] : [{ unit: undefined, quant: undefined, files: rest }]),
  ];
}

function isGguf(file: RegisteredFile): boolean {
  return /\.gguf$/i.test(file.path);
}

/** Whether two units of one label are the same model, maybe cut into other shards. */
function isSameUnit(entry: ModelEntry, unit: Unit<RegisteredFile>): boolean {
  const stem = (file: RegisteredFile): string =>
    file.path.slice(0, file.path.lastIndexOf("/") + 1) + fileStem(file.path);
  const known = entry.metadata.files.filter(isGguf);
  return known.length === 0 || known.some((file) => unit.files.some((other) => stem(other) === stem(file)));
}

function entryId(repo: string, part: Part, entries: readonly ModelEntry[]): string {
  const { unit, quant, files } = part;
  const path = (unit?.files[0] ?? files[0])?.path ?? "";
  if (unit === undefined) {
    return quant === undefined && files.length === 1 ? `${repo}:${path}` : labelled(repo, quant);
  }
  if (quant === undefined) return `${repo}:${path}`;
  const id = labelled(repo, quant);
  const other = entries.find((entry) => entry.modelId === id);
  return other === undefined || isSameUnit(other, unit) ? id : `${repo}:${path}`;
}

function labelled(repo: string, quant: string | undefined): string {
  return quant === undefined ? repo : `${repo}:${quant}`;
}

/** The record of the same bytes keeps its date and what others have noted in it. */
function mergeFile(known: RegisteredFile | undefined, file: RegisteredFile): RegisteredFile {
  const before = known === undefined ? undefined : registeredDigest(known);
  const after = registeredDigest(file);
  if (known === undefined || before === undefined || after === undefined || !sameDigest(before, after)) {
    return file;
  }
  const { damaged: _, ...sound } = known;
  return { ...sound, ...file, downloadDate: known.downloadDate };
}

function newest(files: readonly RegisteredFile[], fallback: string): string {
  return files.reduce((latest, file) => (file.downloadDate > latest ? file.downloadDate : latest), "") ||
    fallback;
}

function sumSizes(files: readonly RegisteredFile[]): number {
  return files.reduce((sum, file) => sum + file.sizeBytes, 0);
}

/** An entry with other records of its files: damaged ones make it an error, and their repair ends that. */
export function withFiles(entry: ModelEntry, files: readonly RegisteredFile[]): ModelEntry {
  const wasDamaged = entry.metadata.files.some((file) => file.damaged);
  const isDamaged = files.some((file) => file.damaged);
  return {
    ...entry,
    status: isDamaged ? "error" : wasDamaged && entry.status === "error" ? "available" : entry.status,
    sizeBytes: sumSizes(files),
    downloadDate: newest(files, entry.downloadDate),
    metadata: { ...entry.metadata, files },
  };
}

function toEntry(draft: EntryDraft, part: Part, entries: readonly ModelEntry[]): ModelEntry {
  const modelId = entryId(draft.repo, part, entries);
  const known = entries.find((entry) => entry.modelId === modelId);
  const paths = new Set(part.files.map((file) => file.path));
  const kept = known?.metadata.files.filter((file) => !paths.has(file.path)) ?? [];
  const files = [...part.files, ...kept];
  const { private: wasPrivate, gated: wasGated, ...metadata } = known?.metadata ?? {};
  return {
    ...known,
    modelId,
    modelType: draft.modelType,
    path: draft.repo,
    status: draft.status ?? (kept.some((file) => file.damaged) ? "error" : "available"),
    version: draft.commit,
    sizeBytes: sumSizes(files),
    downloadDate: newest(files, ""),
    metadata: {
      ...metadata,
      ...(draft.private ?? wasPrivate ? { private: true } : {}),
      ...(draft.gated ?? wasGated ? { gated: true } : {}),
      repo: draft.repo,
      revision: draft.revision,
      commit: draft.commit,
      quant: part.quant ?? null,
      // A quant is a choice: others that come to the repository are none of it.
      ...(draft.whole === true && part.unit === undefined ? { whole: true } : {}),
      files,
    },
  };
}

/**
 * The entries with the draft's files among them. An entry of the same name is brought up to date; a file that
 * several entries share is brought up to date in all of them, since there is one on disk; an entry that has no
 * file of its own any more goes.
 *
 * @returns all entries, and the names of those that the draft is now.
 */
export function addEntries(
  entries: readonly ModelEntry[],
  draft: EntryDraft,
): { readonly entries: readonly ModelEntry[]; readonly modelIds: readonly string[] } {
  const ofRepo = entries.filter((entry) => entry.metadata.repo === draft.repo);
  const known = new Map(
    ofRepo.flatMap((entry) => entry.metadata.files.map((file) => [file.path, file] as const)),
  );
  const files = draft.files.map((file) => mergeFile(known.get(file.path), file));
  const fresh = new Map(files.map((file) => [file.path, file]));
  const added = new Map<string, ModelEntry>();
  for (const part of splitByUnit({ ...draft, files })) {
    const entry = toEntry(draft, part, [...ofRepo, ...added.values()]);
    added.set(entry.modelId, entry);
  }
  const covered = new Set(
    [...added.values()].flatMap((entry) => entry.metadata.files.map((file) => file.path)),
  );
  // In their old places: the same again has to give the same list.
  const kept = entries.flatMap((entry) => {
    const next = added.get(entry.modelId);
    if (next !== undefined) return [next];
    if (entry.metadata.repo !== draft.repo || !entry.metadata.files.some((file) => fresh.has(file.path))) {
      return [entry];
    }
    if (entry.metadata.files.every((file) => covered.has(file.path))) return [];
    return [withFiles(entry, entry.metadata.files.map((file) => fresh.get(file.path) ?? file))];
  });
  const knownIds = new Set(entries.map((entry) => entry.modelId));
  const freshEntries = [...added.values()].filter((entry) => !knownIds.has(entry.modelId));
  return { entries: [...kept, ...freshEntries], modelIds: [...added.keys()] };
}

/** Finer than this, when a model was used is not noted: it would be written at each repetition of a pull. */
const USE_NOTED_MS = 3_600_000;

/** Entries with a note that these were used: not those that were downloaded or noted within the last hour. */
export function noteUse(
  entries: readonly ModelEntry[],
  use: {
    readonly modelIds: readonly string[];
    /** ISO 8601, UTC. */
    readonly date: string;
  },
): readonly ModelEntry[] {
  const { modelIds, date } = use;
  return entries.map((entry) => {
    if (!modelIds.includes(entry.modelId)) return entry;
    const known = [entry.downloadDate, entry.lastUsedAt ?? ""].map((each) => Date.parse(each) || 0);
    return Date.parse(date) - Math.max(...known) < USE_NOTED_MS ? entry : { ...entry, lastUsedAt: date };
  });
}
