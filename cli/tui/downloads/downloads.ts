/**
 * The downloads as all screens see them.
 *
 * @module
 */
import type { DownloadEvent, QueueAddRequest } from "../../../mod.ts";
import type { DownloadsState } from "./downloads_state.ts";

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
  /** Runs something that downloads without the queue, and shows it among the downloads. @returns its result. */
  track<Result>(title: string, run: AsyncGenerator<DownloadEvent, Result, undefined>): Promise<Result>;
  /** Looks at the queue again, now rather than at the next look. */
  refresh(): Promise<void>;
  /** Whether leaving would stop something. */
  readonly worksHere: boolean;
  /** Stops what runs here; what has been fetched is kept. */
  stop(): Promise<void>;
  /** Lets a process in the background take the queue over. @returns whether one could be started. */
  handOver(): Promise<boolean>;
}
