/**
 * What was fetched, how long that took, and how fast it was.
 *
 * @module
 */
import { formatByteRate, formatByteSize } from "../../core/base/byte_size.ts";
import { formatDuration } from "../../core/base/duration.ts";

/** A result that counts. */
interface FetchedPart {
  readonly bytesFetched: number;
  readonly elapsedMs: number;
}

/**
 * `Fetched 44.9 MB in 0:09 (4.88 MB/s), verified`.
 *
 * @param wallMs How long all of it took: several that came one after the other took their sum, several at once did not.
 */
export function fetchSummary(parts: readonly FetchedPart[], wallMs: number): string {
  const bytes = parts.reduce((sum, { bytesFetched }) => sum + bytesFetched, 0);
  const longest = Math.max(0, ...parts.map(({ elapsedMs }) => elapsedMs));
  const together = parts.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0);
  const elapsedMs = Math.max(longest, Math.min(together, wallMs));
  const rate = elapsedMs >= 1000 ? ` (${formatByteRate(bytes / elapsedMs * 1000)})` : "";
  return `Fetched ${formatByteSize(bytes)} in ${formatDuration(elapsedMs)}${rate}, verified`;
}
