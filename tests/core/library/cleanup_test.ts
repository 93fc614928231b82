import assert from "node:assert/strict";
import { link, mkdir, readdir, rename, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { carryOutCleanup } from "../../../core/library/cleanup.ts";
import { gatherCleanupFacts } from "../../../core/library/cleanup_facts.ts";
import { type CleanupItem, planCleanup } from "../../../core/library/cleanup_plan.ts";
import { stagedPaths } from "../../../core/library/layout.ts";
import { acquireFileLock } from "../../../core/platform/file_lock.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { LibraryFixture } from "./library_fixture.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);
const CACHE = "acme/m/.cache";

interface Swept {
  readonly items: readonly CleanupItem[];
  readonly problems: readonly string[];
}

function places(dir: TempDir, ownFolders: readonly string[] = []) {
  return { modelsDir: dir.path, ownFolders };
}

function limits(ageMs: number) {
  return { nowMs: Date.now() + 1, ageMs };
}

async function look(
  dir: TempDir,
  options: { readonly ageMs?: number; readonly own?: readonly string[] } = {},
) {
  const { problems, ...facts } = await gatherCleanupFacts(places(dir, options.own));
  const items = planCleanup(facts, limits(options.ageMs ?? 1e9));
  return { items, problems: problems.map((problem) => problem.message) } satisfies Swept;
}

function reasons(dir: TempDir, items: readonly CleanupItem[]): string[] {
  return items.map(({ path, reason }) => `${path.replace(`${dir.path}/`, "")}: ${reason}`);
}

Deno.test("gatherCleanupFacts() tells a sound journal from a damaged one and from one of a newer program", async () => {
  await using dir = await makeTempDir();
  const { begin } = new LibraryFixture(dir);
  const fixture = new LibraryFixture(dir);
  const hex = await begin.call(fixture, "acme/m", "m.gguf", {
    sizeBytes: 3_000_000,
    receivedBytes: 1_000_000,
  });
  assert.deepEqual((await look(dir)).items, []);
  const items = (await look(dir, { ageMs: 0 })).items;
  assert.deepEqual(reasons(dir, items).slice(0, 2), [
    `${CACHE}/${hex}.journal: interrupted`,
    `${CACHE}/${hex}.part: interrupted`,
  ]);
  const part = items.find((item) => item.path.endsWith(".part"));
  assert.ok((part?.bytes ?? 0) >= 1_000_000 && (part?.bytes ?? 0) < 3_000_000, "holes take no space");
  const { journal } = stagedPaths({ modelsDir: dir.path, repo: "acme/m" }, hex);
  await writeFile(journal, "{ torn");
  assert.ok((await look(dir)).items.every((item) => ["damaged", "empty-folder"].includes(item.reason)));
  await writeFile(journal, JSON.stringify({ version: 2 }));
  assert.deepEqual((await look(dir)).items, []);
});

Deno.test("gatherCleanupFacts() wants the pieces of all that is registered, and knows nothing without a registry", async () => {
  await using dir = await makeTempDir();
  const fixture = new LibraryFixture(dir);
  await dir.write(`${CACHE}/${A}.pieces`);
  assert.deepEqual((await look(dir)).items, [], "the registry is gone");
  await fixture.add("acme/m", { "m.gguf": "12345" });
  assert.deepEqual(reasons(dir, (await look(dir)).items), [
    `${CACHE}/${A}.pieces: unused-pieces`,
    `${CACHE}: empty-folder`,
  ]);
  await writeFile(dir.join("registry.json"), "{");
  assert.deepEqual((await look(dir)).items, [], "the registry is damaged");
  assert.deepEqual(
    await readdir(dir.path),
    ["acme", "registry.json", "registry.json.lock"],
    "nothing was mended",
  );
});

Deno.test("gatherCleanupFacts() follows no link", { ignore: Deno.build.os === "windows" }, async () => {
  await using dir = await makeTempDir();
  await using outside = await makeTempDir();
  await outside.write(`m/.cache/${A}.bad`);
  await outside.write(`${A}.bad`);
  await symlink(outside.path, dir.join("acme"));
  await mkdir(dir.join("other", "m"), { recursive: true });
  await symlink(outside.join("m", ".cache"), dir.join("other", "m", ".cache"));
  await dir.write(`third/m/.cache/keep`);
  await symlink(outside.join(`${A}.bad`), dir.join("third", "m", ".cache", `${A}.bad`));
  assert.deepEqual((await look(dir)).items, []);
});

Deno.test("carryOutCleanup() deletes what was planned, and the folders that are empty then", async () => {
  await using dir = await makeTempDir();
  await using config = await makeTempDir();
  for (const name of [`${A}.bad`, `${A}.lock`, `${B}.0a1b2c3d.11111111.part`]) {
    await dir.write(`${CACHE}/${name}`);
  }
  await dir.write(".registry.json.0a1b2c3d.tmp");
  const old = new Date(Date.now() - 3_600_000);
  await utimes(await config.write(".config.json.0a1b2c3d.tmp"), old, old);
  await config.write("config.json", "{}");
  const { items } = await look(dir, { own: [config.path] });
  assert.equal(items.length, 8);
  const outcome = await carryOutCleanup(places(dir, [config.path]), { items, limits: limits(1e9) });
  assert.deepEqual(outcome, { removed: items, inUse: [], problems: [] });
  assert.deepEqual(await readdir(dir.path), ["registry.json.lock"]);
  assert.deepEqual(await readdir(config.path), ["config.json"]);
});

Deno.test("carryOutCleanup() leaves what is in use by then, and what is no longer as it was planned", async () => {
  await using dir = await makeTempDir();
  await dir.write(`${CACHE}/${A}.bad`);
  await dir.write(`${CACHE}/${B}.part`, "x".repeat(10));
  const { items } = await look(dir);
  await using _lock = await acquireFileLock(dir.join(CACHE, `${A}.lock`));
  // It has got a journal since: somebody may go on with it.
  const digest = { algorithm: "sha256", hex: B };
  const journal = { version: 1, repo: "acme/m", commit: "c".repeat(40), path: "m", sizeBytes: 10, digest };
  await dir.write(
    `${CACHE}/${B}.journal`,
    JSON.stringify({ ...journal, bootId: null, written: [], synced: [] }),
  );
  const { removed, inUse, problems } = await carryOutCleanup(places(dir), { items, limits: limits(1e9) });
  assert.deepEqual([removed, problems], [[], []]);
  assert.deepEqual(reasons(dir, inUse), [`${CACHE}/${A}.bad: quarantined`]);
  assert.deepEqual(await readdir(dir.join(CACHE)), [`${A}.bad`, `${A}.lock`, `${B}.journal`, `${B}.part`]);
});

Deno.test("carryOutCleanup() does not go where a folder has become a link", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using dir = await makeTempDir();
  await using outside = await makeTempDir();
  const precious = await outside.write(`.cache/${A}.bad`, "mine");
  await dir.write(`${CACHE}/${A}.bad`);
  const { items } = await look(dir);
  await rename(dir.join("acme", "m"), dir.join("acme", "moved"));
  await symlink(outside.path, dir.join("acme", "m"));
  const { removed, problems } = await carryOutCleanup(places(dir), { items, limits: limits(1e9) });
  assert.deepEqual(removed, []);
  assert.match(problems[0]?.message ?? "", /its folder has become a link/);
  assert.equal((await stat(precious)).size, 4);
});

Deno.test("gatherCleanupFacts() counts nothing for bytes that have another name as well", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using dir = await makeTempDir();
  const path = await dir.write(`${CACHE}/${A}.part`, "x".repeat(5000));
  await link(path, dir.join("copy"));
  const { items } = await look(dir);
  assert.deepEqual(items.map((item) => [item.reason, item.bytes])[0], ["data-without-journal", 0]);
});
