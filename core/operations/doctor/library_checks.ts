/**
 * The library: its registry, the files that it names, what interrupted downloads have left, and who is at work on it.
 *
 * @module
 */
import { formatByteSize } from "../../base/byte_size.ts";
import type { RegistryInspection } from "../../library/registry_inspection.ts";
import type { LockOwner } from "../../platform/lock_owner.ts";
import type { CleanupResult } from "../cleanup.ts";
import { type Finding, ok, problem, warning } from "./check.ts";

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

const PUT_RIGHT = "Put it together again from its backup and from what is on disk: mm list";

/** Whether the registry can be read, and its backup stands ready. */
export function checkRegistry(registry: RegistryInspection): Finding {
  const { path, state, problems, refusal, backup, entries } = registry;
  const more = [`backup: ${backup}`];
  if (refusal !== undefined) return problem(refusal.message, refusal.hints, { more });
  if (state === "damaged") {
    return problem(`"${path}" is damaged: ${problems[0] ?? "it cannot be read"}`, [PUT_RIGHT], {
      more: [...problems.slice(1, 10), ...more],
    });
  }
  if (state === "absent") {
    return backup === "absent"
      ? ok(`"${path}", not there yet`)
      : problem(`"${path}" is gone, its backup is there`, [PUT_RIGHT], { more });
  }
  const detail = `"${path}", ${plural(entries.length, "entry").replace("entrys", "entries")}`;
  return backup === "damaged"
    ? ok(`${detail}; the backup is damaged, the next change renews it`)
    : ok(detail, { more });
}

/** Whether the registered files are there, by name and size. */
export function checkFiles({ entries, missing, changed }: RegistryInspection): Finding {
  const count = entries.reduce((sum, { metadata }) => sum + metadata.files.length, 0);
  if (missing.length === 0 && changed.length === 0) {
    return ok(count === 0 ? "none yet" : `${plural(count, "file")} there, by name and size`);
  }
  const parts = [
    ...(missing.length === 0 ? [] : [`${plural(missing.length, "file")} missing`]),
    ...(changed.length === 0 ? [] : [`${plural(changed.length, "file")} of another size than registered`]),
  ];
  return warning(`${parts.join(", ")}: ${missing[0] ?? changed[0]}`, [
    "Fetch what is wrong or missing again: mm verify --repair",
    "Or forget the model: mm remove REF",
  ], { more: [...missing, ...changed].slice(1, 20) });
}

/** Less than this is not worth a word. */
const WORTH_BYTES = 100_000_000;

/** What a cleanup would free. */
export function checkLeftovers(
  { removed, bytesFreed, problems }: Pick<CleanupResult, "removed" | "bytesFreed" | "problems">,
): Finding {
  const more = problems.map(({ message }) => message);
  if (removed.length === 0) return ok("none", { more });
  const detail = `${plural(removed.length, "leftover")}: mm cleanup would free ${formatByteSize(bytesFreed)}`;
  return bytesFreed < WORTH_BYTES
    ? ok(detail, { more })
    : warning(detail, ["See them: mm cleanup --dry-run", "Delete them: mm cleanup"], { more });
}

/** Who is at work. */
export interface ProcessFacts {
  /** The process that works the queue, when it answers. */
  readonly queueOwner: { readonly pid: number } | undefined;
  /** Who holds the queue's lock. */
  readonly queueLock: LockOwner | undefined;
  /** Who changes the registry just now. */
  readonly registryLock: LockOwner | undefined;
  /** Downloads under way. */
  readonly runs: readonly LockOwner[];
}

/** Processes of the program on this library; one that holds the queue and does not answer hangs. */
export function checkProcesses(facts: ProcessFacts): Finding {
  const { queueOwner, queueLock, registryLock, runs } = facts;
  const name = ({ pid, host, startedAt }: LockOwner): string =>
    `process ${pid} on "${host}" since ${startedAt}`;
  const more = [
    ...runs.map((run) => `download: ${name(run)}`),
    ...(registryLock === undefined ? [] : [`registry: ${name(registryLock)}`]),
  ];
  if (queueOwner === undefined && queueLock !== undefined) {
    return warning(`the queue is held by ${name(queueLock)}, which does not answer`, [
      `See what it is: ps -p ${queueLock.pid}`,
      `End it, then work the queue here: kill ${queueLock.pid}, then mm queue run`,
    ], { more });
  }
  const parts = [
    ...(queueOwner === undefined ? [] : [`process ${queueOwner.pid} works the queue`]),
    ...(runs.length === 0 ? [] : [`${plural(runs.length, "download")} under way`]),
  ];
  return ok(parts.length === 0 ? "nobody else is at work" : parts.join(", "), { more });
}
