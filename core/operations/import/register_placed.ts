/**
 * Imported files become entries of the registry.
 *
 * @module
 */
import type { FoundFile } from "../../library/adoption.ts";
import { adoptFiles } from "../../library/adoption.ts";
import { type ModelEntry, UNKNOWN_COMMIT } from "../../library/model_entry.ts";
import { modelTypeOf } from "../../library/model_type.ts";
import { isGitFile } from "../../library/selection.ts";
import type { OperationContext } from "../context.ts";
import type { PlacedFile } from "./library_places.ts";

type RegisterContext = Pick<OperationContext, "clock" | "library">;

/** Records files that are in their places: with their commit where one is known, else as found by hand. */
export async function registerPlaced(context: RegisterContext, placed: readonly PlacedFile[]): Promise<void> {
  const fresh = placed.filter(({ isFresh }) => isFresh);
  const known = fresh.filter(({ wanted }) => wanted.commit !== undefined);
  for (const [, files] of Map.groupBy(known, ({ wanted }) => `${wanted.repo}@${wanted.commit}`)) {
    await registerKnown(context, files);
  }
  const unknown = fresh.filter(({ wanted }) => wanted.commit === undefined);
  if (unknown.length > 0) await registerUnknown(context, unknown);
}

async function registerKnown({ library }: RegisterContext, placed: readonly PlacedFile[]): Promise<void> {
  const [first] = placed;
  if (first?.wanted.commit === undefined) return;
  const { repo, commit, revision, info } = first.wanted;
  const paths = new Set(placed.map(({ wanted }) => wanted.path));
  const whole = info?.commit === commit &&
    info.files.every((file) => paths.has(file.path) || isGitFile(file.path));
  const isGguf = [...paths].some((path) => /\.gguf$/i.test(path));
  await library.register({
    repo,
    commit,
    revision,
    quant: undefined,
    modelType: info === undefined ? isGguf ? "text-generation" : "other" : modelTypeOf(info.task),
    whole,
    ...(info === undefined ? {} : { private: info.private, gated: info.gated !== false }),
    files: placed.map(({ wanted: { path, digest, file: { sizeBytes } }, modifiedAtMs }) => ({
      path,
      digest,
      sizeBytes,
      modifiedAtMs,
    })),
  });
}

async function registerUnknown(
  { clock, library }: RegisterContext,
  placed: readonly PlacedFile[],
): Promise<void> {
  const downloadDate = new Date(clock.now()).toISOString();
  const files: FoundFile[] = [];
  for (const { wanted: { repo, path, file }, modifiedAtMs = file.modifiedAtMs } of placed) {
    const { sizeBytes, hashes: { sha256, gitSha1 } } = file;
    files.push({
      repo,
      path,
      sizeBytes,
      commit: UNKNOWN_COMMIT,
      downloadDate,
      modifiedAtMs,
      sha256,
      ...(gitSha1 === undefined ? {} : { gitSha1 }),
    });
  }
  const infos = new Map(placed.map(({ wanted: { repo, info } }) => [repo, info]));
  await library.registry.update((before) => {
    const { entries, modelIds } = adoptFiles(before, files, {
      typeOf: (repo) => {
        const task = infos.get(repo)?.task;
        return task === undefined ? undefined : modelTypeOf(task);
      },
    });
    return entries.map((entry) => modelIds.includes(entry.modelId) ? withAccess(entry, infos) : entry);
  });
}

/** Not everybody may have it: whoever serves it has to know. */
function withAccess(
  entry: ModelEntry,
  infos: ReadonlyMap<string, PlacedFile["wanted"]["info"]>,
): ModelEntry {
  const info = infos.get(entry.metadata.repo);
  if (info === undefined || (!info.private && info.gated === false)) return entry;
  const access = {
    ...(info.private ? { private: true } : {}),
    ...(info.gated === false ? {} : { gated: true }),
  };
  return { ...entry, metadata: { ...entry.metadata, ...access } };
}
