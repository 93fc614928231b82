/**
 * The Hub's libraries for JavaScript, in Deno.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Checks, type Client, CUT_ATTEMPTS, digestOf, type Scene } from "./client_case.ts";
import { mustRun } from "./client_process.ts";
import type { JsAnswer, JsQuestion } from "./js_process.ts";

const SCRIPT = fileURLToPath(new URL("./js_process.ts", import.meta.url));
const LOCK = new URL("../../../deno.lock", import.meta.url);

function wantedValues({ expected, hasFileHost }: Scene): Record<string, unknown> {
  const { files, large, small, odd, repo, gated, safetensors } = expected;
  const facts = Object.fromEntries(
    Object.entries(files).map((
      [path, { sizeBytes, sha256, isLfs }],
    ) => [path, [sizeBytes, isLfs ? sha256 : null]]),
  );
  const head = [expected.gguf.architecture, expected.gguf.tensors, expected.gguf.parameters];
  return {
    "downloadFile, large": digestOf(expected, large),
    "downloadFile, small": digestOf(expected, small),
    "downloadFile, odd names": odd.map((path) => digestOf(expected, path)),
    "downloadFile, a part": expected.partSha256,
    "downloadFile, absent": null,
    "downloadFileToCacheDir": digestOf(expected, small),
    "snapshotDownload": safetensors.sha256,
    "parseSafetensorsMetadata": { BF16: safetensors.parameters },
    "modelInfo": expected.commit,
    "listModels": [repo],
    "listFiles": facts,
    "pathsInfo": Object.fromEntries([small, ...odd].map((path) => [path, facts[path]])),
    "fileDownloadInfo": // Of the second host's answer, whose ETag is its own business.
      [files[large]?.sizeBytes, hasFileHost ? null : digestOf(expected, large)],
    "fileExists": [true, false],
    "repoExists": true,
    "whoAmI": expected.account,
    "checkRepoAccess, granted": true,
    "gated file, with a token": gated.sha256,
    "public file, with a token": digestOf(expected, small),
    "gguf": head,
    "gguf, with a token": head,
  };
}

/** What has to fail, and what is said then. */
const WANTED_ERRORS: Readonly<Record<string, RegExp>> = {
  "gated file, without": /40[13]|gated|restricted|access/i,
  "gguf, absent": /404|not a valid/i,
};

async function ask(library: JsQuestion["library"], scene: Scene): Promise<Record<string, JsAnswer>> {
  const { expected, endpoint, token, folder, isCut } = scene;
  const { repo, large, small, odd, gated, search } = expected;
  const question: JsQuestion = {
    library,
    endpoint,
    hasFileHost: scene.hasFileHost,
    onlyTransfers: isCut,
    attempts: isCut ? CUT_ATTEMPTS : 1,
    token,
    folder,
    repo,
    large,
    small,
    odd,
    gated,
    search,
    safetensors: expected.safetensors.repo,
    gguf: expected.gguf,
  };
  const output = await mustRun(Deno.execPath(), ["run", "-A", "--no-check", SCRIPT], {
    stdin: JSON.stringify(question),
  });
  return JSON.parse(output) as Record<string, JsAnswer>;
}

async function run(library: JsQuestion["library"], scene: Scene, checks: Checks): Promise<void> {
  const wanted = wantedValues(scene);
  for (const [name, { error, value }] of Object.entries(await ask(library, scene))) {
    const pattern = WANTED_ERRORS[name];
    if (pattern === undefined && error === undefined) await checks.equal(name, value, wanted[name]);
    else if (pattern !== undefined && error !== undefined && pattern.test(error)) {
      await checks.try(name, () => {});
    } else await checks.try(name, () => Promise.reject(new Error(error ?? "it did not fail")));
  }
}

/** The version that the tests are pinned to. */
function lockedVersion(name: string): string | undefined {
  return new RegExp(`"npm:${name}@[^"]*": "([^"_]+)`).exec(readFileSync(LOCK, "utf8"))?.[1];
}

function jsClient(library: JsQuestion["library"]): Client {
  const name = `@huggingface/${library}`;
  return { name, version: () => lockedVersion(name), run: (scene, checks) => run(library, scene, checks) };
}

/** Both libraries. */
export const JS_CLIENTS: readonly Client[] = [jsClient("hub"), jsClient("gguf")];
