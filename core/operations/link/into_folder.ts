/**
 * Models in folders: LM Studio's, and any other.
 *
 * @module
 */
import { basename, join, resolve, sep } from "node:path";
import { ModelManagerError } from "../../base/errors.ts";
import { lmStudioPlace } from "../../library/apps/app_places.ts";
import { realPathOf } from "../../platform/directory.ts";
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
  const modelsDir = await realPathOf(context.library.modelsDir).catch(() => context.library.modelsDir);
  const real = await realPathOf(directory);
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
      // It does not look into folders below; other files are looked for by their paths.
      const targetOf = (file: SourceFile): string =>
        join(folder, ...(/\.gguf$/i.test(file.path) ? [basename(file.path)] : file.path.split("/")));
      const isLoadable = files.some((file) => /\.(?:gguf|safetensors)$/i.test(file.path));
      const notes = isLoadable
        ? []
        : [`LM Studio loads GGUF and MLX models only; "${model.reference}" is neither`];
      return { files: await linkAll(context, files, { ...how, targetOf }), notes };
    },
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
