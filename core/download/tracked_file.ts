/**
 * A file in the engine's hands, from opening its staged file to giving it its name.
 *
 * @module
 */
import { type ByteRange, mergeRanges } from "../base/byte_range.ts";
import { formatDigest } from "../base/digest.ts";
import { ModelManagerError, toErrorData } from "../base/errors.ts";
import { removeFile, renameFile } from "../platform/directory.ts";
import { openStagedFile, type StagedFile } from "../platform/sparse_file.ts";
import type { EngineEvent, EngineOptions } from "./engine_options.ts";
import { createFileDigest } from "./file_digest.ts";
import { FileProof } from "./file_proof.ts";
import type { FileEvent } from "./events.ts";
import type { FileOutcome, FileTask, PieceDigests } from "./file_task.ts";
import { FileTransfer } from "./file_transfer.ts";
import { JournalKeeper, removeJournal } from "./journal_keeper.ts";
import { PieceRepair } from "./piece_repair.ts";
import { searchBadPieces } from "./piece_search.ts";
import { pieceCount, pieceRange } from "./pieces.ts";
import type { HashResult } from "./worker_protocol.ts";

/** So often the bad pieces of a file are looked for, as long as other bytes come each time. */
const MAX_SEARCHES = 2;

/** What a tracked file needs of its engine. */
export interface TrackedFileOptions {
  readonly engine: EngineOptions;
  readonly emit: (event: EngineEvent) => void;
  /** How many lanes are in use. */
  readonly lanes: () => number;
  /** Resolves when something in the engine has changed; rejects when it stops. */
  readonly changed: () => Promise<void>;
  /** Aborted when the engine stops. */
  readonly signal: AbortSignal;
}

type WithoutCounts<E> = E extends FileEvent ? Omit<E, "file" | "receivedBytes" | "totalBytes"> : never;
/** A file event before its file and byte counts are filled in. */
export type TrackedEvent = WithoutCounts<FileEvent>;

/** Bytes that are right. */
interface Proved {
  readonly pieces: PieceDigests;
  readonly mended: readonly ByteRange[];
}

/** One file with everything that belongs to it. */
export class TrackedFile {
  readonly task: FileTask;
  readonly transfer: FileTransfer;
  /** What the bytes hash to. Set by the lane that fetches a whole file: its worker has hashed and synced it. */
  actualHex: string | undefined;
  phase: "downloading" | "verifying" | "publishing" | "done" = "downloading";
  readonly #options: TrackedFileOptions;
  readonly #proof: FileProof;
  /** Set when the file is to be mended in its place. */
  readonly #repair: PieceRepair | undefined;
  #staged: StagedFile | undefined;
  #journal: JournalKeeper | undefined;
  #prepared: Promise<void> | undefined;

  constructor(task: FileTask, options: TrackedFileOptions) {
    this.task = task;
    this.#options = options;
    const { pool, clock, maxRetries, limiter } = options.engine;
    this.transfer = new FileTransfer(task, {
      slots: pool.slots,
      budget: limiter.budget,
      clock,
      maxRetries,
      get lanes() {
        return options.lanes();
      },
      signal: options.signal,
    });
    const { changed, signal } = options;
    this.#proof = new FileProof(this.transfer, { pool, signal });
    const setPhase = this.#setPhase;
    if (task.repairs !== undefined) {
      this.phase = "verifying";
      this.#repair = new PieceRepair(this.transfer, task.repairs, { pool, signal, changed, setPhase });
    }
  }

  /** Opens the staged file, once; lanes wait for it. */
  prepare(): Promise<void> {
    return this.#prepared ??= this.#prepare();
  }

  async #prepare(): Promise<void> {
    if (!this.transfer.whole) {
      await this.#openStaged(this.task.keptSynced, { begunAnew: this.task.begunAnew ?? false });
    }
    this.emit({ type: "started", resumedBytes: this.transfer.resumedBytes });
  }

  async #openStaged(
    kept: readonly ByteRange[],
    options: { readonly begunAnew: boolean },
  ): Promise<void> {
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
      ...options,
    });
  }

  /** Regular work: the journal, the hash, and the events. */
  tick(): void {
    if (this.phase === "downloading" && this.#staged !== undefined) {
      this.#journal?.tick(this.transfer.written);
      this.#tellFollower();
      if (this.#repair === undefined) this.#proof.follow();
    }
    if (this.phase === "downloading") {
      this.sayProgress();
    } else if (this.phase === "verifying") {
      this.emit({ type: "verifying", verifiedBytes: (this.#repair ?? this.#proof).hashedBytes });
    }
  }

  #tellFollower(): void {
    const { task: { follower, stagedPath }, transfer: { written, epoch, whole } } = this;
    if (!whole) follower?.notice({ stagedPath, written, epoch });
  }

  /** Tells how many bytes are there, if any are. */
  sayProgress(): void {
    if (this.transfer.receivedBytes === 0) return;
    this.emit({ type: "progress", connections: this.transfer.active.size });
  }

  readonly #setPhase = (phase: "downloading" | "verifying"): void => {
    this.phase = phase;
  };

  /** From the first byte to the final name; lanes fetch meanwhile. */
  async process(): Promise<FileOutcome> {
    await this.prepare();
    return await this.#publish(await (this.#repair === undefined ? this.#fetch() : this.#mend(this.#repair)));
  }

  /** Fetches the file, and once more what of it is wrong. */
  async #fetch(): Promise<Proved> {
    let result = await this.#prove();
    let mended: readonly ByteRange[] = [];
    if (!this.#isRight) {
      // One more chance: a bad byte on the way is likelier than bad bytes at the source.
      if (this.transfer.whole) {
        this.#sayWrong("fetching them again", 1);
        await this.#putAside();
        this.transfer.restart({ singleStream: false });
        this.transfer.retries.reset();
        await this.#prove();
      } else ({ result, mended } = await this.#fetchAgain(result));
    }
    if (!this.#isRight) {
      await this.#putAside();
      throw this.#mismatch();
    }
    return { pieces: this.#piecesOf(result), mended };
  }

  #sayWrong(next: string, attempt: number): void {
    this.transfer.retryCount++;
    const { message, ...error } = toErrorData(this.#mismatch());
    this.emit({ type: "retrying", attempt, delayMs: 0, error: { ...error, message: `${message}; ${next}` } });
  }

  get #isRight(): boolean {
    return this.actualHex === this.task.source.digest.hex;
  }

  #piecesOf({ prefixDigests }: HashResult): PieceDigests {
    return { pieceBytes: this.#proof.pieceBytes, prefixes: prefixDigests };
  }

  /**
   * Fetches what is wrong, and once more when what comes then is wrong elsewhere: bytes that change each time are bad
   * luck on the way, those that do not are the server's.
   */
  async #fetchAgain(first: HashResult): Promise<{ result: HashResult; mended: readonly ByteRange[] }> {
    const { sizeBytes } = this.task.source;
    const { pieceBytes } = this.#proof;
    const mended: ByteRange[] = [];
    let result = first;
    for (let search = 1; search <= MAX_SEARCHES && !this.#isRight; search++) {
      this.#sayWrong("fetching them again to find the bad piece", search);
      const found = await this.#searchAgain(result);
      result = await this.#prove();
      // Without a difference before it, the last piece it was.
      const pieces = found.length > 0 ? found : [pieceCount(sizeBytes, pieceBytes) - 1];
      mended.push(...pieces.map((piece) => pieceRange(piece, { sizeBytes, pieceBytes })));
      if (found.length === 0) break;
    }
    return { result, mended: mergeRanges(mended) };
  }

  /**
   * The wrong bytes stay where they are, and only what is fetched again counts: most of them will be right.
   *
   * @param wrong What they hash to.
   * @returns the numbers of pieces that came out different.
   */
  async #searchAgain(wrong: HashResult): Promise<readonly number[]> {
    const { transfer } = this;
    await this.#letGo();
    await removeJournal(this.task.journalPath);
    await this.#openStaged([], { begunAnew: true });
    transfer.restart({ singleStream: false });
    transfer.retries.reset();
    const pieces = await searchBadPieces(wrong, {
      transfer,
      proof: this.#proof,
      changed: this.#options.changed,
      setPhase: this.#setPhase,
    });
    transfer.endSearch();
    return pieces;
  }

  /** Finds what is wrong in the file in its place, and what is right. */
  async #mend(repair: PieceRepair): Promise<Proved> {
    const { result, mended } = await repair.run();
    await Promise.all([this.#staged?.sync(), this.#journal?.checkpoint(this.transfer.written)]);
    return { pieces: this.#piecesOf(result), mended };
  }

  async #publish({ pieces, mended }: Proved): Promise<FileOutcome> {
    const { task, transfer } = this;
    this.phase = "publishing";
    this.#tellFollower();
    this.emit({
      type: "verified",
      digest: task.source.digest,
      ...(mended.length === 0 ? {} : { mended }),
    });
    await this.#refuseExchanged();
    await this.#letGo();
    const finalPath = await task.publish(pieces, mended);
    if (!transfer.whole && task.keepsJournal !== true) await removeJournal(task.journalPath);
    this.phase = "done";
    this.emit({ type: "finished", path: finalPath });
    return {
      path: task.source.path,
      finalPath,
      bytesFetched: transfer.fetchedBytes,
      bytesResumed: transfer.resumedBytes,
      retries: transfer.retryCount,
      mended,
    };
  }

  /** What was proved is what is open: another file of that name may hold anything. */
  async #refuseExchanged(): Promise<void> {
    const { stagedPath } = this.task;
    if (this.#staged === undefined || await this.#staged.isInPlace()) return;
    throw new ModelManagerError(
      "FAILED",
      `The partial file "${stagedPath}" was deleted or exchanged while it was being downloaded`,
      { hints: ["Run the same command again: what is gone is fetched anew"] },
    );
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
    await this.#repair?.close();
    await this.#journal?.stop();
    this.#journal = undefined;
    this.#staged?.[Symbol.dispose]();
    this.#staged = undefined;
  }

  /** Waits for all the bytes, hashes and syncs them; `actualHex` tells whether they are right. */
  async #prove(): Promise<HashResult> {
    const { source } = this.task;
    this.actualHex = undefined;
    this.phase = "downloading";
    if (source.sizeBytes === 0) await this.#makeEmpty();
    while (!this.transfer.complete) await this.#options.changed();
    this.phase = "verifying";
    this.emit({ type: "verifying", verifiedBytes: this.#proof.hashedBytes });
    if (!this.transfer.whole) {
      const [result] = await Promise.all([
        this.#proof.finish(),
        this.#staged?.sync(),
        this.#journal?.checkpoint(this.transfer.written),
      ]);
      this.actualHex = result.digestHex;
      return result;
    }
    return { digestHex: this.actualHex ?? "", prefixDigests: [] };
  }

  async #makeEmpty(): Promise<void> {
    using _empty = await openStagedFile(this.task.stagedPath, 0);
    this.actualHex = createFileDigest(this.task.source.digest.algorithm, 0).digest("hex");
  }

  /** Moves the wrong bytes out of the way, as evidence. */
  async #putAside(): Promise<void> {
    const { stagedPath, quarantinePath, journalPath } = this.task;
    await this.#letGo();
    await removeJournal(journalPath);
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
