import assert from "node:assert/strict";
import { openStore } from "../../../core/platform/kv.ts";
import { openKvReader } from "../../../core/platform/kv_reader.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

Deno.test("openKvReader() reads what Deno KV has written, below a prefix, from either end", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("state.kv");
  await using store = await openStore(path);
  await store.kv.set(["jobs", "b"], { id: "b", when: new Date(0) });
  await store.kv.set(["jobs", "a\0z"], "text");
  await store.kv.set(["jobs"], "is no job");
  await store.kv.set(["jobs_changed"], "is none either");
  await store.kv.set(["jobs", "c", 7], new Uint8Array([1, 2]));
  await store.kv.set(["jobs", "gone"], "expired", { expireIn: 1 });
  await new Promise((resolve) => setTimeout(resolve, 5));
  // While the other has it open.
  using reader = await openKvReader(path);
  assert.deepEqual([...reader.records({ prefix: ["jobs"] })], [
    { key: ["jobs", "a\0z"], value: "text" },
    { key: ["jobs", "b"], value: { id: "b", when: new Date(0) } },
    { key: ["jobs", "c", 7], value: new Uint8Array([1, 2]) },
  ]);
  const [last] = [...reader.records({ prefix: ["jobs"], reverse: true, limit: 1 })];
  assert.deepEqual(last?.key, ["jobs", "c", 7]);
  assert.deepEqual([...reader.records({ prefix: ["nothing"] })], []);
});

Deno.test("openKvReader() leaves nothing beside a database that nobody uses, and makes none", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("100% state?.kv");
  {
    await using store = await openStore(path);
    await store.kv.set(["a", "b"], 1);
  }
  const before = await names(dir.path);
  {
    using reader = await openKvReader(path);
    assert.equal([...reader.records({ prefix: ["a"] })].length, 1);
  }
  assert.deepEqual(await names(dir.path), before);
  {
    using none = await openKvReader(dir.join("none.kv"));
    assert.deepEqual([...none.records({ prefix: ["a"] })], []);
  }
  assert.deepEqual(await names(dir.path), before);
});

Deno.test("openKvReader() throws on what is no database", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("state.kv", "no database at all".repeat(100));
  await assert.rejects(async () => {
    using reader = await openKvReader(path);
    return [...reader.records({ prefix: ["a"] })];
  });
});
