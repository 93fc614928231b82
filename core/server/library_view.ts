/**
 * The registry as a Hub shows it: repositories, their commits and the files at each; pure.
 *
 * @module
 */
import { createHash } from "node:crypto";
import {
  type ModelEntry,
  registeredDigest,
  type RegisteredFile,
  UNKNOWN_COMMIT,
} from "../library/model_entry.ts";
import type { HostedModel, HostedRefs } from "./model_source.ts";

/** One repository of the library. */
export interface RepoView {
  readonly model: HostedModel;
  /** Files by path, by commit. */
  readonly commits: ReadonlyMap<string, ReadonlyMap<string, RegisteredFile>>;
  /** Commits by the branch, tag or `refs/pr/N` that was pulled; `main` is always among them. */
  readonly revisions: ReadonlyMap<string, string>;
  /** Commits of which every file of the Hub is here. */
  readonly whole: ReadonlySet<string>;
  /** How many files are left out because no digest is known of them. */
  readonly unproved: number;
}

/** The Hub's word for what a model is for, where it is another one than ours. */
const TASKS: Readonly<Record<ModelEntry["modelType"], string | undefined>> = {
  "text-generation": "text-generation",
  "text-to-image": "text-to-image",
  "image-to-text": "image-to-text",
  "audio-to-text": "automatic-speech-recognition",
  "text-to-audio": "text-to-audio",
  embedding: "feature-extraction",
  classification: "text-classification",
  other: undefined,
};

const COMMIT = /^[0-9a-f]{40}$/;

type Files = Map<string, RegisteredFile>;

function provedFiles(entries: readonly ModelEntry[]): Files {
  const files: Files = new Map();
  for (const { metadata } of entries) {
    for (const file of metadata.files) if (registeredDigest(file) !== undefined) files.set(file.path, file);
  }
  return files;
}

/**
 * The name of a state of the repository that no single commit of the Hub is: files of several commits, or of an unknown
 * one. It looks like a commit, is the same for the same files, and can be taken for none of the Hub's.
 */
function mixedCommit(repo: string, files: Files): string {
  const lines = [...files.values()].map((file) => `${registeredDigest(file)?.hex} ${file.path}`).sort();
  return createHash("sha1").update(["files of", repo, ...lines].join("\n")).digest("hex");
}

function commitOf(repo: string, files: Files): string {
  const commits = new Set([...files.values()].map((file) => file.commit));
  const [only] = commits;
  return only !== undefined && commits.size === 1 && COMMIT.test(only) ? only : mixedCommit(repo, files);
}

/** What each commit has: what was pulled from it, or was found to be the same at it. */
function filesByCommit(files: Files): Map<string, Files> {
  const commits = new Map<string, Files>();
  for (const [path, file] of files) {
    if (!COMMIT.test(file.commit) || file.commit === UNKNOWN_COMMIT) continue;
    const known = commits.get(file.commit) ?? new Map();
    commits.set(file.commit, known.set(path, file));
  }
  return commits;
}

function newest(entries: readonly ModelEntry[]): ModelEntry | undefined {
  return entries.toSorted((a, b) => a.downloadDate < b.downloadDate ? 1 : -1)[0];
}

function factsOf(repo: string, entries: readonly ModelEntry[], files: Files): HostedModel {
  const dates = entries.map((entry) => entry.downloadDate).sort();
  const paths = [...files.keys()];
  const isGguf = paths.some((path) => /\.gguf$/i.test(path));
  const isSafetensors = paths.some((path) => /\.safetensors$/i.test(path));
  const task = TASKS[newest(entries)?.modelType ?? "other"];
  return {
    id: repo,
    lastModified: dates.at(-1) ?? new Date(0).toISOString(),
    createdAt: dates[0] ?? new Date(0).toISOString(),
    tags: [
      ...(isGguf ? ["gguf"] : []),
      ...(isSafetensors ? ["safetensors"] : []),
      ...(task === undefined ? [] : [task]),
    ],
    pipelineTag: task,
    libraryName: isGguf ? "gguf" : undefined,
    gated: entries.some((entry) => entry.metadata.gated === true) ? "manual" : false,
    private: entries.some((entry) => entry.metadata.private === true),
    mainSizeBytes: Math.max(0, ...entries.map((entry) => entry.sizeBytes)),
  };
}

function wholeCommits(entries: readonly ModelEntry[], commits: ReadonlyMap<string, Files>): Set<string> {
  const whole = entries.filter((entry) =>
    entry.metadata.whole === true &&
    entry.metadata.files.every((file) => commits.get(entry.metadata.commit)?.has(file.path) === true)
  );
  return new Set(whole.map((entry) => entry.metadata.commit));
}

function viewOf(repo: string, entries: readonly ModelEntry[]): RepoView | undefined {
  const files = provedFiles(entries);
  if (files.size === 0) return undefined;
  const commits = filesByCommit(files);
  const whole = wholeCommits(entries, commits);
  const revisions = new Map<string, string>();
  for (const [revision, ofRevision] of Map.groupBy(entries, (entry) => entry.metadata.revision)) {
    const there = provedFiles(ofRevision);
    if (there.size === 0 || COMMIT.test(revision)) continue;
    const commit = commitOf(repo, there);
    revisions.set(revision, commit);
    if (!commits.has(commit)) commits.set(commit, there);
  }
  if (!revisions.has("main")) {
    const latest = newest(entries.filter((entry) => provedFiles([entry]).size > 0));
    const there = provedFiles(entries.filter((each) => each.metadata.revision === latest?.metadata.revision));
    const commit = commitOf(repo, there);
    revisions.set("main", commit);
    if (!commits.has(commit)) commits.set(commit, there);
  }
  const paths = new Set(entries.flatMap((entry) => entry.metadata.files.map((file) => file.path)));
  return {
    model: factsOf(repo, entries, files),
    commits,
    revisions,
    whole,
    unproved: paths.size - files.size,
  };
}

/** The repositories of a library, by name. What is not complete, or not proved, is left out. */
export function libraryView(entries: readonly ModelEntry[]): Map<string, RepoView> {
  const there = entries.filter((entry) => entry.status === "available" || entry.status === "error");
  const views = new Map<string, RepoView>();
  for (const [repo, ofRepo] of Map.groupBy(there, (entry) => entry.metadata.repo)) {
    const view = viewOf(repo, ofRepo);
    if (view !== undefined) views.set(repo, view);
  }
  return views;
}

/** The commit that a revision means in a repository: a name that was pulled, or a commit, also a shortened one. */
export function findCommit(view: RepoView, revision: string): string | undefined {
  const name = revision === "HEAD" ? "main" : revision.replace(/^refs\/(?:heads|tags)\//, "");
  const named = view.revisions.get(name) ?? view.revisions.get(revision);
  if (named !== undefined || view.commits.has(revision)) return named ?? revision;
  if (!/^[0-9a-f]{7,39}$/.test(revision)) return undefined;
  const found = [...view.commits.keys()].filter((commit) => commit.startsWith(revision));
  return found.length === 1 ? found[0] : undefined;
}

/** The revisions of a repository, as far as they were pulled. */
export function refsOf(view: RepoView): HostedRefs {
  const all = [...view.revisions].map(([name, targetCommit]) => ({ name, targetCommit }));
  const below = (prefix: string) =>
    all.filter(({ name }) => name.startsWith(prefix)).map(({ name, targetCommit }) => ({
      name: name.slice(prefix.length),
      ref: name,
      targetCommit,
    }));
  return {
    branches: all.filter(({ name }) => !name.startsWith("refs/")).map((each) => ({
      ...each,
      ref: `refs/heads/${each.name}`,
    })),
    tags: below("refs/tags/"),
    converts: below("refs/convert/"),
    pullRequests: below("refs/pr/"),
  };
}
