/**
 * How things in the cache of the Hub's own tools are named to a person.
 *
 * @module
 */
import type { HfCacheRepo, HfCacheRevision } from "../../core/operations/model_manager.ts";

/** As a person would type it; what is no model begins with its kind. */
export function repoName({ kind, repo }: Pick<HfCacheRepo, "kind" | "repo">): string {
  return kind === "model" ? repo : `${kind}s/${repo}`;
}

/** Branches and tags, or else the commit. */
export function revisionName({ refs, commit }: Pick<HfCacheRevision, "refs" | "commit">): string {
  return refs.length === 0 ? `${commit.slice(0, 12)} (detached)` : refs.join(", ");
}

/** A reference to the revision. */
export function revisionReference(
  repo: Pick<HfCacheRepo, "kind" | "repo">,
  { refs: [ref], commit }: Pick<HfCacheRevision, "refs" | "commit">,
): string {
  return `${repoName(repo)}@${ref ?? commit}`;
}
