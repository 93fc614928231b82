/**
 * The queue wired to this machine: its store, its lock, its socket. All of it is loaded when it is first used.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { pid } from "node:process";
import type { JobLimit } from "../jobs/job_limit.ts";
import type { JobPlaces } from "../jobs/job_places.ts";
import type { JobQueue } from "../jobs/job_queue.ts";
import type { QueueControl } from "../jobs/queue_service.ts";
import type { OperationContext } from "../operations/context.ts";
import type { Queue, QueueParts } from "../operations/queue.ts";
import type { QueueRunOptions } from "../operations/queue_run.ts";
import { controlPlaces } from "./address_file.ts";

/** What the queue needs of the program. */
export interface QueueHost {
  readonly context: OperationContext;
  readonly stateDir: string;
  /** Absolute; of logs. */
  readonly logsDir: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Jobs at once. */
  readonly limits: JobLimit;
  /** What it shares with schedules. */
  readonly places: JobPlaces;
  /** The program's store; other machines may use it as well when it is not a file. */
  readonly store: { readonly isFile: boolean; readonly location: string; open(): Promise<Deno.Kv> };
  /** Id of this installation, see `installationId`. */
  installation(): Promise<string>;
  /** What a job is pulled with that is for another library or Hub than the program's own. */
  readonly contextFor: QueueParts["contextFor"];
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/**
 * The folder of the lock and the socket: each store has its own, so that who uses another one never talks to a process
 * that works on this one.
 */
function folderOf({ stateDir, store }: QueueHost): string {
  return join(stateDir, store.isFile ? "queue" : `queue-${hashOf(store.location)}`);
}

function controlOf(host: QueueHost): QueueControl {
  const folder = folderOf(host);
  const places = controlPlaces(folder, {
    runtimeDir: host.environment["XDG_RUNTIME_DIR"],
    key: hashOf(folder),
  });
  return {
    async connect() {
      const [{ connectControl }, { queueConnection }] = await Promise.all([
        import("./control_client.ts"),
        import("./queue_control.ts"),
      ]);
      const client = await connectControl(places);
      return client === undefined ? undefined : queueConnection(client);
    },
    async serve(service) {
      const [{ serveControl }, { queueCalls, queueStreams }] = await Promise.all([
        import("./control_server.ts"),
        import("./queue_control.ts"),
      ]);
      return await serveControl({
        places,
        pid,
        calls: queueCalls(service),
        streams: queueStreams(service),
      });
    },
  };
}

/** The queue of the program. */
export function wireQueue(host: QueueHost): Queue {
  let jobs: Promise<JobQueue> | undefined;
  const openJobs = async (): Promise<JobQueue> => {
    const [{ JobQueue }, { JobStore }, kv] = await Promise.all([
      import("../jobs/job_queue.ts"),
      import("../state/jobs.ts"),
      host.store.open(),
    ]);
    const { clock } = host.context;
    return new JobQueue(new JobStore(kv, { clock }), { clock });
  };
  const { limits, places } = host;
  const parts: QueueParts = {
    context: host.context,
    control: controlOf(host),
    lockPath: join(folderOf(host), "owner.lock"),
    background: { folder: folderOf(host), logPath: join(host.logsDir, "queue.log") },
    limits,
    places,
    alone: host.store.isFile,
    installation: () => host.installation(),
    jobs: () => jobs ??= openJobs(),
    contextFor: host.contextFor,
  };
  let made: Promise<Queue> | undefined;
  const queue = (): Promise<Queue> =>
    made ??= import("../operations/queue.ts").then((m) => m.createQueue(parts));
  return {
    isShared: !host.store.isFile,
    list: async () => await (await queue()).list(),
    add: async (request) => await (await queue()).add(request),
    pause: async (ids) => await (await queue()).pause(ids),
    resume: async (ids) => await (await queue()).resume(ids),
    retry: async (ids) => await (await queue()).retry(ids),
    cancel: async (ids) => await (await queue()).cancel(ids),
    setPriority: async (ids, priority) => await (await queue()).setPriority(ids, priority),
    move: async (id, place) => await (await queue()).move(id, place),
    clear: async (options) => await (await queue()).clear(options),
    owner: async () => await (await queue()).owner(),
    silentOwner: async () => await (await queue()).silentOwner(),
    run: async function* (options?: QueueRunOptions) {
      return yield* (await queue()).run(options);
    },
    runInBackground: async (options) => await (await queue()).runInBackground(options),
    setMaxConcurrent: (jobs) => limits.set(jobs),
    lastBackgroundRun: async () => await (await queue()).lastBackgroundRun(),
  };
}
