/**
 * Import: model files of other programs become models of the library, without taking room twice. Nothing of the other
 * program is changed.
 *
 * @module
 */
import type { VerifyEvent } from "../../library/file_work.ts";
import type { ModelEntry } from "../../library/model_entry.ts";
import { toErrorData } from "../../base/errors.ts";
import type { OperationContext } from "../context.ts";
import { warnOfBrokenGguf } from "../gguf_notice.ts";
import type { CallOptions } from "../model_manager.ts";
import { gather } from "./gather.ts";
import { type HashedFile, hashFound, type HashResult } from "./hash_found.ts";
import { Identifier } from "./identify.ts";
import type { ImportedFile, ImportReport, ImportRequest } from "./import_request.ts";
import { LibraryPlaces, type PlacedFile } from "./library_places.ts";
import { registerPlaced } from "./register_placed.ts";
import { wantedFiles } from "./wanted_files.ts";

/** What an import works with. */
export type ImportContext = Pick<
  OperationContext,
  "apps" | "clock" | "hfCache" | "hub" | "library" | "machinery" | "notices" | "settings"
>;

/**
 * Finds models of other programs, hashes them, asks the Hub where they are from, and links them into the library.
 * Failures of single files are in the report.
 *
 * @throws {ModelManagerError} `USAGE_ERROR`, `NOT_FOUND`, `CANCELLED`, or when the library cannot be written.
 */
export async function* importModels(
  context: ImportContext,
  request: ImportRequest,
  options: CallOptions = {},
): AsyncGenerator<VerifyEvent, ImportReport, undefined> {
  const { signal } = options;
  const { copy = false, dryRun = false } = request;
  const { models, skipped, sources } = await gather(context, request);
  if (!dryRun && models.length > 0) await context.library.checkWritable();
  const hashed = yield* hashFound(context, models, { signal });
  const identifier = new Identifier(context, { signal });
  const places = new LibraryPlaces(context, { copy, dryRun, signal });
  const placed: PlacedFile[] = [];
  const left: ImportedFile[] = [];
  for (const [, results] of Map.groupBy(hashed, ({ model }) => model)) {
    const files = results.filter((result): result is HashedFile => !("error" in result));
    const { wanted, unwanted } = await wantedFiles(identifier, files);
    const done: PlacedFile[] = [];
    for (const file of wanted) done.push(await places.put(file));
    // Each model is registered before the next is linked: what is interrupted has lost nothing.
    if (!dryRun) {
      await registerPlaced(context, done);
      for (const { isFresh, wanted, path = "" } of done) {
        const isKnown = isFresh && wanted.commit !== undefined;
        if (isKnown) await warnOfBrokenGguf(context, { path: wanted.path, finalPath: path });
      }
    }
    places.refresh();
    placed.push(...done);
    left.push(...unwanted.map(toSkipped), ...results.filter((result) => "error" in result).map(toFailed));
  }
  const entries = await context.library.entries();
  const files = [
    ...placed.map((file) => toImported(file, entries)),
    ...left,
    ...skipped.map(({ path, reason, sizeBytes }): ImportedFile => ({
      ...NOWHERE,
      source: path,
      app: request.from ?? "folder",
      status: "skipped",
      sizeBytes,
      reason,
    })),
  ];
  const sum = (fits: (file: ImportedFile) => boolean): number =>
    files.filter(fits).reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  const isNew = ({ status }: ImportedFile): boolean => ["linked", "copied", "planned"].includes(status);
  return {
    sources,
    files,
    bytesSaved: sum((file) => isNew(file) && file.link !== "copy"),
    bytesCopied: sum((file) => isNew(file) && file.link === "copy"),
  };
}

const NOWHERE = {
  digest: undefined,
  reference: undefined,
  repo: undefined,
  commit: undefined,
  path: undefined,
  link: undefined,
  reason: undefined,
} as const;

function toImported(placed: PlacedFile, entries: readonly ModelEntry[]): ImportedFile {
  const { wanted, status, link, reason, error, path, reference } = placed;
  const { file } = wanted;
  const { repo, commit } = placed.inLibrary ?? wanted;
  const entry = entries.find(({ metadata }) =>
    metadata.repo === repo && metadata.files.some((each) => each.path === wanted.path)
  );
  return {
    source: file.path,
    app: file.model.app,
    status,
    sizeBytes: file.sizeBytes,
    digest: wanted.digest,
    reference: status === "skipped" || status === "failed" ? undefined : reference ?? entry?.modelId,
    repo,
    commit,
    path,
    link,
    reason,
    ...(error === undefined ? {} : { error: toErrorData(error) }),
  };
}

function toSkipped({ file, reason }: { readonly file: HashedFile; readonly reason: string }): ImportedFile {
  const { path: source, sizeBytes, hashes: { sha256: hex }, model: { app } } = file;
  const digest = { algorithm: "sha256", hex } as const;
  return { ...NOWHERE, source, app, status: "skipped", sizeBytes, digest, reason };
}

function toFailed(result: HashResult): ImportedFile {
  const { file, model, error } = result as Extract<HashResult, { readonly error: unknown }>;
  const { path: source, sizeBytes } = file;
  return { ...NOWHERE, source, app: model.app, status: "failed", sizeBytes, error: toErrorData(error) };
}
