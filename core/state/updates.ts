/**
 * What update checks have found, in Deno KV: one record a repository and revision, and one that says when everything
 * was last looked at.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { withKvRetry } from "../platform/kv.ts";

/** What was found out of one model. */
export interface SeenUnit {
  /** Names the contents that were compared: what was found holds as long as they are the same. */
  readonly contentKey: string;
  /** What the comparison has shown, in its own words. */
  readonly verdict: string;
  /** The same in the words of a list; left out when it has none for it. */
  readonly badge?: string | undefined;
  /** Size of what is to be fetched. */
  readonly bytesToFetch: number;
}

/** What was found out of the models of one repository and revision. */
export interface SeenRepo {
  /** As the library has it. */
  readonly repo: string;
  /** Branch or tag that the models follow. */
  readonly revision: string;
  /** ISO 8601, UTC. */
  readonly checkedAt: string;
  /** 40 hexadecimal digits; `undefined` when the repository is gone. */
  readonly commit: string | undefined;
  readonly units: readonly SeenUnit[];
}

/** When everything was last looked at, and how that went. */
interface Schedule {
  readonly v: 1;
  /** In milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Checks since the last one that came to its end; one that is under way is among them. */
  readonly failures: number;
}

interface StoredRepo extends SeenRepo {
  readonly v: 1;
}

const REPOS = "updates";
const SCHEDULE = "updates_schedule";
const READ_BATCH = 1000;
/** A value may have 64 KiB; what is beyond is not known until somebody asks. */
const MAX_UNITS = 300;
/** After a failure, or a process that has died: doubled with each further one. */
const FIRST_RETRY_MS = 15 * 60_000;

function isStoredRepo(value: unknown): value is StoredRepo {
  if (typeof value !== "object" || value === null) return false;
  const { v, repo, revision, checkedAt, units } = value as Partial<Record<keyof StoredRepo, unknown>>;
  return v === 1 && typeof repo === "string" && typeof revision === "string" &&
    typeof checkedAt === "string" && Array.isArray(units) && units.every(isUnit);
}

function isUnit(value: unknown): value is SeenUnit {
  return typeof value === "object" && value !== null && "contentKey" in value &&
    typeof value.contentKey === "string" && "verdict" in value && typeof value.verdict === "string";
}

function isSchedule(value: unknown): value is Schedule {
  return typeof value === "object" && value !== null && "v" in value && value.v === 1 &&
    "startedAtMs" in value && typeof value.startedAtMs === "number" && Number.isFinite(value.startedAtMs) &&
    "failures" in value && typeof value.failures === "number" && value.failures >= 0;
}

/** Whether it is time for the next look at everything. */
export function isDue(
  last: Pick<Schedule, "startedAtMs" | "failures"> | undefined,
  facts: { readonly nowMs: number; readonly everyMs: number },
): boolean {
  if (last === undefined) return true;
  const { nowMs, everyMs } = facts;
  const waitMs = last.failures === 0
    ? everyMs
    : Math.min(everyMs, FIRST_RETRY_MS * 2 ** Math.min(30, last.failures - 1));
  // A time in the future: somebody has set the clock back.
  return nowMs - last.startedAtMs >= waitMs || last.startedAtMs > nowMs;
}

/** What update checks have found of one library. Damaged records count as none. */
export class UpdateStore {
  readonly #kv: Deno.Kv;
  readonly #place: string;
  readonly #clock: Clock;

  /** @param options.place Names the library and the Hub that it is compared with. */
  constructor(kv: Deno.Kv, options: { readonly place: string; readonly clock?: Clock }) {
    this.#kv = kv;
    this.#place = options.place;
    this.#clock = options.clock ?? systemClock;
  }

  /** Everything that is known. */
  async list(): Promise<SeenRepo[]> {
    const repos: SeenRepo[] = [];
    const stored = this.#kv.list<unknown>({ prefix: [REPOS, this.#place] }, { batchSize: READ_BATCH });
    for await (const { value } of stored) if (isStoredRepo(value)) repos.push(value);
    return repos;
  }

  /** What is known of one repository and revision. */
  async get(repo: string, revision: string): Promise<SeenRepo | undefined> {
    const { value } = await this.#kv.get<unknown>(this.#key({ repo, revision }));
    return isStoredRepo(value) ? value : undefined;
  }

  /** Notes what was found, in place of what was known. */
  async put(seen: readonly SeenRepo[]): Promise<void> {
    // Each on its own: together they may be more than one transaction takes.
    for (const repo of seen) {
      const stored: StoredRepo = { ...repo, units: repo.units.slice(0, MAX_UNITS), v: 1 };
      await withKvRetry(() => this.#kv.set(this.#key(repo), stored), { clock: this.#clock });
    }
  }

  /** Forgets every repository that `keeps` says no to. */
  async forget(keeps: (seen: Pick<SeenRepo, "repo" | "revision">) => boolean): Promise<void> {
    const { deleteKeys } = await import("./delete_keys.ts");
    const gone = (await this.list()).filter((seen) => !keeps(seen)).map((seen) => this.#key(seen));
    async function* keys(): AsyncGenerator<Deno.KvKey, void, undefined> {
      yield* gone;
    }
    await deleteKeys(this.#kv, keys(), { clock: this.#clock });
  }

  /** Whether it is time for the next look at everything. */
  async isDue(everyMs: number): Promise<boolean> {
    return isDue((await this.#schedule()).value, { nowMs: this.#clock.now(), everyMs });
  }

  async #schedule(): Promise<
    { readonly entry: Deno.KvEntryMaybe<unknown>; readonly value: Schedule | undefined }
  > {
    const entry = await this.#kv.get<unknown>([SCHEDULE, this.#place]);
    return { entry, value: isSchedule(entry.value) ? entry.value : undefined };
  }

  /**
   * Claims the next look at everything, when it is due. Of several processes that ask at once, one is told yes; when it
   * does not come to its end, another one is, after a while.
   */
  async claim(everyMs: number): Promise<boolean> {
    const { entry, value: last } = await this.#schedule();
    const nowMs = this.#clock.now();
    if (!isDue(last, { nowMs, everyMs })) return false;
    const next: Schedule = { v: 1, startedAtMs: nowMs, failures: (last?.failures ?? 0) + 1 };
    return (await this.#kv.atomic().check(entry).set(entry.key, next).commit()).ok;
  }

  /** Notes that everything was looked at just now. */
  async finish(): Promise<void> {
    const done: Schedule = { v: 1, startedAtMs: this.#clock.now(), failures: 0 };
    await withKvRetry(() => this.#kv.set([SCHEDULE, this.#place], done), { clock: this.#clock });
  }

  #key({ repo, revision }: Pick<SeenRepo, "repo" | "revision">): Deno.KvKey {
    return [REPOS, this.#place, repo, revision];
  }
}
