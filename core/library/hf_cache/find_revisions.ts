/**
 * What a reference means in a cache of the Hub's own tools; pure.
 *
 * @module
 */
import { ModelManagerError } from "../../base/errors.ts";
import { formatReference, type ModelReference } from "../../base/reference.ts";
import { selectFiles } from "../selection.ts";
import type { HfCache, HfCacheFile, HfCacheRepo, HfCacheRevision } from "./cache_model.ts";

/** Files of one revision. */
export interface HfFoundRevision {
  readonly revision: HfCacheRevision;
  readonly files: readonly HfCacheFile[];
  /** Whether these are all that the revision has. */
  readonly isWhole: boolean;
}

/** What a reference means. */
export interface HfFound {
  readonly repo: HfCacheRepo;
  readonly revisions: readonly HfFoundRevision[];
  /** Whether the reference names nothing but the repository. */
  readonly isRepo: boolean;
  /** The branch or tag that the reference names; other names may mean the same commit. */
  readonly name?: string;
}

/**
 * Finds what a reference means. A revision is a branch, a tag, a commit or the beginning of one; without it, all
 * revisions are meant.
 *
 * @throws {ModelManagerError} `NOT_FOUND`, or `USAGE_ERROR` where the beginning of a commit fits several.
 */
export function findHfRevisions(cache: HfCache, reference: ModelReference): HfFound {
  const repo = findRepo(cache, reference);
  const { revision, selector } = reference;
  const revisions = revision === undefined ? repo.revisions : [findRevision(repo, revision)];
  const isName = revision !== undefined && revisions.some(({ refs }) => refs.includes(revision));
  const named = isName ? { name: revision } : {};
  if (selector === undefined) {
    return {
      repo,
      revisions: revisions.map((each) => ({ revision: each, files: each.files, isWhole: true })),
      isRepo: revision === undefined,
      ...named,
    };
  }
  const found = revisions.flatMap((each) => {
    const files = selectFrom(each, { repo: repo.repo, selector, strict: revisions.length === 1 });
    return files.length === 0 ? [] : [{ revision: each, files, isWhole: files.length === each.files.length }];
  });
  if (found.length === 0) throw notFound(`Nothing in the cache is "${formatReference(reference)}"`);
  return { repo, revisions: found, isRepo: false, ...named };
}

function findRepo(cache: HfCache, reference: ModelReference): HfCacheRepo {
  const models = cache.repos.filter(({ kind }) => kind === "model");
  const wanted = reference.repo.toLowerCase();
  const repo = models.find((each) => each.repo === reference.repo) ??
    models.find((each) => each.repo.toLowerCase() === wanted);
  if (repo !== undefined) return repo;
  throw notFound(`"${reference.repo}" is not in the cache "${cache.directory}"`);
}

function findRevision(repo: HfCacheRepo, wanted: string): HfCacheRevision {
  const exact = repo.revisions.find(({ commit, refs }) => commit === wanted || refs.includes(wanted));
  if (exact !== undefined) return exact;
  const fitting = /^[0-9a-f]{4,39}$/.test(wanted)
    ? repo.revisions.filter(({ commit }) => commit.startsWith(wanted))
    : [];
  const [only, ...others] = fitting;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) {
    throw new ModelManagerError(
      "USAGE_ERROR",
      `"${wanted}" fits ${fitting.length} commits of "${repo.repo}"`,
      {
        hints: [`Write more of it: ${fitting.map(({ commit }) => commit.slice(0, 12)).join(", ")}`],
      },
    );
  }
  const known = repo.revisions.map(({ commit, refs }) => refs[0] ?? commit.slice(0, 12)).join(", ");
  throw notFound(
    `The cache has no revision "${wanted}" of "${repo.repo}"${known === "" ? "" : `: it has ${known}`}`,
  );
}

/** In one of several revisions, that nothing fits means only that it is not this one. */
function selectFrom(
  { files }: HfCacheRevision,
  options: { readonly repo: string; readonly selector: string; readonly strict: boolean },
): readonly HfCacheFile[] {
  try {
    return selectFiles(files, options).files;
  } catch (error) {
    if (options.strict) throw error;
    return [];
  }
}

function notFound(message: string): ModelManagerError {
  return new ModelManagerError("NOT_FOUND", message, { hints: ["See what is there: mm list --hf-cache"] });
}
