/**
 * Looks through one repository of a cache.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";
import { type Digest, parseDigest } from "../../base/digest.ts";
import { isModelManagerError } from "../../base/errors.ts";
import { readTextFileIfExists } from "../../platform/atomic_file.ts";
import { type FileFacts, fileFacts, readNames, realPathOf } from "../../platform/directory.ts";
import { readLink } from "../../platform/symlinks.ts";
import type {
  HfBlob,
  HfCacheFile,
  HfCacheRepo,
  HfCacheRevision,
  HfCacheWarning,
  HfIncomplete,
} from "./cache_model.ts";
import { type HfRepoKind, isIgnoredName } from "./cache_place.ts";

/** What to look at. */
export interface ScannedRepo {
  readonly kind: HfRepoKind;
  readonly repo: string;
  /** Absolute. */
  readonly path: string;
  /** Absolute: the folder of its locks. */
  readonly locks: string;
}

/** What was found. */
export interface RepoFindings {
  readonly repo: HfCacheRepo;
  readonly incomplete: readonly HfIncomplete[];
  /** Sizes of all files by the places where the bytes are. */
  readonly real: ReadonlyMap<string, number>;
}

/** Python's, JavaScript's and Rust's names of unfinished downloads, and llama.cpp's. */
const INCOMPLETE_NAME = /^(.+?)(?:\.[0-9a-f]{8})?\.(?:incomplete|downloadInProgress)$/;

/**
 * Looks through a repository.
 *
 * @param warnings Takes what is wrong with it.
 * @throws {ModelManagerError} When its folder cannot be read.
 */
export async function scanRepo(what: ScannedRepo, warnings: HfCacheWarning[]): Promise<RepoFindings> {
  return await new RepoScan(what, warnings).run();
}

/** Bytes that were looked at once. */
interface Bytes {
  readonly facts: FileFacts;
  readonly realPath: string;
}

class RepoScan {
  readonly #what: ScannedRepo;
  readonly #warnings: HfCacheWarning[];
  readonly #real = new Map<string, number>();
  readonly #looked = new Map<string, Promise<Bytes | undefined>>();

  constructor(what: ScannedRepo, warnings: HfCacheWarning[]) {
    this.#what = what;
    this.#warnings = warnings;
  }

  async run(): Promise<RepoFindings> {
    const { kind, repo, path } = this.#what;
    const commits = await this.#commits();
    const refs = await this.#refs(new Set(commits));
    const revisions: HfCacheRevision[] = [];
    for (const commit of commits) {
      const revision = await this.#try(
        join(path, "snapshots", commit),
        () => this.#revision(commit, refs.get(commit) ?? []),
      );
      if (revision !== undefined) revisions.push(revision);
    }
    const { unused, incomplete } = await this.#blobs(revisions);
    const facts = await fileFacts(path);
    const times = [...revisions, ...unused];
    return {
      repo: {
        kind,
        repo,
        path,
        revisions: revisions.sort(byImportance),
        unused,
        sizeBytes: [...this.#real.values()].reduce((sum, bytes) => sum + bytes, 0),
        modifiedAtMs: latest(times.map((each) => each.modifiedAtMs), facts?.modifiedAtMs),
        usedAtMs: latest(revisions.map((each) => each.usedAtMs), facts?.modifiedAtMs),
      },
      incomplete,
      real: this.#real,
    };
  }

  async #commits(): Promise<string[]> {
    const folder = join(this.#what.path, "snapshots");
    if ((await fileFacts(folder))?.isDirectory !== true) {
      this.#warn("no-snapshots", this.#what.path, `"${this.#what.repo}" has no snapshots`);
      return [];
    }
    const commits: string[] = [];
    for (const { name, kind } of await readNames(folder)) {
      const path = join(folder, name);
      if (isIgnoredName(name)) continue;
      if (kind === "directory") commits.push(name);
      else this.#warn("stray-file", path, `"${name}" is among the snapshots of "${this.#what.repo}"`);
    }
    return commits;
  }

  /** The names of revisions by commit. */
  async #refs(commits: ReadonlySet<string>): Promise<Map<string, string[]>> {
    const folder = join(this.#what.path, "refs");
    const refs = new Map<string, string[]>();
    for (const name of await this.#try(folder, () => filesBelow(folder)) ?? []) {
      const path = join(folder, ...name.split("/"));
      const commit = (await this.#try(path, () => readTextFileIfExists(path)))?.trim();
      if (commit === undefined) continue;
      if (commits.has(commit)) refs.set(commit, [...refs.get(commit) ?? [], name].sort());
      else {
        const message = `"${name}" of "${this.#what.repo}" means the commit "${commit}", which is not there`;
        this.#warn("missing-commit", path, message);
      }
    }
    return refs;
  }

  async #revision(commit: string, refs: readonly string[]): Promise<HfCacheRevision> {
    const path = join(this.#what.path, "snapshots", commit);
    const files: HfCacheFile[] = [];
    for (const name of await filesBelow(path)) {
      const file = await this.#try(join(path, ...name.split("/")), () => this.#file(path, name));
      if (file !== undefined) files.push(file);
    }
    const sizes = new Map(files.map((file) => [file.realPath, file.sizeBytes]));
    const facts = await fileFacts(path);
    return {
      commit,
      refs,
      path,
      files,
      sizeBytes: [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0),
      modifiedAtMs: latest(files.map((file) => file.modifiedAtMs), facts?.modifiedAtMs),
      usedAtMs: latest(files.map((file) => file.usedAtMs), facts?.modifiedAtMs),
    };
  }

  async #file(snapshot: string, path: string): Promise<HfCacheFile | undefined> {
    const snapshotPath = join(snapshot, ...path.split("/"));
    const said = await readLink(snapshotPath);
    const blobPath = said === undefined ? snapshotPath : resolve(dirname(snapshotPath), said);
    const bytes = await this.#bytes(blobPath);
    if (bytes?.facts.isDirectory === true) return undefined;
    const name = {
      path,
      snapshotPath,
      blobPath,
      digest: said === undefined ? undefined : this.#digestOf(blobPath),
    };
    if (bytes === undefined) {
      const message = `The bytes of "${path}" of "${this.#what.repo}" are gone: "${blobPath}"`;
      this.#warn("missing-bytes", snapshotPath, message);
      return { ...name, realPath: undefined, sizeBytes: 0, modifiedAtMs: 0, usedAtMs: 0 };
    }
    const { realPath, facts: { sizeBytes, modifiedAtMs, accessedAtMs } } = bytes;
    this.#real.set(realPath, sizeBytes);
    return { ...name, realPath, sizeBytes, modifiedAtMs, usedAtMs: Math.max(modifiedAtMs, accessedAtMs) };
  }

  /** Only what lies among the blobs is named by its content. */
  #digestOf(blobPath: string): Digest | undefined {
    return dirname(blobPath) === join(this.#what.path, "blobs") ? parseDigest(basename(blobPath)) : undefined;
  }

  #bytes(path: string): Promise<Bytes | undefined> {
    let found = this.#looked.get(path);
    if (found === undefined) this.#looked.set(path, found = lookAtBytes(path));
    return found;
  }

  /** Blobs that nobody uses, and what is not complete. */
  async #blobs(
    revisions: readonly HfCacheRevision[],
  ): Promise<{ readonly unused: HfBlob[]; readonly incomplete: HfIncomplete[] }> {
    const { path, repo, kind, locks } = this.#what;
    const folder = join(path, "blobs");
    const used = new Set(revisions.flatMap(({ files }) => files.map((file) => file.blobPath)));
    const unused: HfBlob[] = [];
    const incomplete: HfIncomplete[] = [];
    for (const { name } of await this.#try(folder, () => readNames(folder)) ?? []) {
      const blob = join(folder, name);
      const [, key = name] = INCOMPLETE_NAME.exec(name) ?? [];
      const digest = parseDigest(name);
      if (used.has(blob) || (digest === undefined && key === name)) continue;
      const bytes = await this.#try(blob, () => lookAtBytes(blob));
      if (bytes === undefined || !bytes.facts.isFile) continue;
      const { realPath, facts: { sizeBytes, modifiedAtMs } } = bytes;
      if (digest === undefined) {
        incomplete.push({ path: blob, repo, sizeBytes, modifiedAtMs, lockPath: join(locks, `${key}.lock`) });
      } else {
        this.#real.set(realPath, sizeBytes);
        unused.push({ path: blob, realPath, repo, kind, digest, sizeBytes, modifiedAtMs });
      }
    }
    return { unused, incomplete };
  }

  #warn(kind: HfCacheWarning["kind"], path: string, message: string): void {
    this.#warnings.push({ kind, path, repo: this.#what.repo, message });
  }

  /** What cannot be looked at is said, and the rest is looked at all the same. */
  async #try<T>(path: string, look: () => Promise<T>): Promise<T | undefined> {
    try {
      return await look();
    } catch (error) {
      if (!isModelManagerError(error)) throw error;
      this.#warn("unreadable", path, error.message);
      return undefined;
    }
  }
}

async function lookAtBytes(path: string): Promise<Bytes | undefined> {
  const facts = await fileFacts(path);
  return facts === undefined ? undefined : { facts, realPath: await realPathOf(path) };
}

/** Everything below a folder that is no folder, with `/`, sorted; links are not followed. */
async function filesBelow(folder: string, prefix = ""): Promise<string[]> {
  const found: string[] = [];
  for (const { name, kind } of await readNames(folder)) {
    if (isIgnoredName(name)) continue;
    if (kind === "directory") found.push(...await filesBelow(join(folder, name), `${prefix}${name}/`));
    else found.push(prefix + name);
  }
  return found;
}

function latest(times: readonly number[], otherwise = 0): number {
  return times.length === 0 ? otherwise : Math.max(...times);
}

function byImportance(a: HfCacheRevision, b: HfCacheRevision): number {
  const named = Number(b.refs.length > 0) - Number(a.refs.length > 0);
  return named || b.modifiedAtMs - a.modifiedAtMs || (a.commit < b.commit ? -1 : 1);
}
