/**
 * Files for which there is no room just now: what others have just asked for does not go for them, but may when they
 * have it.
 *
 * @module
 */
import type { Clock } from "../../base/clock.ts";
import { isModelManagerError } from "../../base/errors.ts";
import type { Refusal } from "../../server/reply.ts";
import { noRoomYet } from "./upstream_refusal.ts";

/** How long others are waited for. */
const ROOM_WAIT_MS = 30_000;
/** How often it is looked whether one is done. */
const LOOK_MS = 200;

/** Who else fetches. */
export interface RoomOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Others that have not come to an end. */
  readonly others: () => number;
  /** How many have come to an end so far. */
  readonly ended: () => number;
  /** Told what to say to who waits. */
  readonly onWaiting: (refusal: Refusal) => void;
}

/**
 * Fetches, and once more each time another fetch has come to an end, as long as only room is missing.
 *
 * @throws {Refusal} 503 when there is none after half a minute; what `fetch` threw when nobody has to be waited for.
 */
export async function withRoom<T>(fetch: () => Promise<T>, options: RoomOptions): Promise<T> {
  const { clock, signal, others, ended, onWaiting } = options;
  const untilMs = clock.monotonic() + ROOM_WAIT_MS;
  for (;;) {
    const before = ended();
    try {
      return await fetch();
    } catch (error) {
      const isRoom = isModelManagerError(error) && error.code === "QUOTA_EXCEEDED";
      if (!isRoom || (others() === 0 && ended() === before)) throw error;
    }
    onWaiting(noRoomYet());
    while (others() > 0 && ended() === before) {
      if (clock.monotonic() >= untilMs) throw noRoomYet();
      await clock.sleep(LOOK_MS, { signal });
    }
  }
}
