/**
 * The file that says what the files of a release have to hash to: `deno run -RW packaging/checksums.ts dist`
 *
 * @module
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The name of the file; its lines are those of `sha256sum`. */
export const CHECKSUMS = "SHA256SUMS";

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

/**
 * Writes {@link CHECKSUMS} for all files of a folder.
 *
 * @returns the names it holds, sorted.
 */
export async function writeChecksums(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .filter((name) => name !== CHECKSUMS)
    .sort();
  const lines: string[] = [];
  for (const name of names) lines.push(`${await sha256Of(join(folder, name))}  ${name}\n`);
  const unfinished = join(folder, `.${CHECKSUMS}`);
  await writeFile(unfinished, lines.join(""));
  await rename(unfinished, join(folder, CHECKSUMS));
  return names;
}

if (import.meta.main) {
  const [folder = "dist"] = Deno.args;
  const names = await writeChecksums(folder);
  Deno.stdout.writeSync(new TextEncoder().encode(`${CHECKSUMS}: ${names.join(", ")}\n`));
}
