import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import type { VerifyEvent } from "../../../core/library/file_work.ts";
import { scanLibrary, type ScanReport } from "../../../core/operations/scan.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { openOperations, type OperationFixture } from "./operation_fixture.ts";

async function scan(
  { context }: OperationFixture,
  onEvent: (event: VerifyEvent) => void = () => {},
): Promise<ScanReport> {
  const generator = scanLibrary(context);
  for (;;) {
    const next = await generator.next();
    if (next.done === true) return next.value;
    onEvent(next.value);
  }
}

Deno.test("scanLibrary() hashes and registers what was put there by hand, and changes nothing of it", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  await fixture.files.add("acme/m", { "m-Q8_0.gguf": "8" });
  const path = await dir.write("acme/m/m-Q4_0.gguf", "four");
  await dir.write("mine/tune/model.safetensors", "weights");
  await dir.write("mine/tune/README.md", "---\npipeline_tag: text-to-image\n---\n");
  const before = await stat(path);
  const events: VerifyEvent[] = [];
  const report = await scan(fixture, (event) => events.push(event));
  assert.deepEqual(report.adopted.map(({ reference, sizeBytes }) => [reference, sizeBytes]).sort(), [
    ["acme/m:Q4_0", 4],
    ["mine/tune", 7 + 36],
  ]);
  assert.deepEqual([report.vanished, report.problems], [[], []]);
  assert.ok(events.every(({ type, overall }) => type === "hashing" && overall?.files === 3));
  const sha256 = createHash("sha256").update("four").digest("hex");
  assert.equal((await fixture.files.entry("acme/m:Q4_0")).metadata.files[0]?.sha256, sha256);
  assert.equal((await fixture.files.entry("mine/tune")).modelType, "text-to-image");
  const after = await stat(path);
  assert.deepEqual([after.mtimeMs, after.ino, await readFile(path, "utf8")], [
    before.mtimeMs,
    before.ino,
    "four",
  ]);
  assert.deepEqual((await scan(fixture)).adopted, []);
});

Deno.test("scanLibrary() does not adopt what is being written, and goes on", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const path = await dir.write("acme/copy/copy-Q8_0.gguf", "half");
  await dir.write("acme/whole/whole-Q8_0.gguf", "whole");
  const { machinery } = fixture.context;
  const context = {
    ...fixture.context,
    machinery() {
      const { pool, limiter } = machinery();
      const hashFile: typeof pool.hashFile = async (request, options) => {
        if (request.path === path) await writeFile(path, "half and more");
        return await pool.hashFile(request, options);
      };
      const grows = Object.create(pool, { hashFile: { value: hashFile }, slots: { value: pool.slots } });
      return { pool: grows as typeof pool, limiter };
    },
  };
  const report = await scan({ ...fixture, context });
  assert.deepEqual(report.adopted.map(({ reference }) => reference), ["acme/whole:Q8_0"]);
  assert.match(report.problems[0]?.message ?? "", /was being written while it was looked at/);
  assert.match(report.problems[0]?.hints[0] ?? "", /mm list --scan/);
});

Deno.test("scanLibrary() notices what is gone, and needs no right to write for it", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  await fixture.files.add("acme/m", { "m-Q8_0.gguf": "8", "config.json": "{}" });
  await fixture.files.add("acme/n", { "n-Q8_0.gguf": "8" });
  await rm(dir.join("acme", "m", "config.json"));
  await rm(dir.join("acme", "n"), { recursive: true });
  const before = await readFile(dir.join("registry.json"), "utf8");
  const { vanished } = await scan(fixture);
  assert.deepEqual(vanished.map(({ reference, paths, isGone }) => [reference, paths.length, isGone]), [
    ["acme/m:Q8_0", 1, false],
    ["acme/n:Q8_0", 1, true],
  ]);
  assert.equal(await readFile(dir.join("registry.json"), "utf8"), before);
});
