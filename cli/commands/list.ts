/**
 * `mm list`.
 *
 * @module
 */
import { type Command, Option } from "@commander-js/extra-typings";
import { formatByteSize } from "../../core/base/byte_size.ts";
import type { ModelStatus, ModelType } from "../../core/library/model_entry.ts";
import type { LibraryModel, ListQuery } from "../../core/operations/model_manager.ts";
import { listDocument } from "../output/documents.ts";
import { formatDateAge, plural } from "../output/humanize.ts";
import { modelNames } from "../output/model_name.ts";
import type { Column } from "../output/table.ts";
import type { Session } from "../session.ts";

const STATUSES = [
  "downloading",
  "available",
  "error",
  "deleted",
  "pending",
] as const satisfies readonly ModelStatus[];
const TYPES = [
  "text-generation",
  "text-to-image",
  "image-to-text",
  "audio-to-text",
  "text-to-audio",
  "embedding",
  "classification",
  "other",
] as const satisfies readonly ModelType[];
const SORTS = ["name", "size", "date"] as const;

function columns(nameOf: (model: LibraryModel) => string, nowMs: number): readonly Column<LibraryModel>[] {
  return [
    { header: "MODEL", cell: nameOf, minimum: 40, cut: "middle", style: (_row, theme) => theme.bold },
    { header: "SIZE", cell: ({ sizeBytes }) => formatByteSize(sizeBytes), align: "right" },
    { header: "TYPE", cell: ({ modelType }) => modelType, expendable: 4 },
    {
      header: "STATUS",
      cell: ({ status }) => status,
      style: ({ status }, theme) => status === "available" ? theme.good : theme.warning,
      expendable: 0,
    },
    { header: "DOWNLOADED", cell: ({ downloadDate }) => formatDateAge(downloadDate, nowMs), expendable: 3 },
    {
      header: "UPDATE",
      cell: ({ update }) => update ?? "",
      style: ({ update }, theme) => update === "update available" ? theme.warning : undefined,
      expendable: 1,
    },
  ];
}

async function list(query: ListQuery, session: Session): Promise<void> {
  const manager = await session.app();
  const models = await manager.list(query);
  const { output } = session;
  const names = modelNames(models);
  const nameOf = (model: LibraryModel): string => names.get(model) ?? model.repo;
  await output.result({
    json: () => listDocument(models),
    quiet: () => models.map(nameOf),
    human: () => models.length === 0 ? [] : output.table(columns(nameOf, session.clock.now()), models),
  });
  if (models.length > 0) {
    const bytes = models.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return output.say(`${plural(models.length, "model")}, ${formatByteSize(bytes)}`);
  }
  const filtered = query.status !== undefined || query.type !== undefined;
  output.say(filtered ? "No model in the library is like that" : "The library is empty");
  output.suggest(filtered ? "List all: mm list" : "Find something to download: mm search QUERY");
}

/** Adds what `mm list` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("List the models in the library.")
    .addOption(new Option("--status <STATUS>", "only models with this status").choices(STATUSES))
    .addOption(new Option("--type <TYPE>", "only models of this type").choices(TYPES))
    .addOption(new Option("--sort <BY>", "what comes first").choices(SORTS).default("name" as const))
    .action(({ status, type, sort }) =>
      list({
        sort,
        ...(status === undefined ? {} : { status }),
        ...(type === undefined ? {} : { type }),
      }, session)
    );
}
