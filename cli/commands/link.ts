/**
 * `mm link`.
 *
 * @module
 */
import { resolve } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import { formatByteSize } from "../../core/base/byte_size.ts";
import { ModelManagerError } from "../../core/base/errors.ts";
import type { LinkedFile, LinkReport, LinkRequest } from "../../core/operations/model_manager.ts";
import { EXIT_CODES } from "../exit_code.ts";
import { placeReader } from "../flags.ts";
import { linkDocument } from "../output/sharing_documents.ts";
import type { Column } from "../output/table.ts";
import type { Session } from "../session.ts";

const APPS: ReadonlySet<string> = new Set(["hf-cache", "lmstudio", "ollama"]);

/** What a name is now: `linked`, `symlinked`, or its status. */
function stateOf({ status, link }: LinkedFile): string {
  return status === "linked" && link === "symbolic" ? "symlinked" : status;
}

const COLUMNS: readonly Column<LinkedFile>[] = [
  { header: "PATH", cell: ({ target }) => target, minimum: 40, cut: "middle" },
  {
    header: "SIZE",
    cell: ({ source, sizeBytes }) => source === undefined ? "" : formatByteSize(sizeBytes),
    align: "right",
  },
  { header: "STATUS", cell: stateOf },
];

async function link(request: LinkRequest, session: Session): Promise<void> {
  const manager = await session.app();
  const { output, signal } = session;
  const report = await manager.link(request, { signal });
  const files = report.results.flatMap((result) => result.files);
  await output.result({
    json: () => linkDocument(report, request),
    quiet: () => files.map(({ target }) => target),
    human: () => files.length === 0 ? [] : output.table(COLUMNS, files),
  });
  sayResults(report, session, request.dryRun === true);
  const failed = report.results.filter(({ status }) => status === "failed");
  for (const { error } of failed) if (error !== undefined) output.failPart(error);
  const [first] = failed;
  if (first?.error === undefined) return;
  session.exitCode = failed.length === report.results.length
    ? EXIT_CODES[first.error.code]
    : EXIT_CODES.PARTIAL;
}

function sayResults({ results, bytesSaved }: LinkReport, { output }: Session, dryRun: boolean): void {
  for (const { name, status, notes } of results) {
    for (const note of notes) output.say(note);
    if (name !== undefined && status !== "planned") output.say(`In Ollama: ollama run ${name}`);
  }
  if (bytesSaved > 0) {
    output.say(`${dryRun ? "Would save" : "Saved"} ${formatByteSize(bytesSaved)} that copies would take`);
  } else if (results.every(({ status }) => status === "present")) output.say("Everything was there already");
  if (dryRun) output.say("Nothing was linked");
}

/** A program, or a folder as a path. */
function readPlace(into: string | undefined, session: Session): string {
  if (into === undefined || into === "") {
    throw new ModelManagerError("USAGE_ERROR", "Nothing says where to link: the option --into is missing", {
      hints: ["Name a program: mm link REF --into lmstudio", "Or a folder: mm link REF --into DIR"],
    });
  }
  return APPS.has(into) ? into : resolve(session.workingDirectory, into);
}

const NOTES = `
DIR gets the files at their paths in the repository. A folder that is called like a program is written ./ollama.
Hard links are made on the library's disk, else symbolic ones; into the Hub's cache, hard links only, since its own
tools delete what a link leads to. What is there already is left alone, unless --force. A link is removed by deleting
it; the bytes stay as long as they have a name, so that "mm remove" frees nothing of a model that is linked elsewhere.

In Ollama, a model of the Hub is called hf.co/ORG/NAME:QUANT, as if Ollama had pulled it. When Ollama runs, it is asked
to describe the model itself; otherwise its folder is written.

Examples:
  mm link org/name:Q4_K_M --into lmstudio
  mm link org/name:Q4_K_M --into ollama --name tiny   then: ollama run tiny
  mm link org/name --into hf-cache                    for transformers, vLLM, llama.cpp
  mm link org/name --into ./models --dry-run`;

/** Adds what `mm link` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Link models of the library to where other programs look for them.")
    .argument("<REF...>", "org/name or org/name:QUANT")
    .option("--into <PLACE>", "hf-cache, lmstudio, ollama, or a folder", placeReader("--into", [...APPS]))
    .option("--name <NAME>", "what Ollama is to call it")
    .option("--copy", "copy the bytes instead of linking to them")
    .option("-f, --force", "replace what has the name and is different")
    .option("-n, --dry-run", "only say what would be linked")
    .addHelpText("after", NOTES)
    .action((references, { into, name, copy, force, dryRun }) => {
      const request: LinkRequest = {
        references,
        into: readPlace(into, session),
        copy: copy === true,
        force: force === true,
        dryRun: dryRun === true,
        ...(name === undefined ? {} : { name }),
      };
      return link(request, session);
    });
}
