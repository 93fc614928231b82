/**
 * A {@link ModelSource} over generated files: several commits, branches, tags, former names.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { ByteRange } from "../../base/byte_range.ts";
import type {
  FileAddress,
  HostedModel,
  HostedRef,
  HostedRefs,
  ModelSource,
  RefLister,
  RenameTeller,
  Snapshot,
} from "../model_source.ts";
import type { GeneratedFile } from "./generated_file.ts";

/** One commit of a generated repository. */
export interface GeneratedCommit {
  /** 40 hexadecimal digits; see {@link commitId}. */
  readonly id: string;
  /** Called once, when the files are first asked for. */
  files(): readonly GeneratedFile[] | Promise<readonly GeneratedFile[]>;
}

/** A generated repository. */
export interface GeneratedModel {
  readonly facts: HostedModel;
  /** Oldest first; the last one is `main`. */
  readonly commits: readonly GeneratedCommit[];
  /** Commits by branch, besides `main`. */
  readonly branches?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  /** Commits by number, for `refs/pr/N`. */
  readonly pullRequests?: Readonly<Record<string, string>>;
  readonly formerNames?: readonly string[];
}

/** A commit's name, the same for the same repository and number. */
export function commitId(repo: string, number: number): string {
  return createHash("sha1").update(`commit ${number} of ${repo}`).digest("hex");
}

function branchesOf(model: GeneratedModel): Map<string, string> {
  const branches = new Map<string, string>();
  const head = model.commits.at(-1)?.id;
  if (head !== undefined) branches.set("main", head);
  for (const [name, commit] of Object.entries(model.branches ?? {})) branches.set(name, commit);
  return branches;
}

function findCommit(model: GeneratedModel, revision: string): string | undefined {
  const name = revision === "HEAD" ? "main" : revision.replace(/^refs\/(?:heads|tags)\//, "");
  const pullRequest = /^refs\/pr\/(\d+)$/.exec(revision)?.[1];
  if (pullRequest !== undefined) return model.pullRequests?.[pullRequest];
  const named = branchesOf(model).get(name) ??
    (Object.hasOwn(model.tags ?? {}, name) ? model.tags?.[name] : undefined);
  return named ?? model.commits.find((commit) => commit.id === revision)?.id;
}

function listRefs(names: Iterable<readonly [string, string]>, prefix: string): HostedRef[] {
  return [...names].map(([name, targetCommit]) => ({ name, ref: `${prefix}${name}`, targetCommit }));
}

/** Repositories in memory, whose bytes are made when they are read. */
export class GeneratedSource implements ModelSource, RefLister, RenameTeller {
  readonly #models: Map<string, GeneratedModel>;
  readonly #files = new Map<string, Promise<readonly GeneratedFile[]>>();

  constructor(models: readonly GeneratedModel[]) {
    this.#models = new Map(models.map((model) => [model.facts.id, model]));
  }

  /** Adds a repository, or puts a newer state of it in the place of the old one. */
  set(model: GeneratedModel): void {
    this.#models.set(model.facts.id, model);
  }

  /** Takes a repository away. */
  delete(repo: string): void {
    this.#models.delete(repo);
  }

  models(): Promise<readonly HostedModel[]> {
    return Promise.resolve([...this.#models.values()].map((model) => model.facts));
  }

  model(repo: string): Promise<HostedModel | undefined> {
    return Promise.resolve(this.#models.get(repo)?.facts);
  }

  commit(repo: string, revision: string): Promise<string | undefined> {
    const model = this.#models.get(repo);
    return Promise.resolve(model === undefined ? undefined : findCommit(model, revision));
  }

  files(snapshot: Snapshot): Promise<readonly GeneratedFile[]> {
    const commit = this.#models.get(snapshot.repo)?.commits.find((one) => one.id === snapshot.commit);
    if (commit === undefined) return Promise.resolve([]);
    const key = `${snapshot.repo} ${snapshot.commit}`;
    let files = this.#files.get(key);
    if (files === undefined) {
      files = Promise.resolve(commit.files());
      this.#files.set(key, files);
      // A failure is not kept: the next request tries again.
      files.catch(() => this.#files.delete(key));
    }
    return files;
  }

  async open(address: FileAddress, range: ByteRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const file = (await this.files(address)).find((candidate) => candidate.path === address.path);
    if (file === undefined) throw new Error(`No file "${address.path}" at ${address.commit}`);
    return file.stream(range);
  }

  refs(repo: string): Promise<HostedRefs> {
    const model = this.#models.get(repo);
    if (model === undefined) {
      return Promise.resolve({ branches: [], tags: [], converts: [], pullRequests: [] });
    }
    return Promise.resolve({
      branches: listRefs(branchesOf(model), "refs/heads/"),
      tags: listRefs(Object.entries(model.tags ?? {}), "refs/tags/"),
      converts: [],
      pullRequests: Object.entries(model.pullRequests ?? {}).map(([number, targetCommit]) => ({
        name: number,
        ref: `refs/pr/${number}`,
        targetCommit,
      })),
    });
  }

  renamedTo(repo: string): Promise<string | undefined> {
    const model = [...this.#models.values()].find((one) => one.formerNames?.includes(repo));
    return Promise.resolve(model?.facts.id);
  }
}
