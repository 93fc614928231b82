/**
 * `mm verify`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { ModelManagerError } from "../../core/base/errors.ts";
import type { LibraryModel, VerifiedFile } from "../../core/operations/model_manager.ts";
import { EXIT_CODES } from "../exit_code.ts";
import { drain } from "../drain.ts";
import { verifyDocument } from "../output/documents.ts";
import { plural } from "../output/humanize.ts";
import { refetchCommands } from "../output/model_name.ts";
import type { Column } from "../output/table.ts";
import type { Session } from "../session.ts";

const COLUMNS: readonly Column<VerifiedFile>[] = [
  {
    header: "STATUS",
    cell: ({ status }) => status,
    style: ({ status }, theme) => status === "ok" ? theme.good : theme.error,
  },
  { header: "MODEL", cell: ({ repo }) => repo, minimum: 16, cut: "middle", expendable: 1 },
  { header: "FILE", cell: ({ path }) => path, minimum: 20, cut: "middle" },
];

function problem(bad: readonly VerifiedFile[], models: readonly LibraryModel[]): ModelManagerError {
  const corrupt = bad.filter(({ status }) => status === "corrupt").length;
  const missing = bad.length - corrupt;
  const parts = [
    ...(corrupt === 0 ? [] : [`${plural(corrupt, "file")} ${corrupt === 1 ? "is" : "are"} corrupt`]),
    ...(missing === 0 ? [] : [`${plural(missing, "file")} ${missing === 1 ? "is" : "are"} missing`]),
  ];
  return new ModelManagerError(corrupt > 0 ? "CHECKSUM_MISMATCH" : "NOT_FOUND", parts.join(", "), {
    hints: refetchCommands(bad, models).map((command) => `Fetch it anew: ${command}`),
  });
}

async function verify(references: readonly string[], session: Session): Promise<void> {
  const manager = await session.app();
  const { output, signal } = session;
  const generator = manager.verify(references.length === 0 ? undefined : references, { signal });
  const { showHashing } = await import("../output/hashing_view.ts");
  const files = await (async () => {
    using view = await showHashing(session);
    return await drain(generator, (event) => view.handle(event));
  })();
  const bad = files.filter(({ status }) => status !== "ok");
  await output.result({
    json: () => verifyDocument(files),
    quiet: () => bad.map(({ path }) => path),
    human: () => files.length === 0 ? [] : output.table(COLUMNS, files),
  });
  if (files.length === 0) return output.say("The library is empty: there is nothing to verify");
  if (bad.length === 0) return output.say(`${plural(files.length, "file")}: all as they should be`);
  const error = problem(bad, await manager.list());
  session.exitCode = EXIT_CODES[error.code];
  output.failPart({ code: error.code, message: error.message, hints: error.hints, causes: [] });
}

/** Adds what `mm verify` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Hash files again and compare with the recorded digests; needs no network.")
    .argument("[REF...]", "org/name or org/name:QUANT; all models when none is given")
    .action((references) => verify(references, session));
}
