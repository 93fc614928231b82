/**
 * What a file system can do, really tried: with small files in a folder of their own, which is deleted again.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileFacts } from "./directory.ts";
import { fileSystemError } from "./file_system_error.ts";

/** What came of one try: it works, or what the system says against it. */
export type Ability = { readonly works: true } | { readonly works: false; readonly reason: string };

/** What a file system can do. */
export interface FileSystemAbilities {
  /** A file takes the place of another in one step. */
  readonly rename: Ability;
  /** Data is put on the disk when that is asked for. */
  readonly sync: Ability;
  readonly hardLink: Ability;
  readonly symlink: Ability;
  /** A lock keeps a second one out. */
  readonly lock: Ability;
  /** What is not written takes no room. */
  readonly sparse: Ability;
  /** Names may have as many bytes as the Hub's have at most. */
  readonly longName: Ability;
  /** Names come back as they were written: letters with accents, and signs of any script. */
  readonly unicode: Ability;
  /** `a` and `A` are two files. */
  readonly caseSensitive: boolean;
}

/** The reason when the runtime, not the file system, refuses. */
export const RIGHT_MISSING = "it needs --allow-read and --allow-write without a folder";

const WORKS: Ability = { works: true };
/** What every common file system takes in one name. */
const LONG_NAME_BYTES = 255;
const SPARSE_BYTES = 16 * 1024 * 1024;

/**
 * Tries a file system.
 *
 * @param folder Absolute; where it does not exist, the nearest folder above it is taken.
 * @throws {ModelManagerError} When not even a folder can be made there.
 */
export async function probeFileSystem(folder: string): Promise<FileSystemAbilities> {
  const parent = await nearestFolder(folder);
  const place = join(parent, `.mm-doctor-${crypto.randomUUID().slice(0, 8)}.tmp`);
  try {
    await Deno.mkdir(place, { mode: 0o700 });
  } catch (error) {
    throw fileSystemError(error, "make a folder in", parent);
  }
  try {
    return await probe(place);
  } finally {
    await Deno.remove(place, { recursive: true }).catch(() => {});
  }
}

async function nearestFolder(folder: string): Promise<string> {
  for (let current = folder;; current = dirname(current)) {
    if ((await fileFacts(current))?.isDirectory || dirname(current) === current) return current;
  }
}

async function probe(place: string): Promise<FileSystemAbilities> {
  const at = (name: string): string => join(place, name);
  return {
    rename: await attempt(() => tryRename(at("old"), at("new"))),
    sync: await attempt(() => trySync(place, at("synced"))),
    hardLink: await attempt(async () => {
      await Deno.writeTextFile(at("original"), "x");
      await Deno.link(at("original"), at("link"));
      if ((await fileFacts(at("link")))?.isFile !== true) throw new Error("the link is no file");
    }),
    symlink: await attempt(async () => {
      await Deno.writeTextFile(at("target"), "x");
      await Deno.symlink(at("target"), at("symlink"), { type: "file" });
      if (!(await Deno.lstat(at("symlink"))).isSymlink) throw new Error("the link is no symbolic link");
    }),
    lock: await attempt(() => tryLocks(at("locked"))),
    sparse: await attempt(() => trySparse(at("sparse"))),
    longName: await attempt(async () => {
      await Deno.writeTextFile(at("n".repeat(LONG_NAME_BYTES)), "");
    }),
    unicode: await attempt(() => tryUnicode(place)),
    caseSensitive: await isCaseSensitive(at("case")),
  };
}

async function attempt(action: () => Promise<void>): Promise<Ability> {
  try {
    await action();
    return WORKS;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // For a symbolic link, no folder is enough: it may lead anywhere.
    if (error instanceof Deno.errors.NotCapable) return { works: false, reason: RIGHT_MISSING };
    // The rest names our own probe files.
    return { works: false, reason: message.replace(/(?: \(os error \d+\))?(?:: .*)?$/s, "") };
  }
}

async function tryRename(from: string, to: string): Promise<void> {
  await Deno.writeTextFile(to, "old");
  await Deno.writeTextFile(from, "new");
  await Deno.rename(from, to);
  if (await Deno.readTextFile(to) !== "new") throw new Error("the old file stayed in its place");
}

async function trySync(folder: string, path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  await file.write(new Uint8Array(1));
  await file.syncData();
  await file.sync();
  if (Deno.build.os === "windows") return;
  using directory = await Deno.open(folder, { read: true });
  await directory.sync();
}

async function tryLocks(path: string): Promise<void> {
  using first = await Deno.open(path, { read: true, write: true, create: true });
  using second = await Deno.open(path, { read: true, write: true });
  if (!await first.tryLock(true)) throw new Error("no lock is granted");
  if (await second.tryLock(true)) throw new Error("a lock is granted twice");
  await first.unlock();
  if (!await second.tryLock(true)) throw new Error("a lock is not given back");
  await second.unlock();
}

async function trySparse(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  await file.truncate(SPARSE_BYTES);
  const facts = await fileFacts(path);
  if (facts === undefined || facts.sizeBytes !== SPARSE_BYTES) throw new Error("it has not its full size");
  if (facts.allocatedBytes > SPARSE_BYTES / 2) throw new Error("an empty file takes its whole size at once");
}

/** Composed letters, which some systems take apart, and a sign that takes four bytes. */
async function tryUnicode(folder: string): Promise<void> {
  const names = ["modèle-\u00e9\u00fc", "模型", "🦙"];
  for (const name of names) await Deno.writeTextFile(join(folder, name), "");
  const found = new Set<string>();
  for await (const { name } of Deno.readDir(folder)) found.add(name);
  if (!names.every((name) => found.has(name))) throw new Error("names come back changed");
}

async function isCaseSensitive(path: string): Promise<boolean> {
  try {
    await Deno.writeTextFile(`${path}-a`, "");
    return await fileFacts(`${path}-A`) === undefined;
  } catch {
    return true;
  }
}
