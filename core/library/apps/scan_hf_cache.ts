/**
 * Models in a cache of the Hub's own tools, for the library: of each repository one revision, since the library has one
 * place for each.
 *
 * @module
 */
import { isRepoName } from "../../base/reference.ts";
import { repoPathProblem } from "../../base/repo_path.ts";
import type { HfCacheFile, HfCacheRepo, HfCacheRevision } from "../hf_cache/cache_model.ts";
import { scanHfCache } from "../hf_cache/scan.ts";
import { isGitFile } from "../selection.ts";
import { type AppFile, type AppModel, type AppScan, type AppSkip, localRepo } from "./app_model.ts";
import { isWeightsPath } from "./scan_folder.ts";

/**
 * The models in a cache.
 *
 * @param directory Absolute.
 * @throws {ModelManagerError} When the directory itself cannot be read.
 */
export async function scanHfModels(directory: string): Promise<AppScan> {
  const { repos } = await scanHfCache(directory);
  const models: AppModel[] = [];
  const skipped: AppSkip[] = [];
  for (const repo of repos) {
    if (repo.kind !== "model" || !isRepoName(repo.repo)) continue;
    const [first, ...others] = byImportance(repo);
    if (first === undefined) continue;
    models.push(...toModel(repo, first, skipped));
    const taken = new Set(first.files.map((file) => file.path));
    for (const other of others) {
      const own = other.files.filter((file) => isWeightsPath(file.path));
      // What only an older revision has is a file of the model as well.
      const more = own.filter((file) => !taken.has(file.path));
      models.push(...toModel(repo, { ...other, files: more }, skipped));
      for (const file of more) taken.add(file.path);
      skipped.push(
        ...own.filter((file) => !more.includes(file) && !hasSameBytes(first, file)).map((file) => ({
          path: file.snapshotPath,
          reason: `Another revision of the file is imported; this one is of ${other.commit.slice(0, 12)}`,
          sizeBytes: file.sizeBytes,
        })),
      );
    }
  }
  return { models, skipped };
}

/** The default branch first, then what has another name, then the newest. */
function byImportance({ revisions }: HfCacheRepo): HfCacheRevision[] {
  const rank = ({ refs }: HfCacheRevision): number => refs.includes("main") ? 0 : refs.length > 0 ? 1 : 2;
  return revisions.filter(({ files }) => files.length > 0)
    .sort((a, b) => rank(a) - rank(b) || b.modifiedAtMs - a.modifiedAtMs);
}

function hasSameBytes({ files }: HfCacheRevision, file: HfCacheFile): boolean {
  const own = files.find((each) => each.path === file.path);
  return own?.realPath !== undefined && own.realPath === file.realPath;
}

function toModel(repo: HfCacheRepo, revision: HfCacheRevision, skipped: AppSkip[]): AppModel[] {
  const files = revision.files.flatMap((file): AppFile[] => {
    const { path: name, snapshotPath: path, realPath, sizeBytes } = file;
    if (isGitFile(name)) return [];
    const problem = realPath === undefined ? "its bytes are gone" : repoPathProblem(name);
    if (realPath === undefined || problem !== undefined) {
      skipped.push({ path, reason: `It cannot be used: ${problem}`, sizeBytes });
      return [];
    }
    return [{ path, realPath, name, sizeBytes, modifiedAtMs: file.modifiedAtMs, digest: file.digest }];
  });
  if (!files.some((file) => isWeightsPath(file.name))) return [];
  const { refs, commit } = revision;
  return [{
    app: "hf-cache",
    name: repo.repo,
    repo: repo.repo,
    localRepo: localRepo(repo.repo),
    commit: /^[0-9a-f]{40}$/.test(commit) ? commit : undefined,
    revision: refs.includes("main") ? "main" : refs[0] ?? commit,
    files,
  }];
}
