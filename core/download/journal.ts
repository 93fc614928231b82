/**
 * The journal beside a staged file: which of its bytes are on disk. The length of the file proves nothing, since it
 * is made at full size.
 *
 * Bytes count as written when the system has them: that survives the end of this process. They count as synced when
 * they lie on the disk: after a restart of the machine only those are trusted.
 *
 * There are two notes of one shape. The journal itself is replaced many times a second and not synced: after a power
 * cut it may be empty, old or gone. The synced note beside it is replaced once a second, after the data, and is synced.
 *
 * @module
 */
import { type ByteRange, mergeRanges } from "../base/byte_range.ts";
import { type Digest, parseDigest, sameDigest } from "../base/digest.ts";

const VERSION = 1;

/** Whose bytes a journal tells of. Never a URL: signed ones are credentials, and change. */
export interface JournalIdentity {
  readonly repo: string;
  readonly commit: string;
  readonly path: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** What a journal says. */
export interface Journal {
  readonly identity: JournalIdentity;
  /** Tells one run of the machine from another; `undefined` where the system has no such thing. */
  readonly bootId: string | undefined;
  readonly written: readonly ByteRange[];
  readonly synced: readonly ByteRange[];
  /** Whether the bytes were once distrusted and begun anew: then there may be data of which nothing is noted. */
  readonly begunAnew?: boolean;
}

/** Where the synced note of a journal is. */
export function syncedNotePath(journalPath: string): string {
  return `${journalPath}.synced`;
}

/** Everything that a journal is kept in, the note first that is trusted first. */
export function journalFiles(journalPath: string): readonly [string, string] {
  return [journalPath, syncedNotePath(journalPath)];
}

/** A journal as text. */
export function formatJournal(journal: Journal): string {
  const pairs = (ranges: readonly ByteRange[]) => ranges.map((range) => [range.start, range.end]);
  return JSON.stringify({
    version: VERSION,
    ...journal.identity,
    bootId: journal.bootId ?? null,
    written: pairs(journal.written),
    synced: pairs(journal.synced),
    ...(journal.begunAnew === true ? { begunAnew: true } : {}),
  });
}

function decodeRanges(value: unknown, sizeBytes: number): ByteRange[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const ranges: ByteRange[] = [];
  for (const pair of value) {
    if (!Array.isArray(pair)) return undefined;
    const [start, end] = pair;
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) return undefined;
    if (start < 0 || end <= start || end > sizeBytes) return undefined;
    ranges.push({ start, end });
  }
  return mergeRanges(ranges);
}

/** A journal from its text; `undefined` when it is damaged or of another version: then nothing is kept. */
export function parseJournal(text: string): Journal | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof raw !== "object" || raw === null) return undefined;
  const fields = raw as Record<string, unknown>;
  const { version, repo, commit, path, digest, sizeBytes, bootId } = fields;
  if (version !== VERSION || typeof sizeBytes !== "number" || !Number.isSafeInteger(sizeBytes)) {
    return undefined;
  }
  if (typeof repo !== "string" || typeof commit !== "string" || typeof path !== "string") return undefined;
  if (typeof digest !== "object" || digest === null || !("hex" in digest)) return undefined;
  const parsed = parseDigest(String(digest.hex));
  const written = decodeRanges(fields.written, sizeBytes);
  const synced = decodeRanges(fields.synced, sizeBytes);
  if (parsed === undefined || written === undefined || synced === undefined) return undefined;
  return {
    identity: { repo, commit, path, digest: parsed, sizeBytes },
    bootId: typeof bootId === "string" ? bootId : undefined,
    written,
    synced,
    ...(fields.begunAnew === true ? { begunAnew: true } : {}),
  };
}

/** What a run wants to go on with. */
export interface WantedBytes {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Of this run of the machine. */
  readonly bootId: string | undefined;
}

/** Bytes of an earlier run. */
export interface KeptBytes {
  readonly kept: readonly ByteRange[];
  /** Of these, what lies on the disk. */
  readonly synced: readonly ByteRange[];
  /** Whether all that was ever written into the file is as good as what is noted. */
  readonly mayHoldMore: boolean;
  /** See {@link Journal.begunAnew}. */
  readonly begunAnew: boolean;
}

/**
 * The bytes that a journal lets a new run keep. They belong to the same bytes whatever commit or name they were
 * fetched under, so the digest and the size decide.
 */
export function keptRanges(journal: Journal | undefined, wanted: WantedBytes): readonly ByteRange[] {
  if (journal === undefined || !isOf(journal, wanted)) return [];
  return isOfThisBoot(journal, wanted) ? journal.written : journal.synced;
}

/**
 * The bytes that the journal and its synced note together let a new run keep. What is noted as synced was so whenever
 * that was written; a journal of this run of the machine is the newest word by itself.
 */
export function keptOf(notes: readonly (Journal | undefined)[], wanted: WantedBytes): KeptBytes {
  const ours = notes.filter((note) => note !== undefined).filter((note) => isOf(note, wanted));
  const [newest] = ours;
  if (newest === undefined) return { kept: [], synced: [], mayHoldMore: false, begunAnew: false };
  const sameBoot = isOfThisBoot(newest, wanted);
  const trusted = sameBoot ? [newest] : ours;
  return {
    kept: mergeRanges(trusted.flatMap((note) => keptRanges(note, wanted))),
    synced: mergeRanges(trusted.flatMap((note) => note.synced)),
    mayHoldMore: sameBoot && newest.begunAnew !== true,
    // After a power cut there may be anything besides.
    begunAnew: !sameBoot || newest.begunAnew === true,
  };
}

function isOf({ identity }: Journal, wanted: WantedBytes): boolean {
  return identity.sizeBytes === wanted.sizeBytes && sameDigest(identity.digest, wanted.digest);
}

function isOfThisBoot(journal: Journal, wanted: WantedBytes): boolean {
  return journal.bootId !== undefined && journal.bootId === wanted.bootId;
}
