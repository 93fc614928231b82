/**
 * A file in the engine's hands, from opening its staged file to giving it its name.
 *
 * @module
 */
import type { ByteRange } from "../base/byte_range.ts";
import { formatDigest } from "../base/digest.ts";
import { ModelManagerError, toErrorData } from "../base/errors.ts";
import { removeFile, renameFile } from "../platform/directory.ts";
import { openStagedFile, type StagedFile } from "../platform/sparse_file.ts";
import type { EngineEvent, EngineOptions } from "./engine_options.ts";
import { createFileDigest } from "./file_digest.ts";
import { FileProof, PIECE_BYTES } from "./file_proof.ts";
import type { FileEvent } from "./events.ts";
import type { FileOutcome, FileTask, PieceDigests } from "./file_task.ts";
import { FileTransfer } from "./file_transfer.ts";
import { JournalKeeper } from "./journal_keeper.ts";

/** What a tracked file needs of its engine. */
export interface TrackedFileOptions {
  readonly engine: EngineOptions;
  readonly emit: (event: EngineEvent) => void;
  /** Resolves when something in the engine has changed; rejects when it stops. */
  readonly changed: () => Promise<void>;
  /** Aborted when the engine stops. */
  readonly signal: AbortSignal;
}

type WithoutCounts<E> = E extends FileEvent ? Omit<E, "file" | "receivedBytes" | "totalBytes"> : never;
/** A file event before its file and byte counts are filled in. */
export type TrackedEvent = WithoutCounts<FileEvent>;

/** One file with everything that belongs to it. */
export class TrackedFile {
  readonly task: FileTask;
  readonly transfer: FileTransfer;
  /** What the bytes hash to. Set by the lane that fetches a whole file: its worker has hashed and synced it. */
  actualHex: string | undefined;
  phase: "downloading" | "verifying" | "publishing" | "done" = "downloading";
  readonly #options: TrackedFileOptions;
  readonly #proof: FileProof;
  #staged: StagedFile | undefined;
  #journal: JournalKeeper | undefined;
  #prepared: Promise<void> | undefined;

  constructor(task: FileTask, options: TrackedFileOptions) {
    this.task = task;
    this.#options = options;
    const { pool, clock, maxRetries, connections } = options.engine;
    this.transfer = new FileTransfer(task, {
      slots: pool.slots,
      clock,
      maxRetries,
      lanes: connections,
      signal: options.signal,
    });
    this.#proof = new FileProof(this.transfer, { pool, signal: options.signal });
  }

  /** Opens the staged file, once; lanes wait for it. */
  prepare(): Promise<void> {
    return this.#prepared ??= this.#prepare();
  }

  async #prepare(): Promise<void> {
    if (!this.transfer.whole) await this.#openStaged(this.task.keptSynced);
    this.emit({ type: "started", resumedBytes: this.transfer.resumedBytes });
  }

  async #openStaged(kept: readonly ByteRange[]): Promise<void> {
    const { stagedPath, journalPath, identity, source } = this.task;
    const { clock, bootId } = this.#options.engine;
    this.#staged = await openStagedFile(stagedPath, source.sizeBytes);
    const synced = this.#staged.isNew ? [] : kept;
    if (this.#staged.isNew && this.transfer.resumedBytes > 0) {
      // What the journal told of is gone: somebody has deleted or cut the file since.
      this.transfer.restart({ singleStream: false });
    }
    this.#journal = new JournalKeeper({
      path: journalPath,
      identity,
      bootId,
      staged: this.#staged,
      clock,
      synced,
    });
  }

  /** Regular work: the journal, the hash, and the events. */
  tick(): void {
    if (this.phase === "downloading" && this.#staged !== undefined) {
      this.#journal?.tick(this.transfer.written);
      this.#proof.follow();
    }
    if (this.phase === "downloading" && this.transfer.receivedBytes > 0) {
      this.emit({ type: "progress", connections: this.transfer.active.size });
    } else if (this.phase === "verifying") {
      this.emit({ type: "verifying", verifiedBytes: this.#proof.hashedBytes });
    }
  }

  /** From the first byte to the final name; lanes fetch meanwhile. */
  async process(): Promise<FileOutcome> {
    await this.prepare();
    let pieces = await this.#prove();
    if (pieces === undefined) {
      // One more chance: a bad byte on the way is likelier than bad bytes at the source.
      await this.#putAside();
      this.transfer.retryCount++;
      this.emit({ type: "retrying", attempt: 1, delayMs: 0, error: toErrorData(this.#mismatch()) });
      if (!this.transfer.whole) await this.#openStaged([]);
      this.transfer.restart({ singleStream: false });
      this.transfer.retries.reset();
      pieces = await this.#prove();
    }
    if (pieces === undefined) {
      await this.#putAside();
      throw this.#mismatch();
    }
    return await this.#publish(pieces);
  }

  async #publish(pieces: PieceDigests): Promise<FileOutcome> {
    const { task, transfer } = this;
    this.phase = "publishing";
    this.emit({ type: "verified", digest: task.source.digest });
    await this.#letGo();
    const finalPath = await task.publish(pieces);
    await removeFile(task.journalPath);
    this.phase = "done";
    this.emit({ type: "finished", path: finalPath });
    return {
      path: task.source.path,
      finalPath,
      bytesFetched: transfer.fetchedBytes,
      bytesResumed: transfer.resumedBytes,
      retries: transfer.retryCount,
    };
  }

  /** Cuts off whatever is under way. */
  abort(): void {
    for (const segment of this.transfer.active) segment.controller.abort();
    this.#proof.cancel();
  }

  /** Notes what is on disk and lets go of the file: the engine stops. */
  async close(): Promise<void> {
    this.abort();
    if (this.phase === "downloading" || this.phase === "verifying") {
      await this.#journal?.checkpoint(this.transfer.written);
    }
    await this.#letGo();
    // Without a journal nobody would find it again.
    if (this.transfer.whole && this.phase !== "done") await removeFile(this.task.stagedPath);
  }

  async #letGo(): Promise<void> {
    await this.#proof.close();
    await this.#journal?.stop();
    this.#journal = undefined;
    this.#staged?.[Symbol.dispose]();
    this.#staged = undefined;
  }

  /** Waits for all the bytes, hashes and syncs them. @returns nothing when they are the wrong ones. */
  async #prove(): Promise<PieceDigests | undefined> {
    const { source } = this.task;
    this.actualHex = undefined;
    this.phase = "downloading";
    if (source.sizeBytes === 0) await this.#makeEmpty();
    while (!this.transfer.complete) await this.#options.changed();
    this.phase = "verifying";
    this.emit({ type: "verifying", verifiedBytes: this.#proof.hashedBytes });
    let prefixes: readonly string[] = [];
    if (!this.transfer.whole) {
      const [result] = await Promise.all([
        this.#proof.finish(),
        this.#staged?.sync(),
        this.#journal?.checkpoint(this.transfer.written),
      ]);
      this.actualHex = result.digestHex;
      prefixes = result.prefixDigests;
    }
    return this.actualHex === source.digest.hex ? { pieceBytes: PIECE_BYTES, prefixes } : undefined;
  }

  async #makeEmpty(): Promise<void> {
    using _empty = await openStagedFile(this.task.stagedPath, 0);
    this.actualHex = createFileDigest(this.task.source.digest.algorithm, 0).digest("hex");
  }

  /** Moves the wrong bytes out of the way, as evidence. */
  async #putAside(): Promise<void> {
    const { stagedPath, quarantinePath, journalPath } = this.task;
    await this.#letGo();
    await removeFile(journalPath);
    await renameFile(stagedPath, quarantinePath);
  }

  #mismatch(): ModelManagerError {
    const { source, quarantinePath } = this.task;
    const actual = { algorithm: source.digest.algorithm, hex: this.actualHex ?? "(unknown)" };
    return new ModelManagerError(
      "CHECKSUM_MISMATCH",
      `The bytes of "${source.path}" are wrong: expected ${formatDigest(source.digest)}, got ${
        formatDigest(actual)
      }`,
      {
        hints: [
          "Run the same command again; if it fails again, the server or a proxy alters the file",
          `Look at the wrong bytes: "${quarantinePath}"`,
        ],
      },
    );
  }

  /** Says something about this file, with its byte counts. */
  emit(event: TrackedEvent): void {
    this.#options.emit({
      ...event,
      file: this.task.source.path,
      receivedBytes: this.transfer.receivedBytes,
      totalBytes: this.task.source.sizeBytes,
    });
  }
}
