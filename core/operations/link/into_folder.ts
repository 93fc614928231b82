/**
 * Models in folders: LM Studio's, and any other.
 *
 * @module
 */
import { basename, join, resolve, sep } from "node:path";
import { ModelManagerError } from "../../base/errors.ts";
import { lmStudioPlace } from "../../library/apps/app_places.ts";
import { isGgufPath } from "../../library/gguf_check.ts";
import { realPlaceOf } from "../../platform/directory.ts";
import { type LinkContext, type LinkHow, linkSource } from "./link_files.ts";
import type { LinkedFile } from "./link_request.ts";
import type { SourceFile, SourceModel } from "./link_sources.ts";

/** What became of one model. */
export interface Linked {
  readonly files: readonly LinkedFile[];
  readonly name?: string;
  readonly notes?: readonly string[];
}

/** A place where a program looks. */
export interface LinkPlace {
  /** Absolute. */
  readonly directory: string;
  link(model: SourceModel, how: LinkHow): Promise<Linked>;
}

/** Files at their paths below any folder. @throws {ModelManagerError} `USAGE_ERROR` for one in the library. */
export async function folderPlace(context: LinkContext, into: string): Promise<LinkPlace> {
  const directory = resolve(into);
  const modelsDir = await realPlaceOf(resolve(context.library.modelsDir));
  const real = await realPlaceOf(directory);
  if (into === "" || real === modelsDir || real.startsWith(modelsDir + sep)) {
    throw new ModelManagerError("USAGE_ERROR", `Cannot link into "${into}": it is the library itself`, {
      hints: ["Name another folder: mm link REF --into DIR"],
    });
  }
  return {
    directory,
    link: async (model, how) => ({
      files: await linkAll(context, model.files, {
        ...how,
        targetOf: (file) => join(directory, ...file.path.split("/")),
      }),
    }),
  };
}

/** LM Studio's folder: exactly two levels of folders, and the projector beside the model. */
export async function lmStudioLinkPlace(context: LinkContext): Promise<LinkPlace> {
  const { directory, known } = await lmStudioPlace(context.apps);
  if (!known) {
    throw new ModelManagerError("NOT_FOUND", `LM Studio was not found: "${directory}" does not exist`, {
      hints: [
        "Start LM Studio once: it makes its folder",
        "Or name its folder of models: mm link REF --into DIR/org/name",
      ],
    });
  }
  return {
    directory,
    async link(model, how) {
      const [org = "", name] = model.repo.split("/");
      const folder = name === undefined ? join(directory, "local", org) : join(directory, org, name);
      const files = [...model.files, ...(model.mmproj === undefined ? [] : [model.mmproj])];
      const known = await context.library.knownFiles(model.repo);
      const nameOf = flatNames([...known.keys(), ...files.map(({ path }) => path)]);
      // It does not look into folders below; other files are looked for by their paths.
      const targetOf = ({ path }: SourceFile): string => join(folder, ...(nameOf(path) ?? path).split("/"));
      const isLoadable = files.some((file) => /\.(?:gguf|safetensors)$/i.test(file.path));
      const notes = isLoadable
        ? []
        : [`LM Studio loads GGUF and MLX models only; "${model.reference}" is neither`];
      return { files: await linkAll(context, files, { ...how, targetOf }), notes };
    },
  };
}

/**
 * Names of GGUF files in one folder: their own, and where two of a repository have the same, those of their folders as
 * well. Other files have none.
 */
function flatNames(paths: readonly string[]): (path: string) => string | undefined {
  const gguf = [...new Set(paths)].filter(isGgufPath);
  const counts = Map.groupBy(gguf, (path) => basename(path).toLowerCase());
  return (path) => {
    if (!isGgufPath(path)) return undefined;
    const name = basename(path);
    return (counts.get(name.toLowerCase())?.length ?? 0) > 1 ? path.replaceAll("/", "-") : name;
  };
}

async function linkAll(
  context: LinkContext,
  files: readonly SourceFile[],
  options: LinkHow & { readonly targetOf: (file: SourceFile) => string },
): Promise<LinkedFile[]> {
  const { targetOf, ...how } = options;
  // First everything is looked at, so that nothing is half done where something is in the way.
  if (!how.dryRun) {
    for (const file of files) {
      await linkSource(context, file, { ...how, dryRun: true, target: targetOf(file) });
    }
  }
  const linked: LinkedFile[] = [];
  for (const file of files) linked.push(await linkSource(context, file, { ...how, target: targetOf(file) }));
  return linked;
}
