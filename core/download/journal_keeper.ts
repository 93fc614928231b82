/**
 * Keeps a file's journal: often enough that a killed process loses a blink of transfer, and never ahead of the disk.
 *
 * @module
 */
import { type ByteRange, subtractRanges, totalLength } from "../base/byte_range.ts";
import type { Clock } from "../base/clock.ts";
import { writeFileAtomic } from "../platform/atomic_file.ts";
import { removeFile } from "../platform/directory.ts";
import type { StagedFile } from "../platform/sparse_file.ts";
import { formatJournal, journalFiles, type JournalIdentity, syncedNotePath } from "./journal.ts";

/** Written bytes are noted so often, or whenever so many have come: what a killed process may lose. */
const WRITE_EVERY_MS = 100;
const MAX_WRITE_EVERY_BYTES = 8 * 1024 * 1024;
const MIN_WRITE_EVERY_BYTES = 512 * 1024;
/** A kill is to cost no more than a hundredth of the file, and some bytes come while the note is written. */
const WRITES_PER_FILE = 200;
/** The data is synced so often: what a power cut may lose. */
const SYNC_EVERY_MS = 1_000;

/** What a keeper is made for. */
export interface JournalKeeperOptions {
  readonly path: string;
  readonly identity: JournalIdentity;
  readonly bootId: string | undefined;
  readonly staged: Pick<StagedFile, "sync">;
  readonly clock: Clock;
  /** Bytes known to be on the disk from earlier runs. */
  readonly synced: readonly ByteRange[];
  /** Whether the file may hold bytes that are not trusted. @default {false} */
  readonly begunAnew?: boolean;
}

/** How many new bytes of a file are worth a note. */
function bytesPerNote(sizeBytes: number): number {
  return Math.min(MAX_WRITE_EVERY_BYTES, Math.max(MIN_WRITE_EVERY_BYTES, sizeBytes / WRITES_PER_FILE));
}

/** The bytes of `ranges` that are among `among` too. */
function commonRanges(ranges: readonly ByteRange[], among: readonly ByteRange[]): ByteRange[] {
  return ranges.flatMap((range) => subtractRanges(range, subtractRanges(range, among)));
}

/**
 * Deletes a journal with its synced note.
 *
 * @throws {ModelManagerError} What the file system says.
 */
export async function removeJournal(journalPath: string): Promise<void> {
  for (const path of journalFiles(journalPath)) await removeFile(path);
}

/** Writes one journal; only one write is under way at a time. */
export class JournalKeeper {
  readonly #options: JournalKeeperOptions;
  #written: readonly ByteRange[] = [];
  #synced: readonly ByteRange[];
  #begunAnew: boolean;
  #noted = "";
  #writtenAt = -Infinity;
  #notedBytes = 0;
  #syncedAt: number;
  #syncing: Promise<void> | undefined;
  #stopped = false;
  /** Notes are written one after another, so that an older one never replaces a newer one. */
  #writes: Promise<void> = Promise.resolve();
  #waiting = 0;
  #error: unknown;

  constructor(options: JournalKeeperOptions) {
    this.#options = options;
    this.#synced = options.synced;
    this.#begunAnew = options.begunAnew ?? false;
    this.#syncedAt = options.clock.monotonic();
  }

  /** Notes what is written, when it is time to; throws what an earlier note failed with. */
  tick(written: readonly ByteRange[]): void {
    if (this.#error !== undefined) throw this.#error;
    this.#written = written;
    const now = this.#options.clock.monotonic();
    const bytes = totalLength(written);
    if (bytes < this.#notedBytes) this.#beginAnew();
    if (now - this.#syncedAt >= SYNC_EVERY_MS && this.#syncing === undefined) {
      this.#syncedAt = now;
      this.#syncing = this.#sync(written).finally(() => this.#syncing = undefined);
    }
    const { sizeBytes } = this.#options.identity;
    const due = now - this.#writtenAt >= WRITE_EVERY_MS ||
      bytes - this.#notedBytes >= bytesPerNote(sizeBytes);
    if (due && this.#waiting === 0) {
      this.#writtenAt = now;
      this.#notedBytes = bytes;
      this.#note({ sync: false });
    }
  }

  /** The last note of a run that ends early: after it, the process may go. */
  async checkpoint(written: readonly ByteRange[]): Promise<void> {
    this.#written = written;
    await this.#note({ sync: false });
  }

  /** Ends all that is under way, so that nobody writes the journal of a file that is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#syncing;
    await this.#writes;
  }

  /** The file was begun anew: what was synced of it before is not to be trusted after a crash. */
  #beginAnew(): void {
    this.#synced = commonRanges(this.#synced, this.#written);
    this.#begunAnew = true;
    this.#notedBytes = totalLength(this.#written);
    this.#enqueue(async () => {
      await removeFile(syncedNotePath(this.#options.path));
      await this.#write({ sync: false });
    });
  }

  /** The data goes to the disk before the note that says so. */
  async #sync(written: readonly ByteRange[]): Promise<void> {
    try {
      await this.#options.staged.sync();
      // Begun anew meanwhile: then it was synced for nothing.
      this.#synced = commonRanges(written, this.#written);
      await this.#note({ sync: true });
    } catch (error) {
      this.#error = error;
    }
  }

  #note(options: { readonly sync: boolean }): Promise<void> {
    return this.#enqueue(() => this.#write(options));
  }

  #enqueue(action: () => Promise<void>): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#waiting++;
    this.#writes = this.#writes.then(action)
      .catch((error) => this.#error = error)
      .finally(() => this.#waiting--);
    return this.#writes;
  }

  /**
   * Always the newest facts, however long the note has waited. A synced note has a file of its own: replaced by one
   * that is not synced, it could be lost in a power cut together with that one.
   */
  async #write({ sync }: { readonly sync: boolean }): Promise<void> {
    const { path, identity, bootId } = this.#options;
    const text = formatJournal({
      identity,
      bootId,
      written: this.#written,
      synced: this.#synced,
      begunAnew: this.#begunAnew,
    });
    if (sync) await writeFileAtomic(syncedNotePath(path), text, { sync, soleWriter: true });
    if (text === this.#noted) return;
    this.#noted = text;
    await writeFileAtomic(path, text, { sync: false, soleWriter: true });
  }
}
