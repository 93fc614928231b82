/**
 * What the Hub knows of a repository, and, where it knows none, which one may be meant.
 *
 * @module
 */
import { isRepoName } from "../base/reference.ts";
import { nearRepos } from "../base/near_names.ts";
import { HubError } from "../hub/errors.ts";
import type { HubClient } from "../hub/client.ts";
import type { ModelInfo } from "../hub/model.ts";
import type { OperationContext } from "./context.ts";

/** Nobody waits longer for advice. */
const BUDGET_MS = 1500;
/** Models of an organization that are looked through. */
const OF_AUTHOR = 100;
const OF_NAME = 20;

/** Whether the Hub does not know the repository, rather than a revision or a file of it. */
function isMissingRepo(error: unknown): error is HubError {
  return error instanceof HubError && error.code === "NOT_FOUND" &&
    error.hubCode !== "RevisionNotFound" && error.hubCode !== "EntryNotFound";
}

async function found(hub: HubClient, repo: string, signal: AbortSignal): Promise<string[]> {
  const [author, name] = repo.includes("/") ? repo.split("/") : [undefined, repo];
  const queries = [
    ...(author === undefined ? [] : [{ text: "", author, limit: OF_AUTHOR, allFormats: true }]),
    { text: name ?? repo, limit: OF_NAME, allFormats: true },
  ];
  const lists = await Promise.all(queries.map(async (query) => {
    const repos: string[] = [];
    try {
      for await (const model of hub.searchModels(query, { signal })) repos.push(model.repo);
    } catch {
      // Advice is not worth a second failure.
    }
    return repos;
  }));
  return lists.flat();
}

/** Repositories of the library and of the Hub that are like one which does not exist; within a short time. */
async function meantRepos(
  context: Pick<OperationContext, "clock" | "hub" | "library">,
  repo: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  try {
    const entries = await context.library.entries();
    const local = entries.map(({ metadata }) => metadata.repo);
    const onHub = await Promise.race([
      found(await context.hub(), repo, either),
      context.clock.sleep(BUDGET_MS, { signal: either }).then((): string[] => []),
    ]);
    return nearRepos(repo, [...local, ...onHub].filter(isRepoName));
  } catch {
    return [];
  } finally {
    stop.abort();
  }
}

/**
 * Asks the Hub about a repository.
 *
 * @throws {ModelManagerError} What the Hub says; of a repository that does not exist, with those that may be meant.
 */
export async function askModelInfo(
  context: Pick<OperationContext, "clock" | "hub" | "library">,
  repo: string,
  options: NonNullable<Parameters<HubClient["modelInfo"]>[1]>,
): Promise<ModelInfo> {
  const hub = await context.hub();
  try {
    return await hub.modelInfo(repo, options);
  } catch (error) {
    if (!isMissingRepo(error)) throw error;
    const meant = await meantRepos(context, repo, options.signal);
    if (meant.length === 0) throw error;
    const { hubCode, maybePrivate, cause, hints } = error;
    throw new HubError(error.code, error.message, {
      hints: [`Did you mean ${meant.join(" or ")}?`, ...hints],
      hubCode,
      maybePrivate,
      cause,
    });
  }
}
