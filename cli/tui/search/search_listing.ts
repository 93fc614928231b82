/**
 * The models that one search finds, loaded page after page, and the searches that were made last.
 *
 * @module
 */
import { throwIfAborted } from "../../../core/base/errors.ts";
import type { ModelManager, ModelSummary, SearchQuery } from "../../../mod.ts";
import { queryKey } from "./search_filters.ts";

/** Models that are loaded at once: two screens of them. */
export const PAGE_SIZE = 40;

/** Searches that are remembered. */
const MAX_LISTINGS = 12;

/** What a listing asks. */
export interface ListingPorts {
  readonly manager: () => Promise<Pick<ModelManager, "searchPages">>;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

/** Pages that are being read, and how to stop that. */
interface Reading {
  readonly abort: AbortController;
  pages?: AsyncGenerator<readonly ModelSummary[], void, undefined>;
}

/** What one search has found so far. */
export class SearchListing {
  readonly query: SearchQuery;
  #rows: readonly ModelSummary[] = [];
  #isComplete = false;
  #reading: Reading | undefined;
  #busy: Reading | undefined;
  readonly #seen = new Set<string>();
  readonly #ports: ListingPorts;

  constructor(query: SearchQuery, ports: ListingPorts) {
    this.query = query;
    this.#ports = ports;
  }

  /** The same array until more have been found. */
  get rows(): readonly ModelSummary[] {
    return this.#rows;
  }

  /** Whether there may be more than the rows. */
  get hasMore(): boolean {
    return !this.#isComplete;
  }

  /** Whether a page is being asked for. */
  get isBusy(): boolean {
    return this.#busy !== undefined;
  }

  /**
   * Loads the next page. What was interrupted by a failure or by {@link stop} goes on where it was: the pages before are
   * read again, from the cache as far as it has them.
   *
   * @throws {ModelManagerError} why there is no answer.
   */
  async more(): Promise<void> {
    if (this.#isComplete || this.isBusy) return;
    const reading = this.#reading ??= { abort: new AbortController() };
    this.#busy = reading;
    try {
      // After a page that is not full there is hardly another one: better known at once than at the end of the list.
      while (await this.#readPage(reading) < PAGE_SIZE && !this.#isComplete);
    } catch (error) {
      if (this.#reading === reading) this.#reading = undefined;
      throw error;
    } finally {
      if (this.#busy === reading) this.#busy = undefined;
    }
  }

  /** Stops asking, if it asks; what was found stays. */
  stop(): void {
    if (this.#busy === undefined) return;
    this.#busy.abort.abort();
    this.#busy = undefined;
    this.#reading = undefined;
  }

  /** Takes one page. @returns how many models were new in it. */
  async #readPage(reading: Reading): Promise<number> {
    const own = reading.abort.signal;
    if (reading.pages === undefined) {
      const manager = await this.#ports.manager();
      const signal = AbortSignal.any([own, this.#ports.signal]);
      reading.pages = manager.searchPages(this.query, { pageSize: PAGE_SIZE, signal });
    }
    const next = await reading.pages.next();
    throwIfAborted(own);
    this.#isComplete = next.done === true;
    if (next.done === true) return 0;
    const fresh = next.value.filter(({ repo }) => !this.#seen.has(repo));
    for (const { repo } of fresh) this.#seen.add(repo);
    if (fresh.length > 0) this.#rows = [...this.#rows, ...fresh];
    return fresh.length;
  }
}

/** The listings of the last searches: who goes back to one sees it at once. */
export class SearchMemory {
  readonly #known = new Map<string, { readonly listing: SearchListing; readonly atMs: number }>();

  /** The listing of a search that is not older than `maxAgeMs`. */
  get(
    query: SearchQuery,
    { nowMs, maxAgeMs }: { nowMs: number; maxAgeMs: number },
  ): SearchListing | undefined {
    const known = this.#known.get(queryKey(query));
    return known !== undefined && nowMs - known.atMs < maxAgeMs ? known.listing : undefined;
  }

  /** Keeps a listing; the oldest of too many goes. */
  put(listing: SearchListing, nowMs: number): void {
    const key = queryKey(listing.query);
    this.#known.delete(key);
    this.#known.set(key, { listing, atMs: nowMs });
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size > MAX_LISTINGS) this.#known.delete(oldest);
  }
}
