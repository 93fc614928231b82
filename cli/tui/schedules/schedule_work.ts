/**
 * What is done to schedules from their screen.
 *
 * @module
 */
import { webHosts } from "../../../core/base/reference.ts";
import type { ScheduleInfo } from "../../../core/operations/model_manager.ts";
import {
  changeText,
  createdText,
  firstRunText,
  type ScheduleChangeKind,
  timingText,
  workText,
} from "../../output/schedule_view.ts";
import { printable } from "../../output/text_width.ts";
import { plural } from "../../output/humanize.ts";
import type { TuiContext } from "../context.ts";
import { askForSchedule } from "./schedule_dialogs.ts";

/** Asks for a schedule and makes it. @returns its name; `undefined` when nothing was made */
export async function createSchedule(
  context: TuiContext,
  schedules: readonly ScheduleInfo[],
): Promise<string | undefined> {
  const { session, shell, clock } = context;
  const [rules, configuration, { settings }, { home }] = await Promise.all([
    session.daemon(),
    session.configuration(),
    session.settings(),
    session.directories(),
  ]);
  const request = await askForSchedule({
    shell,
    rules,
    configuration,
    paths: { home, baseDirectory: session.workingDirectory },
    hosts: webHosts(settings.endpoint),
    taken: schedules.map(({ name }) => name),
    nowMs: clock.now(),
  });
  if (request === undefined) return undefined;
  const { name, schedule } = await (await context.manager()).schedules.create(request);
  if (schedule !== undefined) {
    const first = firstRunText(schedule);
    shell.say([createdText(schedule), ...(first === undefined ? [] : [first])].join(". "));
  }
  return name;
}

/** Switches a schedule on or off, and says so. */
export async function switchSchedule(
  { manager, shell }: TuiContext,
  { name, kind }: { readonly name: string; readonly kind: Exclude<ScheduleChangeKind, "remove"> },
): Promise<void> {
  const changes = await (await manager()).schedules[kind]([name]);
  for (const each of changes) shell.say(changeText(kind, each));
}

/** Asks, and deletes a schedule. @returns whether it was deleted */
export async function removeSchedule(
  { manager, shell }: TuiContext,
  schedule: ScheduleInfo,
): Promise<boolean> {
  const { name, run, fromSettings } = schedule;
  const { schedules } = await manager();
  // It cannot be deleted, and what to do instead is said at once.
  if (fromSettings !== true) {
    const answer = await shell.confirm({
      title: `Delete ${name}?`,
      lines: [
        printable(`${timingText(schedule)}, fetches ${workText(schedule)}`),
        run?.owner === undefined
          ? "What it has fetched stays."
          : "It is at work, and stops. What it has fetched stays.",
      ],
      choices: [{ id: "delete", label: "Delete", key: "d" }, { id: "keep", label: "Keep", key: "k" }],
      initial: "keep",
      isDangerous: true,
    });
    if (answer !== "delete") return false;
  }
  for (const each of await schedules.remove([name])) shell.say(changeText("remove", each));
  return true;
}

/** Switches one on and all others off; asks when there are others to switch off. @returns whether it was done */
export async function activateSchedule(
  { manager, shell }: TuiContext,
  { name, schedules }: { readonly name: string; readonly schedules: readonly ScheduleInfo[] },
): Promise<boolean> {
  const others = schedules.filter((each) => each.enabled && each.name !== name);
  if (others.length > 0) {
    const answer = await shell.confirm({
      title: `Only ${name}?`,
      lines: [
        `This switches off: ${others.map((each) => each.name).join(", ")}. What is at work there stops.`,
      ],
      choices: [{ id: "only", label: `Only ${name}`, key: "o" }, { id: "leave", label: "Leave", key: "l" }],
      initial: "leave",
    });
    if (answer !== "only") return false;
  }
  const changes = await (await manager()).schedules.setActive(name);
  const off = changes.filter(({ name: each, changed }) => changed && each !== name).length;
  shell.say(
    `${name} is on${off === 0 ? "" : `, ${plural(off, "other")} ${off === 1 ? "is" : "are"} off now`}`,
  );
  return true;
}
