/**
 * How the models of a manifest stand, in Deno KV: one record a model. It wins over what the file says.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type Clock, systemClock } from "../base/clock.ts";
import { withKvRetry } from "../platform/kv.ts";
import { readAllBelow } from "../platform/kv_unreadable.ts";

/** What is known of a model of a manifest. */
export interface ManifestState {
  /** How its fetching stands. */
  readonly status: "pending" | "downloading" | "completed" | "failed";
  /** When that became so; ISO 8601, UTC. */
  readonly changedAt: string;
  /** When it was last compared with the Hub; ISO 8601, UTC. */
  readonly checkedAt?: string | undefined;
  /** Why it failed. */
  readonly error?: { readonly code: string; readonly message: string } | undefined;
}

interface StoredState extends ManifestState {
  /** The model; its key in the store is short and plain. */
  readonly name: string;
  /** Version of this shape. */
  readonly v: 1;
}

const MANIFESTS = "manifests";
const STATUSES: readonly string[] = ["pending", "downloading", "completed", "failed"];

function isStoredState(value: unknown): value is StoredState {
  if (typeof value !== "object" || value === null) return false;
  const { v, name, status, changedAt, checkedAt, error } = value as Partial<
    Record<keyof StoredState, unknown>
  >;
  const isError = error === undefined ||
    (typeof error === "object" && error !== null && "message" in error && typeof error.message === "string");
  return v === 1 && typeof name === "string" && STATUSES.includes(String(status)) &&
    typeof changedAt === "string" &&
    (checkedAt === undefined || typeof checkedAt === "string") && isError;
}

/** What is known of the models of one manifest. Damaged records count as none. */
export class ManifestStates {
  readonly #kv: Deno.Kv;
  readonly #place: string;
  readonly #clock: Clock;

  /** @param options.place Names the manifest and the library that it is for. */
  constructor(kv: Deno.Kv, options: { readonly place: string; readonly clock?: Clock }) {
    this.#kv = kv;
    this.#place = options.place;
    this.#clock = options.clock ?? systemClock;
  }

  /** Everything that is known, by the name of the model. */
  async list(): Promise<ReadonlyMap<string, ManifestState>> {
    const prefix = [MANIFESTS, this.#place];
    const { entries } = await withKvRetry(() => readAllBelow(this.#kv, prefix), { clock: this.#clock });
    return new Map(entries.flatMap(({ value }): [string, ManifestState][] => {
      if (!isStoredState(value)) return [];
      const { v: _, name, ...state } = value;
      return [[name, state]];
    }));
  }

  /** Notes how a model stands. */
  async set(name: string, state: ManifestState): Promise<void> {
    const stored: StoredState = { v: 1, name, ...state };
    await withKvRetry(() => this.#kv.set(this.#key(name), stored), { clock: this.#clock });
  }

  /** Forgets a model. */
  async delete(name: string): Promise<void> {
    await withKvRetry(() => this.#kv.delete(this.#key(name)), { clock: this.#clock });
  }

  #key(name: string): Deno.KvKey {
    return [MANIFESTS, this.#place, createHash("sha256").update(name).digest("hex").slice(0, 32)];
  }
}
