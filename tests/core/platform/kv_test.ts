import assert from "node:assert/strict";
import { readdir, stat, writeFile } from "node:fs/promises";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { openStore, requireStoreUrl, withKvRetry } from "../../../core/platform/kv.ts";
import { runDeno, startDeno } from "../../support/run_deno.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

const MODULE = JSON.stringify(new URL("../../../core/platform/kv.ts", import.meta.url).href);

function lockedOperation(failures: number): () => Promise<string> {
  let left = failures;
  return () => left-- > 0 ? Promise.reject(new TypeError("database is locked")) : Promise.resolve("done");
}

async function damagedFiles(dir: TempDir): Promise<string[]> {
  return (await readdir(dir.path)).filter((name) => /^state\.kv\.damaged-[^.]*Z$/.test(name));
}

Deno.test("withKvRetry() tries again while the database is locked, with growing pauses", async () => {
  const clock = new TestClock({ autoAdvance: true });
  assert.equal(await withKvRetry(lockedOperation(4), { clock }), "done");
  assert.deepEqual(clock.sleeps, [5, 10, 20, 40]);
});

Deno.test("withKvRetry() gives up in the end, and at once on anything else", async () => {
  const clock = new TestClock({ autoAdvance: true });
  await assert.rejects(withKvRetry(lockedOperation(1000), { clock }), { code: "LOCKED" });
  assert.ok(clock.sleeps.length >= 10 && clock.sleeps.reduce((sum, ms) => sum + ms, 0) < 20_000);
  const other = new TypeError("no such table");
  await assert.rejects(withKvRetry(() => Promise.reject(other), { clock }), (error) => error === other);
  const full = (): Promise<never> => Promise.reject(new TypeError("database or disk is full"));
  await assert.rejects(withKvRetry(full, { clock }), { code: "INSUFFICIENT_SPACE" });
  await assert.rejects(withKvRetry(lockedOperation(1), { clock, signal: AbortSignal.abort() }), {
    code: "CANCELLED",
  });
});

Deno.test("withKvRetry() waits no longer than a person does for a database that waits by itself", async () => {
  const clock = new TestClock({ autoAdvance: true });
  let asked = 0;
  const slow = async (): Promise<never> => {
    asked++;
    await clock.sleep(5_000);
    throw new TypeError("database is locked");
  };
  await assert.rejects(withKvRetry(slow, { clock }), { code: "LOCKED" });
  assert.equal(asked, 2);
});

Deno.test("openStore() opens a store in memory", async () => {
  await using store = await openStore(":memory:");
  await store.kv.set(["a"], 1);
  assert.equal((await store.kv.get(["a"])).value, 1);
});

Deno.test("openStore() gives a store that may be disposed twice", async () => {
  await using dir = await makeTempDir();
  for (const location of [":memory:", dir.join("state.kv")]) {
    const store = await openStore(location);
    await Promise.all([store[Symbol.asyncDispose](), store[Symbol.asyncDispose]()]);
    await store[Symbol.asyncDispose]();
  }
});

Deno.test("openStore() makes private folders and files, and keeps what was written", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("x", "y", "state.kv");
  {
    await using store = await openStore(path);
    await store.kv.set(["a"], "kept");
  }
  await using store = await openStore(path);
  assert.equal((await store.kv.get(["a"])).value, "kept");
  assert.deepEqual(store.warnings, []);
  if (Deno.build.os === "windows") return;
  for (const file of [dir.join("x"), dir.join("x", "y"), path, `${path}-wal`]) {
    assert.equal((await stat(file)).mode & 0o077, 0, `${file} is private`);
  }
});

Deno.test("openStore() moves a damaged file aside, says so, and begins a new one", async () => {
  await using dir = await makeTempDir();
  for (const garbage of ["this is no database at all", "SQLite format 3\0 and then nonsense ".repeat(300)]) {
    const before = (await damagedFiles(dir)).length;
    await writeFile(dir.join("state.kv"), garbage);
    await using store = await openStore(dir.join("state.kv"));
    await store.kv.set(["a"], 1);
    assert.equal((await store.kv.get(["a"])).value, 1);
    assert.match(
      store.warnings[0] ?? "",
      /^The state file was damaged, and no record .*: it is kept in ".*state\.kv\.damaged-/,
    );
    assert.equal((await damagedFiles(dir)).length, before + 1);
  }
  const [first] = await damagedFiles(dir);
  assert.match(await Deno.readTextFile(dir.join(first ?? "")), /no database|nonsense/, "nothing is deleted");
});

Deno.test("openStore() finds damage inside the file after a crash, before the database can panic", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("state.kv");
  const script = `import { openStore } from ${MODULE};
    const { kv } = await openStore(Deno.args[0]);
    for (let n = 0; n < 500; n++) await kv.set(["k", n], "x".repeat(500));
    console.log("written");
    setInterval(() => {}, 1000);`;
  {
    await using writer = startDeno(script, [path]);
    await writer.printed("written");
  }
  {
    await using store = await openStore(path);
    assert.equal((await store.kv.get(["k", 499])).value, "x".repeat(500), "a crash alone does no harm");
    assert.deepEqual(store.warnings, []);
  }
  const bytes = await Deno.readFile(path);
  assert.ok(bytes.length > 100_000, `${bytes.length} bytes are in the file itself`);
  bytes.fill(0xff, 8192, bytes.length - 8192);
  await writeFile(path, bytes);
  await writeFile(`${path}.sessions`, "+crashed\n");
  await using store = await openStore(path);
  assert.equal(store.warnings.length, 1);
  assert.equal((await store.kv.get(["k", 1])).value, null);
});

Deno.test("openStore() lets several processes count without losing one", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("state.kv");
  const script = `import { openStore, requireStoreUrl, withKvRetry } from ${MODULE};
    await using store = await openStore(Deno.args[0]);
    for (let n = 0; n < 60; n++) {
      for (;;) {
        const result = await withKvRetry(async () => {
          const entry = await store.kv.get(["count"]);
          return store.kv.atomic().check(entry).set(["count"], (entry.value ?? 0) + 1).commit();
        });
        if (result.ok) break;
      }
    }
    console.log(store.warnings.length);`;
  const runs = await Promise.all(Array.from({ length: 4 }, () => runDeno(script, [path])));
  for (const run of runs) assert.deepEqual([run.code, run.stdout.trim()], [0, "0"], run.stderr);
  await using store = await openStore(path);
  assert.equal((await store.kv.get(["count"])).value, 240);
});

Deno.test("openStore() says which flag is missing", async () => {
  const script = `import { openStore } from ${MODULE};
    await openStore("x").catch((error) => console.log(error.code, error.hints.join()));`;
  const { stdout, stderr } = await runDeno(script, [], { flags: ["-A", "--no-config"] });
  assert.match(stdout, /^FAILED .*--unstable-kv/, stderr);
});

Deno.test("openStore() says what is wrong with a server's address", async () => {
  const token = Deno.env.get("DENO_KV_ACCESS_TOKEN");
  Deno.env.delete("DENO_KV_ACCESS_TOKEN");
  try {
    await assert.rejects(openStore("http://user:secret@127.0.0.1:9"), (error) => {
      assert.ok(isModelManagerError(error));
      assert.equal(error.code, "AUTHENTICATION_ERROR");
      assert.doesNotMatch(error.message, /secret/);
      return /DENO_KV_ACCESS_TOKEN/.test(error.hints.join());
    });
  } finally {
    if (token !== undefined) Deno.env.set("DENO_KV_ACCESS_TOKEN", token);
  }
});

Deno.test("openStore() gives up a server that is silent", async () => {
  const token = Deno.env.get("DENO_KV_ACCESS_TOKEN");
  Deno.env.set("DENO_KV_ACCESS_TOKEN", "none");
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const clock = new TestClock();
  try {
    const opening = openStore(`http://127.0.0.1:${listener.addr.port}`, { clock });
    opening.catch(() => {});
    using _silent = await listener.accept();
    await clock.advance(4_000);
    await assert.rejects(opening, (error) => {
      assert.ok(isModelManagerError(error));
      assert.deepEqual([error.code, error.hints], ["NETWORK_ERROR", [
        "Keep the state on this machine: unset MM_KV_URL",
      ]]);
      return error.cause instanceof Error && /does not answer within 4 s/.test(error.cause.message);
    });
    assert.equal(clock.sleeping, 0);
  } finally {
    listener.close();
    if (token === undefined) Deno.env.delete("DENO_KV_ACCESS_TOKEN");
    else Deno.env.set("DENO_KV_ACCESS_TOKEN", token);
  }
});

Deno.test("openStore() asks for the right token when a server refuses the one that it was given", async () => {
  const token = Deno.env.get("DENO_KV_ACCESS_TOKEN");
  Deno.env.set("DENO_KV_ACCESS_TOKEN", "wrong");
  const refuse = () => new Response("bad token", { status: 401 });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, refuse);
  try {
    await assert.rejects(openStore(`http://127.0.0.1:${server.addr.port}`), (error) => {
      assert.ok(isModelManagerError(error));
      assert.deepEqual([error.code, error.hints], ["AUTHENTICATION_ERROR", [
        "Give the server's access token: export DENO_KV_ACCESS_TOKEN=…",
      ]]);
      return true;
    });
  } finally {
    await server.shutdown();
    if (token === undefined) Deno.env.delete("DENO_KV_ACCESS_TOKEN");
    else Deno.env.set("DENO_KV_ACCESS_TOKEN", token);
  }
});

Deno.test("openStore() reports a place where nothing can be written", async () => {
  await using dir = await makeTempDir();
  await dir.write("file");
  await assert.rejects(openStore(dir.join("file", "state.kv")), (error) => isModelManagerError(error));
  const script = `import { openStore } from ${MODULE};
    await openStore(Deno.args[0]).catch((error) => console.log(error.code, error.message));`;
  const flags = ["--unstable-kv", "--no-prompt", "--allow-read"];
  const { stdout, stderr } = await runDeno(script, [dir.join("state.kv")], { flags });
  assert.match(stdout, /^PERMISSION_ERROR Cannot /, stderr);
});

Deno.test("requireStoreUrl() takes addresses of servers only: anything else would become a file", () => {
  for (const text of ["https://kv.test", "HTTP://127.0.0.1:4512/a"]) requireStoreUrl(text);
  for (const text of ["ftp://kv.test", "kv.test", "https://", "/tmp/state.kv", `hf_${"x".repeat(20)}`]) {
    assert.throws(() => requireStoreUrl(text), (error) => {
      assert.ok(isModelManagerError(error) && !error.message.includes("xxxx"));
      return error.code === "CONFIG_INVALID" && error.hints.length > 0;
    });
  }
});
