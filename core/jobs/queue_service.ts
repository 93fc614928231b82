/**
 * The queue as others see it, here or across a socket.
 *
 * @module
 */
import type { JobResult, QueueCommand } from "./commands.ts";
import type { JobList } from "./job_queue.ts";
import type { QueueEvent } from "./queue_events.ts";

/** What the process that works the queue offers to others. */
export interface QueueService {
  /** The jobs, with the bytes of this moment. */
  list(): Promise<JobList>;
  /** Does it, and acts on it at once. */
  execute(command: QueueCommand): Promise<JobResult[]>;
  /** Listens to all events; first of all, the listener is told where everything is. */
  subscribe(listener: (event: QueueEvent) => void): Disposable;
}

/** A service that others can reach. */
export interface QueueServer extends AsyncDisposable {
  /** Answers what has been asked, refuses what comes, and tells listeners that this is the end. */
  close(): Promise<void>;
}

/** The process that works the queue, reached from another one. */
export interface QueueConnection extends Disposable {
  readonly pid: number;
  /** The jobs; `undefined` when that process has gone. */
  list(): Promise<JobList | undefined>;
  /**
   * Lets it do something; `undefined` when it has gone or is about to.
   *
   * @throws {ModelManagerError} What the other process throws.
   */
  execute(command: QueueCommand): Promise<JobResult[] | undefined>;
  /** Everything that happens there, to the end of its work; ends when it dies, too. */
  events(signal: AbortSignal | undefined): AsyncIterable<QueueEvent>;
}

/** How processes find each other. */
export interface QueueControl {
  /** The process that works the queue, if there is one that can be reached. */
  connect(): Promise<QueueConnection | undefined>;
  /** Lets others reach this process; it must have the lock. */
  serve(service: QueueService): Promise<QueueServer>;
}
