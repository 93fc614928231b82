/**
 * The downloads of the terminal UI: one for all screens, whatever is shown.
 *
 * @module
 */
import type { QueueAddRequest } from "../../../mod.ts";
import { fromErrorData, isModelManagerError, ModelManagerError } from "../../../core/base/errors.ts";
import { placesOf } from "../../daemon_room.ts";
import { watchRateLimit } from "../../follow_rate_limit.ts";
import { TOKEN_STAYS } from "../../queue_background.ts";
import { type QueueStart, silentOwnerText, startQueueWork } from "../../queue_start.ts";
import type { TuiContext } from "../context.ts";
import { Activities } from "./activities.ts";
import type { Downloads, TrackedRun } from "./downloads.ts";
import { type DownloadsState, NO_DOWNLOADS, type QueueWorker } from "./downloads_state.ts";
import { JobBoard } from "./job_board.ts";
import { isOpen } from "./job_list.ts";
import { PacedState } from "./paced_state.ts";
import { QueueLink } from "./queue_link.ts";

/** How often the queue is looked at for what nobody tells of, such as jobs that others have added or cleared. */
const LIST_EVERY_MS = 5_000;
/** After a job has changed, others may have another place: that is looked at once for all that change together. */
const LIST_SOON_MS = 250;
const SAMPLE_EVERY_MS = 1_000;
/** What runs here may take so long to stop; more than that, nobody waits. */
const STOP_LIMIT_MS = 1_000;
/** A listing is taken again when jobs have changed meanwhile, but not for ever. */
const MAX_LISTINGS = 3;

/** The downloads as the screens see them; opens nothing before somebody listens or asks. */
export function createDownloads(context: Omit<TuiContext, "downloads">): Downloads {
  return new DownloadsStore(context);
}

class DownloadsStore implements Downloads {
  readonly #context: Omit<TuiContext, "downloads">;
  readonly #board: JobBoard;
  readonly #activities: Activities;
  readonly #link: QueueLink;
  readonly #state: PacedState<DownloadsState>;
  #worker: QueueWorker = { kind: "nobody" };
  #rateLimit: number | string | undefined;
  #isLoading = true;
  #hasBegun = false;
  #isSampling = false;
  #isWatchingRate = false;
  #listing: Promise<void> | undefined;
  #nextListing: Promise<void> | undefined;
  #isListingDue = false;
  #complaint = "";

  constructor(context: Omit<TuiContext, "downloads">) {
    const { clock, signal } = context;
    this.#context = context;
    this.#board = new JobBoard(clock);
    this.#activities = new Activities({ clock, signal, onChange: () => this.#changed() });
    const initial = { ...NO_DOWNLOADS, isLoading: true };
    this.#state = new PacedState<DownloadsState>(initial, {
      clock,
      signal,
      build: (old) => this.#build(old),
    });
    this.#link = new QueueLink({
      clock,
      signal,
      queue: async () => (await context.manager()).queue,
      onEvent: (event) => {
        if (this.#board.handle(event)) this.#listSoon();
        this.#changed();
      },
      onOwner: (pid) => void this.#setOwner(pid),
      onNobody: () => this.#setNobody(),
      onSilent: () => void this.#setSilent(),
      onFailure: (error) => this.#complain(error),
    });
  }

  get(): DownloadsState {
    return this.#state.get();
  }

  subscribe(listener: () => void): () => void {
    this.#begin();
    return this.#state.subscribe(listener);
  }

  get worksHere(): boolean {
    if (this.#activities.isRunning) return true;
    return this.#link.isWorking && this.#board.jobs.some(isOpen);
  }

  async add(request: QueueAddRequest): Promise<void> {
    const { shell, session, manager } = this.#context;
    const { queue } = await manager();
    const results = await queue.add(request);
    const waiting = results.filter(({ job, error }) => error === undefined && job?.status !== "paused");
    if (waiting.length > 0) this.work();
    await this.refresh();
    const failed = results.find(({ error }) => error !== undefined)?.error;
    if (failed !== undefined) throw fromErrorData(failed);
    const paused = results.find(({ job }) => job?.status === "paused")?.job;
    if (paused !== undefined) {
      shell.say(`${paused.reference} is queued already, and is paused`, ["P on the downloads resumes it"]);
    } else if (this.#worker.kind === "other" && session.globals?.token !== undefined) {
      shell.say(TOKEN_STAYS.message, [TOKEN_STAYS.hint]);
    }
  }

  work(): void {
    this.#begin();
    void this.#watchRate();
    this.#link.want();
  }

  async track<Result>(title: string, run: TrackedRun<Result>): Promise<Result> {
    this.#begin();
    void this.#watchRate();
    return await this.#activities.track(title, run);
  }

  stopActivity(id: string): void {
    this.#activities.stop(id);
  }

  forgetEnded(): number {
    return this.#activities.forgetEnded();
  }

  async limitRate(limit: number | string | undefined): Promise<void> {
    const manager = await this.#context.manager();
    manager.setRateLimit(limit);
    this.#rateLimit = limit;
    this.#state.flush();
  }

  refresh(): Promise<void> {
    this.#begin();
    if (this.#listing === undefined) {
      return this.#listing = this.#list().finally(() => this.#listing = undefined);
    }
    // What is being asked may be old already; those who ask now share the next answer.
    return this.#nextListing ??= this.#listing.catch(() => {}).then(() => {
      this.#nextListing = undefined;
      return this.refresh();
    });
  }

  async stop(): Promise<void> {
    const waited = new AbortController();
    const stopped = Promise.all([this.#link.stop(), this.#activities.stopAll()]);
    const limit = this.#context.clock.sleep(STOP_LIMIT_MS, { signal: waited.signal }).catch(() => {});
    await Promise.race([stopped, limit]);
    waited.abort();
    this.#state.flush();
  }

  async handOver(): Promise<boolean> {
    const { manager, clock, signal, session, shell } = this.#context;
    const { queue } = await manager();
    await this.#link.stop();
    const start = await startQueueWork(queue, {
      clock,
      signal,
      start: (args) => session.startInBackground(args),
    });
    const problem = startProblem(start);
    if (problem === undefined) {
      await this.refresh();
      return true;
    }
    // What was at work here is to go on.
    this.work();
    shell.fail(problem);
    return false;
  }

  /** The first one that is interested makes all of it begin. */
  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#link.begin();
    void this.#readRateLimit();
    void this.#listAgainAndAgain();
  }

  #build(old: DownloadsState): DownloadsState {
    const { jobs, progress } = this.#board;
    const { list: activities } = this.#activities;
    const [worker, rateLimit, isLoading] = [this.#worker, this.#rateLimit, this.#isLoading];
    const isSame = jobs === old.jobs && progress === old.progress && activities === old.activities &&
      worker === old.worker && rateLimit === old.rateLimit && isLoading === old.isLoading;
    return isSame ? old : { jobs, progress, activities, worker, rateLimit, isLoading };
  }

  #changed(): void {
    this.#state.changed();
    void this.#sample();
  }

  #setWorker(worker: QueueWorker): void {
    if (JSON.stringify(worker) === JSON.stringify(this.#worker)) return;
    this.#worker = worker;
    this.#changed();
  }

  async #setOwner(pid: number | undefined): Promise<void> {
    this.#complaint = "";
    if (pid === undefined) return this.#setWorker({ kind: "here" });
    const before = this.#worker;
    const isDaemon = await this.#isDaemon(pid);
    // Meanwhile it may have ended.
    if (this.#worker === before) this.#setWorker({ kind: "other", pid, isDaemon });
  }

  #setNobody(): void {
    this.#board.lose();
    const wasWorked = this.#worker.kind !== "nobody";
    this.#setWorker({ kind: "nobody" });
    if (wasWorked) this.#listSoon();
  }

  async #setSilent(): Promise<void> {
    this.#board.lose();
    try {
      const owner = await (await this.#context.manager()).queue.silentOwner();
      if (owner === undefined) return this.#setWorker({ kind: "nobody" });
      const isDaemon = await this.#isDaemon(owner.pid);
      this.#setWorker({ kind: "other", pid: owner.pid, isDaemon, isSilent: true });
    } catch (error) {
      this.#complain(error);
    }
  }

  async #isDaemon(pid: number): Promise<boolean> {
    try {
      const { room, places } = await placesOf(this.#context.session);
      return (await room.findDaemon(places, this.#context.clock))?.pid === pid;
    } catch {
      return false;
    }
  }

  async #list(): Promise<void> {
    const { queue } = await this.#context.manager();
    for (let listing = 1;; listing++) {
      const { changes } = this.#board;
      const { wants } = this.#link;
      const jobs = await queue.list();
      if (changes !== this.#board.changes && listing < MAX_LISTINGS) continue;
      this.#board.list(jobs);
      this.#isLoading = false;
      if (!jobs.some(isOpen)) this.#link.rest(wants);
      return this.#state.flush();
    }
  }

  #listSoon(): void {
    if (this.#isListingDue) return;
    this.#isListingDue = true;
    const { clock, signal } = this.#context;
    clock.sleep(LIST_SOON_MS, { signal }).then(async () => {
      this.#isListingDue = false;
      await this.refresh();
    }).catch((error) => this.#complain(error));
  }

  async #listAgainAndAgain(): Promise<void> {
    const { clock, signal } = this.#context;
    while (!signal.aborted) {
      await this.refresh().catch((error) => this.#complain(error));
      await clock.sleep(LIST_EVERY_MS, { signal }).catch(() => {});
    }
  }

  /** Takes speeds each second, while there are any. */
  async #sample(): Promise<void> {
    if (this.#isSampling) return;
    this.#isSampling = true;
    const { clock, signal } = this.#context;
    while (!signal.aborted && (this.#board.isMoving || this.#activities.isRunning)) {
      await clock.sleep(SAMPLE_EVERY_MS, { signal }).catch(() => {});
      this.#board.sample();
      this.#activities.sample();
      this.#state.changed();
    }
    this.#isSampling = false;
  }

  async #readRateLimit(): Promise<void> {
    try {
      const { settings } = await this.#context.session.settings();
      this.#rateLimit ??= settings.download.limit_rate ?? undefined;
      this.#changed();
    } catch {
      // Who shows the settings says what is wrong with them.
    }
  }

  /** From the first download on: who turns the rate down in the settings wants to see it. */
  async #watchRate(): Promise<void> {
    if (this.#isWatchingRate) return;
    this.#isWatchingRate = true;
    const { session, signal } = this.#context;
    const onLimit = (limit: number | string | null): void => {
      this.limitRate(limit ?? undefined).catch((error) => this.#complain(error));
    };
    // The signal ends it; settings that cannot be read are no settings to follow.
    await watchRateLimit(session, { signal, onLimit }).catch(() => {});
  }

  /** Said once: it is tried again each second. */
  #complain(error: unknown): void {
    if (this.#context.signal.aborted || (isModelManagerError(error) && error.code === "CANCELLED")) return;
    const text = error instanceof Error ? error.message : String(error);
    if (text === this.#complaint) return;
    this.#complaint = text;
    this.#context.shell.fail(error);
  }
}

/** Why nobody in the background works the queue; `undefined` when somebody does, or there was nothing to do. */
function startProblem(start: QueueStart): ModelManagerError | undefined {
  switch (start.kind) {
    case "working":
    case "done":
      return undefined;
    case "suspended":
      return new ModelManagerError("LOCKED", silentOwnerText(start.owner), { hints: start.owner.hints });
    case "failed": {
      const { error, logPath } = start.run;
      return new ModelManagerError(
        error?.code === "CANCELLED" ? "FAILED" : error?.code ?? "FAILED",
        `The process in the background has failed: ${error?.message ?? "it does not say why"}`,
        { hints: [...error?.hints ?? [], `See what happened: cat "${logPath}"`] },
      );
    }
    default:
      return new ModelManagerError("FAILED", start.message, { hints: start.hints });
  }
}
