/**
 * Whether the packages that this program is made of can be found. They are named in its `deno.json`, which Deno does not
 * read when somebody's own project imports the source by its path.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";

/** How modules are found. */
export interface PackageLookup {
  /** Where this program comes from. */
  readonly url: string;
  /** Looks for a package by its name, and throws when there is none. */
  readonly resolve: () => unknown;
  /** Loads that package. */
  readonly load: () => Promise<unknown>;
}

/** A package that is small, and needed by everything that downloads. */
const OWN_LOOKUP: PackageLookup = {
  url: import.meta.url,
  resolve: () => import.meta.resolve("jsonc-parser"),
  load: () => import("jsonc-parser"),
};

/**
 * Checks it before anything else fails for it, with the runtime's words for a mistake in a program.
 *
 * @throws {ModelManagerError} `CONFIG_INVALID`.
 */
export async function requirePackages({ url, resolve, load }: PackageLookup = OWN_LOOKUP): Promise<void> {
  // Published forms have the addresses of their packages in them.
  if (!/^file:.*\.ts$/.test(url)) return;
  try {
    resolve();
  } catch {
    // What can be loaded all the same, in whatever way, is there.
    await load().catch((cause: unknown) => {
      throw unknownPackages(cause);
    });
  }
}

function unknownPackages(cause: unknown): ModelManagerError {
  return new ModelManagerError(
    "CONFIG_INVALID",
    "This project does not know the packages that the source of Model Manager needs: they are named in the deno.json " +
      "of the source",
    {
      hints: [
        'Name the folder of the source in the deno.json of the project, "links": ["FOLDER"], and import ' +
        '"jsr:@model-manager/mm"',
        "See the ways to import the library: mm help library",
      ],
      cause,
    },
  );
}
