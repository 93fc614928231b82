/**
 * Who may read and write a file.
 *
 * @module
 */

/** The permission bits of a file, such as `0o600`; `undefined` where there are none (Windows), or no such file. */
export async function fileMode(path: string): Promise<number | undefined> {
  if (Deno.build.os === "windows") return undefined;
  try {
    const { mode } = await Deno.stat(path);
    return mode === null ? undefined : mode & 0o777;
  } catch {
    return undefined;
  }
}
