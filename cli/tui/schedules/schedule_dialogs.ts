/**
 * The questions by which a schedule is made. Each answer is checked before the next question; Escape leaves all of them.
 *
 * @module
 */
import type { ScheduleRequest } from "../../../core/operations/model_manager.ts";
import { nameProblem, problemOf, readLimit, referencesProblem, splitReferences } from "./schedule_checks.ts";
import { requestLines, suggestName } from "./schedule_request.ts";
import { type Answer, askText, askTiming, type ScheduleQuestions } from "./timing_dialogs.ts";

async function askWork(
  questions: ScheduleQuestions,
): Answer<Pick<ScheduleRequest, "references" | "manifest">> {
  const { shell, hosts, configuration, paths } = questions;
  const kind = await shell.confirm({
    title: "What does it fetch?",
    lines: [],
    choices: [
      {
        id: "manifest",
        label: "A manifest",
        key: "a",
        detail: "All that models.json, or another file, wants",
      },
      { id: "models", label: "Models", key: "m", detail: "Those that you name now" },
    ],
    initial: "manifest",
  });
  if (kind === undefined) return undefined;
  if (kind === "models") {
    const text = await askText(questions, {
      title: "Which models?",
      lines: ["One or more, with spaces between them, such as org/name:Q4_K_M."],
      check: (typed) => referencesProblem(typed, hosts),
    });
    return text === undefined ? undefined : { references: splitReferences(text) };
  }
  const file = await askText(questions, {
    title: "Which manifest?",
    lines: ["A path. Empty: models.json in the working directory, else the one among the settings."],
  });
  if (file === undefined) return undefined;
  return file === "" ? {} : { manifest: configuration.expandPath(file, paths) };
}

async function askLimit(questions: ScheduleQuestions): Answer<Pick<ScheduleRequest, "limitBytesPerSecond">> {
  const text = await askText(questions, {
    title: "How fast at most?",
    lines: ["Bytes a second such as 5M, or off for no limit. Empty: as the settings say at that time."],
    check: (typed) => problemOf(() => readLimit(typed)),
  });
  return text === undefined ? undefined : readLimit(text);
}

/** Asks for all of a schedule. @returns `undefined` when it was left. */
export async function askForSchedule(questions: ScheduleQuestions): Answer<ScheduleRequest> {
  const { shell, rules, nowMs, taken } = questions;
  const timing = await askTiming(questions);
  const work = timing && await askWork(questions);
  const limit = work && await askLimit(questions);
  if (timing === undefined || work === undefined || limit === undefined) return undefined;
  const name = await askText(questions, {
    title: "What is it called?",
    lines: ["Letters, digits, dots, hyphens and underscores."],
    initial: suggestName(timing, taken),
    check: (text) => nameProblem(text, questions),
  });
  if (name === undefined) return undefined;
  const request: ScheduleRequest = { name, ...timing, ...work, ...limit };
  const answer = await shell.confirm({
    title: `Create ${name}?`,
    lines: requestLines(request, rules.readTiming(timing, { nowMs })),
    choices: [{ id: "create", label: "Create", key: "c" }, { id: "leave", label: "Leave", key: "l" }],
    initial: "create",
  });
  return answer === "create" ? request : undefined;
}
