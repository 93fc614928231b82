/**
 * One download in detail: pure.
 *
 * @module
 */
import { formatByteRate, formatByteSize } from "../../../core/base/byte_size.ts";
import type { PlannedFile } from "../../../core/download/events.ts";
import { plural } from "../../output/humanize.ts";
import { fileLine, totalLine, waitingText } from "../../output/progress_frame.ts";
import type { ProgressState } from "../../output/progress_state.ts";
import { sparkline } from "../../output/sparkline.ts";
import { fit, pad, printable } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";
import { ownHint, saysOnlyAgain } from "../own_hints.ts";
import { wrapText } from "../widgets/wrap_text.ts";
import { type DownloadRow, progressOf, sectionOf, titleOf } from "./download_rows.ts";
import { bytesText, elapsedText, endedText, failureOf, standingOf } from "./download_words.ts";
import type { JobProgress } from "./downloads_state.ts";

/** What is known of a download, in a few words each. */
export function downloadFacts(row: DownloadRow, frame: Pick<Frame, "nowMs" | "monotonicMs">): string[] {
  const standing = standingOf(row, frame);
  const retries = progressOf(row)?.retries ?? 0;
  const section = sectionOf(row);
  const facts = row.kind === "activity" ? ["without the queue"] : [
    `job ${row.job.id}`,
    `priority ${row.job.priority}`,
    ...(row.job.attempts > 1 ? [`begun ${row.job.attempts} times`] : []),
  ];
  return [
    standing.word || "downloading",
    ...facts,
    section === "running" ? "" : bytesText(standing),
    elapsedText(row, frame.nowMs),
    section === "finished" ? endedText(row, frame.nowMs) : "",
    retries > 0 ? (retries === 1 ? "1 retry" : `${retries} retries`) : "",
  ].filter((fact) => fact !== "");
}

/** The options that a job was queued with, as they are typed. */
function optionFacts(row: DownloadRow): string[] {
  if (row.kind === "activity") return [];
  const { include = [], exclude = [], to, limitBytesPerSecond: limit, withMmproj } = row.job.options;
  return [
    ...include.map((pattern) => `-i ${pattern}`),
    ...exclude.map((pattern) => `-x ${pattern}`),
    ...(to === undefined ? [] : [`--to ${to}`]),
    ...(typeof limit === "number" ? [`--limit-rate ${formatByteRate(limit)}`] : []),
    ...(withMmproj === true ? ["--with-mmproj"] : []),
  ];
}

function speedLine({ speeds }: JobProgress, { columns, theme, unicode }: Frame): string[] {
  if (speeds.length < 2) return [];
  const peak = `peak ${formatByteRate(Math.max(...speeds))}`;
  const width = Math.min(60, columns - "Speed  ".length - peak.length - 3);
  if (width < 8) return [];
  return [`${theme.dim("Speed")}  ${theme.bar(sparkline(speeds, { width, unicode }))}  ${theme.dim(peak)}`];
}

function counts(progress: ProgressState, hidden: number, toCome: number): string {
  return [
    hidden > 0 ? `+${hidden} more at work` : "",
    toCome > 0 ? `${plural(toCome, "file")} to come` : "",
    progress.finishedFiles > 0 ? `${plural(progress.finishedFiles, "file")} done` : "",
    progress.failedFiles > 0 ? `${plural(progress.failedFiles, "file")} failed` : "",
  ].filter((text) => text !== "").join(", ");
}

function toComeLine({ path, totalBytes }: PlannedFile, { columns, measure, theme }: Frame): string {
  const text = `${formatByteSize(totalBytes)}, to come`;
  const room = Math.max(1, columns - measure(text) - 2);
  const name = pad(fit(printable(path), room, { measure, cut: "middle" }), room, { measure });
  return theme.dim(fit(`${name}  ${text}`, columns, { measure }));
}

/** The files, as many as there is room for: those at work first, then those to come; the others are counted. */
function fileLines(progress: ProgressState, frame: Frame, rows: number): string[] {
  const { columns, measure, theme } = frame;
  const options = { ...frame, columns: columns + 1, nowMs: frame.monotonicMs };
  const active = [...progress.active.values()];
  const toCome = [...progress.planned].filter(([key]) => !progress.active.has(key)).map(([, file]) => file);
  const summary = (shownActive: number, shownToCome: number): string[] => {
    const text = counts(progress, active.length - shownActive, toCome.length - shownToCome);
    return text === "" ? [] : [theme.dim(fit(text, columns, { measure }))];
  };
  const isAll = active.length + toCome.length + summary(active.length, toCome.length).length <= rows;
  const room = isAll ? rows : Math.max(0, rows - 1);
  const shownActive = active.slice(0, room);
  const shownToCome = toCome.slice(0, room - shownActive.length);
  return [
    ...shownActive.map((file) => fileLine(file, options)),
    ...shownToCome.map((file) => toComeLine(file, frame)),
    ...summary(shownActive.length, shownToCome.length),
  ].slice(0, Math.max(0, rows));
}

function progressLines(job: JobProgress, frame: Frame, rows: number): string[] {
  const { columns, measure, theme, unicode } = frame;
  const { progress } = job;
  const waiting = progress.waiting === undefined ? [] : [theme.warning(
    fit(`Waiting: ${printable(waitingText(progress.waiting, frame.nowMs))}`, columns, { measure }),
  )];
  if (progress.totalFiles === 0) {
    const asking = `Asking the Hub${unicode ? "…" : "..."}`;
    return waiting.length > 0 ? waiting : [theme.dim(fit(asking, columns, { measure }))];
  }
  const total = totalLine(progress, { ...frame, columns: columns + 1, nowMs: frame.monotonicMs });
  const head = [total, ...speedLine(job, frame), ...waiting];
  return [...head, ...fileLines(progress, frame, rows - head.length)];
}

function failureLines(row: DownloadRow, { columns, measure, theme }: Frame): string[] {
  const failure = failureOf(row);
  if (failure === undefined) return [];
  const isRetryable = row.kind === "job" && row.job.status === "failed";
  const given = row.kind === "job" ? row.job.error?.hints ?? [] : [];
  const hints = given.filter((hint) => !isRetryable || !saysOnlyAgain(hint)).map(ownHint);
  const isKept = given.some((hint) => hint.endsWith("what has arrived is kept"));
  const own = isRetryable ? [`Press X to try it again${isKept ? ": what has arrived is kept" : ""}`] : [];
  return [
    ...wrapText(printable(`error: ${failure}`), columns, measure).map(theme.error),
    ...[...own, ...hints].flatMap((hint) => wrapText(printable(`hint: ${hint}`), columns, measure))
      .map(theme.dim),
  ];
}

/** Facts in lines, none broken where that is possible. */
function packFacts(facts: readonly string[], { columns, measure, unicode }: Frame): string[] {
  const dot = unicode ? " · " : ", ";
  const lines: string[] = [];
  for (const fact of facts.map(printable)) {
    const last = lines.at(-1);
    const joined = last === undefined ? fact : `${last}${dot}${fact}`;
    if (last === undefined || measure(joined) > columns) lines.push(fact);
    else lines[lines.length - 1] = joined;
  }
  return lines.map((line) => fit(line, columns, { measure }));
}

/** The details of a download, never more lines than there is room. */
export function downloadDetails(row: DownloadRow, frame: Frame): string[] {
  const { columns, rows, measure, theme, unicode } = frame;
  const rule = unicode ? "─" : "-";
  const title = fit(printable(titleOf(row)), Math.max(1, columns - 5), { measure, cut: "middle" });
  const line = rule.repeat(Math.max(0, columns - measure(title) - 4));
  const facts = packFacts([...downloadFacts(row, frame), ...optionFacts(row)], frame);
  const head = [
    `${theme.border(rule.repeat(2))} ${theme.bold(title)} ${theme.border(line)}`,
    // With little room, bars say more than words.
    ...(rows < 10 ? facts.slice(0, 1) : facts.slice(0, 3)).map(theme.dim),
  ];
  const job = progressOf(row);
  const body = job === undefined ? failureLines(row, frame) : progressLines(job, frame, rows - head.length);
  return [...head, ...body].slice(0, rows);
}
