/**
 * A rate limit that is changed in the settings takes effect on what is being downloaded.
 *
 * @module
 */
import { formatByteRate } from "../core/base/byte_size.ts";
import { throwIfAborted } from "../core/base/errors.ts";
import { formatLocalTime } from "../core/base/local_time.ts";
import { nextRateChangeMs, rateLimitAt, type RateSetting } from "../core/base/rate_timetable.ts";
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
  const { clock, output } = session;
  await watchRateLimit(session, {
    signal,
    onLimit: (limit) => manager.setRateLimit(limit ?? undefined),
    onRate: (limit, rate) => output.say(describeLimit(limit, rate, clock.now())),
  });
}

/** Who is told of limits. */
export interface RateLimitWatch {
  readonly signal: AbortSignal;
  /** Told of another limit in the settings. */
  readonly onLimit: (limit: RateSetting) => void;
  /** Told of another rate: with another limit, or when a timetable has come to its next step. */
  readonly onRate?: (limit: RateSetting, rate: number | undefined) => void;
}

/**
 * Watches `download.limit_rate` in the settings until the signal is aborted.
 *
 * @throws {ModelManagerError} `CANCELLED`, or what is wrong with the settings at first.
 */
export async function watchRateLimit(
  session: Pick<Session, "clock" | "configuration" | "settings" | "settingsSource">,
  { signal, onLimit, onRate }: RateLimitWatch,
): Promise<never> {
  const { clock } = session;
  let limit = (await session.settings()).settings.download.limit_rate;
  let seen = limit;
  let rate = rateLimitAt(limit, clock.now());
  for (;;) {
    await clock.sleep(LOOK_EVERY_MS, { signal });
    const before = seen;
    seen = await currentLimit(session, limit);
    throwIfAborted(signal);
    // Seen once only, it may be half of what somebody is writing: an empty file means no limit.
    const isNew = seen !== limit && seen === before;
    if (isNew) {
      limit = seen;
      onLimit(limit);
    }
    // The steps of a timetable are followed without being told.
    const rateBefore = rate;
    rate = rateLimitAt(limit, clock.now());
    if (isNew || rate !== rateBefore) onRate?.(limit, rate);
  }
}

function describeLimit(limit: RateSetting, rate: number | undefined, nowMs: number): string {
  const what = rate === undefined ? "no longer limited" : `now limited to ${formatByteRate(rate)}`;
  const nextMs = nextRateChangeMs(limit, nowMs);
  return `The rate is ${what}${nextMs === undefined ? "" : `, until ${formatLocalTime(nextMs)}`}`;
}

async function currentLimit(
  session: Pick<Session, "configuration" | "settingsSource">,
  before: RateSetting,
): Promise<RateSetting> {
  try {
    const { loadSettings } = await session.configuration();
    return (await loadSettings(await session.settingsSource())).settings.download.limit_rate;
  } catch {
    return before;
  }
}
