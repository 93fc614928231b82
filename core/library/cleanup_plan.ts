/**
 * What can be deleted because nobody needs it any more: decided from facts alone.
 *
 * Each rule looks at the facts by itself and proposes what it would delete and why; who carries the plan out looks
 * again under the lock that an item names.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { LeftoverKind } from "./leftover_names.ts";

/** Why something is deleted. */
export type CleanupReason =
  /** Bytes that were proved wrong and put aside. */
  | "quarantined"
  /** A journal whose data is gone. */
  | "journal-without-data"
  /** Data that no journal describes: nobody can go on with it. */
  | "data-without-journal"
  /** Data whose journal cannot be read or tells of something else; or a damaged file that was put aside. */
  | "damaged"
  /** Data that has got its final name already. */
  | "published"
  /** A download that broke off long ago. */
  | "interrupted"
  /** What only its own process could use, such as bytes of a small file; the process has ended. */
  | "abandoned"
  /** Digests of the pieces of a file that is no longer installed. */
  | "unused-pieces"
  /** A write that was not finished. */
  | "temporary"
  /** A lock that nobody holds. */
  | "stale-lock"
  /** A folder of ours in which nothing is left. */
  | "empty-folder"
  /** A file of the model that was not used for longest, when the library takes more than it may. */
  | "quota";

/** Something to delete. */
export interface CleanupItem {
  /** Absolute. */
  readonly path: string;
  readonly reason: CleanupReason;
  /** What the disk gets back. */
  readonly bytes: number;
  /** Absolute path of the lock that has to be held to delete it; `undefined` where nobody can be using it. */
  readonly lockPath: string | undefined;
}

/** A file of ours. */
export interface LeftoverFile {
  /** Absolute. */
  readonly path: string;
  readonly kind: LeftoverKind;
  /** Names its lock; `undefined` when that cannot be told. */
  readonly key: string | undefined;
  readonly sizeBytes: number;
  /** What the disk gets back when it is deleted. */
  readonly freesBytes: number;
  readonly modifiedAtMs: number;
  /** How many names its content has. */
  readonly linkCount: number;
}

/** What the notes beside a file's data say, taken together. */
export interface JournalFacts {
  /** `unknown`: they are of a program that is newer than this one. */
  readonly state: "sound" | "damaged" | "unknown";
  /** Of the whole file, when that is known. */
  readonly sizeBytes: number | undefined;
  readonly isComplete: boolean;
}

/** One folder of partial data. */
export interface LeftoverFolder {
  /** Absolute. */
  readonly path: string;
  readonly files: readonly LeftoverFile[];
  /** What the journals of a digest say. */
  readonly journals: ReadonlyMap<string, JournalFacts>;
  /** Keys of locks that a living process holds. */
  readonly busy: ReadonlySet<string>;
  /** Digests of which the registry wants the pieces; `undefined` when it cannot tell of all of them. */
  readonly neededPieces: ReadonlySet<string> | undefined;
}

/** A file of ours that is not in a folder of partial data. */
export interface StrayFile {
  /** Absolute. */
  readonly path: string;
  readonly kind: "temporary" | "damaged";
  readonly freesBytes: number;
  readonly modifiedAtMs: number;
  /** The lock under which it was written, when there is one. */
  readonly lockPath: string | undefined;
}

/** Everything that a cleanup is decided from. */
export interface CleanupFacts {
  readonly folders: readonly LeftoverFolder[];
  readonly strays: readonly StrayFile[];
  /**
   * How many names are in each folder that we make: of models, their owners, and partial data; by absolute path. An
   * owner's folder is ours only as far as a model's folder in it was.
   */
  readonly nameCounts: ReadonlyMap<string, { readonly names: number; readonly kind: "owner" | "inner" }>;
}

/** How much is to go. */
export interface CleanupLimits {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Interrupted downloads and damaged files stay for so long. */
  readonly ageMs: number;
}

/** Proposes what goes, looking at the facts of one kind. */
type Rule = (facts: CleanupFacts, limits: CleanupLimits) => CleanupItem[];

/** A write without a lock takes milliseconds; this is for a machine that was asleep in the middle of one. */
const WRITE_MS = 60_000;

/** Without a lock, only its age tells that nobody uses a file. */
const UNGUARDED: Readonly<Partial<Record<LeftoverKind, CleanupReason>>> = { "small-data": "abandoned" };

/** Everything that has the same key: one file's, or one run's. */
interface Group {
  readonly lockPath: string;
  readonly files: readonly LeftoverFile[];
  readonly journal: JournalFacts | undefined;
}

/** All rules for leftovers; a quota takes whole models, see `quota_plan.ts`. */
const RULES: readonly Rule[] = [leftoverRule, strayRule];

/** Decides what goes: nothing twice, folders after what is in them. */
export function planCleanup(facts: CleanupFacts, limits: CleanupLimits): CleanupItem[] {
  const items = new Map<string, CleanupItem>();
  for (const rule of RULES) {
    for (const item of rule(facts, limits)) if (!items.has(item.path)) items.set(item.path, item);
  }
  return [...items.values(), ...emptyFolders(facts, [...items.keys()])];
}

function leftoverRule(facts: CleanupFacts, limits: CleanupLimits): CleanupItem[] {
  return facts.folders.flatMap((folder) => planFolder(folder, limits));
}

/** What goes of one folder of partial data. */
export function planFolder(folder: LeftoverFolder, limits: CleanupLimits): CleanupItem[] {
  const items: CleanupItem[] = [];
  for (const [key, files] of Map.groupBy(folder.files, (file) => file.key)) {
    if (key === undefined) {
      const old = files.filter((file) => isOlder(file, WRITE_MS, limits));
      items.push(...old.map((file) => toItem(file, { reason: UNGUARDED[file.kind] ?? "temporary" })));
    } else if (!folder.busy.has(key)) {
      const lockPath = join(folder.path, `${key}.lock`);
      const group = { lockPath, files, journal: folder.journals.get(key) };
      items.push(...planGroup(group, { limits, piecesNeeded: folder.neededPieces?.has(key) ?? true }));
    }
  }
  return items;
}

function planGroup(
  group: Group,
  options: { readonly limits: CleanupLimits; readonly piecesNeeded: boolean },
): CleanupItem[] {
  const download = downloadReason(group, options.limits);
  const reasons: Readonly<Record<LeftoverKind, CleanupReason | undefined>> = {
    data: download,
    journal: download,
    "small-data": "abandoned",
    claim: "abandoned",
    pieces: options.piecesNeeded ? undefined : "unused-pieces",
    quarantine: "quarantined",
    temporary: "temporary",
    lock: "stale-lock",
  };
  return group.files.flatMap((file) => {
    const reason = reasons[file.kind];
    return reason === undefined ? [] : [toItem(file, { reason, lockPath: group.lockPath })];
  });
}

/** Why data and journal of a file go; `undefined` when somebody may want to go on with them. */
function downloadReason({ files, journal }: Group, limits: CleanupLimits): CleanupReason | undefined {
  const data = files.find((file) => file.kind === "data");
  if (data === undefined) return "journal-without-data";
  if (journal === undefined) return "data-without-journal";
  const otherSize = journal.sizeBytes !== undefined && journal.sizeBytes !== data.sizeBytes;
  if (journal.state === "damaged" || (journal.state === "sound" && otherSize)) return "damaged";
  // A crash came between giving it the final name and taking this one away.
  if (data.linkCount > 1 && journal.isComplete) return "published";
  const parts = files.filter((file) => file.kind === "data" || file.kind === "journal");
  return parts.every((file) => isOlder(file, limits.ageMs, limits)) ? "interrupted" : undefined;
}

function strayRule(facts: CleanupFacts, limits: CleanupLimits): CleanupItem[] {
  return facts.strays.flatMap((file) => {
    const { path, kind, freesBytes: bytes, lockPath } = file;
    const ageMs = kind === "damaged" ? limits.ageMs : lockPath === undefined ? WRITE_MS : 0;
    return isOlder(file, ageMs, limits) ? [{ path, reason: kind, bytes, lockPath }] : [];
  });
}

function isOlder(file: { readonly modifiedAtMs: number }, ageMs: number, limits: CleanupLimits): boolean {
  return ageMs === 0 || limits.nowMs - file.modifiedAtMs >= ageMs;
}

function toItem(
  file: LeftoverFile,
  why: { readonly reason: CleanupReason; readonly lockPath?: string },
): CleanupItem {
  return { path: file.path, reason: why.reason, bytes: file.freesBytes, lockPath: why.lockPath };
}

/** Folders in which nothing is left when these paths are gone, the inner ones first. */
function emptyFolders(facts: CleanupFacts, gone: readonly string[]): CleanupItem[] {
  const left = new Map([...facts.nameCounts].map(([path, { names }]) => [path, names]));
  const takeFrom = (path: string): void => {
    const names = left.get(path);
    if (names !== undefined) left.set(path, names - 1);
  };
  for (const path of gone) takeFrom(dirname(path));
  const items: CleanupItem[] = [];
  const innerFirst = [...facts.nameCounts].sort(([a], [b]) => b.length - a.length);
  for (const [path, { names, kind }] of innerFirst) {
    // An owner's folder that was empty before may be anything.
    if (left.get(path) !== 0 || (kind === "owner" && names === 0)) continue;
    items.push({ path, reason: "empty-folder", bytes: 0, lockPath: undefined });
    takeFrom(dirname(path));
  }
  return items;
}
