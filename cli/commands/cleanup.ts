/**
 * `mm cleanup`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { formatByteSize } from "../../core/base/byte_size.ts";
import { ModelManagerError } from "../../core/base/errors.ts";
import type {
  CleanedModel,
  CleanupRequest,
  CleanupResult,
  KeepReason,
} from "../../core/operations/model_manager.ts";
import { EXIT_CODES } from "../exit_code.ts";
import { durationReader, sizeReader } from "../flags.ts";
import { cleanupDocument } from "../output/documents.ts";
import { formatDateAge, plural } from "../output/humanize.ts";
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
  quota: "of a model beyond the quota",
};

const KEPT: Readonly<Record<KeepReason, string>> = {
  pinned: "pinned",
  "in-use": "in use",
  wanted: "asked for",
  "unknown-source": "put there by hand",
  "used-last": "used last, and larger than that by itself",
};

const COLUMNS: readonly Column<Cleaned>[] = [
  { header: "PATH", cell: ({ path }) => path, minimum: 24, cut: "middle" },
  { header: "SIZE", cell: ({ bytes }) => formatByteSize(bytes), align: "right" },
  { header: "WHY", cell: ({ reason }) => REASONS[reason] },
];

function modelColumns(nowMs: number): readonly Column<CleanedModel>[] {
  return [
    { header: "MODEL", cell: ({ reference }) => reference, minimum: 24, cut: "middle" },
    { header: "SIZE", cell: ({ bytes }) => formatByteSize(bytes), align: "right" },
    { header: "LAST USED", cell: ({ lastUsedAt }) => formatDateAge(lastUsedAt, nowMs) },
  ];
}

/** Models first, each as one; then leftovers, each with its reason. */
async function tables(
  result: CleanupResult,
  { output, clock }: Session,
  options: { readonly said?: boolean } = {},
): Promise<readonly string[]> {
  const leftovers = leftoversOf(result);
  const models = result.models.length === 0
    ? []
    : await output.table(modelColumns(clock.now()), result.models, options);
  const files = leftovers.length === 0 ? [] : await output.table(COLUMNS, leftovers, options);
  return [...models, ...(models.length > 0 && files.length > 0 ? [""] : []), ...files];
}

function leftoversOf({ removed }: CleanupResult): readonly Cleaned[] {
  return removed.filter(({ reason }) => reason !== "quota");
}

/** `2 models and 3 leftovers, 1.2 GB`. */
function summary(result: CleanupResult): string {
  const leftovers = leftoversOf(result).length;
  const counts = [
    ...(result.models.length === 0 ? [] : [plural(result.models.length, "model")]),
    ...(leftovers === 0 ? [] : [plural(leftovers, "leftover")]),
  ];
  return `${counts.join(" and ")}, ${formatByteSize(result.bytesFreed)}`;
}

function sayRest(result: CleanupResult, dryRun: boolean, session: Session): void {
  const { output } = session;
  if (result.inUse.length > 0) {
    output.say(`Left ${plural(result.inUse.length, "file")} that another process has begun to use`);
  }
  for (const { message } of result.problems) output.warn(message);
  sayQuota(result, dryRun, session);
}

function sayQuota({ quota }: CleanupResult, dryRun: boolean, { output }: Session): void {
  if (quota === undefined) return;
  const { limitBytes, bytesAfter, fits, kept } = quota;
  const takes = dryRun ? "would take" : "takes";
  const state = `The library ${takes} ${formatByteSize(bytesAfter)} of the ${
    formatByteSize(limitBytes)
  } it may take`;
  if (fits) return output.say(state);
  output.warn(`${state}: more cannot go by itself`);
  for (const { reference, reason } of kept) output.say(`  ${reference}: ${KEPT[reason]}`);
  const isPinned = kept.some(({ reason }) => reason === "pinned");
  output.suggest(
    `Choose yourself: mm remove REF${isPinned ? ", or give one free: mm models unpin REF" : ""}`,
  );
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
    human: () => shown || result.removed.length === 0 ? [] : tables(result, session),
  });
  sayRest(result, dryRun, session);
  const freed = formatByteSize(result.bytesFreed);
  if (result.removed.length === 0) output.say("Nothing to clean up");
  else output.say(dryRun ? `Would free ${freed}; nothing was removed` : `Freed ${freed}`);
}

async function cleanup(request: CleanupRequest, dryRun: boolean, session: Session): Promise<void> {
  const { output, globals } = session;
  const manager = await session.app();
  const plan = await manager.planCleanup(request);
  if (dryRun || plan.removed.length === 0) return await report(plan, { dryRun }, session);
  const what = summary(plan);
  const asks = !globals.yes && output.mode === "human";
  if (asks) output.sayLines(await tables(plan, session, { said: true }));
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
Leftovers are files that mm itself makes, and none that a running mm uses:

  wrong bytes that were put aside, damaged journals, data without a journal      always
  small files, locks, claims and unfinished writes of processes that have ended  always
  digests of pieces of files that are no longer installed, empty folders         always
  downloads that broke off, copies of damaged registries                         after --older-than

--older-than and cleanup.age_days hold for that last line only, counted from when something was last written there: no
model goes for its age.

Models go only when the library takes more than --max-size or cleanup.max_total_size, whole ones, the least recently
used first. A model was used when it was downloaded, pulled again, or read by any program, as far as the file system
keeps that; hashing does not count. These stay: what is pinned (mm models pin), what a running program has open, what
was put there by hand, and the one that was used last where it is larger than the limit by itself.

What has a second name, such as in the folder of another program (mm link), counts for nothing here: without it in the
library, the disk would have no more room. Once that other name is gone, it counts.

Examples:
  mm cleanup --dry-run               what would be deleted, and why
  mm cleanup --older-than 7d --yes   also downloads that broke off a week ago, without asking
  mm cleanup --max-size 100G         also models, until the library takes no more than that
  mm cleanup --hf-cache --dry-run    what would be deleted from the cache of the Hub's own tools

From that cache go downloads that broke off, revisions that no branch or tag means, and bytes that no revision
uses, each when it was not used for --older-than; and names whose bytes or commits are gone. It has no quota.`;

function noQuota(): ModelManagerError {
  return new ModelManagerError("USAGE_ERROR", "The cache has no quota: --max-size is for the library", {
    hints: [
      "See what takes space: mm list --hf-cache --sort size",
      "Choose what goes: mm remove REF --hf-cache",
    ],
  });
}

/** Adds what `mm cleanup` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Delete what interrupted downloads have left, and models beyond a quota.")
    .option(
      "--older-than <AGE>",
      "age of downloads that broke off, such as 12h; not of models (default: cleanup.age_days)",
      durationReader("--older-than"),
    )
    .option(
      "--max-size <SIZE>",
      "what the library may take, such as 100G (default: cleanup.max_total_size)",
      sizeReader("--max-size"),
    )
    .option("-n, --dry-run", "only say what would be deleted")
    .option("--hf-cache", "from the cache of the Hub's own tools, not from the library")
    .addHelpText("after", NOTES)
    .action(async ({ olderThan, maxSize, dryRun, hfCache }) => {
      const age = olderThan === undefined ? {} : { olderThanMs: olderThan };
      if (hfCache !== true) {
        const quota = maxSize === undefined ? {} : { maxTotalBytes: maxSize };
        return await cleanup({ ...age, ...quota }, dryRun === true, session);
      }
      if (maxSize !== undefined) throw noQuota();
      const { cleanUpCache } = await import("../hf_cache/cleanup.ts");
      await cleanUpCache(age, dryRun === true, session);
    });
}
