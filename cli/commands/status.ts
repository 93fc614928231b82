/**
 * `mm status`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { isModelManagerError } from "../../core/base/errors.ts";
import type { JobRecord, ModelManager } from "../../core/operations/model_manager.ts";
import { placesOf } from "../daemon_room.ts";
import {
  sayProblems,
  SCHEDULE_DOWNLOAD_COLUMNS,
  scheduleDownloads,
  statusDocument,
  type StatusFacts,
  statusLines,
} from "../output/daemon_view.ts";
import { formatDateAge } from "../output/humanize.ts";
import { jobColumns } from "../output/queue_view.ts";
import { type Column, renderTable } from "../output/table.ts";
import type { Theme } from "../output/theme.ts";
import type { Session } from "../session.ts";

const WATCH_EVERY_MS = 1_000;
/** More do not fit beside what else a person wants to see; other commands have them all. */
const MAX_ROWS = 15;

/** The queue does not depend on settings: those that cannot be read just now hide nothing. */
async function queueOf(
  session: Session,
): Promise<Pick<ModelManager, "queue" | "schedules"> & Partial<Pick<ModelManager, "space">>> {
  try {
    return await session.app();
  } catch (error) {
    if (!isModelManagerError(error) || error.code !== "CONFIG_INVALID") throw error;
    session.output.warn(error.message);
    for (const hint of error.hints) session.output.suggest(hint);
    const { settingsWithoutFiles } = await session.configuration();
    const { home } = await session.directories();
    const found = settingsWithoutFiles({ home, workingDirectory: session.workingDirectory, environment: {} });
    const directories = await session.directories();
    // Where the models are is such a setting.
    const { queue, schedules } = await session.appWith({ ...found, directories });
    return { queue, schedules };
  }
}

async function gather(session: Session): Promise<StatusFacts> {
  const { room, places } = await placesOf(session);
  const { clock } = session;
  const found = await room.findDaemon(places, clock);
  const manager = await queueOf(session);
  const jobs = await manager.queue.list();
  const isOpen = ({ status }: JobRecord): boolean => ["downloading", "pending", "paused"].includes(status);
  const status = found?.status;
  const failed = jobs.filter((job) => job.status === "failed");
  const retryMs = Math.min(...failed.map((job) => room.retryTimeMs(job) ?? Infinity));
  return {
    status,
    silent: status === undefined ? found : undefined,
    jobs: jobs.filter(isOpen),
    failedJobs: failed.length,
    // Nobody else does it.
    retryAt: status === undefined || retryMs === Infinity ? undefined : new Date(retryMs).toISOString(),
    nextSchedule: status === undefined ? await room.findNextSchedule(manager) : undefined,
    last: found === undefined ? await room.readDaemonNote(places) : undefined,
    logPath: places.logPath,
    // What stands in its way is told by the commands that need it.
    space: await manager.space?.().catch(() => undefined),
  };
}

async function describe(
  facts: StatusFacts,
  session: Session,
  { theme, width }: { readonly theme: Theme; readonly width: number },
): Promise<readonly string[]> {
  const nowMs = session.clock.now();
  const lines = statusLines(facts, { nowMs, theme });
  const room = { width, theme };
  return [
    ...lines,
    ...await someRows(scheduleDownloads(facts.status), {
      columns: SCHEDULE_DOWNLOAD_COLUMNS,
      more: "mm status --json",
      room,
    }),
    ...await someRows(facts.jobs, { columns: jobColumns(nowMs, facts.jobs), more: "mm queue list", room }),
  ];
}

/** A table after an empty line, as far as there is room for it; nothing for no rows. */
async function someRows<Row>(
  rows: readonly Row[],
  { columns, more, room }: {
    readonly columns: readonly Column<Row>[];
    readonly more: string;
    readonly room: { readonly theme: Theme; readonly width: number };
  },
): Promise<readonly string[]> {
  const shown = rows.slice(0, MAX_ROWS);
  if (shown.length === 0) return [];
  const { lines } = await renderTable({ columns, rows: shown }, room);
  const left = rows.length - shown.length;
  return ["", ...lines, ...left > 0 ? [`and ${left} more: ${more}`] : []];
}

function sayRest({ status, silent, jobs, nextSchedule, last }: StatusFacts, session: Session): void {
  const { output, clock } = session;
  if (status !== undefined) return sayProblems(status.problems, output);
  if (silent !== undefined) return output.suggest("Stop it and start it anew: mm restart");
  if (last !== undefined && last.endedAt === undefined) {
    const begun = formatDateAge(last.startedAt, clock.now());
    output.warn(`The last daemon (process ${last.pid}, begun ${begun}) was killed or has crashed`);
  } else if (last?.error !== undefined) {
    output.warn(
      `The last daemon has failed ${formatDateAge(last.endedAt, clock.now())}: ${last.error.message}`,
    );
  }
  const waits = jobs.some((job) => job.status === "pending") || (nextSchedule ?? null) !== null;
  output.suggest(waits ? "Let it do what waits: mm start" : "Start it: mm start");
}

async function show(session: Session): Promise<void> {
  const facts = await gather(session);
  const { output } = session;
  await output.result({
    json: () => statusDocument(facts),
    quiet: () => facts.status === undefined ? [] : [String(facts.status.pid)],
    human: () => describe(facts, session, output),
  });
  sayRest(facts, session);
}

async function* everySecond(session: Session): AsyncGenerator<StatusFacts, void, undefined> {
  const { clock, signal } = session;
  while (!signal.aborted) {
    yield await gather(session);
    await clock.sleep(WATCH_EVERY_MS, { signal }).catch(() => {});
  }
}

/** Until Ctrl+C, which is its ordinary end. */
async function watch(session: Session): Promise<void> {
  const { output, terminal, clock } = session;
  if (output.mode !== "human" || !output.canRedraw) {
    for await (const facts of everySecond(session)) {
      if (output.mode === "human") {
        await output.result({
          json: () => ({}),
          quiet: () => [],
          human: () => describe(facts, session, output),
        });
      } else if (output.mode === "quiet") terminal.writeOut(`${facts.status?.pid ?? ""}\n`);
      else output.jsonLine(statusDocument(facts));
    }
    return;
  }
  const [{ LiveView }, { default: measure }] = await Promise.all([
    import("../output/live_view.ts"),
    import("string-width"),
  ]);
  let lines: readonly string[] = [];
  using view = new LiveView({
    terminal,
    clock,
    measure,
    frame: ({ rows }) => lines.flatMap((line) => output.talkLines(line)).slice(0, Math.max(1, rows - 1)),
  });
  for await (const facts of everySecond(session)) {
    lines = await describe(facts, session, {
      theme: output.talkTheme,
      width: terminal.size()?.columns ?? 80,
    });
    view.draw();
  }
}

const NOTES = `
That it does not run is an answer, too: the exit code is 0 whenever the state
could be found out. For scripts: mm status --quiet prints the process number, or
nothing; mm status --json has "running".`;

/** Adds what `mm status` does. */
export function configure(command: Command, session: Session): void {
  command.description("Show the daemon: what it works on, what waits, when the next schedule runs.")
    .option("-w, --watch", "stay, and show it as it changes; with --json one document a line")
    .addHelpText("after", NOTES)
    .action((options) => options.watch === true ? watch(session) : show(session));
}
