/**
 * Which of the files that a pull wants are elsewhere on this machine, and how they can be had.
 *
 * A link is one content with two names: it takes no time and no room. Small files are copied all the same: people edit
 * them, and the other program's file would change with ours.
 *
 * @module
 */
import { dirname } from "node:path";
import { formatByteSize } from "../base/byte_size.ts";
import type { ReuseMode } from "../config/settings.ts";
import type { FileCopy } from "../download/plan.ts";
import { isWholeFile } from "../download/segment_plan.ts";
import { KnownCopies, type KnownCopy, type WantedBytes } from "../library/known_copies.ts";
import { isSameDisk } from "../platform/links.ts";
import type { OperationContext } from "./context.ts";
import type { PullTarget } from "./pull_target.ts";

/** What is taken from elsewhere, and from where. */
export interface ReusePlan {
  readonly mode: Exclude<ReuseMode, "off">;
  readonly copies: KnownCopies;
}

/** A copy, and how it is used. */
export interface UsableCopy extends KnownCopy, FileCopy {}

/** A copy that is not used. */
export interface FoundElsewhere {
  /** In the repository. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly copy: KnownCopy;
}

/** One look at what is on the machine; `undefined` when nothing is to be taken from there. */
export function reusePlan(
  context: Pick<OperationContext, "apps" | "hfCache" | "library" | "settings">,
  request: { readonly reuse?: ReuseMode; readonly force?: boolean },
): ReusePlan | undefined {
  const mode = request.reuse ?? context.settings.reuse;
  if (mode === "off" || request.force === true) return undefined;
  const { library, hfCache: { directory: hfCacheDirectory }, apps } = context;
  return { mode, copies: new KnownCopies({ library, hfCacheDirectory, apps }) };
}

/** The copies of a file that can be used, the surest first; `other` when there is only one on another disk. */
export async function findCopies(
  wanted: WantedBytes & { readonly finalPath: string },
  options: ReusePlan & { readonly target: PullTarget },
): Promise<{ readonly copies: readonly UsableCopy[]; readonly other?: KnownCopy | undefined }> {
  const { mode, copies, target } = options;
  const found = await copies.find(wanted, { except: wanted.finalPath });
  if (found.length === 0) return { copies: [] };
  if (isWholeFile(wanted.sizeBytes)) return { copies: found.map((copy) => ({ ...copy, way: "copy" })) };
  const usable: UsableCopy[] = [];
  for (const copy of found) {
    if (await isSameDisk(copy.path, target.partialFolder)) usable.push({ ...copy, way: "link" });
    // Also where the system turns out to allow no second name.
    if (mode === "copy") usable.push({ ...copy, way: "copy" });
  }
  // What can be linked is better than what is sure and has to be copied.
  usable.sort((a, b) => Number(a.way === "copy") - Number(b.way === "copy"));
  return { copies: usable, other: usable.length === 0 ? found.find(({ isNamed }) => isNamed) : undefined };
}

/** What a person should know of files that are fetched although they are on this machine. */
export function elsewhereNotices(elsewhere: readonly FoundElsewhere[]): string[] {
  const [first] = elsewhere;
  if (first === undefined) return [];
  const bytes = elsewhere.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return [
    `${formatByteSize(bytes)} of it are on another disk, in "${dirname(first.copy.path)}": ` +
    "copy them from there with --reuse copy",
  ];
}
