/**
 * The downloads as all screens see them.
 *
 * @module
 */
import type { DownloadEvent, QueueAddRequest } from "../../../mod.ts";
import type { DownloadsState } from "./downloads_state.ts";

/** Something that downloads without the queue; given as a function, it can be stopped. */
export type TrackedRun<Result> =
  | AsyncGenerator<DownloadEvent, Result, undefined>
  | ((signal: AbortSignal) => AsyncGenerator<DownloadEvent, Result, undefined>);

/** The downloads: they go on whatever screen is shown. */
export interface Downloads {
  /** As of now. */
  get(): DownloadsState;
  /** Listens until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /**
   * Queues references and sees to it that somebody works on them: who works the queue already, else this process.
   *
   * @throws {ModelManagerError} what is wrong with the first reference that cannot be queued.
   */
  add(request: QueueAddRequest): Promise<void>;
  /** Begins to work the queue here, when nobody does. */
  work(): void;
  /**
   * Runs something that downloads without the queue, and shows it among the downloads. @returns its result.
   *
   * @param run Best as a function: what it makes is to stop by the signal that it is given.
   */
  track<Result>(title: string, run: TrackedRun<Result>): Promise<Result>;
  /** Stops what {@link track} runs, by the id of its activity. */
  stopActivity(id: string): void;
  /** Forgets the activities that have ended. @returns how many there were */
  forgetEnded(): number;
  /**
   * Limits the rate of what this process downloads, until it ends.
   *
   * @param limit Bytes a second, the text of a timetable, or `undefined` for none.
   * @throws {ModelManagerError} `USAGE_ERROR` when it is no rate.
   */
  limitRate(limit: number | string | undefined): Promise<void>;
  /** Looks at the queue again, now rather than at the next look. */
  refresh(): Promise<void>;
  /** Whether leaving would stop something. */
  readonly worksHere: boolean;
  /** Stops what runs here; what has been fetched is kept. */
  stop(): Promise<void>;
  /** Lets a process in the background take the queue over. @returns whether one could be started. */
  handOver(): Promise<boolean>;
}
