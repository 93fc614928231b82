/**
 * Updates by content: what is said of each kind of change, what is fetched, and what is kept when that is cut short.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DownloadEvent } from "../../core/download/events.ts";
import { type E2eHub, PRIVATE, sha256, startE2eHub, TOKEN } from "../support/e2e_hub.ts";
import { type Fault, requestsFor } from "../support/faults.ts";
import { HAS_SCRIPT, SCRIPT_NOTE, startOnTerminal } from "../support/on_terminal.ts";
import {
  generateRandomModel,
  type RandomModelOptions,
  type RandomRevision,
} from "../support/random_model.ts";
import {
  exists,
  filesBelow,
  type FinishedProgram,
  linesOf,
  openSandbox,
  readDocument,
  readJsonLines,
  type Sandbox,
  waitUntil,
} from "../support/run_program.ts";

const REPO = "acme/m-GGUF";
const Q4 = "m-Q4_K_M.gguf";
const Q8 = "m-Q8_0.gguf";

const MODEL: RandomModelOptions = {
  repo: REPO,
  files: [
    { path: Q4, sizeBytes: 1_000_000 },
    { path: Q8, sizeBytes: 1_200_000 },
    { path: "README.md", text: "# First\n" },
    { path: "config.json", text: "{}" },
  ],
};

interface Result {
  readonly reference: string;
  readonly repo: string;
  readonly commit: string | null;
  readonly status: string;
  readonly paths: readonly string[];
  readonly bytesFetched: number;
  readonly update: string | null;
  readonly bytesToFetch: number;
  readonly changedFiles: readonly string[];
  readonly removedFiles: readonly string[];
  readonly deletedFiles: readonly string[];
  readonly bytesFreed: number;
  readonly keptFiles: readonly { readonly path: string; readonly modelId: string }[];
  readonly fromCommit: string | null;
  readonly renamedTo: string | null;
  readonly error?: { readonly code: string; readonly hints: readonly string[] };
}

interface Place extends AsyncDisposable {
  readonly hub: E2eHub;
  readonly box: Sandbox;
  /** Puts another commit on the Hub. */
  commit(revision: RandomRevision, change?: Partial<RandomModelOptions>): Promise<string>;
  path(file: string): string;
}

/** A Hub whose model can change, and a sandbox in which these references have been pulled. */
async function openWith(
  pulls: readonly (readonly string[])[],
  options: Parameters<typeof startE2eHub>[0] & { readonly model?: RandomModelOptions } = {},
): Promise<Place> {
  const { model = MODEL, ...hubOptions } = options;
  await using stack = new AsyncDisposableStack();
  const hub = stack.use(await startE2eHub({ models: [model], ...hubOptions }));
  const box = stack.use(await openSandbox({ HF_ENDPOINT: hub.endpoint }));
  for (const args of pulls) {
    const pulled = await box.run(["pull", ...args]);
    strictEqual(pulled.code, 0, pulled.stderr);
  }
  hub.clear();
  const owned = stack.move();
  const revisions: RandomRevision[] = [];
  return {
    hub,
    box,
    async commit(revision, change = {}) {
      revisions.push(revision);
      const next = { ...model, ...change, revisions: [...revisions] };
      hub.source.set(generateRandomModel(next));
      return await hub.source.commit(next.repo ?? REPO, "main") ?? "";
    },
    path: (file) => join(box.modelsDir, model.repo ?? REPO, file),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function results(finished: FinishedProgram): readonly Result[] {
  return readDocument<{ results: Result[] }>(finished).results;
}

async function hashOf(path: string): Promise<string> {
  return sha256(await readFile(path));
}

async function badges(box: Sandbox): Promise<Record<string, unknown>> {
  const { models } = readDocument<{ models: Record<string, unknown>[] }>(await box.run(["list", "--json"]));
  return Object.fromEntries(models.map(({ repo, quant, update }) => [`${repo}:${quant}`, update]));
}

Deno.test("mm update tells weights from a README, fetches only what has changed, and lists know it", async () => {
  await using place = await openWith([[`${REPO}:Q4_K_M`, "-i", "README.md"], [`${REPO}:Q8_0`]]);
  const { hub, box } = place;
  deepStrictEqual(await badges(box), { [`${REPO}:Q4_K_M`]: null, [`${REPO}:Q8_0`]: null });
  const before = await hashOf(place.path(Q8));
  const old = await hub.commit(REPO);
  const commit = await place.commit({
    files: [{ path: Q4, sizeBytes: 1_100_000 }, { path: "README.md", text: "# Second\n" }],
  });

  const checked = await box.run(["update", "--check", "--json"]);
  strictEqual(checked.code, 0, checked.stderr);
  strictEqual(hub.apiCalls().length, 1, "one question for both models");
  strictEqual(hub.bodyBytes(), 0);
  deepStrictEqual(
    results(checked).map(({ reference, status, update, bytesToFetch, changedFiles }) => [
      reference,
      status,
      update,
      bytesToFetch,
      changedFiles,
    ]),
    [
      [`${REPO}:Q4_K_M`, "planned", "weights changed", 1_100_009, [Q4, "README.md"]],
      [`${REPO}:Q8_0`, "present", "up to date", 0, []],
    ],
  );
  hub.clear();
  deepStrictEqual(await badges(box), {
    [`${REPO}:Q4_K_M`]: "update available",
    [`${REPO}:Q8_0`]: "up to date",
  });
  const listed = await box.run(["list"]);
  match(listed.stderr, /^hint: 1 model has an update: mm update$/m);
  strictEqual(hub.requests.length, 0, "a list asks nobody");
  const text = await box.run(["update", "--check"]);
  match(
    text.stdout,
    /^acme\/m-GGUF:Q4_K_M +weights changed +1\.10 MB +to fetch +m-Q4_K_M\.gguf and 1 more$/m,
  );
  match(text.stderr, /^hint: Fetch what has changed: mm update$/m);
  strictEqual((await box.run(["update", "--check", "-q"])).stdout, `${REPO}:Q4_K_M\n`);
  deepStrictEqual(
    hub.apiCalls().map(({ status }) => status),
    [304, 304],
    "what has not changed is not sent again",
  );

  hub.clear();
  const updated = await box.run(["update", "--json"]);
  strictEqual(updated.code, 0, updated.stderr);
  const [q4, q8] = results(updated);
  deepStrictEqual([q4?.status, q4?.fromCommit, q4?.commit], ["downloaded", old, commit]);
  // A slow connection may be given up in the middle.
  ok(q4 !== undefined && q4.bytesFetched >= 1_100_009, `${q4?.bytesFetched} bytes`);
  deepStrictEqual(q4?.paths, [place.path(Q4), place.path("README.md")]);
  strictEqual(q8?.status, "present");
  ok(hub.fileRequests(Q4).length > 0);
  strictEqual(hub.fileRequests(Q8).length, 0, "what is up to date is left alone");
  strictEqual(await hashOf(place.path(Q4)), await hub.sha256(REPO, Q4));
  strictEqual(await readFile(place.path("README.md"), "utf8"), "# Second\n");
  strictEqual(await hashOf(place.path(Q8)), before);
  deepStrictEqual(await badges(box), { [`${REPO}:Q4_K_M`]: "up to date", [`${REPO}:Q8_0`]: "up to date" });
  strictEqual((await box.run(["verify"])).code, 0);
  const again = await box.run(["update"]);
  strictEqual(again.code, 0);
  match(again.stderr, /^2 models up to date, nothing to fetch$/m);
  strictEqual(again.stdout, "");
});

Deno.test("mm update fetches other files without the weights, and a plain pull tells the list, too", async () => {
  await using place = await openWith([[`${REPO}:Q4_K_M`, "-i", "README.md"]]);
  const { hub, box } = place;
  await place.commit({ files: [{ path: "README.md", text: "# Second\n" }] });
  const [checked] = results(await box.run(["update", "--check", "--json", REPO]));
  deepStrictEqual([checked?.reference, checked?.update, checked?.bytesToFetch], [
    REPO,
    "other files changed",
    9,
  ]);
  const events = await box.run(["update", "--events"]);
  strictEqual(events.code, 0, events.stderr);
  const lines = readJsonLines<DownloadEvent & { readonly results?: readonly Result[] }>(events);
  deepStrictEqual(lines.at(0)?.type, "planned");
  strictEqual(lines.at(-1)?.results?.[0]?.status, "downloaded");
  strictEqual(hub.bodyBytes(), 9);

  await place.commit({ files: [{ path: Q4, sizeBytes: 1_100_000 }] });
  strictEqual((await box.run(["update", "-n"])).code, 0);
  deepStrictEqual(await badges(box), { [`${REPO}:Q4_K_M`]: "update available" });
  strictEqual((await box.run(["pull", `${REPO}:Q4_K_M`])).code, 0);
  deepStrictEqual(await badges(box), { [`${REPO}:Q4_K_M`]: "up to date" });
});

Deno.test("mm update keeps what was removed upstream, follows a new name, and reports what is gone", async () => {
  const other: RandomModelOptions = {
    repo: "acme/gone-GGUF",
    files: [{ path: "g-Q8_0.gguf", sizeBytes: 5_000 }],
  };
  await using place = await openWith([[`${REPO}:Q4_K_M`, "-i", "config.json"], ["acme/gone-GGUF"]], {
    models: [MODEL, other],
  });
  const { hub, box } = place;
  await place.commit({ removed: ["config.json"] });
  const [, removed] = results(await box.run(["update", "--check", "--json"]));
  deepStrictEqual([removed?.status, removed?.update, removed?.removedFiles], [
    "present",
    "removed upstream",
    ["config.json"],
  ]);
  const kept = await box.run(["update", REPO]);
  strictEqual(kept.code, 0, kept.stderr);
  match(kept.stderr, /not on the Hub any more, and kept here: config\.json$/m);
  ok(await exists(place.path("config.json")));

  // Renamed, with other weights; and the other one deleted.
  const renamed = { repo: "acme/better-GGUF", formerNames: [REPO] };
  await place.commit({ files: [{ path: Q4, sizeBytes: 1_300_000 }] }, renamed);
  hub.source.delete(REPO);
  hub.source.delete("acme/gone-GGUF");
  const run = await box.run(["update", "--json"]);
  strictEqual(run.code, 11, run.stderr);
  const [gone, moved] = results(run);
  deepStrictEqual([gone?.status, gone?.update, gone?.error?.code], [
    "failed",
    "removed upstream",
    "NOT_FOUND",
  ]);
  deepStrictEqual([moved?.status, moved?.repo, moved?.renamedTo], ["downloaded", REPO, "acme/better-GGUF"]);
  strictEqual(await hashOf(place.path(Q4)), await hub.sha256("acme/better-GGUF", Q4));
  ok(!await exists(join(box.modelsDir, "acme/better-GGUF")), "it stays where programs look for it");
  const text = await box.run(["update"]);
  strictEqual(text.code, 11);
  match(text.stderr, /^"acme\/m-GGUF" is now called "acme\/better-GGUF"$/m);
  match(text.stderr, /^error: acme\/gone-GGUF:Q8_0: Repository "acme\/gone-GGUF" does not exist/m);
  match(text.stderr, /^hint: Try again: mm update acme\/gone-GGUF:Q8_0$/m);
  deepStrictEqual(await badges(box), {
    "acme/gone-GGUF:Q8_0": "removed upstream",
    [`${REPO}:Q4_K_M`]: "up to date",
  });
});

Deno.test("mm update asks nothing of what was pulled by commit, and fetches it only when it is named with --force", async () => {
  await using place = await openWith([]);
  const { hub, box } = place;
  const old = await hub.commit(REPO);
  strictEqual((await box.run(["pull", `${REPO}@${old}:Q4_K_M`])).code, 0);
  await place.commit({ files: [{ path: Q4, sizeBytes: 1_100_000 }] });
  hub.clear();
  const [pinned] = results(await box.run(["update", "--json"]));
  deepStrictEqual([pinned?.status, pinned?.update, pinned?.bytesToFetch], ["present", "pinned", 0]);
  strictEqual(hub.requests.length, 0);
  deepStrictEqual(await badges(box), { [`${REPO}:Q4_K_M`]: "pinned" });
  const named = await box.run(["pull", `${REPO}:Q4_K_M`, "--dry-run"]);
  strictEqual(named.code, 0, named.stderr);
  match(named.stderr, /^note: .* was pinned to .*: it follows main from now on$/m);
  const refused = await box.run(["update", "--force"]);
  strictEqual(refused.code, 2, refused.stderr);
  const forced = await box.run(["update", REPO, "--force"]);
  strictEqual(forced.code, 0, forced.stderr);
  match(forced.stderr, /follows main from now on/);
  strictEqual(await hashOf(place.path(Q4)), await hub.sha256(REPO, Q4));

  // It follows the branch now: pinned by hand, it stays again.
  await place.commit({ files: [{ path: Q4, sizeBytes: 1_200_000 }] });
  strictEqual((await box.run(["models", "pin", REPO])).code, 0);
  hub.clear();
  const [byHand] = results(await box.run(["update", REPO, "--json"]));
  deepStrictEqual([byHand?.status, byHand?.update], ["present", "pinned"]);
  strictEqual(hub.requests.length, 0);
  const [unpinned] = results(await box.run(["update", REPO, "--force", "--check", "--json"]));
  deepStrictEqual([unpinned?.status, unpinned?.update], ["planned", "weights changed"]);
});

Deno.test("an update that is cut keeps the old model whole, and the next one goes on", async () => {
  const shards = [1, 2].map((number) => ({
    path: `m-F16-0000${number}-of-00002.gguf`,
    sizeBytes: 16_000_000 / number,
  }));
  let stalls = false;
  const isSecond = requestsFor("m-F16-00002-of-00002.gguf");
  const stall: Fault = {
    when: (request) => stalls && isSecond(request),
    effect: { type: "stall", afterBytes: 100_000 },
  };
  await using place = await openWith([[REPO]], {
    model: { repo: REPO, files: shards },
    fileHostFaults: [stall],
  });
  const { hub, box } = place;
  const paths = shards.map(({ path }) => place.path(path));
  const old = await Promise.all(paths.map(hashOf));
  const registry = await readFile(join(box.modelsDir, "registry.json"), "utf8");
  await place.commit({ files: shards.map((file, index) => ({ ...file, seed: 77 + index })) });
  stalls = true;
  {
    await using running = box.start(["update", "--events"]);
    await waitUntil("the first shard is proved", () => /"type":"finished"/.test(running.stdout));
    running.signal("SIGKILL");
    await running.finished;
  }
  deepStrictEqual(await Promise.all(paths.map(hashOf)), old, "not one byte of the old one is gone");
  strictEqual(await readFile(join(box.modelsDir, "registry.json"), "utf8"), registry);
  strictEqual((await box.run(["verify", "--offline"])).code, 0);
  const { models } = readDocument<{ models: { status: string }[] }>(await box.run(["list", "--json"]));
  deepStrictEqual(models.map(({ status }) => status), ["available"]);

  stalls = false;
  const resumed = await box.run(["update", "--json"]);
  strictEqual(resumed.code, 0, resumed.stderr);
  const [result] = results(resumed);
  strictEqual(result?.status, "downloaded");
  ok(result.bytesFetched < 16_000_000, `${result.bytesFetched} bytes: the first shard was fetched again`);
  for (const [index, path] of paths.entries()) {
    strictEqual(await hashOf(path), await hub.sha256(REPO, shards[index]?.path ?? ""));
  }
  strictEqual((await box.run(["verify"])).code, 0);
  const left = (await filesBelow(box.modelsDir)).filter((path) => /\.(?:part|journal|claim)$/.test(path));
  deepStrictEqual(left, []);
});

Deno.test("an update whose bytes are wrong keeps the old model, all of it", async () => {
  const wrong: Fault = {
    when: requestsFor("m-F16-00002-of-00002.gguf"),
    skip: 1,
    effect: { type: "corrupt", position: 9 },
  };
  const shards = [1, 2].map((number) => ({ path: `m-F16-0000${number}-of-00002.gguf`, sizeBytes: 700_000 }));
  await using place = await openWith([[REPO]], {
    model: { repo: REPO, files: shards },
    fileHostFaults: [wrong],
  });
  const { box } = place;
  const paths = shards.map(({ path }) => place.path(path));
  const old = await Promise.all(paths.map(hashOf));
  await place.commit({ files: shards.map((file, index) => ({ ...file, seed: 78 + index })) });
  const failed = await box.run(["update", "--json"]);
  strictEqual(failed.code, 5, failed.stdout);
  const [result] = results(failed);
  deepStrictEqual([result?.status, result?.update, result?.error?.code], [
    "failed",
    "weights changed",
    "CHECKSUM_MISMATCH",
  ]);
  deepStrictEqual(await Promise.all(paths.map(hashOf)), old);
  strictEqual((await box.run(["verify", "--offline"])).code, 0);
  deepStrictEqual(await badges(box), { [`${REPO}:F16`]: "update available" });
});

Deno.test({
  name: `a person's mm list starts one check in the background, and the next list knows${SCRIPT_NOTE}`,
  ignore: !HAS_SCRIPT,
  async fn() {
    await using place = await openWith([[`${REPO}:Q4_K_M`]]);
    const { hub, box } = place;
    await place.commit({ files: [{ path: Q4, sizeBytes: 1_100_000 }] });
    const off = { MM_CONFIG: await box.write("off.json", JSON.stringify({ updates: { check: false } })) };
    for (const env of [{}, { CI: "", HF_HUB_OFFLINE: "1" }, { CI: "", ...off }]) {
      strictEqual((await startOnTerminal(box, "list", { env }).finished).code, 0);
    }
    strictEqual(hub.requests.length, 0);
    const lists = [1, 2, 3].map(() => startOnTerminal(box, "list", { env: { CI: "" } }).finished);
    for (const { code, stdout } of await Promise.all(lists)) {
      strictEqual(code, 0);
      doesNotMatch(stdout, /update available|error|warning/);
    }
    await waitUntil(
      "the check is done",
      async () => (await badges(box))[`${REPO}:Q4_K_M`] === "update available",
    );
    const again = await startOnTerminal(box, "list", { env: { CI: "" } }).finished;
    match(again.stdout, /1 model has an update: mm update/);
    strictEqual(hub.apiCalls().length, 1, "one check for all of them");
  },
});

Deno.test("mm update reports what cannot be asked at each model, and unknown references beside the others", async () => {
  await using place = await openWith([[`${REPO}:Q4_K_M`], [`${REPO}:Q8_0`]]);
  const { box } = place;
  const offline = await box.run(["update", "--offline", "--json"]);
  strictEqual(offline.code, 9, offline.stderr);
  deepStrictEqual(results(offline).map(({ status, error }) => [status, error?.code]), [
    ["failed", "OFFLINE"],
    ["failed", "OFFLINE"],
  ]);
  const said = await box.run(["update", "--offline", "--check"]);
  strictEqual(linesOf(said.stderr).filter((line) => line.startsWith("error:")).length, 1, said.stderr);
  const mixed = await box.run(["update", "--check", "--json", `${REPO}:Q4_K_M`, "acme/none"]);
  strictEqual(mixed.code, 11);
  deepStrictEqual(results(mixed).map(({ reference, status }) => [reference, status]), [
    [`${REPO}:Q4_K_M`, "present"],
    ["acme/none", "failed"],
  ]);
  strictEqual((await box.run(["update", "acme/none"])).code, 3);
});

Deno.test("mm update removes weights whose successors are here, and nothing that anybody else has", async () => {
  const repo = "acme/cut-GGUF";
  const shard = (number: number, of: number): string => `c-Q4_K_M-0000${number}-of-0000${of}.gguf`;
  const model: RandomModelOptions = {
    repo,
    files: [
      { path: shard(1, 2), sizeBytes: 300_000 },
      { path: shard(2, 2), sizeBytes: 300_000 },
      { path: "c-Q8_0.gguf", sizeBytes: 400_000 },
      { path: "config.json", text: "{}" },
    ],
  };
  await using place = await openWith([[`${repo}:Q4_K_M`, "-i", "config.json"], [`${repo}:Q8_0`]], { model });
  const { hub, box } = place;
  await place.commit({
    files: [1, 2, 3].map((number) => ({ path: shard(number, 3), sizeBytes: 200_000 })),
    removed: [shard(1, 2), shard(2, 2), "config.json"],
  });
  const checked = await box.run(["update", "--check"]);
  match(
    checked.stderr,
    /^acme\/cut-GGUF:Q4_K_M: an update removes the old weights: c-Q4.*2-of-00002\.gguf$/m,
  );
  ok(await exists(place.path(shard(1, 2))), "a check removes nothing");
  const run = await box.run(["update"]);
  strictEqual(run.code, 0, run.stderr);
  match(run.stderr, /: removed the old weights: c-Q4.*1-of-00002\.gguf, c-Q4.*\.gguf, 6\d\d kB freed$/m);
  match(run.stderr, /: not on the Hub any more, and kept here: config\.json$/m);
  const here = (await filesBelow(join(box.modelsDir, repo))).filter((path) => !path.includes(".cache"));
  deepStrictEqual(
    here.map((path) => path.split("/").at(-1)).sort(),
    [shard(1, 3), shard(2, 3), shard(3, 3), "c-Q8_0.gguf", "config.json"].sort(),
  );
  deepStrictEqual(await badges(box), { [`${repo}:Q4_K_M`]: "up to date", [`${repo}:Q8_0`]: "up to date" });
  strictEqual((await box.run(["verify"])).code, 0);
  hub.clear();
  const [again] = results(await box.run(["update", "--json", `${repo}:Q4_K_M`]));
  deepStrictEqual([again?.status, again?.deletedFiles, again?.removedFiles], ["present", [], [
    "config.json",
  ]]);
});

Deno.test("a pinned model keeps what it shares with others, and a pull replaces it only by force", async () => {
  await using place = await openWith([[`${REPO}:Q4_K_M`, "-i", "README.md"], [
    `${REPO}:Q8_0`,
    "-i",
    "README.md",
  ]]);
  const { hub, box } = place;
  strictEqual((await box.run(["models", "pin", `${REPO}:Q8_0`])).code, 0);
  const before = await hashOf(place.path(Q8));
  await place.commit({
    files: [
      { path: Q4, sizeBytes: 1_100_000 },
      { path: Q8, sizeBytes: 1_300_000 },
      { path: "README.md", text: "# Second\n" },
    ],
  });
  const updated = await box.run(["update"]);
  strictEqual(updated.code, 0, updated.stderr);
  match(updated.stderr, /README\.md is kept: the pinned acme\/m-GGUF:Q8_0 uses it$/m);
  strictEqual(await readFile(place.path("README.md"), "utf8"), "# First\n");
  strictEqual(await hashOf(place.path(Q4)), await hub.sha256(REPO, Q4));
  deepStrictEqual(await badges(box), { [`${REPO}:Q4_K_M`]: "up to date", [`${REPO}:Q8_0`]: "pinned" });

  const other = await box.run(["pull", `${REPO}:Q4_K_M`, "-i", "README.md"]);
  strictEqual(other.code, 0, other.stderr);
  match(other.stderr, /README\.md is kept: the pinned acme\/m-GGUF:Q8_0 uses it/);
  const refused = await box.run(["pull", `${REPO}:Q8_0`]);
  strictEqual(refused.code, 1, refused.stderr);
  match(refused.stderr, /^error: "acme\/m-GGUF:Q8_0" is pinned: the Hub has another "m-Q8_0\.gguf"/m);
  match(refused.stderr, /^hint: .*mm models unpin "acme\/m-GGUF:Q8_0"$/m);
  match(refused.stderr, /^hint: .*mm pull --force "acme\/m-GGUF:Q8_0"$/m);
  deepStrictEqual([await hashOf(place.path(Q8)), await readFile(place.path("README.md"), "utf8")], [
    before,
    "# First\n",
  ]);
  strictEqual((await box.run(["verify"])).code, 0);
  strictEqual((await box.run(["pull", `${REPO}:Q8_0`, "--force"])).code, 0);
  strictEqual(await hashOf(place.path(Q8)), await hub.sha256(REPO, Q8));
});

Deno.test("mm update does not take a private model for gone that is asked for without its token", async () => {
  const model: RandomModelOptions = {
    repo: PRIVATE,
    private: true,
    files: [{ path: "s-Q8_0.gguf", sizeBytes: 5_000 }],
  };
  await using place = await openWith([[PRIVATE, "--token", TOKEN]], { model });
  const { hub, box } = place;
  const [unknown] = results(await box.run(["update", "--check", "--json"]));
  deepStrictEqual([unknown?.status, unknown?.update, unknown?.error?.code], [
    "failed",
    null,
    "AUTHENTICATION_ERROR",
  ]);
  strictEqual((await box.run(["update", "--check", "--token", TOKEN])).code, 0);
  hub.source.delete(PRIVATE);
  const [gone] = results(await box.run(["update", "--check", "--json", "--token", TOKEN]));
  deepStrictEqual([gone?.update, gone?.error?.code], ["removed upstream", "NOT_FOUND"]);
});

Deno.test("mm update says that no file is here, and not that the library is empty", async () => {
  await using place = await openWith([[`${REPO}:Q4_K_M`]]);
  const { box } = place;
  await rm(place.path(Q4));
  const run = await box.run(["update"]);
  strictEqual(run.code, 0, run.stderr);
  match(run.stderr, /^No model of the library has its files here: there is nothing to update$/m);
  doesNotMatch(run.stderr, /empty/);
});

Deno.test("mm update brings new files to a repository that was pulled whole", async () => {
  const repo = "acme/plain";
  const model: RandomModelOptions = {
    repo,
    files: [{ path: "model.safetensors", sizeBytes: 600_000 }, { path: "config.json", text: "{}" }],
    facts: { tags: [], libraryName: "transformers" },
  };
  await using place = await openWith([[repo]], { model });
  const { box } = place;
  await place.commit({
    files: [
      { path: "model-00001-of-00002.safetensors", sizeBytes: 400_000 },
      { path: "model-00002-of-00002.safetensors", sizeBytes: 300_000 },
      { path: "tokenizer.json", text: "{}" },
    ],
    removed: ["model.safetensors"],
  });
  const run = await box.run(["update", "--json"]);
  strictEqual(run.code, 0, run.stderr);
  const [result] = results(run);
  deepStrictEqual([result?.update, result?.changedFiles, result?.removedFiles], [
    "weights changed",
    ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "tokenizer.json"],
    ["model.safetensors"],
  ]);
  deepStrictEqual(result?.deletedFiles, ["model.safetensors"]);
  ok(result.bytesFreed >= 600_000, `${result.bytesFreed} bytes freed`);
  ok(!await exists(place.path("model.safetensors")), "its successors are here");
  const [after] = results(await box.run(["update", "--check", "--json"]));
  deepStrictEqual([after?.update, after?.changedFiles, after?.removedFiles], ["up to date", [], []]);
  deepStrictEqual(Object.keys(await badges(box)), [`${repo}:null`]);
});
