import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openCompletionFacts } from "../../../../core/operations/completion/facts.ts";
import type { CompletionFacts, FactSources } from "../../../../core/operations/completion/facts.ts";
import { cacheKey } from "../../../../core/http/response_cache.ts";
import { modelInfoUrl, refsUrl } from "../../../../core/hub/routes.ts";
import { openStore } from "../../../../core/platform/kv.ts";
import { ApiCache } from "../../../../core/state/api_cache.ts";
import { makeTempDir, type TempDir } from "../../../support/temp_dir.ts";

const ENDPOINT = "https://hub.example";
const COMMIT = "a".repeat(40);
const SIBLINGS = [
  { rfilename: "x-Q8_0.gguf", size: 8 },
  { rfilename: "x-Q4_K_M-00001-of-00002.gguf", size: 2 },
  { rfilename: "x-Q4_K_M-00002-of-00002.gguf", size: 2 },
  { rfilename: "README.md", size: 1 },
];

interface Asked {
  readonly url: string;
  readonly authorization: string | null;
}

/** The facts of a machine below a folder; what the Hub is asked goes to `asked`. */
function factsOf(dir: TempDir, change: Partial<FactSources> = {}, asked: Asked[] = []): CompletionFacts {
  return openCompletionFacts({
    line: { offline: false },
    environment: { HF_ENDPOINT: ENDPOINT, HF_TOKEN: "hf_aTokenForTests" },
    directories: {
      home: dir.path,
      config: dir.join("config"),
      state: dir.join("state"),
      cache: dir.join("cache"),
      logs: dir.join("state/logs"),
      modelsDefault: dir.join("models"),
    },
    workingDirectory: dir.path,
    fetch(input, init) {
      const { url, headers } = new Request(input, init);
      asked.push({ url, authorization: headers.get("authorization") });
      return Promise.resolve(Response.json({ id: "org/new", siblings: SIBLINGS }));
    },
    ...change,
  });
}

function registry(...ids: readonly string[]): string {
  const models = ids.map((modelId) => ({
    modelId,
    status: "available",
    sizeBytes: 5,
    metadata: { repo: modelId.split(":")[0], revision: "main", commit: COMMIT },
  }));
  return JSON.stringify({ version: 1, models });
}

async function keep(dir: TempDir, url: URL, body: unknown, token: string | null): Promise<void> {
  await using store = await openStore(dir.join("state/state.kv"));
  const authorization = token === null ? null : `Bearer ${token}`;
  const entry = { version: 1, url: url.href, storedAt: 0, headers: {}, body: JSON.stringify(body) } as const;
  await new ApiCache(store.kv).set(cacheKey(url, authorization), entry);
}

const NOTHING = {
  models: [],
  jobs: [],
  schedules: [],
  transfers: [],
  wanted: [],
  seenRepos: [],
  quants: [],
};

async function all(facts: CompletionFacts): Promise<typeof NOTHING> {
  return {
    models: await facts.models() as [],
    jobs: await facts.jobs() as [],
    schedules: await facts.schedules() as [],
    transfers: await facts.transfers() as [],
    wanted: await facts.wanted() as [],
    seenRepos: await facts.seenRepos() as [],
    quants: await facts.quants("org/x") as [],
  };
}

Deno.test("openCompletionFacts() finds nothing on a new machine, and leaves nothing there", async () => {
  await using dir = await makeTempDir();
  assert.deepEqual(await all(factsOf(dir, { line: { offline: true } })), NOTHING);
  assert.equal((await factsOf(dir).settings()).length > 10, true);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(dir.path)), []);
});

Deno.test("openCompletionFacts() reads the registry, its backup, or else the folders", async () => {
  await using dir = await makeTempDir();
  const ids = async (): Promise<string[]> => (await factsOf(dir).models()).map(({ id }) => id);
  await dir.write("models/org/name/x.gguf", "");
  await dir.write("models/.hidden/name/x.gguf", "");
  await dir.write("models/-bad/name/x.gguf", "");
  assert.deepEqual(await ids(), ["org/name"]);
  await dir.write("models/registry.json.backup", registry("b/b:Q4"));
  await dir.write("models/registry.json", '{"version":1,"models":[{"modelId"');
  assert.deepEqual(await ids(), ["b/b:Q4"]);
  // Entries that are none of ours are left out; a name that does not fit its repository is one.
  const models = [...JSON.parse(registry("z/z", "a/a:Q8")).models, null, { modelId: 1 }, {
    modelId: "--evil",
    status: "available",
    metadata: { repo: "a/a" },
  }];
  await dir.write("models/registry.json", JSON.stringify({ version: 1, models }));
  assert.deepEqual(await ids(), ["a/a:Q8", "z/z"]);
});

Deno.test("openCompletionFacts() follows the options of the line and the settings", async () => {
  await using dir = await makeTempDir();
  await dir.write("one/registry.json", registry("one/one"));
  await dir.write("two/registry.json", registry("two/two"));
  await dir.write("config/config.json", JSON.stringify({ models_dir: dir.join("one") }));
  const ids = async (facts: CompletionFacts) => (await facts.models()).map(({ id }) => id);
  assert.deepEqual(await ids(factsOf(dir)), ["one/one"]);
  assert.deepEqual(await ids(factsOf(dir, { line: { modelsDir: dir.join("two"), offline: false } })), [
    "two/two",
  ]);
  await dir.write("config/config.json", "{ damaged");
  await dir.write("models/registry.json", registry("three/three"));
  assert.deepEqual(await ids(factsOf(dir)), ["three/three"], "with damaged settings, the default folder");
});

Deno.test("openCompletionFacts() takes quants and names from replies that are kept, whoever had asked", async () => {
  await using dir = await makeTempDir();
  const asked: Asked[] = [];
  await keep(
    dir,
    modelInfoUrl(ENDPOINT, "org/own"),
    { id: "org/own", siblings: SIBLINGS },
    "hf_aTokenForTests",
  );
  await keep(dir, modelInfoUrl(ENDPOINT, "org/any", "v1"), { id: "org/any", siblings: SIBLINGS }, null);
  await keep(dir, modelInfoUrl("https://other.example", "no/no"), { id: "no/no", siblings: [] }, null);
  await keep(
    dir,
    refsUrl(ENDPOINT, "org/own"),
    { branches: [{ name: "main" }], tags: [{ name: "v1" }] },
    null,
  );
  const facts = factsOf(dir, {}, asked);
  const quants = [{ label: "Q4_K_M", sizeBytes: 4 }, { label: "Q8_0", sizeBytes: 8 }];
  assert.deepEqual(await facts.quants("org/own"), quants);
  assert.deepEqual(await facts.quants("org/any", "v1"), quants);
  assert.deepEqual(await facts.revisions("org/own"), ["main", "v1"]);
  assert.deepEqual(await facts.seenRepos(), ["org/any", "org/own"]);
  assert.deepEqual(asked, []);
});

Deno.test("openCompletionFacts() asks the Hub only for quants of which nothing is known, and without a token", async () => {
  await using dir = await makeTempDir();
  const asked: Asked[] = [];
  const found = await factsOf(dir, {}, asked).quants("org/new");
  assert.deepEqual(found.map(({ label }) => label), ["Q4_K_M", "Q8_0"]);
  assert.deepEqual(asked, [{ url: `${ENDPOINT}/api/models/org/new?blobs=true`, authorization: null }]);
  assert.deepEqual(await factsOf(dir, {}, asked).knownQuants("org/new"), []);
  assert.deepEqual(await factsOf(dir, { line: { offline: true } }, asked).quants("org/new"), []);
  assert.deepEqual(await factsOf(dir, { environment: { HF_HUB_OFFLINE: "1" } }, asked).quants("org/new"), []);
  assert.equal(asked.length, 1);
  // Quants that are here are known, when the Hub says nothing.
  await dir.write("models/registry.json", registry("org/new:Q2_K"));
  const fails = factsOf(dir, { fetch: () => Promise.reject(new TypeError("no network")) });
  assert.deepEqual(await fails.quants("org/new"), [{ label: "Q2_K", sizeBytes: 5 }]);
});

Deno.test("openCompletionFacts() finds nothing in a state that is locked, damaged or on another machine", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("state/state.kv");
  {
    await using store = await openStore(path);
    await store.kv.set(["jobs", "a"], { v: 1, id: "a", reference: "x/y", status: "pending" });
    await store.kv.set(["jobs", "b"], "no job");
  }
  assert.deepEqual(await factsOf(dir).jobs(), [{ id: "a", reference: "x/y", status: "pending" }]);
  assert.deepEqual(await factsOf(dir, { environment: { MM_KV_URL: "https://kv.example" } }).jobs(), []);
  const locker = new DatabaseSync(path);
  try {
    locker.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM kv");
    const startMs = performance.now();
    await factsOf(dir).jobs();
    assert.ok(performance.now() - startMs < 1000, "nobody is waited for");
  } finally {
    locker.close();
  }
  await Deno.writeFile(path, new Uint8Array(10_000).fill(7));
  assert.deepEqual(await all(factsOf(dir, { line: { offline: true } })), NOTHING);
});

Deno.test("openCompletionFacts() reads the manifest that the commands would take", async () => {
  await using dir = await makeTempDir();
  const manifest = (name: string): string => JSON.stringify({ models: [{ name, tags: ["chat"] }] });
  const names = async (change?: Partial<FactSources>) =>
    (await factsOf(dir, change).wanted()).map(({ name }) => name);
  await dir.write("config/models.json", manifest("in/config"));
  assert.deepEqual(await names(), ["in/config"]);
  await dir.write("models.json", manifest("in/folder:Q4_0"));
  assert.deepEqual(await names(), ["in/folder:Q4_0"]);
  await dir.write("other.json", manifest("in/other"));
  assert.deepEqual(await names({ line: { manifest: "other.json", offline: false } }), ["in/other"]);
  assert.deepEqual(await names({ line: { manifest: "~/other.json", offline: false } }), ["in/other"]);
  await dir.write("models.json", "{");
  assert.deepEqual(await names(), []);
});
