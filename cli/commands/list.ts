/**
 * `mm list`.
 *
 * @module
 */
import { type Command, Option } from "@commander-js/extra-typings";
import { formatByteSize } from "../../core/base/byte_size.ts";
import { ModelManagerError } from "../../core/base/errors.ts";
import type { ModelStatus, ModelType } from "../../core/library/model_entry.ts";
import type {
  LibraryModel,
  ListQuery,
  ScanReport,
  VanishedModel,
} from "../../core/operations/model_manager.ts";
import { EXIT_CODES } from "../exit_code.ts";
import { listDocument } from "../output/documents.ts";
import { formatDateAge, plural } from "../output/humanize.ts";
import { statusStyle, updateStyle, updateWord } from "../output/library_view.ts";
import { modelNames, quoteReference } from "../output/model_name.ts";
import type { Column } from "../output/table.ts";
import type { Session } from "../session.ts";
import { startUpdateCheck } from "../update_check.ts";

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
      style: statusStyle,
      expendable: 0,
    },
    { header: "DOWNLOADED", cell: ({ downloadDate }) => formatDateAge(downloadDate, nowMs), expendable: 3 },
    {
      header: "UPDATE",
      cell: updateWord,
      style: updateStyle,
      expendable: 1,
    },
  ];
}

async function list(query: ListQuery, session: Session, options: { readonly scan: boolean }): Promise<void> {
  const manager = await session.app();
  const scan = options.scan ? await scanFirst(session) : undefined;
  const models = await manager.list(query);
  const { output } = session;
  const names = modelNames(models);
  const nameOf = (model: LibraryModel): string => names.get(model) ?? model.repo;
  await output.result({
    json: () => listDocument(models, scan),
    quiet: () => models.map(nameOf),
    human: () => models.length === 0 ? [] : output.table(columns(nameOf, session.clock.now()), models),
  });
  if (models.length > 0) {
    const bytes = models.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    output.say(`${plural(models.length, "model")}, ${formatByteSize(bytes)}`);
    suggestUpdates(models, session);
    return await startUpdateCheck(session);
  }
  const filtered = query.status !== undefined || query.type !== undefined || query.name !== undefined;
  output.say(filtered ? "No model in the library is like that" : "The library is empty");
  output.suggest(filtered ? "List all: mm list" : "Find something to download: mm search QUERY");
}

/** Adopts what was put there by hand, and says so. */
async function scanFirst(session: Session): Promise<ScanReport> {
  const { output, signal } = session;
  const [{ showHashing }, { drain }] = await Promise.all([
    import("../output/hashing_view.ts"),
    import("../drain.ts"),
  ]);
  const generator = (await session.app()).scan({ signal });
  const report = await (async () => {
    using view = await showHashing(session);
    return await drain(generator, (event) => view.handle(event));
  })();
  for (const { reference, paths, sizeBytes } of report.adopted) {
    output.say(`Adopted ${reference}: ${plural(paths.length, "file")}, ${formatByteSize(sizeBytes)}`);
  }
  if (report.adopted.length === 0) output.say("Nothing new was found in the library");
  for (const vanished of report.vanished) sayVanished(vanished, session);
  for (const problem of report.problems) output.failPart(problem);
  if (report.problems.length > 0) session.exitCode = EXIT_CODES.PARTIAL;
  return report;
}

function sayVanished({ reference, paths, isGone }: VanishedModel, { output }: Session): void {
  const name = quoteReference(reference);
  if (isGone) {
    output.warn(`The files of ${reference} are gone`);
    return output.suggest(`Forget it: mm remove ${name}, or fetch it again: mm pull ${name}`);
  }
  output.warn(`${plural(paths.length, "file")} of ${reference} ${paths.length === 1 ? "is" : "are"} gone`);
  output.suggest(`Fetch what is missing: mm pull ${name}`);
}

/** What the last check has found; the list asks nobody. */
function suggestUpdates(models: readonly LibraryModel[], { output }: Session): void {
  const count = models.filter(({ update }) => update === "update available").length;
  if (count > 0) {
    output.suggest(`${plural(count, "model")} ${count === 1 ? "has an update" : "have updates"}: mm update`);
  }
}

const NOTES = `
A name is part of "org/name:QUANT", or a pattern such as "*-GGUF".

Files that were put into <models_dir>/<org>/<name>/ by hand are found by --scan, hashed and listed from then on;
they stay as they are. A later mm pull of the same model knows them by their digests.

Examples:
  mm list llama --sort size   models with "llama" in their names, the largest first
  mm list --status error      models with damaged or missing files
  mm list --scan              also what was put there by hand
  mm list --hf-cache          the cache of the Hub's own tools, each revision a line`;

function onlyOfLibrary(): ModelManagerError {
  return new ModelManagerError(
    "USAGE_ERROR",
    "The options --status, --type and --scan are for the library, and cannot go with --hf-cache",
    { hints: ["List the cache: mm list --hf-cache"] },
  );
}

/** Adds what `mm list` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("List the models in the library.")
    .argument("[NAME]", "only models with this in their names, or that fit this pattern")
    .addOption(new Option("--status <STATUS>", "only models with this status").choices(STATUSES))
    .addOption(new Option("--type <TYPE>", "only models of this type").choices(TYPES))
    .addOption(new Option("--sort <BY>", "what comes first").choices(SORTS).default("name" as const))
    .option("--scan", "first find and adopt files that were put there by hand")
    .option("--hf-cache", "the cache of the Hub's own tools, not the library")
    .addHelpText("after", NOTES)
    .action(async (name, { status, type, sort, scan, hfCache }) => {
      if (hfCache === true) {
        if (status !== undefined || type !== undefined || scan === true) throw onlyOfLibrary();
        const { listCache } = await import("../hf_cache/list.ts");
        return await listCache({ name, sort }, session);
      }
      await list(
        {
          sort,
          ...(status === undefined ? {} : { status }),
          ...(type === undefined ? {} : { type }),
          ...(name === undefined ? {} : { name }),
        },
        session,
        { scan: scan === true },
      );
    });
}
