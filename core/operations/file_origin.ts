/**
 * Where a file of the library came from, when the registry does not know: it was put there by hand, and adopted.
 *
 * @module
 */
import { sameDigest } from "../base/digest.ts";
import { isModelManagerError, ModelManagerError } from "../base/errors.ts";
import type { RepoFile } from "../hub/model.ts";
import type { VerifiableFile } from "../library/integrity.ts";
import type { OperationContext } from "./context.ts";

/**
 * The file with the commit that has its bytes: its folder names the repository, its digest says whether the default
 * branch has it as it was here.
 *
 * @throws {ModelManagerError} `FAILED` where the Hub knows no such file, or has another one, and what the Hub says.
 */
export async function withOrigin(
  context: Pick<OperationContext, "hub">,
  file: VerifiableFile,
  options: { readonly signal: AbortSignal },
): Promise<VerifiableFile & { readonly commit: string }> {
  const { repo, file: path, commit } = file;
  if (commit !== undefined) return { ...file, commit };
  const hub = await context.hub();
  try {
    const info = await hub.modelInfo(repo, options);
    const there = info.files.find((each) => each.path === path);
    if (there !== undefined && maybeSame(there, file)) return { ...file, commit: info.commit };
    if (there !== undefined) throw isAnother(file);
  } catch (error) {
    if (!isModelManagerError(error) || error.code !== "NOT_FOUND") throw error;
  }
  throw isUnknown(file);
}

/** Small files have git's digest on the Hub and another one here: their bytes prove themselves once they are fetched. */
function maybeSame({ sizeBytes, digest }: RepoFile, file: VerifiableFile): boolean {
  if (sizeBytes !== file.sizeBytes) return false;
  return digest === undefined || digest.algorithm !== file.digest.algorithm ||
    sameDigest(digest, file.digest);
}

function isAnother({ repo, file: path }: VerifiableFile): ModelManagerError {
  return new ModelManagerError(
    "FAILED",
    `The Hub has another "${path}" of "${repo}" than the one that was here`,
    {
      hints: [`Take the Hub's instead: mm pull --force "${repo}:${path}"`],
    },
  );
}

function isUnknown({ repo, file: path }: VerifiableFile): ModelManagerError {
  return new ModelManagerError(
    "FAILED",
    `Nobody knows where "${path}" of "${repo}" came from: it was put there by hand, and the Hub has no such file`,
    { hints: ["Put it there once more; then mm list --scan", `Or let go of it: mm remove "${repo}"`] },
  );
}
