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
  const elsewhere = result.removed.reduce((sum, { bytesElsewhere = 0 }) => sum + bytesElsewhere, 0);
  if (elsewhere > 0) {
    output.say(
      `${formatByteSize(elsewhere)} ${dryRun ? "would stay" : "stay"} on the disk: they have other names`,
    );
  }
  output.say(dryRun ? `Would free ${freed}; nothing was removed` : `Freed ${freed}`);
}

/** `2 models and 1 file, 4.7 GB`. */
function summary({ removed, bytesFreed }: RemoveResult): string {
  const models = removed.filter(({ isPart }) => !isPart).length;
  const files = removed.filter(({ isPart }) => isPart).reduce((sum, { paths }) => sum + paths.length, 0);
  const counts = [
    ...(models === 0 ? [] : [plural(models, "model")]),
    ...(files === 0 ? [] : [plural(files, "file")]),
  ];
  return `${counts.join(" and ")}, ${formatByteSize(bytesFreed)}`;
}

async function remove(references: readonly string[], dryRun: boolean, session: Session): Promise<void> {
  const manager = await session.app();
  const plan = await manager.planRemove(references);
  if (dryRun) return await report(plan, true, session);
  const what = summary(plan);
  if (!session.globals.yes) {
    for (const removed of plan.removed) {
      const { paths, bytesFreed, pinned } = removed;
      const facts = [plural(paths.length, "file"), formatByteSize(bytesFreed), ...(pinned ? ["pinned"] : [])];
      session.output.say(`${removedName(removed)}: ${facts.join(", ")}`);
    }
  }
  if (!await session.confirm(`Remove ${what}?`, `remove ${what}`)) {
    session.output.say("Nothing was removed");
    session.exitCode = 1;
    return;
  }
  await report(await manager.remove(references), false, session);
}

const NOTES = `
Files that another quant in the library needs as well stay, unless they are named themselves.

Examples:
  mm remove org/name                      everything of that repository
  mm remove org/name:Q8_0 --dry-run       what deleting one quant would free
  mm remove org/name:mmproj-F16.gguf      one file
  mm remove org/name@v1.0 --hf-cache      one revision, from the cache of the Hub's own tools

In that cache a revision is a branch, a tag, a commit or its beginning; without one, all revisions go. A branch
or tag goes alone where another one means the same commit. Bytes that another revision or repository uses stay,
and so does everything while something is downloaded into it. Of a folder that is a link, only the link goes.`;

/** Adds what `mm remove` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Delete models, one quant of a model, or single files from the library.")
    .argument("<REF...>", "org/name, org/name:QUANT, or org/name:FILE with a path or pattern")
    .option("-n, --dry-run", "only say what would be deleted")
    .option("--hf-cache", "from the cache of the Hub's own tools, not from the library")
    .addHelpText("after", NOTES)
    .action(async (references, options) => {
      const dryRun = options.dryRun === true;
      if (options.hfCache !== true) return await remove(references, dryRun, session);
      const { removeFromCache } = await import("../hf_cache/remove.ts");
      await removeFromCache(references, dryRun, session);
    });
}
