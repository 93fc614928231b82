/**
 * The rows of the library: what is here, and what is on its way. Pure.
 *
 * @module
 */
import type { LibraryModel } from "../../../core/operations/model_manager.ts";
import { formatPercent } from "../../output/humanize.ts";
import { updateWord } from "../../output/library_view.ts";
import { modelNames } from "../../output/model_name.ts";
import type { OpenJob } from "./open_jobs.ts";

/** What comes first. */
export const LIBRARY_SORTS = ["name", "size", "date"] as const;

/** What comes first. */
export type LibrarySort = typeof LIBRARY_SORTS[number];

/** One row. */
export interface LibraryRow {
  /** Tells it from the others, also after it was read again. */
  readonly id: string;
  /** As commands take it. */
  readonly reference: string;
  readonly repo: string;
  /** The quant, the file, or nothing. */
  readonly label: string;
  /** 0 while it is not known. */
  readonly sizeBytes: number;
  /** What it is for; empty for what is not here yet. */
  readonly type: string;
  /** ISO 8601; `undefined` for what is not here yet. */
  readonly date: string | undefined;
  /** How it stands, in a word or two. */
  readonly badge: string;
  readonly tone: "good" | "warning" | "busy" | "quiet";
  /** `undefined` for what is only being downloaded. */
  readonly model: LibraryModel | undefined;
  readonly job: OpenJob | undefined;
}

/** What the rows are made of. */
export interface RowSources {
  readonly models: readonly LibraryModel[];
  readonly jobs: readonly OpenJob[];
}

/** What is shown of them, and in which order. */
export interface RowQuery {
  readonly sort: LibrarySort;
  /** Part of a name; case does not count. */
  readonly filter: string;
}

/** A model and how it is named. */
interface NamedModel {
  readonly model: LibraryModel;
  readonly name: string;
}

/** How a job stands: `downloading 43 %`, `waiting`, `paused 43 %`. */
function jobBadge({ status, receivedBytes, totalBytes }: OpenJob): string {
  const word = status === "pending" ? "waiting" : status;
  return totalBytes === 0 || receivedBytes === 0
    ? word
    : `${word} ${formatPercent(receivedBytes, totalBytes)}`;
}

function modelBadge(model: LibraryModel): Pick<LibraryRow, "badge" | "tone"> {
  const { status, sizeBytes, receivedBytes } = model;
  if (status === "downloading") {
    const share = receivedBytes === undefined ? "" : ` ${formatPercent(receivedBytes, sizeBytes)}`;
    return { badge: `${status}${share}`, tone: "busy" };
  }
  if (status !== "available") return { badge: status, tone: "warning" };
  const word = updateWord(model);
  if (word === "update available" || word === "removed upstream") return { badge: word, tone: "warning" };
  return { badge: word === "" ? status : word, tone: word === "pinned" ? "quiet" : "good" };
}

/** Whether a job fetches a model: the same label, or, where it names none, what was begun of the repository. */
function isFor({ reference, target }: OpenJob, { model, name }: NamedModel): boolean {
  if (reference === name) return true;
  const { repo, selector } = target;
  if (repo !== model.repo) return false;
  if (selector === undefined) return model.quant === undefined || model.status === "downloading";
  return selector.toLowerCase() === model.quant?.toLowerCase() ||
    (model.files.length === 1 && model.files[0]?.path === selector);
}

function modelRow({ model, name }: NamedModel, job: OpenJob | undefined): LibraryRow {
  const badge = job === undefined ? modelBadge(model) : { badge: jobBadge(job), tone: "busy" as const };
  return {
    id: name,
    reference: name,
    repo: model.repo,
    label: name === model.repo ? "" : name.slice(model.repo.length + 1),
    sizeBytes: Math.max(model.sizeBytes, job?.totalBytes ?? 0),
    type: model.modelType,
    date: model.downloadDate,
    model,
    job,
    ...badge,
  };
}

function jobRow(job: OpenJob): LibraryRow {
  const { repo, revision, selector = "" } = job.target;
  return {
    id: `job ${job.id}`,
    reference: job.reference,
    repo,
    label: revision === undefined ? selector : `${selector}@${revision}`,
    sizeBytes: job.totalBytes,
    type: "",
    date: undefined,
    badge: jobBadge(job),
    tone: "busy",
    model: undefined,
    job,
  };
}

const byName = (a: LibraryRow, b: LibraryRow): number => a.reference.localeCompare(b.reference, "en");

/** What was never downloaded comes first among dates: it is what is happening now. */
const ORDERS: Readonly<Record<LibrarySort, (a: LibraryRow, b: LibraryRow) => number>> = {
  name: byName,
  size: (a, b) => b.sizeBytes - a.sizeBytes || byName(a, b),
  date: (a, b) =>
    a.date === b.date
      ? byName(a, b)
      : a.date === undefined || (b.date !== undefined && a.date > b.date)
      ? -1
      : 1,
};

/** All rows, in no order. */
function allRows({ models, jobs }: RowSources): LibraryRow[] {
  const names = modelNames(models);
  const free = new Set(jobs);
  const rows = models.map((model) => {
    const named = { model, name: names.get(model) ?? model.repo };
    const job = jobs.find((each) => free.has(each) && isFor(each, named));
    if (job !== undefined) free.delete(job);
    return modelRow(named, job);
  });
  return [...rows, ...[...free].map(jobRow)];
}

function isSame(a: LibraryRow, b: LibraryRow | undefined): boolean {
  return b !== undefined && a.id === b.id && a.model === b.model && a.badge === b.badge &&
    a.sizeBytes === b.sizeBytes && a.job?.id === b.job?.id;
}

/** The rows to show, and how many there are without the filter; `before` itself where nothing has changed. */
export function libraryRows(
  sources: RowSources,
  { sort, filter }: RowQuery,
  before: readonly LibraryRow[],
): { readonly rows: readonly LibraryRow[]; readonly total: number } {
  const all = allRows(sources);
  const wanted = filter.trim().toLowerCase();
  const found = wanted === ""
    ? all
    : all.filter(({ reference, badge }) => `${reference} ${badge}`.toLowerCase().includes(wanted));
  const rows = found.sort(ORDERS[sort]);
  const isUnchanged = rows.length === before.length && rows.every((row, index) => isSame(row, before[index]));
  return { rows: isUnchanged ? before : rows, total: all.length };
}
