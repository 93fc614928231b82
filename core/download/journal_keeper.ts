/**
 * Keeps a file's journal: often enough that a killed process loses a blink of transfer, and never ahead of the disk.
 *
 * @module
 */
import { type ByteRange, totalLength } from "../base/byte_range.ts";
import type { Clock } from "../base/clock.ts";
import { writeFileAtomic } from "../platform/atomic_file.ts";
import type { StagedFile } from "../platform/sparse_file.ts";
import { formatJournal, type JournalIdentity } from "./journal.ts";

/** Written bytes are noted so often, or whenever so many have come: what a killed process may lose. */
const WRITE_EVERY_MS = 100;
const WRITE_EVERY_BYTES = 8 * 1024 * 1024;
/** The data is synced so often: what a power cut may lose. */
const SYNC_EVERY_MS = 1_000;

/** What a keeper is made for. */
export interface JournalKeeperOptions {
  readonly path: string;
  readonly identity: JournalIdentity;
  readonly bootId: string | undefined;
  readonly staged: StagedFile;
  readonly clock: Clock;
  /** Bytes known to be on the disk from earlier runs. */
  readonly synced: readonly ByteRange[];
}

/** Writes one journal; only one write is under way at a time. */
export class JournalKeeper {
  readonly #options: JournalKeeperOptions;
  #written: readonly ByteRange[] = [];
  #synced: readonly ByteRange[];
  #noted = "";
  #notedSynced = false;
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
    this.#syncedAt = options.clock.monotonic();
  }

  /** Notes what is written, when it is time to; throws what an earlier note failed with. */
  tick(written: readonly ByteRange[]): void {
    if (this.#error !== undefined) throw this.#error;
    this.#written = written;
    const now = this.#options.clock.monotonic();
    if (now - this.#syncedAt >= SYNC_EVERY_MS && this.#syncing === undefined) {
      this.#syncedAt = now;
      this.#syncing = this.#sync(written).finally(() => this.#syncing = undefined);
    }
    const bytes = totalLength(written);
    const due = now - this.#writtenAt >= WRITE_EVERY_MS || bytes - this.#notedBytes >= WRITE_EVERY_BYTES;
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

  /** The data goes to the disk before the note that says so. */
  async #sync(written: readonly ByteRange[]): Promise<void> {
    try {
      await this.#options.staged.sync();
      this.#synced = written;
      await this.#note({ sync: true });
    } catch (error) {
      this.#error = error;
    }
  }

  #note(options: { readonly sync: boolean }): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#waiting++;
    this.#writes = this.#writes.then(() => this.#write(options)).finally(() => this.#waiting--);
    return this.#writes;
  }

  /** Always the newest facts, however long the note has waited. */
  async #write(options: { readonly sync: boolean }): Promise<void> {
    const { path, identity, bootId } = this.#options;
    const text = formatJournal({ identity, bootId, written: this.#written, synced: this.#synced });
    if (text === this.#noted && (this.#notedSynced || !options.sync)) return;
    this.#noted = text;
    this.#notedSynced = options.sync;
    try {
      await writeFileAtomic(path, text, options);
    } catch (error) {
      this.#error = error;
    }
  }
}
