/**
 * Entries of a tree as the API shows them.
 *
 * @module
 */
import { folderSha1, identifyFile } from "./git_objects.ts";
import type { HostedFile, JsonValue } from "./model_source.ts";

/** What stands for a digest where the gate is closed. */
export const HIDDEN_SHA256: string = "*".repeat(64);

/** How entries are shown. */
export interface TreeEntryOptions {
  /** Add the last commit and the security status. */
  readonly expand: boolean;
  /** Hide the digests of LFS files. */
  readonly masked: boolean;
  readonly commit: string;
  /** ISO 8601: the date of entries whose own is not known. */
  readonly date: string;
}

/** A folder, and the paths of all that is below it. */
export interface TreeFolder {
  readonly folder: string;
  readonly children: readonly string[];
}

/** A file or a folder of a tree. */
export type TreeItem = HostedFile | TreeFolder;

/** Nothing is scanned here; the shape is what clients insist on. */
const UNSCANNED: JsonValue = {
  status: "unscanned",
  avScan: null,
  pickleImportScan: null,
  jFrogScan: null,
  protectAiScan: null,
  virusTotalScan: null,
};

function lastCommit(item: TreeItem, options: TreeEntryOptions): JsonValue {
  if ("path" in item && item.lastCommit !== undefined) return { ...item.lastCommit };
  return { id: options.commit, title: "Upload files", date: options.date };
}

/** One entry of a tree or of `paths-info`. */
export async function treeEntry(item: TreeItem, options: TreeEntryOptions): Promise<JsonValue> {
  const commit = options.expand ? lastCommit(item, options) : undefined;
  if ("folder" in item) {
    const oid = folderSha1(item.folder, item.children);
    return { type: "directory", oid, size: 0, path: item.folder, lastCommit: commit };
  }
  const { gitSha1, lfs } = await identifyFile(item);
  return {
    type: "file",
    oid: gitSha1,
    size: item.sizeBytes,
    lfs: lfs === undefined ? undefined : {
      oid: options.masked ? HIDDEN_SHA256 : lfs.sha256,
      size: item.sizeBytes,
      pointerSize: lfs.pointerSizeBytes,
    },
    path: item.path,
    lastCommit: commit,
    securityFileStatus: options.expand ? UNSCANNED : undefined,
  };
}

function byPath(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Files and folders below `prefix` (empty for the root), sorted by path; only the direct ones unless `recursive`. */
export function treeItems(
  files: readonly HostedFile[],
  options: { readonly prefix: string; readonly recursive: boolean },
): TreeItem[] {
  const base = options.prefix === "" ? "" : `${options.prefix}/`;
  const folders = new Map<string, string[]>();
  const items = new Map<string, TreeItem>();
  for (const file of files) {
    if (!file.path.startsWith(base)) continue;
    const below = file.path.slice(base.length).split("/");
    for (let depth = 1; depth < below.length; depth++) {
      const folder = base + below.slice(0, depth).join("/");
      const children = folders.get(folder);
      if (children === undefined) folders.set(folder, [file.path]);
      else children.push(file.path);
      if (!options.recursive) break;
    }
    if (options.recursive || below.length === 1) items.set(file.path, file);
  }
  // A file wins over a folder of the same name, which only a hostile listing can have.
  for (const [folder, children] of folders) if (!items.has(folder)) items.set(folder, { folder, children });
  return [...items].sort(([a], [b]) => byPath(a, b)).map(([, item]) => item);
}
