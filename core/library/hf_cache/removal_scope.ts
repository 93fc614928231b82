/**
 * What references mean for deleting: what goes, what goes by its name alone, and what must not be deleted at all.
 *
 * @module
 */
import { join } from "node:path";
import { ModelManagerError } from "../../base/errors.ts";
import type { HfCacheFile, HfCacheRepo } from "./cache_model.ts";
import type { HfFound } from "./find_revisions.ts";
import { type HfLinkedParts, type HfUses, linkedParts } from "./uses.ts";

/** What is to go of one repository. */
export interface Doomed {
  readonly repo: HfCacheRepo;
  readonly files: readonly HfCacheFile[];
  /** Commits of revisions that go altogether. */
  readonly commits: ReadonlySet<string>;
  readonly isWhole: boolean;
}

/** A name that goes without the commit that it means, since that has others. */
export interface NameOnly {
  readonly repo: HfCacheRepo;
  readonly commit: string;
  readonly name: string;
}

/** Tells revisions that go from names that go alone: what another branch or tag means as well stays. */
export function sortNames(
  found: readonly HfFound[],
): { readonly whole: readonly HfFound[]; readonly names: readonly NameOnly[] } {
  const whole: HfFound[] = [];
  const names: NameOnly[] = [];
  for (const each of found) {
    const alone = nameAlone(each, found);
    if (alone === undefined) whole.push(each);
    else names.push(alone);
  }
  return { whole, names };
}

function nameAlone({ repo, revisions, name }: HfFound, all: readonly HfFound[]): NameOnly | undefined {
  const [part] = revisions;
  if (name === undefined || part === undefined) return undefined;
  const { commit, refs } = part.revision;
  const going = new Set(all.filter((each) => each.repo.path === repo.path).map((each) => each.name));
  return refs.every((ref) => going.has(ref)) ? undefined : { repo, commit, name };
}

/** All that several references mean in one repository is one removal, so that what they share goes with the last. */
export function toDoomed(found: readonly HfFound[]): Doomed[] {
  const groups = Map.groupBy(found, ({ repo }) => repo);
  return [...groups].map(([repo, parts]) => {
    const names = new Set(
      parts.flatMap(({ revisions }) =>
        revisions.flatMap(({ files }) => files.map((file) => file.snapshotPath))
      ),
    );
    const named = new Set(
      parts.flatMap(({ revisions }) =>
        revisions.flatMap((each) => each.isWhole ? [each.revision.commit] : [])
      ),
    );
    const going = repo.revisions.filter(({ commit, files }) =>
      named.has(commit) || (files.length > 0 && files.every((file) => names.has(file.snapshotPath)))
    );
    const files = repo.revisions.flatMap((revision) => revision.files)
      .filter((file) => names.has(file.snapshotPath));
    const isWhole = parts.some(({ isRepo }) => isRepo) ||
      (going.length > 0 && going.length === repo.revisions.length);
    return { repo, files, commits: new Set(going.map(({ commit }) => commit)), isWhole };
  });
}

/** The blobs that nothing in the repository uses once it is done; others may. */
export function unusedAfter({ repo, files, isWhole }: Doomed): string[] {
  const going = new Set(files.map((file) => file.snapshotPath));
  const used = new Set(
    repo.revisions.flatMap((revision) => revision.files)
      .filter((file) => !going.has(file.snapshotPath))
      .map((file) => file.blobPath),
  );
  const blobs = new Set(files.map((file) => file.blobPath).filter((blob) => !used.has(blob)));
  if (isWhole) { for (const blob of repo.unused) blobs.add(blob.path); }
  return [...blobs];
}

export function refPathOf({ repo, name }: Pick<NameOnly, "repo" | "name">): string {
  return join(repo.path, "refs", ...name.split("/"));
}

/** Names in snapshots that go; what a linked folder has is not the repository's. */
export function goingNames({ files, linked }: Doomed & { readonly linked: HfLinkedParts }): string[] {
  return linked.snapshots ? [] : files.map((file) => file.snapshotPath);
}

/**
 * Makes sure that nothing is deleted behind a link, and nothing that another name of the cache leads through.
 *
 * @throws {ModelManagerError} `FAILED` naming the link.
 */
export async function requireOurs(found: readonly HfFound[], uses: HfUses): Promise<void> {
  const going = new Set<string>();
  for (const each of found) {
    const { repo, revisions, isRepo } = each;
    const linked = await linkedParts(repo);
    // Of a whole repository, the link itself can go.
    if (!isRepo && (linked.snapshots || linked.refs)) throw behindLink(repo);
    const alone = nameAlone(each, found);
    if (alone !== undefined) {
      if (revisions.some(({ isWhole }) => !isWhole)) {
        throw sameCommit(alone, revisions[0]?.revision.refs ?? []);
      }
      continue;
    }
    const names = revisions.flatMap(({ files }) => files.map((file) => file.snapshotPath));
    for (const name of names) going.add(name);
    for (const name of linked.snapshots ? [] : names) {
      const [user] = await uses.usersOf(name, going);
      if (user !== undefined) throw leadsThrough(repo.repo, user.repo);
    }
  }
}

function sameCommit({ repo: { repo }, name }: NameOnly, refs: readonly string[]): ModelManagerError {
  const other = refs.find((ref) => ref !== name) ?? "";
  return new ModelManagerError(
    "FAILED",
    `"${name}" of "${repo}" is the same commit as "${other}": its files are those of "${other}", too`,
    {
      hints: [
        `Remove them from every revision: mm remove ${repo}:FILE --hf-cache`,
        `Or only the name: mm remove ${repo}@${name} --hf-cache`,
      ],
    },
  );
}

function behindLink({ repo, path }: HfCacheRepo): ModelManagerError {
  return new ModelManagerError(
    "FAILED",
    `What the cache has of "${repo}" lies behind a link: nothing there is deleted`,
    {
      hints: [`Delete the link alone: mm remove ${repo} --hf-cache`, `See where it leads: ls -l "${path}"`],
    },
  );
}

function leadsThrough(repo: string, user: string): ModelManagerError {
  return new ModelManagerError("FAILED", `"${user}" in the cache is a link to files of "${repo}"`, {
    hints: [`Remove that first: mm remove ${user} --hf-cache`],
  });
}
