/**
 * Where found files belong in the library.
 *
 * @module
 */
import type { Digest } from "../../base/digest.ts";
import type { ModelInfo } from "../../hub/model.ts";
import { isWeightsPath } from "../../library/apps/scan_folder.ts";
import { isGgufPath } from "../../library/gguf_check.ts";
import { isSafetensorsPath, safetensorsProblem } from "../../library/safetensors_check.ts";
import { openRandomFile } from "../../platform/random_file.ts";
import { ggufProblem } from "../gguf_notice.ts";
import type { HashedFile } from "./hash_found.ts";
import type { Identifier, Identity } from "./identify.ts";

/** A file, and its place. */
export interface WantedFile {
  readonly file: HashedFile;
  /** `org/name`. */
  readonly repo: string;
  /** In the repository. */
  readonly path: string;
  /** The commit that has exactly these bytes; `undefined` when none is known. */
  readonly commit: string | undefined;
  readonly revision: string;
  /** As the Hub names the bytes; SHA-256 where that is not known. */
  readonly digest: Digest;
  /** What the Hub says of the repository, when it was asked. */
  readonly info: ModelInfo | undefined;
}

/** What is to be put into the library, and what is not. */
export interface WantedFiles {
  readonly wanted: readonly WantedFile[];
  readonly unwanted: readonly { readonly file: HashedFile; readonly reason: string }[];
}

/** The places of one model's files: by the Hub, by the program's own records, or by their names. */
export async function wantedFiles(
  identifier: Identifier,
  files: readonly HashedFile[],
): Promise<WantedFiles> {
  const [first] = files;
  if (first === undefined) return { wanted: [], unwanted: [] };
  const identities = await identifier.identify(files);
  const { repo: supposed, localRepo } = first.model;
  const found = [...identities.values()][0]?.info;
  const repo = supposed ?? found?.repo ?? localRepo;
  const info = found?.repo === repo ? found : await askIfNamed(identifier, supposed, repo);
  const wanted: WantedFile[] = [];
  const unwanted: { readonly file: HashedFile; readonly reason: string }[] = [];
  const isGguf = files.every((file) => !isWeightsPath(file.name) || /\.gguf$/i.test(file.name));
  for (const file of files) {
    const identity = identities.get(file);
    if (identity !== undefined) wanted.push(known(file, identity));
    else if (file.model.commit !== undefined && file.digest !== undefined) {
      wanted.push(recorded(file, { repo, info }));
    } else if (isGguf && !isWeightsPath(file.name)) {
      unwanted.push({
        file,
        reason: "It is no part of the model that is known, and a GGUF file needs none beside it",
      });
    } else {
      const problem = await problemOf(file);
      if (problem === undefined) wanted.push(unknown(file, { repo, info }));
      else unwanted.push({ file, reason: problem });
    }
  }
  if (files.some(isWeights) && !wanted.some((each) => isWeights(each.file))) {
    // Texts without weights are nobody's model.
    const reason = "It is no part of a model: the weights beside it are none";
    const [vouched, texts] = [wanted.filter(isVouched), wanted.filter((each) => !isVouched(each))];
    return { wanted: vouched, unwanted: [...unwanted, ...texts.map(({ file }) => ({ file, reason }))] };
  }
  return { wanted, unwanted };
}

function isWeights({ name }: HashedFile): boolean {
  return isWeightsPath(name);
}

function isVouched({ commit }: WantedFile): boolean {
  return commit !== undefined;
}

/** What nobody vouches for has to look like what its name says. */
async function problemOf({ name, realPath }: HashedFile): Promise<string | undefined> {
  try {
    if (isGgufPath(name)) {
      const problem = await ggufProblem(realPath);
      return problem === undefined ? undefined : `It is no sound GGUF file: ${problem}`;
    }
    if (!isSafetensorsPath(name)) return undefined;
    using file = await openRandomFile(realPath);
    const problem = await safetensorsProblem(file);
    return problem === undefined ? undefined : `It is no sound safetensors file: ${problem}`;
  } catch {
    // Whether it can be read, linking will show.
    return undefined;
  }
}

/** Whether not everybody may have a repository is to be known also where its digests are not told. */
async function askIfNamed(
  identifier: Identifier,
  supposed: string | undefined,
  repo: string,
): Promise<ModelInfo | undefined> {
  return supposed === undefined ? undefined : await identifier.info(repo);
}

function known(file: HashedFile, { info, file: { path, digest } }: Identity): WantedFile {
  const { commit, revision } = file.model;
  return {
    file,
    repo: info.repo,
    path,
    commit: info.commit,
    revision: commit === info.commit && revision !== undefined ? revision : info.revision,
    digest: digest ?? sha256Of(file),
    info,
  };
}

type Place = { readonly repo: string; readonly info: ModelInfo | undefined };

/** The cache of the Hub's own tools names the bytes as the Hub did, and hashing has shown that they are those. */
function recorded(file: HashedFile, place: Place): WantedFile {
  const { commit, revision = "main" } = file.model;
  return { ...place, file, path: file.name, commit, revision, digest: file.digest ?? sha256Of(file) };
}

function unknown(file: HashedFile, place: Place): WantedFile {
  return { ...place, file, path: file.name, commit: undefined, revision: "main", digest: sha256Of(file) };
}

function sha256Of({ hashes }: HashedFile): Digest {
  return { algorithm: "sha256", hex: hashes.sha256 };
}
