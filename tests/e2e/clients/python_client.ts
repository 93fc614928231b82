/**
 * Python's `huggingface_hub`, of two major versions, as a library.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { PYTHON } from "../../support/python.ts";
import {
  type Checks,
  type Client,
  CUT_ATTEMPTS,
  digestOf,
  digestsOf,
  type Expected,
  type Scene,
} from "./client_case.ts";
import { mustRun, versionFrom } from "./client_process.ts";

const SCRIPT = fileURLToPath(new URL("./python_client.py", import.meta.url));
const PRINT_VERSION = ["-c", "import huggingface_hub; print(huggingface_hub.__version__)"];

/** The Python with the current major version; `undefined` when there is none. */
export const CURRENT_PYTHON: string | undefined = PYTHON;
/** The one with the major version before. */
export const PREVIOUS_PYTHON: string | undefined = Deno.env.get("MM_TEST_PYTHON_PREVIOUS");

/** The version of `huggingface_hub` that a Python has. */
export function hubVersion(python: string | undefined): string | undefined {
  return python === undefined ? undefined : versionFrom(python, PRINT_VERSION, /^(\S+)/);
}

/** A cache of its own, and nothing that is not needed. */
export function pythonEnvironment({ endpoint, folder }: Scene): Record<string, string> {
  return {
    HOME: folder,
    HF_HOME: `${folder}/hf`,
    HF_HUB_CACHE: `${folder}/hf/hub`,
    HF_ENDPOINT: endpoint,
    HF_HUB_DISABLE_TELEMETRY: "1",
    HF_HUB_DISABLE_UPDATE_CHECK: "1",
    HF_HUB_DISABLE_PROGRESS_BARS: "1",
    PYTHONIOENCODING: "utf-8",
    PYTHONDONTWRITEBYTECODE: "1",
  };
}

interface Answer {
  readonly value?: unknown;
  readonly error?: string;
  readonly message?: string;
  readonly status?: number | null;
}

type Facts = Readonly<Record<string, readonly [number, string | null]>>;

function factsOf({ files }: Expected, paths: readonly string[] = Object.keys(files)): Facts {
  return Object.fromEntries(
    Object.entries(files).filter(([path]) => paths.includes(path)).map((
      [path, { sizeBytes, sha256, isLfs }],
    ) => [path, [sizeBytes, isLfs ? sha256 : null]]),
  );
}

function wantedValues(expected: Expected): Record<string, unknown> {
  const { files, large, small, empty, odd, commit, repo, gated } = expected;
  const all = digestsOf(expected);
  const facts = factsOf(expected);
  return {
    "hf_hub_download, large": all[large],
    "snapshot_download": all,
    "snapshot_download, local_dir": all,
    "hf_hub_download, small": all[small],
    "hf_hub_download, empty": all[empty],
    "hf_hub_download, odd names": odd.map((path) => all[path]),
    "hf_hub_download, by commit": all[small],
    "hf_hub_download, local_dir": all[small],
    "hf_hub_download, force_download": all[small],
    "HfFileSystem, a part": expected.partSha256,
    "get_safetensors_metadata": [["BF16", expected.safetensors.parameters]],
    "get_hf_file_metadata": [files[large]?.sizeBytes, all[large], commit],
    "model_info": { sha: commit, files: facts },
    "list_repo_tree": facts,
    "list_repo_tree, expand": facts,
    "get_paths_info": factsOf(expected, [small, ...odd]),
    "list_repo_files": Object.keys(files).sort(),
    "list_repo_refs": expected.refs,
    "list_models": [repo],
    "file_exists": [true, false],
    "whoami": expected.account,
    "auth_check, granted": null,
    "gated file, with a token": gated.sha256,
    "public file, with a token": digestOf(expected, small),
    "snapshot_download, other revisions": Object.values(expected.others),
    "offline afterwards": all,
    "scan_cache_dir": [],
  };
}

const WANTED_ERRORS: Readonly<Record<string, readonly [RegExp, number | null]>> = {
  "auth_check, anonymous": [/^GatedRepoError$/, 401],
  "gated file, without": [/^GatedRepoError$/, 401],
  "missing file": [/EntryNotFoundError$/, 404],
  "missing revision": [/^RevisionNotFoundError$/, 404],
  "missing model": [/^RepositoryNotFoundError$/, 404],
};

async function ask(python: string, scene: Scene): Promise<Record<string, Answer>> {
  const { expected, folder, token, isCut } = scene;
  const { repo, commit, large, small, empty, odd, search } = expected;
  const question = {
    repo,
    commit,
    large,
    small,
    empty,
    odd,
    search,
    token,
    gated: expected.gated.repo,
    gatedPath: expected.gated.path,
    safetensors: expected.safetensors.repo,
    others: Object.keys(expected.others),
    localDir: `${folder}/local`,
    localFile: `${folder}/file`,
    otherCache: `${folder}/other`,
    onlyTransfers: isCut,
    attempts: isCut ? CUT_ATTEMPTS : 1,
  };
  const output = await mustRun(python, [SCRIPT], {
    env: pythonEnvironment(scene),
    stdin: JSON.stringify(question),
  });
  return JSON.parse(output) as Record<string, Answer>;
}

function problemOf(name: string, { error, message, status }: Answer): string | undefined {
  const wanted = WANTED_ERRORS[name];
  if (wanted === undefined) return error === undefined ? undefined : `${error} (${status}): ${message}`;
  const [pattern, code] = wanted;
  // A missing file is known from a question without a body in some versions, and from a reply in others.
  const isRight = error !== undefined && pattern.test(error) && (status === code || status === null);
  return isRight ? undefined : `${error ?? "no error"} (${status}): ${message}`;
}

async function run(python: string, scene: Scene, checks: Checks): Promise<void> {
  const answers = await ask(python, scene);
  const wanted = wantedValues(scene.expected);
  for (const [name, answer] of Object.entries(answers)) {
    const problem = problemOf(name, answer);
    if (problem !== undefined) await checks.try(name, () => Promise.reject(new Error(problem)));
    else if (answer.error !== undefined) await checks.try(name, () => {});
    else await checks.equal(name, answer.value, wanted[name]);
  }
}

function pythonClient(name: string, python: string | undefined): Client {
  return {
    name,
    version: () => hubVersion(python),
    run: (scene, checks) => run(python ?? "python3", scene, checks),
  };
}

/** The library, in both versions. */
export const PYTHON_CLIENTS: readonly Client[] = [
  pythonClient("huggingface_hub", CURRENT_PYTHON),
  pythonClient("huggingface_hub, the major version before", PREVIOUS_PYTHON),
];
