import assert from "node:assert/strict";
import { lstat, readFile, rm, writeFile } from "node:fs/promises";
import type { ModelInfo } from "../../../core/hub/model.ts";
import { wireHfCache } from "../../../core/operations/hf_cache_wiring.ts";
import { gatherFacts } from "../../../core/operations/pull_facts.ts";
import { type PullTarget, pullTarget } from "../../../core/operations/pull_target.ts";
import { plainModelInfo } from "../../support/model_info.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { FIRST, HfCacheFixture, SECOND, sha256 } from "../library/hf_cache/hf_cache_fixture.ts";
import { openOperations, type OperationFixture } from "./operation_fixture.ts";

const LINKS = { ignore: Deno.build.os === "windows" };
const NAME = "m-Q8_0.gguf";
const MODEL = "models--acme--m";

function info(data: string): ModelInfo {
  const digest = { algorithm: "sha256" as const, hex: sha256(data) };
  return plainModelInfo({ commit: FIRST, files: [{ path: NAME, sizeBytes: data.length, digest }] });
}

async function atTarget(fixture: OperationFixture, place: PullTarget, data: string): Promise<string> {
  const digest = { algorithm: "sha256" as const, hex: sha256(data) };
  const file = { path: NAME, sizeBytes: data.length, digest };
  const signal = new AbortController().signal;
  return (await gatherFacts(fixture.context, { file, target: place, signal, force: true })).atTarget;
}

function openCache(fixture: OperationFixture): HfCacheFixture {
  const cache = new HfCacheFixture(fixture.files.dir);
  Object.assign(cache, { directory: fixture.context.hfCache.directory });
  return cache;
}

Deno.test(
  "pullTarget() knows in the cache what is there by its bytes, whatever their name says",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    using fixture = openOperations(dir);
    const cache = openCache(fixture);
    const place = pullTarget(fixture.context, { info: info("12345"), to: "hf-cache" });
    assert.equal(await atTarget(fixture, place, "12345"), "nothing");
    await cache.add(MODEL, SECOND, { [NAME]: "12345" });
    assert.equal(await atTarget(fixture, place, "12345"), "same", "the bytes are there for another revision");
    const blob = cache.join(MODEL, "blobs", sha256("12345"));
    await writeFile(blob, "123x5");
    assert.equal(await atTarget(fixture, place, "12345"), "older", "they are replaced without asking");
    await writeFile(blob, "12345");
    assert.equal(await atTarget(fixture, place, "12345"), "same");
    await place.register([{
      path: NAME,
      sizeBytes: 5,
      digest: { algorithm: "sha256", hex: sha256("12345") },
      hasPieces: false,
    }], undefined);
    assert.equal(await readFile(place.pathOf(NAME), "utf8"), "12345");
    assert.equal((await lstat(place.pathOf(NAME))).isSymbolicLink(), true);
    assert.equal(await readFile(cache.join(MODEL, "refs", "main"), "utf8"), FIRST);
    await rm(place.pathOf(NAME));
    await writeFile(place.pathOf(NAME), "12345");
    assert.equal(await atTarget(fixture, place, "12345"), "same");
    await writeFile(place.pathOf(NAME), "wrong");
    assert.equal(await atTarget(fixture, place, "12345"), "foreign");
  },
);

Deno.test("pullTarget() of the cache gathers where other programs do not look, and tries all that it needs", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const place = pullTarget(fixture.context, { info: info("12345"), to: "hf-cache" });
  assert.match(
    place.partialFolder.replaceAll("\\", "/"),
    /\/hub\/\.locks\/models--acme--m\/\.model-manager$/,
  );
  await place.prepare([NAME]);
  await assert.rejects(lstat(fixture.context.hfCache.directory), "nothing stays of the attempt");
  await dir.write("hf/hub/models--acme--m", "a file");
  await assert.rejects(place.prepare([NAME]), { code: "FAILED" });
});

Deno.test(
  "hfCache.verify() hashes what several revisions share once, by the blobs' own names",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    using fixture = openOperations(dir);
    const cache = openCache(fixture);
    await cache.add(MODEL, FIRST, { "a.bin": "shared", "b.bin": "first" }, ["main"]);
    await cache.add(MODEL, SECOND, { "a.bin": "shared" });
    await cache.write(`${MODEL}/snapshots/${SECOND}/real.txt`, "x");
    await cache.write(`${MODEL}/blobs/${sha256("first")}`, "fIrst");
    const run = wireHfCache(fixture.context).verify();
    for (let next = await run.next();; next = await run.next()) {
      if (!next.done) continue;
      const files = next.value.map(({ path, status }) => `${path.split(/[\\/]/).at(-1)} ${status}`).sort();
      assert.deepEqual(files, ["a.bin ok", "b.bin corrupt", "real.txt unproved"]);
      break;
    }
  },
);

Deno.test(
  "hfCache.planRemove() tells of each reference what goes with it, and remove() does the same",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    using fixture = openOperations(dir);
    const cache = openCache(fixture);
    const access = wireHfCache(fixture.context);
    await cache.add(MODEL, FIRST, { "a.bin": "shared", "b.bin": "first" }, ["v1"]);
    await cache.add(MODEL, SECOND, { "a.bin": "shared", "b.bin": "second!" }, ["main"]);
    const references = ["acme/m@v1", "acme/m@main:b.bin", "acme/m@main"];
    const plan = await access.planRemove(references);
    assert.deepEqual(plan.removed.map(({ bytesFreed, isPart }) => [bytesFreed, isPart]), [
      [5, false],
      [7, true],
      [6, false],
    ]);
    const done = await access.remove(references);
    assert.deepEqual(done, plan);
    assert.deepEqual(await cache.files(), []);
    await assert.rejects(access.remove(["acme/m"]), { code: "NOT_FOUND" });
  },
);

Deno.test("hfCache.planCleanup() refuses an age that is none", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const access = wireHfCache(fixture.context);
  await assert.rejects(access.planCleanup({ olderThanMs: -1 }), { code: "USAGE_ERROR" });
  assert.deepEqual((await access.planCleanup()).removed, []);
});
