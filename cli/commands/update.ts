/**
 * `mm update`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import type { UpdateRequest, UpdateResult } from "../../core/operations/model_manager.ts";
import { quoteArgument } from "../command_line.ts";
import { drain } from "../drain.ts";
import { exitCodeOf } from "../exit_code.ts";
import { eventDocument, resultsDocument } from "../output/documents.ts";
import { plural } from "../output/humanize.ts";
import {
  groupError,
  groupFailures,
  hasUpdate,
  UPDATE_COLUMNS,
  updateNotes,
  updateSummary,
} from "../output/update_view.ts";
import { followRateLimit } from "../follow_rate_limit.ts";
import type { Session } from "../session.ts";
import { CONNECTIONS_OPTION, LIMIT_RATE_OPTION, readTransferOptions } from "./transfer_options.ts";

/** After so long without a sign of life, a person wonders. */
const SLOW_MS = 2_000;
/** More models than this are not named one by one in advice. */
const MAX_NAMED = 5;

/** Runs the update; events go to the screen, or to standard output as JSON lines. */
async function run(request: UpdateRequest, session: Session): Promise<readonly UpdateResult[]> {
  const manager = await session.app();
  const { output, signal } = session;
  const generator = manager.update(request, { signal });
  using _limit = followRateLimit(manager, session, { own: request.limitBytesPerSecond });
  if (output.mode === "events") {
    return await drain(generator, (event) => output.jsonLine(eventDocument(event)));
  }
  using asking = sayWhenSlow(
    request.references === undefined ? "Asking the Hub about every model" : "Asking the Hub",
    session,
  );
  // A check writes nothing, so there is nothing to follow.
  if (request.check === true) return await drain(generator, () => {});
  using view = await session.follow();
  return await drain(generator, (event) => {
    asking[Symbol.dispose]();
    view.handle(event);
  });
}

/** Says what is going on, unless it is over before a person wonders. */
function sayWhenSlow(text: string, { clock, output }: Session): Disposable {
  const over = new AbortController();
  clock.sleep(SLOW_MS, { signal: over.signal }).then(() => output.say(text), () => {});
  return { [Symbol.dispose]: () => over.abort() };
}

function quietLines(results: readonly UpdateResult[], check: boolean): readonly string[] {
  return check
    ? results.filter(({ status }) => status === "planned").map(({ reference }) => reference)
    : results.filter(({ status }) => status === "downloaded").flatMap(({ paths }) => paths);
}

/** What was asked for is shown; after an update of everything, what stayed as it was is only counted. */
function shownRows(results: readonly UpdateResult[], request: UpdateRequest): readonly UpdateResult[] {
  return request.check === true || request.references !== undefined
    ? results
    : results.filter(({ update }) => update !== "up to date" && update !== "pinned");
}

function sayFailures(results: readonly UpdateResult[], request: UpdateRequest, session: Session): void {
  const { output } = session;
  const typed = request.references ?? [];
  const failed = results.filter(({ status }) => status === "failed");
  for (const group of groupFailures(results)) {
    output.failPart(groupError(group, { alone: typed.length === 1 && results.length === 1 }));
  }
  const gone = failed.filter(({ update }) => update === "removed upstream");
  if (gone.length > 0) {
    const names = gone.length > MAX_NAMED
      ? "REF"
      : gone.map(({ reference }) => quoteArgument(reference)).join(" ");
    output.suggest(`Keep what is here, and ask for it no more: mm models pin ${names}`);
  }
  if (failed.length === 0 || failed.length === results.length) return;
  // The whole library again is as good as a long list.
  const isFew = typed.length > 0 || failed.length <= MAX_NAMED;
  const again = isFew ? failed.map(({ reference }) => reference) : [];
  const command = updateCommand(again, request.check === true ? ["--check"] : []);
  output.failPart({
    code: "PARTIAL",
    message: `${failed.length} of ${plural(results.length, "model")} failed`,
    hints: [`Try again: ${command}`],
    causes: [],
  });
}

/** The command that updates these, or everything. */
function updateCommand(references: readonly string[], flags: readonly string[]): string {
  return ["mm update", ...references.map((reference) => quoteArgument(reference)), ...flags].join(" ");
}

function saySummary(results: readonly UpdateResult[], request: UpdateRequest, session: Session): void {
  const { output } = session;
  const { references: typed = [] } = request;
  for (const note of updateNotes(results)) output.say(note);
  const changed = results.filter((result) => hasUpdate(result) && result.status !== "failed");
  const summary = updateSummary(results, { check: request.check === true });
  if (summary !== undefined) output.say(summary);
  if (changed.length > 0 && request.check === true) {
    const command = updateCommand(typed, request.force === true ? ["--force"] : []);
    output.suggest(`Fetch what has changed: ${command}`);
  }
  if (changed.length === 0 && results.some(({ status }) => status === "planned")) {
    output.suggest(`Remove what is left of old weights: ${updateCommand(typed, [])}`);
  }
  const pinned = results.filter(({ update }) => update === "pinned").map(({ reference }) => reference);
  if (typed.length > 0 && pinned.length > 0) {
    output.suggest(`Look for updates of what is pinned: ${updateCommand(pinned, ["--force", "--check"])}`);
  }
}

/** What is not complete, or has no files any more, is none that can be updated: still the library is not empty. */
async function sayNothingToUpdate(session: Session): Promise<void> {
  const { output } = session;
  const models = await (await session.app()).list();
  if (models.length > 0) {
    output.say("No model of the library has its files here: there is nothing to update");
    return output.suggest("See what there is: mm list");
  }
  output.say("The library is empty: there is nothing to update");
  output.suggest("Find something to download: mm search QUERY");
}

async function update(request: UpdateRequest, session: Session): Promise<void> {
  const { output } = session;
  const results = await run(request, session);
  const check = request.check === true;
  session.exitCode = exitCodeOf(
    results.map(({ status, error }) => status === "failed" ? error?.code ?? "FAILED" : undefined),
  );
  if (output.mode === "events") return output.jsonLine({ type: "results", ...resultsDocument(results) });
  const rows = shownRows(results, request);
  await output.result({
    json: () => resultsDocument(results),
    quiet: () => quietLines(results, check),
    human: () => rows.length === 0 ? [] : output.table(UPDATE_COLUMNS, rows),
  });
  if (results.length === 0) {
    return await sayNothingToUpdate(session);
  }
  saySummary(results, request, session);
  sayFailures(results, request, session);
}

const NOTES = `
Models are compared with the Hub by the digests of their files, not by commits:

  weights changed       fetched
  other files changed   fetched: the README, the configuration, the tokenizer
  removed upstream      files that the Hub has no more are kept here
  pinned                not asked for: pulled by commit, or pinned with mm models pin

The files of a model take the places of the old ones together, when all of them are proved.
Old weights go then, too, when the new ones have other names or are cut into other shards.
Files that a pinned model has, too, stay as they are.
With --events, each line is a JSON object; the last one is {"type":"results","results":[...]}.

Examples:
  mm update --check             what has changed of the whole library
  mm update                     fetch all of it
  mm update org/name:Q4_K_M     one model`;

/** Adds what `mm update` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Compare models with the Hub by their contents, and fetch what has changed.")
    .argument("[REF...]", "org/name or org/name:QUANT; all models when none is given")
    .option("--check", "only say what has changed")
    .option("-n, --dry-run", "the same as --check")
    .option("-f, --force", "also models that are pinned")
    .option(...CONNECTIONS_OPTION)
    .option(...LIMIT_RATE_OPTION)
    .option("--events", "one JSON event a line on standard output")
    .addHelpText("after", NOTES)
    .action(async (references, options) => {
      const { check, dryRun, force } = options;
      await update({
        ...(references.length === 0 ? {} : { references }),
        check: check === true || dryRun === true,
        force: force === true,
        ...readTransferOptions(options),
      }, session);
    });
}
