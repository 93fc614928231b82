/**
 * `mm list --hf-cache`.
 *
 * @module
 */
import { formatByteSize } from "../../core/base/byte_size.ts";
import { compilePattern, isPattern } from "../../core/base/file_pattern.ts";
import type { HfCache, HfCacheRepo, HfCacheRevision } from "../../core/operations/model_manager.ts";
import { formatDateAge, plural } from "../output/humanize.ts";
import type { Column } from "../output/table.ts";
import type { Session } from "../session.ts";
import { repoName, revisionName, revisionReference } from "./names.ts";

interface Row {
  readonly repo: HfCacheRepo;
  readonly revision: HfCacheRevision;
}

/** What of the cache is listed, and in which order. */
export interface CacheListQuery {
  readonly name?: string | undefined;
  readonly sort: "name" | "size" | "date";
}

/** More of them would bury the list. */
const MAX_WARNINGS = 10;

function columns(nowMs: number): readonly Column<Row>[] {
  return [
    {
      header: "MODEL",
      cell: ({ repo }) => repoName(repo),
      minimum: 30,
      cut: "middle",
      style: (_row, theme) => theme.bold,
    },
    { header: "REVISION", cell: ({ revision }) => revisionName(revision), minimum: 12, cut: "end" },
    {
      header: "SIZE",
      cell: ({ revision }) => formatByteSize(revision.sizeBytes),
      align: "right",
    },
    { header: "FILES", cell: ({ revision }) => String(revision.files.length), align: "right", expendable: 2 },
    {
      header: "LAST USED",
      cell: ({ revision }) => formatDateAge(new Date(revision.usedAtMs).toISOString(), nowMs),
      expendable: 1,
    },
  ];
}

function rowsOf(cache: HfCache, query: CacheListQuery): Row[] {
  const fits = nameTest(query.name);
  const rows = cache.repos.filter((repo) => fits(repoName(repo)))
    .flatMap((repo) => repo.revisions.map((revision) => ({ repo, revision })));
  if (query.sort === "size") rows.sort((a, b) => b.revision.sizeBytes - a.revision.sizeBytes);
  if (query.sort === "date") rows.sort((a, b) => b.revision.modifiedAtMs - a.revision.modifiedAtMs);
  return rows;
}

function nameTest(name: string | undefined): (repo: string) => boolean {
  if (name === undefined) return () => true;
  const wanted = name.toLowerCase();
  if (!isPattern(name)) return (repo) => repo.toLowerCase().includes(wanted);
  const matches = compilePattern(wanted);
  return (repo) => matches(repo.toLowerCase());
}

/** Like `mm list`, one entry a revision; of what only the library knows, nothing is known. */
export function cacheListDocument(cache: HfCache, rows: readonly Row[]): object {
  const date = (timeMs: number): string => new Date(timeMs).toISOString();
  return {
    directory: cache.directory,
    sizeBytes: cache.sizeBytes,
    models: rows.map(({ repo, revision }) => ({
      kind: repo.kind,
      repo: repo.repo,
      revision: revision.refs[0] ?? null,
      refs: revision.refs,
      commit: revision.commit,
      quant: null,
      modelType: null,
      status: revision.files.every((file) => file.realPath !== undefined) ? "available" : "error",
      sizeBytes: revision.sizeBytes,
      path: revision.path,
      files: revision.files.map(({ path, sizeBytes, digest }) => ({
        path,
        sizeBytes,
        sha256: digest?.algorithm === "sha256" ? digest.hex : null,
        gitSha1: digest?.algorithm === "git-sha1" ? digest.hex : null,
      })),
      downloadDate: date(revision.modifiedAtMs),
      lastUsedAt: date(revision.usedAtMs),
      update: null,
    })),
    incomplete: cache.incomplete.map(({ path, repo, sizeBytes, modifiedAtMs }) => ({
      path,
      repo,
      sizeBytes,
      modifiedAt: date(modifiedAtMs),
    })),
    warnings: cache.warnings.map(({ repo, ...warning }) => ({ ...warning, repo: repo ?? null })),
  };
}

function saySummary(cache: HfCache, rows: readonly Row[], session: Session): void {
  const { output } = session;
  const repos = new Set(rows.map(({ repo }) => repo));
  if (rows.length > 0) {
    const what = `${repos.size} ${repos.size === 1 ? "repository" : "repositories"}, ${
      plural(rows.length, "revision")
    }`;
    output.say(`${what}, ${formatByteSize(cache.sizeBytes)} in all in "${cache.directory}"`);
  } else if (!cache.exists) output.say(`There is no cache in "${cache.directory}"`);
  else output.say(cache.repos.length === 0 ? "The cache is empty" : "Nothing in the cache is like that");
  for (const { message } of cache.warnings.slice(0, MAX_WARNINGS)) output.warn(message);
  const more = cache.warnings.length - MAX_WARNINGS;
  if (more > 0) output.warn(`${plural(more, "more warning")}: see them all with --json`);
  const incomplete = cache.incomplete.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (cache.incomplete.length > 0) {
    output.say(
      `${plural(cache.incomplete.length, "download")} not finished: ${formatByteSize(incomplete)} more`,
    );
  }
  if (cache.repos.length === 0) output.suggest("Fill it: mm pull REF --to hf-cache");
  else if (rows.length === 0) output.suggest("List all of it: mm list --hf-cache");
  else if (cache.warnings.length > 0 || cache.incomplete.length > 0) {
    output.suggest("See what can go: mm cleanup --hf-cache --dry-run");
  }
}

/** Lists the cache. */
export async function listCache(query: CacheListQuery, session: Session): Promise<void> {
  const cache = await (await session.app()).hfCache.scan();
  const rows = rowsOf(cache, query);
  await session.output.result({
    json: () => cacheListDocument(cache, rows),
    quiet: () => rows.map(({ repo, revision }) => revisionReference(repo, revision)),
    human: () => rows.length === 0 ? [] : session.output.table(columns(session.clock.now()), rows),
  });
  saySummary(cache, rows, session);
}
