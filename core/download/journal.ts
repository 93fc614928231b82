/**
 * The journal beside a staged file: which of its bytes are on disk. The length of the file proves nothing, since it
 * is made at full size.
 *
 * Bytes count as written when the system has them: that survives the end of this process. They count as synced when
 * they lie on the disk: after a restart of the machine only those are trusted.
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
  };
}

/**
 * The bytes that a journal lets a new run keep. They belong to the same bytes whatever commit or name they were
 * fetched under, so the digest and the size decide.
 */
export function keptRanges(
  journal: Journal | undefined,
  wanted: { readonly digest: Digest; readonly sizeBytes: number; readonly bootId: string | undefined },
): readonly ByteRange[] {
  if (journal === undefined || journal.identity.sizeBytes !== wanted.sizeBytes) return [];
  if (!sameDigest(journal.identity.digest, wanted.digest)) return [];
  const sameBoot = journal.bootId !== undefined && journal.bootId === wanted.bootId;
  return sameBoot ? journal.written : journal.synced;
}
