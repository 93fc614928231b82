/**
 * Runs checks side by side. None of them can stop the others, and none is waited for without end.
 *
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { cancelledError, ModelManagerError, throwIfAborted } from "../../base/errors.ts";
import { redactText } from "../../base/redact.ts";
import type { PermissionName } from "../../platform/runtime_facts.ts";
import { type Check, type CheckGroup, type Finding, fromError, skipped } from "./check.ts";

/** A right that a check needs; without a scope, all of that kind. */
export interface Need {
  readonly name: PermissionName;
  readonly scope?: string;
}

/** Something to look at. */
export interface CheckTask {
  readonly id: string;
  readonly group: CheckGroup;
  readonly title: string;
  /** Who is asked, to be named when there is no answer; a function where that changes on the way. */
  readonly about?: string | (() => string);
  /** Without these rights it is not begun, so that nobody is asked for them. @default {[]} */
  readonly needs?: readonly Need[];
  /** Looks. Whatever it throws becomes a finding. */
  run(signal: AbortSignal): Finding | Promise<Finding>;
}

/** How tasks are run. */
export interface RunChecksOptions {
  readonly clock?: Clock;
  readonly signal?: AbortSignal | undefined;
  /** For each of them, in milliseconds; `undefined` is no limit. */
  readonly limitMs: number;
  /** What to do when there is no answer in time. */
  readonly lateHint: string;
  /** Whether the process has a right. @default it has every right */
  readonly isGranted?: (need: Need) => boolean;
}

/** `--allow-read=/path`: the flag that grants a right. */
export function flagFor({ name, scope }: Need): string {
  const flag = `--allow-${name}`;
  if (scope === undefined) return flag;
  return /^[\w@%+:,./*-]+$/.test(scope) ? `${flag}=${scope}` : `${flag}='${scope}'`;
}

/**
 * The findings in the order of the tasks.
 *
 * @throws {ModelManagerError} `CANCELLED`, and nothing else.
 */
export async function runChecks(tasks: readonly CheckTask[], options: RunChecksOptions): Promise<Check[]> {
  throwIfAborted(options.signal);
  const checks = await Promise.all(tasks.map((task) => runCheck(task, options)));
  throwIfAborted(options.signal);
  return checks;
}

async function runCheck(task: CheckTask, options: RunChecksOptions): Promise<Check> {
  const missing = task.needs?.filter((need) => options.isGranted?.(need) === false) ?? [];
  const finding = missing.length > 0 ? withoutRight(missing) : await find(task, options);
  return toCheck(task, finding);
}

function withoutRight(missing: readonly Need[]): Finding {
  return skipped(`it needs ${missing.map(flagFor).join(" ")}`);
}

async function find(task: CheckTask, options: RunChecksOptions): Promise<Finding> {
  const { clock = systemClock, limitMs, lateHint, signal } = options;
  const late = (): ModelManagerError => {
    const about = typeof task.about === "function" ? task.about() : task.about;
    const who = about === undefined ? "no answer" : `"${about}" does not answer`;
    return new ModelManagerError("FAILED", `${who} within ${limitMs / 1000} s`, { hints: [lateHint] });
  };
  const stop = new AbortController();
  const finished = new AbortController();
  const abort = (): void => stop.abort(cancelledError(signal?.reason));
  signal?.addEventListener("abort", abort, { once: true });
  clock.sleep(limitMs, { signal: finished.signal }).then(() => stop.abort(late()), () => {});
  const stopped = Promise.withResolvers<never>();
  stop.signal.addEventListener("abort", () => stopped.reject(stop.signal.reason), { once: true });
  stopped.promise.catch(() => {});
  try {
    return await Promise.race([Promise.resolve(task.run(stop.signal)), stopped.promise]);
  } catch (error) {
    // What was told to stop complains in words of its own.
    return fromError(stop.signal.aborted ? stop.signal.reason : error);
  } finally {
    finished.abort();
    signal?.removeEventListener("abort", abort);
  }
}

/** Nothing that a check repeats from elsewhere may carry a secret. */
function toCheck({ id, group, title }: CheckTask, finding: Finding): Check {
  const { status, detail, hints = [], more = [], skipped = false } = finding;
  return {
    id,
    group,
    title,
    status,
    detail: redactText(detail),
    hints: hints.map(redactText),
    more: more.map(redactText),
    skipped,
  };
}
