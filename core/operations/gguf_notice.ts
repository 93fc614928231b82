/**
 * A look at the structure of GGUF files, where no digest can tell, or although it is right.
 *
 * @module
 */
import { checkGguf, isGgufPath } from "../library/gguf_check.ts";
import type { UnprovedFile, VerifiedFile } from "../library/integrity.ts";
import { fileFacts } from "../platform/directory.ts";
import { openRandomFile } from "../platform/random_file.ts";
import type { OperationContext } from "./context.ts";

/**
 * What is wrong with the structure of a GGUF file, as the end of a sentence; `undefined` for nothing.
 *
 * @throws {ModelManagerError} When it cannot be read.
 */
export async function ggufProblem(path: string): Promise<string | undefined> {
  using file = await openRandomFile(path);
  const check = await checkGguf(file);
  return check.status === "broken" ? check.problem : undefined;
}

/**
 * Tells when a file that was just proved cannot be a model: its bytes are those that the Hub has, so it stays. A look
 * that fails says nothing.
 */
export async function warnOfBrokenGguf(
  context: Pick<OperationContext, "notices">,
  file: { readonly path: string; readonly finalPath: string },
): Promise<void> {
  if (!isGgufPath(file.path)) return;
  const problem = await ggufProblem(file.finalPath).catch(() => undefined);
  if (problem === undefined) return;
  context.notices.emit(`"${file.path}" is what the Hub has, but no sound GGUF file: ${problem}`);
}

/** Results for files of which no digest is known. */
export async function checkUnproved(files: readonly UnprovedFile[]): Promise<VerifiedFile[]> {
  const results: VerifiedFile[] = [];
  for (const { repo, path } of files) {
    const known = { repo, path, expected: "unknown" };
    if (await fileFacts(path) === undefined) {
      results.push({ ...known, status: "missing" });
      continue;
    }
    const problem = await ggufProblem(path);
    results.push(
      problem === undefined
        ? { ...known, status: "unproved" }
        : { ...known, status: "corrupt", problem: `It is no sound GGUF file: ${problem}` },
    );
  }
  return results;
}
