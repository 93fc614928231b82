/**
 * Which models have to go so that the library takes no more than it may: decided from facts alone.
 *
 * @module
 */

/** Why a model stays although it was not used for long. */
export type KeepReason =
  /** A person has said so. */
  | "pinned"
  /** It is being downloaded, or a running program has a file of it open. */
  | "in-use"
  /** It is just being asked for. */
  | "wanted"
  /** Its files were found on the disk: nobody knows where to get them again. */
  | "unknown-source"
  /** It was used last of all, and is larger than the limit by itself: such a limit must not empty the library. */
  | "used-last";

/** A model that takes room. */
export interface QuotaModel {
  readonly modelId: string;
  /** Absolute paths, and what deleting each gives back; models may share files. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** ISO 8601, UTC. */
  readonly lastUsedAt: string;
  /** Why it may not go, whatever room is needed; `undefined` when it may. */
  readonly keep: Exclude<KeepReason, "used-last"> | undefined;
}

/** What a quota is decided from. */
export interface QuotaFacts {
  readonly models: readonly QuotaModel[];
  /** What lies in the library besides models and will stay: interrupted downloads. */
  readonly otherBytes: number;
  /** What the library may take. */
  readonly limitBytes: number;
  /** Whether the one that was used last may go in any case: another is about to take its place. @default {false} */
  readonly lastMayGo?: boolean | undefined;
}

/** A model that goes. */
export interface EvictedModel {
  readonly modelId: string;
  /** What that gives back, when all before it are gone. */
  readonly bytes: number;
  readonly lastUsedAt: string;
}

/** A model that stays. */
export interface KeptModel {
  readonly modelId: string;
  readonly reason: KeepReason;
  readonly lastUsedAt: string;
}

/** What a quota does. */
export interface QuotaPlan {
  readonly limitBytes: number;
  /** What the library takes now, and will take then. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Whether it is within the limit then. */
  readonly fits: boolean;
  /** Least recently used first. */
  readonly evicted: readonly EvictedModel[];
  /** When it does not fit: what would have to go, and why it does not. Least recently used first. */
  readonly kept: readonly KeptModel[];
}

/** Decides which models go: the least recently used first, only as many as have to, and none that is kept. */
export function planQuota(facts: QuotaFacts): QuotaPlan {
  const { models, otherBytes, limitBytes, lastMayGo = false } = facts;
  const order = [...models].sort((a, b) =>
    compare(a.lastUsedAt, b.lastUsedAt) || compare(a.modelId, b.modelId)
  );
  const last = lastMayGo ? undefined : order.findLast((model) => sizeOf(model) > 0);
  const room = new Room(models);
  const bytesBefore = otherBytes + room.takenBytes;
  const reasonOf = (model: QuotaModel): KeepReason | undefined =>
    model.keep ?? (model === last && sizeOf(model) > limitBytes ? "used-last" : undefined);
  const evicted: EvictedModel[] = [];
  const left = new Set(order.filter((model) => reasonOf(model) === undefined));
  // What a model shares with one that goes after it is free only then: so once more, as long as it brings anything.
  for (let progress = true; progress;) {
    progress = false;
    for (const model of left) {
      if (otherBytes + room.takenBytes <= limitBytes) break;
      const bytes = room.freedBy(model);
      if (bytes === 0) continue;
      room.take(model);
      left.delete(model);
      evicted.push({ modelId: model.modelId, bytes, lastUsedAt: model.lastUsedAt });
      progress = true;
    }
  }
  const bytesAfter = otherBytes + room.takenBytes;
  const fits = bytesAfter <= limitBytes;
  const kept = fits ? [] : order.flatMap((model) => {
    const reason = reasonOf(model);
    const { modelId, lastUsedAt } = model;
    return reason === undefined || model.files.length === 0 ? [] : [{ modelId, reason, lastUsedAt }];
  });
  return { limitBytes, bytesBefore, bytesAfter, fits, evicted, kept };
}

function sizeOf({ files }: QuotaModel): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What models take together: a file that several have counts once. */
class Room {
  readonly #users = new Map<string, number>();
  takenBytes = 0;

  constructor(models: readonly QuotaModel[]) {
    for (const { files } of models) {
      for (const { path, bytes } of files) {
        const users = this.#users.get(path) ?? 0;
        if (users === 0) this.takenBytes += bytes;
        this.#users.set(path, users + 1);
      }
    }
  }

  freedBy(model: QuotaModel): number {
    return model.files.reduce((sum, { path, bytes }) => sum + (this.#users.get(path) === 1 ? bytes : 0), 0);
  }

  take(model: QuotaModel): void {
    this.takenBytes -= this.freedBy(model);
    for (const { path } of model.files) this.#users.set(path, (this.#users.get(path) ?? 1) - 1);
  }
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
