/**
 * The downloads of the terminal UI: one for all screens, whatever is shown.
 *
 * @module
 */
import type { QueueAddRequest } from "../../../mod.ts";
import type { JobRecord } from "../../../core/operations/model_manager.ts";
import type { TuiContext } from "../context.ts";
import { Activities } from "./activities.ts";
import { addToQueue } from "./add_to_queue.ts";
import { createComplaint } from "./complaint.ts";
import type { Downloads, TrackedRun } from "./downloads.ts";
import { type DownloadsState, NO_DOWNLOADS } from "./downloads_state.ts";
import { JobBoard } from "./job_board.ts";
import { isOpen } from "./job_list.ts";
import { PacedState } from "./paced_state.ts";
import { QueueLink } from "./queue_link.ts";
import { QueueLister } from "./queue_lister.ts";
import { RateLimit, type RateLimitValue } from "./rate_limit.ts";
import { startInBackground } from "./start_in_background.ts";
import { WorkerWatch } from "./worker_watch.ts";

const SAMPLE_EVERY_MS = 1_000;
/** What runs here may take so long to stop; more than that, nobody waits. */
const STOP_LIMIT_MS = 1_000;

/** What the downloads work with. */
type Context = Omit<TuiContext, "downloads">;

/** The downloads as the screens see them; opens nothing before somebody listens or asks. */
export function createDownloads(context: Context): Downloads {
  return new DownloadsStore(context);
}

class DownloadsStore implements Downloads {
  readonly #context: Context;
  readonly #board: JobBoard;
  readonly #activities: Activities;
  readonly #link: QueueLink;
  readonly #lister: QueueLister;
  readonly #watch: WorkerWatch;
  readonly #rateLimit: RateLimit;
  readonly #state: PacedState<DownloadsState>;
  #isLoading = true;
  #hasBegun = false;
  #isSampling = false;

  constructor(context: Context) {
    const { clock, signal } = context;
    const changed = (): void => this.#changed();
    const complaint = createComplaint(context);
    const onFailure = complaint.say;
    this.#context = context;
    this.#board = new JobBoard(clock);
    this.#activities = new Activities({ clock, signal, onChange: changed });
    this.#watch = new WorkerWatch(context, changed);
    const initial = { ...NO_DOWNLOADS, isLoading: true };
    this.#state = new PacedState<DownloadsState>(initial, {
      clock,
      signal,
      build: (old) => this.#build(old),
    });
    this.#rateLimit = new RateLimit(context, { onChange: () => this.#state.flush(), onFailure });
    this.#lister = new QueueLister({
      clock,
      signal,
      list: async () => await (await context.manager()).queue.list(),
      changes: () => this.#board.changes,
      onList: () => this.#takeListing(),
      onFailure,
    });
    this.#link = new QueueLink({
      clock,
      signal,
      queue: async () => (await context.manager()).queue,
      onEvent: (event) => {
        if (this.#board.handle(event)) this.#lister.soon();
        this.#changed();
      },
      onOwner: (pid) => {
        complaint.forget();
        void this.#watch.setOwner(pid);
      },
      onNobody: () => {
        const { kind } = this.#watch.worker;
        this.#board.lose();
        this.#watch.setNobody();
        if (kind !== "nobody") this.#lister.soon();
      },
      onSilent: () => {
        this.#board.lose();
        this.#watch.setSilent().catch(onFailure);
      },
      onFailure,
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
    await addToQueue(this.#context, request, {
      onWaiting: () => this.work(),
      refresh: () => this.refresh(),
      worker: () => this.#watch.worker,
    });
  }

  work(): void {
    this.#begin();
    void this.#rateLimit.watch();
    this.#link.want();
  }

  async track<Result>(title: string, run: TrackedRun<Result>): Promise<Result> {
    this.#begin();
    void this.#rateLimit.watch();
    return await this.#activities.track(title, run);
  }

  stopActivity(id: string): void {
    this.#activities.stop(id);
  }

  forgetEnded(): number {
    return this.#activities.forgetEnded();
  }

  async limitRate(limit: RateLimitValue): Promise<void> {
    await this.#rateLimit.set(limit);
  }

  async refresh(): Promise<void> {
    this.#begin();
    await this.#lister.refresh();
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
    await this.#link.stop();
    const problem = await startInBackground(this.#context);
    if (problem === undefined) {
      await this.refresh();
      return true;
    }
    // What was at work here is to go on.
    this.work();
    this.#context.shell.fail(problem);
    return false;
  }

  /** The first one that is interested makes all of it begin. */
  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#link.begin();
    void this.#rateLimit.read();
    void this.#lister.begin();
  }

  #build(old: DownloadsState): DownloadsState {
    const { jobs, progress } = this.#board;
    const { list: activities } = this.#activities;
    const { worker } = this.#watch;
    const [rateLimit, isLoading] = [this.#rateLimit.value, this.#isLoading];
    const isSame = jobs === old.jobs && progress === old.progress && activities === old.activities &&
      worker === old.worker && rateLimit === old.rateLimit && isLoading === old.isLoading;
    return isSame ? old : { jobs, progress, activities, worker, rateLimit, isLoading };
  }

  #changed(): void {
    this.#state.changed();
    void this.#sample();
  }

  #takeListing(): (jobs: readonly JobRecord[]) => void {
    const { wants } = this.#link;
    return (jobs) => {
      this.#board.list(jobs);
      this.#isLoading = false;
      if (!jobs.some(isOpen)) this.#link.rest(wants);
      this.#state.flush();
    };
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
}
