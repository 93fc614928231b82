import assert from "node:assert/strict";
import { link } from "node:fs/promises";
import { gatherCleanupFacts } from "../../../core/library/cleanup_facts.ts";
import { gatherQuotaModels } from "../../../core/library/quota_facts.ts";
import type { QuotaModel } from "../../../core/library/quota_plan.ts";
import { acquireFileLock } from "../../../core/platform/file_lock.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { LibraryFixture } from "./library_fixture.ts";

async function gather(dir: TempDir, wanted?: ReadonlySet<string>): Promise<Map<string, QuotaModel>> {
  const { library } = new LibraryFixture(dir);
  const { folders } = await gatherCleanupFacts({ modelsDir: dir.path, ownFolders: [] });
  const entries = await library.entries();
  const models = await gatherQuotaModels({ modelsDir: dir.path, entries, folders, wanted });
  return new Map(models.map((model) => [model.modelId, model]));
}

Deno.test("gatherQuotaModels() tells what models take, when they were used, and why they may not go", async () => {
  await using dir = await makeTempDir();
  const fixture = new LibraryFixture(dir);
  for (const name of ["a", "b", "c", "d"]) {
    await fixture.add(`acme/${name}`, { "m-Q8_0.gguf": name.repeat(5000) });
  }
  await fixture.library.setPinned(["acme/a:Q8_0"], true);
  await dir.write("mine/own/own-Q8_0.gguf", "own");
  await Deno.remove(dir.join("registry.json.lock"));
  const read = new Date(Date.now() + 86_400_000);
  await Deno.utime(dir.join("acme", "d", "m-Q8_0.gguf"), read, new Date(0));
  await dir.write("acme/b/.cache/0a1b2c3d.claim", "{}");
  await using _lock = await acquireFileLock(dir.join("acme", "b", ".cache", "0a1b2c3d.lock"));
  const models = await gather(dir, new Set(["acme/c:Q8_0"]));
  const keeps = [...models].map(([modelId, { keep }]) => [modelId, keep]).sort();
  assert.deepEqual(keeps, [
    ["acme/a:Q8_0", "pinned"],
    ["acme/b:Q8_0", "in-use"],
    ["acme/c:Q8_0", "wanted"],
    ["acme/d:Q8_0", undefined],
  ]);
  const bytes = models.get("acme/d:Q8_0")?.files.map((file) => file.bytes);
  assert.deepEqual(bytes, [5000]);
  assert.equal(models.get("acme/d:Q8_0")?.lastUsedAt, read.toISOString());
});

Deno.test("gatherQuotaModels() counts nothing for what has another name, and keeps what was found on the disk", async () => {
  await using dir = await makeTempDir();
  const fixture = new LibraryFixture(dir);
  await dir.write("mine/own/own-Q8_0.gguf", "own");
  await fixture.library.entries();
  await fixture.add("acme/a", { "m-Q8_0.gguf": "12345", "gone.json": "{}" });
  await link(dir.join("acme", "a", "m-Q8_0.gguf"), dir.join("elsewhere.gguf"));
  await Deno.remove(dir.join("acme", "a", "gone.json"));
  const models = await gather(dir);
  assert.equal(models.get("mine/own:Q8_0")?.keep, "unknown-source");
  assert.deepEqual(models.get("acme/a:Q8_0")?.files.map(({ bytes }) => bytes), [0]);
});
