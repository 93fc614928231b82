/**
 * What references mean in the library, as files that can be linked to.
 *
 * @module
 */
import type { Digest } from "../../base/digest.ts";
import { ModelManagerError } from "../../base/errors.ts";
import { filePath } from "../../library/layout.ts";
import { bestMmproj } from "../../library/mmproj.ts";
import type { KnownFile } from "../../library/known_files.ts";
import { registeredDigest, UNKNOWN_COMMIT } from "../../library/model_entry.ts";
import { companionKind, quantLabel } from "../../library/quant_label.ts";
import { lacksShards, type SizedFile } from "../../library/units.ts";
import { realPathOf } from "../../platform/directory.ts";
import type { OperationContext } from "../context.ts";
import { findInLibrary } from "../remove.ts";

/** A file of the library. */
export interface SourceFile {
  /** In the repository, with `/`. */
  readonly path: string;
  /** Absolute: where the bytes are, links followed. */
  readonly realPath: string;
  readonly sizeBytes: number;
  /** `undefined` for what was found on the disk and has not been proved. */
  readonly digest: Digest | undefined;
}

/** A model of the library. */
export interface SourceModel {
  /** As it was asked for. */
  readonly reference: string;
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  readonly revision: string;
  /** `undefined` when nobody knows which it is. */
  readonly commit: string | undefined;
  /** What tells it from the others of its repository. */
  readonly label: string | undefined;
  readonly files: readonly SourceFile[];
  /** The projector in the library that goes best with it, when it is none of its files. */
  readonly mmproj: SourceFile | undefined;
}

type SourceContext = Pick<OperationContext, "endpoint" | "library">;

/**
 * The models that a reference means; files that are not as they were registered cannot be linked to.
 *
 * @throws {ModelManagerError} `NOT_FOUND`, `FAILED` for what is not complete, `CHECKSUM_MISMATCH` for what was changed.
 */
export async function linkSources(context: SourceContext, reference: string): Promise<SourceModel[]> {
  const { library } = context;
  const [found] = await findInLibrary(context, [reference]);
  const models: SourceModel[] = [];
  for (const { entry, paths } of found?.parts ?? []) {
    const { modelId, status, metadata } = entry;
    const { repo, revision, commit, quant } = metadata;
    if (status === "downloading" || lacksShards(metadata.files)) {
      throw new ModelManagerError("FAILED", `"${modelId}" is not complete`, {
        hints: [`Fetch the rest: mm pull "${modelId}"`],
      });
    }
    const known = await library.knownFiles(repo);
    const wanted = metadata.files.map((file) => file.path).filter((path) => paths?.includes(path) ?? true);
    const files = await Promise.all(wanted.map((path) => toSource(context, { repo, path, modelId, known })));
    const weights = files.find((file) => isModelFile(file.path));
    const companions = [...known.values()].filter(({ file, state }) =>
      state === "untouched" && companionKind(file.path) === "mmproj"
    ).map(({ file }) => file);
    const best = weights === undefined ? undefined : bestMmproj<SizedFile>(files, companions);
    const isIn = best === undefined || files.some((file) => companionKind(file.path) === "mmproj");
    models.push({
      reference: modelId,
      repo,
      revision,
      commit: commit === UNKNOWN_COMMIT ? undefined : commit,
      label: quant ?? (weights === undefined ? undefined : quantLabel(weights.path)),
      files,
      mmproj: isIn ? undefined : await toSource(context, { repo, path: best.path, modelId, known }),
    });
  }
  return models;
}

/** Whether a file is a model by itself, not what goes with one. */
export function isModelFile(path: string): boolean {
  return /\.gguf$/i.test(path) && companionKind(path) === undefined;
}

async function toSource(
  { library }: SourceContext,
  wanted: {
    readonly repo: string;
    readonly path: string;
    readonly modelId: string;
    readonly known: ReadonlyMap<string, KnownFile>;
  },
): Promise<SourceFile> {
  const { repo, path, modelId, known } = wanted;
  const place = filePath({ modelsDir: library.modelsDir, repo }, path);
  const found = known.get(path);
  if (found?.state !== "untouched") {
    const what = found?.state === "damaged" ? "is damaged" : "is gone, or not as it was registered";
    throw new ModelManagerError("CHECKSUM_MISMATCH", `"${place}" ${what}`, {
      hints: [`See what is wrong, and fetch it again: mm verify --repair "${modelId}"`],
    });
  }
  const { file } = found;
  return {
    path,
    realPath: await realPathOf(place),
    sizeBytes: file.sizeBytes,
    digest: registeredDigest(file),
  };
}
