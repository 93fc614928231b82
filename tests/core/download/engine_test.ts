import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { ModelManagerError } from "../../../core/base/errors.ts";
import { runTransfers } from "../../../core/download/engine.ts";
import { totalLength } from "../../../core/base/byte_range.ts";
import { eventsOf, hastyClock, MIB, openFixture } from "./engine_fixture.ts";
import { settle } from "../../support/test_clock.ts";

const BIG = { path: "big.gguf", sizeBytes: 9 * MIB + 17 };

Deno.test("runTransfers() fetches, proves and publishes large, small and empty files", async () => {
  const files = [
    BIG,
    { path: "mid.gguf", sizeBytes: 3 * MIB },
    { path: "folder/small.gguf", sizeBytes: 700_000 },
    { path: "config.json", text: '{"a":1}' },
    { path: "empty.txt", text: "" },
  ];
  await using fixture = await openFixture({ files });
  const { outcomes } = await fixture.run(await fixture.tasks());
  assert.deepEqual(outcomes?.map((outcome) => outcome.path), files.map((file) => file.path));
  for (const { path } of files) assert.ok(await fixture.isRight(path), path);
  for (const outcome of outcomes ?? []) {
    assert.equal(outcome.finalPath, fixture.finalPath(outcome.path));
    assert.deepEqual([outcome.bytesResumed, outcome.retries], [0, 0]);
  }
  assert.deepEqual(await readdir(fixture.dir.join(".cache")), [], "no journal and no partial file is left");
  assert.deepEqual(fixture.hub.errors, []);
  assert.deepEqual(
    [...fixture.located.values()],
    [1, 1, 1, 1],
    "one question a file, none for the empty one",
  );
});

Deno.test("runTransfers() has nothing to do without files", async () => {
  await using fixture = await openFixture({ files: [] });
  assert.deepEqual(await fixture.run([]), { events: [], outcomes: [], error: undefined });
});

Deno.test("runTransfers() asks for bounded ranges, unencoded, over several lanes", async () => {
  await using fixture = await openFixture({ files: [BIG] });
  await fixture.run(await fixture.tasks());
  const requests = fixture.hub.fileRequests(BIG.path).filter((request) => request.method === "GET");
  assert.ok(requests.length >= 4, `${requests.length} requests`);
  for (const { range, status, acceptEncoding, authorized } of requests) {
    assert.match(range ?? "", /^bytes=\d+-\d+$/);
    assert.deepEqual([status, acceptEncoding, authorized], [206, "identity", false]);
  }
});

Deno.test("runTransfers() fetches over one lane too", async () => {
  await using fixture = await openFixture({ files: [BIG, { path: "a.txt", text: "hello" }] });
  await fixture.run(await fixture.tasks(), { connections: 1 });
  assert.ok(await fixture.isRight(BIG.path));
  assert.ok(await fixture.isRight("a.txt"));
});

Deno.test("runTransfers() fetches many small files", async () => {
  const files = Array.from({ length: 60 }, (_, index) => ({ path: `f${index}.txt`, text: `file ${index}` }));
  await using fixture = await openFixture({ files });
  const { outcomes } = await fixture.run(await fixture.tasks(), { maxConnections: 16 });
  assert.equal(outcomes?.length, 60);
  for (const { path } of files) assert.ok(await fixture.isRight(path), path);
});

Deno.test("runTransfers() proves git digests, of small files and of files in segments", async () => {
  const files = [
    { path: "readme.md", text: "# Hello\n" },
    { path: "vocabulary.txt", sizeBytes: 3 * MIB + 1, storage: "git" as const },
  ];
  await using fixture = await openFixture({ files });
  const tasks = await fixture.tasks();
  assert.deepEqual(tasks.map((task) => task.source.digest.algorithm), ["git-sha1", "git-sha1"]);
  await fixture.run(tasks);
  for (const { path } of files) assert.ok(await fixture.isRight(path), path);
});

Deno.test("runTransfers() keeps to a rate limit, and to a new one at once", async () => {
  const clock = hastyClock(10);
  await using fixture = await openFixture({ files: [{ path: "a.gguf", sizeBytes: 5 * MIB }], clock });
  fixture.limiter.setLimit(MIB);
  const startedAt = clock.monotonic();
  let raisedAt: number | undefined;
  await fixture.run(await fixture.tasks(), {
    onEvent: ({ receivedBytes }) => {
      if (receivedBytes < 3 * MIB || raisedAt !== undefined) return;
      raisedAt = clock.monotonic();
      fixture.limiter.setLimit(undefined);
    },
  });
  assert.ok(await fixture.isRight("a.gguf"));
  // Three MiB at one MiB a second; what is saved up at the start is a fifth of a second.
  const limitedMs = (raisedAt ?? 0) - startedAt;
  assert.ok(limitedMs >= 2700 && limitedMs < 30_000, `${limitedMs} ms`);
});

Deno.test("runTransfers() stops when its signal is aborted, and says so", async () => {
  const faults = [{ effect: { type: "slow", bytesPerSecond: 2 * MIB } as const }];
  await using fixture = await openFixture({ files: [BIG], faults });
  const controller = new AbortController();
  const { error, events } = await fixture.run(await fixture.tasks(), {
    signal: controller.signal,
    onEvent: ({ receivedBytes }) => receivedBytes > MIB && controller.abort(),
  });
  assert.equal(error?.code, "CANCELLED");
  assert.ok(events.every((event) => event.type !== "failed"), "a cancel is no failure of a file");
  assert.equal(await fixture.published(BIG.path), undefined);
});

Deno.test("runTransfers() throws the error that its signal was aborted with", async () => {
  await using fixture = await openFixture({ files: [BIG] });
  const reason = new ModelManagerError("LOCKED", "Another program took over");
  const { error, events } = await fixture.run(await fixture.tasks(), { signal: AbortSignal.abort(reason) });
  assert.equal(error, reason);
  assert.deepEqual(events, []);
  assert.deepEqual(fixture.hub.requests, [], "nothing was asked");
});

Deno.test("runTransfers() stops everything when the reader of its events goes away", async () => {
  const faults = [{ effect: { type: "slow", bytesPerSecond: 2 * MIB } as const }];
  await using fixture = await openFixture({ files: [BIG], faults });
  const [task] = await fixture.tasks();
  assert.ok(task !== undefined);
  for await (const event of runTransfers([task], fixture.options())) {
    if (event.receivedBytes > MIB) break;
  }
  const requests = fixture.hub.requests.length;
  const journal = await fixture.journal(task);
  assert.ok(totalLength(journal?.written ?? []) > MIB, "what arrived is noted");
  await settle(20);
  assert.equal(fixture.hub.requests.length, requests, "and nobody goes on");
});

Deno.test("runTransfers() starts nothing before its first event is asked for", async () => {
  await using fixture = await openFixture({ files: [BIG] });
  const run = runTransfers(await fixture.tasks(), fixture.options());
  await settle(10);
  await run.return([]);
  assert.deepEqual(fixture.hub.requests, []);
});

Deno.test("runTransfers() asks for a small file's place only when its turn comes", async () => {
  const small = { path: "small.gguf", sizeBytes: 1000 };
  await using fixture = await openFixture({ files: [BIG, small] });
  await fixture.run(await fixture.tasks(), { connections: 1 });
  assert.ok(await fixture.isRight(small.path));
  const requests = fixture.hub.requests.map(({ method, path }) => `${method} ${path.split("/").at(-1)}`);
  const asked = requests.indexOf(`HEAD ${small.path}`);
  // Opened long before, it would look like a file that does not move.
  assert.ok(asked > requests.lastIndexOf(`GET ${BIG.path}`), requests.join("\n"));
});

Deno.test("runTransfers() passes on what publishing fails with, and keeps the bytes", async () => {
  await using fixture = await openFixture({ files: [BIG] });
  const reason = new ModelManagerError("PERMISSION_ERROR", "The library is read-only", { hints: ["Look"] });
  const task = await fixture.task(BIG.path, { publish: () => Promise.reject(reason) });
  const result = await fixture.run([task]);
  assert.equal(result.error, reason);
  assert.deepEqual(eventsOf(result, "failed").map((event) => event.error.code), ["PERMISSION_ERROR"]);
  assert.equal(totalLength((await fixture.journal(task))?.written ?? []), BIG.sizeBytes);

  fixture.hub.clear();
  const again = await fixture.run([{
    ...await fixture.again(task),
    publish: (await fixture.task(BIG.path)).publish,
  }]);
  assert.equal(again.error, undefined);
  assert.ok(await fixture.isRight(BIG.path));
  assert.equal(fixture.hub.bodyBytes(), 0);
});

Deno.test("runTransfers() says what the disk refuses, for large and for small files", async () => {
  await using fixture = await openFixture({ files: [BIG, { path: "small.gguf", sizeBytes: 1000 }] });
  for (const path of [BIG.path, "small.gguf"]) {
    const task = await fixture.task(path, { stagedPath: fixture.dir.join("none", "a.part") });
    const result = await fixture.run([task]);
    assert.equal(result.error?.code, "FAILED", path);
    assert.ok((result.error?.hints.length ?? 0) > 0);
    assert.equal(eventsOf(result, "failed").length, 1);
  }
});

/** A folder in which nothing can be made: for root, only the system's own refuse. */
async function unwritableFolder(parent: string): Promise<string | undefined> {
  if (Deno.build.os === "windows") return undefined;
  if (Deno.uid() === 0) return Deno.build.os === "linux" ? "/sys/kernel" : undefined;
  await Deno.chmod(parent, 0o500);
  return parent;
}

Deno.test("runTransfers() fails with PERMISSION_ERROR in a folder that must not be written", async () => {
  await using fixture = await openFixture({ files: [BIG, { path: "small.gguf", sizeBytes: 1000 }] });
  const tasks = await fixture.tasks();
  const folder = await unwritableFolder(fixture.dir.join(".cache"));
  if (folder === undefined) return;
  for (const task of tasks) {
    const { error } = await fixture.run([{
      ...task,
      stagedPath: `${folder}/a.part`,
      journalPath: `${folder}/a`,
    }]);
    assert.equal(error?.code, "PERMISSION_ERROR", task.source.path);
    assert.ok(error.message.includes(folder) && error.hints.length > 0);
  }
});

Deno.test("runTransfers() begins with the largest files, and fetches small ones beside them", async () => {
  const files = [
    { path: "small.txt", text: "small" },
    { path: "b.gguf", sizeBytes: 3 * MIB },
    { path: "a.gguf", sizeBytes: 6 * MIB },
    { path: "c.gguf", sizeBytes: 4 * MIB },
  ];
  await using fixture = await openFixture({ files });
  const { outcomes } = await fixture.run(await fixture.tasks(), { connections: 2, maxConnections: 4 });
  // Lanes beyond those for bulk need not wait until the large files are done.
  assert.deepEqual([...fixture.located.keys()], ["a.gguf", "small.txt", "c.gguf", "b.gguf"]);
  assert.deepEqual(
    outcomes?.map(({ path }) => path),
    files.map(({ path }) => path),
    "in the order of the tasks",
  );
});

Deno.test("runTransfers() uses no more lanes than the rate limit is worth", async () => {
  const files = [{ path: "a.gguf", sizeBytes: MIB }, { path: "b.txt", text: "b" }, {
    path: "c.txt",
    text: "c",
  }];
  // No hastier: a busy machine has to reach the limit, or more lanes are tried for it.
  await using fixture = await openFixture({ files, clock: hastyClock(4) });
  fixture.limiter.setLimit(200_000);
  const { events } = await fixture.run(await fixture.tasks(), { connections: 8, maxConnections: 16 });
  const lanes = events.map((event) => event.type === "progress" ? event.connections : 0);
  // On a busy machine one may begin before the limit is noticed.
  assert.ok(Math.max(...lanes) <= 2, `${Math.max(...lanes)} lanes`);
  for (const { path } of files) assert.ok(await fixture.isRight(path), path);
});
