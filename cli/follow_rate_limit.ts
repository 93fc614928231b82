/**
 * A rate limit that is changed in the settings takes effect on what is being downloaded.
 *
 * @module
 */
import { formatByteRate } from "../core/base/byte_size.ts";
import type { ModelManager } from "../core/operations/model_manager.ts";
import type { Session } from "./session.ts";

/** How often the settings are looked at, in milliseconds: who turns the rate down wants to see it. */
const LOOK_EVERY_MS = 1_000;

/**
 * Applies `download.limit_rate` whenever it changes, until it is disposed. Settings that cannot be read just now, such
 * as a file that is being edited, change nothing; neither do any where the command was given a limit of its `own`.
 */
export function followRateLimit(
  manager: ModelManager,
  session: Session,
  options: { readonly own?: number | null | undefined } = {},
): Disposable {
  const stop = new AbortController();
  if (options.own === undefined) {
    const signal = AbortSignal.any([stop.signal, session.signal]);
    // The signal ends it.
    follow(manager, session, signal).catch(() => {});
  }
  return { [Symbol.dispose]: () => stop.abort() };
}

async function follow(manager: ModelManager, session: Session, signal: AbortSignal): Promise<void> {
  let limit = (await session.settings()).settings.download.limit_rate;
  let seen = limit;
  for (;;) {
    await session.clock.sleep(LOOK_EVERY_MS, { signal });
    const before = seen;
    seen = await currentLimit(session, limit);
    if (signal.aborted) return;
    // Seen once only, it may be half of what somebody is writing: an empty file means no limit.
    if (seen === limit || seen !== before) continue;
    limit = seen;
    manager.setRateLimit(limit ?? undefined);
    session.output.say(
      limit === null
        ? "The rate is no longer limited"
        : `The rate is now limited to ${formatByteRate(limit)}`,
    );
  }
}

async function currentLimit(session: Session, before: number | null): Promise<number | null> {
  try {
    const { loadSettings } = await session.configuration();
    return (await loadSettings(await session.settingsSource())).settings.download.limit_rate;
  } catch {
    return before;
  }
}
