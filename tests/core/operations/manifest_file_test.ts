import assert from "node:assert/strict";
import { readdir, readFile, rm } from "node:fs/promises";
import { systemClock } from "../../../core/base/clock.ts";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { loadLock, lockPathOf, ManifestFiles } from "../../../core/operations/manifest_file.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";

const TEXT = '{\n  "models": [\n    { "name": "acme/a" } // one\n  ]\n}\n';

function openFiles(dir: TempDir, notices: string[] = []): ManifestFiles {
  return new ManifestFiles({
    configDir: dir.join("config"),
    stateDir: dir.join("state"),
    clock: systemClock,
    onNotice: (message) => notices.push(message),
  });
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => isModelManagerError(error) && error.code === code;
}

Deno.test("ManifestFiles.load() tells a missing manifest from a broken one, and names every mistake", async () => {
  await using dir = await makeTempDir();
  const files = openFiles(dir);
  const path = dir.join("models.json");
  await assert.rejects(files.load(path), hasCode("NOT_FOUND"));
  await dir.write("models.json", '{ "models": [{ "name": 1 }, { "name": "acme/a", "enabled": 2 }] }');
  await assert.rejects(files.load(path), (error) => {
    assert.ok(isModelManagerError(error) && error.cause instanceof Error);
    assert.equal(error.code, "CONFIG_INVALID");
    assert.equal(error.message, `Cannot use "${path}": 2 mistakes`);
    assert.match(error.cause.message, /^line 1, column 24: models\[0\]\.name: /);
    return true;
  });
});

Deno.test("ManifestFiles.locate() takes what is named, and the configuration directory's where the working directory has none", async () => {
  await using dir = await makeTempDir();
  const files = openFiles(dir);
  assert.equal(await files.locate(dir.join("own.json")), dir.join("own.json"));
  const own = await dir.write("config/models.json", TEXT);
  assert.equal(await files.locate(undefined), own);
});

Deno.test("ManifestFiles.load() keeps what was good last when it is asked to, and says so once for each mistake", async () => {
  await using dir = await makeTempDir();
  const notices: string[] = [];
  const files = openFiles(dir, notices);
  const path = await dir.write("models.json", TEXT);
  const good = await files.load(path, { keepGood: true });
  await dir.write("models.json", TEXT.slice(0, 30));
  const kept = await files.load(path, { keepGood: true });
  assert.equal(kept.manifest, good.manifest);
  assert.match(kept.outdated ?? "", /^Cannot use .*models\.json": line/);
  assert.equal((await files.load(path, { keepGood: true })).manifest, good.manifest);
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? "", /models\.json": line \d+, column \d+: .*stays in force as it was before/);
  await assert.rejects(files.load(path), hasCode("CONFIG_INVALID"));
  await rm(path);
  assert.equal((await files.load(path, { keepGood: true })).manifest, good.manifest);
  assert.equal(notices.length, 2);
  await dir.write("models.json", TEXT.replace("acme/a", "acme/b"));
  const { manifest, outdated } = await files.load(path, { keepGood: true });
  assert.deepEqual([manifest.models[0]?.name, outdated], ["acme/b", undefined]);
  await dir.write("models.json", "{");
  await files.load(path, { keepGood: true });
  assert.equal(notices.length, 3, "good again, so the next mistake is said again");
});

Deno.test("ManifestFiles.load() knows what was good last also in the next process, but only of that manifest", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("models.json", TEXT);
  await openFiles(dir).load(path, { keepGood: true });
  await dir.write("models.json", TEXT.slice(0, 30));
  const notices: string[] = [];
  const next = openFiles(dir, notices);
  const { manifest, outdated } = await next.load(path, { keepGood: true });
  assert.equal(manifest.models[0]?.name, "acme/a");
  assert.ok(outdated !== undefined);
  assert.equal(notices.length, 1);
  await assert.rejects(next.load(path), hasCode("CONFIG_INVALID"));
  await assert.rejects(next.load(dir.join("other.json"), { keepGood: true }), hasCode("NOT_FOUND"));
  assert.deepEqual((await readdir(dir.path)).sort(), ["models.json", "state"], "nothing lies beside it");
});

Deno.test("ManifestFiles.change() loses no change of many at once, and leaves a broken file as it is", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("models.json", TEXT);
  const names = Array.from({ length: 12 }, (_, index) => `acme/m${index}`);
  await Promise.all(
    names.map((name) => openFiles(dir).change(path, () => [{ kind: "add", fields: { name } }])),
  );
  const { manifest } = await openFiles(dir).load(path);
  assert.deepEqual(manifest.models.map(({ name }) => name).sort(), ["acme/a", ...names].sort());
  assert.match(await readFile(path, "utf8"), /\/\/ one/);
  await dir.write("models.json", "{ broken");
  await assert.rejects(openFiles(dir).change(path, () => []), hasCode("CONFIG_INVALID"));
  assert.equal(await readFile(path, "utf8"), "{ broken");
});

Deno.test("ManifestFiles.change() writes nothing that could not be read again", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("models.json", TEXT);
  const change = openFiles(dir).change(
    path,
    () => [{ kind: "add", fields: { name: "acme/b", priority: "soon" } }],
  );
  await assert.rejects(change, hasCode("USAGE_ERROR"));
  assert.equal(await readFile(path, "utf8"), TEXT);
});

Deno.test("the lock lies beside the manifest; a missing and a damaged one are told apart", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("models.json");
  assert.equal(lockPathOf(path), dir.join("models.lock.json"));
  assert.equal(lockPathOf(dir.join("team")), dir.join("team.lock.json"));
  await assert.rejects(loadLock(path), hasCode("NOT_FOUND"));
  await dir.write("models.lock.json", '{ "version": 1, "models": [{}] }');
  await assert.rejects(loadLock(path), hasCode("CONFIG_INVALID"));
});
