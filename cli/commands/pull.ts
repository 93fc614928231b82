/**
 * `mm pull`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { formatByteSize } from "../../core/base/byte_size.ts";
import type { DownloadEvent, PlannedFile } from "../../core/download/events.ts";
import type { CopyStore, PullRequest, PullResult } from "../../core/operations/model_manager.ts";
import { drain } from "../drain.ts";
import { exitCodeOf } from "../exit_code.ts";
import { eventDocument, resultsDocument } from "../output/documents.ts";
import { partialError } from "../output/error_view.ts";
import { fetchSummary } from "../output/fetch_summary.ts";
import { formatPercent, plural } from "../output/humanize.ts";
import type { Column } from "../output/table.ts";
import { followRateLimit } from "../follow_rate_limit.ts";
import type { Session } from "../session.ts";
import { startUpdateCheck } from "../update_check.ts";
import { pullOptions, readPriority, readPullOptions, readReuse } from "./pull_options.ts";

interface PlanRow extends PlannedFile {
  readonly reference: string;
}

const PLAN_COLUMNS: readonly Column<PlanRow>[] = [
  { header: "MODEL", cell: ({ reference }) => reference, minimum: 16, cut: "middle", expendable: 1 },
  { header: "FILE", cell: ({ path }) => path, minimum: 16, cut: "middle" },
  { header: "SIZE", cell: ({ totalBytes }) => formatByteSize(totalBytes), align: "right" },
  {
    header: "STATUS",
    cell: ({ action, resumedBytes, totalBytes, from }) =>
      action === "present"
        ? "present"
        : from !== undefined
        ? `planned, ${action} of ${from}`
        : action === "resume"
        ? `planned, resumes at ${formatPercent(resumedBytes, totalBytes)}`
        : "planned",
    style: ({ action }, theme) => action === "present" ? theme.good : undefined,
  },
];

/** The files of all plans among the events. */
class PlanCollector {
  readonly rows: PlanRow[] = [];
  readonly notices = new Set<string>();
  fetchBytes = 0;

  handle(event: DownloadEvent): void {
    if (event.type !== "planned") return;
    this.fetchBytes += event.fetchBytes;
    for (const notice of event.notices) this.notices.add(notice);
    for (const file of event.files) this.rows.push({ ...file, reference: event.reference });
  }
}

/** Runs the pull; events go to the screen, or to standard output as JSON lines. */
async function run(
  request: PullRequest,
  plans: PlanCollector,
  session: Session,
): Promise<readonly PullResult[]> {
  const manager = await session.app();
  const generator = manager.pull(request, { signal: session.signal });
  using _limit = followRateLimit(manager, session, { own: request.limitBytesPerSecond });
  if (session.output.mode === "events") {
    return await drain(generator, (event) => session.output.jsonLine(eventDocument(event)));
  }
  // A dry run writes nothing, so there is nothing to follow.
  if (request.dryRun === true) return await drain(generator, (event) => plans.handle(event));
  using view = await session.follow();
  return await drain(generator, (event) => {
    plans.handle(event);
    view.handle(event);
  });
}

function paths(results: readonly PullResult[]): readonly string[] {
  return results.flatMap((result) => result.status === "failed" ? [] : result.paths);
}

function sayFailures(results: readonly PullResult[], session: Session): void {
  const failed = results.filter(({ status }) => status === "failed");
  for (const { reference, error } of failed) {
    if (error === undefined) continue;
    // One reference needs no name before its error: it was typed a line above.
    const message = results.length === 1 ? error.message : `${reference}: ${error.message}`;
    session.output.failPart({ ...error, message });
  }
  if (failed.length > 0 && failed.length < results.length) {
    const error = partialError(failed.map(({ reference }) => reference), results.length);
    session.output.failPart({ code: error.code, message: error.message, hints: error.hints, causes: [] });
  }
}

function saySummary(
  results: readonly PullResult[],
  { session, wallMs }: { readonly session: Session; readonly wallMs: number },
): void {
  const { output } = session;
  const downloaded = results.filter(({ status }) => status === "downloaded");
  const bytes = results.reduce((sum, { bytesFetched }) => sum + bytesFetched, 0);
  const reused = results.flatMap((result) => result.reused ?? []);
  if (reused.length > 0) {
    const size = formatByteSize(reused.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    const from = [...new Set(reused.map(({ store }) => STORES[store]))].join(", ");
    output.say(
      `Taken from this machine: ${size} in ${plural(reused.length, "file")}, from ${from}, verified`,
    );
  }
  if (downloaded.length > 0 && (bytes > 0 || reused.length === 0)) {
    output.say(fetchSummary(results, wallMs));
  } else if (downloaded.length === 0 && results.some(({ status }) => status === "present")) {
    output.say("Nothing to fetch: everything is here");
  }
}

const STORES: Readonly<Record<CopyStore, string>> = {
  "library": "the library",
  "hf-cache": "the HF cache",
  "ollama": "Ollama",
  "lmstudio": "LM Studio",
};

function sayPlan({ rows, fetchBytes }: PlanCollector, { output }: Session): void {
  const reused = rows.filter(({ from }) => from !== undefined);
  const wanted = rows.filter(({ action }) => action !== "present").length - reused.length;
  const fetch = `Would fetch ${formatByteSize(fetchBytes)} in ${plural(wanted, "file")}`;
  const size = formatByteSize(reused.reduce((sum, { totalBytes }) => sum + totalBytes, 0));
  const take = reused.length === 0
    ? ""
    : ` and take ${size} in ${plural(reused.length, "file")} from this machine`;
  output.say(`${fetch}${take}; nothing was written`);
}

async function pull(request: PullRequest, session: Session): Promise<void> {
  const { output, clock } = session;
  const plans = new PlanCollector();
  const startMs = clock.monotonic();
  const results = await run(request, plans, session);
  session.exitCode = exitCodeOf(
    results.map(({ status, error }) => status === "failed" ? error?.code ?? "FAILED" : undefined),
  );
  if (output.mode === "events") return output.jsonLine({ type: "results", ...resultsDocument(results) });
  await output.result({
    json: () => resultsDocument(results),
    quiet: () => paths(results),
    verbatim: request.dryRun !== true,
    human: () =>
      request.dryRun === true
        ? plans.rows.length === 0 ? [] : output.table(PLAN_COLUMNS, plans.rows)
        : paths(results),
  });
  if (request.dryRun === true) {
    for (const notice of plans.notices) output.say(`note: ${notice}`);
    const isAllWrong = plans.rows.length === 0 && results.every(({ status }) => status === "failed");
    if (!isAllWrong) sayPlan(plans, session);
  } else saySummary(results, { session, wallMs: clock.monotonic() - startMs });
  sayFailures(results, session);
  await startUpdateCheck(session);
}

const NOTES = `
What is taken: the quant or files that the reference selects, and every file that --include matches
as well. Without a selector, --include is all that is taken. --exclude always wins.

Files whose bytes are elsewhere on this machine - in the library, the HF cache, Ollama's or LM
Studio's folder - are not fetched: they are proved, and get a second name here (a hard link: one
content, two names, no more room). Where that cannot be, as on another disk, they are fetched;
--reuse copy copies them instead, --reuse off fetches everything. Files of up to 1 MiB are always
copied. --dry-run says what would be taken from where.

A model that was pulled by its commit stays at it (pinned, in mm list) whatever mm update finds,
until a pull asks for another revision, or for none: that is said then.

The paths are printed on standard output, everything else on standard error.
With --events, each line is a JSON object; the last one is {"type":"results","results":[...]},
or {"type":"error","error":{...}} when nothing could be done. It wins over --json and --quiet.

Examples:
  mm pull org/name                          the default quant
  mm pull org/name:Q8_0 other/name          several at once
  mm pull org/name -i '*.json' -x 'onnx/*'  files by pattern
  mm pull org/name@refs/pr/3 --to ./models  a revision, into a directory
  mm pull org/name --to hf-cache            where transformers, llama.cpp and vLLM look
  mm pull org/name --background             in the queue, see mm queue`;

/** Adds what `mm pull` takes and does. */
export function configure(command: Command, session: Session): void {
  command.description(
    "Download models: in parallel ranges, resumed where they were left, proved before they appear.",
  );
  pullOptions(command)
    .option("-n, --dry-run", "only say what would be fetched")
    .option("--reuse <MODE>", "files that are elsewhere on this machine: link, copy or off", readReuse)
    .option("--no-wait", "fail at once (10) while another process downloads one of the files")
    .option("--events", "one JSON event a line on standard output")
    .option("--background", "queue it, and return at once while it is downloaded")
    .option("--priority <PRIORITY>", "urgent, high, normal or low; with --background", readPriority)
    .addHelpText("after", NOTES)
    .action(async (references, options) => {
      const { dryRun, priority, background, reuse } = options;
      const request: PullRequest = readPullOptions(references, options);
      if (background === true && dryRun !== true) {
        if (reuse !== undefined) session.output.warn("--reuse does not count together with --background");
        const { pullInBackground, toJobRequest } = await import("../queue_work.ts");
        return await pullInBackground(toJobRequest(request, priority), session);
      }
      if (priority !== undefined) session.output.warn("--priority counts only together with --background");
      await pull({
        ...request,
        dryRun: dryRun === true,
        ...(reuse === undefined ? {} : { reuse }),
        // The option is named by what is done without it.
        noWait: options.wait === false,
      }, session);
    });
}
