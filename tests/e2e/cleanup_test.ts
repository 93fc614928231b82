/**
 * `mm cleanup` over real leftovers, beside running downloads, and where not everything can be read or deleted.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { mkdir, readdir, readFile, symlink, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CleanupResult, PullResult } from "../../core/operations/model_manager.ts";
import {
  type E2eHub,
  LARGE,
  LARGE_BYTES,
  LARGE_PATH,
  sha256,
  startE2eHub,
  TINY,
} from "../support/e2e_hub.ts";
import {
  exists,
  filesBelow,
  type FinishedProgram,
  openSandbox,
  readDocument,
  type Sandbox,
  waitUntil,
} from "../support/run_program.ts";
import { sayNotTested } from "../support/small_disk.ts";

const CRAWL = 100_000;
const A = "a".repeat(64);
const B = "b".repeat(64);
const C = "c".repeat(64);
const RUN = "0a1b2c3d";

interface CleanupDocument extends CleanupResult {
  readonly dryRun: boolean;
}

function openBox(hub: E2eHub): Promise<Sandbox> {
  return openSandbox({ HF_ENDPOINT: hub.endpoint });
}

async function cleanUp(box: Sandbox, ...args: readonly string[]): Promise<CleanupDocument> {
  const finished = await box.run(["cleanup", "--json", ...args]);
  strictEqual(finished.code, 0, finished.stdout + finished.stderr);
  return readDocument<CleanupDocument>(finished);
}

/** Paths and reasons, relative to the models directory. */
function cleaned(box: Sandbox, result: CleanupResult): string[] {
  return result.removed.map(({ path, reason }) => `${path.replace(`${box.modelsDir}/`, "")}: ${reason}`)
    .sort();
}

async function put(box: Sandbox, path: string, data = "x"): Promise<string> {
  return await box.write(join("home", "models", path), data);
}

/** Everything that a crash can leave, and things of the user's that look a little like it. */
async function makeMess(box: Sandbox): Promise<void> {
  const cache = "acme/tiny-GGUF/.cache";
  for (
    const name of [
      `${A}.bad`,
      `${B}.journal`,
      `${C}.part`,
      `${A}.${RUN}.11111111.part`,
      `${RUN}.lock`,
      `${A}.lock`,
    ]
  ) await put(box, join(cache, name));
  await put(box, join(cache, `${"d".repeat(64)}.pieces`));
  await put(box, join(cache, `.${C}.journal.tmp`));
  await put(box, ".registry.json.0123abcd.tmp", "{");
  const old = new Date(Date.now() - 3_600_000);
  const unfinished = await box.write("config/model-manager/.config.json.0123abcd.tmp", "{");
  await utimes(unfinished, old, old);
  // Not ours.
  await put(box, join(cache, "notes.txt"), "mine");
  await put(box, join(cache, "my.part"), "mine");
  await put(box, join("acme", "tiny-GGUF", `${A}.bad`), "mine");
  await put(box, join("deep", "er", "down", ".cache", `${A}.bad`), "mine");
}

const MESS = [
  `.registry.json.0123abcd.tmp: temporary`,
  `acme/tiny-GGUF/.cache/.${C}.journal.tmp: temporary`,
  `acme/tiny-GGUF/.cache/${RUN}.lock: stale-lock`,
  `acme/tiny-GGUF/.cache/${A}.${RUN}.11111111.part: abandoned`,
  `acme/tiny-GGUF/.cache/${A}.bad: quarantined`,
  `acme/tiny-GGUF/.cache/${A}.lock: stale-lock`,
  `acme/tiny-GGUF/.cache/${B}.journal: journal-without-data`,
  `acme/tiny-GGUF/.cache/${C}.part: data-without-journal`,
  `acme/tiny-GGUF/.cache/${"d".repeat(64)}.pieces: unused-pieces`,
].sort();

Deno.test("mm cleanup deletes what crashes have left and nothing else; --dry-run deletes nothing", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  strictEqual((await box.run(["pull", TINY])).code, 0);
  await makeMess(box);
  await symlink(join(box.modelsDir, "deep", "er", "down"), join(box.modelsDir, "acme", "elsewhere"));
  const before = await box.files();

  const planned = await cleanUp(box, "--dry-run");
  strictEqual(planned.dryRun, true);
  deepStrictEqual(cleaned(box, planned).filter((line) => !line.startsWith("/")), MESS);
  deepStrictEqual(await box.files(), before);
  const table = await box.run(["cleanup", "--dry-run"]);
  match(table.stdout, /^PATH +SIZE +WHY$/m);
  match(table.stdout, new RegExp(`${A}\\.bad +\\d.* +wrong bytes, put aside`));
  match(table.stderr, /^Would free \d.*; nothing was removed$/m);

  const asked = await box.run(["cleanup"]);
  strictEqual(asked.code, 2);
  match(asked.stderr, /hint: .*mm cleanup --yes/);
  deepStrictEqual(await box.files(), before);

  const quiet = await box.run(["cleanup", "--quiet", "--yes"]);
  strictEqual(quiet.code, 0, quiet.stderr);
  deepStrictEqual(quiet.stdout.trimEnd().split("\n"), planned.removed.map(({ path }) => path));
  const gone = planned.removed.map(({ path }) => path.slice(box.path.length + 1));
  deepStrictEqual(await box.files(), before.filter((path) => !gone.includes(path)));
  match((await box.run(["cleanup", "--yes"])).stderr, /Nothing to clean up/);
  strictEqual((await box.run(["verify", TINY])).code, 0);
});

Deno.test("mm cleanup keeps a download that broke off until it is old, and then leaves nothing of it", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  hub.bytesPerSecond = CRAWL;
  await using running = box.start(["pull", LARGE]);
  await waitUntil("bytes are under way", () => hub.bodyBytes() > 1_500_000);
  running.signal("SIGKILL");
  await running.finished;
  const cache = join(box.modelsDir, LARGE, ".cache");
  const first = await cleanUp(box, "--yes");
  ok(
    first.removed.length > 0 && first.removed.every(({ reason }) => reason !== "interrupted"),
    JSON.stringify(first),
  );
  match((await readdir(cache)).join(" "), /^[0-9a-f]{64}\.journal (?:\S+\.synced )?[0-9a-f]{64}\.part$/);

  const second = await cleanUp(box, "--yes", "--older-than", "0s");
  ok(second.bytesFreed >= 1_000_000 && second.bytesFreed < LARGE_BYTES, `${second.bytesFreed} bytes freed`);
  strictEqual(await exists(dirname(cache)), false);
  deepStrictEqual((await filesBelow(box.modelsDir)).filter((path) => !path.startsWith("registry.json")), []);
  hub.bytesPerSecond = undefined;
  strictEqual((await box.run(["pull", LARGE])).code, 0);
});

function result(finished: FinishedProgram): PullResult {
  const [only] = readDocument<{ results: PullResult[] }>(finished).results;
  ok(only, finished.stdout);
  return only;
}

Deno.test("mm cleanup beside running pulls costs them no byte", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  hub.bytesPerSecond = 20 * CRAWL;
  await using large = box.start(["pull", LARGE, "--json", "--connections", "2"]);
  await using small = box.start(["pull", TINY, "--json", "-i", "*.json", "-i", "*.md"]);
  await waitUntil("bytes are under way", () => hub.bodyBytes() > 500_000);
  let runs = 0;
  let ended = false;
  const watch = large.finished.finally(() => ended = true);
  while (!ended) {
    const swept = await cleanUp(box, "--yes", "--older-than", "0s");
    const left = swept.removed.filter(({ reason }) => reason !== "empty-folder");
    deepStrictEqual(left, [], "something in use was taken for a leftover");
    runs++;
  }
  ok(runs >= 1);
  const pulled = result(await watch);
  deepStrictEqual([pulled.status, pulled.bytesFetched, pulled.bytesResumed], ["downloaded", LARGE_BYTES, 0]);
  strictEqual(result(await small.finished).status, "downloaded");
  strictEqual(
    sha256(await readFile(join(box.modelsDir, LARGE, LARGE_PATH))),
    await hub.sha256(LARGE, LARGE_PATH),
  );
});

Deno.test("mm cleanup says what it cannot read, and cleans up the rest", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  await put(box, join("acme", "closed", ".cache", `${A}.bad`));
  const open = await put(box, join("acme", "open", ".cache", `${A}.bad`));
  const closed = join(box.modelsDir, "acme", "closed");
  // What is refused to the program is refused to root as well.
  const script = `deno=$1; program=$4; shift 4; exec "$deno" run -A --deny-read="${closed}" "$program" "$@"`;
  const finished = await box.shell(script, ["cleanup", "--yes"]).finished;
  strictEqual(finished.code, 0, finished.stderr);
  match(finished.stderr, /warning: Cannot read the folder ".*closed"/);
  match(finished.stderr, /^Freed \d/m);
  strictEqual(await exists(open), false);
  strictEqual(await exists(join(closed, ".cache", `${A}.bad`)), true);
});

Deno.test({
  name: "mm cleanup says what it cannot delete, deletes the rest and ends with 11",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using hub = await startE2eHub();
    await using box = await openBox(hub);
    const fixed = dirname(await put(box, join("acme", "fixed", ".cache", `${A}.bad`)));
    const free = await put(box, join("acme", "free", ".cache", `${A}.bad`));
    const chattr = (flag: string) =>
      new Deno.Command("chattr", { args: [flag, fixed], stderr: "null" }).output();
    const { success } = await chattr("+i");
    if (!success) return sayNotTested("a folder that cannot be changed", "chattr is refused");
    const finished = await box.run(["cleanup", "--yes"]).finally(() => chattr("-i"));
    strictEqual(finished.code, 11, finished.stderr);
    match(finished.stderr, /warning: Cannot lock ".*fixed/);
    doesNotMatch(finished.stdout, /fixed/);
    strictEqual(await exists(free), false);
    strictEqual(await exists(join(fixed, `${A}.bad`)), true);
  },
});

Deno.test("mm cleanup of an empty library, or none, has nothing to do", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const none = await cleanUp(box);
  deepStrictEqual([none.removed, none.bytesFreed], [[], 0]);
  await mkdir(join(box.modelsDir, "mine"), { recursive: true });
  deepStrictEqual((await cleanUp(box, "--yes")).removed, []);
  strictEqual(await exists(join(box.modelsDir, "mine")), true);
});
