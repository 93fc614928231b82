import { strict as assert } from "node:assert";
import { symlink } from "node:fs/promises";
import { factsOfAll, lookAtAll, readAllDirectories } from "../../../core/platform/many_names.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("factsOfAll() tells of each name in order, and of none where nothing is", async () => {
  await using dir = await makeTempDir();
  const file = await dir.write("folder/a", "12345");
  const paths = [dir.join("none"), file, dir.join("folder"), dir.join("folder/a/below-a-file")];
  const facts = await factsOfAll(paths);
  assert.deepEqual(facts.map((fact) => fact?.isFile), [undefined, true, false, undefined]);
  assert.equal(facts[1]?.sizeBytes, 5);
  assert.deepEqual(await factsOfAll([]), []);
});

Deno.test("readAllDirectories() lists each folder sorted, links followed, and nothing of what is none", async () => {
  await using dir = await makeTempDir();
  await dir.write("one/b", "");
  const file = await dir.write("one/a", "");
  await symlink(file, dir.join("one/link"));
  await symlink(dir.join("gone"), dir.join("one/broken"));
  const [one, none, notFolder] = await readAllDirectories([dir.join("one"), dir.join("none"), file]);
  assert.deepEqual(one?.map(({ name, isFile }) => [name, isFile]), [["a", true], ["b", true], [
    "link",
    true,
  ]]);
  assert.deepEqual(none, []);
  assert.deepEqual(notFolder, []);
});

/** Looks that take so long each; tells which were made on this thread. */
function slowLook(lookMs: number) {
  let nowMs = 0;
  const here: string[] = [];
  const look = {
    now(path: string): string {
      nowMs += lookMs;
      here.push(path);
      return path.toUpperCase();
    },
    later: (path: string) => Promise.resolve(path.toUpperCase()),
    monotonic: () => nowMs,
  };
  return { look, here };
}

const NAMES = Array.from({ length: 50 }, (_, index) => `name-${index}`);

Deno.test("lookAtAll() stays on its thread while the disk is quick, giving way in between", async () => {
  const { look, here } = slowLook(0.4);
  let gaveWay = false;
  setTimeout(() => gaveWay = here.length < NAMES.length);
  assert.deepEqual(await lookAtAll(NAMES, look), NAMES.map((name) => name.toUpperCase()));
  assert.deepEqual(here, NAMES);
  assert.equal(gaveWay, true);
});

Deno.test("lookAtAll() leaves the rest to other threads when the disk is slow", async () => {
  const { look, here } = slowLook(4);
  assert.deepEqual(await lookAtAll(NAMES, look), NAMES.map((name) => name.toUpperCase()));
  assert.deepEqual(here, NAMES.slice(0, 3));
});
