/**
 * The cache of the Hub's own tools: what we put there Python finds, and what Python put there we know.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { lstat, mkdir, readFile, readlink, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type E2eHub,
  LARGE,
  LARGE_BYTES,
  LARGE_PATH,
  ODD_PATHS,
  PLAIN,
  sha256,
  startE2eHub,
  TINY,
} from "../support/e2e_hub.ts";
import { blobPath, type HfCacheBox, openHfCacheBox } from "../support/hf_cache_box.ts";
import { PYTHON, PYTHON_NOTE } from "../support/python.ts";
import { exists, readDocument, waitUntil } from "../support/run_program.ts";

const WITH_PYTHON = { ignore: PYTHON === undefined };
const NO_LINKS = { HF_HUB_DISABLE_SYMLINKS: "1" };
const ON_WINDOWS = Deno.build.os === "windows";

interface Listed {
  readonly sizeBytes: number;
  readonly models: readonly {
    readonly repo: string;
    readonly refs: readonly string[];
    readonly commit: string;
    readonly status: string;
    readonly files: readonly { readonly path: string; readonly sha256: string | null }[];
  }[];
  readonly incomplete: readonly { readonly path: string }[];
  readonly warnings: readonly { readonly kind: string }[];
}

async function list(box: HfCacheBox): Promise<Listed> {
  return readDocument<Listed>(await box.run(["list", "--hf-cache", "--json"]));
}

/** SHA-256 of every file of a model. */
async function digests(hub: E2eHub, repo: string): Promise<Record<string, string>> {
  const files = await hub.source.files({ repo, commit: await hub.commit(repo) });
  return Object.fromEntries(
    files.map((file) => [file.path, sha256(file.read({ start: 0, end: file.sizeBytes }))]),
  );
}

async function makeOld(path: string): Promise<void> {
  const old = new Date(Date.now() - 40 * 86_400_000);
  await utimes(path, old, old);
}

Deno.test(
  `Python finds offline what was pulled into the cache, and has no warning${PYTHON_NOTE}`,
  WITH_PYTHON,
  async () => {
    await using hub = await startE2eHub();
    await using box = await openHfCacheBox(hub);
    const result = await box.pull([PLAIN, "-i", "*"]);
    strictEqual(result.status, "downloaded");
    const wanted = await digests(hub, PLAIN);
    const [snapshot, odd, scan] = await box.python([
      ["snapshot", PLAIN],
      ["download", PLAIN, ODD_PATHS[0] ?? ""],
      ["scan"],
    ], { offline: true });
    deepStrictEqual(snapshot, wanted);
    strictEqual(odd, wanted[ODD_PATHS[0] ?? ""]);
    const { warnings, incomplete, repos } = scan as Awaited<ReturnType<HfCacheBox["pythonScan"]>>;
    deepStrictEqual({ warnings, incomplete }, { warnings: [], incomplete: [] });
    deepStrictEqual(repos[PLAIN]?.revisions[await hub.commit(PLAIN)]?.refs, ["main"]);
    // Not even the newest client may want to write anything beside it.
    match(
      await readFile(join(box.cache, "CACHEDIR.TAG"), "utf8"),
      /^Signature: 8a477f597d28d172789f06886806bc55\n/,
    );
  },
);

Deno.test("mm pull --to hf-cache makes relative links, and a pull of what is there fetches nothing", {
  ignore: ON_WINDOWS,
}, async () => {
  await using hub = await startE2eHub();
  await using box = await openHfCacheBox(hub);
  const { paths: [path = ""] } = await box.pull([`${TINY}:Q4_K_M`]);
  const hex = await hub.sha256(TINY, "tiny-Q4_K_M.gguf");
  strictEqual(await readlink(path), `../../blobs/${hex}`);
  strictEqual(sha256(await readFile(path)), hex);
  const commit = await hub.commit(TINY);
  const folder = `models--${TINY.replace("/", "--")}`;
  strictEqual(await readFile(join(box.cache, folder, "refs", "main"), "utf8"), commit);
  hub.clear();
  const again = await box.pull([`${TINY}:Q4_K_M`]);
  deepStrictEqual([again.status, again.bytesFetched, hub.bodyBytes()], ["present", 0, 0]);
  strictEqual(hub.apiCalls().length, 1);
  // Another revision that has the same bytes needs only names for them.
  const tagged = await box.pull([`${TINY}@v1:Q4_K_M`]);
  const sameBytes = await hub.sha256(TINY, "tiny-Q4_K_M.gguf", "v1") === hex;
  strictEqual(tagged.status, sameBytes ? "present" : "downloaded");
  strictEqual(await readFile(join(box.cache, folder, "refs", "v1"), "utf8"), await hub.commit(TINY, "v1"));
});

Deno.test(
  `what Python downloaded is listed, proved and not fetched again${PYTHON_NOTE}`,
  WITH_PYTHON,
  async () => {
    await using hub = await startE2eHub();
    await using box = await openHfCacheBox(hub);
    const [snapshot] = await box.python([["snapshot", PLAIN]]);
    const wanted = await digests(hub, PLAIN);
    deepStrictEqual(snapshot, wanted);
    const listed = await list(box);
    deepStrictEqual(listed.warnings, []);
    deepStrictEqual(listed.models.map(({ repo, refs, status }) => ({ repo, refs, status })), [
      { repo: PLAIN, refs: ["main"], status: "available" },
    ]);
    deepStrictEqual(listed.models[0]?.files.map((file) => file.path).sort(), Object.keys(wanted).sort());
    const verified = await box.run(["verify", "--hf-cache", "--json"]);
    strictEqual(verified.code, 0);
    const { files } = readDocument<{ files: { status: string }[] }>(verified);
    strictEqual(files.every((file) => file.status === "ok"), true);
    hub.clear();
    const pulled = await box.pull([PLAIN, "-i", "*"]);
    deepStrictEqual([pulled.status, pulled.bytesFetched, hub.bodyBytes()], ["present", 0, 0]);
    deepStrictEqual((await box.pythonScan()).warnings, []);
  },
);

Deno.test(`a pull that was killed leaves nothing that Python sees or prunes, and goes on${PYTHON_NOTE}`, {
  ignore: PYTHON === undefined || ON_WINDOWS,
}, async () => {
  await using hub = await startE2eHub();
  await using box = await openHfCacheBox(hub);
  hub.bytesPerSecond = 400_000;
  await using running = box.start(["pull", LARGE, "--to", "hf-cache", "--connections", "1"]);
  await waitUntil("some bytes are under way", () => hub.bodyBytes() >= 3_000_000);
  const [held] = await box.python([
    [
      "is_locked",
      join(box.cache, ".locks", "models--acme--large-GGUF", `${await hub.sha256(LARGE, LARGE_PATH)}.lock`),
    ],
  ]);
  strictEqual(held, true, "Python waits for a download of ours");
  running.signal("SIGKILL");
  await running.finished;
  hub.bytesPerSecond = undefined;
  const [scan, pruned] = await box.python([["scan"], ["prune"]]);
  const { warnings, incomplete, repos } = scan as Awaited<ReturnType<HfCacheBox["pythonScan"]>>;
  deepStrictEqual({ warnings, incomplete, repos, pruned }, {
    warnings: [],
    incomplete: [],
    repos: {},
    pruned: 0,
  });
  hub.clear();
  const result = await box.pull([LARGE]);
  strictEqual(result.status, "downloaded");
  ok(result.bytesResumed >= 2_000_000, `${result.bytesResumed} were kept`);
  strictEqual(result.bytesFetched + result.bytesResumed, LARGE_BYTES);
  strictEqual(sha256(await readFile(result.paths[0] ?? "")), await hub.sha256(LARGE, LARGE_PATH));
  deepStrictEqual((await box.cached()).filter((path) => path.includes(".model-manager")), []);
});

Deno.test(
  `without links, snapshots have real files, which Python finds${PYTHON_NOTE}`,
  WITH_PYTHON,
  async () => {
    await using hub = await startE2eHub();
    await using box = await openHfCacheBox(hub, NO_LINKS);
    const result = await box.pull([PLAIN, "-i", "*"]);
    strictEqual(result.status, "downloaded");
    for (const path of result.paths) ok((await lstat(path)).isFile(), path);
    const [snapshot, scan] = await box.python([["snapshot", PLAIN], ["scan"]], { offline: true });
    deepStrictEqual(snapshot, await digests(hub, PLAIN));
    deepStrictEqual((scan as { warnings: string[] }).warnings, []);
    hub.clear();
    const again = await box.pull([PLAIN, "-i", "*"]);
    deepStrictEqual([again.status, again.bytesFetched, hub.bodyBytes()], ["present", 0, 0]);
    // Python's own real files are known as well.
    await rm(box.cache, { recursive: true });
    await box.python([["snapshot", PLAIN]]);
    strictEqual((await box.pull([PLAIN, "-i", "*"])).bytesFetched, 0);
    const verified = await box.run(["verify", "--hf-cache", "--json"]);
    const { files } = readDocument<{ files: { status: string }[] }>(verified);
    deepStrictEqual(
      new Set(files.map((file) => file.status)),
      new Set(["ok"]),
      "by the list that Python keeps",
    );
    const removed = await box.run(["remove", PLAIN, "--hf-cache", "--yes"]);
    strictEqual(removed.code, 0, removed.stderr);
    deepStrictEqual(await box.cached(), ["CACHEDIR.TAG"]);
  },
);

Deno.test(`who wants what Python is downloading waits for its lock, or fails with --no-wait${PYTHON_NOTE}`, {
  ignore: PYTHON === undefined || ON_WINDOWS,
}, async () => {
  await using hub = await startE2eHub();
  await using box = await openHfCacheBox(hub);
  const lock = join(
    box.cache,
    ".locks",
    "models--acme--large-GGUF",
    `${await hub.sha256(LARGE, LARGE_PATH)}.lock`,
  );
  await using python = box.startPython([["hold", lock, 20]]);
  await waitUntil("Python has the lock", () => python.stderr.includes("locked"));
  const refused = await box.run(["pull", LARGE, "--to", "hf-cache", "--no-wait"]);
  strictEqual(refused.code, 10, refused.stderr);
  match(refused.stderr, /another program has it/);
  await using running = box.start(["pull", LARGE, "--to", "hf-cache", "--events"]);
  await waitUntil("it says that it waits", () => running.stdout.includes('"reason":"lock"'));
  strictEqual(hub.bodyBytes(), 0);
  await python[Symbol.asyncDispose]();
  const finished = await running.finished;
  strictEqual(finished.code, 0, finished.stderr);
});

Deno.test(`of two that want the same at the same time, Python and mm, one fetches it${PYTHON_NOTE}`, {
  ignore: PYTHON === undefined || ON_WINDOWS,
}, async () => {
  await using hub = await startE2eHub();
  await using box = await openHfCacheBox(hub);
  const hex = await hub.sha256(LARGE, LARGE_PATH);
  hub.bytesPerSecond = 8_000_000;
  await using first = box.startPython([["download", LARGE, LARGE_PATH]]);
  await waitUntil("Python is downloading", () => hub.bodyBytes() > 0);
  const ours = await box.pull([LARGE]);
  deepStrictEqual([ours.status, ours.bytesFetched], ["present", 0]);
  deepStrictEqual(await first.answer, [hex]);
  strictEqual(hub.bodyBytes(), LARGE_BYTES);
  await box.run(["remove", LARGE, "--hf-cache", "--yes"]);
  hub.clear();
  hub.bytesPerSecond = 2_000_000;
  await using running = box.start(["pull", LARGE, "--to", "hf-cache", "--connections", "1"]);
  await waitUntil("mm is downloading", () => hub.bodyBytes() > 0);
  hub.bytesPerSecond = undefined;
  const [theirs] = await box.python([["download", LARGE, LARGE_PATH]]);
  strictEqual(theirs, hex);
  strictEqual((await running.finished).code, 0);
  deepStrictEqual((await box.pythonScan()).warnings, []);
});

Deno.test(`the shared store is used, never broken, and freed with its last user${PYTHON_NOTE}`, {
  ignore: PYTHON === undefined || ON_WINDOWS,
}, async () => {
  await using hub = await startE2eHub();
  await using box = await openHfCacheBox(hub);
  await box.pull([LARGE]);
  const hex = await hub.sha256(LARGE, LARGE_PATH);
  const xet = "ab".repeat(32);
  const blob = blobPath(box, LARGE, hex);
  const [shared] = await box.python([["share", `models--acme--large-GGUF/blobs/${hex}`, xet]]);
  if (typeof shared === "object") return; // This version of Python's client knows no shared store.
  strictEqual(shared, true);
  const payload = join(box.cache, "blobs", "ab", xet);
  strictEqual((await lstat(blob)).isSymbolicLink(), true);
  hub.clear();
  deepStrictEqual([(await box.pull([LARGE])).bytesFetched, hub.bodyBytes()], [0, 0]);
  const listed = await list(box);
  deepStrictEqual([listed.sizeBytes, listed.warnings], [LARGE_BYTES, []]);
  strictEqual((await box.run(["verify", "--hf-cache"])).code, 0);
  // Another repository's link to the same bytes.
  const other = join(box.cache, "models--other--copy", "blobs", hex);
  await mkdir(dirname(other), { recursive: true });
  await symlink(`../../blobs/ab/${xet}`, other);
  await writeFile(`${payload}.refs`, `models--other--copy/blobs/${hex}\n`, { flag: "a" });
  strictEqual((await box.run(["remove", LARGE, "--hf-cache", "-y"])).code, 0);
  strictEqual(await exists(payload), true, "another repository uses it");
  strictEqual(await readFile(`${payload}.refs`, "utf8"), `models--other--copy/blobs/${hex}\n`);
  // --force replaces the link of this repository with bytes of its own, and nothing else.
  await box.pull([LARGE]);
  strictEqual((await lstat(blob)).isFile(), true);
  await rm(join(box.cache, "models--other--copy"), { recursive: true });
  await makeOld(payload);
  const cleaned = await box.run(["cleanup", "--hf-cache", "--yes", "--quiet"]);
  strictEqual(cleaned.code, 0, cleaned.stderr);
  strictEqual(cleaned.stdout, `${payload}\n`);
  deepStrictEqual((await box.pythonScan()).warnings, []);
});

Deno.test(
  `mm remove --hf-cache takes a revision, and bytes that another one uses stay${PYTHON_NOTE}`,
  WITH_PYTHON,
  async () => {
    await using hub = await startE2eHub();
    await using box = await openHfCacheBox(hub);
    await box.python([["snapshot", TINY], ["snapshot", TINY, "v1"]]);
    const before = await list(box);
    strictEqual(before.models.length, 2);
    const plan = readDocument<{ removed: { paths: string[] }[]; bytesFreed: number }>(
      await box.run(["remove", `${TINY}@v1`, "--hf-cache", "--dry-run", "--json"]),
    );
    deepStrictEqual(await list(box), before);
    const done = readDocument<{ bytesFreed: number }>(
      await box.run(["remove", `${TINY}@v1`, "--hf-cache", "--yes", "--json"]),
    );
    strictEqual(done.bytesFreed, plan.bytesFreed);
    const after = await list(box);
    strictEqual(before.sizeBytes - after.sizeBytes, plan.bytesFreed);
    deepStrictEqual(after.models.map(({ refs }) => refs), [["main"]]);
    const [snapshot, scan] = await box.python([["snapshot", TINY], ["scan"]], { offline: true });
    deepStrictEqual(snapshot, await digests(hub, TINY));
    deepStrictEqual((scan as { warnings: string[] }).warnings, []);
    const part = await box.run(["remove", `${TINY}:Q8_0`, "--hf-cache", "--yes", "--json"]);
    strictEqual(readDocument<{ bytesFreed: number }>(part).bytesFreed, 2_600_003);
    const unknown = await box.run(["remove", `${TINY}@v9`, "--hf-cache", "--yes"]);
    strictEqual(unknown.code, 3);
    match(unknown.stderr, /has no revision "v9".*: it has main[\s\S]*hint: .*mm list --hf-cache/);
    strictEqual((await box.run(["remove", TINY, "--hf-cache", "--yes"])).code, 0);
    deepStrictEqual(await box.cached(), ["CACHEDIR.TAG"]);
  },
);

Deno.test(`a cache that was damaged by hand is told of, cleaned up, and sound again${PYTHON_NOTE}`, {
  ignore: PYTHON === undefined || ON_WINDOWS,
}, async () => {
  await using hub = await startE2eHub();
  await using box = await openHfCacheBox(hub);
  await box.python([["snapshot", TINY], ["snapshot", PLAIN]]);
  const folder = join(box.cache, "models--acme--tiny-GGUF");
  const hex = await hub.sha256(TINY, "tiny-Q8_0.gguf");
  await rm(join(folder, "blobs", hex));
  await writeFile(join(folder, "refs", "gone"), "f".repeat(40));
  const wrong = join(folder, "blobs", await hub.sha256(TINY, "tiny-Q4_K_M.gguf"));
  const bytes = await readFile(wrong);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  await writeFile(wrong, bytes);
  await writeFile(join(folder, "blobs", `${"e".repeat(64)}.1234abcd.incomplete`), "old");
  await makeOld(join(folder, "blobs", `${"e".repeat(64)}.1234abcd.incomplete`));
  await writeFile(join(folder, "blobs", `${"d".repeat(64)}.incomplete`), "new");
  const listed = await list(box);
  deepStrictEqual(listed.warnings.map(({ kind }) => kind).sort(), ["missing-bytes", "missing-commit"]);
  strictEqual(listed.incomplete.length, 2);
  deepStrictEqual(listed.models.map(({ repo, status }) => `${repo} ${status}`), [
    "acme/plain available",
    "acme/tiny-GGUF error",
  ]);
  const verified = await box.run(["verify", "--hf-cache", TINY, "--json"]);
  strictEqual(verified.code, 5);
  const statuses = readDocument<{ files: { path: string; status: string }[] }>(verified).files
    .filter(({ status }) => status !== "ok").map(({ path, status }) => `${path.split("/").at(-1)} ${status}`);
  deepStrictEqual(statuses, ["tiny-Q4_K_M.gguf corrupt", "tiny-Q8_0.gguf missing"]);
  const said = await box.run(["verify", "--hf-cache", TINY]);
  match(said.stderr, /mm pull "?acme\/tiny-GGUF@main:tiny-Q4_K_M\.gguf"? --to hf-cache --force/);
  const cleaned = await box.run(["cleanup", "--hf-cache", "--yes", "--json"]);
  const { removed } = readDocument<{ removed: { reason: string }[] }>(cleaned);
  deepStrictEqual(removed.map(({ reason }) => reason).sort(), [
    "interrupted",
    "missing-bytes",
    "missing-commit",
  ]);
  deepStrictEqual((await box.pythonScan()).warnings, []);
  // What is missing is fetched, and what is wrong where that is asked for.
  strictEqual((await box.pull([`${TINY}:Q8_0`])).bytesFetched, 2_600_003);
  await box.pull([`${TINY}:tiny-Q4_K_M.gguf`, "--force"]);
  strictEqual((await box.run(["verify", "--hf-cache"])).code, 0);
});

Deno.test(`mm cleanup --hf-cache takes revisions that nothing means, when they are old${PYTHON_NOTE}`, {
  ignore: PYTHON === undefined || ON_WINDOWS,
}, async () => {
  await using hub = await startE2eHub();
  await using box = await openHfCacheBox(hub);
  const first = await hub.commit(TINY, "v1");
  await box.python([["snapshot", TINY], ["snapshot", TINY, first]]);
  const young = await box.run(["cleanup", "--hf-cache", "--yes", "--json"]);
  deepStrictEqual(readDocument<{ removed: unknown[] }>(young).removed, []);
  const dry = readDocument<{ removed: { path: string; bytes: number; reason: string }[] }>(
    await box.run(["cleanup", "--hf-cache", "--older-than", "0s", "--dry-run", "--json"]),
  );
  deepStrictEqual(dry.removed.map(({ path, reason }) => [path.split("/").at(-1), reason]), [[
    first,
    "detached",
  ]]);
  const done = readDocument<{ removed: unknown[] }>(
    await box.run(["cleanup", "--hf-cache", "--older-than", "0s", "--yes", "--json"]),
  );
  deepStrictEqual(done.removed, dry.removed);
  const [snapshot, scan] = await box.python([["snapshot", TINY], ["scan"]], { offline: true });
  deepStrictEqual(snapshot, await digests(hub, TINY));
  deepStrictEqual((scan as { warnings: string[] }).warnings, []);
});

Deno.test("a file that is in the way in a snapshot is refused, and replaced with --force", async () => {
  await using hub = await startE2eHub();
  await using box = await openHfCacheBox(hub);
  const { paths: [path = ""] } = await box.pull([`${TINY}:Q4_K_M`]);
  await rm(path);
  await writeFile(path, "mine");
  const refused = await box.run(["pull", `${TINY}:Q4_K_M`, "--to", "hf-cache"]);
  strictEqual(refused.code, 1);
  match(refused.stderr, /A different file is in the way of "tiny-Q4_K_M\.gguf"[\s\S]*hint: .*--force/);
  strictEqual(await readFile(path, "utf8"), "mine");
  await box.pull([`${TINY}:Q4_K_M`, "--force"]);
  strictEqual(sha256(await readFile(path)), await hub.sha256(TINY, "tiny-Q4_K_M.gguf"));
  strictEqual((await stat(path)).size, 1_400_000);
});

Deno.test("options of the library are refused together with --hf-cache, with the command to type", async () => {
  await using hub = await startE2eHub();
  await using box = await openHfCacheBox(hub);
  for (
    const [args, hint] of [
      [["list", "--hf-cache", "--scan"], /mm list --hf-cache/],
      [["verify", "--hf-cache", "--repair"], /mm pull org\/name:FILE --to hf-cache --force/],
      [["cleanup", "--hf-cache", "--max-size", "1G"], /mm remove REF --hf-cache/],
    ] as const
  ) {
    const run = await box.run(args);
    strictEqual(run.code, 2, args.join(" "));
    match(run.stderr, hint);
  }
  const empty = await box.run(["list", "--hf-cache"]);
  deepStrictEqual([empty.code, empty.stdout], [0, ""]);
  match(empty.stderr, /There is no cache in .*[\s\S]*mm pull REF --to hf-cache/);
});
