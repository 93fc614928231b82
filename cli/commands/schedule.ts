/**
 * `mm schedule`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import type { ScheduleChange, ScheduleRequest, Schedules } from "../../core/operations/model_manager.ts";
import { countReader } from "../flags.ts";
import {
  activeText,
  changeText,
  createdText,
  firstRunText,
  SCHEDULE_COLUMNS,
  type ScheduleChangeKind,
  scheduleChangesDocument,
  scheduleDocument,
  schedulesDocument,
} from "../output/schedule_view.ts";
import type { Session } from "../session.ts";
import { LIMIT_RATE_OPTION, readTransferOptions } from "./transfer_options.ts";

async function list(session: Session): Promise<void> {
  const { schedules: book } = await session.app();
  const schedules = await book.list();
  const { output } = session;
  await output.result({
    json: () => schedulesDocument(schedules),
    quiet: () => schedules.map(({ name }) => name),
    human: () => schedules.length === 0 ? [] : output.table(SCHEDULE_COLUMNS, schedules),
  });
  if (schedules.length === 0) {
    output.say("There are no schedules");
    output.suggest("Make one: mm schedule create --time 23:00 --until 07:00 --name nightly");
    return;
  }
  for (const { name, last } of schedules) {
    if (last?.error !== undefined) {
      for (const hint of last.error.hints.slice(0, 1)) output.suggest(`${name}: ${hint}`);
    }
  }
}

interface CreateOptions {
  readonly type?: string | undefined;
  readonly time?: string | undefined;
  readonly day?: string | undefined;
  readonly cron?: string | undefined;
  readonly until?: string | undefined;
  readonly timeZone?: string | undefined;
  /** `Infinity` for none. */
  readonly limitRate?: number | undefined;
  readonly maxConcurrent?: number | undefined;
  readonly manifest?: string | undefined;
  readonly name: string;
}

function toRequest(references: readonly string[], options: CreateOptions): ScheduleRequest {
  const { limitRate, name, ...others } = options;
  const given = Object.entries(others).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(given) as Omit<ScheduleRequest, "name">,
    name,
    references,
    ...readTransferOptions({ limitRate }),
  };
}

async function create(request: ScheduleRequest, session: Session): Promise<void> {
  const { schedules, queue } = await session.app();
  const { name, schedule } = await schedules.create(request);
  const { output } = session;
  await output.result({
    json: () => ({ schedule: schedule === undefined ? null : scheduleDocument(schedule) }),
    quiet: () => [name],
    human: () => schedule === undefined ? [] : [createdText(schedule)],
  });
  const first = schedule === undefined ? undefined : firstRunText(schedule);
  if (first !== undefined) output.say(first);
  if (queue.isShared === true) {
    output.say(
      "Other machines share the schedules: each run fetches into the library of the machine that takes it",
    );
  }
}

async function change(
  kind: ScheduleChangeKind,
  act: (schedules: Schedules) => Promise<readonly ScheduleChange[]>,
  session: Session,
): Promise<void> {
  const { schedules } = await session.app();
  const changes = await act(schedules);
  await session.output.result({
    json: () => scheduleChangesDocument(changes),
    quiet: () => changes.map((each) => each.name),
    human: () => changes.map((each) => changeText(kind, each)),
  });
}

async function setActive(name: string, session: Session): Promise<void> {
  const { schedules } = await session.app();
  const changes = await schedules.setActive(name);
  await session.output.result({
    json: () => scheduleChangesDocument(changes),
    quiet: () => [name],
    human: () => changes.map(activeText),
  });
}

const NOTES = `
The daemon works the schedules. A run fetches the given references, or without any all that the manifest wants. With
--until it pauses at that time, and the next run goes on where it was. What came due while the machine slept or was
off is made up for once, with --until only before that time. Without --time-zone, times are those of the machine's
clock; when the clocks change, each night still has one run.

The limits of a schedule are its own: --limit-rate holds for what it fetches and for nothing else. Places are shared:
schedules and the queue together fetch download.max_concurrent models at once and take turns; with a greater
--max-concurrent, a schedule has as many, while the queue waits. An urgent job never waits for a schedule.

Days are mon to sun, or 0 to 7: 0 and 7 are Sunday, 1 is Monday, 6 is Saturday.

Examples:
  mm schedule create --name nightly --time 23:00 --until 07:00
  mm schedule create --name weekend --day fri --time 18:00 org/name:Q4_K_M
  mm schedule create --name workdays --cron "30 1 * * 1-5" --limit-rate 5M
  mm schedule set-active nightly            this one on, all others off`;

/** Adds the commands of `mm schedule`. */
export function configure(command: Command, session: Session): void {
  command.description("When the daemon downloads by itself.").addHelpText("after", NOTES);
  command.command("list").description("List the schedules, with their next and last runs.")
    .action(() => list(session));
  command.command("create").description("Make a schedule, and switch it on.")
    .argument("[REF...]", "org/name[@revision][:quant, file or glob]; without any, what the manifest wants")
    .requiredOption("--name <NAME>", "what it is called")
    .option("--type <TYPE>", "daily, weekly or cron")
    .option("--time <TIME>", "time of day, such as 23:00")
    .option("--day <DAY>", "mon to sun, or 0 to 7 (0 and 7 are Sunday)")
    .option("--cron <EXPR>", 'minute, hour, day, month and weekday, such as "30 23 * * 1-5"')
    .option("--until <TIME>", "pause at this time of day, and go on with the next run")
    .option("--time-zone <ZONE>", "such as Europe/Berlin")
    .option(...LIMIT_RATE_OPTION)
    .option(
      "--max-concurrent <N>",
      "references at once",
      countReader("--max-concurrent", { minimum: 1, maximum: 64 }),
    )
    .option("--manifest <FILE>", "the manifest to follow")
    .action((references, options) => create(toRequest(references, options), session));
  const simple = [
    ["remove", "Delete schedules; what they have fetched stays."],
    ["enable", "Switch schedules on; what was due before is not made up for."],
    ["disable", "Switch schedules off; one that is at work stops."],
  ] as const;
  for (const [name, description] of simple) {
    command.command(name).description(description)
      .argument("<NAME...>", "schedules")
      .action((names) => change(name, (schedules) => schedules[name](names), session));
  }
  command.command("set-active").description("Switch one schedule on, and all others off.")
    .argument("<NAME>", "a schedule")
    .action((name) => setActive(name, session));
}
