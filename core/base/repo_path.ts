/**
 * Paths of files inside a repository, as they come from the Hub: checked before they touch the disk.
 *
 * @module
 */
import { ModelManagerError } from "./errors.ts";

const RESERVED_WINDOWS_NAME = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(?:\.|$)/i;
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
    if (FORBIDDEN_CHARACTER.test(segment) || !segment.isWellFormed()) {
      return "it contains a character that no file name may have";
    }
    if (RESERVED_WINDOWS_NAME.test(segment)) return `"${segment}" is a reserved name on Windows`;
    if (/[. ]$/.test(segment)) return `"${segment}" ends with a dot or a space, which Windows drops`;
    // A character takes three bytes at most.
    if (segment.length > 85 && new TextEncoder().encode(segment).length > 255) {
      return "a name in it is longer than 255 bytes";
    }
  }
  if (path.split("/")[0]?.toLowerCase() === PARTIAL_FOLDER) return `"${PARTIAL_FOLDER}" is our own folder`;
  return undefined;
}

/** One spelling for all names that some file system takes for the same: macOS and Windows fold case. */
function foldPath(path: string): string {
  return path.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}

function refusal(repo: string, path: string, problem: string): ModelManagerError {
  return new ModelManagerError("FAILED", problem, { hints: [`Pull one of them: mm pull "${repo}:${path}"`] });
}

/** How to do without a file; `?` stands for what patterns and shells would take for something else. */
function exclusionHints(repo: string, path: string): string[] {
  if (path === "") return [];
  return [`Leave it out: mm pull ${repo} -x '${path.replace(/[*[']|[\p{Cc}\p{Cs}]/gu, "?")}'`];
}

/**
 * Checks that all paths may become files side by side.
 *
 * @throws {ModelManagerError} `FAILED` naming the first path that is unsafe, or two that are in each other's way:
 * names that differ only in case, or a file where another path needs a folder.
 */
export function checkRepoPaths(repo: string, paths: readonly string[]): void {
  const files = new Map<string, string>();
  const folders = new Map<string, string>();
  for (const path of paths) {
    const problem = repoPathProblem(path);
    if (problem !== undefined) {
      throw new ModelManagerError(
        "FAILED",
        `Refused the file ${JSON.stringify(path)} of "${repo}": ${problem}`,
        {
          hints: [
            ...exclusionHints(repo, path),
            `Name the files you want: mm show ${repo}`,
          ],
        },
      );
    }
    const folded = foldPath(path);
    const other = files.get(folded);
    if (other !== undefined && other !== path) {
      const names = `the files "${other}" and "${path}" of "${repo}"`;
      throw refusal(repo, path, `Refused ${names}: their names differ only in case`);
    }
    files.set(folded, path);
    for (let end = folded.lastIndexOf("/"); end > 0; end = folded.lastIndexOf("/", end - 1)) {
      folders.set(folded.slice(0, end), path);
    }
  }
  for (const [folded, path] of files) {
    const below = folders.get(folded);
    if (below !== undefined) {
      const names = `the files "${path}" and "${below}" of "${repo}"`;
      throw refusal(repo, path, `Refused ${names}: the first is in the way of the second's folder`);
    }
  }
}
