/**
 * The Hub of the end-to-end tests: a few models with everything that makes trouble, and knobs to make more.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { systemClock } from "../../core/base/clock.ts";
import type { HttpHandler } from "../../core/platform/listen.ts";
import type { AccessRules } from "../../core/server/access.ts";
import type { GeneratedSource } from "../../core/server/demo/generated_source.ts";
import { type FakeHub, type FakeHubOptions, startFakeHub } from "./fake_hub.ts";
import { withFaults } from "./faults.ts";
import { expectedBytes, randomModel, type RandomModelOptions } from "./random_model.ts";

/** Several quants, shards, a projector, several revisions, a former name. */
export const TINY = "acme/tiny-GGUF";
export const TINY_FORMERLY = "acme/old-tiny-GGUF";
/** One file of 24 MB, for interruptions. */
export const LARGE = "acme/large-GGUF";
export const LARGE_PATH = "large-Q4_K_M.gguf";
export const LARGE_BYTES = 24_000_000;
/** No GGUF: folders, odd names, empty and packed files. */
export const PLAIN = "acme/plain";
export const GATED = "acme/gated-GGUF";
export const PRIVATE = "acme/private-GGUF";

/** Has access to everything; opens nothing anywhere else. */
export const TOKEN = `hf_${"endToEndTestToken".repeat(2)}`;
/** Has asked for nothing. */
export const GUEST_TOKEN = `hf_${"guestOfTheTestHub".repeat(2)}`;

const ACCESS: AccessRules = {
  tokens: [
    {
      token: TOKEN,
      account: "ada",
      fullName: "Ada Example",
      organizations: ["club"],
      grants: { [GATED]: "granted", [PRIVATE]: "granted" },
    },
    { token: GUEST_TOKEN, account: "guest" },
  ],
};

/** Names that people do use. */
export const ODD_PATHS: readonly string[] = [
  "odd/a b+c&d#e%20f.bin",
  "odd/100%.txt",
  "odd/ü und ß.json",
  "odd/🦙 = llama!.txt",
  "odd/'quoted' (1), [2]; {3}@home~.txt",
];

const MODELS: readonly RandomModelOptions[] = [
  {
    repo: TINY,
    files: [
      { path: "tiny-Q4_K_M.gguf", sizeBytes: 1_300_001 },
      { path: "tiny-Q8_0.gguf", sizeBytes: 2_600_003 },
      { path: "tiny-F16-00001-of-00003.gguf", sizeBytes: 2_000_000 },
      { path: "tiny-F16-00002-of-00003.gguf", sizeBytes: 2_000_000 },
      { path: "tiny-F16-00003-of-00003.gguf", sizeBytes: 700_000 },
      { path: "mmproj-tiny-F16.gguf", sizeBytes: 400_000 },
      { path: "README.md", text: "# Tiny\n" },
      { path: "config.json", text: JSON.stringify({ note: "x".repeat(5000) }) },
      { path: ".gitattributes", text: "*.gguf filter=lfs\n" },
    ],
    revisions: [
      { files: [{ path: "tiny-Q4_K_M.gguf", sizeBytes: 1_400_000 }] },
      { files: [{ path: "proposed.txt", text: "maybe" }] },
    ],
    branches: { main: 1, "feature/x": 2 },
    tags: { v1: 0 },
    pullRequests: { 1: 2 },
    formerNames: [TINY_FORMERLY],
    facts: {
      pipelineTag: "text-generation",
      gguf: { total: 1_000_000, architecture: "llama", context_length: 4096 },
    },
  },
  { repo: LARGE, files: [{ path: LARGE_PATH, sizeBytes: LARGE_BYTES }] },
  {
    repo: PLAIN,
    files: [
      { path: "model.safetensors", sizeBytes: 1_000_000 },
      { path: "onnx/model.onnx", sizeBytes: 300_000 },
      { path: "onnx/deep/er/weights.bin", sizeBytes: 10 },
      { path: "config.json", text: `{"model_type":"plain"}` },
      { path: "tokenizer.json", text: "{}" },
      { path: "empty.txt", text: "" },
      { path: "empty.bin", text: "" },
      {
        path: "packed.json.gz",
        bytes: new Uint8Array([31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      },
      ...ODD_PATHS.map((path, index) => ({ path, sizeBytes: 50 + index })),
    ],
    facts: { tags: [], libraryName: "transformers", pipelineTag: "text-classification" },
  },
  { repo: GATED, gated: "manual", files: [{ path: "gated-Q8_0.gguf", sizeBytes: 100_000 }] },
  { repo: PRIVATE, private: true, files: [{ path: "private-Q8_0.gguf", sizeBytes: 100_000 }] },
];

/** What the Hub has; made once a test file, since digests take time. */
const SOURCE = randomModel(...MODELS);

/** How the Hub differs from the usual one. */
export interface E2eHubOptions extends Omit<FakeHubOptions, "source" | "access"> {
  /** Other models than the usual ones. */
  readonly models?: readonly RandomModelOptions[];
}

/** A running Hub with knobs. */
export interface E2eHub extends FakeHub {
  readonly source: GeneratedSource;
  /** Bytes a second for each connection to the file host from now on; `undefined` is as fast as it can. */
  bytesPerSecond: number | undefined;
  /** The secret part of every signed address that was used so far. */
  readonly signatures: readonly string[];
  /** The SHA-256 of a file, in hexadecimal. */
  sha256(repo: string, path: string, revision?: string): Promise<string>;
  /** The commit of a revision. */
  commit(repo: string, revision?: string): Promise<string>;
}

/** SHA-256 in hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

interface FileHostState {
  bytesPerSecond: number | undefined;
  readonly signatures: Set<string>;
}

function watchFileHost(handler: HttpHandler, state: FileHostState): HttpHandler {
  return async (request) => {
    const signature = new URL(request.url).searchParams.get("Signature");
    if (signature !== null) state.signatures.add(signature);
    const { bytesPerSecond } = state;
    const answer = bytesPerSecond === undefined
      ? handler
      : withFaults(handler, [{ effect: { type: "slow", bytesPerSecond } }], { clock: systemClock });
    return await answer(request);
  };
}

/** Starts the Hub on free ports; `await using` ends it. */
export async function startE2eHub(options: E2eHubOptions = {}): Promise<E2eHub> {
  const { models, ...hubOptions } = options;
  const source = models === undefined ? SOURCE : randomModel(...models);
  const state: FileHostState = { bytesPerSecond: undefined, signatures: new Set() };
  const hub = await startFakeHub({
    ...hubOptions,
    source,
    access: ACCESS,
    wrapFileHost: (handler) => watchFileHost(hubOptions.wrapFileHost?.(handler) ?? handler, state),
  });
  return {
    ...hub,
    source,
    get requests() {
      return hub.requests;
    },
    get bytesPerSecond() {
      return state.bytesPerSecond;
    },
    set bytesPerSecond(value) {
      state.bytesPerSecond = value;
    },
    get signatures() {
      return [...state.signatures];
    },
    sha256: async (repo, path, revision = "main") =>
      sha256(await expectedBytes(source, { repo, path, revision })),
    commit: async (repo, revision = "main") => await source.commit(repo, revision) ?? "",
  };
}
