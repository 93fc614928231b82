import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import type { ModelEntry } from "../../../core/library/model_entry.ts";
import { decodeRegistry } from "../../../core/library/registry_document.ts";
import { Registry } from "../../../core/library/registry.ts";
import { acquireFileLock } from "../../../core/platform/file_lock.ts";
import { scanModels } from "../../../core/library/scan.ts";
import { runDeno } from "../../support/run_deno.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

function entry(modelId: string): ModelEntry {
  const repo = modelId.split(":")[0] ?? "";
  return {
    modelId,
    modelType: "other",
    path: repo,
    status: "available",
    version: "c".repeat(40),
    sizeBytes: 0,
    downloadDate: "2025-01-01T00:00:00.000Z",
    metadata: { repo, revision: "main", commit: "c".repeat(40), quant: null, files: [] },
  };
}

function open(dir: TempDir): Registry {
  const clock = new TestClock({ autoAdvance: true });
  return new Registry({ modelsDir: dir.path, clock, scan: () => scanModels(dir.path) });
}

async function ids(registry: Registry): Promise<string[]> {
  return (await registry.read()).entries.map((each) => each.modelId);
}

Deno.test("Registry.read() is empty where nothing is, and writes nothing", async () => {
  await using dir = await makeTempDir();
  assert.deepEqual(await open(dir).read(), { entries: [], warnings: [] });
  assert.deepEqual(await readdir(dir.path), []);
});

Deno.test("Registry.read() names few of many unreadable entries", async () => {
  await using dir = await makeTempDir();
  await dir.write("registry.json", JSON.stringify({ version: 1, models: Array(22).fill({ modelId: 7 }) }));
  const { warnings: [warning = ""] } = await open(dir).read();
  assert.match(
    warning,
    /^Entry 1 of .*; Entry 2 of .*; Entry 3 of .*; and 19 more like it: put together again/,
  );
});

Deno.test("Registry.ensure() makes an empty registry, and leaves one that is there as it is", async () => {
  await using dir = await makeTempDir();
  const registry = open(dir);
  await registry.ensure();
  await dir.write("acme/m/m-Q8_0.gguf", "GGUF");
  assert.deepEqual(await registry.read(), { entries: [], warnings: [] }, "nothing has to be looked for");
  await registry.update((entries) => [...entries, entry("acme/a")]);
  const text = await readFile(registry.path, "utf8");
  await registry.ensure();
  assert.equal(await readFile(registry.path, "utf8"), text);
});

Deno.test("Registry.update() keeps the copy from before in the backup", async () => {
  await using dir = await makeTempDir();
  const registry = open(dir);
  await registry.update((entries) => [...entries, entry("acme/a")]);
  const first = await readFile(registry.path, "utf8");
  await registry.update((entries) => [...entries, entry("acme/b")]);
  assert.equal(await readFile(registry.backupPath, "utf8"), first);
  assert.deepEqual(await ids(registry), ["acme/a", "acme/b"]);
});

Deno.test("Registry.update() says whom it waits for, once it has waited for a while", async () => {
  await using dir = await makeTempDir();
  const clock = new TestClock({ autoAdvance: true });
  const said: string[] = [];
  const registry = new Registry({
    modelsDir: dir.path,
    clock,
    scan: () => scanModels(dir.path),
    lockWaitMs: 10_000,
    onWait: (message) => said.push(message),
  });
  {
    await using _lock = await acquireFileLock(registry.lockPath);
    await assert.rejects(registry.update((entries) => [...entries]), /held by process/);
  }
  assert.equal(said.length, 1);
  assert.match(said[0] ?? "", /^Waiting for process \d+ since .+, which is writing ".+registry\.json"$/);
  await registry.update((entries) => [...entries, entry("acme/a")]);
  assert.equal(said.length, 1, "a lock that is free is not waited for");
});

Deno.test("Registry.update() writes nothing when nothing changes or the change fails", async () => {
  await using dir = await makeTempDir();
  const registry = open(dir);
  await registry.update((entries) => [...entries, entry("acme/a")]);
  const before = await readFile(registry.path, "utf8");
  await registry.update((entries) => entries);
  await assert.rejects(registry.update(() => Promise.reject(new Error("no"))), /^Error: no$/);
  assert.equal(await readFile(registry.path, "utf8"), before);
  assert.ok(!(await readdir(dir.path)).includes("registry.json.backup"));
  await registry.update((entries) => [...entries, entry("acme/b")]);
  assert.deepEqual(await ids(registry), ["acme/a", "acme/b"], "the lock is free again");
});

Deno.test("Registry.read() takes the backup and what is on disk when the file is damaged, and keeps it aside", async () => {
  await using dir = await makeTempDir();
  const registry = open(dir);
  await registry.update(() => [entry("acme/a")]);
  await registry.update((entries) => [...entries, entry("acme/b")]);
  await dir.write("acme/found/m-Q8_0.gguf", "GGUF");
  await writeFile(registry.path, '{"version": 1, "models": [');
  const { entries, warnings } = await registry.read();
  assert.deepEqual(entries.map((each) => each.modelId), ["acme/a", "acme/found:Q8_0"]);
  assert.match(warnings[0] ?? "", /at line 1, .*put together again from its backup and the files on disk/);
  const aside = (await readdir(dir.path)).filter((name) => name.includes("damaged"));
  assert.equal(aside.length, 1);
  assert.equal(await readFile(dir.join(aside[0] ?? ""), "utf8"), '{"version": 1, "models": [');
  assert.deepEqual((await registry.read()).warnings, [], "it was put right");
});

Deno.test("Registry.read() rebuilds from disk when file and backup are damaged", async () => {
  await using dir = await makeTempDir();
  const registry = open(dir);
  await dir.write("acme/found/m-Q8_0.gguf", "GGUF");
  await dir.write("registry.json", "");
  await dir.write("registry.json.backup", "[]");
  assert.deepEqual(await ids(registry), ["acme/found:Q8_0"]);
});

Deno.test("Registry.read() keeps the readable entries of a file with bad ones", async () => {
  await using dir = await makeTempDir();
  const registry = open(dir);
  await dir.write("registry.json.backup", JSON.stringify({ version: 1, models: [entry("acme/old")] }));
  await dir.write(
    "registry.json",
    JSON.stringify({ version: 1, owner: "me", models: [entry("acme/a"), { bad: 1 }] }),
  );
  assert.deepEqual(await ids(registry), ["acme/a"]);
  assert.equal(JSON.parse(await readFile(registry.path, "utf8")).owner, "me");
});

Deno.test("Registry.read() takes unreadable entries from the backup, when their files are on the disk", async () => {
  await using dir = await makeTempDir();
  const registry = open(dir);
  const file = (path: string) => ({
    path,
    sizeBytes: 4,
    sha256: "a".repeat(64),
    commit: "c".repeat(40),
    downloadDate: "2025-01-01T00:00:00.000Z",
  });
  const withFile = (modelId: string, path: string): ModelEntry => {
    const made = entry(modelId);
    return { ...made, metadata: { ...made.metadata, files: [file(path)] } };
  };
  const lost = withFile("acme/lost:Q8_0", "m-Q8_0.gguf");
  const removed = withFile("acme/removed:Q8_0", "m-Q8_0.gguf");
  await dir.write("acme/lost/m-Q8_0.gguf", "GGUF");
  await dir.write("registry.json.backup", JSON.stringify({ version: 1, models: [lost, removed] }));
  await dir.write("registry.json", JSON.stringify({ version: 1, models: [entry("acme/a"), { bad: 1 }] }));
  const { entries, warnings } = await registry.read();
  assert.deepEqual(entries.map((each) => each.modelId), ["acme/a", "acme/lost:Q8_0"]);
  assert.equal(entries[1]?.metadata.files[0]?.sha256, "a".repeat(64), "the digest is not lost");
  assert.match(warnings[0] ?? "", /from its readable entries, its backup and the files on disk/);
});

Deno.test("Registry.read() keeps the entries before a cut as they were last, and takes only the others from the backup", async () => {
  await using dir = await makeTempDir();
  const file = {
    path: "m-Q8_0.gguf",
    sizeBytes: 4,
    sha256: "a".repeat(64),
    commit: "c".repeat(40),
    downloadDate: "2025-01-01T00:00:00.000Z",
  };
  const models = ["acme/a", "acme/b", "acme/c"].map((repo): ModelEntry => {
    const made = entry(`${repo}:Q8_0`);
    return { ...made, metadata: { ...made.metadata, repo, files: [file] } };
  });
  for (const { metadata } of models) await dir.write(`${metadata.repo}/m-Q8_0.gguf`, "GGUF");
  const damage: string[] = [];
  const registry = new Registry({
    modelsDir: dir.path,
    scan: () => scanModels(dir.path),
    onDamage: (message) => damage.push(message),
  });
  await registry.update(() => models);
  assert.deepEqual(damage, [], "no registry yet is no damage");
  await registry.update((entries) => entries.map((each, index) => ({ ...each, pinned: index !== 1 })));
  const text = await readFile(registry.path, "utf8");
  await writeFile(registry.path, text.slice(0, text.indexOf('"acme/b:Q8_0"')));
  const { entries } = await registry.read();
  assert.deepEqual(entries.map(({ modelId, pinned }) => [modelId, pinned]), [
    ["acme/a:Q8_0", true],
    ["acme/b:Q8_0", undefined],
    ["acme/c:Q8_0", undefined],
  ]);
  assert.equal(entries[2]?.metadata.files[0]?.sha256, "a".repeat(64), "the backup has the digest");
  assert.equal(damage.length, 1);
  assert.match(
    damage[0] ?? "",
    /put together again from its readable entries, its backup and the files on disk/,
  );
});

Deno.test("Registry tells of damage whoever puts it right, and whether or not it can be written", async () => {
  await using dir = await makeTempDir();
  for (const how of ["read", "update", "unwritable"]) {
    const damage: string[] = [];
    await dir.write("registry.json", JSON.stringify({ version: 1, models: [entry("acme/a"), { bad: 1 }] }));
    const registry = new Registry({
      modelsDir: dir.path,
      clock: new TestClock({ autoAdvance: true }),
      scan: () => scanModels(dir.path),
      lockWaitMs: 5,
      onDamage: (message) => damage.push(message),
    });
    await using _lock = how === "unwritable" ? await acquireFileLock(registry.lockPath) : undefined;
    if (how === "update") await registry.update((entries) => [...entries, entry("acme/b")]);
    else await registry.read();
    assert.equal(damage.length, 1, how);
    assert.match(damage[0] ?? "", /Entry 2 of .* cannot be read/);
  }
});

Deno.test("Registry.read() takes the backup when the file is gone", async () => {
  await using dir = await makeTempDir();
  await dir.write("registry.json.backup", JSON.stringify({ version: 1, models: [entry("acme/a")] }));
  const { entries, warnings } = await open(dir).read();
  assert.deepEqual(entries.map((each) => each.modelId), ["acme/a"]);
  assert.match(warnings[0] ?? "", /is gone/);
});

Deno.test("Registry refuses a file of a newer program and leaves it alone", async () => {
  await using dir = await makeTempDir();
  const text = JSON.stringify({ version: 7, models: [] });
  await dir.write("registry.json", text);
  const registry = open(dir);
  await assert.rejects(registry.read(), { code: "FAILED", message: /format version 7/ });
  await assert.rejects(registry.update(() => [entry("acme/a")]), { code: "FAILED" });
  assert.equal(await readFile(registry.path, "utf8"), text);
});

Deno.test("Registry.update() loses nothing when several processes and several calls write at once", async () => {
  await using dir = await makeTempDir();
  const source = new URL("../../../core/library/library.ts", import.meta.url).href;
  const script = `
    import { Library } from ${JSON.stringify(source)};
    const [modelsDir, name] = Deno.args;
    const library = new Library({ modelsDir });
    for (let round = 0; round < 10; round++) {
      await Promise.all([0, 1].map((half) => library.register({
        repo: "acme/" + name + round + "x" + half, revision: "main", commit: "c".repeat(40),
        modelType: "other", quant: undefined,
        files: [{ path: "config.json", sizeBytes: 1, digest: { algorithm: "git-sha1", hex: "b".repeat(40) } }],
      })));
    }`;
  let ended = false;
  const running = Promise.all(["a", "b", "c"].map((name) => runDeno(script, [dir.path, name])))
    .finally(() => ended = true);
  while (!ended) {
    // Who reads meanwhile sees a whole document, or none yet.
    const text = await readFile(dir.join("registry.json"), "utf8").catch(() => undefined);
    if (text !== undefined) assert.deepEqual(decodeRegistry(text, "registry.json").problems, []);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const runs = await running;
  for (const run of runs) assert.equal(run.code, 0, run.stderr);
  const found = await ids(open(dir));
  assert.equal(new Set(found).size, 60);
  const left = (await readdir(dir.path)).sort();
  assert.deepEqual(left, ["registry.json", "registry.json.backup", "registry.json.lock"], "no leftovers");
});
