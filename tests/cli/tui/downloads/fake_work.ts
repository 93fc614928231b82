/**
 * A queue of which a test says who works it, and what happens there; and the downloads of a terminal UI over it.
 *
 * @module
 */
import { cancelledError } from "../../../../core/base/errors.ts";
import { EventStream } from "../../../../core/base/event_stream.ts";
import type {
  JobRecord,
  JobResult,
  ModelManager,
  Queue,
  QueueEvent,
  QueueRunOptions,
  QueueRunResult,
} from "../../../../core/operations/model_manager.ts";
import type { TuiSession } from "../../../../cli/tui/context.ts";
import { createDownloads } from "../../../../cli/tui/downloads/create_downloads.ts";
import type { Downloads } from "../../../../cli/tui/downloads/downloads.ts";
import { fakeManager, fakeQueue } from "../../../support/fake_manager.ts";
import { settle, TestClock } from "../../../support/test_clock.ts";
import { FakeShell } from "../../../support/tui_screens.ts";

/** One call of `queue.run`. */
export interface FakeRun {
  readonly options: QueueRunOptions;
  readonly events: EventStream<QueueEvent>;
}

/** A queue at a test's command. */
export class FakeWork {
  /** What `list` gives. */
  jobs: readonly JobRecord[] = [];
  /** Another process that works the queue. */
  otherPid: number | undefined;
  /** What `run` fails with. */
  failure: unknown;
  /** Runs that have begun and have somebody to follow, or work themselves. */
  readonly runs: FakeRun[] = [];
  /** All calls of `run`, those that found nobody included. */
  calls = 0;
  lists = 0;
  readonly queue: Queue;

  constructor(change: Partial<Queue> = {}) {
    this.queue = fakeQueue({
      list: () => {
        this.lists++;
        return Promise.resolve(this.jobs);
      },
      run: (options = {}) => this.#run(options),
      add: ({ references }) => Promise.resolve(references.map((reference) => this.#add(reference))),
      ...change,
    });
  }

  /** The latest run. */
  get run(): FakeRun {
    const run = this.runs.at(-1);
    if (run === undefined) throw new TypeError("Nobody has run the queue");
    return run;
  }

  /** Lets a job change, in the store and for who follows. */
  change(job: JobRecord): void {
    this.jobs = this.jobs.some(({ id }) => id === job.id)
      ? this.jobs.map((each) => each.id === job.id ? job : each)
      : [...this.jobs, job];
    this.run.events.push({ type: "job", jobId: job.id, job });
  }

  #add(reference: string): JobResult {
    const [, id = reference] = /^acme\/([^:]+)/.exec(reference) ?? [];
    const job = this.jobs.find((each) => each.id === id);
    return job === undefined
      ? {
        id: reference,
        changed: false,
        error: { code: "USAGE_ERROR", message: `Cannot read "${reference}"`, hints: [], causes: [] },
      }
      : { id, changed: true, job };
  }

  async *#run(options: QueueRunOptions): AsyncGenerator<QueueEvent, QueueRunResult, undefined> {
    this.calls++;
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    const nobody = { jobs: [], ownerPid: undefined };
    if (options.takeOver === false && this.otherPid === undefined) return nobody;
    const run: FakeRun = { options, events: new EventStream() };
    const stop = (): void => run.events.fail(cancelledError());
    if (options.signal?.aborted === true) stop();
    options.signal?.addEventListener("abort", stop);
    this.runs.push(run);
    options.onOwner?.(this.otherPid);
    yield* run.events;
    return nobody;
  }
}

/** Downloads of a terminal UI over a {@link FakeWork}. */
export interface TestDownloads extends AsyncDisposable {
  readonly downloads: Downloads;
  readonly work: FakeWork;
  readonly clock: TestClock;
  readonly shell: FakeShell;
  readonly abort: AbortController;
  /** How often it was told of changes. */
  readonly told: () => number;
  /** Lets time pass. */
  advance(ms: number): Promise<void>;
}

/** Starts them, with somebody who listens. */
export async function startDownloads(
  work: FakeWork,
  options: { readonly manager?: Partial<ModelManager>; readonly session?: Partial<TuiSession> } = {},
): Promise<TestDownloads> {
  const clock = new TestClock();
  const abort = new AbortController();
  const shell = new FakeShell();
  const manager = fakeManager({ queue: work.queue, ...options.manager });
  const downloads = createDownloads({
    session: { clock, environment: {}, ...options.session } as TuiSession,
    clock,
    signal: abort.signal,
    manager: () => Promise.resolve(manager),
    shell,
  });
  let told = 0;
  downloads.subscribe(() => told++);
  await settle();
  return {
    downloads,
    work,
    clock,
    shell,
    abort,
    told: () => told,
    advance: (ms) => clock.advance(ms),
    async [Symbol.asyncDispose]() {
      abort.abort();
      await settle();
    },
  };
}
