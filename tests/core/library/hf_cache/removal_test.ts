import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { systemClock } from "../../../../core/base/clock.ts";
import { parseReference } from "../../../../core/base/reference.ts";
import { findHfRevisions } from "../../../../core/library/hf_cache/find_revisions.ts";
import {
  type HfRemoval,
  planHfRemoval,
  removeFromHfCache,
} from "../../../../core/library/hf_cache/removal.ts";
import { scanHfCache } from "../../../../core/library/hf_cache/scan.ts";
import { acquireFileLock } from "../../../../core/platform/file_lock.ts";
import { acquirePlainLock } from "../../../../core/platform/plain_lock.ts";
import { makeTempDir } from "../../../support/temp_dir.ts";
import { FIRST, HfCacheFixture, SECOND, sha256 } from "./hf_cache_fixture.ts";

const LINKS = { ignore: Deno.build.os === "windows" };
const MODEL = "models--acme--m";

async function remove(fixture: HfCacheFixture, text: string): Promise<HfRemoval> {
  const place = { directory: fixture.directory, clock: systemClock };
  const found = findHfRevisions(await scanHfCache(fixture.directory), parseReference(text));
  const before = await fixture.files();
  const plan = await planHfRemoval(place, [found]);
  assert.deepEqual(await fixture.files(), before, "a plan changes nothing");
  const removal = await removeFromHfCache(place, found);
  assert.deepEqual(removal, plan);
  return removal;
}

async function twoRevisions(fixture: HfCacheFixture): Promise<void> {
  await fixture.add(MODEL, FIRST, { "a.bin": "shared", "b.bin": "first" }, ["v1"]);
  await fixture.add(MODEL, SECOND, { "a.bin": "shared", "b.bin": "second!" }, ["main"]);
}

Deno.test(
  "removeFromHfCache() takes a revision with its names, and bytes that nothing else uses",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    const fixture = new HfCacheFixture(dir);
    await twoRevisions(fixture);
    await fixture.write(`${MODEL}/trees/${FIRST}.json`, "{}");
    await fixture.write(`${MODEL}/.no_exist/${FIRST}/x.txt`, "");
    const { paths, bytesFreed } = await remove(fixture, "acme/m@v1");
    assert.deepEqual([paths.length, bytesFreed], [2, 5]);
    const cache = await scanHfCache(fixture.directory);
    assert.deepEqual(cache.warnings, []);
    assert.deepEqual(cache.repos[0]?.revisions.map(({ commit }) => commit), [SECOND]);
    assert.equal(await readFile(fixture.join(MODEL, "snapshots", SECOND, "a.bin"), "utf8"), "shared");
    const text = (await fixture.files()).join("\n");
    assert.doesNotMatch(text, new RegExp(FIRST));
  },
);

Deno.test("removeFromHfCache() takes a name alone where another means the same commit", LINKS, async () => {
  await using dir = await makeTempDir();
  const fixture = new HfCacheFixture(dir);
  await fixture.add(MODEL, FIRST, { "a.bin": "12345", "b.bin": "6" }, ["main", "v1", "v2"]);
  const ref = fixture.join(MODEL, "refs", "v1");
  assert.deepEqual(await remove(fixture, "acme/m@v1"), { paths: [ref], bytesFreed: 0 });
  await assert.rejects(remove(fixture, "acme/m@v2:a.bin"), {
    code: "FAILED",
    message: /same commit as "main"/,
  });
  const [repo] = (await scanHfCache(fixture.directory)).repos;
  assert.deepEqual(repo?.revisions.map(({ refs, files }) => [refs, files.length]), [[["main", "v2"], 2]]);
  const cache = await scanHfCache(fixture.directory);
  const both = ["acme/m@v2", "acme/m@main"].map((text) => findHfRevisions(cache, parseReference(text)));
  const place = { directory: fixture.directory, clock: systemClock };
  assert.equal((await planHfRemoval(place, both)).bytesFreed, 6, "nothing means it any more");
  for (const found of both) await removeFromHfCache(place, found);
  assert.deepEqual(await fixture.files(), []);
});

Deno.test(
  "removeFromHfCache() takes single files, and a repository with the last of them",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    const fixture = new HfCacheFixture(dir);
    await twoRevisions(fixture);
    assert.equal((await remove(fixture, "acme/m:b.bin")).bytesFreed, 5 + 7);
    assert.deepEqual((await scanHfCache(fixture.directory)).warnings, []);
    assert.equal((await remove(fixture, "acme/m@main:a.bin")).bytesFreed, 0, "another revision uses it");
    assert.equal((await remove(fixture, "acme/m:a.bin")).bytesFreed, 6);
    assert.deepEqual(await fixture.files(), []);
  },
);

Deno.test("removeFromHfCache() takes a whole repository with what was not finished", LINKS, async () => {
  await using dir = await makeTempDir();
  const fixture = new HfCacheFixture(dir);
  await twoRevisions(fixture);
  await fixture.add("models--acme--other", FIRST, { "a.bin": "shared" }, ["main"]);
  await fixture.write(`${MODEL}/blobs/${"e".repeat(64)}.incomplete`, "12");
  await fixture.write(`${MODEL}/blobs/${sha256("nobody's")}`, "nobody's");
  await fixture.write(`.locks/${MODEL}/.model-manager/${"e".repeat(64)}.part`, "123");
  const { bytesFreed } = await remove(fixture, "acme/m");
  assert.equal(bytesFreed, 6 + 5 + 7 + 2 + 8 + 3);
  const cache = await scanHfCache(fixture.directory);
  assert.deepEqual([cache.repos.map(({ repo }) => repo), cache.warnings], [["acme/other"], []]);
});

Deno.test("removeFromHfCache() leaves shared bytes to those who use them", LINKS, async () => {
  await using dir = await makeTempDir();
  const fixture = new HfCacheFixture(dir);
  const hex = sha256("12345");
  for (const folder of [MODEL, "models--acme--n"]) {
    await fixture.add(folder, FIRST, { "a.bin": "12345" }, ["main"]);
  }
  const payload = await fixture.share(MODEL, hex, "ab".repeat(32));
  await fixture.share("models--acme--n", hex, "ab".repeat(32));
  assert.equal((await remove(fixture, "acme/m")).bytesFreed, 0);
  assert.equal(await readFile(`${payload}.refs`, "utf8"), `models--acme--n/blobs/${hex}\n`);
  assert.equal((await remove(fixture, "acme/n")).bytesFreed, 5);
  await assert.rejects(stat(payload));
});

Deno.test("removeFromHfCache() leaks shared bytes whose list it cannot read", LINKS, async () => {
  await using dir = await makeTempDir();
  const fixture = new HfCacheFixture(dir);
  await fixture.add(MODEL, FIRST, { "a.bin": "12345" }, ["main"]);
  const payload = await fixture.share(MODEL, sha256("12345"), "ab".repeat(32));
  await Deno.writeTextFile(`${payload}.refs`, "something/else entirely\n");
  assert.equal((await remove(fixture, "acme/m")).bytesFreed, 0);
  assert.equal(await readFile(payload, "utf8"), "12345");
});

Deno.test(
  "removeFromHfCache() touches nothing while somebody downloads into the repository",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    const fixture = new HfCacheFixture(dir);
    await twoRevisions(fixture);
    await fixture.write(`.locks/${MODEL}/x.lock`, "");
    await fixture.write(`.locks/${MODEL}/.model-manager/keep`, "");
    const before = await fixture.files();
    {
      await using _python = await acquirePlainLock(fixture.join(".locks", MODEL, "x.lock"));
      await assert.rejects(remove(fixture, "acme/m"), { code: "LOCKED", message: /by another program/ });
    }
    {
      const path = fixture.join(".locks", MODEL, ".model-manager", "01234567.lock");
      await using lock = await acquireFileLock(path);
      await assert.rejects(remove(fixture, "acme/m"), { code: "LOCKED", message: /by process \d+/ });
      await lock.discard();
    }
    assert.deepEqual(await fixture.files(), before);
  },
);

Deno.test(
  "findHfRevisions() reads branches, commits and their beginnings, and says what there is",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    const fixture = new HfCacheFixture(dir);
    await twoRevisions(fixture);
    await fixture.add(MODEL, `11${"3".repeat(38)}`, { "c.bin": "x" });
    const cache = await scanHfCache(fixture.directory);
    const find = (text: string) => findHfRevisions(cache, parseReference(text));
    const commits = (text: string) => find(text).revisions.map(({ revision }) => revision.commit);
    assert.deepEqual(commits("acme/m@v1"), [FIRST]);
    assert.deepEqual(commits(`acme/m@${SECOND}`), [SECOND]);
    assert.deepEqual(commits("ACME/M@22222"), [SECOND]);
    assert.equal(find("acme/m").isRepo, true);
    assert.deepEqual(commits("acme/m:b.bin").sort(), [FIRST, SECOND]);
    assert.throws(() => find("acme/m@v2"), { code: "NOT_FOUND", message: /has no revision "v2".*main/ });
    assert.throws(() => find("acme/m:z.bin"), { code: "NOT_FOUND" });
    assert.throws(() => find("acme/none"), { code: "NOT_FOUND" });
    await fixture.add(MODEL, `1111${"4".repeat(36)}`, { "d.bin": "y" });
    const again = await scanHfCache(fixture.directory);
    assert.throws(() => findHfRevisions(again, parseReference("acme/m@1111")), { code: "USAGE_ERROR" });
  },
);
