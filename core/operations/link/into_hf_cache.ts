/**
 * Models in the cache of the Hub's own tools: by hard links only, since those tools delete what their links lead to.
 *
 * @module
 */
import { join } from "node:path";
import { ModelManagerError } from "../../base/errors.ts";
import { inHfCache } from "../../library/hf_cache/cache_error.ts";
import { hfRefPath } from "../../library/hf_cache/cache_place.ts";
import { HfSnapshotWriter } from "../../library/hf_cache/snapshot_writer.ts";
import { readTextFileIfExists } from "../../platform/atomic_file.ts";
import { fileFacts, removeFile } from "../../platform/directory.ts";
import { isSameDisk, isSameFile, linkFile } from "../../platform/links.ts";
import { hashFile } from "../hash_file.ts";
import type { Linked, LinkPlace } from "./into_folder.ts";
import { folderInTheWay, type LinkContext, type LinkHow } from "./link_files.ts";
import type { LinkedFile } from "./link_request.ts";
import type { SourceFile, SourceModel } from "./link_sources.ts";

/** The cache as a place to link into. */
export function hfCacheLinkPlace(context: LinkContext): LinkPlace {
  return {
    directory: context.hfCache.directory,
    link: (model, how) => inHfCache(() => linkModel(context, model, how)),
  };
}

async function linkModel(context: LinkContext, model: SourceModel, how: LinkHow): Promise<Linked> {
  const { repo, commit, revision } = model;
  if (commit === undefined || !/^[0-9a-f]{40}$/.test(commit)) {
    throw new ModelManagerError("FAILED", `Nobody knows of which commit "${model.reference}" is`, {
      hints: [
        `Let the Hub tell: mm update "${model.reference}"`,
        `Or fetch it into the cache: mm pull "${model.reference}" --to hf-cache`,
      ],
    });
  }
  const writer = new HfSnapshotWriter(context.hfCache, { repo, commit, clock: context.clock });
  const files = [...model.files, ...(model.mmproj === undefined ? [] : [model.mmproj])];
  const linked: LinkedFile[] = [];
  for (const file of files) linked.push(await linkOne(context, file, { ...how, writer }));
  const notes = await refNotes(writer, { revision, commit, force: how.force });
  // A name that means a newer snapshot stays: what has it would not find that any more.
  if (!how.dryRun) await writer.finish(notes.length === 0 ? revision : commit);
  return { files: linked, notes };
}

async function refNotes(
  { place }: HfSnapshotWriter,
  wanted: { readonly revision: string; readonly commit: string; readonly force: boolean },
): Promise<string[]> {
  const { revision, commit, force } = wanted;
  const path = hfRefPath(place, revision);
  const before = path === undefined
    ? undefined
    : (await readTextFileIfExists(path).catch(() => undefined))?.trim();
  if (force || before === undefined || before === commit) return [];
  return [
    `"${revision}" stays what it is in the cache, commit ${before.slice(0, 12)}; ` +
    `the linked files are at commit ${commit.slice(0, 12)}`,
  ];
}

async function linkOne(
  context: LinkContext,
  file: SourceFile,
  how: LinkHow & { readonly writer: HfSnapshotWriter },
): Promise<LinkedFile> {
  const { writer, copy, force, dryRun, signal } = how;
  const { realPath: source, sizeBytes, digest } = file;
  if (digest === undefined) {
    throw new ModelManagerError("FAILED", `No digest is known of "${source}"`, {
      hints: ["Prove it first: mm list --scan"],
    });
  }
  const wanted = { path: file.path, sizeBytes, digest };
  const target = writer.pathOf(file.path);
  const result = { source, target, sizeBytes } as const;
  const isSame = async (path: string): Promise<boolean> =>
    await hashFile(context, { path, algorithm: digest.algorithm }, { signal }) === digest.hex;
  const state = await writer.stateOf(wanted);
  const blob = writer.blobPath(digest);
  const isThere = state === "complete" || state === "blob";
  // Under the name of a digest, other bytes are nobody's own: they are replaced without asking.
  if (isThere && (await isSameFile(source, blob) || await isSame(blob))) {
    if (!dryRun) await writer.point(wanted, { isSame });
    return { ...result, status: "present", link: undefined };
  }
  const isFolder = (await fileFacts(target))?.isDirectory === true;
  if (isFolder) throw folderInTheWay(target);
  if (state === "foreign" && await isSame(target)) return { ...result, status: "present", link: undefined };
  if (state === "foreign" && !force) {
    throw new ModelManagerError("FAILED", `A different file is in the way: "${target}"`, {
      hints: ["Move it away, or replace it: run the same command with --force"],
    });
  }
  const link = copy ? "copy" : "hard";
  if (!copy && !await isSameDisk(source, target)) throw otherDisk(target);
  if (dryRun) return { ...result, status: "planned", link };
  const stagedPath = join(writer.place.partial, `${digest.hex}.${crypto.randomUUID().slice(0, 8)}.link`);
  try {
    const made = await linkFile(source, stagedPath, { copy, symbolic: false });
    if (made === "impossible" || made === "taken") throw otherDisk(target);
    await writer.put(wanted, { stagedPath, isSame, replace: state === "foreign" });
  } finally {
    await removeFile(stagedPath).catch(() => false);
  }
  return { ...result, status: copy ? "copied" : "linked", link };
}

function otherDisk(path: string): ModelManagerError {
  return new ModelManagerError(
    "FAILED",
    `No hard link can be made to "${path}": it is on another disk, or not allowed`,
    {
      hints: [
        "Copy instead: run the same command with --copy",
        "Or keep the cache on the library's disk: set HF_HUB_CACHE",
      ],
    },
  );
}
