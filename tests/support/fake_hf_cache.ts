/**
 * A cache of the Hub's own tools that is a plain object: two revisions of a model, a dataset, and some damage.
 *
 * @module
 */
import type {
  HfCache,
  HfCacheAccess,
  HfCacheFile,
  HfCleanupResult,
  RemoveResult,
} from "../../core/operations/model_manager.ts";

const FOLDER = "/hf/hub/models--acme--clip";
const TIME = Date.UTC(2024, 11, 31, 21);

function file(
  commit: string,
  path: string,
  facts: { readonly hex: string; readonly sizeBytes: number },
): HfCacheFile {
  const blobPath = `${FOLDER}/blobs/${facts.hex}`;
  const algorithm = facts.hex.length === 64 ? "sha256" as const : "git-sha1" as const;
  return {
    path,
    snapshotPath: `${FOLDER}/snapshots/${commit}/${path}`,
    blobPath,
    realPath: blobPath,
    sizeBytes: facts.sizeBytes,
    digest: { algorithm, hex: facts.hex },
    modifiedAtMs: TIME,
    usedAtMs: TIME,
  };
}

function revision(commit: string, refs: readonly string[]) {
  const files = [
    file(commit, "config.json", { hex: commit, sizeBytes: 1_500 }),
    file(commit, "model.safetensors", { hex: "a".repeat(64), sizeBytes: 605_000_000 }),
  ];
  return {
    commit,
    refs,
    path: `${FOLDER}/snapshots/${commit}`,
    files,
    sizeBytes: 605_001_500,
    modifiedAtMs: TIME,
    usedAtMs: TIME,
  };
}

/** What is in it. */
export const HF_CACHE: HfCache = {
  directory: "/hf/hub",
  exists: true,
  repos: [{
    kind: "dataset",
    repo: "acme/words",
    path: "/hf/hub/datasets--acme--words",
    revisions: [],
    unused: [],
    sizeBytes: 0,
    modifiedAtMs: TIME,
    usedAtMs: TIME,
  }, {
    kind: "model",
    repo: "acme/clip",
    path: FOLDER,
    revisions: [revision("1".repeat(40), ["main", "v1"]), revision("2".repeat(40), [])],
    unused: [],
    sizeBytes: 605_003_000,
    modifiedAtMs: TIME,
    usedAtMs: TIME,
  }],
  incomplete: [{
    path: `${FOLDER}/blobs/${"b".repeat(64)}.incomplete`,
    repo: "acme/clip",
    sizeBytes: 1_000_000,
    modifiedAtMs: TIME,
    lockPath: `/hf/hub/.locks/models--acme--clip/${"b".repeat(64)}.lock`,
  }],
  shared: [],
  warnings: [{
    kind: "missing-commit",
    path: `${FOLDER}/refs/old`,
    repo: "acme/clip",
    message: `"old" of "acme/clip" means the commit "${"3".repeat(40)}", which is not there`,
  }],
  sizeBytes: 605_003_000,
};

const REMOVED: RemoveResult = {
  removed: [{
    reference: "acme/clip",
    repo: "acme/clip",
    quant: undefined,
    isPart: false,
    paths: [`${FOLDER}/snapshots/${"1".repeat(40)}/config.json`],
    bytesFreed: 605_003_000,
    pinned: false,
  }],
  bytesFreed: 605_003_000,
};

const CLEANED: HfCleanupResult = {
  removed: [
    { path: `${FOLDER}/refs/old`, reason: "missing-commit", repo: "acme/clip", bytes: 0 },
    { path: `${FOLDER}/snapshots/${"2".repeat(40)}`, reason: "detached", repo: "acme/clip", bytes: 1_500 },
  ],
  bytesFreed: 1_500,
  inUse: [],
  problems: [],
};

/** The fake; tests replace what they are about. */
export function fakeHfCache(change: Partial<HfCacheAccess> = {}): HfCacheAccess {
  return {
    directory: "/hf/hub",
    scan: () => Promise.resolve(HF_CACHE),
    planRemove: () => Promise.resolve(REMOVED),
    remove: () => Promise.resolve(REMOVED),
    async *verify() {
      yield {
        type: "verifying",
        file: "model.safetensors",
        receivedBytes: 605_000_000,
        totalBytes: 605_000_000,
      };
      return await Promise.resolve([{
        repo: "acme/clip",
        path: `${FOLDER}/snapshots/${"1".repeat(40)}/model.safetensors`,
        status: "ok" as const,
        expected: `sha256:${"a".repeat(64)}`,
        actual: `sha256:${"a".repeat(64)}`,
      }]);
    },
    planCleanup: () => Promise.resolve(CLEANED),
    cleanup: () => Promise.resolve(CLEANED),
    ...change,
  };
}
