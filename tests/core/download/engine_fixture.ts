/**
 * The engine over a Hub on loopback: what all its tests set up and look at.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { contiguousEnd, totalLength } from "../../../core/base/byte_range.ts";
import { type Clock, systemClock } from "../../../core/base/clock.ts";
import type { Digest } from "../../../core/base/digest.ts";
import { isModelManagerError, type ModelManagerError } from "../../../core/base/errors.ts";
import { runTransfers } from "../../../core/download/engine.ts";
import type { EngineEvent, EngineOptions } from "../../../core/download/engine_options.ts";
import type { FileOutcome, FileTask, PieceDigests } from "../../../core/download/file_task.ts";
import { type Journal, keptRanges, parseJournal } from "../../../core/download/journal.ts";
import { RateLimiter } from "../../../core/download/rate_limiter.ts";
import type { SourceLocation } from "../../../core/download/source_file.ts";
import { WorkerPool } from "../../../core/download/worker_pool.ts";
import { commitId, type GeneratedSource } from "../../../core/server/demo/generated_source.ts";
import { makeDirectory, renameFile } from "../../../core/platform/directory.ts";
import { type FakeHub, type FakeHubOptions, startFakeHub } from "../../support/fake_hub.ts";
import type { Fault } from "../../support/faults.ts";
import {
  type InProcessWorkerOptions,
  type InProcessWorkers,
  inProcessWorkers,
} from "../../support/in_process_worker.ts";
import { expectedBytes, type RandomFile, randomModel } from "../../support/random_model.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";

/** The repository of all these tests. */
export const REPO = "acme/tiny-GGUF";
/** A mebibyte. */
export const MIB = 1024 * 1024;
/** This run of the machine, as the tests have it. */
export const BOOT_ID = "boot-1";

/** Time that goes `factor` times as fast: bytes flow in real time, and waits are short. */
export function hastyClock(factor: number): Clock {
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic() * factor,
    random: () => 0.5,
    sleep: (ms, options) => systemClock.sleep(ms / factor, options),
  };
}

/** What to serve, and how it goes wrong. */
export interface FixtureOptions {
  readonly files: readonly RandomFile[];
  readonly faults?: readonly Fault[];
  readonly clock?: Clock;
  readonly hub?: Partial<FakeHubOptions>;
  readonly workers?: InProcessWorkerOptions;
  /** In real time, as the bytes. @default {50} */
  readonly cancelGraceMs?: number;
}

/** What came of a run. */
export interface RunResult {
  readonly events: readonly EngineEvent[];
  readonly outcomes: readonly FileOutcome[] | undefined;
  /** What the run threw; an error that is not of ours is thrown on. */
  readonly error: ModelManagerError | undefined;
}

/** How one run differs from the usual. */
export interface RunOptions extends Partial<EngineOptions> {
  readonly onEvent?: (event: EngineEvent) => void;
}

/** A served model, a folder, and a pool of workers in this thread. */
export class EngineFixture implements AsyncDisposable {
  readonly hub: FakeHub;
  readonly dir: TempDir;
  readonly pool: WorkerPool;
  readonly workers: InProcessWorkers;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
  /** How often the engine asked for each file's place. */
  readonly located: Map<string, number> = new Map();
  /** Pieces given to `publish`, by path. */
  readonly pieces: Map<string, PieceDigests> = new Map();
  readonly #source: GeneratedSource;
  readonly #files: readonly RandomFile[];

  constructor(
    parts: { readonly hub: FakeHub; readonly dir: TempDir; readonly source: GeneratedSource },
    options: FixtureOptions,
  ) {
    this.hub = parts.hub;
    this.dir = parts.dir;
    this.#source = parts.source;
    this.#files = options.files;
    this.clock = options.clock ?? systemClock;
    this.workers = inProcessWorkers(options.workers);
    this.pool = new WorkerPool({
      spawnWorker: this.workers.spawnWorker,
      downloadWorkers: 2,
      hashWorkers: 1,
      connections: 8,
      cancelGraceMs: options.cancelGraceMs ?? 50,
    });
    this.limiter = new RateLimiter({ slots: this.pool.slots, clock: this.clock });
  }

  /** A task for a file of the model, from nothing unless told otherwise. */
  async task(
    path: string,
    changes: Partial<FileTask> & { readonly digest?: Digest } = {},
  ): Promise<FileTask> {
    const commit = commitId(REPO, 0);
    const found = (await this.#source.files({ repo: REPO, commit })).find((file) => file.path === path);
    if (found === undefined) throw new Error(`No file "${path}"`);
    const { sizeBytes } = found;
    const { digest = await found.digest(), ...others } = changes;
    const base = this.dir.join(".cache", path.replaceAll("/", "-"));
    await makeDirectory(this.dir.join(".cache"));
    return {
      source: { path, sizeBytes, digest, locate: ({ signal }) => this.#locate(path, signal) },
      identity: { repo: REPO, commit, path, digest, sizeBytes },
      stagedPath: `${base}.part`,
      journalPath: `${base}.journal`,
      quarantinePath: `${base}.bad`,
      kept: [],
      keptSynced: [],
      publish: async (pieces) => {
        this.pieces.set(path, pieces);
        const finalPath = this.finalPath(path);
        await makeDirectory(finalPath.slice(0, finalPath.lastIndexOf("/")));
        await renameFile(`${base}.part`, finalPath);
        return finalPath;
      },
      ...others,
    };
  }

  /** Tasks for all files of the model. */
  tasks(): Promise<FileTask[]> {
    return Promise.all(this.#files.map((file) => this.task(file.path)));
  }

  /** Where a file is published. */
  finalPath(path: string): string {
    return this.dir.join("final", path);
  }

  async #locate(path: string, signal: AbortSignal): Promise<SourceLocation> {
    this.located.set(path, (this.located.get(path) ?? 0) + 1);
    const url = `${this.hub.endpoint}/${REPO}/resolve/${commitId(REPO, 0)}/${path}`;
    const response = await fetch(url, { method: "HEAD", redirect: "manual", signal });
    return { url: new URL(response.headers.get("location") ?? "", url).href, headers: {} };
  }

  /** Options as the program's own defaults, with our ports; as many lanes as are asked for, and no more. */
  options(changes: Partial<EngineOptions> = {}): EngineOptions {
    return {
      pool: this.pool,
      clock: this.clock,
      limiter: this.limiter,
      connections: 4,
      maxConnections: changes.connections ?? 4,
      stallTimeoutMs: 30_000,
      timeoutMs: 300_000,
      maxRetries: 5,
      bootId: BOOT_ID,
      signal: new AbortController().signal,
      ...changes,
    };
  }

  /** Runs to the end, whatever it is. */
  async run(tasks: readonly FileTask[], { onEvent, ...changes }: RunOptions = {}): Promise<RunResult> {
    const events: EngineEvent[] = [];
    const run = runTransfers(tasks, this.options(changes));
    try {
      for (let next = await run.next();; next = await run.next()) {
        if (next.done) return { events, outcomes: next.value, error: undefined };
        events.push(next.value);
        onEvent?.(next.value);
      }
    } catch (error) {
      if (!isModelManagerError(error)) throw error;
      return { events, outcomes: undefined, error };
    }
  }

  /** What is under a file's final name; `undefined` for nothing. */
  async published(path: string): Promise<Uint8Array | undefined> {
    return await readFile(this.finalPath(path)).catch(() => undefined);
  }

  /** Whether a file is there under its final name with the right bytes. */
  async isRight(path: string): Promise<boolean> {
    const actual = await this.published(path);
    return actual !== undefined && Buffer.compare(actual, await this.expected(path)) === 0;
  }

  /** The right bytes. */
  expected(path: string): Promise<Uint8Array<ArrayBuffer>> {
    return expectedBytes(this.#source, { repo: REPO, path });
  }

  /** What the journal of a task says; `undefined` for none. */
  async journal(task: FileTask): Promise<Journal | undefined> {
    const text = await readFile(task.journalPath, "utf8").catch(() => undefined);
    return text === undefined ? undefined : parseJournal(text);
  }

  /** The same file as a later run finds it: with what the journal lets it keep. */
  async again(task: FileTask, bootId: string | undefined = BOOT_ID): Promise<FileTask> {
    const journal = await this.journal(task);
    const { digest, sizeBytes } = task.source;
    return {
      ...task,
      kept: keptRanges(journal, { digest, sizeBytes, bootId }),
      keptSynced: journal?.synced ?? [],
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.pool[Symbol.dispose]();
    await this.hub[Symbol.asyncDispose]();
    await this.dir[Symbol.asyncDispose]();
  }
}

/** Starts the Hub and the pool; `await using` ends them. */
export async function openFixture(options: FixtureOptions): Promise<EngineFixture> {
  const source = randomModel({ repo: REPO, files: options.files });
  const hub = await startFakeHub({ source, fileHostFaults: options.faults ?? [], ...options.hub });
  return new EngineFixture({ hub, dir: await makeTempDir(), source }, options);
}

/** Stages a task's file with its first bytes right, as an earlier run would have left it. */
export async function stagePrefix(
  fixture: EngineFixture,
  path: string,
  prefixBytes: number,
): Promise<FileTask> {
  const task = await fixture.task(path);
  const bytes = (await fixture.expected(path)).slice();
  bytes.fill(0, prefixBytes);
  await Deno.writeFile(task.stagedPath, bytes);
  const kept = prefixBytes === 0 ? [] : [{ start: 0, end: prefixBytes }];
  return { ...task, kept, keptSynced: kept };
}

/** The events of one kind. */
export function eventsOf<T extends EngineEvent["type"]>(
  result: RunResult,
  type: T,
): Extract<EngineEvent, { type: T }>[] {
  return result.events.filter((event): event is Extract<EngineEvent, { type: T }> => event.type === type);
}

/** What a journal counts: bytes, and how far they go without a gap. */
export function journalBytes(journal: Journal | undefined): { total: number; frontier: number } {
  const written = journal?.written ?? [];
  return { total: totalLength(written), frontier: contiguousEnd(written) };
}
