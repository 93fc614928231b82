import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { isModelManagerError } from "../../../core/base/errors.ts";
import {
  addToManifest,
  listManifest,
  removeFromManifest,
  updateManifest,
} from "../../../core/operations/manifest.ts";
import { type ManifestAccess, openStates } from "../../../core/operations/manifest_access.ts";
import { ManifestFiles } from "../../../core/operations/manifest_file.ts";
import { partialFolder } from "../../../core/library/layout.ts";
import { announceRun } from "../../../core/operations/run_claim.ts";
import { planPrune } from "../../../core/operations/sync_prune.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { openOperations, type OperationFixture } from "./operation_fixture.ts";

interface Fixture extends Disposable {
  readonly access: ManifestAccess;
  readonly operations: OperationFixture;
  readonly choice: { readonly manifest: string };
}

async function open(dir: TempDir, models: readonly object[]): Promise<Fixture> {
  const operations = openOperations(dir);
  const { context } = operations;
  const kv = await Deno.openKv(":memory:");
  const manifest = await dir.write("work/models.json", JSON.stringify({ models }, undefined, 2));
  const files = new ManifestFiles({
    configDir: dir.join("config"),
    stateDir: dir.join("state"),
    clock: context.clock,
    onNotice: (message) => context.notices.emit(message),
  });
  return {
    access: { context, files, openStore: () => Promise.resolve(kv) },
    operations,
    choice: { manifest },
    [Symbol.dispose]() {
      kv.close();
      operations[Symbol.dispose]();
    },
  };
}

async function list({ access, choice }: Fixture): Promise<string[]> {
  const { models } = await listManifest(access, choice);
  return models.map(({ name, status, local }) => `${name} ${status} ${local}`);
}

Deno.test("listManifest() takes what the store knows over the file, and what is gone from the library for pending", async () => {
  await using dir = await makeTempDir();
  using fixture = await open(dir, [
    { name: "acme/a", status: "failed" },
    { name: "acme/b", status: "completed" },
    { name: "acme/c", status: "failed" },
    { name: "acme/d" },
  ]);
  const { access, choice, operations } = fixture;
  await operations.files.add("acme/a", { "a.bin": "a" });
  const states = await openStates(access, choice.manifest);
  const changedAt = "2025-01-01T00:00:00.000Z";
  await states.set("acme/a", { status: "completed", changedAt });
  await states.set("acme/d", { status: "failed", changedAt, error: { code: "GATED", message: "Closed" } });
  assert.deepEqual(await list(fixture), [
    "acme/a completed true",
    "acme/b pending false",
    "acme/c failed false",
    "acme/d failed false",
  ]);
  const failed = await listManifest(access, { ...choice, status: "failed" });
  assert.deepEqual(failed.models.map(({ error }) => error?.code), [undefined, "GATED"]);
});

Deno.test("addToManifest() adds each model once, in whatever form it is named, and gives the fields to those that are there", async () => {
  await using dir = await makeTempDir();
  using fixture = await open(dir, [{ name: "acme/a", tags: ["x"] }]);
  const { access, choice } = fixture;
  const names = ["acme/a", "hf://acme/b@v1/b.gguf", "acme/b@v1:b.gguf"];
  const { models, created } = await addToManifest(access, names, { fields: { addTags: ["y"] }, choice });
  assert.equal(created, false);
  assert.deepEqual(models, [
    { name: "acme/a", change: "updated" },
    { name: "acme/b@v1:b.gguf", change: "added" },
  ]);
  const again = await addToManifest(access, names, { fields: {}, choice });
  assert.deepEqual(again.models.map(({ change }) => change), ["unchanged", "unchanged"]);
  const listed = await listManifest(access, { ...choice, tags: ["Y"] });
  assert.deepEqual(listed.models.map(({ tags }) => tags), [["x", "y"], ["y"]]);
});

Deno.test("addToManifest() makes the file, removeFromManifest() forgets what was known", async () => {
  await using dir = await makeTempDir();
  using fixture = await open(dir, []);
  const choice = { manifest: dir.join("new/models.json") };
  const { access } = fixture;
  assert.ok((await addToManifest(access, ["acme/a"], { fields: { priority: "high" }, choice })).created);
  const states = await openStates(access, choice.manifest);
  await states.set("acme/a", { status: "failed", changedAt: "2025-01-01T00:00:00.000Z" });
  await removeFromManifest(access, ["acme/a"], choice);
  await addToManifest(access, ["acme/a"], { fields: {}, choice });
  assert.deepEqual((await listManifest(access, choice)).models.map(({ status }) => status), ["pending"]);
});

Deno.test("updateManifest() means all models of a repository by its name, and gives a new name to one only", async () => {
  await using dir = await makeTempDir();
  using fixture = await open(dir, [{ name: "acme/a:Q4_K_M" }, { name: "acme/a:Q8_0" }, { name: "acme/b" }]);
  const { access, choice } = fixture;
  const update = (name: string, changes: Parameters<typeof updateManifest>[2]["changes"]) =>
    updateManifest(access, [name], { changes, choice });
  assert.deepEqual((await update("ACME/a", { enabled: false })).models.map(({ name }) => name), [
    "acme/a:Q4_K_M",
    "acme/a:Q8_0",
  ]);
  await assert.rejects(
    update("acme/a", { name: "acme/c" }),
    (error) => isModelManagerError(error) && error.code === "USAGE_ERROR",
  );
  assert.deepEqual((await update("acme/a:Q8_0", { name: "acme/a:F16", description: "big" })).models, [
    { name: "acme/a:F16", change: "updated" },
  ]);
  assert.match(
    await readFile(choice.manifest, "utf8"),
    /"name": "acme\/a:F16",\s+"enabled": false,\s+"description": "big"/,
  );
  await assert.rejects(
    update("acme/a:F61", { enabled: true }),
    (error) =>
      isModelManagerError(error) && error.code === "NOT_FOUND" && /acme\/a:F16/.test(error.hints[0] ?? ""),
  );
  const passed = await updateManifest(access, ["acme/none"], {
    changes: { pinned: true },
    choice: { manifest: dir.join("none.json"), ifThere: true },
  });
  assert.deepEqual(passed.models, []);
});

Deno.test("planPrune() proposes what is not listed, and nothing pinned, by hand, or of another name", async () => {
  await using dir = await makeTempDir();
  using fixture = await open(dir, [{ name: "acme/a:a.bin" }, { name: "acme/off", enabled: false }]);
  const { access, choice, operations: { files, context } } = fixture;
  for (const repo of ["acme/a", "acme/off", "acme/old", "acme/pinned", "acme/renamed"]) {
    await files.add(repo, { "a.bin": repo });
  }
  await context.library.setPinned(["acme/pinned:a.bin"], true);
  const { manifest } = await access.files.load(choice.manifest);
  const keepPaths = [dir.join("acme/renamed/a.bin")];
  const planned = await planPrune(context, manifest.models, { keepPaths });
  assert.deepEqual(planned.map(({ reference, paths }) => [reference, paths]), [
    ["acme/old:a.bin", [dir.join("acme/old/a.bin")]],
  ]);
});

Deno.test("listManifest() takes nobody's word for it that a model is being fetched: a lock has to hold", async () => {
  await using dir = await makeTempDir();
  using fixture = await open(dir, [
    { name: "acme/a", status: "downloading" },
    { name: "acme/b", status: "downloading" },
    { name: "acme/c" },
  ]);
  const { access, choice, operations: { context, files } } = fixture;
  await files.add("acme/b", { "b.bin": "b" });
  const states = await openStates(access, choice.manifest);
  await states.set("acme/c", { status: "downloading", changedAt: "2025-01-01T00:00:00.000Z" });
  assert.deepEqual(await list(fixture), [
    "acme/a pending false",
    "acme/b completed true",
    "acme/c pending false",
  ]);
  const folder = partialFolder({ modelsDir: context.library.modelsDir, repo: "acme/c" });
  {
    await using _run = await announceRun(context, { folder, id: "0123abcd", files: [] });
    assert.equal((await list(fixture))[2], "acme/c downloading false");
  }
  assert.equal((await list(fixture))[2], "acme/c pending false");
});
