/**
 * Leaving while something is being downloaded here.
 *
 * @module
 */
import { plural } from "../output/humanize.ts";
import type { DownloadsState } from "./downloads/downloads_state.ts";
import type { Choice, Question } from "./shell/shell.ts";
import type { Tui } from "./tui.ts";

/** What becomes of the downloads that run here. */
export type QuitChoice = "stop" | "background" | "cancel";

/** How somebody left. */
export type Leaving = "idle" | "stopped" | "handedOver";

/** The question. */
export function quitQuestion({ jobs, activities }: DownloadsState): Question {
  const running = jobs.filter(({ status }) => status === "downloading").length;
  const waiting = jobs.filter(({ status }) => status === "pending").length;
  const others = activities.filter(({ ended }) => ended === undefined);
  const lines = [
    ...(running === 0 ? [] : [`${plural(running, "download")} running here.`]),
    ...(waiting === 0 ? [] : [`${plural(waiting, "download")} waiting.`]),
    ...others.map(({ title }) => `Running here: ${title}.`),
  ];
  const choices = [
    {
      id: "stop",
      label: "Stop",
      key: "s",
      detail: "What has been fetched is kept: mm queue run goes on from there.",
    },
    {
      id: "background",
      label: "Keep in background",
      key: "k",
      detail: others.length === 0
        ? "Another process goes on without a terminal; see it with mm queue list."
        : "Another process works the queue; what is no download of the queue stops.",
    },
    { id: "cancel", label: "Cancel", key: "c", detail: "Stay here." },
  ] as const satisfies readonly (Choice & { readonly id: QuitChoice })[];
  // Only the queue can be handed over.
  const possible = running + waiting === 0 ? choices.filter(({ id }) => id !== "background") : choices;
  return { title: "Leave while downloads run here?", lines, choices: possible, initial: "cancel" };
}

/**
 * Makes what the key for leaving does: asks when leaving would stop something, and calls `leave` when it is all right.
 */
export function createQuit(leave: (how: Leaving) => void): (tui: Tui) => void {
  let isAsking = false;
  const ask = async (tui: Tui): Promise<void> => {
    const { downloads, shell } = tui;
    const choice = await shell.confirm(quitQuestion(downloads.get()));
    if (choice === "stop") {
      shell.say("Stopping…");
      await downloads.stop();
      leave("stopped");
    } else if (choice === "background") {
      shell.say("Starting a process in the background…");
      if (await downloads.handOver()) return leave("handedOver");
      shell.say("Nothing could be started in the background: that needs deno run -A", [
        "Stay, or stop: what has been fetched is kept",
      ]);
    }
  };
  return (tui) => {
    if (!tui.downloads.worksHere) return leave("idle");
    if (isAsking) return;
    isAsking = true;
    ask(tui).catch((error: unknown) => tui.shell.fail(error)).finally(() => isAsking = false);
  };
}
