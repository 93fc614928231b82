/**
 * What tells this installation from all others that use the same store: a random id in its state folder. The name of a
 * machine does not: containers and copies of machines share one, and one machine may have several state folders.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { readTextFileIfExists, writeFileAtomic } from "./atomic_file.ts";
import { makeDirectory, removeFile } from "./directory.ts";

/** Version 1 of the file. */
const WELL_FORMED = /^1 ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\n$/;

/** Where the id of a state folder is. */
export function installationPath(stateDir: string): string {
  return join(stateDir, "installation");
}

/**
 * The id of this installation. It is made when it is first asked for, and anew when its file is damaged. Where it
 * cannot be kept, it is another one each time: then nobody is taken for his own predecessor.
 *
 * @param stateDir Absolute; made when it is not there.
 */
export async function installationId(stateDir: string): Promise<string> {
  const path = installationPath(stateDir);
  const id = crypto.randomUUID();
  try {
    const text = await readTextFileIfExists(path);
    const known = text === undefined ? undefined : idOf(text);
    if (known !== undefined) return known;
    await makeDirectory(dirname(path), { mode: 0o700 });
    if (text === undefined) await keepFirst(path, id);
    else await writeFileAtomic(path, textOf(id), { mode: 0o600 });
    // Of two processes that have made one at once, both go by what is there now.
    return idOf(await readTextFileIfExists(path) ?? "") ?? id;
  } catch {
    return id;
  }
}

function textOf(id: string): string {
  return `1 ${id}\n`;
}

function idOf(text: string): string | undefined {
  return WELL_FORMED.exec(text)?.[1];
}

/** Whole from its first moment, and never in the place of one that somebody goes by already. */
async function keepFirst(path: string, id: string): Promise<void> {
  const own = `${path}.${id.slice(0, 8)}.tmp`;
  await writeFileAtomic(own, textOf(id), { mode: 0o600 });
  try {
    await Deno.link(own, path);
  } catch (error) {
    // A disk without links.
    if (!(error instanceof Deno.errors.AlreadyExists)) {
      await writeFileAtomic(path, textOf(id), { mode: 0o600 });
    }
  } finally {
    await removeFile(own).catch(() => false);
  }
}
