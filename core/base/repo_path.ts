/**
 * Paths of files inside a repository, as they come from the Hub: checked before they touch the disk.
 *
 * @module
 */
import { ModelManagerError } from "./errors.ts";

const RESERVED_WINDOWS_NAME = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i;
/** Characters that Windows refuses in a name, and every control character. */
const FORBIDDEN_CHARACTER = /[\p{Cc}<>:"|?*\\]/u;
/** The folder beside a model's files that holds partial data and journals. */
export const PARTIAL_FOLDER = ".cache";

/** Why a repository path must not become a file name, or `undefined` when it may. */
export function repoPathProblem(path: string): string | undefined {
  if (path === "") return "it is empty";
  if (path.includes("\0")) return "it contains a NUL character";
  if (path.includes("\\")) return "it contains a backslash";
  if (path.startsWith("/")) return "it is absolute";
  if (/^[a-z]:/i.test(path)) return "it starts with a drive letter";
  for (const segment of path.split("/")) {
    if (segment === "") return "it has an empty folder name";
    if (segment === "." || segment === "..") return `it contains "${segment}"`;
    if (FORBIDDEN_CHARACTER.test(segment)) return "it contains a character that no file name may have";
    if (RESERVED_WINDOWS_NAME.test(segment)) return `"${segment}" is a reserved name on Windows`;
    if (/[. ]$/.test(segment)) return `"${segment}" ends with a dot or a space, which Windows drops`;
    if (new TextEncoder().encode(segment).length > 255) return "a name in it is longer than 255 bytes";
  }
  if (path.split("/")[0]?.toLowerCase() === PARTIAL_FOLDER) return `"${PARTIAL_FOLDER}" is our own folder`;
  return undefined;
}

/**
 * The paths again, when all of them may become files side by side.
 *
 * @throws {ModelManagerError} `FAILED` naming the first path that is unsafe, or two that differ only in case.
 */
export function checkRepoPaths(repo: string, paths: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const problem = repoPathProblem(path);
    if (problem !== undefined) {
      throw new ModelManagerError(
        "FAILED",
        `Refused the file ${JSON.stringify(path)} of "${repo}": ${problem}`,
        { hints: [`Name the files you want: mm show ${repo}`] },
      );
    }
    const folded = path.normalize("NFC").toLowerCase();
    const other = seen.get(folded);
    if (other !== undefined && other !== path) {
      throw new ModelManagerError(
        "FAILED",
        `Refused the files "${other}" and "${path}" of "${repo}": their names differ only in case`,
        { hints: [`Pull one of them: mm pull "${repo}:${path}"`] },
      );
    }
    seen.set(folded, path);
  }
}
