/**
 * `mm remove --hf-cache`.
 *
 * @module
 */
import { formatByteSize } from "../../core/base/byte_size.ts";
import type { RemoveResult } from "../../core/operations/model_manager.ts";
import { removeDocument } from "../output/documents.ts";
import { plural } from "../output/humanize.ts";
import type { Column } from "../output/table.ts";
import type { Session } from "../session.ts";

type Removed = RemoveResult["removed"][number];

const COLUMNS: readonly Column<Removed>[] = [
  { header: "MODEL", cell: ({ reference }) => reference, minimum: 24, cut: "middle" },
  { header: "FILES", cell: ({ paths }) => String(paths.length), align: "right" },
  { header: "SIZE", cell: ({ bytesFreed }) => formatByteSize(bytesFreed), align: "right" },
];

async function report(result: RemoveResult, dryRun: boolean, { output }: Session): Promise<void> {
  await output.result({
    json: () => removeDocument(result, { dryRun }),
    quiet: () => result.removed.flatMap(({ paths }) => paths),
    human: () => output.table(COLUMNS, result.removed),
  });
  const freed = formatByteSize(result.bytesFreed);
  output.say(dryRun ? `Would free ${freed}; nothing was removed` : `Freed ${freed}`);
}

/** Deletes from the cache what the references mean. */
export async function removeFromCache(
  references: readonly string[],
  dryRun: boolean,
  session: Session,
): Promise<void> {
  const { output, globals } = session;
  const { hfCache } = await session.app();
  const plan = await hfCache.planRemove(references);
  if (dryRun) return await report(plan, true, session);
  const files = plan.removed.reduce((sum, { paths }) => sum + paths.length, 0);
  const what = `${plural(files, "file")}, ${formatByteSize(plan.bytesFreed)}`;
  if (!globals.yes) {
    for (const { reference, paths, bytesFreed } of plan.removed) {
      output.say(`${reference}: ${plural(paths.length, "file")}, ${formatByteSize(bytesFreed)}`);
    }
  }
  if (!await session.confirm(`Remove ${what} from the cache?`, `remove ${what}`)) {
    output.say("Nothing was removed");
    session.exitCode = 1;
    return;
  }
  await report(await hfCache.remove(references), false, session);
}
