/**
 * Who wants which file: each is fetched once, by the same engine as a pull, while everybody who asked reads along.
 *
 * @module
 */
import { join } from "node:path";
import type { ByteRange } from "../../base/byte_range.ts";
import { cancelledError, fromErrorData, isModelManagerError, ModelManagerError } from "../../base/errors.ts";
import { parseReference } from "../../base/reference.ts";
import { Turns } from "../../base/turns.ts";
import type { DownloadEvent } from "../../download/events.ts";
import type { ModelInfo } from "../../hub/model.ts";
import { fileFacts, readDirectory } from "../../platform/directory.ts";
import { removeTree } from "../../platform/remove_tree.ts";
import type { FileProofs } from "../../server/file_proof.ts";
import type { Metrics } from "../../server/metrics.ts";
import type { OperationContext, OperationSettings } from "../context.ts";
import { pull } from "../pull.ts";
import type { ProvableFile } from "../pull_facts.ts";
import type { ResolvedPull } from "../pull_plan.ts";
import type { PullResult } from "../pull_request.ts";
import { holdPinned } from "../pull_pins.ts";
import { withSettings } from "../sync_context.ts";
import { type FetchCounters, fetchCounters } from "./fetch_counters.ts";
import { FileFetch } from "./file_fetch.ts";
import { followFetch } from "./following_stream.ts";
import { followingTarget } from "./following_target.ts";
import { MisledReaders } from "./misled_readers.ts";
import { withRoom } from "./room_wait.ts";
import type { Errand, Upstream } from "./upstream.ts";
import { asideName, fetchKey, fetchName, type WantedFetch } from "./wanted_fetch.ts";
import { passOn, retryRefusal, toRefusal } from "./upstream_refusal.ts";

/** Fetches at once; those that are more wait. */
const MAX_FETCHES = 16;
/** Connections to the Hub over all of them, about. */
const MAX_CONNECTIONS = 16;
/** A file that nobody reads any more is fetched on for so long: who was cut off comes again. */
const ABANDONED_MS = 60_000;
/** What the library has no place for stays so long after its last use. */
const ASIDE_MS = 10 * 60_000;
/** Nobody reads any more what lies aside for so long. */
const LEFT_MS = 24 * 60 * 60_000;
/** So long the answer waits for the first byte, since until then the Hub may still refuse. */
const PATIENCE_MS = 3_000;

/** What the desk works with. */
export interface FetchDeskOptions {
  readonly context: OperationContext;
  readonly upstream: Upstream;
  readonly settings: OperationSettings;
  readonly metrics: Metrics;
  /** Asked of what the engine has not fetched but found. */
  readonly proofs: Pick<FileProofs, "check">;
  /** Told what the person should know who runs the server. */
  readonly onNotice: (message: string) => void;
}

interface Job {
  readonly fetch: FileFetch;
  readonly controller: AbortController;
  /** Where it is put instead of the library. */
  aside: string | undefined;
  /** What lies on this machine is not what it is taken for, so all of it has to come from the Hub. */
  distrusts: boolean;
  /** Aborted when somebody asks again. */
  waiting: AbortController | undefined;
  finished: Promise<void>;
}

/** Where a file is, and how much of it has come from the Hub just now. */
interface Fetched {
  readonly path: string;
  readonly fetchedBytes: number;
}

/** Fetches files for readers. */
export class FetchDesk implements AsyncDisposable {
  readonly #options: FetchDeskOptions;
  readonly #jobs = new Map<string, Job>();
  readonly #turns = new Turns(MAX_FETCHES);
  readonly #asideFolder: string;
  readonly #counters: FetchCounters;
  readonly #misled: MisledReaders;
  #isStopping = false;
  /** Fetches that have come to an end. */
  #overCount = 0;

  constructor(options: FetchDeskOptions) {
    this.#options = options;
    const { metrics, context } = options;
    this.#asideFolder = join(context.library.modelsDir, ".pull-through");
    this.#misled = new MisledReaders(context.clock, join(this.#asideFolder, "misled"));
    this.#counters = fetchCounters(metrics, { running: () => this.#running() });
  }

  /** Whether somebody may have wrong bytes of a file, so that nobody is to be given only the rest of it. */
  hasMisled(repo: string, revisionAndPath: readonly string[]): boolean {
    return this.#misled.has(repo, revisionAndPath);
  }

  /** Deletes what servers that were killed have left aside. */
  async sweep(): Promise<void> {
    const { clock } = this.#options.context;
    for (const { name } of await readDirectory(this.#asideFolder).catch(() => [])) {
      const folder = join(this.#asideFolder, name);
      const facts = await fileFacts(folder).catch(() => undefined);
      if (facts === undefined || clock.now() - facts.modifiedAtMs < LEFT_MS) continue;
      await removeTree(folder).catch(() => false);
    }
  }

  #running(): number {
    return [...this.#jobs.values()].filter(({ fetch }) => !fetch.isOver).length;
  }

  /**
   * The bytes of a range of a file that is not here.
   *
   * @throws {Refusal} Why the Hub does not give it, as far as that shows at once.
   */
  async open(wanted: WantedFetch, range: ByteRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const key = fetchKey(wanted);
    const known = this.#jobs.get(key);
    const job = known ?? this.#begin(key, wanted);
    if (known !== undefined) this.#counters.joined.add();
    const { clock } = this.#options.context;
    const late = new AbortController();
    try {
      return await followFetch(job.fetch, range, {
        onBytes: (bytes) => this.#counters.givenBytes.add({}, bytes),
        patience: () => clock.sleep(PATIENCE_MS, { signal: late.signal }).catch(() => {}),
      });
    } finally {
      late.abort();
    }
  }

  #begin(key: string, wanted: WantedFetch): Job {
    const controller = new AbortController();
    const fetch = new FileFetch({
      onAbandoned: () => this.#abandon(job),
      onMisled: () => this.#misled.add(wanted),
    });
    const job: Job = {
      fetch,
      controller,
      aside: undefined,
      distrusts: false,
      waiting: undefined,
      finished: Promise.resolve(),
    };
    this.#jobs.set(key, job);
    job.finished = this.#carryOut(job, wanted).then(() => this.#forget(key, job));
    return job;
  }

  /** Calls back when nobody has asked for so long. */
  #whenQuiet(job: Job, waitMs: number, act: () => void): void {
    job.waiting?.abort();
    const waiting = job.waiting = new AbortController();
    this.#options.context.clock.sleep(waitMs, { signal: waiting.signal }).then(() => {
      if (job.fetch.readers === 0) act();
      else this.#whenQuiet(job, waitMs, act);
    }, () => {});
  }

  /** Nobody reads it: who was cut off may come again, so it goes on for a while. */
  #abandon(job: Job): void {
    this.#whenQuiet(
      job,
      ABANDONED_MS,
      () => job.controller.abort(cancelledError("Nobody wants the file any more")),
    );
  }

  #forget(key: string, job: Job): void {
    job.waiting?.abort();
    const { aside } = job;
    this.#overCount++;
    const forget = (): void => void this.#jobs.delete(key);
    if (aside === undefined || this.#isStopping) return forget();
    this.#whenQuiet(job, ASIDE_MS, () => {
      forget();
      removeTree(aside).catch(() => {});
    });
  }

  async #carryOut(job: Job, wanted: WantedFetch): Promise<void> {
    const { upstream } = this.#options;
    const errand = upstream.errand(wanted.token, { isDownload: true });
    try {
      using _turn = await this.#turns.enter(job.controller.signal);
      const path = await this.#whenThereIsRoom(job, wanted, () => this.#fetchSomewhere(job, wanted, errand));
      this.#counters.ended.add({ outcome: "kept" });
      job.fetch.succeed(path);
    } catch (error) {
      const isStopped = job.controller.signal.aborted;
      this.#counters.ended.add({ outcome: isStopped ? "stopped" : "failed" });
      const refusal = toRefusal(error, errand.said());
      // What the Hub said of the file may have been wrong, and may have been mended.
      if (refusal.status >= 500 && !isStopped) upstream.forgetFacts(wanted.info.repo);
      if (refusal.status >= 500 && isModelManagerError(error) && !isStopped) {
        this.#options.onNotice(
          `Could not fetch "${wanted.file.path}" of "${wanted.info.repo}": ${error.message}`,
        );
      }
      // Some of them may have been given away, now or in an earlier run.
      if (isModelManagerError(error) && error.code === "CHECKSUM_MISMATCH") this.#misled.add(wanted);
      job.fetch.fail(refusal);
    }
  }

  /** More than all the room there may be is refused at once. */
  #whenThereIsRoom(job: Job, { file }: WantedFetch, fetch: () => Promise<string>): Promise<string> {
    const { settings: { maxTotalBytes = Infinity }, context: { clock } } = this.#options;
    if (file.sizeBytes > maxTotalBytes) return fetch();
    return withRoom(fetch, {
      clock,
      signal: job.controller.signal,
      others: () => this.#running() - 1,
      ended: () => this.#overCount,
      onWaiting: (error) => job.fetch.stall({ error, isLong: false }),
    });
  }

  /** In the library, unless something is there under its name that has to stay. */
  async #fetchSomewhere(job: Job, wanted: WantedFetch, errand: Errand): Promise<string> {
    if (!this.#isNameTaken(job, wanted) && await this.#mayReplace(wanted)) {
      try {
        const got = await this.#fetch(job, wanted, errand);
        if (await this.#isSound(got, wanted)) return got.path;
        job.distrusts = true;
      } catch (error) {
        if (!await this.#isInTheWay(wanted, error)) throw error;
      }
    }
    job.aside = join(this.#asideFolder, asideName(wanted));
    return (await this.#fetch(job, wanted, errand)).path;
  }

  /** The engine believes the times of files that it finds; whoever is served has to have the right bytes. */
  async #isSound({ path, fetchedBytes }: Fetched, { file }: WantedFetch): Promise<boolean> {
    if (fetchedBytes > 0) return true;
    const { path: name, sizeBytes, digest } = file;
    const known = { path, name, sizeBytes, digest, proof: undefined };
    return await this.#options.proofs.check(known, { waitMs: LEFT_MS }) === undefined;
  }

  /** Another version of the file is on its way to the library: only one can be there. */
  #isNameTaken(job: Job, wanted: WantedFetch): boolean {
    const name = fetchName(wanted);
    for (const [key, other] of this.#jobs) {
      // Whoever came first has it.
      if (other === job) return false;
      if (key.startsWith(name) && other.aside === undefined && !other.fetch.isOver) return true;
    }
    return false;
  }

  /** An older version makes room for what the default branch has now; a pinned one does not. */
  async #mayReplace({ info, file, token }: WantedFetch): Promise<boolean> {
    const { context: { library }, upstream } = this.#options;
    const known = (await library.knownFiles(info.repo)).get(file.path);
    if (known === undefined) return true;
    const newest = await upstream.facts({ repo: info.repo, revision: undefined, token });
    if (newest.commit !== info.commit) return false;
    const selection = { files: [file], quant: undefined, unit: undefined, mmproj: undefined };
    try {
      const held = await holdPinned(this.#options.context, { repo: info.repo, selection, force: false });
      return held.selection.files[0]?.digest.hex === file.digest.hex;
    } catch (error) {
      if (isModelManagerError(error)) return false;
      throw error;
    }
  }

  async #isInTheWay({ info, file }: WantedFetch, error: unknown): Promise<boolean> {
    if (!isModelManagerError(error) || error.code !== "FAILED") return false;
    const { library } = this.#options.context;
    const there = await fileFacts(join(library.modelsDir, ...info.repo.split("/"), ...file.path.split("/")));
    return there !== undefined;
  }

  async #fetch(job: Job, wanted: WantedFetch, errand: Errand): Promise<Fetched> {
    const { settings } = this.#options;
    const context = {
      ...withSettings(this.#options.context, settings),
      hub: () => Promise.resolve(errand.hub),
    };
    const { info, file, token } = wanted;
    const reference = `${info.repo}@${info.commit}:${file.path}`;
    const revision = await this.#revisionOf(info, token);
    const run = pull(context, {
      references: [reference],
      ...(job.distrusts ? { reuse: "off" } : {}),
      connections: Math.max(
        1,
        Math.min(settings.connections, Math.floor(MAX_CONNECTIONS / this.#turns.running)),
      ),
    }, {
      signal: job.controller.signal,
      resolve: () => Promise.resolve(resolved(context, { job, info: { ...info, revision }, file })),
    });
    for (let next = await run.next();; next = await run.next()) {
      if (next.done) return this.#fetched(next.value);
      this.#watch(job, { event: next.value, errand, wanted });
    }
  }

  /** What is tried again is waited for by the engine, and told to who has no first byte yet: at once when it takes long. */
  #watch(
    job: Job,
    facts: { readonly event: DownloadEvent; readonly errand: Errand; readonly wanted: WantedFetch },
  ): void {
    const { event, errand, wanted } = facts;
    if (event.type !== "retrying") return;
    if (event.error.code === "CHECKSUM_MISMATCH") this.#misled.add(wanted);
    const said = errand.said();
    const isLimit = event.error.code === "RATE_LIMITED";
    const error = isLimit && said?.status === 429 ? passOn(said) : retryRefusal(event);
    const isLong = isLimit && (event.error.retryAfterMs ?? event.delayMs) > PATIENCE_MS;
    if (error !== undefined) job.fetch.stall({ error, isLong });
  }

  #fetched([result]: readonly PullResult[]): Fetched {
    if (result?.error !== undefined) throw fromErrorData(result.error);
    const [path] = result?.paths ?? [];
    if (path === undefined) throw new ModelManagerError("FAILED", "Nothing was fetched");
    const fetchedBytes = result?.bytesFetched ?? 0;
    this.#counters.fetchedBytes.add({}, fetchedBytes);
    return { path, fetchedBytes };
  }

  /** What the default branch has is recorded under its name, so that it can be updated later. */
  async #revisionOf(info: ModelInfo, token: string | undefined): Promise<string> {
    const newest = await this.#options.upstream.facts({ repo: info.repo, revision: undefined, token })
      .catch(() => undefined);
    return newest?.commit === info.commit ? newest.revision : info.revision;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    const jobs = [...this.#jobs.values()];
    for (const job of jobs) {
      job.waiting?.abort();
      job.controller.abort(cancelledError("The server stops"));
    }
    await Promise.all(jobs.map((job) => job.finished));
    this.#jobs.clear();
    for (const { aside } of jobs) if (aside !== undefined) await removeTree(aside).catch(() => false);
  }
}

function resolved(
  context: OperationContext,
  wanted: { readonly job: Job; readonly info: ModelInfo; readonly file: ProvableFile },
): ResolvedPull {
  const { job: { fetch: follower, aside: folder }, info, file } = wanted;
  return {
    reference: parseReference(info.repo),
    info,
    selection: { files: [file], quant: undefined, unit: undefined, mmproj: undefined },
    target: followingTarget(context, { info, folder, follower }),
    notices: [],
  };
}
