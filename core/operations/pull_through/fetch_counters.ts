/**
 * What a mirror counts of its fetching, for `/metrics`.
 *
 * @module
 */
import type { Counter, Metrics } from "../../server/metrics.ts";

/** The counters of a desk. */
export interface FetchCounters {
  /** Files that were fetched, by their `outcome`: kept, stopped, failed. */
  readonly ended: Counter;
  /** Requests that read a file while it was fetched for another. */
  readonly joined: Counter;
  /** From the Hub. */
  readonly fetchedBytes: Counter;
  /** To those who read along. */
  readonly givenBytes: Counter;
}

/** Registers them; `running` says how many files are being fetched just now. */
export function fetchCounters(
  metrics: Metrics,
  { running }: { readonly running: () => number },
): FetchCounters {
  metrics.gauge("mm_upstream_downloads_running", "Files that are being fetched.", running);
  return {
    ended: metrics.counter("mm_upstream_downloads_total", "Files that were fetched, by what became of them."),
    joined: metrics.counter("mm_upstream_joined_total", "Requests that read a file while it was fetched."),
    fetchedBytes: metrics.counter(
      "mm_upstream_received_bytes_total",
      "Bytes of files that came from the Hub.",
    ),
    givenBytes: metrics.counter(
      "mm_pull_through_sent_bytes_total",
      "Bytes given away of files on their way.",
    ),
  };
}
