/**
 * `mm models`: what is wanted of single models.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import type { PinnedModel } from "../../core/operations/model_manager.ts";
import { pinDocument } from "../output/documents.ts";
import type { Column } from "../output/table.ts";
import type { Session } from "../session.ts";

const PIN_COLUMNS: readonly Column<PinnedModel>[] = [
  { header: "MODEL", cell: ({ reference }) => reference, minimum: 24, cut: "middle" },
  {
    header: "PIN",
    cell: ({ pinned, changed }) =>
      pinned ? (changed ? "pinned" : "was pinned already") : changed ? "unpinned" : "was not pinned",
  },
];

async function setPinned(references: readonly string[], pinned: boolean, session: Session): Promise<void> {
  const manager = await session.app();
  const models = await manager.setPinned(references, pinned);
  await session.output.result({
    json: () => pinDocument(models),
    quiet: () => models.map(({ reference }) => reference),
    human: () => session.output.table(PIN_COLUMNS, models),
  });
}

const NOTES = `
A pinned model stays as it is: mm cleanup never deletes it, and mm update does not replace it. mm remove does delete
it, when a person says so.

Examples:
  mm models pin org/name:Q4_K_M    keep it, whatever room is needed
  mm models unpin org/name         all quants of it may go and be updated again`;

/** Adds the commands of `mm models`. */
export function configure(command: Command, session: Session): void {
  command.description("What is wanted of single models.").addHelpText("after", NOTES);
  command.command("pin").description("Keep models as they are.")
    .argument("<REF...>", "org/name or org/name:QUANT")
    .action((references) => setPinned(references, true, session));
  command.command("unpin").description("Let models be updated and cleaned up again.")
    .argument("<REF...>", "org/name or org/name:QUANT")
    .action((references) => setPinned(references, false, session));
}
