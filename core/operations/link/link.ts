/**
 * Link: models of the library appear where other programs look, without taking room twice.
 *
 * @module
 */
import { isModelManagerError, ModelManagerError, throwIfAborted, toErrorData } from "../../base/errors.ts";
import type { CallOptions } from "../model_manager.ts";
import { folderPlace, type LinkPlace, lmStudioLinkPlace } from "./into_folder.ts";
import { hfCacheLinkPlace } from "./into_hf_cache.ts";
import { ollamaLinkPlace } from "./into_ollama.ts";
import type { LinkContext, LinkHow } from "./link_files.ts";
import type { LinkedFile, LinkReport, LinkRequest, LinkResult } from "./link_request.ts";
import { linkSources, type SourceModel } from "./link_sources.ts";

/**
 * Links models into a program's folder. What is there already as it should be is left; what is different is replaced
 * with `force` only. Failures of single references are in the report.
 *
 * @throws {ModelManagerError} `USAGE_ERROR`, `CANCELLED`, or `NOT_FOUND` when the program is not there.
 */
export async function link(
  context: LinkContext,
  request: LinkRequest,
  options: CallOptions = {},
): Promise<LinkReport> {
  const { references, copy = false, force = false, dryRun = false } = request;
  checkRequest(request);
  const place = await placeOf(context, request);
  const how: LinkHow = { copy, force, dryRun, signal: options.signal };
  const results: LinkResult[] = [];
  for (const reference of references) {
    throwIfAborted(options.signal);
    try {
      for (const model of await linkSources(context, reference)) {
        results.push(await linkModel(place, model, how));
      }
    } catch (error) {
      results.push(failure(place, { reference, repo: reference }, error));
    }
  }
  // Several models of a repository have the same projector.
  const files = new Map(results.flatMap(({ files }) => files).reverse().map((file) => [file.target, file]));
  return { results, bytesSaved: savedBytes([...files.values()]) };
}

function checkRequest({ references, name, into }: LinkRequest): void {
  const problem = references.length === 0
    ? "There is nothing to link: wanted at least one reference"
    : name !== undefined && into !== "ollama"
    ? "A name can only be given to a model in Ollama"
    : name !== undefined && references.length > 1
    ? "A name can only be given to one model"
    : undefined;
  if (problem === undefined) return;
  throw new ModelManagerError("USAGE_ERROR", problem, {
    hints: ["See how it is used: mm link --help"],
  });
}

async function placeOf(context: LinkContext, { into, name }: LinkRequest): Promise<LinkPlace> {
  if (into === "hf-cache") return hfCacheLinkPlace(context);
  if (into === "lmstudio") return await lmStudioLinkPlace(context);
  if (into === "ollama") return await ollamaLinkPlace(context, { name });
  return await folderPlace(context, into);
}

async function linkModel(place: LinkPlace, model: SourceModel, how: LinkHow): Promise<LinkResult> {
  try {
    const { files, name, notes = [] } = await place.link(model, how);
    const isNew = files.some(({ status }) => status !== "present");
    return {
      reference: model.reference,
      repo: model.repo,
      status: !isNew ? "present" : how.dryRun ? "planned" : "linked",
      directory: place.directory,
      name,
      files,
      bytesSaved: savedBytes(files),
      notes,
    };
  } catch (error) {
    return failure(place, model, error);
  }
}

function savedBytes(files: readonly LinkedFile[]): number {
  return files.reduce(
    (sum, { link, sizeBytes }) => link === "hard" || link === "symbolic" ? sum + sizeBytes : sum,
    0,
  );
}

function failure(
  place: LinkPlace,
  model: { readonly reference: string; readonly repo: string },
  error: unknown,
): LinkResult {
  if (!isModelManagerError(error) || error.code === "CANCELLED" || error.code === "USAGE_ERROR") throw error;
  return {
    reference: model.reference,
    repo: model.repo,
    status: "failed",
    directory: place.directory,
    name: undefined,
    files: [],
    bytesSaved: 0,
    notes: [],
    error: toErrorData(error),
  };
}
