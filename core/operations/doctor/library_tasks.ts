/**
 * Looks at the state and the library, with what it takes.
 *
 * @module
 */
import { join } from "node:path";
import { ModelManagerError } from "../../base/errors.ts";
import { parseLeftoverName } from "../../library/leftover_names.ts";
import { partialFoldersIn } from "../../library/partials.ts";
import { inspectRegistry } from "../../library/registry_inspection.ts";
import { readDirectory } from "../../platform/directory.ts";
import { inspectStore } from "../../platform/kv_inspection.ts";
import { isKvEnabled, withKvRetry } from "../../platform/kv.ts";
import { findLockHolder } from "../../platform/lock_state.ts";
import { recordKinds } from "../../state/record_kinds.ts";
import { type CleanupContext, planLeftovers } from "../cleanup.ts";
import type { DoctorHost, DoctorRequest } from "./host.ts";
import {
  checkFiles,
  checkLeftovers,
  checkProcesses,
  checkRegistry,
  type ProcessFacts,
} from "./library_checks.ts";
import type { CheckTask, Need } from "./run_checks.ts";
import { checkRecords, checkState, type StatePorts } from "./state_checks.ts";
import { needsOf, once } from "./task_parts.ts";

/** The store. */
export function stateTasks(host: DoctorHost): CheckTask[] {
  const { store, directories, context: { clock } } = host;
  const ports: StatePorts = {
    location: store.location,
    isFile: store.isFile,
    isEnabled: isKvEnabled(),
    inspect: once(() => inspectStore(store.location)),
    async tryOut() {
      const kv = await store.open();
      const key = ["doctor", crypto.randomUUID()];
      await withKvRetry(() => kv.set(key, "x", { expireIn: 60_000 }), { clock });
      const { value } = await kv.get(key);
      await withKvRetry(() => kv.delete(key), { clock });
      if (value !== "x") {
        throw new ModelManagerError("FAILED", "What is written to the state cannot be read again");
      }
    },
    kinds: async () => (await recordKinds(await store.open())).filter(({ kind }) => kind !== "doctor"),
  };
  const needs: Need[] = store.isFile
    ? needsOf(directories.state)
    : URL.canParse(store.location)
    ? [{ name: "net", scope: new URL(store.location).host }]
    : [];
  return [
    { id: "state", group: "state", title: "store", needs, run: () => checkState(ports) },
    { id: "state.records", group: "state", title: "records", needs, run: () => checkRecords(ports) },
  ];
}

/** The registry and the files that it names. */
export function libraryTasks(host: DoctorHost, { homeProblem }: DoctorRequest): CheckTask[] {
  const { settings: { models_dir: path }, context } = host;
  const registry = once(() => inspectRegistry(path));
  const needs: Need[] = [{ name: "read", scope: path }];
  const group = "library";
  return [
    { id: "registry", group, title: "registry", needs, run: async () => checkRegistry(await registry()) },
    { id: "registry.files", group, title: "files", needs, run: async () => checkFiles(await registry()) },
    {
      id: "leftovers",
      group,
      title: "leftovers",
      needs,
      run: async () => checkLeftovers(await planLeftovers(withoutQuota(context))),
    },
    ...(homeProblem === undefined
      ? [
        {
          id: "processes",
          group,
          title: "processes",
          needs,
          run: async () => checkProcesses(await processFacts(host)),
        } as const,
      ]
      : []),
  ];
}

/** Models that are too many have a line of their own; and to weigh them would put a damaged registry right. */
function withoutQuota({ clock, library, ownFolders, settings }: DoctorHost["context"]): CleanupContext {
  return { clock, library, ownFolders, settings: { ...settings, maxTotalBytes: undefined } };
}

/** Name of the lock of one download: its run's number. */
function isRunLock(name: string): boolean {
  const parsed = parseLeftoverName(name);
  return parsed?.kind === "lock" && parsed.key?.length === 8;
}

async function processFacts(host: DoctorHost): Promise<ProcessFacts> {
  const { settings: { models_dir: modelsDir }, directories, store, context: { clock } } = host;
  const folders = await partialFoldersIn(modelsDir).catch(() => []);
  const locks: string[] = [];
  for (const folder of folders) {
    const names = await readDirectory(folder).catch(() => []);
    locks.push(...names.filter(({ name }) => isRunLock(name)).map(({ name }) => join(folder, name)));
  }
  const [queueOwner, queueLock, registryLock, ...runs] = await Promise.all([
    host.queueOwner().catch(() => undefined),
    store.isFile ? findLockHolder(join(directories.state, "queue", "owner.lock"), clock) : undefined,
    findLockHolder(join(modelsDir, "registry.json.lock"), clock),
    ...locks.map((lock) => findLockHolder(lock, clock)),
  ]);
  return { queueOwner, queueLock, registryLock, runs: runs.filter((run) => run !== undefined) };
}
