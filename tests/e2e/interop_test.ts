/**
 * Real clients against the served Hub: Python's huggingface_hub and curl. A missing client is skipped, and said.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { readFile, truncate } from "node:fs/promises";
import type { AccessRules } from "../../core/server/access.ts";
import { createDemoSource } from "../../core/server/demo/demo_source.ts";
import type { GeneratedSource } from "../../core/server/demo/generated_source.ts";
import { type FakeHub, startFakeHub } from "../support/fake_hub.ts";
import { askPython, PYTHON, PYTHON_NOTE } from "../support/python.ts";
import { expectedBytes, randomModel } from "../support/random_model.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const REPO = "acme/tiny-GGUF";
const GATED = "acme/gated-GGUF";
const TOKEN = `hf_${"t".repeat(34)}`;
const ODD_PATH = "sub folder/ü + & # 100%.bin";
const BIG_PATH = "tiny-Q4_K_M.gguf";

const HAS_CURL = spawnSync("curl", ["--version"], { stdio: "ignore" }).status === 0;
const CURL_NOTE = HAS_CURL ? "" : " - SKIPPED: curl is not installed";

function makeSource(): GeneratedSource {
  return randomModel({
    repo: REPO,
    files: [
      { path: BIG_PATH, sizeBytes: 3_000_017 },
      { path: ODD_PATH, sizeBytes: 300_001 },
      { path: "README.md", text: "# Tiny\n" },
      { path: "config.json", text: JSON.stringify({ note: "x".repeat(5000) }) },
      { path: "empty.txt", text: "" },
    ],
    revisions: [{ files: [{ path: "README.md", text: "# Tiny, second edition ü\n" }] }, {
      files: [{ path: "proposed.txt", text: "maybe" }],
      removed: [ODD_PATH],
    }],
    tags: { v1: 0 },
    branches: { main: 1 },
    pullRequests: { 1: 2 },
    formerNames: ["acme/old-GGUF"],
  }, {
    repo: GATED,
    gated: "manual",
    files: [{ path: "g-Q8_0.gguf", sizeBytes: 100_000 }, { path: "README.md", text: "gated" }],
  });
}

const ACCESS: AccessRules = {
  tokens: [{ token: TOKEN, account: "ada", organizations: ["club"], grants: { [GATED]: "granted" } }],
};

/** Small pages: clients have to follow the links. */
function startHub(source: GeneratedSource, options: { readonly fileHost?: boolean } = {}): Promise<FakeHub> {
  return startFakeHub({ source, access: ACCESS, pageSize: 2, ...options });
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** SHA-256 by path of all files at a revision. */
async function digests(source: GeneratedSource, revision: string): Promise<Record<string, string>> {
  const commit = await source.commit(REPO, revision) ?? "";
  const files = await source.files({ repo: REPO, commit });
  return Object.fromEntries(
    files.map((file) => [file.path, sha256(file.read({ start: 0, end: file.sizeBytes }))]),
  );
}

interface Entry {
  readonly path: string;
  readonly size: number | null;
  readonly sha256: string | null;
  readonly commit: string | null;
}

/** What the Python script prints. */
interface Answer {
  readonly files: Readonly<Record<string, string>>;
  readonly snapshot: Readonly<Record<string, string>>;
  readonly tagged: Readonly<Record<string, string>>;
  readonly pullRequest: Readonly<Record<string, string>>;
  readonly localDir: Readonly<Record<string, string>>;
  readonly info: { readonly sha: string; readonly siblings: readonly Omit<Entry, "commit">[] };
  readonly tree: readonly Entry[];
  readonly expandedTree: readonly Entry[];
  readonly pathsInfo: readonly Entry[];
  readonly refs: Readonly<Record<"branches" | "tags" | "pullRequests", Readonly<Record<string, string>>>>;
  readonly models: readonly string[];
  readonly whoami: { readonly name: string; readonly orgs: readonly string[] };
  readonly renamed: string;
  readonly gatedWithToken: string;
  readonly gatedCard: string;
  readonly authCheck: readonly [string, number | string];
  readonly errors: Readonly<Record<string, readonly [string, number | string]>>;
}

function ask(hub: FakeHub, { home }: { readonly home: string }): Promise<Answer> {
  const question = {
    repo: REPO,
    formerName: "acme/old-GGUF",
    gated: GATED,
    gatedPath: "g-Q8_0.gguf",
    token: TOKEN,
    search: "tiny",
    paths: ["config.json", BIG_PATH, ODD_PATH, "empty.txt"],
    localDir: `${home}/local`,
    emptyDir: `${home}/empty`,
  };
  return askPython("interop.py", question, {
    HOME: home,
    HF_HOME: `${home}/hf`,
    HF_HUB_CACHE: `${home}/hf/hub`,
    HF_ENDPOINT: hub.endpoint,
    HF_TOKEN: "",
  });
}

async function checkBytes(t: Deno.TestContext, answer: Answer, source: GeneratedSource): Promise<void> {
  const main = await digests(source, "main");
  await t.step("hf_hub_download brings equal bytes", () => {
    for (const [path, digest] of Object.entries(answer.files)) strictEqual(digest, main[path], path);
    strictEqual(Object.keys(answer.files).length, 4);
  });
  await t.step("snapshot_download brings equal bytes of a branch, a tag and a pull request", async () => {
    deepStrictEqual(answer.snapshot, main);
    deepStrictEqual(answer.tagged, await digests(source, "v1"));
    deepStrictEqual(answer.pullRequest, await digests(source, "refs/pr/1"));
    deepStrictEqual(answer.localDir, main);
  });
  await t.step("a former name leads to the same bytes", () => {
    strictEqual(answer.renamed, main["config.json"]);
  });
  await t.step("a gated file needs the token, its card does not", async () => {
    const file = await expectedBytes(source, { repo: GATED, path: "g-Q8_0.gguf" });
    strictEqual(answer.gatedWithToken, sha256(file));
    strictEqual(answer.gatedCard, sha256(new TextEncoder().encode("gated")));
  });
}

async function checkFacts(t: Deno.TestContext, answer: Answer, source: GeneratedSource): Promise<void> {
  const main = await digests(source, "main");
  const commit = await source.commit(REPO, "main");
  const filesOf = (entries: readonly Entry[]): readonly Entry[] =>
    entries.filter((entry) => entry.size !== null);
  await t.step("model_info, list_repo_tree and get_paths_info agree on files, sizes and digests", () => {
    strictEqual(answer.info.sha, commit);
    for (const entries of [answer.info.siblings, filesOf(answer.tree), filesOf(answer.expandedTree)]) {
      deepStrictEqual(entries.map((entry) => entry.path).sort(), Object.keys(main).sort());
      const big = entries.find((entry) => entry.path === BIG_PATH);
      strictEqual(big?.size, 3_000_017);
      strictEqual(big?.sha256, main[BIG_PATH]);
    }
    strictEqual(answer.expandedTree.every((entry) => entry.commit === commit), true);
    deepStrictEqual(answer.pathsInfo.map((entry) => entry.path), [
      "config.json",
      BIG_PATH,
      ODD_PATH,
      "empty.txt",
    ]);
  });
  await t.step("list_repo_refs, list_models and whoami say what is there", async () => {
    deepStrictEqual(answer.refs, {
      branches: { main: commit },
      tags: { v1: await source.commit(REPO, "v1") },
      pullRequests: { 1: await source.commit(REPO, "refs/pr/1") },
    });
    deepStrictEqual(answer.models, [REPO]);
    deepStrictEqual(answer.whoami, { name: "ada", orgs: ["club"] });
  });
  await t.step("every refusal becomes the client's own error", () => {
    deepStrictEqual(answer.authCheck, ["none", 0]);
    const { missingFile, missingRepoAnonymous, ...errors } = answer.errors;
    deepStrictEqual(errors, {
      gatedAnonymous: ["GatedRepoError", 401],
      gatedDownload: ["GatedRepoError", 401],
      missingRepo: ["RepositoryNotFoundError", 404],
      missingRevision: ["RevisionNotFoundError", 404],
      badToken: ["HfHubHTTPError", 401],
    });
    match(String(missingFile?.[0]), /EntryNotFoundError$/);
    // Over plain http the client may not apply its rule for the 401 without a code.
    strictEqual(missingRepoAnonymous?.[1], 401);
  });
}

for (const fileHost of [true, false]) {
  const mode = fileHost ? "with a file host" : "that answers directly";
  Deno.test({
    name: `Python's huggingface_hub accepts a Hub ${mode}${PYTHON_NOTE}`,
    ignore: PYTHON === undefined,
    async fn(t) {
      const source = makeSource();
      await using home = await makeTempDir();
      await using hub = await startHub(source, { fileHost });
      const answer = await ask(hub, { home: home.path });
      await checkBytes(t, answer, source);
      await checkFacts(t, answer, source);
      await t.step("no token reaches the file host and nothing breaks inside", () => {
        const onFileHost = hub.requests.filter((request) => request.host === "file-host");
        strictEqual(onFileHost.length > 0, fileHost);
        strictEqual(onFileHost.some((request) => request.authorized), false);
        deepStrictEqual(hub.errors, []);
      });
    },
  });
}

async function curl(args: readonly string[]): Promise<number> {
  const output = await new Deno.Command("curl", { args: ["-sS", "--noproxy", "*", ...args] }).output();
  return output.code;
}

Deno.test({
  name: `curl -L -C - resumes a cut file to equal bytes${CURL_NOTE}`,
  ignore: !HAS_CURL,
  async fn() {
    const source = makeSource();
    await using dir = await makeTempDir();
    await using hub = await startHub(source);
    const target = dir.join("big.gguf");
    const url = `${hub.endpoint}/${REPO}/resolve/main/${BIG_PATH}`;
    strictEqual(await curl(["-f", "-L", "-o", target, url]), 0);
    await truncate(target, 1_234_567);
    hub.clear();
    strictEqual(await curl(["-f", "-L", "-C", "-", "-o", target, url]), 0);
    const wanted = await expectedBytes(source, { repo: REPO, path: BIG_PATH });
    strictEqual(sha256(await readFile(target)), sha256(wanted));
    strictEqual(hub.bodyBytes(), wanted.length - 1_234_567);
  },
});

Deno.test({
  name: `curl fetches names with odd characters, small and packed files${CURL_NOTE}`,
  ignore: !HAS_CURL,
  async fn() {
    const source = makeSource();
    await using dir = await makeTempDir();
    await using hub = await startHub(source);
    for (const path of [ODD_PATH, "config.json", "empty.txt"]) {
      const target = dir.join("file");
      const url = `${hub.endpoint}/${REPO}/resolve/main/${path.split("/").map(encodeURIComponent).join("/")}`;
      strictEqual(await curl(["-f", "-L", "--compressed", "-o", target, url]), 0, path);
      strictEqual(
        sha256(await readFile(target)),
        sha256(await expectedBytes(source, { repo: REPO, path })),
        path,
      );
    }
  },
});

Deno.test({
  name: `curl reads the head of a demo file, a GGUF${CURL_NOTE}`,
  ignore: !HAS_CURL,
  async fn() {
    await using dir = await makeTempDir();
    await using hub = await startFakeHub({ source: createDemoSource() });
    const target = dir.join("head");
    const url = `${hub.endpoint}/demo/embed-mini-GGUF/resolve/main/embed-mini-Q8_0.gguf`;
    strictEqual(await curl(["-f", "-L", "-r", "0-7", "-o", target, url]), 0);
    deepStrictEqual([...await readFile(target)], [71, 71, 85, 70, 3, 0, 0, 0]);
    ok(hub.requests.some((request) => request.host === "file-host" && request.status === 206));
  },
});
