/**
 * `mm history`.
 *
 * @module
 */
import { type Command, Option } from "@commander-js/extra-typings";
import { formatByteRate, formatByteSize } from "../../core/base/byte_size.ts";
import { formatDuration } from "../../core/base/duration.ts";
import type { HistoryQuery, HistoryRecord, HistoryStatistics } from "../../core/state/history_record.ts";
import { countReader, durationReader } from "../flags.ts";
import { historyDocument } from "../output/documents.ts";
import { formatDateAge, plural } from "../output/humanize.ts";
import type { Column } from "../output/table.ts";
import type { Session } from "../session.ts";

const STATUSES = ["completed", "failed", "cancelled"] as const satisfies readonly HistoryRecord["status"][];

function elapsed({ startedAt, endedAt }: HistoryRecord): string {
  const ms = Date.parse(endedAt) - Date.parse(startedAt);
  return Number.isNaN(ms) ? "" : formatDuration(ms);
}

function columns(nowMs: number): readonly Column<HistoryRecord>[] {
  return [
    { header: "WHEN", cell: ({ endedAt }) => formatDateAge(endedAt, nowMs) },
    { header: "MODEL", cell: ({ reference }) => reference, minimum: 30, cut: "middle" },
    {
      header: "STATUS",
      cell: ({ status }) => status,
      style: ({ status }, theme) => status === "completed" ? theme.good : theme.warning,
    },
    {
      header: "FETCHED",
      cell: ({ bytesFetched }) => formatByteSize(bytesFetched),
      align: "right",
      expendable: 1,
    },
    {
      header: "SPEED",
      cell: ({ averageBytesPerSecond }) =>
        averageBytesPerSecond > 0 ? formatByteRate(averageBytesPerSecond) : "",
      align: "right",
      expendable: 2,
    },
    { header: "TIME", cell: elapsed, align: "right", expendable: 3 },
    { header: "ERROR", cell: ({ error }) => error?.message ?? "", minimum: 12, expendable: 4 },
  ];
}

async function list(query: HistoryQuery, session: Session): Promise<void> {
  const manager = await session.app();
  const records = await manager.history.list(query);
  const { output } = session;
  await output.result({
    json: () => historyDocument(records),
    quiet: () => records.map(({ reference }) => reference),
    human: () => records.length === 0 ? [] : output.table(columns(session.clock.now()), records),
  });
  const { limit: _limit, ...filters } = query;
  if (records.length > 0) output.say(`${plural(records.length, "record")}, newest first`);
  else if (Object.keys(filters).length > 0) output.say("The history has nothing like that");
  else {
    output.say("No downloads yet");
    output.suggest("Find something to download: mm search QUERY");
  }
}

function statisticsLines(stats: HistoryStatistics, session: Session): readonly string[] {
  const rows: readonly (readonly [string, string])[] = [
    ["Downloads", String(stats.total)],
    ["Completed", String(stats.completed)],
    ["Failed", String(stats.failed)],
    ["Cancelled", String(stats.cancelled)],
    ["Success rate", stats.total === 0 ? "–" : `${(stats.successRate * 100).toFixed(1)} %`],
    ["Fetched", formatByteSize(stats.bytesFetched)],
    ["Kept by resuming", formatByteSize(stats.bytesResumed)],
    [
      "Average speed",
      stats.averageBytesPerSecond > 0 ? formatByteRate(stats.averageBytesPerSecond) : "–",
    ],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${session.output.theme.dim(name.padEnd(width))}  ${value}`);
}

async function stats(query: Omit<HistoryQuery, "limit">, session: Session): Promise<void> {
  const manager = await session.app();
  const statistics = await manager.history.stats(query);
  await session.output.result({
    json: () => statistics,
    quiet: () => Object.entries(statistics).map(([name, value]) => `${name}=${value}`),
    human: () => statisticsLines(statistics, session),
  });
}

async function clear(query: Omit<HistoryQuery, "limit">, session: Session): Promise<void> {
  const all = Object.keys(query).length === 0;
  const what = all ? "delete the whole history" : "delete these records of the history";
  if (!await session.confirm(`${what.charAt(0).toUpperCase()}${what.slice(1)}?`, what)) {
    session.output.say("Nothing was deleted");
    session.exitCode = 1;
    return;
  }
  const manager = await session.app();
  const deleted = await manager.history.clear(query);
  await session.output.result({ json: () => ({ deleted }), quiet: () => [], human: () => [] });
  session.output.say(`Deleted ${plural(deleted, "record")}`);
}

/** A type, not an interface: commander wants an index signature, which only a type has by itself. */
type Filters = {
  readonly repo?: string | undefined;
  readonly status?: HistoryRecord["status"] | undefined;
  readonly since?: number | undefined;
};

function queryOf({ repo, status, since }: Filters): Omit<HistoryQuery, "limit"> {
  return {
    ...(repo === undefined ? {} : { repo }),
    ...(status === undefined ? {} : { status }),
    ...(since === undefined ? {} : { sinceMs: since }),
  };
}

/** The options that all three commands take. */
function filtered(command: Command): Command<[], Filters> {
  return command
    .option("--repo <REPO>", "only downloads of this repository")
    .addOption(new Option("--status <STATUS>", "only downloads that ended like this").choices(STATUSES))
    .option(
      "--since <AGE>",
      "only downloads of so long ago, such as 30d",
      durationReader("--since"),
    ) as Command<
      [],
      Filters
    >;
}

/** Adds the commands of `mm history`. */
export function configure(command: Command, session: Session): void {
  command.description("What was downloaded, and how it went.");
  filtered(command.command("list").description("List downloads, newest first.") as Command)
    .option("--limit <N>", "how many at most", countReader("--limit", { minimum: 1 }), 50)
    .action((options) => list({ ...queryOf(options), limit: options.limit }, session));
  filtered(
    command.command("stats").description("Count downloads: success rate, bytes, average speed.") as Command,
  )
    .action((options) => stats(queryOf(options), session));
  filtered(command.command("clear").description("Delete the history, or the records that fit.") as Command)
    .action((options) => clear(queryOf(options), session));
}
