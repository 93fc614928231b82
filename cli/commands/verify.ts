/**
 * `mm verify`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { formatByteSize } from "../../core/base/byte_size.ts";
import { ModelManagerError } from "../../core/base/errors.ts";
import type { VerifiedFile } from "../../core/operations/model_manager.ts";
import { quoteArgument } from "../command_line.ts";
import { EXIT_CODES } from "../exit_code.ts";
import { verifyProblem, verifyVerdict } from "../output/verify_view.ts";
import type { Session } from "../session.ts";
import { runVerification, sayFileErrors } from "../verify_run.ts";

/** One line for each thing that a person should know of single files. */
function sayDetails(files: readonly VerifiedFile[], session: Session): void {
  const { output } = session;
  for (const { path, status, bytesFetched = 0, problem } of files) {
    if (status === "repaired") output.say(`Repaired "${path}" with ${formatByteSize(bytesFetched)}`);
    if (problem !== undefined) output.say(`"${path}": ${problem}`);
  }
  sayFileErrors(files, session);
}

async function verify(
  references: readonly string[],
  options: { readonly repair: boolean },
  session: Session,
): Promise<void> {
  const manager = await session.app();
  const { output, signal } = session;
  const { repair } = options;
  const generator = manager.verify(references.length === 0 ? undefined : references, { signal, repair });
  const { files, bad } = await runVerification(generator, session);
  if (files.length === 0) return output.say("The library is empty: there is nothing to verify");
  sayDetails(files, session);
  if (bad.length === 0) return output.say(verifyVerdict(files));
  const again = ["mm verify --repair", ...references.map((reference) => quoteArgument(reference))].join(" ");
  const repairable = !repair &&
    bad.some(({ status, expected }) => status !== "unreadable" && expected !== "unknown");
  const error = verifyProblem(bad, await manager.list(), repairable ? again : undefined);
  session.exitCode = EXIT_CODES[error.code];
  output.failPart({ code: error.code, message: error.message, hints: error.hints, causes: [] });
}

const NOTES = `
Exit code 0: all is well. 5: the bytes of a file are not those that were downloaded. 3: a file is missing.

Examples:
  mm verify                       the whole library
  mm verify org/name:Q4_K_M       one quant
  mm verify --repair              and fetch what is wrong
  mm verify --hf-cache            the cache of the Hub's own tools, by the digests that its files are named by`;

function noRepair(): ModelManagerError {
  return new ModelManagerError("USAGE_ERROR", "Cannot repair the cache: --repair is for the library", {
    hints: ["Fetch a file of it anew: mm pull org/name:FILE --to hf-cache --force"],
  });
}

/** Adds what `mm verify` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Hash files again and compare with the recorded digests; only a repair needs the network.")
    .argument("[REF...]", "org/name or org/name:QUANT; all models when none is given")
    .option("--repair", "fetch what is wrong or missing again: of large files only the bad pieces")
    .option("--hf-cache", "the cache of the Hub's own tools, not the library")
    .addHelpText("after", NOTES)
    .action(async (references, options) => {
      const repair = options.repair === true;
      if (options.hfCache !== true) return await verify(references, { repair }, session);
      if (repair) throw noRepair();
      const { verifyCache } = await import("../hf_cache/verify.ts");
      await verifyCache(references, session);
    });
}
