/**
 * What a download would fetch, before it is asked for.
 *
 * @module
 */
import type { ErrorData } from "../../../core/base/errors.ts";
import { formatByteSize } from "../../../core/base/byte_size.ts";
import type { LibrarySpace, ModelManager } from "../../../core/operations/model_manager.ts";
import { drain } from "../../drain.ts";
import { plural } from "../../output/humanize.ts";
import type { UnitRow } from "./unit_rows.ts";

/** What a download would fetch. */
export interface DownloadPlan {
  /** Of all files. */
  readonly totalBytes: number;
  /** Of what is not here. */
  readonly fetchBytes: number;
  /** Files that are not here, or not all of them. */
  readonly fetchFiles: number;
  /** What a person should know. */
  readonly notices: readonly string[];
  /** Why it cannot be done, such as that it does not fit. */
  readonly error: ErrorData | undefined;
}

/** What a download is to take. */
export interface DownloadWish {
  readonly references: readonly string[];
  readonly withMmproj: boolean;
}

/** The request of a wish, as `pull` and the queue take it. */
export function toRequest({ references, withMmproj }: DownloadWish) {
  return { references, ...(withMmproj ? { withMmproj } : {}) };
}

/** Finds out what a download would fetch; nothing is written. */
export async function planDownload(
  manager: ModelManager,
  wish: DownloadWish,
  { signal }: { readonly signal: AbortSignal },
): Promise<DownloadPlan> {
  let totalBytes = 0, fetchBytes = 0;
  const notices: string[] = [];
  // A projector that goes with several quants is fetched once.
  const wanted = new Map<string, number>();
  const results = await drain(manager.pull({ ...toRequest(wish), dryRun: true }, { signal }), (event) => {
    if (event.type !== "planned") return;
    notices.push(...event.notices);
    for (const file of event.files) {
      if (wanted.has(file.path)) continue;
      const rest = file.action === "present" ? 0 : file.totalBytes - file.resumedBytes;
      wanted.set(file.path, rest);
      totalBytes += file.totalBytes;
      fetchBytes += rest;
    }
  });
  return {
    totalBytes,
    fetchBytes,
    fetchFiles: [...wanted.values()].filter((bytes) => bytes > 0).length,
    notices: [...new Set(notices)],
    error: results.find(({ error }) => error !== undefined)?.error,
  };
}

/** What a person should know before a download begins, a line each. */
export function planLines(
  { totalBytes, fetchBytes, fetchFiles, notices }: DownloadPlan,
  { units, space, memoryBytes }: {
    readonly units: readonly UnitRow[];
    readonly space: LibrarySpace;
    readonly memoryBytes: number | undefined;
  },
): string[] {
  const { freeBytes, usedBytes, quotaBytes } = space;
  const size = formatByteSize;
  const here = totalBytes - fetchBytes;
  const tooBig = units.filter(({ fits }) => fits === false).map(({ label }) => label);
  return [
    `To fetch: ${size(fetchBytes)} in ${plural(fetchFiles, "file")}` +
    (here > 0 ? `; ${size(here)} of ${size(totalBytes)} are here already` : ""),
    ...(freeBytes === undefined
      ? []
      : [`Free on the disk: ${size(freeBytes)}, afterwards ${size(Math.max(0, freeBytes - fetchBytes))}`]),
    ...(quotaBytes === undefined ? [] : [
      `The library may take ${size(quotaBytes)}: it takes ${size(usedBytes)}, afterwards ${
        size(usedBytes + fetchBytes)
      }`,
    ]),
    ...(tooBig.length === 0 || memoryBytes === undefined
      ? []
      : [`Too big for this machine's memory (${size(memoryBytes)}): ${tooBig.join(", ")}`]),
    ...notices,
  ];
}
