/**
 * Keeps a file's journal: often enough that a killed process loses a blink of transfer, and never ahead of the disk.
 *
 * @module
 */
import type { ByteRange } from "../base/byte_range.ts";
import type { Clock } from "../base/clock.ts";
import { writeFileAtomic } from "../platform/atomic_file.ts";
import type { StagedFile } from "../platform/sparse_file.ts";
import { formatJournal, type JournalIdentity } from "./journal.ts";

/** The least time between two notes of written bytes, and between two of synced ones. */
const WRITE_EVERY_MS = 100;
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
  #synced: readonly ByteRange[];
  #noted = "";
  #writtenAt = -Infinity;
  #syncedAt: number;
  #syncing = false;
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
    const now = this.#options.clock.monotonic();
    if (now - this.#syncedAt >= SYNC_EVERY_MS && !this.#syncing) {
      this.#syncedAt = now;
      this.#sync(written);
    }
    if (now - this.#writtenAt >= WRITE_EVERY_MS && this.#waiting === 0) {
      this.#writtenAt = now;
      this.#note(written, { sync: false });
    }
  }

  /** The last note of a run that ends early: after it, the process may go. */
  async checkpoint(written: readonly ByteRange[]): Promise<void> {
    await this.#note(written, { sync: false });
  }

  /** Waits for notes under way, so that nobody writes the journal of a file that is done. */
  async stop(): Promise<void> {
    await this.#writes;
  }

  /** The data goes to the disk before the note that says so. */
  async #sync(written: readonly ByteRange[]): Promise<void> {
    this.#syncing = true;
    try {
      await this.#options.staged.sync();
      this.#synced = written;
      await this.#note(written, { sync: true });
    } catch (error) {
      this.#error = error;
    } finally {
      this.#syncing = false;
    }
  }

  #note(written: readonly ByteRange[], options: { readonly sync: boolean }): Promise<void> {
    this.#waiting++;
    this.#writes = this.#writes.then(() => this.#write(written, options)).finally(() => this.#waiting--);
    return this.#writes;
  }

  async #write(written: readonly ByteRange[], options: { readonly sync: boolean }): Promise<void> {
    const { path, identity, bootId } = this.#options;
    const text = formatJournal({ identity, bootId, written, synced: this.#synced });
    if (text === this.#noted) return;
    this.#noted = text;
    try {
      await writeFileAtomic(path, text, options);
    } catch (error) {
      this.#error = error;
    }
  }
}
