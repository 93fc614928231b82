import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import fc from "fast-check";
import { openStore, withKvRetry } from "../../../core/platform/kv.ts";
import { readableRecords } from "../../../core/platform/kv_records.ts";
import { openPages } from "../../../core/platform/sqlite_pages.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";

const PAGE = 4096;
const HISTORY = 240;

/** Different for each record, and for each way of it to be damaged. */
function recordOf(index: number): unknown {
  const text = Array.from(
    { length: index % 9 },
    (_, part) => `${index}.${part}.${(index * 7919 + part) % 1009}`,
  );
  return index % 2 === 0 ? new TextEncoder().encode(JSON.stringify({ index, text })) : { index, text };
}

interface Written {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly records: ReadonlyMap<string, unknown>;
}

/** A store with all kinds of keys and values, with deleted ones, and with some that take several pages. */
async function writeStore(dir: TempDir): Promise<Written> {
  const path = dir.join("whole.kv");
  const records = new Map<string, unknown>();
  {
    await using store = await openStore(path);
    const set = async (key: Deno.KvKey, value: unknown): Promise<void> => {
      await store.kv.set(key, value);
      records.set(nameOf(key), value);
    };
    for (let index = 0; index < HISTORY; index++) {
      await set(["history", `id${1000 + index}`], recordOf(index));
    }
    for (let index = 0; index < 60; index++) {
      await set(["jobs", index - 20, BigInt(index) - 30n], recordOf(index));
    }
    const long = Array.from({ length: 4000 }, (_, index) => index * 31 % 977).join(" ");
    await set(["cache", "long\0name", new Uint8Array([0, 1, 255]), true], { long });
    await set(["cache", "é", -1.5, false], new Map([[1, new Date(5)]]));
    await set(["count"], new Deno.KvU64(258n));
    for (let index = 0; index < HISTORY; index += 3) {
      const key = ["history", `id${1000 + index}`];
      await store.kv.delete(key);
      records.delete(nameOf(key));
    }
    for (let index = 1; index < HISTORY; index += 30) {
      await set(["history", `id${1000 + index}`], recordOf(index + 500));
    }
  }
  return { bytes: await Deno.readFile(path), records };
}

function nameOf(key: Deno.KvKey): string {
  return Deno.inspect(key);
}

/** Opens the damaged store and gives what is in the one that took its place. */
async function salvaged(
  dir: TempDir,
  bytes: Uint8Array,
): Promise<{ got: Map<string, unknown>; said: string }> {
  const path = dir.join(`${crypto.randomUUID().slice(0, 8)}.kv`);
  await Deno.writeFile(path, bytes);
  await using store = await openStore(path);
  const got = new Map<string, unknown>();
  for await (const { key, value } of store.kv.list({ prefix: [] })) got.set(nameOf(key), value);
  return { got, said: store.warnings.join("; ") };
}

/** What is there is exactly what was there. */
function assertNothingElse(got: ReadonlyMap<string, unknown>, records: ReadonlyMap<string, unknown>): void {
  for (const [name, value] of got) {
    assert.ok(records.has(name), `${name} was not there`);
    assert.deepEqual(value, records.get(name), name);
  }
}

function randomPage(seed: number): Uint8Array {
  let state = seed | 1;
  return Uint8Array.from({ length: PAGE }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return state >>> 24;
  });
}

Deno.test("openStore() saves all records when the first page is destroyed", async () => {
  await using dir = await makeTempDir();
  const { bytes, records } = await writeStore(dir);
  for (const size of [100, PAGE]) {
    const damaged = bytes.slice();
    damaged.fill(0x58, 0, size);
    const { got, said } = await salvaged(dir, damaged);
    assert.deepEqual(got, records);
    assert.match(
      said,
      new RegExp(`^The state file was damaged: ${records.size} records were saved, what could not`),
    );
  }
});

Deno.test("openStore() saves what a cut file still has", async () => {
  await using dir = await makeTempDir();
  const { bytes, records } = await writeStore(dir);
  for (const share of [0.9, 0.5]) {
    const { got, said } = await salvaged(dir, bytes.slice(0, Math.floor(bytes.length * share)));
    assertNothingElse(got, records);
    assert.ok(got.size > records.size * share / 3, `${got.size} of ${records.size} at ${share}`);
    assert.match(said, new RegExp(`: ${got.size} records were saved`));
  }
});

Deno.test("openStore() loses the records of one damaged page only, whichever it is", async () => {
  await using dir = await makeTempDir();
  const { bytes, records } = await writeStore(dir);
  const pages = bytes.length / PAGE;
  for (let page = 0; page < pages; page++) {
    const path = dir.join(`page${page}.kv`);
    const damaged = bytes.slice();
    damaged.set(randomPage(page), page * PAGE);
    await Deno.writeFile(path, damaged);
    using read = openPages(path);
    const got = new Map(
      [...readableRecords(read, { hasTime: () => true })].map(({ key, value }) => [nameOf(key), value]),
    );
    assertNothingElse(got, records);
    assert.ok(got.size >= records.size - 60, `page ${page}: ${got.size} of ${records.size}`);
  }
});

Deno.test("what is saved of a store damaged anywhere is what was there, and never something else", async () => {
  await using dir = await makeTempDir();
  const { bytes, records } = await writeStore(dir);
  const pages = bytes.length / PAGE;
  const path = dir.join("any.kv");
  const damages = fc.array(
    fc.record({ page: fc.nat(pages - 1), seed: fc.nat(), how: fc.constantFrom("random", "zero", "ones") }),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(damages, fc.integer({ min: 0, max: bytes.length }), fc.boolean(), (all, cut, isCut) => {
      const damaged = bytes.slice(0, isCut ? cut : bytes.length);
      for (const { page, seed, how } of all) {
        const at = page * PAGE;
        if (at + PAGE > damaged.length) continue;
        if (how === "random") damaged.set(randomPage(seed), at);
        else damaged.fill(how === "zero" ? 0 : 0xff, at, at + PAGE);
      }
      Deno.writeFileSync(path, damaged);
      using read = openPages(path);
      const got = [...readableRecords(read, { hasTime: () => true })];
      assertNothingElse(new Map(got.map(({ key, value }) => [nameOf(key), value])), records);
      assert.equal(new Set(got.map(({ key }) => nameOf(key))).size, got.length, "each key once");
    }),
    { numRuns: 150 },
  );
});

Deno.test("openStore() says that nothing could be saved, and keeps the file", async () => {
  await using dir = await makeTempDir();
  const { said, got } = await salvaged(dir, new TextEncoder().encode("hello world, this is no database"));
  assert.equal(got.size, 0);
  const aside = /^The state file was damaged, and no record could be saved from it: it is kept in "(.*)"$/
    .exec(said);
  assert.match(await Deno.readTextFile(aside?.[1] ?? ""), /no database/);
});

Deno.test("several processes that find a damaged store save it once, and none is without the records", async () => {
  await using dir = await makeTempDir();
  const { bytes, records } = await writeStore(dir);
  bytes.fill(0, 0, PAGE);
  const path = dir.join("shared.kv");
  await Deno.writeFile(path, bytes);
  const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(path)));
  try {
    assert.equal(stores.flatMap(({ warnings }) => warnings).length, 1);
    for (const { kv } of stores) {
      assert.equal((await Array.fromAsync(kv.list({ prefix: [] }))).length, records.size);
    }
    const asides = (await readdir(dir.path)).filter((name) => /^shared\.kv\.damaged-[^.]*Z$/.test(name));
    assert.equal(asides.length, 1);
  } finally {
    for (const store of stores) await store[Symbol.asyncDispose]();
  }
});

Deno.test("openStore() goes on with what a killed process had begun to save, over nothing that is newer", async () => {
  await using dir = await makeTempDir();
  const { bytes, records } = await writeStore(dir);
  const path = dir.join("state.kv");
  {
    await using store = await openStore(path);
    await store.kv.set(["history", "id1002"], "newer");
  }
  await Deno.writeFile(dir.join("state.kv.damaged-then"), bytes);
  await Deno.writeTextFile(`${path}.salvage`, "state.kv.damaged-then");
  {
    await using store = await openStore(path);
    assert.equal((await store.kv.get(["history", "id1002"])).value, "newer");
    assert.equal((await Array.fromAsync(store.kv.list({ prefix: [] }))).length, records.size);
    assert.match(store.warnings.join(), new RegExp(`${records.size} records were saved`));
  }
  await using again = await openStore(path);
  assert.deepEqual(again.warnings, []);
});

Deno.test("damage in a large store is met at work, and put right by the next one to open it", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("large.kv");
  const count = 400;
  {
    await using store = await openStore(path);
    for (let index = 0; index < count; index++) {
      await store.kv.set(["k", index], `${index} `.repeat(1200));
    }
  }
  const bytes = await Deno.readFile(path);
  assert.ok(bytes.length > 1024 * 1024, "more than is looked through each time");
  // A page of the table itself: an index has more on a page, and rows continue on pages that begin otherwise.
  const isLeaf = (page: number): boolean => {
    const [kind, , , , rows = 0] = bytes.subarray(page * PAGE);
    return kind === 10 && rows >= 2 && rows < 20;
  };
  const leaf = Array.from({ length: bytes.length / PAGE }, (_, page) => page).find((page) =>
    page > bytes.length / PAGE / 2 && isLeaf(page)
  );
  assert.ok(leaf !== undefined);
  bytes.set(randomPage(7), leaf * PAGE);
  await Deno.writeFile(path, bytes);
  {
    await using store = await openStore(path);
    const reading = withKvRetry(() => Array.fromAsync(store.kv.list({ prefix: ["k"] })));
    await assert.rejects(reading, { code: "FAILED", message: "Cannot use the state: its file is damaged" });
  }
  await using store = await openStore(path);
  const got = await Array.fromAsync(store.kv.list<string>({ prefix: ["k"] }));
  assert.ok(got.length >= count - 20 && got.length < count, `${got.length} of ${count}`);
  for (const { key, value } of got) assert.equal(value, `${String(key[1])} `.repeat(1200));
  assert.match(store.warnings.join(), new RegExp(`: ${got.length} records were saved`));
});

Deno.test("openPages() reads what is only in the write-ahead log", async () => {
  await using dir = await makeTempDir();
  await using store = await openStore(dir.join("live.kv"));
  for (let index = 0; index < 50; index++) await store.kv.set(["k", index], recordOf(index));
  for (const suffix of ["", "-wal"]) {
    await Deno.copyFile(dir.join(`live.kv${suffix}`), dir.join(`copy.kv${suffix}`));
  }
  assert.ok((await Deno.stat(dir.join("copy.kv-wal"))).size > 50 * PAGE);
  using pages = openPages(dir.join("copy.kv"));
  const got = new Map<unknown, unknown>();
  for (const { key, value } of readableRecords(pages, { hasTime: () => true })) got.set(key.at(-1), value);
  assert.deepEqual(got, new Map(Array.from({ length: 50 }, (_, index) => [index, recordOf(index)])));
});
