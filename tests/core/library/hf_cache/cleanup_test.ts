import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { systemClock } from "../../../../core/base/clock.ts";
import {
  carryOutHfCleanup,
  type HfCleanupOutcome,
  type HfCleanupPlan,
  planHfCleanup,
} from "../../../../core/library/hf_cache/cleanup.ts";
import { scanHfCache } from "../../../../core/library/hf_cache/scan.ts";
import { acquirePlainLock } from "../../../../core/platform/plain_lock.ts";
import { makeTempDir } from "../../../support/temp_dir.ts";
import { FIRST, HfCacheFixture, SECOND, sha256 } from "./hf_cache_fixture.ts";

const LINKS = { ignore: Deno.build.os === "windows" };
const MODEL = "models--acme--m";
const DAY_MS = 86_400_000;

async function plan(fixture: HfCacheFixture): Promise<HfCleanupPlan> {
  const place = { directory: fixture.directory, clock: systemClock };
  const limits = { nowMs: Date.now(), ageMs: 30 * DAY_MS };
  return await planHfCleanup(place, await scanHfCache(fixture.directory), limits);
}

function reasons(outcome: Pick<HfCleanupOutcome, "removed">): string[] {
  return outcome.removed.map(({ reason, bytes }) => `${reason} ${bytes}`).sort();
}

Deno.test(
  "planHfCleanup() proposes what is old and means nothing, and carries out exactly that",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    const fixture = new HfCacheFixture(dir);
    await fixture.add(MODEL, FIRST, { "a.bin": "shared", "b.bin": "first" });
    await fixture.add(MODEL, SECOND, { "a.bin": "shared", "b.bin": "second!" }, ["main"]);
    await fixture.add("models--acme--young", FIRST, { "a.bin": "young" });
    await fixture.write(`${MODEL}/blobs/${sha256("nobody's")}`, "nobody's");
    await fixture.write(`${MODEL}/blobs/${"e".repeat(64)}.incomplete`, "12");
    await fixture.age(MODEL, 31);
    await fixture.write(`${MODEL}/blobs/${"f".repeat(64)}.incomplete`, "young");
    const planned = await plan(fixture);
    const outcome = await carryOutHfCleanup(planned);
    assert.deepEqual(
      reasons(outcome),
      ["detached 5", "interrupted 2", "unused 8"].map((each) => each).sort(),
    );
    assert.deepEqual(planned.tasks.map(({ item }) => item.path), outcome.removed.map(({ path }) => path));
    const cache = await scanHfCache(fixture.directory);
    assert.deepEqual([cache.warnings, cache.incomplete.length], [[], 1]);
    assert.deepEqual(
      cache.repos.flatMap(({ repo, revisions }) => revisions.map(({ commit }) => `${repo} ${commit}`)),
      [
        `acme/m ${SECOND}`,
        `acme/young ${FIRST}`,
      ],
    );
    assert.equal((await plan(fixture)).tasks.length, 0);
  },
);

Deno.test(
  "planHfCleanup() takes names without bytes and refs without commits, whatever their age",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    const fixture = new HfCacheFixture(dir);
    await fixture.add(MODEL, FIRST, { "sub/a.bin": "12345" }, ["main"]);
    await rm(fixture.join(MODEL, "blobs", sha256("12345")));
    await fixture.write(`${MODEL}/refs/old`, SECOND);
    const outcome = await carryOutHfCleanup(await plan(fixture));
    assert.deepEqual(reasons(outcome), ["missing-bytes 0", "missing-commit 0"]);
    const cache = await scanHfCache(fixture.directory);
    assert.deepEqual(cache.warnings, [], "the snapshot that main means is still there, and empty");
    assert.deepEqual(cache.repos[0]?.revisions.map(({ refs, files }) => [refs, files]), [[["main"], []]]);
  },
);

Deno.test(
  "planHfCleanup() leaves what another program is downloading, and what came meanwhile",
  LINKS,
  async () => {
    await using dir = await makeTempDir();
    const fixture = new HfCacheFixture(dir);
    const hex = "e".repeat(64);
    await fixture.add(MODEL, FIRST, { "a.bin": "12345" });
    await fixture.write(`${MODEL}/blobs/${hex}.incomplete`, "12");
    await fixture.write(`.locks/${MODEL}/${hex}.lock`, "");
    await fixture.age(MODEL, 31);
    {
      await using _lock = await acquirePlainLock(fixture.join(".locks", MODEL, `${hex}.lock`));
      assert.deepEqual((await plan(fixture)).tasks.map(({ item }) => item.reason), ["detached"]);
    }
    const planned = await plan(fixture);
    assert.deepEqual(planned.tasks.map(({ item }) => item.reason), ["interrupted", "detached"]);
    await using _lock = await acquirePlainLock(fixture.join(".locks", MODEL, `${hex}.lock`));
    await fixture.write(`${MODEL}/refs/main`, FIRST);
    const outcome = await carryOutHfCleanup(planned);
    assert.deepEqual(outcome.removed, []);
    assert.deepEqual(outcome.inUse.map(({ reason }) => reason), ["interrupted"]);
  },
);

Deno.test("planHfCleanup() takes what downloads of ours have left", LINKS, async () => {
  await using dir = await makeTempDir();
  const fixture = new HfCacheFixture(dir);
  const folder = `.locks/${MODEL}/.model-manager`;
  await fixture.add(MODEL, FIRST, { "a.bin": "12345" }, ["main"]);
  await fixture.write(`${folder}/${"e".repeat(64)}.bad`, "123");
  await fixture.write(`${folder}/${"d".repeat(64)}.part`, "no journal");
  await fixture.write(`${folder}/somebody's`, "own");
  const outcome = await carryOutHfCleanup(await plan(fixture));
  assert.deepEqual(reasons(outcome), ["leftover 10", "leftover 3"]);
  assert.deepEqual((await fixture.files()).filter((path) => path.startsWith(".locks")), [
    `${folder}/somebody's`,
  ]);
  await rm(fixture.join(folder, "somebody's"));
});

Deno.test("planHfCleanup() frees shared bytes that nobody links to", LINKS, async () => {
  await using dir = await makeTempDir();
  const fixture = new HfCacheFixture(dir);
  await fixture.add(MODEL, FIRST, { "a.bin": "12345" }, ["main"]);
  const payload = await fixture.share(MODEL, sha256("12345"), "ab".repeat(32));
  await fixture.age("blobs", 31);
  assert.equal((await plan(fixture)).tasks.length, 0);
  await rm(fixture.join(MODEL), { recursive: true });
  const outcome = await carryOutHfCleanup(await plan(fixture));
  assert.deepEqual(outcome.removed.map(({ path, bytes }) => [path, bytes]), [[payload, 5]]);
});
