/**
 * The queue wired to this machine: its store, its lock, its socket. All of it is loaded when it is first used.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { pid } from "node:process";
import type { JobQueue } from "../jobs/job_queue.ts";
import type { QueueControl } from "../jobs/queue_service.ts";
import type { OperationContext } from "../operations/context.ts";
import type { Queue, QueueParts, QueueRunOptions } from "../operations/queue.ts";
import { controlPlaces } from "./address_file.ts";

/** What the queue needs of the program. */
export interface QueueHost {
  readonly context: OperationContext;
  readonly stateDir: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Jobs at once. */
  readonly maxConcurrent: number;
  /** The program's store; other machines may use it as well when it is not a file. */
  readonly store: { readonly isFile: boolean; open(): Promise<Deno.Kv> };
  /** What a job is pulled with that is for another library or Hub than the program's own. */
  readonly contextFor: QueueParts["contextFor"];
}

function controlOf({ stateDir, environment }: QueueHost): QueueControl {
  const places = controlPlaces(stateDir, {
    runtimeDir: environment["XDG_RUNTIME_DIR"],
    key: createHash("sha256").update(stateDir).digest("hex").slice(0, 16),
  });
  return {
    async connect() {
      const { connectControl } = await import("./control_client.ts");
      return await connectControl(places);
    },
    async serve(service) {
      const { serveControl } = await import("./control_server.ts");
      return await serveControl({ service, places, pid });
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
  const parts: QueueParts = {
    context: host.context,
    control: controlOf(host),
    lockPath: join(host.stateDir, "queue", "owner.lock"),
    maxConcurrent: host.maxConcurrent,
    alone: host.store.isFile,
    jobs: () => jobs ??= openJobs(),
    contextFor: host.contextFor,
  };
  let made: Promise<Queue> | undefined;
  const queue = (): Promise<Queue> =>
    made ??= import("../operations/queue.ts").then((m) => m.createQueue(parts));
  return {
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
    run: async function* (options?: QueueRunOptions) {
      return yield* (await queue()).run(options);
    },
  };
}
