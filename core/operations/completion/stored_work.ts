/**
 * Jobs, schedules and history, at a glance: from the database as it stands on the disk.
 *
 * @module
 */
import { openKvReader } from "../../platform/kv_reader.ts";
import { readRecord } from "../../state/history_value.ts";

/** A job of the queue. */
export interface StoredJob {
  readonly id: string;
  readonly reference: string;
  readonly status: string;
}

/** A schedule. */
export interface StoredSchedule {
  readonly name: string;
  readonly enabled: boolean;
  /** When it is due. */
  readonly description: string;
}

/** A record of the history. */
export interface StoredTransfer {
  readonly id: string;
  readonly repo: string;
  readonly reference: string;
  readonly status: string;
  /** ISO 8601, UTC. */
  readonly endedAt: string;
}

/** What the database holds; each method reads it anew. */
export interface StoredWork {
  jobs(): Promise<readonly StoredJob[]>;
  /** By name. */
  schedules(): Promise<readonly StoredSchedule[]>;
  /** The newest first, at most a thousand. */
  transfers(): Promise<readonly StoredTransfer[]>;
}

/** The texts of these fields; `undefined` when one of them is none. */
function texts<K extends string>(value: unknown, names: readonly K[]): Record<K, string> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const found = names.map((name) => [name, fields[name]] as const);
  if (!found.every(([, text]) => typeof text === "string")) return undefined;
  return Object.fromEntries(found) as Record<K, string>;
}

function timing(value: object): string {
  const { type, time, cron, until } = value as Readonly<Record<string, unknown>>;
  const when = typeof cron === "string"
    ? cron
    : `${String(type)} ${typeof time === "string" ? time : ""}`.trim();
  return typeof until === "string" ? `${when} until ${until}` : when;
}

function toSchedule(value: unknown): StoredSchedule | undefined {
  const found = texts(value, ["name", "type"]);
  if (found === undefined || typeof value !== "object" || value === null) return undefined;
  const enabled = !("enabled" in value) || value.enabled !== false;
  return { name: found.name, enabled, description: `${timing(value)}${enabled ? "" : ", disabled"}` };
}

function toTransfer(value: unknown, key: Deno.KvKey): StoredTransfer | undefined {
  const record = readRecord(key[1], value);
  if (typeof record === "string") return undefined;
  const { id, repo, reference, status, endedAt } = record;
  return { id, repo, reference, status, endedAt };
}

/** Reads the database at a path; one that is not there holds nothing. */
export function readStoredWork(path: string): StoredWork {
  const read = async <T>(
    range: Parameters<Awaited<ReturnType<typeof openKvReader>>["records"]>[0],
    decode: (value: unknown, key: Deno.KvKey) => T | undefined,
  ): Promise<readonly T[]> => {
    using reader = await openKvReader(path);
    return [...reader.records(range)].map(({ key, value }) => decode(value, key))
      .filter((each) => each !== undefined);
  };
  return {
    jobs: () => read({ prefix: ["jobs"] }, (value) => texts(value, ["id", "reference", "status"])),
    schedules: () => read({ prefix: ["schedules"] }, toSchedule),
    transfers: () => read({ prefix: ["history"], reverse: true }, toTransfer),
  };
}
