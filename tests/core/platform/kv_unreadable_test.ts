import { deepStrictEqual, rejects } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { readAllBelow } from "../../../core/platform/kv_unreadable.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

/** Destroys values in a store that nobody has open: of the keys that hold one of the texts. */
function destroyValues(path: string, texts: readonly string[]): void {
  using database = new DatabaseSync(path);
  const rows = database.prepare("SELECT k FROM kv").all();
  const update = database.prepare("UPDATE kv SET v = ? WHERE k = ?");
  for (const { k } of rows) {
    const key = k as Uint8Array;
    if (texts.some((text) => new TextDecoder("latin1").decode(key).includes(`${text}\0`))) {
      update.run(new Uint8Array([255, 15, 111, 34, 1]), key);
    }
  }
}

Deno.test("readAllBelow() reads around values that cannot be decoded, and names them", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("state.kv");
  const names = ["1rtd6q77", "1rtd6q78", "1rtd6q7", "a b", "z", "~~"];
  {
    using kv = await Deno.openKv(path);
    for (const name of names) await kv.set(["jobs", name], { name });
    await kv.set(["other", "1rtd6q77"], 1);
    await kv.set(["jobs", "deeper", "key"], 1);
  }
  const damaged = ["1rtd6q7", "1rtd6q78", "z", "~~"];
  destroyValues(path, damaged);
  using kv = await Deno.openKv(path);
  const { entries, unreadable } = await readAllBelow(kv, ["jobs"]);
  deepStrictEqual(entries.map(({ key }) => key.slice(1)), [["1rtd6q77"], ["a b"], ["deeper", "key"]]);
  deepStrictEqual(unreadable, damaged);
  deepStrictEqual(entries[0]?.value, { name: "1rtd6q77" });
});

Deno.test("readAllBelow() throws what is no damage of one value", async () => {
  const kv = await Deno.openKv(":memory:");
  kv.close();
  await rejects(readAllBelow(kv, ["jobs"]));
});
