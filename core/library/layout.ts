/**
 * Where a model's files lie in the models directory; pure. Nothing that the Hub names leads out of it.
 *
 * @module
 */
import { join, resolve, sep } from "node:path";
import { ModelManagerError } from "../base/errors.ts";
import { isRepoName } from "../base/reference.ts";
import { checkRepoPaths, PARTIAL_FOLDER, repoPathProblem } from "../base/repo_path.ts";

/** A model in a models directory. */
export interface ModelPlace {
  /** Absolute. */
  readonly modelsDir: string;
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
}

/** Where the data of one file is kept until it is complete. */
export interface StagedPaths {
  readonly part: string;
  readonly journal: string;
  /** Digests of the file's pieces: kept afterwards, for repair. */
  readonly pieces: string;
  /** Bytes that were proved wrong, put aside as evidence. */
  readonly quarantine: string;
}

/**
 * The model's folder: `<models_dir>/<org>/<name>`.
 *
 * @throws {ModelManagerError} `FAILED` when the name could lead out of the models directory.
 */
export function modelFolder(place: ModelPlace): string {
  const { modelsDir, repo } = place;
  const problem = isRepoName(repo) ? repoPathProblem(repo) : "it is no repository name";
  if (problem !== undefined) {
    throw new ModelManagerError("FAILED", `Refused the repository ${JSON.stringify(repo)}: ${problem}`, {
      hints: ["Find models: mm search QUERY"],
    });
  }
  return inside(resolve(modelsDir), join(modelsDir, ...repo.split("/")));
}

/**
 * Where a file of the repository belongs.
 *
 * @throws {ModelManagerError} `FAILED` when the path could lead out of the model's folder.
 */
export function filePath(place: ModelPlace, path: string): string {
  checkRepoPaths(place.repo, [path]);
  const folder = modelFolder(place);
  return inside(folder, join(folder, ...path.split("/")));
}

/** Where partial data, journals and piece digests of a model are. */
export function partialFolder(place: ModelPlace): string {
  return join(modelFolder(place), PARTIAL_FOLDER);
}

/**
 * Where the data with this digest is gathered. The name is the content's, so that a file that was renamed, or is
 * the same at another revision, goes on where it stopped.
 *
 * @param hex Hexadecimal digits of the digest.
 */
export function stagedPaths(place: ModelPlace, hex: string): StagedPaths {
  if (!/^[0-9a-f]{40,64}$/.test(hex)) throw new RangeError(`Cannot name partial data: "${hex}" is no digest`);
  const folder = partialFolder(place);
  return {
    part: join(folder, `${hex}.part`),
    journal: join(folder, `${hex}.journal`),
    pieces: join(folder, `${hex}.pieces`),
    quarantine: join(folder, `${hex}.bad`),
  };
}

/** The last guard, whatever the checks before it have let through. */
function inside(folder: string, path: string): string {
  const absolute = resolve(path);
  const root = resolve(folder);
  if (absolute === root || !absolute.startsWith(root.endsWith(sep) ? root : root + sep)) {
    throw new ModelManagerError("FAILED", `Refused the path "${path}": it is outside of "${folder}"`, {
      hints: ["Choose another models directory with --models-dir DIR"],
    });
  }
  return absolute;
}
