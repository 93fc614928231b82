/**
 * The manifest and its lock: synced in order, found complete, proved against the lock, pruned.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type E2eHub, LARGE, LARGE_PATH, PLAIN, startE2eHub, TINY } from "../support/e2e_hub.ts";
import {
  exists,
  type FinishedProgram,
  openSandbox,
  readDocument,
  readJsonLines,
  type Sandbox,
  waitUntil,
} from "../support/run_program.ts";

const Q4 = "tiny-Q4_K_M.gguf";
const Q8 = "tiny-Q8_0.gguf";

/** As the older tool wrote it, with a comment and a field that nobody knows. */
const MANIFEST = `{
  // what this machine needs
  "models": [
    {
      "name": "${TINY}:Q4_K_M",
      "enabled": true,
      "status": "pending",
      "description": "for chats",
      "size_estimate": "1.4MB",
      "priority": "low",
      "tags": ["chat"]
    },
    { "name": "${PLAIN}:config.json", "priority": "medium" }, // settings only
    { "name": "${TINY}:Q8_0", "priority": "high", "x-owner": "ada" }
  ],
  "settings": { "auto_cleanup": false, "cleanup_age_days": 30, "max_total_size": "100GB" },
  "metadata": { "version": "1.0", "created": "2024-01-01T00:00:00Z", "last_updated": "2024-01-01T00:00:00Z" }
}
`;

interface Result {
  readonly reference: string;
  readonly status: string;
  readonly bytesFetched: number;
  readonly paths: readonly string[];
  readonly error?: { readonly code: string; readonly message: string; readonly causes: readonly string[] };
}

interface Document {
  readonly results: readonly Result[];
  readonly plan: readonly {
    readonly reference: string;
    readonly action: string;
    readonly fetchBytes: number;
  }[];
  readonly pruned: readonly { readonly reference: string }[];
  readonly notPruned?: string;
  readonly outdatedLock: readonly string[];
}

interface Place extends AsyncDisposable {
  readonly hub: E2eHub;
  readonly box: Sandbox;
  readonly manifest: string;
  readonly lock: string;
  path(repo: string, file: string): string;
  text(path: string): Promise<string>;
}

async function openWith(manifest = MANIFEST): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const hub = stack.use(await startE2eHub());
  const box = stack.use(await openSandbox({ HF_ENDPOINT: hub.endpoint }));
  const path = join(box.work, "models.json");
  await writeFile(path, manifest);
  const owned = stack.move();
  return {
    hub,
    box,
    manifest: path,
    lock: join(box.work, "models.lock.json"),
    path: (repo, file) => join(box.modelsDir, repo, file),
    text: (path) => readFile(path, "utf8"),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function documentOf(finished: FinishedProgram, code = 0): Document {
  strictEqual(finished.code, code, finished.stderr);
  return readDocument<Document>(finished);
}

function statuses({ results }: Document): unknown[] {
  return results.map(({ reference, status }) => [reference, status]);
}

Deno.test("mm sync fetches by priority, then finds everything in its place, and writes back how models stand", async () => {
  await using place = await openWith();
  const { hub, box } = place;

  const planned = documentOf(await box.run(["sync", "--dry-run", "--json"]));
  deepStrictEqual(planned.plan.map(({ reference, action }) => [reference, action]), [
    [`${TINY}:Q8_0`, "fetch"],
    [`${PLAIN}:config.json`, "fetch"],
    [`${TINY}:Q4_K_M`, "fetch"],
  ]);
  strictEqual(planned.results[0]?.status, "planned");
  strictEqual(hub.bodyBytes(), 0);
  strictEqual(await place.text(place.manifest), MANIFEST);

  const events = await box.run(["sync", "--events"]);
  strictEqual(events.code, 0, events.stderr);
  const lines = readJsonLines<{ readonly type: string; readonly reference?: string; readonly file?: string }>(
    events,
  );
  const order = lines.filter(({ type, file }) => type === "finished" && file === undefined);
  deepStrictEqual(order.map(({ reference }) => reference), [
    `${TINY}:Q8_0`,
    `${PLAIN}:config.json`,
    `${TINY}:Q4_K_M`,
  ]);
  const firstByte = lines.findIndex(({ type }) => type === "started");
  ok(lines.slice(firstByte).every(({ type }) => type !== "planned"), "all is planned before the first byte");
  strictEqual(lines.at(-1)?.type, "results");
  for (const [repo, file] of [[TINY, Q4], [TINY, Q8], [PLAIN, "config.json"]] as const) {
    ok(await exists(place.path(repo, file)), file);
  }
  const written = await place.text(place.manifest);
  strictEqual(written.match(/"status": "completed"/g)?.length, 3);
  match(written, /\/\/ what this machine needs/);
  match(written, /"x-owner": "ada", "status": "completed" \}/);
  doesNotMatch(written, /"last_updated": "2024/);

  hub.clear();
  const again = documentOf(await box.run(["sync", "--json"]));
  deepStrictEqual(statuses(again).map((each) => (each as string[])[1]), ["present", "present", "present"]);
  strictEqual(hub.bodyBytes(), 0);
  strictEqual(await place.text(place.manifest), written, "nothing new, nothing written");
  const listed = readDocument<{ models: { name: string; status: string; local: boolean }[] }>(
    await box.run(["models", "list", "--status", "completed", "--tag", "chat", "--json"]),
  );
  deepStrictEqual(listed.models.map(({ name, local }) => [name, local]), [[`${TINY}:Q4_K_M`, true]]);
});

Deno.test("mm sync --frozen is green on the locked bytes, whatever the branch has by then, and asks for nothing twice", async () => {
  await using place = await openWith();
  const { hub, box } = place;
  const locked = await box.run(["lock", "--json"]);
  strictEqual(locked.code, 0, locked.stderr);
  const first = await place.text(place.lock);
  strictEqual((await box.run(["lock"])).code, 0);
  strictEqual(await place.text(place.lock), first, "the same Hub gives the same lock");
  // The branch goes on; the lock stays with the commit before.
  const old = await hub.commit(TINY, "v1");
  const moved = first.replaceAll(await hub.commit(TINY), old)
    .replace(await hub.sha256(TINY, Q4), await hub.sha256(TINY, Q4, "v1"))
    .replace('"sizeBytes": 1400000', '"sizeBytes": 1300001');
  await writeFile(place.lock, moved);
  hub.clear();

  const frozen = documentOf(await box.run(["sync", "--frozen", "--json"]));
  deepStrictEqual(statuses(frozen).map((each) => (each as string[])[1]), [
    "downloaded",
    "downloaded",
    "downloaded",
  ]);
  strictEqual(hub.apiCalls().length, 0, "the lock says it all");
  strictEqual((await readFile(place.path(TINY, Q4))).length, 1_300_001);
  strictEqual(await place.text(place.manifest), MANIFEST, "the manifest is not touched");
  hub.clear();
  const again = documentOf(await box.run(["sync", "--frozen", "--json", "--offline"]));
  deepStrictEqual(statuses(again).map((each) => (each as string[])[1]), ["present", "present", "present"]);
  strictEqual(hub.requests.length, 0);

  const free = documentOf(await box.run(["sync", "--json"]));
  deepStrictEqual(free.outdatedLock, [`${TINY}:Q8_0`, `${TINY}:Q4_K_M`]);
  strictEqual((await readFile(place.path(TINY, Q4))).length, 1_400_000);
});

Deno.test("mm sync --frozen is red after the lock was tampered with, and leaves what is here", async () => {
  await using place = await openWith();
  const { hub, box } = place;
  strictEqual((await box.run(["lock"])).code, 0);
  const lock = await place.text(place.lock);
  const q8 = await hub.sha256(TINY, Q8);
  await writeFile(place.lock, lock.replace(q8, `${"0".repeat(63)}1`));

  const red = documentOf(await box.run(["sync", "--frozen", "--json"]), 5);
  const failed = red.results.find(({ status }) => status === "failed");
  strictEqual(failed?.reference, `${TINY}:Q8_0`);
  strictEqual(failed.error?.code, "CHECKSUM_MISMATCH");
  match(failed.error.causes[0] ?? "", /the Hub has .*the lock says/);
  ok(!await exists(place.path(TINY, Q8)));

  // Another length means other bytes, too.
  await writeFile(place.lock, lock.replace('"sizeBytes": 2600003', '"sizeBytes": 2600004'));
  documentOf(await box.run(["sync", "--frozen", "--json"]), 5);
  ok(!await exists(place.path(TINY, Q8)));

  // A small file has no digest but that of its bytes.
  const config = lock.match(/"gitSha1": "([0-9a-f]{40})"/)?.[1] ?? "";
  await writeFile(place.lock, lock.replace(config, `${"0".repeat(39)}1`));
  await rm(place.path(PLAIN, "config.json"));
  documentOf(await box.run(["sync", "--frozen", "--json"]), 5);
  ok(!await exists(place.path(PLAIN, "config.json")));
  ok(await exists(place.path(TINY, Q8)));

  await writeFile(place.lock, lock.replace(`"${TINY}:Q8_0"`, `"${TINY}:F16"`));
  const other = await box.run(["sync", "--frozen"]);
  strictEqual(other.code, 2);
  match(other.stderr, /does not fit the manifest: not locked: .*Q8_0; locked, but not wanted: .*F16/);
  await writeFile(place.lock, lock.slice(0, 200));
  const broken = await box.run(["sync", "--frozen"]);
  strictEqual(broken.code, 2);
  match(broken.stderr, /models\.lock\.json": line \d+, column \d+: /);
  await rm(place.lock);
  strictEqual((await box.run(["sync", "--frozen"])).code, 3);
});

Deno.test("mm sync --prune deletes what is not listed, but nothing that is pinned, disabled or was put there by hand", async () => {
  await using place = await openWith(JSON.stringify({
    models: [{ name: `${TINY}:Q4_K_M` }, { name: PLAIN, enabled: false }],
  }));
  const { box } = place;
  const pulled = await box.run(["pull", `${TINY}:Q8_0`, `${TINY}:F16`, `${PLAIN}:config.json`]);
  strictEqual(pulled.code, 0, pulled.stderr);
  strictEqual((await box.run(["models", "pin", `${TINY}:F16`])).code, 0);
  await box.write("home/models/own/model/weights.gguf", "GGUF of my own");
  strictEqual((await box.run(["list", "--scan"])).code, 0);

  const refused = await box.run(["sync", "--prune"]);
  strictEqual(refused.code, 2, refused.stderr);
  match(refused.stderr, /--yes/);
  ok(await exists(place.path(TINY, Q8)));
  const planned = documentOf(await box.run(["sync", "--prune", "--dry-run", "--json"]));
  deepStrictEqual(planned.pruned.map(({ reference }) => reference), [`${TINY}:Q8_0`]);
  ok(await exists(place.path(TINY, Q8)));

  const pruned = documentOf(await box.run(["sync", "--prune", "--yes", "--json"]));
  deepStrictEqual(pruned.pruned.map(({ reference }) => reference), [`${TINY}:Q8_0`]);
  ok(!await exists(place.path(TINY, Q8)));
  for (
    const path of [
      place.path(TINY, Q4),
      place.path(TINY, "tiny-F16-00001-of-00003.gguf"),
      place.path(PLAIN, "config.json"),
      place.path("own/model", "weights.gguf"),
    ]
  ) ok(await exists(path), path);
});

Deno.test("mm sync goes on with the others when one fails, prunes nothing then, and says why", async () => {
  await using place = await openWith(JSON.stringify({
    models: [{ name: "acme/gone", priority: "high" }, { name: `${TINY}:Q4_K_M` }],
  }));
  const { box } = place;
  strictEqual((await box.run(["pull", `${TINY}:Q8_0`])).code, 0);
  const half = documentOf(await box.run(["sync", "--prune", "--yes", "--json"]), 11);
  deepStrictEqual(statuses(half), [["acme/gone", "failed"], [`${TINY}:Q4_K_M`, "downloaded"]]);
  strictEqual(half.notPruned, "failures");
  ok(await exists(place.path(TINY, Q8)));
  const { models } = JSON.parse(await place.text(place.manifest)) as { models: { status: string }[] };
  deepStrictEqual(models.map(({ status }) => status), ["failed", "completed"]);
  const lock = await box.run(["lock"]);
  ok(lock.code !== 0 && !await exists(place.lock), lock.stderr);
  match(lock.stderr, /acme\/gone: /);
});

Deno.test("mm sync that was stopped goes on where it was, and a model that was compared not long ago is not compared again", async () => {
  await using place = await openWith(JSON.stringify({
    models: [{ name: LARGE }],
    settings: { check_frequency: "daily" },
  }));
  const { hub, box } = place;
  hub.bytesPerSecond = 2_000_000;
  const stopped = box.start(["sync", "--events"]);
  await waitUntil(
    "some of it is here",
    () => /"type":"progress".*"receivedBytes":[1-9]\d{6}/.test(stopped.stdout),
  );
  stopped.signal("SIGINT");
  strictEqual((await stopped.finished).code, 130);
  const { models } = JSON.parse(await place.text(place.manifest)) as { models: { status: string }[] };
  strictEqual(models[0]?.status, "pending");

  hub.bytesPerSecond = undefined;
  const resumed = documentOf(await box.run(["sync", "--json"]));
  ok((resumed.results[0]?.bytesFetched ?? Infinity) < 24_000_000);
  ok(await exists(place.path(LARGE, LARGE_PATH)));
  hub.clear();
  strictEqual(documentOf(await box.run(["sync", "--json"])).results[0]?.status, "present");
  strictEqual(hub.requests.length, 0);
  documentOf(await box.run(["sync", "--refresh", "--json"]));
  strictEqual(hub.apiCalls().length, 1);
});

Deno.test("a manifest that is broken in the middle of an edit is left alone, and every mistake has its place", async () => {
  const broken = MANIFEST.replace('"priority": "low"', '"priority": "lo"').replace(
    '"enabled": true',
    '"enabled": 1',
  );
  await using place = await openWith(broken);
  const { box } = place;
  for (const args of [["sync"], ["models", "add", PLAIN], ["models", "disable", TINY], ["lock"]]) {
    const run = await box.run(args);
    strictEqual(run.code, 2, run.stderr);
    match(run.stderr, /line 6, column 18: models\[0\]\.enabled: /);
    match(run.stderr, /line 10, column 19: models\[0\]\.priority: .*perhaps "low"/);
    strictEqual(await place.text(place.manifest), broken);
  }
  await writeFile(place.manifest, MANIFEST.slice(0, 300));
  const cut = await box.run(["sync", "--json"]);
  strictEqual(cut.code, 2);
  match(
    readDocument<{ error: { message: string } }>(cut).error.message,
    /models\.json": line \d+, column \d+: /,
  );
  strictEqual(await place.text(place.manifest), MANIFEST.slice(0, 300));
});

Deno.test("mm sync keeps the library within the manifest's max_total_size", async () => {
  await using place = await openWith(JSON.stringify({
    models: [{ name: `${TINY}:Q4_K_M` }],
    settings: { max_total_size: "1MB" },
  }));
  const refused = documentOf(await place.box.run(["sync", "--json"]), 8);
  strictEqual(refused.results[0]?.error?.code, "QUOTA_EXCEEDED");
  strictEqual(place.hub.bodyBytes(), 0);
});
