/**
 * `mm sync`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { formatByteSize } from "../../core/base/byte_size.ts";
import type {
  SyncPlanItem,
  SyncReport,
  SyncRequest,
  SyncResult,
} from "../../core/operations/model_manager.ts";
import { drain } from "../drain.ts";
import { EXIT_CODES, exitCodeOf } from "../exit_code.ts";
import { followRateLimit } from "../follow_rate_limit.ts";
import { eventDocument } from "../output/documents.ts";
import { fetchSummary } from "../output/fetch_summary.ts";
import { plural } from "../output/humanize.ts";
import { PLAN_COLUMNS, PRUNE_COLUMNS, SYNC_COLUMNS, syncDocument } from "../output/manifest_view.ts";
import type { Session } from "../session.ts";
import { MANIFEST_OPTION, manifestChoice, nextCommand } from "./models.ts";
import { CONNECTIONS_OPTION, LIMIT_RATE_OPTION, readTransferOptions } from "./transfer_options.ts";

/** Says what is to be done, unless that is nothing. */
async function sayPlan(plan: readonly SyncPlanItem[], session: Session): Promise<void> {
  const { output } = session;
  const bytes = plan.reduce((sum, { fetchBytes }) => sum + fetchBytes, 0);
  if (bytes === 0 || output.mode !== "human") return;
  const open = plan.filter(({ action }) => action === "fetch" || action === "resume");
  output.say(`${open.length} of ${plural(plan.length, "model")} to fetch, ${formatByteSize(bytes)}:`);
  output.sayLines(await output.table(PLAN_COLUMNS, plan, { indent: "  ", said: true }));
}

/** Runs the sync; events go to the screen, or to standard output as JSON lines. */
async function run(request: SyncRequest, session: Session): Promise<SyncReport> {
  const manager = await session.app();
  const { output, signal } = session;
  let told = Promise.resolve();
  const onPlan = (plan: readonly SyncPlanItem[]): void => {
    if (request.dryRun !== true) told = sayPlan(plan, session);
  };
  const generator = manager.sync(request, { signal, onPlan });
  using _limit = followRateLimit(manager, session, { own: request.limitBytesPerSecond });
  if (output.mode === "events") {
    return await drain(generator, (event) => output.jsonLine(eventDocument(event)));
  }
  if (request.dryRun === true) return await drain(generator, () => {});
  using view = await session.follow({ plans: false });
  const report = await drain(generator, (event) => view.handle(event));
  await told;
  return report;
}

/** Asks before models are deleted. @returns whether to go on. */
async function confirmPrune(request: SyncRequest, session: Session): Promise<boolean> {
  const { output, globals } = session;
  if (request.prune !== true || request.dryRun === true || globals.yes) return true;
  const planned = await (await session.app()).manifest.planPrune(manifestChoice(request));
  if (planned.length === 0) return true;
  if (output.mode === "human") {
    output.sayLines(await output.table(PRUNE_COLUMNS, planned, { said: true }));
  }
  const what = plural(planned.length, "model");
  if (await session.confirm(`Sync, then delete ${what}?`, `delete ${what} that the manifest does not list`)) {
    return true;
  }
  output.say("Nothing was done");
  session.exitCode = 1;
  return false;
}

function sayFailures(results: readonly SyncResult[], session: Session): void {
  const failed = results.filter(({ status }) => status === "failed");
  for (const { reference, error } of failed) {
    if (error === undefined) continue;
    // One model needs no name before its error: the manifest has no other.
    const message = results.length === 1 ? error.message : `${reference}: ${error.message}`;
    session.output.failPart({ ...error, message });
  }
  const isOther = failed.some(({ error }) => error?.code === "CHECKSUM_MISMATCH");
  if (failed.length === 0 || failed.length === results.length || isOther) return;
  session.output.failPart({
    code: "PARTIAL",
    message: `${failed.length} of ${plural(results.length, "model")} failed`,
    hints: ["Go on with what is missing: run the same command again"],
    causes: [],
  });
}

function saySummary(
  report: SyncReport,
  request: SyncRequest,
  { session: { output }, wallMs }: { readonly session: Session; readonly wallMs: number },
): void {
  const { results, plan, pruned } = report;
  const fetched = results.filter(({ status }) => status === "downloaded");
  if (request.dryRun === true) {
    const bytes = plan.reduce((sum, { fetchBytes }) => sum + fetchBytes, 0);
    output.say(`Would fetch ${formatByteSize(bytes)}; nothing was written`);
  } else if (fetched.length > 0) {
    output.say(fetchSummary(fetched, wallMs));
  } else if (results.length === 0) {
    output.say(`"${report.manifest}" enables no model: there is nothing to sync`);
    output.suggest("Add one: mm models add org/name:QUANT");
  } else if (results.every(({ status }) => status === "present")) {
    output.say("Nothing to fetch: everything is here");
  }
  if (pruned.length > 0) {
    const bytes = formatByteSize(pruned.reduce((sum, { bytesFreed }) => sum + bytesFreed, 0));
    const names = pruned.map(({ reference }) => reference).join(", ");
    output.say(
      `${request.dryRun === true ? "Would delete" : "Deleted"} what is not wanted, ${bytes}: ${names}`,
    );
  }
  if (report.notPruned === "failures") output.warn("Nothing was pruned, because something failed");
  if (results.some(({ notAsked }) => notAsked === "checked")) {
    output.suggest(
      `Ask the Hub now, whatever check_frequency says: ${nextCommand("mm sync --refresh", request)}`,
    );
  }
  if (request.frozen !== true && report.outdatedLock.length > 0) {
    output.warn(`The lock has other commits of ${plural(report.outdatedLock.length, "model")}`);
    output.suggest(`Bring it up to date: ${nextCommand("mm lock", request)}`);
  }
}

/** What is not as the lock says is no partial success: a frozen sync is all or nothing. */
function exitCode(results: readonly SyncResult[], { frozen }: SyncRequest): number {
  const codes = results.map(({ status, error }) => status === "failed" ? error?.code ?? "FAILED" : undefined);
  return frozen === true && codes.includes("CHECKSUM_MISMATCH")
    ? EXIT_CODES.CHECKSUM_MISMATCH
    : exitCodeOf(codes);
}

async function sync(request: SyncRequest, session: Session): Promise<void> {
  const { output } = session;
  if (!await confirmPrune(request, session)) return;
  const startMs = session.clock.monotonic();
  const report = await run(request, session);
  const wallMs = session.clock.monotonic() - startMs;
  const { results } = report;
  const dryRun = request.dryRun === true;
  session.exitCode = exitCode(results, request);
  const document = (): object => syncDocument(report, { frozen: request.frozen === true, dryRun });
  if (output.mode === "events") return output.jsonLine({ type: "results", ...document() });
  await output.result({
    json: document,
    quiet: () => results.flatMap(({ status, paths }) => status === "failed" ? [] : paths),
    human: () =>
      results.length === 0
        ? []
        : dryRun
        ? output.table(PLAN_COLUMNS, report.plan)
        : output.table(SYNC_COLUMNS, results),
  });
  saySummary(report, request, { session, wallMs });
  sayFailures(results, session);
}

const NOTES = `
What the manifest lists and enables is fetched, by priority; what is here already costs one question to the Hub, or none
within the check_frequency of the manifest. What was interrupted is gone on with. See mm models for the manifest.

With --frozen, the lock decides: each file is fetched by its commit and proved against its digest in the lock, and what
is other there fails (5), as does a file here that was changed since. Pinned models get the bytes of the lock as well.
The manifest is not written to. Manifest and lock have to name the same models.

With --prune, models go that the manifest does not list, when everything else went well. These stay: disabled and pinned
models, what was put into the library by hand, and all quants of a model that is listed without one.

With --events, each line is a JSON object; the last one is {"type":"results","results":[...]}.

Examples:
  mm sync --dry-run          what would be fetched
  mm sync                    fetch it
  mm sync --frozen           exactly what mm lock has written down, on every machine
  mm sync --prune --yes      and delete what is not listed, without asking`;

/** Adds what `mm sync` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Make the library match the manifest models.json, or exactly its lock.")
    .option("--frozen", "fetch exactly what the lock says, or fail")
    .option("--prune", "delete models that the manifest does not list")
    .option("-n, --dry-run", "only say what would be done")
    .option("--refresh", "ask the Hub about every model, whatever check_frequency says")
    .option(...MANIFEST_OPTION)
    .option(...CONNECTIONS_OPTION)
    .option(...LIMIT_RATE_OPTION)
    .option("--events", "one JSON event a line on standard output")
    .addHelpText("after", NOTES)
    .action((options) =>
      sync({
        ...manifestChoice(options),
        frozen: options.frozen === true,
        prune: options.prune === true,
        dryRun: options.dryRun === true,
        refresh: options.refresh === true,
        ...readTransferOptions(options),
      }, session)
    );
}
