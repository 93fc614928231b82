/**
 * The daemon's room with the places of this command line's settings.
 *
 * @module
 */
import type { DaemonPlaces } from "../core/daemon/mod.ts";
import type { Session } from "./session.ts";
import type { DaemonRoom } from "./wiring.ts";

/** Loads the room, and says where the daemon has its files. */
export async function placesOf(
  session: Pick<Session, "daemon" | "directories" | "environment">,
): Promise<{ readonly room: DaemonRoom; readonly places: DaemonPlaces }> {
  const room = await session.daemon();
  return { room, places: room.daemonPlaces(await session.directories(), session.environment) };
}
