/**
 * The limit of the rate of what this process downloads, as the terminal UI knows it.
 *
 * @module
 */
import { watchRateLimit } from "../../follow_rate_limit.ts";
import type { TuiContext } from "../context.ts";

/** Bytes a second, the text of a timetable, or `undefined` for none. */
export type RateLimitValue = number | string | undefined;

/** What follows the limit. */
export class RateLimit {
  readonly #context: Pick<TuiContext, "manager" | "session" | "signal">;
  readonly #onChange: () => void;
  readonly #onFailure: (error: unknown) => void;
  #value: RateLimitValue;
  #isWatching = false;

  constructor(
    context: Pick<TuiContext, "manager" | "session" | "signal">,
    { onChange, onFailure }: {
      readonly onChange: () => void;
      readonly onFailure: (error: unknown) => void;
    },
  ) {
    this.#context = context;
    this.#onChange = onChange;
    this.#onFailure = onFailure;
  }

  /** As of now. */
  get value(): RateLimitValue {
    return this.#value;
  }

  /** Sets it until this process ends. @throws {ModelManagerError} `USAGE_ERROR` when it is no rate. */
  async set(limit: RateLimitValue): Promise<void> {
    const manager = await this.#context.manager();
    manager.setRateLimit(limit);
    this.#value = limit;
    this.#onChange();
  }

  /** Takes it from the settings, unless it was set. */
  async read(): Promise<void> {
    try {
      const { settings } = await this.#context.session.settings();
      this.#value ??= settings.download.limit_rate ?? undefined;
      this.#onChange();
    } catch {
      // Who shows the settings says what is wrong with them.
    }
  }

  /** From the first download on: who turns the rate down in the settings wants to see it. */
  async watch(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const { session, signal } = this.#context;
    const onLimit = (limit: number | string | null): void => {
      this.set(limit ?? undefined).catch(this.#onFailure);
    };
    // The signal ends it; settings that cannot be read are no settings to follow.
    await watchRateLimit(session, { signal, onLimit }).catch(() => {});
  }
}
