/**
 * What the keys of the screen of downloads do.
 *
 * @module
 */
import { fromErrorData } from "../../../core/base/errors.ts";
import type { JobPriority, JobRecord, JobResult, Queue } from "../../../core/operations/model_manager.ts";
import { plural } from "../../output/humanize.ts";
import type { ScreenController, ScreenPorts } from "../screen.ts";
import { bytesText, standingOf } from "./download_words.ts";
import type { DownloadsCommand } from "./downloads_keys.ts";
import {
  type DownloadsAction,
  type DownloadsScreenState,
  PAGE_ROWS,
  selectedRow,
} from "./downloads_screen_state.ts";
import { askForRateLimit } from "./rate_limit_dialog.ts";

type Ports = ScreenPorts<DownloadsScreenState, DownloadsAction>;

/** From the least on. */
const PRIORITIES: readonly JobPriority[] = ["low", "normal", "high", "urgent"];

/** What runs the screen. */
export class DownloadsController implements ScreenController<DownloadsCommand> {
  readonly #store: Ports["store"];
  readonly #context: Ports["context"];
  #unsubscribe: (() => void) | undefined;
  /** What is being asked of the queue: the same is not asked twice at once. */
  readonly #asked = new Set<string>();

  constructor({ store, context }: Ports) {
    this.#store = store;
    this.#context = context;
  }

  async enter(): Promise<void> {
    const { downloads } = this.#context;
    const show = (): void => this.#store.dispatch({ type: "changed", downloads: downloads.get() });
    this.#unsubscribe ??= downloads.subscribe(show);
    show();
    await downloads.refresh();
    show();
  }

  leave(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  select(index: number): void {
    this.#store.dispatch({ type: "placed", index, rows: PAGE_ROWS });
  }

  async perform(command: DownloadsCommand): Promise<void> {
    const { shell, downloads } = this.#context;
    switch (command) {
      case "open":
        return this.#store.dispatch({ type: "opened" });
      case "close":
        return this.#store.dispatch({ type: "closed" });
      case "limit":
        return await askForRateLimit(this.#context);
      case "work":
        // While it is being handed over, nobody works it for a moment.
        return this.#asked.has("handOver") ? undefined : downloads.work();
      case "handOver":
        return await this.#handOver();
      case "clear":
        return await this.#clear();
      case "stop":
        return await this.#stop();
      case "model":
        return this.#openModel();
      case "search":
        return shell.open("search");
      case "refresh":
        return await downloads.refresh();
      case "retryAll":
        return await this.#retryAll();
      case "pause":
      case "resume":
      case "retry":
      case "cancel":
      case "raise":
      case "lower":
      case "moveUp":
      case "moveDown":
        return await this.#change(command);
      default:
        return this.#store.dispatch({ type: "moved", move: command, rows: PAGE_ROWS });
    }
  }

  get #job(): JobRecord | undefined {
    const row = selectedRow(this.#store.get());
    return row?.kind === "job" ? row.job : undefined;
  }

  async #change(
    command: "pause" | "resume" | "retry" | "cancel" | "raise" | "lower" | "moveUp" | "moveDown",
  ): Promise<void> {
    const job = this.#job;
    if (job === undefined) return;
    const { id } = job;
    switch (command) {
      case "cancel":
        if (!await this.#confirmCancel(job)) return;
        return void await this.#ask(id, (queue) => queue.cancel([id]));
      case "raise":
      case "lower": {
        const priority = PRIORITIES[PRIORITIES.indexOf(job.priority) + (command === "raise" ? 1 : -1)];
        if (priority === undefined) return this.#context.shell.say(`It has priority ${job.priority} already`);
        return void await this.#ask(id, (queue) => queue.setPriority([id], priority));
      }
      case "moveUp":
      case "moveDown":
        return void await this.#ask(id, (queue) => queue.move(id, command === "moveUp" ? "up" : "down"));
      default:
        await this.#ask(id, (queue) => queue[command]([id]));
        if (command !== "pause") this.#context.downloads.work();
    }
  }

  /** Asks the queue for a change, unless that is being done; what the queue refuses is thrown. */
  async #ask(
    key: string,
    act: (queue: Queue) => Promise<readonly JobResult[]>,
  ): Promise<readonly JobResult[]> {
    if (this.#asked.has(key)) return [];
    this.#asked.add(key);
    try {
      const { queue } = await this.#context.manager();
      const results = await act(queue);
      await this.#context.downloads.refresh();
      const error = results.find((result) => result.error !== undefined)?.error;
      if (error !== undefined) throw fromErrorData(error);
      return results;
    } finally {
      this.#asked.delete(key);
    }
  }

  async #confirmCancel(job: JobRecord): Promise<boolean> {
    const { shell, clock } = this.#context;
    const row = selectedRow(this.#store.get());
    const times = { nowMs: clock.now(), monotonicMs: clock.monotonic() };
    const bytes = row === undefined ? "" : bytesText(standingOf(row, times));
    const answer = await shell.confirm({
      title: "Cancel this download?",
      lines: [
        job.reference,
        bytes === ""
          ? "Nothing has been fetched yet."
          : `${bytes} fetched; that stays on the disk until a cleanup, and X goes on with it.`,
      ],
      choices: [
        { id: "cancel", label: "Cancel it", key: "c" },
        { id: "keep", label: "Keep it", key: "k" },
      ],
      initial: "keep",
      isDangerous: true,
    });
    return answer === "cancel";
  }

  async #retryAll(): Promise<void> {
    const { jobs } = this.#store.get().downloads;
    const ids = jobs.filter(({ status }) => status === "failed").map(({ id }) => id);
    const results = await this.#ask("all", (queue) => queue.retry(ids));
    this.#context.downloads.work();
    const count = results.filter(({ changed }) => changed).length;
    if (count > 0) this.#context.shell.say(`Queued ${plural(count, "download")} again`);
  }

  async #stop(): Promise<void> {
    const row = selectedRow(this.#store.get());
    if (row?.kind !== "activity") return;
    const answer = await this.#context.shell.confirm({
      title: `Stop "${row.activity.title}"?`,
      lines: ["What it has fetched is kept."],
      choices: [{ id: "stop", label: "Stop it", key: "s" }, { id: "keep", label: "Go on", key: "g" }],
      initial: "keep",
      isDangerous: true,
    });
    if (answer === "stop") this.#context.downloads.stopActivity(row.id);
  }

  async #clear(): Promise<void> {
    const { shell, downloads } = this.#context;
    const { jobs, activities } = downloads.get();
    const finished = jobs.filter(({ status }) => ["completed", "failed", "cancelled"].includes(status));
    const count = finished.length + activities.filter(({ ended }) => ended !== undefined).length;
    if (count === 0) return;
    const answer = await shell.confirm({
      title: `Forget ${plural(count, "finished download")}?`,
      lines: [
        "The files and the history stay. What failed or was cancelled can no longer be tried again here.",
      ],
      choices: [{ id: "forget", label: "Forget", key: "f" }, { id: "keep", label: "Keep", key: "k" }],
      initial: "keep",
      isDangerous: true,
    });
    if (answer !== "forget") return;
    downloads.forgetEnded();
    if (finished.length > 0) await this.#ask("clear", (queue) => queue.clear());
    shell.say(`Forgot ${plural(count, "finished download")}`);
  }

  async #handOver(): Promise<void> {
    const { shell, downloads } = this.#context;
    if (this.#asked.has("handOver")) return;
    this.#asked.add("handOver");
    try {
      shell.say("Handing the queue over to the background…");
      if (!await downloads.handOver()) return;
      shell.say("A process in the background goes on with the queue", ["Leaving does not stop it: Q"]);
    } finally {
      this.#asked.delete("handOver");
    }
  }

  #openModel(): void {
    const job = this.#job;
    if (job !== undefined) this.#context.shell.open("details", job.reference);
  }
}
