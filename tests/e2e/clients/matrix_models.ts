/**
 * The models of the matrix, and what is to arrive of them.
 *
 * @module
 */
import { gguf } from "@huggingface/gguf";
import type { AccessRules } from "../../../core/server/access.ts";
import { embedMini } from "../../../core/server/demo/embed_mini.ts";
import type { GeneratedFile } from "../../../core/server/demo/generated_file.ts";
import { GeneratedSource } from "../../../core/server/demo/generated_source.ts";
import { storySafetensors } from "../../../core/server/demo/story_safetensors.ts";
import { ODD_PATHS } from "../../support/e2e_hub.ts";
import { expectedBytes, generateRandomModel } from "../../support/random_model.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { type Expected, type ExpectedFile, sha256 } from "./client_case.ts";

/** The repository that most is tried with. */
export const REPO = "clients/matrix";
const LARGE = "model.safetensors";
const LARGE_BYTES = 8_000_003;
/** A repository that needs {@link TOKEN}. */
export const GATED = "clients/gated";
const GATED_PATH = "gated.safetensors";
/** Everything that `mm serve` has pulled before. */
export const PULLED: readonly string[] = [REPO, GATED, "demo/embed-mini-GGUF:Q8_0", "demo/story-safetensors"];
/** A token of the Hub that opens the gated model. */
export const TOKEN = `hf_${"clientMatrixToken".repeat(2)}`;
/** Whose it is. */
const ACCOUNT = "ada";

/** Who may have what on the Hub. */
export const ACCESS: AccessRules = {
  tokens: [{ token: TOKEN, account: ACCOUNT, fullName: "Ada Example", grants: { [GATED]: "granted" } }],
};

const SMALL = "config.json";
const EMPTY = "empty.txt";
const SAFETENSORS = "demo/story-safetensors";
const GGUF = { repo: "demo/embed-mini-GGUF", path: "embed-mini-Q8_0.gguf" } as const;
/** Files that are so large that replies with them can be cut. */
export const CUT_PATHS: readonly string[] = [LARGE, GGUF.path];

/** What the Hub has. */
export const SOURCE: GeneratedSource = new GeneratedSource([
  generateRandomModel({
    repo: REPO,
    files: [
      { path: LARGE, sizeBytes: LARGE_BYTES },
      { path: "onnx/model.onnx", sizeBytes: 700_000 },
      { path: SMALL, text: JSON.stringify({ note: "x".repeat(5000) }) },
      { path: "README.md", text: "# Matrix\n" },
      { path: EMPTY, text: "" },
      ...ODD_PATHS.map((path, index) => ({ path, sizeBytes: 50_000 + index })),
    ],
    revisions: [{ files: [{ path: "README.md", text: "# Matrix, second edition ü\n" }] }, {
      files: [{ path: "proposed.txt", text: "maybe" }],
      removed: [LARGE],
    }],
    tags: { v1: 0 },
    branches: { main: 1 },
    pullRequests: { 1: 2 },
    facts: { tags: [], libraryName: "transformers", pipelineTag: "text-classification" },
  }),
  generateRandomModel({
    repo: GATED,
    gated: "manual",
    files: [{ path: GATED_PATH, sizeBytes: 300_000 }],
    facts: { tags: [], libraryName: "transformers" },
  }),
  embedMini(),
  storySafetensors(),
]);

async function filesAt(revision: string): Promise<readonly GeneratedFile[]> {
  return await SOURCE.files({ repo: REPO, commit: await SOURCE.commit(REPO, revision) ?? "" });
}

function bytesOf(file: GeneratedFile | undefined, start = 0, end = file?.sizeBytes ?? 0): Uint8Array {
  return file?.read({ start, end }) ?? new Uint8Array();
}

async function digestsAt(revision: string): Promise<Record<string, string>> {
  const files = await filesAt(revision);
  return Object.fromEntries(files.map((file) => [file.path, sha256(bytesOf(file))]));
}

async function ggufFacts(): Promise<Expected["gguf"]> {
  await using dir = await makeTempDir();
  const path = await dir.write("model.gguf", await expectedBytes(SOURCE, GGUF));
  const parsed = await gguf(path, { allowLocalFile: true, computeParametersCount: true });
  return {
    ...GGUF,
    architecture: String(parsed.metadata["general.architecture"]),
    tensors: parsed.tensorInfos.length,
    parameters: parsed.parameterCount,
  };
}

/** What clients of the Hub itself are to get. */
export async function expectedOfHub(): Promise<Expected> {
  const files = await filesAt("main");
  const large = files.find(({ path }) => path === LARGE);
  const facts = files.map((file): [string, ExpectedFile] => [file.path, {
    sizeBytes: file.sizeBytes,
    sha256: sha256(bytesOf(file)),
    isLfs: file.storage === "lfs",
  }]);
  const commit = async (revision: string) => await SOURCE.commit(REPO, revision) ?? "";
  const story = await SOURCE.model(SAFETENSORS);
  return {
    repo: REPO,
    commit: await commit("main"),
    files: Object.fromEntries(facts),
    large: LARGE,
    partSha256: sha256(bytesOf(large, 1_000_000, 1_500_000)),
    small: SMALL,
    empty: EMPTY,
    odd: ODD_PATHS,
    gated: {
      repo: GATED,
      path: GATED_PATH,
      sha256: sha256(await expectedBytes(SOURCE, { repo: GATED, path: GATED_PATH })),
    },
    gguf: await ggufFacts(),
    safetensors: {
      repo: SAFETENSORS,
      parameters: story?.safetensors?.total ?? 0,
      sha256: sha256(await expectedBytes(SOURCE, { repo: SAFETENSORS, path: "model.safetensors" })),
    },
    search: "matrix",
    refs: {
      "refs/heads/main": await commit("main"),
      "refs/tags/v1": await commit("v1"),
      "refs/pr/1": await commit("refs/pr/1"),
    },
    others: { "v1": await digestsAt("v1"), "refs/pr/1": await digestsAt("refs/pr/1") },
    account: ACCOUNT,
  };
}

/** What clients of a library are to get that holds the tip of `main`, and nothing else. */
export function expectedOfLibrary(hub: Expected): Expected {
  return { ...hub, refs: { "refs/heads/main": hub.commit }, others: {}, account: "model-manager" };
}
