import assert from "node:assert/strict";
import { mkdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { systemClock } from "../../../../core/base/clock.ts";
import { parseReference } from "../../../../core/base/reference.ts";
import { carryOutHfCleanup, planHfCleanup } from "../../../../core/library/hf_cache/cleanup.ts";
import { findHfRevisions } from "../../../../core/library/hf_cache/find_revisions.ts";
import {
  type HfRemoval,
  planHfRemoval,
  removeFromHfCache,
} from "../../../../core/library/hf_cache/removal.ts";
import { scanHfCache } from "../../../../core/library/hf_cache/scan.ts";
import { HfUses } from "../../../../core/library/hf_cache/uses.ts";
import { makeTempDir } from "../../../support/temp_dir.ts";
import { FIRST, HfCacheFixture, SECOND, sha256 } from "./hf_cache_fixture.ts";

const LINKS = { ignore: Deno.build.os === "windows" };
const MODEL = "models--acme--m";
const OTHER = "models--acme--n";

async function remove(fixture: HfCacheFixture, text: string): Promise<HfRemoval> {
  const place = { directory: fixture.directory, clock: systemClock };
  const found = findHfRevisions(await scanHfCache(fixture.directory), parseReference(text));
  const plan = await planHfRemoval(place, [found]);
  const removal = await removeFromHfCache(place, found);
  assert.deepEqual(removal, plan);
  return removal;
}

async function cleanUp(fixture: HfCacheFixture): Promise<string[]> {
  const place = { directory: fixture.directory, clock: systemClock };
  const limits = { nowMs: Date.now() + 60_000, ageMs: 0 };
  const plan = await planHfCleanup(place, await scanHfCache(fixture.directory), limits);
  const { removed, problems } = await carryOutHfCleanup(plan);
  assert.deepEqual(problems, []);
  assert.deepEqual(removed, plan.tasks.map(({ item }) => item), "a plan tells what is done");
  return removed.map(({ reason }) => reason);
}

function snapshotText(fixture: HfCacheFixture, folder: string, commit = FIRST): Promise<string> {
  return readFile(fixture.join(folder, "snapshots", commit, "a.bin"), "utf8");
}

/** Another repository whose snapshot leads to the blob of the first. */
async function borrow(fixture: HfCacheFixture): Promise<void> {
  await fixture.add(MODEL, FIRST, { "a.bin": "12345" }, ["main"]);
  await mkdir(fixture.join(OTHER, "snapshots", FIRST), { recursive: true });
  await symlink(
    `../../../${MODEL}/blobs/${sha256("12345")}`,
    fixture.join(OTHER, "snapshots", FIRST, "a.bin"),
  );
  await fixture.write(`${OTHER}/refs/main`, FIRST);
}

Deno.test("removeFromHfCache() leaves bytes that another repository's snapshot leads to", LINKS, async () => {
  await using dir = await makeTempDir();
  const fixture = new HfCacheFixture(dir);
  await borrow(fixture);
  assert.equal((await remove(fixture, "acme/m")).bytesFreed, 0);
  assert.equal(await snapshotText(fixture, OTHER), "12345");
  assert.deepEqual((await scanHfCache(fixture.directory)).warnings, []);
  await cleanUp(fixture);
  assert.equal(await snapshotText(fixture, OTHER), "12345");
});

Deno.test("removeFromHfCache() takes of a repository that is a link only the link", LINKS, async () => {
  await using dir = await makeTempDir();
  const fixture = new HfCacheFixture(dir);
  await fixture.add(MODEL, FIRST, { "a.bin": "12345" }, ["main"]);
  await symlink(MODEL, fixture.join(OTHER));
  await assert.rejects(remove(fixture, "acme/n@main"), { code: "FAILED", message: /lies behind a link/ });
  await assert.rejects(remove(fixture, "acme/m"), {
    code: "FAILED",
    message: /"acme\/n" in the cache is a link/,
  });
  assert.deepEqual(await remove(fixture, "acme/n"), { paths: [fixture.join(OTHER)], bytesFreed: 0 });
  assert.equal(await snapshotText(fixture, MODEL), "12345");
  assert.equal((await remove(fixture, "acme/m")).bytesFreed, 5);
});

Deno.test("planHfCleanup() takes nothing that lies behind links to folders", LINKS, async () => {
  await using dir = await makeTempDir();
  const fixture = new HfCacheFixture(dir);
  const outside = dir.join("outside");
  await fixture.add("models--acme--away", FIRST, { "a.bin": "12345" });
  await fixture.write(`models--acme--away/blobs/${"e".repeat(64)}.incomplete`, "12");
  await fixture.write(`models--acme--away/blobs/${sha256("nobody's")}`, "nobody's");
  await fixture.write("models--acme--away/refs/old", SECOND);
  await rm(fixture.join("models--acme--away", "blobs", sha256("12345")));
  await rename(fixture.join("models--acme--away"), outside);
  await symlink(outside, fixture.join("models--acme--away"));
  for (const part of ["blobs", "snapshots", "refs"]) {
    await fixture.write(`models--acme--${part}/keep/x`, "");
    await symlink(`${outside}/${part}`, fixture.join(`models--acme--${part}`, part));
    await mkdir(fixture.join(`models--acme--${part}`, "snapshots")).catch(() => {});
  }
  assert.deepEqual(await cleanUp(fixture), []);
  for (const name of ["away", "blobs", "snapshots", "refs"]) await remove(fixture, `acme/${name}`);
  assert.deepEqual(await fixture.files(), []);
  assert.equal(await readFile(`${outside}/blobs/${sha256("nobody's")}`, "utf8"), "nobody's");
  assert.equal(await readFile(`${outside}/refs/old`, "utf8"), SECOND);
  await assert.rejects(stat(`${outside}/snapshots/${FIRST}/a.bin`), "the link that leads nowhere");
  assert.equal((await Deno.lstat(`${outside}/snapshots/${FIRST}/a.bin`)).isSymlink, true);
});

Deno.test(
  "planHfCleanup() leaves blobs that are used by way of another repository's folder",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    const fixture = new HfCacheFixture(dir);
    await fixture.add(MODEL, FIRST, { "a.bin": "one" }, ["main"]);
    await fixture.add(OTHER, FIRST, { "a.bin": "two" }, ["main"]);
    await rename(fixture.join(OTHER, "blobs", sha256("two")), fixture.join(MODEL, "blobs", sha256("two")));
    await rm(fixture.join(OTHER, "blobs"), { recursive: true });
    await symlink(`../${MODEL}/blobs`, fixture.join(OTHER, "blobs"));
    assert.deepEqual(await cleanUp(fixture), []);
    assert.equal((await remove(fixture, "acme/m")).bytesFreed, 3);
    assert.equal(await snapshotText(fixture, OTHER), "two");
    assert.deepEqual((await scanHfCache(fixture.directory)).warnings, []);
  },
);

Deno.test("planHfCleanup() knows a snapshot's absolute links into its own blobs", LINKS, async () => {
  await using dir = await makeTempDir();
  const fixture = new HfCacheFixture(dir);
  const blob = await fixture.write(`${MODEL}/blobs/${sha256("12345")}`, "12345");
  await mkdir(fixture.join(MODEL, "snapshots", FIRST), { recursive: true });
  await symlink(await Deno.realPath(blob), fixture.join(MODEL, "snapshots", FIRST, "a.bin"));
  await fixture.write(`${MODEL}/refs/main`, FIRST);
  await symlink(fixture.directory, dir.join("linked-hub"));
  const place = { directory: dir.join("linked-hub"), clock: systemClock };
  const limits = { nowMs: Date.now() + 60_000, ageMs: 0 };
  const plan = await planHfCleanup(place, await scanHfCache(place.directory), limits);
  assert.deepEqual(plan.tasks.map(({ item }) => item.reason), []);
});

Deno.test("planHfCleanup() leaves names whose bytes are on a disk that is not there", LINKS, async () => {
  await using dir = await makeTempDir();
  const fixture = new HfCacheFixture(dir);
  await fixture.add(MODEL, FIRST, { "a.bin": "12345" }, ["main"]);
  await symlink(dir.join("unmounted", "x.bin"), fixture.join(MODEL, "snapshots", FIRST, "x.bin"));
  await fixture.add(OTHER, FIRST, { "a.bin": "two" }, ["main"]);
  await rm(fixture.join(OTHER, "blobs"), { recursive: true });
  await symlink(dir.join("unmounted", "blobs"), fixture.join(OTHER, "blobs"));
  assert.deepEqual(await cleanUp(fixture), []);
});

Deno.test(
  "removeFromHfCache() leaves shared bytes that are used although their list does not say so",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    const fixture = new HfCacheFixture(dir);
    const hex = sha256("12345");
    for (const folder of [MODEL, OTHER]) await fixture.add(folder, FIRST, { "a.bin": "12345" }, ["main"]);
    const payload = await fixture.share(MODEL, hex, "ab".repeat(32));
    await fixture.share(OTHER, hex, "ab".repeat(32));
    await Deno.writeTextFile(`${payload}.refs`, `${MODEL}/blobs/${hex}\n`);
    assert.equal((await remove(fixture, "acme/m")).bytesFreed, 0);
    assert.equal(await snapshotText(fixture, OTHER), "12345");
    await Deno.writeTextFile(`${payload}.refs`, "");
    assert.deepEqual(await cleanUp(fixture), []);
    assert.equal(await snapshotText(fixture, OTHER), "12345");
  },
);

Deno.test("HfUses tells every name on the way to the bytes, and who needs it", LINKS, async () => {
  await using dir = await makeTempDir();
  const fixture = new HfCacheFixture(dir);
  await borrow(fixture);
  await symlink("loop", fixture.join(OTHER, "snapshots", FIRST, "loop"));
  const uses = await HfUses.now(fixture.directory);
  const blob = fixture.join(MODEL, "blobs", sha256("12345"));
  const users = await uses.usersOf(blob);
  assert.deepEqual(users.map(({ repo }) => repo).sort(), ["acme/m", "acme/n"]);
  const except = new Set(users.map(({ snapshotPath }) => snapshotPath));
  assert.deepEqual(await uses.usersOf(blob, except), []);
  assert.deepEqual(await uses.usersOf(fixture.join(MODEL, "blobs", "f".repeat(64))), []);
});
