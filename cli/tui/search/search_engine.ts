/**
 * Asks the Hub: after the end of the typing, one question at a time, and page after page.
 *
 * @module
 */
import { isModelManagerError } from "../../../core/base/errors.ts";
import type { SearchQuery } from "../../../mod.ts";
import type { ScreenPorts } from "../screen.ts";
import { errorMessage } from "../shell/create_shell.ts";
import { queryKey } from "./search_filters.ts";
import { SearchListing, SearchMemory } from "./search_listing.ts";
import { currentQuery, type SearchAction, type SearchState } from "./search_state.ts";

/** How a search begins. */
export interface SearchStart {
  /** Not before so many milliseconds, and not at all when another one begins before. @default {0} */
  readonly delayMs?: number;
  /** Ask even if the answer is known. @default {false} */
  readonly isFresh?: boolean;
}

/** Asks the Hub, and tells the state what comes of it. Its methods do not reject. */
export class SearchEngine {
  readonly #ports: ScreenPorts<SearchState, SearchAction>;
  readonly #memory = new SearchMemory();
  /** The listing of which the rows are shown. */
  #shown: SearchListing | undefined;
  /** The listing that is being asked for. */
  #asked: SearchListing | undefined;
  /** Stops the wait for the end of the typing. Another one means that what came before does not count any more. */
  #turn = new AbortController();

  constructor(ports: ScreenPorts<SearchState, SearchAction>) {
    this.#ports = ports;
  }

  /** Searches for what is typed just now. */
  async search({ delayMs = 0, isFresh = false }: SearchStart = {}): Promise<void> {
    const { store, context } = this.#ports;
    const turn = this.#nextTurn();
    const query = currentQuery(store.get());
    const known = isFresh ? undefined : await this.#recall(query);
    if (turn.aborted) return;
    if (known !== undefined) return this.#show(known);
    if (delayMs > 0) {
      store.dispatch({ type: "asked", phase: "waiting" });
      const signal = AbortSignal.any([turn, context.signal]);
      await context.clock.sleep(delayMs, { signal }).catch(() => {});
      if (signal.aborted) return;
    }
    const { signal } = context;
    this.#asked = new SearchListing(query, { manager: () => context.manager(), signal });
    store.dispatch({ type: "asked", phase: "searching" });
    await this.#load(this.#asked, turn);
  }

  /** Loads more of what is shown, if there is more; after a failure, only when it is asked to try again. */
  async more({ isRetry = false } = {}): Promise<void> {
    const { store } = this.#ports;
    const { phase, problem } = store.get();
    const shown = this.#shown;
    if (shown === undefined || !shown.hasMore || phase !== "idle") return;
    if (problem !== undefined && !isRetry) return;
    const turn = this.#nextTurn();
    this.#asked = shown;
    store.dispatch({ type: "asked", phase: "loading" });
    await this.#load(shown, turn);
  }

  /** Stops what is being asked; what is shown stays. */
  stop(): void {
    this.#nextTurn();
    this.#ports.store.dispatch({ type: "stopped" });
  }

  #nextTurn(): AbortSignal {
    this.#turn.abort();
    this.#asked?.stop();
    this.#asked = undefined;
    this.#turn = new AbortController();
    return this.#turn.signal;
  }

  async #load(listing: SearchListing, turn: AbortSignal): Promise<void> {
    const { store, context } = this.#ports;
    const before = listing.rows;
    try {
      await listing.more();
      if (!turn.aborted) this.#show(listing);
    } catch (error) {
      if (turn.aborted) return;
      if (isModelManagerError(error) && error.code === "CANCELLED") return this.stop();
      // What came before the failure is worth seeing.
      if (listing.rows !== before) this.#show(listing);
      store.dispatch({ type: "failed", problem: errorMessage(error) });
      return;
    }
    if (before.length === 0) this.#memory.put(listing, context.clock.monotonic());
  }

  #show(listing: SearchListing): void {
    const { query, rows, hasMore } = listing;
    this.#shown = listing;
    this.#asked = undefined;
    this.#ports.store.dispatch({ type: "found", query, rows, hasMore });
  }

  /** What is known of a search: what is shown anyway, or was found a short time ago. */
  async #recall(query: SearchQuery): Promise<SearchListing | undefined> {
    const { session, clock } = this.#ports.context;
    const shown = this.#shown;
    if (shown !== undefined && queryKey(shown.query) === queryKey(query)) return shown;
    const nowMs = clock.monotonic();
    if (this.#memory.get(query, { nowMs, maxAgeMs: Infinity }) === undefined) return undefined;
    // As long as the answers of the Hub are kept elsewhere.
    const found = await session.settings().catch(() => undefined);
    const maxAgeMs = (found?.settings.cache.duration ?? 0) * 1000;
    return this.#memory.get(query, { nowMs, maxAgeMs });
  }
}
