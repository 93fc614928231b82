/**
 * Deletes records of the history, after a question.
 *
 * @module
 */
import type { History, HistoryFilter } from "../../../core/state/history_record.ts";
import { plural } from "../../output/humanize.ts";
import type { TuiContext } from "../context.ts";
import { choiceWords, filterOf, type HistoryChoice, isNarrowed, isOfRepo } from "./history_choice.ts";

/** What is to go. */
interface Doomed {
  readonly filters: readonly HistoryFilter[];
  readonly total: number;
  /** Records that cannot be read. */
  readonly damaged: number;
}

/** Whole names are all that the history can be asked for, so each that fits is deleted by itself. */
async function findDoomed(
  history: Pick<History, "stats">,
  choice: HistoryChoice,
  nowMs: number,
): Promise<Doomed> {
  const filter = filterOf(choice, nowMs);
  const { total, damaged, perRepo } = await history.stats(filter);
  if (choice.repo.trim() === "") {
    // Nobody knows what model a damaged record is of, and when it was.
    return { filters: [filter], total, damaged: isNarrowed(choice) ? 0 : damaged };
  }
  const repos = perRepo.filter((each) => isOfRepo(each, choice.repo));
  return {
    filters: repos.map(({ repo }) => ({ ...filter, repo })),
    total: repos.reduce((sum, each) => sum + each.total, 0),
    damaged: 0,
  };
}

/** Asks, and deletes exactly what was asked about. @returns whether something was deleted. */
export async function clearHistory(
  { manager, shell, clock }: Pick<TuiContext, "manager" | "shell" | "clock">,
  choice: HistoryChoice,
): Promise<boolean> {
  const { history } = await manager();
  const { filters, total, damaged } = await findDoomed(history, choice, clock.now());
  if (total + damaged === 0) {
    shell.say("There is nothing to delete");
    return false;
  }
  const count = plural(total, "record") + (damaged === 0 ? "" : ` and ${damaged} damaged`);
  const answer = await shell.confirm({
    title: `Delete ${count} of the history?`,
    lines: [
      `${choiceWords(choice)}${isNarrowed(choice) ? "; the others stay" : ""}.`,
      "Models and what is being downloaded stay as they are.",
    ],
    choices: [
      { id: "delete", label: "Delete", key: "d", detail: "They cannot be brought back" },
      { id: "keep", label: "Keep", key: "k" },
    ],
    initial: "keep",
    isDangerous: true,
  });
  if (answer !== "delete") return false;
  let deleted = 0;
  for (const filter of filters) deleted += await history.clear(filter);
  shell.say(`Deleted ${plural(deleted, "record")}`);
  return true;
}
