/**
 * `mm cleanup`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { formatByteSize } from "../../core/base/byte_size.ts";
import type { CleanupRequest, CleanupResult } from "../../core/operations/model_manager.ts";
import { EXIT_CODES } from "../exit_code.ts";
import { durationReader } from "../flags.ts";
import { cleanupDocument } from "../output/documents.ts";
import { plural } from "../output/humanize.ts";
import type { Column } from "../output/table.ts";
import type { Session } from "../session.ts";

type Cleaned = CleanupResult["removed"][number];

const REASONS: Readonly<Record<Cleaned["reason"], string>> = {
  quarantined: "wrong bytes, put aside",
  "journal-without-data": "its data is gone",
  "data-without-journal": "nobody can go on with it",
  damaged: "damaged",
  published: "has its final name already",
  interrupted: "broke off long ago",
  abandoned: "its process has ended",
  "unused-pieces": "its file is not installed",
  temporary: "a write that was not finished",
  "stale-lock": "nobody holds it",
  "empty-folder": "empty",
};

const COLUMNS: readonly Column<Cleaned>[] = [
  { header: "PATH", cell: ({ path }) => path, minimum: 24, cut: "middle" },
  { header: "SIZE", cell: ({ bytes }) => formatByteSize(bytes), align: "right" },
  { header: "WHY", cell: ({ reason }) => REASONS[reason] },
];

function sayRest(result: CleanupResult, session: Session): void {
  if (result.inUse.length > 0) {
    session.output.say(`Left ${plural(result.inUse.length, "file")} that another process has begun to use`);
  }
  for (const { message } of result.problems) session.output.warn(message);
}

async function report(
  result: CleanupResult,
  how: { readonly dryRun: boolean; readonly shown?: boolean },
  session: Session,
): Promise<void> {
  const { output } = session;
  const { dryRun, shown = false } = how;
  await output.result({
    json: () => cleanupDocument(result, { dryRun }),
    quiet: () => result.removed.map(({ path }) => path),
    human: () => shown || result.removed.length === 0 ? [] : output.table(COLUMNS, result.removed),
  });
  sayRest(result, session);
  const freed = formatByteSize(result.bytesFreed);
  if (result.removed.length === 0) output.say("Nothing to clean up");
  else output.say(dryRun ? `Would free ${freed}; nothing was removed` : `Freed ${freed}`);
}

async function cleanup(request: CleanupRequest, dryRun: boolean, session: Session): Promise<void> {
  const { output, globals } = session;
  const manager = await session.app();
  const plan = await manager.planCleanup(request);
  if (dryRun || plan.removed.length === 0) return await report(plan, { dryRun }, session);
  const what = `${plural(plan.removed.length, "leftover")}, ${formatByteSize(plan.bytesFreed)}`;
  const asks = !globals.yes && output.mode === "human";
  if (asks) {
    for (const line of await output.table(COLUMNS, plan.removed)) output.say(line);
  }
  if (!await session.confirm(`Delete ${what}?`, `delete ${what}`)) {
    output.say("Nothing was removed");
    session.exitCode = 1;
    return;
  }
  const result = await manager.cleanup(request);
  // Who was asked has seen it, unless the answer goes elsewhere.
  await report(result, { dryRun: false, shown: asks && session.terminal.stdoutIsTerminal }, session);
  // What cannot be looked at is said with the plan; what was to go and could not is a failure.
  if (result.problems.length > plan.problems.length) session.exitCode = EXIT_CODES.PARTIAL;
}

const NOTES = `
Only files that mm itself makes are deleted, and none that a running mm uses. Installed files stay.

  wrong bytes that were put aside, damaged journals, data without a journal      always
  small files, locks, claims and unfinished writes of processes that have ended  always
  digests of pieces of files that are no longer installed, empty folders         always
  downloads that broke off, copies of damaged registries                         after --older-than

Examples:
  mm cleanup --dry-run               what would be deleted, and why
  mm cleanup --older-than 7d --yes   also downloads that broke off a week ago, without asking`;

/** Adds what `mm cleanup` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Delete what interrupted downloads and crashed processes have left.")
    .option(
      "--older-than <AGE>",
      "age of interrupted downloads, such as 12h (default: cleanup.age_days)",
      durationReader("--older-than"),
    )
    .option("-n, --dry-run", "only say what would be deleted")
    .addHelpText("after", NOTES)
    .action(({ olderThan, dryRun }) =>
      cleanup(olderThan === undefined ? {} : { olderThanMs: olderThan }, dryRun === true, session)
    );
}
