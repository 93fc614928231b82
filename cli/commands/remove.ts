/**
 * `mm remove`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { formatByteSize } from "../../core/base/byte_size.ts";
import type { RemoveResult } from "../../core/operations/model_manager.ts";
import { removeDocument } from "../output/documents.ts";
import { plural } from "../output/humanize.ts";
import { removedName } from "../output/model_name.ts";
import type { Column } from "../output/table.ts";
import type { Session } from "../session.ts";

type Removed = RemoveResult["removed"][number];

const COLUMNS: readonly Column<Removed>[] = [
  {
    header: "MODEL",
    cell: removedName,
    minimum: 24,
    cut: "middle",
  },
  { header: "FILES", cell: ({ paths }) => String(paths.length), align: "right" },
  { header: "SIZE", cell: ({ bytesFreed }) => formatByteSize(bytesFreed), align: "right" },
];

async function report(result: RemoveResult, dryRun: boolean, session: Session): Promise<void> {
  const { output } = session;
  await output.result({
    json: () => removeDocument(result, { dryRun }),
    quiet: () => result.removed.flatMap(({ paths }) => paths),
    human: () => output.table(COLUMNS, result.removed),
  });
  const freed = formatByteSize(result.bytesFreed);
  output.say(dryRun ? `Would free ${freed}; nothing was removed` : `Freed ${freed}`);
}

async function remove(references: readonly string[], dryRun: boolean, session: Session): Promise<void> {
  const manager = await session.app();
  const plan = await manager.planRemove(references);
  if (dryRun) return await report(plan, true, session);
  const what = `${plural(plan.removed.length, "model")}, ${formatByteSize(plan.bytesFreed)}`;
  if (!session.globals.yes) {
    for (const removed of plan.removed) {
      session.output.say(`${removedName(removed)}: ${plural(removed.paths.length, "file")}`);
    }
  }
  if (!await session.confirm(`Remove ${what}?`, `remove ${what}`)) {
    session.output.say("Nothing was removed");
    session.exitCode = 1;
    return;
  }
  await report(await manager.remove(references), false, session);
}

/** Adds what `mm remove` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Delete models, or one quant of a model, from the library.")
    .argument("<REF...>", "org/name or org/name:QUANT")
    .option("-n, --dry-run", "only say what would be deleted")
    .action((references, options) => remove(references, options.dryRun === true, session));
}
