/**
 * `mm history`.
 *
 * @module
 */
import { type Command, Option } from "@commander-js/extra-typings";
import { ModelManagerError } from "../../core/base/errors.ts";
import type { HistoryFilter, HistoryRecord, HistoryStatistics } from "../../core/state/history_record.ts";
import { countReader, durationReader } from "../flags.ts";
import { historyDocument } from "../output/documents.ts";
import type { HistoryFormat } from "../output/history_export.ts";
import {
  countLines,
  dayChart,
  recordColumns,
  recordLines,
  REPO_COLUMNS,
  statisticsPairs,
} from "../output/history_view.ts";
import { plural } from "../output/humanize.ts";
import type { Session } from "../session.ts";
import { sinceReader, untilReader } from "../time_flag.ts";

const STATUSES = ["completed", "failed", "cancelled"] as const satisfies readonly HistoryRecord["status"][];
const FORMATS = ["json", "csv"] as const satisfies readonly HistoryFormat[];
const MAX_REPOS = 10;

function isFiltered(filter: HistoryFilter): boolean {
  return Object.keys(filter).length > 0;
}

function sayNothingFound(filter: HistoryFilter, { output }: Session): void {
  if (isFiltered(filter)) return output.say("The history has nothing like that");
  output.say("No downloads yet");
  output.suggest("Find something to download: mm search QUERY");
}

async function list(filter: HistoryFilter, limit: number, session: Session): Promise<void> {
  const manager = await session.app();
  const records = await manager.history.list({ ...filter, limit });
  const { output } = session;
  await output.result({
    json: () => historyDocument(records),
    quiet: () => records.map(({ reference }) => reference),
    human: () => records.length === 0 ? [] : output.table(recordColumns(session.clock.now()), records),
  });
  if (records.length === 0) return sayNothingFound(filter, session);
  const more = records.length === limit ? `; for more: --limit ${limit * 10}` : "";
  output.say(`${plural(records.length, "record")}, newest first${more}`);
  if (records.some((record) => record.status === "failed")) {
    output.suggest("See one of them whole: mm history show --status failed");
  }
}

/** The record of that id; without one, the newest that fits. */
async function findRecord(
  id: string | undefined,
  filter: HistoryFilter,
  session: Session,
): Promise<HistoryRecord> {
  const { history } = await session.app();
  const found = id === undefined ? await history.list({ ...filter, limit: 1 }) : await history.find(id);
  const [record, second] = found;
  if (record !== undefined && second === undefined) return record;
  const what = id === undefined ? "like that" : `of the id "${id}"`;
  throw second === undefined
    ? new ModelManagerError("NOT_FOUND", `The history has no record ${what}`, {
      hints: ["See what there is, with the ids: mm history list --json"],
    })
    : new ModelManagerError("USAGE_ERROR", `The id "${id}" is that of several records`, {
      hints: [`Write more of it, such as: mm history show ${record?.id}`],
    });
}

async function show(id: string | undefined, filter: HistoryFilter, session: Session): Promise<void> {
  const record = await findRecord(id, filter, session);
  const { output } = session;
  await output.result({
    json: () => ({ record }),
    quiet: () => [record.id],
    human: () => recordLines(record, output.theme),
  });
}

async function statisticsLines(
  statistics: HistoryStatistics,
  filter: HistoryFilter,
  session: Session,
): Promise<readonly string[]> {
  const { output, clock } = session;
  const { perDay, perRepo } = statistics;
  const chart = dayChart(perDay, {
    endMs: Math.min(clock.now(), (filter.endedBeforeMs ?? Infinity) - 1),
    width: output.width,
    unicode: output.unicode,
    theme: output.theme,
  });
  const repos = perRepo.length > 1 ? await output.table(REPO_COLUMNS, perRepo.slice(0, MAX_REPOS)) : [];
  const parts = [countLines(statistics, output.theme), chart, repos];
  return parts.filter((lines) => lines.length > 0).flatMap((lines, index) =>
    index === 0 ? lines : ["", ...lines]
  );
}

async function stats(filter: HistoryFilter, session: Session): Promise<void> {
  const manager = await session.app();
  const statistics = await manager.history.stats(filter);
  const { output } = session;
  await output.result({
    json: () => statistics,
    quiet: () => statisticsPairs(statistics),
    human: () => statisticsLines(statistics, filter, session),
  });
  if (statistics.total === 0) return sayNothingFound(filter, session);
  const rest = statistics.perRepo.length - MAX_REPOS;
  if (rest > 0) {
    output.say(`${plural(rest, "further model")}: mm history stats --json has all of them`);
  }
}

function matching({ total, damaged }: HistoryStatistics, filter: HistoryFilter): string {
  const records = `${plural(total, "record")} of the history`;
  // Nobody knows what model a damaged record is of.
  return isFiltered(filter) || damaged === 0 ? records : `${records} and ${damaged} damaged`;
}

async function clear(filter: HistoryFilter, session: Session): Promise<void> {
  const { output } = session;
  const { history } = await session.app();
  const statistics = await history.stats(filter);
  const isEmpty = statistics.total === 0 && (isFiltered(filter) || statistics.damaged === 0);
  const what = `delete ${matching(statistics, filter)}`;
  if (!isEmpty && !await session.confirm(`D${what.slice(1)}?`, what)) {
    output.say("Nothing was deleted");
    session.exitCode = 1;
    return;
  }
  const deleted = isEmpty ? 0 : await history.clear(filter);
  await output.result({ json: () => ({ deleted }), quiet: () => [], human: () => [] });
  output.say(isEmpty ? "The history has nothing to delete" : `Deleted ${plural(deleted, "record")}`);
}

interface ExportOptions {
  readonly format: HistoryFormat;
  /** `undefined` for standard output. */
  readonly file: string | undefined;
}

/** The format that was asked for, else the one that the file's name tells. */
function exportOptions(
  { format, output }: { readonly format?: HistoryFormat | undefined; readonly output?: string | undefined },
  session: Session,
): ExportOptions {
  const file = output === "-" ? undefined : output;
  const chosen = format ?? (file?.toLowerCase().endsWith(".csv") === true ? "csv" : "json");
  if (chosen === "csv" && file === undefined && session.globals.json) {
    throw new ModelManagerError("USAGE_ERROR", "Cannot write CSV and one JSON document to standard output", {
      hints: ["Leave out --json, or write the CSV to a file: --output history.csv"],
    });
  }
  return { format: chosen, file };
}

async function exportHistory(filter: HistoryFilter, options: ExportOptions, session: Session): Promise<void> {
  const { format, file } = options;
  const { terminal, output, signal } = session;
  const [{ exportText }, { inBlocks, whatIsAt, writeTextTo }] = await Promise.all([
    import("../output/history_export.ts"),
    import("../output/file_sink.ts"),
  ]);
  const replaces = file !== undefined && await whatIsAt(file) === "file";
  if (replaces && !await session.confirm(`Replace "${file}"?`, `replace "${file}"`)) {
    output.say("Nothing was written");
    session.exitCode = 1;
    return;
  }
  const { history } = await session.app();
  let count = 0;
  const counted = async function* (): AsyncGenerator<HistoryRecord, void, undefined> {
    for await (const record of history.records(filter)) {
      count += 1;
      yield record;
    }
  };
  const text = exportText(counted(), format);
  if (file === undefined) {
    for await (const block of inBlocks(text)) terminal.writeOut(block);
  } else {
    await writeTextTo(file, text, { signal });
    await output.result({
      json: () => ({ exported: count, format, path: file }),
      quiet: () => [file],
      human: () => [],
    });
  }
  output.say(file === undefined ? plural(count, "record") : `Wrote ${plural(count, "record")} to "${file}"`);
}

/** A type, not an interface: commander wants an index signature, which only a type has by itself. */
type Filters = {
  readonly repo?: string | undefined;
  readonly status?: HistoryRecord["status"] | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
};

function filterOf({ repo, status, since, until }: Filters): HistoryFilter {
  if (since !== undefined && until !== undefined && since >= until) {
    throw new ModelManagerError("USAGE_ERROR", "The time of --since is after that of --until", {
      hints: ["Ages count back from now: mm history list --since 30d --until 7d"],
    });
  }
  return {
    ...(repo === undefined ? {} : { repo }),
    ...(status === undefined ? {} : { status }),
    ...(since === undefined ? {} : { endedFromMs: since }),
    ...(until === undefined ? {} : { endedBeforeMs: until }),
  };
}

/** The options that all commands take. */
function filtered(command: Command, session: Session): Command<[], Filters> {
  const { clock } = session;
  return command
    .option("--repo <REPO>", "only downloads of this repository")
    .addOption(new Option("--status <STATUS>", "only downloads that ended like this").choices(STATUSES))
    .option(
      "--since <WHEN>",
      "from then on: an age such as 30d, or a date (UTC)",
      sinceReader("--since", clock),
    )
    .option(
      "--until <WHEN>",
      "up to then: an age, or a date, that day included",
      untilReader("--until", clock),
    ) as Command<[], Filters>;
}

const STATS_NOTES = `
A download counts on the day on which it ended, in UTC. The success rate is the
share of all of them that completed, and 0 when there is nothing. A download that
was paused, made way or was handed over counts as cancelled, and what goes on in
its place as another. What was there already is no download.`;

const EXPORT_NOTES = `
JSON has the shape of mm history list --json; CSV has a header, and its cells
are safe to open in a spreadsheet.

Examples:
  mm history export --since 2025-01-01 -o history.csv
  mm history export --status failed --format csv > failed.csv`;

const CLEAR_NOTES = `
Old records are deleted by themselves, once a day, when you say how long they
stay: mm config set history.keep_days 90`;

const NOTES = `
Examples:
  mm history list --status failed --since 7d   what went wrong this week
  mm history show                              the newest, whole
  mm history stats                             success rate, bytes, speed`;

/** Adds the commands of `mm history`. */
export function configure(command: Command, session: Session): void {
  command.description("What was downloaded, and how it went.").addHelpText("after", NOTES);
  const add = (name: string, description: string) =>
    filtered(command.command(name).description(description) as Command, session);
  add("list", "List downloads, newest first.")
    .option("--limit <N>", "how many at most", countReader("--limit", { minimum: 1 }), 50)
    .action((options) => list(filterOf(options), options.limit, session));
  add("show", "Show one download whole: the newest that fits, or the one of an id.")
    .argument("[ID]", "or the beginning of it")
    .action((id, options) => show(id, filterOf(options), session));
  add("stats", "Count downloads: success rate, bytes, speed, by day and by model.")
    .addHelpText("after", STATS_NOTES)
    .action((options) => stats(filterOf(options), session));
  add("export", "Write all downloads that fit, newest first.")
    .addOption(new Option("--format <FORMAT>", "json, or csv for spreadsheets").choices(FORMATS))
    .option("-o, --output <FILE>", "write to a file instead of standard output; .csv means csv")
    .addHelpText("after", EXPORT_NOTES)
    .action((options) => exportHistory(filterOf(options), exportOptions(options, session), session));
  add("clear", "Delete the history, or the records that fit.")
    .option("--older-than <AGE>", "only what ended longer ago, such as 30d", durationReader("--older-than"))
    .addHelpText("after", CLEAR_NOTES)
    .action(({ olderThan, ...options }) => {
      const before = olderThan === undefined ? options.until : session.clock.now() - olderThan;
      const until = Math.min(before ?? Infinity, options.until ?? Infinity);
      return clear(filterOf({ ...options, ...(until === Infinity ? {} : { until }) }), session);
    });
}
