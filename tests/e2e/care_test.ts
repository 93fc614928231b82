/**
 * Care of the library: pins and quotas, single files removed, models put there by hand, a registry that was damaged.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { copyFile, mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { CleanupResult, PullResult, ScanReport } from "../../core/operations/model_manager.ts";
import { type E2eHub, LARGE, LARGE_PATH, startE2eHub, TINY } from "../support/e2e_hub.ts";
import {
  exists,
  type FinishedProgram,
  openSandbox,
  readDocument,
  type Sandbox,
  waitUntil,
} from "../support/run_program.ts";

interface Listed {
  readonly repo: string;
  readonly quant: string | null;
  readonly commit: string | null;
  readonly status: string;
  readonly pinned: boolean;
  readonly files: readonly { readonly path: string; readonly sha256: string | null }[];
}

function openBox(hub: E2eHub): Promise<Sandbox> {
  return openSandbox({ HF_ENDPOINT: hub.endpoint });
}

async function run(box: Sandbox, ...args: readonly string[]): Promise<FinishedProgram> {
  const finished = await box.run(args);
  strictEqual(finished.code, 0, finished.stdout + finished.stderr);
  return finished;
}

async function listed(box: Sandbox): Promise<readonly Listed[]> {
  return readDocument<{ models: Listed[] }>(await run(box, "list", "--json")).models;
}

async function names(box: Sandbox): Promise<string[]> {
  return (await listed(box)).map(({ repo, quant }) => quant === null ? repo : `${repo}:${quant}`);
}

async function pulled(box: Sandbox, ...references: readonly string[]): Promise<PullResult> {
  const [result] =
    readDocument<{ results: PullResult[] }>(await run(box, "pull", ...references, "--json")).results;
  ok(result);
  return result;
}

/** Quants of 1.4, 2.6 and 4.7 MB, used in this order. */
async function pullThree(box: Sandbox): Promise<void> {
  await run(box, "pull", `${TINY}:Q4_K_M`, `${TINY}:Q8_0`, `${TINY}:F16`);
}

const [Q4, Q8, F16] = ["Q4_K_M", "Q8_0", "F16"].map((quant) => `${TINY}:${quant}`) as [
  string,
  string,
  string,
];

Deno.test("mm cleanup --max-size deletes the models used longest ago, keeps pins, and asks first", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  await pullThree(box);
  match((await run(box, "models", "pin", Q4)).stdout, /^acme\/tiny-GGUF:Q4_K_M +pinned$/m);
  deepStrictEqual((await listed(box)).map(({ pinned }) => pinned), [true, false, false]);
  match((await run(box, "list")).stdout, /Q4_K_M .*pinned$/m);

  const asked = await box.run(["cleanup", "--max-size", "7MB"]);
  strictEqual(asked.code, 2);
  match(asked.stderr, /hint: Say so: mm cleanup --max-size 7MB --yes/);
  const planned = await run(box, "cleanup", "--max-size", "7MB", "--dry-run");
  match(planned.stdout, /^acme\/tiny-GGUF:Q8_0 +2\.60 MB/m);
  doesNotMatch(planned.stdout, /Q4_K_M|F16/);
  strictEqual((await names(box)).length, 3);

  const done = readDocument<CleanupResult>(await run(box, "cleanup", "--max-size", "7MB", "--yes", "--json"));
  deepStrictEqual(done.models.map(({ reference }) => reference), [Q8]);
  strictEqual(done.quota?.fits, true);
  ok((done.quota?.bytesAfter ?? Infinity) <= 7_000_000);
  deepStrictEqual(await names(box), [Q4, F16]);

  const tight = await run(box, "cleanup", "--max-size", "1MB", "--yes");
  match(tight.stderr, /warning: The library takes .* of the 1\.00 MB it may take: more cannot go by itself/);
  match(tight.stderr, /Q4_K_M: pinned$/m);
  match(tight.stderr, /F16: used last, and larger than that by itself$/m);
  deepStrictEqual(await names(box), [Q4, F16]);
  await run(box, "models", "unpin", Q4);
  await run(box, "cleanup", "--max-size", "1MB", "--yes");
  deepStrictEqual(await names(box), [F16]);
});

Deno.test("mm cleanup keeps models that are read, open, or being downloaded", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  await pullThree(box);
  const path = join(box.modelsDir, TINY, "tiny-Q4_K_M.gguf");
  // Somebody has read it after all others were downloaded.
  await utimes(path, new Date(Date.now() + 60_000), new Date(0));
  const { models } = readDocument<CleanupResult>(
    await run(box, "cleanup", "--max-size", "1MB", "--dry-run", "--json"),
  );
  deepStrictEqual(models.map(({ reference }) => reference), [Q8, F16]);

  await using reader = box.shell(
    `exec 3<"${join(box.modelsDir, TINY, "tiny-Q8_0.gguf")}"; echo open; exec sleep 60`,
    [],
  );
  await waitUntil("the file is open", () => reader.stdout.includes("open"));
  const open = readDocument<CleanupResult>(
    await run(box, "cleanup", "--max-size", "1MB", "--yes", "--json"),
  );
  deepStrictEqual(open.models.map(({ reference }) => reference), [F16]);
  deepStrictEqual(
    open.quota?.kept.map(({ reference, reason }) => [reference, reason]),
    [[Q8, "in-use"], [Q4, "used-last"]],
  );
  deepStrictEqual(await names(box), [Q4, Q8]);
});

Deno.test("mm pull beyond cleanup.max_total_size is refused before it fetches, or makes room where it may", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  await run(box, "config", "set", "cleanup.max_total_size", "5MB");
  await run(box, "pull", Q4, Q8);
  hub.clear();
  const refused = await box.run(["pull", F16, "--json"]);
  strictEqual(refused.code, 8, refused.stdout);
  const [result] = readDocument<{ results: PullResult[] }>(refused).results;
  strictEqual(result?.error?.code, "QUOTA_EXCEEDED");
  match(
    result?.error?.message ?? "",
    /^The library may take 5\.00 MB and takes 4\.00 MB: 4\.70 MB to download do not/,
  );
  match(result?.error?.hints.join("\n") ?? "", /mm config set cleanup\.auto true/);
  strictEqual(hub.bodyBytes(), 0);

  await run(box, "config", "set", "cleanup.auto", "true");
  await run(box, "models", "pin", Q8);
  const pinned = await box.run(["pull", F16]);
  strictEqual(pinned.code, 8);
  match(pinned.stderr, /even without the models that may go \(what stays: 1 pinned\)/);
  deepStrictEqual(await names(box), [Q4, Q8], "nothing is deleted when it does not help");
  strictEqual(hub.bodyBytes(), 0);

  await run(box, "models", "unpin", Q8);
  const dry = await run(box, "pull", F16, "--dry-run");
  match(dry.stderr, /this would go: acme\/tiny-GGUF:Q4_K_M, acme\/tiny-GGUF:Q8_0/);
  deepStrictEqual(await names(box), [Q4, Q8]);
  const made = await run(box, "pull", F16);
  match(made.stderr, /4\.00 MB were deleted: acme\/tiny-GGUF:Q4_K_M, acme\/tiny-GGUF:Q8_0/);
  deepStrictEqual(await names(box), [F16]);
});

Deno.test("mm list --scan adopts what was put there by hand, and a pull of it fetches nothing", async () => {
  await using hub = await startE2eHub();
  await using other = await openBox(hub);
  await using box = await openBox(hub);
  await run(other, "pull", F16, `${TINY}:config.json`, Q8);
  const paths = (await readdir(join(other.modelsDir, TINY))).filter((name) => !name.startsWith("."));
  for (const path of paths) {
    const to = join(box.modelsDir, TINY, path);
    await mkdir(dirname(to), { recursive: true });
    await copyFile(join(other.modelsDir, TINY, path), to);
  }
  await box.write("home/models/mine/tune/model-00001-of-00001.safetensors", "my own weights");
  await box.write("home/models/mine/tune/README.md", "---\npipeline_tag: text-to-image\n---\n# Mine\n");
  const found = await run(box, "list", "--scan");
  match(found.stderr, /^Adopted acme\/tiny-GGUF:F16: 3 files, 4\.70 MB$/m);
  match(found.stdout, /^mine\/tune .* text-to-image +available/m);
  const models = await listed(box);
  deepStrictEqual(
    models.map(({ status, commit }) => [status, commit]),
    models.map(() => ["available", null]),
  );
  strictEqual(models.flatMap(({ files }) => files).every(({ sha256 }) => sha256 !== null), true);
  strictEqual((await run(box, "verify", "--offline")).code, 0);
  match((await run(box, "list", "--scan")).stderr, /^Nothing new was found in the library$/m);

  // Nobody has said where they are from; the Hub has them, though.
  await rm(join(box.modelsDir, TINY, "tiny-Q8_0.gguf"));
  await rm(join(box.modelsDir, TINY, "config.json"));
  await rm(join(box.modelsDir, "mine", "tune", "README.md"));
  const repaired = await box.run(["verify", "--repair", "--json"]);
  strictEqual(repaired.code, 3, repaired.stderr);
  const { files } = readDocument<{ files: { path: string; status: string; error?: { message: string } }[] }>(
    repaired,
  );
  const bad = files.filter(({ status }) => status !== "ok" && status !== "unproved");
  deepStrictEqual(bad.map(({ path, status }) => [basename(path), status]).sort(), [
    ["README.md", "missing"],
    ["config.json", "repaired"],
    ["tiny-Q8_0.gguf", "repaired"],
  ]);
  match(
    bad.find(({ error }) => error !== undefined)?.error?.message ?? "",
    /Nobody knows where "README\.md"/,
  );
  await box.write("home/models/mine/tune/README.md", "---\npipeline_tag: text-to-image\n---\n# Mine\n");
  hub.clear();
  for (const reference of [F16, Q8, `${TINY}:config.json`]) {
    const result = await pulled(box, reference);
    deepStrictEqual([result.status, result.bytesFetched], ["present", 0]);
  }
  strictEqual(hub.bodyBytes(), 0);
  const commit = await hub.commit(TINY);
  deepStrictEqual(
    (await listed(box)).filter(({ repo }) => repo === TINY).map((model) => model.commit),
    (await listed(box)).filter(({ repo }) => repo === TINY).map(() => commit),
  );

  // Bytes of one's own are nothing that a pull may replace.
  await box.write(`home/models/${LARGE}/${LARGE_PATH}`, "mine");
  await rm(join(box.modelsDir, "mine", "tune", "model-00001-of-00001.safetensors"));
  const second = await run(box, "list", "--scan", "--json");
  const { scan } = readDocument<{ scan: ScanReport }>(second);
  deepStrictEqual(scan.adopted.map(({ reference }) => reference), [`${LARGE}:Q4_K_M`]);
  deepStrictEqual(scan.vanished.map(({ reference, isGone }) => [reference, isGone]), [["mine/tune", false]]);
  const refused = await box.run(["pull", LARGE]);
  strictEqual(refused.code, 1, refused.stderr);
  match(refused.stderr, /A different file is in the way of "large-Q4_K_M\.gguf"/);
  strictEqual(await readFile(join(box.modelsDir, LARGE, LARGE_PATH), "utf8"), "mine");
});

Deno.test("mm remove takes single files, keeps what others need, and names what is near", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  await run(box, "pull", Q4, Q8, "--with-mmproj");
  const projector = join(box.modelsDir, TINY, "mmproj-tiny-F16.gguf");
  const near = await box.run(["remove", `${TINY}:tiny-Q4_K_S.gguf`, "--yes"]);
  strictEqual(near.code, 3);
  match(near.stderr, /hint: There is: .*acme\/tiny-GGUF:tiny-Q4_K_M\.gguf/);

  const one = await run(box, "remove", Q8, "--yes");
  match(one.stderr, /^Freed 2\.60 MB$/m);
  strictEqual(await exists(projector), true, "the other quant needs it");

  const asked = await box.run(["remove", `${TINY}:mmproj-tiny-F16.gguf`]);
  strictEqual(asked.code, 2);
  match(asked.stderr, /^acme\/tiny-GGUF:mmproj-tiny-F16\.gguf: 1 file, 400 kB$/m);
  match(asked.stderr, /^error: Nobody can be asked whether to remove 1 file, 400 kB$/m);
  const file = await run(box, "remove", `${TINY}:mmproj-tiny-F16.gguf`, "--yes", "--json");
  deepStrictEqual(readDocument<{ bytesFreed: number }>(file).bytesFreed, 400_000);
  strictEqual(await exists(projector), false);
  deepStrictEqual((await listed(box)).map(({ files, status }) => [files.map(({ path }) => path), status]), [
    [["tiny-Q4_K_M.gguf"], "available"],
  ]);
  await run(box, "remove", `${TINY}:tiny-Q4_K_M.gguf`, "--yes");
  deepStrictEqual(await names(box), []);
  strictEqual(await exists(join(box.modelsDir, "acme")), false, "empty folders go");
});

Deno.test("mm remove of what is being downloaded is LOCKED, names the owner, and deletes nothing", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  await run(box, "pull", Q4);
  hub.bytesPerSecond = 100_000;
  await using pulling = box.start(["pull", LARGE]);
  const folder = join(box.modelsDir, LARGE, ".cache");
  await waitUntil("it is noted what has arrived", async () => {
    const files = await readdir(folder).catch(() => []);
    return files.some((name) => name.endsWith(".journal"));
  });
  const refused = await box.run(["remove", Q4, LARGE, "--yes"]);
  strictEqual(refused.code, 10, refused.stderr);
  match(
    refused.stderr,
    new RegExp(`error: Cannot remove "${LARGE}:Q4_K_M": .*${pulling.pid}.* is downloading it`),
  );
  ok((await names(box)).includes(Q4), "nothing of it is done");
});

Deno.test("a damaged registry is put right from its backup and the disk, said, and kept aside", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  await run(box, "pull", Q4);
  await run(box, "pull", Q8);
  const path = join(box.modelsDir, "registry.json");
  const torn = (await readFile(path, "utf8")).slice(0, 700);
  await writeFile(path, torn);
  const said = await run(box, "list");
  match(said.stderr, /warning: .*registry\.json.*put together again from its backup and the files on disk/);
  match(said.stdout, /^acme\/tiny-GGUF:Q4_K_M /m);
  match(said.stdout, /^acme\/tiny-GGUF:Q8_0 /m);
  const aside = (await readdir(box.modelsDir)).filter((name) => name.startsWith("registry.json.damaged-"));
  strictEqual(aside.length, 1);
  strictEqual(await readFile(join(box.modelsDir, aside[0] ?? ""), "utf8"), torn);
  doesNotMatch((await run(box, "list")).stderr, /put together/);
  // What came from the disk alone gets its digest back, and its commit from the next pull.
  match((await run(box, "list", "--scan")).stderr, /Adopted acme\/tiny-GGUF:Q8_0/);
  strictEqual((await run(box, "verify", "--offline")).code, 0);
  strictEqual((await pulled(box, Q8)).status, "present");
});
