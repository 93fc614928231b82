/**
 * Whether names are taken, many of them in few folders: each folder is read once.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { somethingThere } from "./directory.ts";

/** One spelling for all names that some file system takes for the same. */
function fold(name: string): string {
  return name.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}

/** What was there when a folder was first asked for; made anew for every fresh look. */
export class TakenNames {
  readonly #folders = new Map<string, Promise<ReadonlySet<string> | undefined>>();

  /**
   * Whether something has the name, be it a symbolic link that leads nowhere.
   *
   * @throws {ModelManagerError} When the system does not let us look.
   */
  async has(path: string): Promise<boolean> {
    const folder = dirname(path);
    let names = this.#folders.get(folder);
    if (names === undefined) {
      names = namesIn(folder);
      this.#folders.set(folder, names);
    }
    const taken = await names;
    // Of a name that is there in some spelling, only the disk knows whether it means this one.
    return taken !== undefined && !taken.has(fold(basename(path))) ? false : await somethingThere(path);
  }
}

/** The folded names in a folder; `undefined` when they cannot be listed, which says nothing of a single one. */
async function namesIn(folder: string): Promise<ReadonlySet<string> | undefined> {
  const names = new Set<string>();
  try {
    for await (const { name } of Deno.readDir(folder)) names.add(fold(name));
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
    return isMissing ? names : undefined;
  }
  return names;
}
