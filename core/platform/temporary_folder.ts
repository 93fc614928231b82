/**
 * A folder that goes when it is no longer needed.
 *
 * @module
 */

/** A folder of our own; disposing deletes it with everything in it. */
export interface TemporaryFolder extends AsyncDisposable {
  /** Absolute. */
  readonly path: string;
}

/** Makes an empty folder where the system keeps such things. */
export async function makeTemporaryFolder(prefix: string): Promise<TemporaryFolder> {
  const path = await Deno.makeTempDir({ prefix });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }).catch(() => {}),
  };
}
