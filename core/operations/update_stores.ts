/**
 * Where what is known of updates is kept, for one library and one Hub.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { fileFacts } from "../platform/directory.ts";
import { UpdateStore } from "../state/updates.ts";
import type { OperationContext } from "./context.ts";

const DAY_MS = 86_400_000;
const EVERY_MS: Readonly<Record<string, number>> = {
  hourly: DAY_MS / 24,
  daily: DAY_MS,
  weekly: 7 * DAY_MS,
  monthly: 30 * DAY_MS,
};

/** What the stores are made of. */
export interface UpdateStoreParts {
  readonly clock: Clock;
  readonly endpoint: string;
  readonly modelsDir: string;
  /** The program's store. */
  readonly store: { readonly isFile: boolean; readonly location: string; open(): Promise<Deno.Kv> };
}

/** The ways to what is known. Nothing is opened before it is asked for. */
export function updateStores(
  { clock, endpoint, modelsDir, store }: UpdateStoreParts,
): Pick<OperationContext, "updates" | "updatesIfKept"> {
  // The address of a Hub may have credentials in it.
  const place = createHash("sha256").update(`${endpoint}\0${modelsDir}`).digest("hex").slice(0, 16);
  const updates = async (): Promise<UpdateStore> => new UpdateStore(await store.open(), { place, clock });
  return {
    updates,
    updatesIfKept: async () => {
      const isHere = store.isFile && await fileFacts(store.location) !== undefined;
      return isHere ? await updates() : undefined;
    },
  };
}

/** How often updates are looked for unasked; `undefined` for never. */
export function updateInterval(
  settings: { readonly updates: { readonly check: boolean }; readonly check_frequency: string },
  { offline }: { readonly offline: boolean },
): number | undefined {
  return settings.updates.check && !offline ? EVERY_MS[settings.check_frequency] : undefined;
}
