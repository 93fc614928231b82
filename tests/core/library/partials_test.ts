import assert from "node:assert/strict";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { stagedPaths } from "../../../core/library/layout.ts";
import { clearAfterSuccess, partialsOf, readPartials } from "../../../core/library/partials.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { COMMIT, LibraryFixture, sha256 } from "./library_fixture.ts";

Deno.test("readPartials() finds what was begun, also of bare names", async () => {
  await using dir = await makeTempDir();
  const fixture = new LibraryFixture(dir);
  assert.deepEqual(await readPartials(dir.path), []);
  const hex = await fixture.begin("acme/big", "q/big-Q4_K_M.gguf", { sizeBytes: 1000, receivedBytes: 300 });
  await fixture.begin("gpt2", "model.safetensors", { sizeBytes: 10, receivedBytes: 0 });
  await dir.write("acme/other/README.md", "no folder of ours");
  await dir.write("notes.txt", "no folder");
  const [first, second, ...rest] = await readPartials(dir.path);
  assert.deepEqual(rest, []);
  const { modifiedAtMs, ...facts } = first ?? { modifiedAtMs: 0 };
  assert.ok(modifiedAtMs > 0);
  assert.deepEqual(facts, {
    repo: "acme/big",
    commit: COMMIT,
    path: "q/big-Q4_K_M.gguf",
    sizeBytes: 1000,
    digest: { algorithm: "sha256", hex },
    receivedBytes: 300,
  });
  assert.deepEqual([second?.repo, second?.receivedBytes], ["gpt2", 0]);
});

Deno.test("partialsOf() believes no journal that is damaged, foreign, unsafe or without its data", async () => {
  await using dir = await makeTempDir();
  const fixture = new LibraryFixture(dir);
  const place = { modelsDir: dir.path, repo: "acme/m" };
  const hex = await fixture.begin("acme/m", "m.gguf", { sizeBytes: 100, receivedBytes: 10 });
  const { journal, part } = stagedPaths(place, hex);
  const sound = JSON.parse(await Deno.readTextFile(journal));
  assert.equal((await partialsOf(place)).length, 1);
  const wrong: readonly unknown[] = [
    { ...sound, version: 2 },
    { ...sound, repo: "acme/other" },
    { ...sound, path: "../../escape" },
    { ...sound, path: ".cache/x" },
    { ...sound, sizeBytes: -1 },
    { ...sound, digest: { hex: sha256("another") } },
    { ...sound, written: undefined },
    null,
    [],
  ];
  for (const value of wrong) {
    await writeFile(journal, JSON.stringify(value));
    assert.deepEqual(await partialsOf(place), [], JSON.stringify(value));
  }
  await writeFile(journal, '{"version":');
  assert.deepEqual(await partialsOf(place), []);
  const pairs = [[0, 10], [5, 20], [90, 200], ["a", 1]];
  await writeFile(journal, JSON.stringify({ ...sound, written: pairs }));
  assert.equal(
    (await partialsOf(place))[0]?.receivedBytes,
    20,
    "bytes count once, and only those of the file",
  );
  await rm(part);
  assert.deepEqual(await partialsOf(place), []);
});

Deno.test("clearAfterSuccess() deletes bytes put aside and orphaned journals of these digests only", async () => {
  await using dir = await makeTempDir();
  const [done, busy, other] = [sha256("done"), sha256("busy"), sha256("other")];
  const folder = dir.join(".cache");
  await clearAfterSuccess(folder, [{ algorithm: "sha256", hex: done }]);
  await mkdir(folder);
  const names = [`${done}.bad`, `${done}.journal`, `${done}.pieces`, `${busy}.journal`, `${busy}.part`];
  for (const name of [...names, `${other}.bad`]) await writeFile(`${folder}/${name}`, "");
  await clearAfterSuccess(folder, [done, busy].map((hex) => ({ algorithm: "sha256", hex })));
  assert.deepEqual(
    (await readdir(folder)).sort(),
    [`${busy}.journal`, `${busy}.part`, `${done}.pieces`, `${other}.bad`].sort(),
  );
});
