/**
 * `mm show`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { formatByteSize } from "../../core/base/byte_size.ts";
import type { ModelDetails, UnitDetails } from "../../core/operations/model_manager.ts";
import { showDocument } from "../output/documents.ts";
import { formatCount, formatDateAge, plural } from "../output/humanize.ts";
import type { Column } from "../output/table.ts";
import { printable } from "../output/text_width.ts";
import type { Session } from "../session.ts";

type Fact = readonly [name: string, value: string | undefined];

function facts(model: ModelDetails, nowMs: number): readonly Fact[] {
  const access = [
    ...(model.private ? ["private"] : []),
    ...(model.gated === false
      ? []
      : [`gated (${model.gated === "auto" ? "granted at once" : "granted by the authors"})`]),
  ];
  return [
    ["Model", model.repo],
    ["Renamed from", model.renamedFrom],
    ["Page", model.url],
    ["Revision", `${model.revision} (${model.commit.slice(0, 12)})`],
    ["Access", access.length === 0 ? undefined : access.join(", ")],
    ["Task", model.task],
    ["Parameters", model.parameters === undefined ? undefined : formatCount(model.parameters)],
    ["Architecture", model.architecture],
    [
      "Context length",
      model.contextLength === undefined ? undefined : `${model.contextLength.toLocaleString("en")} tokens`,
    ],
    ["License", model.license],
    ["Base model", model.baseModels.length === 0 ? undefined : model.baseModels.join(", ")],
    ["Downloads", formatCount(model.downloads)],
    ["Likes", formatCount(model.likes)],
    ["Updated", formatDateAge(model.updatedAt, nowMs) || undefined],
  ];
}

function factLines(model: ModelDetails, session: Session): readonly string[] {
  const known = facts(model, session.clock.now()).filter(([, value]) => value !== undefined);
  const width = Math.max(...known.map(([name]) => name.length));
  const { theme } = session.output;
  return known.map(([name, value]) => `${theme.dim(name.padEnd(width))}  ${printable(value ?? "")}`);
}

/** Whether a plain pull takes the unit. */
function isDefault(model: ModelDetails, { label, quant }: Pick<UnitDetails, "label" | "quant">): boolean {
  return model.defaultQuant !== undefined && (model.defaultQuant === label || model.defaultQuant === quant);
}

const LOCAL_WORDS = { complete: "yes", partial: "partial", absent: "" } as const;

function unitColumns(model: ModelDetails): readonly Column<UnitDetails>[] {
  return [
    {
      header: "QUANT",
      cell: ({ label, quant }) => `${label}${isDefault(model, { label, quant }) ? " (default)" : ""}`,
      style: (_row, theme) => theme.bold,
    },
    { header: "SIZE", cell: ({ sizeBytes }) => formatByteSize(sizeBytes), align: "right" },
    { header: "FILES", cell: ({ files }) => String(files.length), align: "right", expendable: 2 },
    {
      header: "FITS",
      cell: ({ fits }) => fits ? "yes" : "no",
      style: ({ fits }, theme) => fits ? theme.good : theme.warning,
    },
    {
      header: "LOCAL",
      cell: ({ local, complete }) => complete ? LOCAL_WORDS[local] : "shards missing on the Hub",
      style: (_row, theme) => theme.good,
    },
    { header: "FILE", cell: ({ files }) => files[0]?.path ?? "", minimum: 12, cut: "middle", expendable: 4 },
    { header: "SHA-256", cell: ({ files }) => digestPrefix(files[0]?.digest), expendable: 3 },
  ];
}

function digestPrefix(digest: UnitDetails["files"][number]["digest"]): string {
  return digest?.algorithm === "sha256" ? digest.hex.slice(0, 12) : "";
}

type OtherFile = ModelDetails["otherFiles"][number];

const FILE_COLUMNS: readonly Column<OtherFile>[] = [
  { header: "FILE", cell: ({ path }) => path, minimum: 12, cut: "middle" },
  { header: "SIZE", cell: ({ sizeBytes }) => formatByteSize(sizeBytes), align: "right" },
  {
    header: "LOCAL",
    cell: ({ local }) => local ? "yes" : "",
    style: (_row, theme) => theme.good,
    expendable: 0,
  },
];

async function humanView(model: ModelDetails, session: Session): Promise<readonly string[]> {
  const { output } = session;
  const section = async (
    title: string,
    rows: readonly string[] | Promise<readonly string[]>,
  ): Promise<readonly string[]> => ["", output.theme.bold(title), ...await rows];
  return [
    ...factLines(model, session),
    ...(model.units.length === 0
      ? []
      : await section("Quants", output.table(unitColumns(model), model.units, { indent: "  " }))),
    ...(model.companions.length === 0
      ? []
      : await section("Companions", output.table(FILE_COLUMNS, model.companions, { indent: "  " }))),
    ...(model.otherFiles.length === 0
      ? []
      : await section("Other files", output.table(FILE_COLUMNS, model.otherFiles, { indent: "  " }))),
  ];
}

/** The next command: what a plain pull takes, or the first of what there is. */
function nextCommand(model: ModelDetails): string {
  const chosen = model.defaultQuant ?? model.units[0]?.label;
  return `mm pull ${model.repo}${chosen === undefined ? "" : `:${chosen}`}`;
}

async function show(
  reference: string,
  options: { readonly revision?: string | undefined },
  session: Session,
): Promise<void> {
  const manager = await session.app();
  const { revision } = options;
  const model = await manager.show(reference, {
    signal: session.signal,
    ...(revision === undefined ? {} : { revision }),
  });
  const { output } = session;
  await output.result({
    json: () => showDocument(model),
    quiet: () => model.units.length > 0 ? quietUnits(model) : model.otherFiles.map(({ path }) => path),
    human: () => humanView(model, session),
  });
  if (model.units.length > 0) {
    const fitting = model.units.filter(({ fits }) => fits).length;
    output.say(
      `${fitting} of ${plural(model.units.length, "quant")} fit this machine's memory (${
        formatByteSize(model.memoryBytes)
      })`,
    );
  }
  if (model.gated !== false) output.suggest(`Ask for access first: ${model.url}`);
  output.suggest(`Download: ${nextCommand(model)}`);
}

/** References that `mm pull` takes. */
function quietUnits(model: ModelDetails): readonly string[] {
  return model.units.map(({ label }) => `${model.repo}:${label}`);
}

/** Adds what `mm show` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Show a model: its facts, its quants with sizes, and what is on this machine.")
    .argument("<REF>", "org/name[@revision]")
    .option("--revision <REVISION>", "branch, tag or commit, when the reference names none")
    .action((reference, options) => show(reference, options, session));
}
