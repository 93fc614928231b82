/**
 * When a download ends.
 *
 * @module
 */
import type { Downloads } from "../downloads/downloads.ts";

/** What runs just now, by id. */
function runningIds(downloads: Pick<Downloads, "get">): ReadonlySet<string> {
  const { jobs, activities } = downloads.get();
  return new Set([
    ...jobs.filter(({ status }) => status === "downloading").map(({ id }) => id),
    ...activities.filter(({ ended }) => ended === undefined).map(({ id }) => id),
  ]);
}

/** A listener to the downloads that calls back when one that ran does so no more. */
export function createEndWatch(downloads: Pick<Downloads, "get">, onEnd: () => void): () => void {
  let running = runningIds(downloads);
  return () => {
    const now = runningIds(downloads);
    const hasEnded = [...running].some((id) => !now.has(id));
    running = now;
    if (hasEnded) onEnd();
  };
}
