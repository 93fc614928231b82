/**
 * `mm import`.
 *
 * @module
 */
import { resolve } from "node:path";
import { type Command, Option } from "@commander-js/extra-typings";
import { formatByteSize } from "../../core/base/byte_size.ts";
import type { ImportedFile, ImportReport, ImportRequest } from "../../core/operations/model_manager.ts";
import { drain } from "../drain.ts";
import { EXIT_CODES } from "../exit_code.ts";
import { plural } from "../output/humanize.ts";
import { importDocument } from "../output/sharing_documents.ts";
import type { Column } from "../output/table.ts";
import { printable } from "../output/text_width.ts";
import type { Session } from "../session.ts";

const APPS = ["hf-cache", "lmstudio", "ollama"] as const;

/** What a file is now: `linked`, `symlinked`, or its status. */
function stateOf({ status, link }: ImportedFile): string {
  return status === "linked" && link === "symbolic" ? "symlinked" : status;
}

const COLUMNS: readonly Column<ImportedFile>[] = [
  {
    header: "MODEL",
    cell: ({ reference, repo, source }) => reference ?? repo ?? source,
    minimum: 32,
    cut: "middle",
    style: (_row, theme) => theme.bold,
  },
  { header: "SIZE", cell: ({ sizeBytes }) => formatByteSize(sizeBytes), align: "right" },
  { header: "STATUS", cell: stateOf },
  { header: "COMMIT", cell: ({ commit }) => commit?.slice(0, 12) ?? "unknown", expendable: 1 },
  { header: "FOUND IN", cell: ({ source }) => source, cut: "middle", minimum: 24, expendable: 0 },
];

function countOf(files: readonly ImportedFile[], status: ImportedFile["status"]): number {
  return files.filter((file) => file.status === status).length;
}

/** `2 linked, 1 present`. */
function verdict({ files, bytesSaved, bytesCopied }: ImportReport, dryRun: boolean): string {
  const statuses = ["linked", "copied", "planned", "present", "skipped", "failed"] as const;
  const counts = statuses.map((status) => [countOf(files, status), status] as const)
    .filter(([count]) => count > 0).map(([count, status]) => `${count} ${status}`);
  const saved = bytesSaved === 0 ? "" : `; ${dryRun ? "would save" : "saved"} ${formatByteSize(bytesSaved)}`;
  const copied = bytesCopied === 0 ? "" : `; ${formatByteSize(bytesCopied)} ${dryRun ? "to copy" : "copied"}`;
  return `${plural(files.length, "file")}: ${counts.join(", ")}${saved}${copied}`;
}

async function importModels(request: ImportRequest, session: Session): Promise<void> {
  const manager = await session.app();
  const { output, signal } = session;
  const generator = manager.importModels(request, { signal });
  const { showHashing } = await import("../output/hashing_view.ts");
  const report = await (async () => {
    using view = await showHashing(session);
    return await drain(generator, (event) => view.handle(event));
  })();
  const { files, sources } = report;
  const shown = files.filter(({ status }) => status !== "skipped" && status !== "failed");
  await output.result({
    json: () => importDocument(report, request),
    quiet: () => shown.flatMap(({ path }) => path ?? []),
    human: () => shown.length === 0 ? [] : output.table(COLUMNS, shown),
  });
  for (const { source, status, reason } of files) {
    if (status === "skipped") output.say(printable(`Skipped "${source}": ${reason}`));
  }
  for (const { error } of files) if (error !== undefined) output.failPart(error);
  if (files.length === 0) {
    output.say(`No model files were found in ${sources.map((source) => `"${source}"`).join(", ")}`);
    return output.suggest("Name another folder: mm import PATH");
  }
  output.say(verdict(report, request.dryRun === true));
  if (request.dryRun === true && countOf(files, "planned") > 0) output.say("Nothing was linked");
  const failed = files.filter(({ status }) => status === "failed");
  const [first] = failed;
  if (first?.error !== undefined) {
    session.exitCode = failed.length === files.length ? EXIT_CODES[first.error.code] : EXIT_CODES.PARTIAL;
  }
}

const NOTES = `
Every file is hashed, and looked for on the Hub: what is found there is registered with its repository and commit, as
if it had been downloaded; everything else by the folder that it lies in, or as local/NAME. Files on the library's disk
get a second name there (a hard link), others a symbolic link: then they are gone when the other program deletes them.
Nothing of the other program is changed. With --offline, the Hub is not asked.

Ollama is looked for in OLLAMA_MODELS, ~/.ollama/models and /usr/share/ollama/.ollama/models, LM Studio where its own
settings say, the Hub's cache in HF_HUB_CACHE and HF_HOME.

Examples:
  mm import --from ollama                 everything that Ollama has
  mm import --from lmstudio --dry-run     what LM Studio has, without linking
  mm import /mnt/old/models               model files below a folder
  mm import ~/Downloads/tiny-Q4_K_M.gguf  one file, with its other parts`;

/** Adds what `mm import` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Link model files of other programs, or of any folder, into the library.")
    .argument("[PATH...]", "files and folders")
    .addOption(new Option("--from <APP>", "a program whose models are taken in").choices(APPS))
    .option("--copy", "copy the bytes instead of linking to them")
    .option("-n, --dry-run", "hash and identify, but link nothing")
    .addHelpText("after", NOTES)
    .action((paths, { from, copy, dryRun }) => {
      const request: ImportRequest = {
        paths: paths.map((path) => resolve(session.workingDirectory, path)),
        copy: copy === true,
        dryRun: dryRun === true,
        ...(from === undefined ? {} : { from }),
      };
      return importModels(request, session);
    });
}
