/**
 * The keys of the screen of downloads.
 *
 * @module
 */
import type { JobStatus } from "../../../core/operations/model_manager.ts";
import type { KeyBinding } from "../key_map.ts";
import { cursorKeys } from "../widgets/cursor_keys.ts";
import type { CursorMove } from "../widgets/list_cursor.ts";
import { openKeys } from "../widgets/open_keys.ts";
import { type DownloadsScreenState, selectedRow } from "./downloads_screen_state.ts";
import { isOpen } from "./job_list.ts";

/** What the keys do. */
export type DownloadsCommand =
  | CursorMove
  | "open"
  | "close"
  | "pause"
  | "resume"
  | "cancel"
  | "stop"
  | "raise"
  | "lower"
  | "moveUp"
  | "moveDown"
  | "limit"
  | "retry"
  | "retryAll"
  | "work"
  | "handOver"
  | "clear"
  | "model"
  | "search"
  | "refresh";

type When = (state: DownloadsScreenState) => boolean;

const onJob = (...statuses: readonly JobStatus[]): When => (state) => {
  const row = selectedRow(state);
  return row?.kind === "job" && statuses.includes(row.job.status);
};
const isRetryable = onJob("failed", "cancelled");
const isActivityAtWork: When = (state) => {
  const row = selectedRow(state);
  return row?.kind === "activity" && row.activity.ended === undefined;
};
const hasFinished: When = ({ downloads: { jobs, activities } }) =>
  jobs.some(({ status }) => ["completed", "failed", "cancelled"].includes(status)) ||
  activities.some(({ ended }) => ended !== undefined);

/** The keys of the screen. */
export const DOWNLOADS_KEYS: readonly KeyBinding<DownloadsScreenState, DownloadsCommand>[] = [
  {
    keys: ["p"],
    command: "pause",
    label: "pause",
    help: "Stop the download for now; what it has fetched is kept",
    twin: "mm queue pause ID",
    when: onJob("pending", "downloading"),
  },
  {
    keys: ["p"],
    command: "resume",
    label: "resume",
    help: "Let the paused download go on where it was",
    twin: "mm queue resume ID",
    when: onJob("paused"),
  },
  {
    keys: ["x"],
    command: "retry",
    label: "retry",
    help: "Queue the failed or cancelled download again",
    twin: "mm queue retry ID",
    when: isRetryable,
  },
  {
    keys: ["x"],
    command: "retryAll",
    label: "retry failed",
    help: "Queue all failed downloads again",
    twin: "mm queue retry all",
    when: (state) => !isRetryable(state) && state.downloads.jobs.some(({ status }) => status === "failed"),
  },
  {
    keys: ["c"],
    command: "cancel",
    label: "cancel",
    help: "End the download; asks first",
    twin: "mm queue cancel ID",
    when: onJob("pending", "downloading", "paused"),
  },
  {
    keys: ["c"],
    command: "stop",
    label: "stop",
    help: "Stop what downloads without the queue, such as an update; asks first",
    twin: "mm update REF",
    when: isActivityAtWork,
  },
  {
    keys: ["w"],
    command: "work",
    label: "start",
    help: "Work the queue here",
    twin: "mm queue run",
    when: ({ downloads: { worker, jobs } }) => worker.kind === "nobody" && jobs.some(isOpen),
  },
  {
    keys: ["w"],
    command: "handOver",
    label: "to background",
    help: "Let a process in the background go on with the queue",
    twin: "mm queue run --background",
    when: ({ downloads: { worker, jobs } }) => worker.kind === "here" && jobs.some(isOpen),
  },
  {
    keys: ["+", "="],
    command: "raise",
    label: "priority",
    help: "Raise the priority: low, normal, high, urgent",
    twin: "mm queue priority high ID",
    when: onJob("pending", "downloading", "paused"),
  },
  {
    keys: ["-"],
    command: "lower",
    label: "lower",
    help: "Lower the priority",
    twin: "mm queue priority low ID",
    when: onJob("pending", "downloading", "paused"),
    inFooter: false,
  },
  {
    keys: ["["],
    command: "moveUp",
    label: "sooner",
    help: "Move it one place up among those of its priority",
    twin: "mm queue move ID up",
    when: onJob("pending", "paused"),
    inFooter: false,
  },
  {
    keys: ["]"],
    command: "moveDown",
    label: "later",
    help: "Move it one place down among those of its priority",
    twin: "mm queue move ID down",
    when: onJob("pending", "paused"),
    inFooter: false,
  },
  {
    keys: ["l"],
    command: "limit",
    label: "limit",
    help: "Limit the rate of what is downloaded here",
    twin: "mm config set download.limit_rate 20M",
  },
  {
    keys: ["delete", "backspace"],
    command: "clear",
    label: "clear finished",
    help: "Forget what is finished; files and history stay",
    twin: "mm queue clear",
    when: hasFinished,
  },
  ...openKeys<DownloadsScreenState>({
    help: "Show the selected download on the whole screen",
    twin: "mm queue list",
    canOpen: ({ rows }) => rows.length > 0,
  }),
  {
    keys: ["o"],
    command: "model",
    label: "model",
    help: "Show the model that is downloaded",
    twin: "mm show REF",
    when: (state) => selectedRow(state)?.kind === "job",
    inFooter: false,
  },
  {
    keys: ["s"],
    command: "search",
    label: "search",
    help: "Search the Hub for something to download",
    twin: "mm search QUERY",
    when: ({ rows }) => rows.length === 0,
  },
  {
    keys: ["r"],
    command: "refresh",
    label: "refresh",
    help: "Look at the queue again",
    twin: "mm queue list",
    inFooter: false,
  },
  ...cursorKeys({ row: "download" }),
];
