/**
 * `mm cleanup --hf-cache`.
 *
 * @module
 */
import { formatByteSize } from "../../core/base/byte_size.ts";
import type {
  HfCleanedItem,
  HfCleanupReason,
  HfCleanupRequest,
  HfCleanupResult,
} from "../../core/operations/model_manager.ts";
import { describeErrorData, errorDocument } from "../output/error_view.ts";
import { EXIT_CODES } from "../exit_code.ts";
import { plural } from "../output/humanize.ts";
import type { Column } from "../output/table.ts";
import type { Session } from "../session.ts";

const REASONS: Readonly<Record<HfCleanupReason, string>> = {
  interrupted: "broke off long ago",
  detached: "no branch or tag means it",
  unused: "no revision uses it",
  "missing-bytes": "its bytes are gone",
  "missing-commit": "its commit is not there",
  leftover: "of no use to anybody",
};

const COLUMNS: readonly Column<HfCleanedItem>[] = [
  { header: "PATH", cell: ({ path }) => path, minimum: 24, cut: "middle" },
  { header: "SIZE", cell: ({ bytes }) => formatByteSize(bytes), align: "right" },
  { header: "WHY", cell: ({ reason }) => REASONS[reason] },
];

/** Like `mm cleanup`. */
export function cacheCleanupDocument(
  result: HfCleanupResult,
  options: { readonly dryRun: boolean },
): object {
  const itemFields = ({ repo, ...item }: HfCleanedItem): object => ({ ...item, repo: repo ?? null });
  return {
    removed: result.removed.map(itemFields),
    bytesFreed: result.bytesFreed,
    dryRun: options.dryRun,
    inUse: result.inUse.map(itemFields),
    problems: result.problems.map((problem) => errorDocument(describeErrorData(problem)).error),
  };
}

async function report(
  result: HfCleanupResult,
  how: { readonly dryRun: boolean; readonly shown?: boolean },
  { output }: Session,
): Promise<void> {
  const { dryRun, shown = false } = how;
  await output.result({
    json: () => cacheCleanupDocument(result, { dryRun }),
    quiet: () => result.removed.map(({ path }) => path),
    human: () => shown || result.removed.length === 0 ? [] : output.table(COLUMNS, result.removed),
  });
  if (result.inUse.length > 0) {
    output.say(`Left ${plural(result.inUse.length, "file")} that another program has begun to use`);
  }
  for (const { message } of result.problems) output.warn(message);
  const freed = formatByteSize(result.bytesFreed);
  if (result.removed.length === 0) output.say("Nothing to clean up");
  else output.say(dryRun ? `Would free ${freed}; nothing was removed` : `Freed ${freed}`);
}

/** Deletes from the cache what nobody needs. */
export async function cleanUpCache(
  request: HfCleanupRequest,
  dryRun: boolean,
  session: Session,
): Promise<void> {
  const { output, globals } = session;
  const { hfCache } = await session.app();
  const plan = await hfCache.planCleanup(request);
  if (dryRun || plan.removed.length === 0) return await report(plan, { dryRun }, session);
  const what = `${plural(plan.removed.length, "item")}, ${formatByteSize(plan.bytesFreed)}`;
  const asks = !globals.yes && output.mode === "human";
  if (asks) output.sayLines(await output.table(COLUMNS, plan.removed, { said: true }));
  if (!await session.confirm(`Delete ${what} from the cache?`, `delete ${what}`)) {
    output.say("Nothing was removed");
    session.exitCode = 1;
    return;
  }
  const result = await hfCache.cleanup(request);
  await report(result, { dryRun: false, shown: asks && session.terminal.stdoutIsTerminal }, session);
  if (result.problems.length > plan.problems.length) session.exitCode = EXIT_CODES.PARTIAL;
}
