/**
 * A pull while the Hub may not be asked: what is complete in the library is as good as pulled.
 *
 * @module
 */
import { isModelManagerError } from "../base/errors.ts";
import { parseReference, webHosts } from "../base/reference.ts";
import { filePath } from "../library/layout.ts";
import type { OperationContext } from "./context.ts";
import type { PullRequest } from "./model_manager.ts";
import type { LocalPull } from "./pull_item.ts";

/**
 * The one model of the library that a reference means, when all its files are in their places.
 *
 * @returns `undefined` when there is none or more than one, or the request asks for more than the registry can tell.
 */
export async function findLocally(
  context: Pick<OperationContext, "endpoint" | "library">,
  text: string,
  request: PullRequest,
): Promise<LocalPull | undefined> {
  const { include = [], exclude = [], to = "library", force = false } = request;
  if (include.length > 0 || exclude.length > 0 || to !== "library" || force) return undefined;
  const { library, endpoint } = context;
  const reference = parseReference(text, { hosts: webHosts(endpoint) });
  const entries = await library.find({ ...reference, revision: reference.revision ?? request.revision })
    .catch((error) => {
      if (isModelManagerError(error) && error.code === "NOT_FOUND") return [];
      throw error;
    });
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) return undefined;
  const { repo, commit, files } = entry.metadata;
  const installed = await library.installedFiles(repo);
  if (!files.every((file) => installed.has(file.path))) return undefined;
  const paths = files.map((file) => filePath({ modelsDir: library.modelsDir, repo }, file.path));
  return { repo, commit, paths, sizeBytes: entry.sizeBytes };
}
