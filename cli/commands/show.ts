/**
 * `mm show`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { formatByteSize } from "../../core/base/byte_size.ts";
import { formatReference } from "../../core/base/reference.ts";
import type { FileDetails, ModelDetails, UnitDetails } from "../../core/operations/model_manager.ts";
import { quoteArgument } from "../command_line.ts";
import { showDocument } from "../output/documents.ts";
import { plural } from "../output/humanize.ts";
import { isDefaultUnit, isGguf, modelFacts } from "../output/model_facts.ts";
import type { Column } from "../output/table.ts";
import { printable } from "../output/text_width.ts";
import type { Session } from "../session.ts";
import { startUpdateCheck } from "../update_check.ts";

function factLines(model: ModelDetails, session: Session): readonly string[] {
  const known = modelFacts(model, session.clock.now()).filter(([, value]) => value !== undefined);
  const width = Math.max(...known.map(([name]) => name.length));
  const { theme } = session.output;
  return known.map(([name, value]) => `${theme.dim(name.padEnd(width))}  ${printable(value ?? "")}`);
}

const LOCAL_WORDS = { complete: "yes", partial: "partial", absent: "" } as const;

const GPU_COLUMN: Column<UnitDetails> = {
  header: "GPU",
  cell: ({ fitsGpu, refused }) =>
    refused !== undefined || fitsGpu === undefined ? "" : fitsGpu ? "yes" : "no",
  style: ({ fitsGpu }, theme) => fitsGpu ? theme.good : theme.warning,
  expendable: 0,
};

function unitColumns(model: ModelDetails): readonly Column<UnitDetails>[] {
  return [
    {
      header: "QUANT",
      cell: ({ label, quant }) => `${label}${isDefaultUnit(model, { label, quant }) ? " (default)" : ""}`,
      style: (_row, theme) => theme.bold,
    },
    { header: "SIZE", cell: ({ sizeBytes }) => formatByteSize(sizeBytes), align: "right" },
    { header: "FILES", cell: ({ files }) => String(files.length), align: "right", expendable: 2 },
    {
      header: "FITS",
      cell: ({ fits, refused }) =>
        refused !== undefined ? "refused" : fits === undefined ? "" : fits ? "yes" : "no",
      style: ({ fits }, theme) => fits ? theme.good : theme.warning,
    },
    ...(model.gpuMemoryBytes === undefined ? [] : [GPU_COLUMN]),
    {
      header: "LOCAL",
      cell: ({ local, complete }) => complete ? LOCAL_WORDS[local] : "shards missing on the Hub",
      style: (_row, theme) => theme.good,
    },
    {
      header: "UPDATE",
      // What is here and as the Hub has it is said by the column before.
      cell: ({ update }) => update === undefined || update === "up to date" ? "" : update,
      style: (_row, theme) => theme.warning,
      expendable: 1,
    },
    { header: "FILE", cell: ({ files }) => files[0]?.path ?? "", minimum: 12, cut: "middle", expendable: 4 },
    { header: "SHA-256", cell: ({ files }) => digestPrefix(files[0]?.digest), expendable: 3 },
  ];
}

function digestPrefix(digest: UnitDetails["files"][number]["digest"]): string {
  return digest?.algorithm === "sha256" ? digest.hex.slice(0, 12) : "";
}

const FILE_COLUMNS: readonly Column<FileDetails>[] = [
  { header: "FILE", cell: ({ path }) => path, minimum: 12, cut: "middle" },
  { header: "SIZE", cell: ({ sizeBytes }) => formatByteSize(sizeBytes), align: "right" },
  {
    header: "LOCAL",
    cell: ({ local, refused }) => refused === undefined ? LOCAL_WORDS[local] : "refused",
    style: ({ refused }, theme) => refused === undefined ? theme.good : theme.warning,
    expendable: 0,
  },
];

/** What the tables show: all files, or those that the reference's selector means. */
interface Shown {
  readonly units: readonly UnitDetails[];
  readonly companions: readonly FileDetails[];
  readonly otherFiles: readonly FileDetails[];
}

function shownFiles(model: ModelDetails): Shown {
  const { selection, units, companions, otherFiles } = model;
  if (selection === undefined) return { units, companions, otherFiles };
  const wanted = new Set(selection.paths);
  return {
    units: units.filter(({ files }) => files.some(({ path }) => wanted.has(path))),
    companions: companions.filter(({ path }) => wanted.has(path)),
    otherFiles: otherFiles.filter(({ path }) => wanted.has(path)),
  };
}

async function humanView(model: ModelDetails, shown: Shown, session: Session): Promise<readonly string[]> {
  const { output } = session;
  const section = async <Row>(
    title: string,
    columns: readonly Column<Row>[],
    rows: readonly Row[],
  ): Promise<readonly string[]> =>
    rows.length === 0
      ? []
      : ["", output.theme.bold(title), ...await output.table(columns, rows, { indent: "  " })];
  return [
    ...factLines(model, session),
    ...await section(isGguf(model) ? "Quants" : "Weights", unitColumns(model), shown.units),
    ...await section("Companions", FILE_COLUMNS, shown.companions),
    ...await section("Other files", FILE_COLUMNS, shown.otherFiles),
    ...readmeLines(model, session),
  ];
}

/** The page as it was written, without what a terminal would obey. */
function readmeLines({ readme }: ModelDetails, { output }: Session): readonly string[] {
  if (readme === undefined) return [];
  return ["", output.theme.bold("README"), ...readme.replaceAll("\t", "    ").split("\n").map(printable)];
}

/** What to pull next: what was selected, else what a plain pull takes, else the first quant that can be pulled. */
function nextSelector(model: ModelDetails): string | undefined {
  if (model.selection !== undefined) return model.selection.selector;
  if (!isGguf(model)) return undefined;
  return model.defaultQuant ?? model.units.find(({ refused }) => refused === undefined)?.label;
}

function nextCommand(model: ModelDetails): string {
  const { repo, revision } = model;
  const reference = formatReference({
    repo,
    revision: revision === "main" ? undefined : revision,
    selector: nextSelector(model),
  });
  return `mm pull ${quoteArgument(reference)}`;
}

/** How many fit, and which can never be pulled. */
function sayFitting(model: ModelDetails, { units }: Shown, session: Session): void {
  const { output } = session;
  if (units.length > 0 && model.memoryBytes !== undefined) {
    const fitting = units.filter(({ fits }) => fits).length;
    const noun = isGguf(model) ? "quant" : "model";
    const gpu = model.gpuMemoryBytes === undefined
      ? ""
      : `, ${units.filter(({ fitsGpu }) => fitsGpu).length} that of its GPU (${
        formatByteSize(model.gpuMemoryBytes)
      })`;
    output.say(
      `${fitting} of ${plural(units.length, noun)} ${units.length === 1 ? "fits" : "fit"} ` +
        `this machine's memory (${formatByteSize(model.memoryBytes)})${gpu}`,
    );
  }
  for (const { label, refused } of units) {
    if (refused !== undefined) output.say(`"${label}" cannot be pulled: in the path of a file, ${refused}`);
  }
}

async function show(
  reference: string,
  options: { readonly revision?: string | undefined; readonly readme?: boolean | undefined },
  session: Session,
): Promise<void> {
  const manager = await session.app();
  const { revision, readme = false } = options;
  const model = await manager.show(reference, {
    signal: session.signal,
    readme,
    ...(revision === undefined ? {} : { revision }),
  });
  const { output } = session;
  const shown = shownFiles(model);
  await output.result({
    json: () => showDocument(model),
    quiet: () => quietLines(model, shown),
    human: () => humanView(model, shown, session),
  });
  if (readme && model.readme === undefined) output.say("It has no README that can be read");
  sayFitting(model, shown, session);
  if (model.gated !== false) output.suggest(`Ask for access first: ${model.url}`);
  const outdated = shown.units.find(({ update }) => update === "update available");
  if (outdated !== undefined) {
    output.suggest(`Update what is here: mm update ${quoteArgument(`${model.repo}:${outdated.label}`)}`);
  }
  output.suggest(`Download: ${nextCommand(model)}`);
  await startUpdateCheck(session);
}

/** References that `mm pull` takes, or the paths of a model without any. */
function quietLines({ repo }: ModelDetails, { units, companions, otherFiles }: Shown): readonly string[] {
  const references = units.filter(({ refused }) => refused === undefined).map(({ label }) =>
    `${repo}:${label}`
  );
  return units.length > 0 ? references : [...companions, ...otherFiles].map(({ path }) => path);
}

const NOTES = `
Examples:
  mm show org/name                 every quant: size, and whether it fits here
  mm show org/name@v1.0            another revision
  mm show org/name --readme        with what the authors say of it
  mm show org/name:Q4_K_M --json   one quant, for a program`;

/** Adds what `mm show` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Show a model: its facts, its quants with sizes, and what is on this machine.")
    .argument("<REF>", "org/name[@revision][:quant, file or glob]")
    .option("--revision <REVISION>", "branch, tag or commit, when the reference names none")
    .option("--readme", "also the page that comes with it")
    .addHelpText("after", NOTES)
    .action((reference, options) => show(reference, options, session));
}
