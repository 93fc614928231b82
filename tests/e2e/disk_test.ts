/**
 * Disks that are full, read-only, too small, taken away or in somebody else's hands: what the program says, and what
 * it keeps.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { mkdir, readdir, readFile, rename, rm, stat, symlink, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PullResult } from "../../core/operations/model_manager.ts";
import type { HistoryRecord } from "../../core/state/history_record.ts";
import {
  type E2eHub,
  LARGE,
  LARGE_BYTES,
  LARGE_PATH,
  PLAIN,
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
  type RunningProgram,
  type Sandbox,
  waitUntil,
} from "../support/run_program.ts";
import { openSmallDisk, sayNotTested } from "../support/small_disk.ts";

const MB = 1_000_000;
/** A second, for each of eight connections or more. */
const CRAWL = 100_000;
/** The same where the end is to be seen. */
const TROT = 1_000_000;
const WINDOWS = Deno.build.os === "windows";

interface ErrorDocument {
  readonly code: string;
  readonly message: string;
  readonly hints: readonly string[];
}

/** A sandbox without a reserve: the disks of these tests are small. */
async function openBox(hub: E2eHub, variables: Readonly<Record<string, string>> = {}): Promise<Sandbox> {
  const box = await openSandbox({ HF_ENDPOINT: hub.endpoint, ...variables });
  await box.write("config/model-manager/config.json", `{"cleanup":{"reserve":0}}`);
  return box;
}

async function startCrawling(hub: E2eHub, box: Sandbox, pace = CRAWL): Promise<RunningProgram> {
  hub.clear();
  hub.bytesPerSecond = pace;
  const running = box.start(["pull", LARGE, "--json"]);
  await waitUntil("bytes are under way", () => hub.bodyBytes() >= 2 * MB);
  return running;
}

function resultOf(finished: FinishedProgram): PullResult {
  const result = readDocument<{ results?: PullResult[] }>(finished).results?.[0];
  ok(result, finished.stdout + finished.stderr);
  return result;
}

function errorOf(finished: FinishedProgram): ErrorDocument {
  const { error } = resultOf(finished);
  ok(error, finished.stdout);
  return error;
}

async function lastRecord(box: Sandbox): Promise<HistoryRecord | undefined> {
  const { records } = readDocument<{ records: HistoryRecord[] }>(
    await box.run(["history", "list", "--json"]),
  );
  return records[0];
}

async function checkWhole(hub: E2eHub, path: string): Promise<void> {
  strictEqual(sha256(await readFile(path)), await hub.sha256(LARGE, LARGE_PATH));
}

Deno.test("mm pull on a disk that becomes full keeps what has arrived, says what is missing, and goes on", async () => {
  await using disk = await openSmallDisk(30 * MB, "a disk that becomes full");
  if (disk === undefined) return;
  await using hub = await startE2eHub();
  await using box = await openBox(hub, { MM_MODELS_DIR: disk.path });
  await using running = await startCrawling(hub, box);
  await disk.fill("other", 24 * MB).catch(() => {}); // As much as there is.
  const stopped = await running.finished;
  strictEqual(stopped.code, 8, stopped.stdout);
  const sent = hub.bodyBytes();
  const error = errorOf(stopped);
  strictEqual(error.code, "INSUFFICIENT_SPACE");
  match(
    error.message,
    /^No space left in ".*\/disk": \d\d\.\d MB still to download, .*free, of which 0 B stay in reserve; \d.* are missing$/,
  );
  const hints = error.hints.join("\n");
  for (const command of [/mm cleanup/, /mm list --sort size/, /same command again/]) match(hints, command);
  strictEqual(await exists(join(disk.path, LARGE, LARGE_PATH)), false);
  const record = await lastRecord(box);
  deepStrictEqual([record?.status, record?.error?.code], ["failed", "INSUFFICIENT_SPACE"]);

  // With too little room, nothing is fetched; with just enough, what is there is not counted twice.
  hub.clear();
  hub.bytesPerSecond = undefined;
  strictEqual((await box.run(["pull", LARGE])).code, 8);
  strictEqual(hub.bodyBytes(), 0);
  await unlink(join(disk.path, "other"));
  await disk.fill("other", 5 * MB);
  const result = resultOf(await box.run(["pull", LARGE, "--json"]));
  strictEqual(result.status, "downloaded");
  ok(result.bytesResumed > sent * 0.8, `${result.bytesResumed} of ${sent} bytes were kept`);
  await checkWhole(hub, join(disk.path, LARGE, LARGE_PATH));
});

Deno.test("mm remove and mm cleanup work where not one byte is free", async () => {
  await using disk = await openSmallDisk(12 * MB, "room made on a full disk");
  if (disk === undefined) return;
  const files = ["a-Q4_K_M.gguf", "a-Q8_0.gguf"].map((path) => ({ path, sizeBytes: 3 * MB }));
  await using hub = await startE2eHub({ models: [{ repo: "acme/two", files }] });
  await using box = await openBox(hub, { MM_MODELS_DIR: disk.path });
  for (const quant of ["Q4_K_M", "Q8_0"]) {
    strictEqual((await box.run(["pull", `acme/two:${quant}`])).code, 0);
  }
  const fill = (name: string) => disk.fill(name, 12 * MB).catch(() => {}); // As much as there is.
  await fill("other");
  await fill("rest");
  const models = async () =>
    readDocument<{ models: { quant: string }[] }>(await box.run(["list", "--json"])).models;
  const cleaned = await box.run(["cleanup", "--yes", "--max-size", "4M", "--json"]);
  strictEqual(cleaned.code, 0, cleaned.stderr);
  const [left, ...more] = await models();
  deepStrictEqual(more, []);
  await fill("more");
  const removed = await box.run(["remove", `acme/two:${left?.quant}`, "--yes"]);
  strictEqual(removed.code, 0, removed.stderr);
  deepStrictEqual(await models(), []);
});

Deno.test("mm pull of small files on a full disk ends with 8 and leaves nothing half", async () => {
  await using disk = await openSmallDisk(3 * MB, "small files on a full disk");
  if (disk === undefined) return;
  const files = Array.from(
    { length: 10 },
    (_, index) => ({ path: `part-${index}.json`, sizeBytes: 200_000 }),
  );
  await using hub = await startE2eHub({ models: [{ repo: "acme/many", files }] });
  await using box = await openBox(hub, { MM_MODELS_DIR: disk.path });
  hub.bytesPerSecond = 4 * CRAWL;
  await using running = box.start(["pull", "acme/many", "--json", "-i", "*"]);
  await waitUntil("bytes are under way", () => hub.bodyBytes() > 100_000);
  await disk.fill("other", 3 * MB).catch(() => {});
  const stopped = await running.finished;
  strictEqual(stopped.code, 8, stopped.stdout);
  match(errorOf(stopped).message, /^No space left in .* kB still to download|MB still to download/);
  await unlink(join(disk.path, "other"));
  const left = await filesBelow(disk.path);
  deepStrictEqual(left.filter((path) => path.includes(".cache/")), []);
  hub.bytesPerSecond = undefined;
  strictEqual(resultOf(await box.run(["pull", "acme/many", "--json", "-i", "*"])).status, "downloaded");
});

Deno.test("mm pull without room for the state says so, and fetches all the same", async () => {
  await using disk = await openSmallDisk(100_000, "a full disk for the state");
  if (disk === undefined) return;
  await disk.fill("other", MB).catch(() => {}); // As much as there is.
  await using hub = await startE2eHub();
  await using box = await openBox(hub, { MM_STATE_DIR: join(disk.path, "state") });
  const pulled = await box.run(["pull", TINY]);
  strictEqual(pulled.code, 0, pulled.stderr);
  match(pulled.stderr, /warning: The history could not be written: .*disk is full/);
  strictEqual((await box.run(["verify", TINY])).code, 0);
  const listed = await box.run(["history", "list", "--json"]);
  strictEqual(listed.code, 8, listed.stdout);
});

Deno.test("mm pull looks at the disk of each target before the first byte", async () => {
  await using disk = await openSmallDisk(5 * MB, "a target that is too small");
  if (disk === undefined) return;
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const refused = await box.run(["pull", LARGE, "--json", "--to", disk.path]);
  strictEqual(refused.code, 8, refused.stdout);
  match(errorOf(refused).message, /Not enough space in ".*\/disk": 24\.0 MB to download, 5\.00 MB free/);
  strictEqual(hub.bodyBytes(), 0);
  deepStrictEqual(await readdir(disk.path), []);
  // One organisation on another disk, behind a link.
  await mkdir(box.modelsDir, { recursive: true });
  await symlink(disk.path, join(box.modelsDir, "acme"));
  strictEqual((await box.run(["pull", LARGE])).code, 8);
  strictEqual(hub.bodyBytes(), 0);
});

Deno.test("two pulls that fit each but not together: the second is refused, and the first comes to its end", async () => {
  await using disk = await openSmallDisk(40 * MB, "two pulls on one small disk");
  if (disk === undefined) return;
  const model = (repo: string, seed: string) => ({
    repo,
    files: [{ path: `${seed}-Q4_K_M.gguf`, sizeBytes: LARGE_BYTES }],
  });
  await using hub = await startE2eHub({
    models: [model("acme/one-GGUF", "one"), model("acme/two-GGUF", "two")],
  });
  await using box = await openBox(hub, { MM_MODELS_DIR: disk.path });
  hub.bytesPerSecond = 2 * CRAWL;
  await using first = box.start(["pull", "acme/one-GGUF", "--json"]);
  await waitUntil("bytes are under way", () => hub.bodyBytes() >= MB);
  const second = await box.run(["pull", "acme/two-GGUF", "--json"]);
  strictEqual(second.code, 8, second.stdout);
  match(errorOf(second).message, /2\d\.\d MB are for other downloads that are under way/);
  // The same file is not reckoned twice.
  await using third = box.start(["pull", "acme/one-GGUF", "--json"]);
  hub.bytesPerSecond = undefined;
  strictEqual((await first.finished).code, 0);
  strictEqual((await third.finished).code, 0);
});

Deno.test({
  name: "mm pull of a file that the file system cannot hold ends with 8 before its first byte",
  ignore: WINDOWS,
  async fn() {
    await using hub = await startE2eHub();
    await using box = await openBox(hub);
    const script = `trap '' XFSZ; ulimit -f 20000; exec "$@"`;
    const stopped = await box.shell(script, ["pull", LARGE, "--json"]).finished;
    strictEqual(stopped.code, 8, stopped.stdout + stopped.stderr);
    const error = errorOf(stopped);
    match(error.message, /the file system cannot hold a file of this size/);
    match(error.hints.join("\n"), /--models-dir/);
    strictEqual(hub.bodyBytes(), 0);
  },
});

/** How a pull ends when something is done to its folder in the middle. */
async function interfere(
  act: (place: { readonly box: Sandbox; readonly folder: string }) => Promise<void>,
): Promise<{ readonly code: number; readonly error: ErrorDocument }> {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  await using running = await startCrawling(hub, box);
  const folder = join(box.modelsDir, LARGE);
  await act({ box, folder });
  const stopped = await running.finished;
  strictEqual(await exists(join(folder, LARGE_PATH)), false, "something was published");
  hub.bytesPerSecond = undefined;
  strictEqual((await box.run(["pull", LARGE])).code, 0, "the same command does not go on");
  await checkWhole(hub, join(folder, LARGE_PATH));
  return { code: stopped.code, error: errorOf(stopped) };
}

for (const what of ["the folder of partial data", "the model", "the whole library"]) {
  Deno.test({
    name: `mm pull ends in words when ${what} is deleted in the middle, and begins anew`,
    ignore: WINDOWS,
    async fn() {
      let gone = "";
      const { code, error } = await interfere(async ({ box, folder }) => {
        gone = what === "the model"
          ? folder
          : what === "the whole library"
          ? box.modelsDir
          : join(folder, ".cache");
        await rm(gone, { recursive: true, force: true, maxRetries: 20 });
      });
      strictEqual(code, 1);
      strictEqual(error.code, "FAILED");
      strictEqual(error.message, `The folder "${gone}" is gone: it was there when the download began`);
      match(error.hints.join("\n"), /same command again/);
    },
  });
}

Deno.test({
  name: "mm pull ends in words when the partial file is deleted in the middle, and begins anew",
  ignore: WINDOWS,
  async fn() {
    const { code, error } = await interfere(async ({ folder }) => {
      const cache = join(folder, ".cache");
      const part = (await readdir(cache)).find((name) => name.endsWith(".part"));
      await rm(join(cache, part ?? ""));
    });
    strictEqual(code, 1);
    match(error.message, /was deleted/);
  },
});

Deno.test("mm pull ends in words when the disk is taken away in the middle", async () => {
  await using disk = await openSmallDisk(40 * MB, "a disk that is taken away");
  if (disk === undefined) return;
  await using hub = await startE2eHub();
  await using box = await openBox(hub, { MM_MODELS_DIR: disk.path });
  await using running = await startCrawling(hub, box);
  await disk.unmount();
  const stopped = await running.finished;
  strictEqual(stopped.code, 1, stopped.stdout);
  match(errorOf(stopped).message, /The folder ".*\/disk\/acme" is gone/);
  deepStrictEqual(await filesBelow(disk.path), [], "something was written below the mount point");
});

Deno.test({
  name: "mm pull ends with 12 when the right to write is taken away in the middle, and goes on later",
  ignore: Deno.build.os !== "linux",
  async fn() {
    let problem = "";
    const chattr = async (flag: string, path: string): Promise<boolean> => {
      const { success, stderr } = await new Deno.Command("chattr", { args: [flag, path] }).output();
      problem = new TextDecoder().decode(stderr);
      return success;
    };
    await using hub = await startE2eHub();
    await using box = await openBox(hub);
    await using running = await startCrawling(hub, box);
    const cache = join(box.modelsDir, LARGE, ".cache");
    if (!await chattr("+i", cache).catch(() => false)) {
      return sayNotTested("rights that are taken away in the middle", problem);
    }
    const stopped = await running.finished.finally(() => chattr("-i", cache));
    strictEqual(stopped.code, 12, stopped.stdout);
    strictEqual(errorOf(stopped).code, "PERMISSION_ERROR");
    hub.bytesPerSecond = undefined;
    const result = resultOf(await box.run(["pull", LARGE, "--json"]));
    strictEqual(result.status, "downloaded");
    ok(result.bytesResumed > MB);
  },
});

Deno.test("mm pull never replaces a file that appears in its place meanwhile", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  await using running = await startCrawling(hub, box, TROT);
  const path = join(box.modelsDir, LARGE, LARGE_PATH);
  await writeFile(path, "mine");
  hub.bytesPerSecond = undefined;
  const stopped = await running.finished;
  strictEqual(stopped.code, 1, stopped.stdout);
  match(errorOf(stopped).message, /A different file is in the way: ".*large-Q4_K_M\.gguf"/);
  strictEqual(await readFile(path, "utf8"), "mine");
  await rename(path, `${path}.mine`);
  hub.clear();
  const again = resultOf(await box.run(["pull", LARGE, "--json"]));
  deepStrictEqual([again.status, again.bytesFetched, hub.bodyBytes()], ["downloaded", 0, 0]);
  await checkWhole(hub, path);
});

Deno.test("mm pull refuses places where no folder can be, before the first byte", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const file = await box.write("a-file", "text");
  const dangling = box.join("dangling");
  if (!WINDOWS) await symlink(box.join("nowhere", "at-all"), dangling);
  const places: readonly (readonly [place: string, message: RegExp])[] = [
    [file, /a file is where a folder was wanted/],
    [join(file, "below"), /a file is where a folder was wanted/],
    ...(WINDOWS ? [] : [[dangling, /a link that leads nowhere is where a folder was wanted/] as const]),
    [box.join("n".repeat(300)), /the name is too long for this file system/],
    [box.join(...Array.from({ length: 40 }, () => "p".repeat(100))), /the name is too long/],
  ];
  await Promise.all(places.map(async ([place, message]) => {
    for (const args of [["--models-dir", place], ["--to", place]]) {
      const refused = await box.run(["pull", TINY, "--json", ...args]);
      strictEqual(refused.code, 1, `${place} ${refused.stdout}`);
      const document = readDocument<{ error?: ErrorDocument; results?: PullResult[] }>(refused);
      match((document.error ?? document.results?.[0]?.error)?.message ?? "", message);
    }
  }));
  strictEqual(hub.bodyBytes(), 0);
  strictEqual((await stat(file)).size, 4);
});

Deno.test("mm pull into a library on a read-only disk ends with 12 before the first byte", async () => {
  await using disk = await openSmallDisk(5 * MB, "a read-only disk");
  if (disk === undefined) return;
  const remount = await new Deno.Command("mount", { args: ["-o", "remount,ro", disk.path] }).output();
  if (!remount.success) return sayNotTested("a read-only disk", new TextDecoder().decode(remount.stderr));
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  for (const args of [["--models-dir", disk.path], ["--to", join(disk.path, "to")]]) {
    const refused = await box.run(["pull", PLAIN, "--json", ...args]);
    strictEqual(refused.code, 12, refused.stdout);
    match(errorOf(refused).message, /the file system is read-only/);
  }
  strictEqual(hub.bodyBytes(), 0);
  strictEqual(await exists(dirname(disk.path)), true);
});
