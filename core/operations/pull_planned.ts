/**
 * What a pull says before it begins: what is to be done with each file.
 *
 * @module
 */
import type { PlannedFile, ReferenceEvent } from "../download/events.ts";
import { type FilePlan, isReused } from "../download/plan.ts";
import { elsewhereNotices } from "./pull_copies.ts";
import type { PullPlan, ResolvedPull } from "./pull_plan.ts";

/** The event that tells a plan. */
export function plannedEvent(pull: ResolvedPull, { download, elsewhere }: PullPlan): ReferenceEvent {
  return {
    type: "planned",
    repo: pull.info.repo,
    commit: pull.info.commit,
    receivedBytes: download.heldBytes,
    totalBytes: download.totalBytes,
    fetchBytes: download.fetchBytes,
    notices: [...pull.notices, ...elsewhereNotices(elsewhere)],
    files: download.files.map(toPlannedFile),
  };
}

function toPlannedFile(file: FilePlan): PlannedFile {
  const { path, sizeBytes: totalBytes, action, keptBytes, copy } = file;
  const reuses = isReused(file) && copy !== undefined;
  return {
    path,
    totalBytes,
    action,
    resumedBytes: action === "resume" || reuses ? keptBytes : 0,
    ...(reuses ? { from: copy.path } : {}),
  };
}
