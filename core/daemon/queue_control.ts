/**
 * The queue in the control protocol: `GET /v1/jobs`, `POST /v1/commands` with a {@link QueueCommand}, and
 * `GET /v1/events`.
 *
 * @module
 */
import { type QueueCommand, readCommand } from "../jobs/commands.ts";
import type { JobResult } from "../jobs/commands.ts";
import type { JobList } from "../jobs/job_queue.ts";
import { queueCoalesceKey, type QueueEvent } from "../jobs/queue_events.ts";
import type { QueueConnection, QueueService } from "../jobs/queue_service.ts";
import type { ControlClient } from "./control_client.ts";
import type { ControlCall, ControlStream } from "./control_server.ts";

const JOBS = "GET /v1/jobs";
const COMMANDS = "POST /v1/commands";
const EVENTS = "GET /v1/events";

/** What can be asked of a queue. */
export function queueCalls(service: QueueService): Readonly<Record<string, ControlCall>> {
  return {
    [JOBS]: () => service.list(),
    [COMMANDS]: async (body) => ({ results: await service.execute(readCommand(body)) }),
  };
}

/** What can be heard of a queue. */
export function queueStreams(service: QueueService): Readonly<Record<string, ControlStream>> {
  return { [EVENTS]: (listener) => service.subscribe((event) => listener(event, queueCoalesceKey(event))) };
}

/** The queue of another process. */
export function queueConnection(client: ControlClient): QueueConnection {
  return {
    pid: client.pid,
    list: () => client.call<JobList>(JOBS),
    execute: async (command: QueueCommand) =>
      (await client.call<{ readonly results: JobResult[] }>(COMMANDS, command))?.results,
    events: (signal) => client.listen<QueueEvent>(EVENTS, signal),
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}
