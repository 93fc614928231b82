/**
 * `mm verify`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { formatByteSize } from "../../core/base/byte_size.ts";
import { type ErrorCode, ModelManagerError } from "../../core/base/errors.ts";
import type { LibraryModel, VerifiedFile } from "../../core/operations/model_manager.ts";
import { quoteArgument } from "../command_line.ts";
import { EXIT_CODES } from "../exit_code.ts";
import { drain } from "../drain.ts";
import { verifyDocument } from "../output/documents.ts";
import { plural } from "../output/humanize.ts";
import { refetchCommands } from "../output/model_name.ts";
import type { Column } from "../output/table.ts";
import type { Session } from "../session.ts";

function isWell(status: VerifiedFile["status"]): boolean {
  return status === "ok" || status === "repaired";
}

const COLUMNS: readonly Column<VerifiedFile>[] = [
  {
    header: "STATUS",
    cell: ({ status }) => status,
    style: ({ status }, theme) =>
      isWell(status) ? theme.good : status === "unproved" ? theme.warning : theme.error,
  },
  { header: "MODEL", cell: ({ repo }) => repo, minimum: 16, cut: "middle", expendable: 1 },
  { header: "FILE", cell: ({ path }) => path, minimum: 20, cut: "middle" },
];

/** Errors that say more of what has to be done than that files are wrong. */
const TELLING: readonly ErrorCode[] = ["OFFLINE", "INSUFFICIENT_SPACE"];

function problem(
  bad: readonly VerifiedFile[],
  models: readonly LibraryModel[],
  repairCommand: string | undefined,
): ModelManagerError {
  const count = (status: VerifiedFile["status"]): number =>
    bad.filter((file) => file.status === status).length;
  const [corrupt, missing, unreadable] = [count("corrupt"), count("missing"), count("unreadable")];
  const parts = [
    ...(corrupt === 0 ? [] : [`${plural(corrupt, "file")} ${corrupt === 1 ? "is" : "are"} corrupt`]),
    ...(missing === 0 ? [] : [`${plural(missing, "file")} ${missing === 1 ? "is" : "are"} missing`]),
    ...(unreadable === 0 ? [] : [`${plural(unreadable, "file")} cannot be read`]),
  ];
  const wrong = bad.filter(({ status }) => status !== "unreadable");
  const telling = wrong.map(({ error }) => error?.code).find((code) =>
    code !== undefined && TELLING.includes(code)
  );
  const reading = bad.find(({ status }) => status === "unreadable")?.error?.code ?? "FAILED";
  const code = telling ?? (corrupt > 0 ? "CHECKSUM_MISMATCH" : missing > 0 ? "NOT_FOUND" : reading);
  return new ModelManagerError(code, parts.join(", "), {
    hints: [
      ...(code === "OFFLINE" ? ["Repeat the command without --offline"] : []),
      ...(repairCommand === undefined ? [] : [`Fetch only what is wrong: ${repairCommand}`]),
      ...(code === "INSUFFICIENT_SPACE" ? [] : refetchCommands(wrong, models))
        .map((command) => `Fetch it anew: ${command}`),
      ...(wrong.length === 0 ? ["See who may read them: ls -l PATH"] : []),
    ],
  });
}

/** One line for each thing that a person should know of single files. */
function sayDetails(files: readonly VerifiedFile[], { output }: Session): void {
  for (const { path, status, bytesFetched = 0, problem } of files) {
    if (status === "repaired") output.say(`Repaired "${path}" with ${formatByteSize(bytesFetched)}`);
    if (problem !== undefined) output.say(`"${path}": ${problem}`);
  }
  for (const { path, error } of files) {
    if (error !== undefined) output.failPart({ ...error, message: `"${path}": ${error.message}` });
  }
}

/** What there is to say when nothing is wrong. */
function verdict(files: readonly VerifiedFile[]): string {
  const unproved = files.filter(({ status }) => status === "unproved").length;
  const proved = files.length - unproved;
  const well = `${plural(proved, "file")}: all as they should be`;
  if (unproved === 0) return well;
  const open = `${
    plural(unproved, "file")
  } without a known digest: the structure is sound, the bytes are not proved`;
  return proved === 0 ? open : `${well}; ${open}`;
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
  const { showHashing } = await import("../output/hashing_view.ts");
  const files = await (async () => {
    using view = await showHashing(session);
    return await drain(generator, (event) => view.handle(event));
  })();
  const bad = files.filter(({ status }) => !isWell(status) && status !== "unproved");
  await output.result({
    json: () => verifyDocument(files),
    quiet: () => bad.map(({ path }) => path),
    human: () => files.length === 0 ? [] : output.table(COLUMNS, files),
  });
  if (files.length === 0) return output.say("The library is empty: there is nothing to verify");
  sayDetails(files, session);
  if (bad.length === 0) return output.say(verdict(files));
  const again = ["mm verify --repair", ...references.map((reference) => quoteArgument(reference))].join(" ");
  const repairable = !repair &&
    bad.some(({ status, expected }) => status !== "unreadable" && expected !== "unknown");
  const error = problem(bad, await manager.list(), repairable ? again : undefined);
  session.exitCode = EXIT_CODES[error.code];
  output.failPart({ code: error.code, message: error.message, hints: error.hints, causes: [] });
}

const NOTES = `
Exit code 0: all is well. 5: the bytes of a file are not those that were downloaded. 3: a file is missing.

Examples:
  mm verify                       the whole library
  mm verify org/name:Q4_K_M       one quant
  mm verify --repair              and fetch what is wrong`;

/** Adds what `mm verify` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Hash files again and compare with the recorded digests; only a repair needs the network.")
    .argument("[REF...]", "org/name or org/name:QUANT; all models when none is given")
    .option("--repair", "fetch what is wrong or missing again: of large files only the bad pieces")
    .addHelpText("after", NOTES)
    .action((references, options) => verify(references, { repair: options.repair === true }, session));
}
