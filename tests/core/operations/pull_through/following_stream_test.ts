import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { FileFetch } from "../../../../core/operations/pull_through/file_fetch.ts";
import { followFetch } from "../../../../core/operations/pull_through/following_stream.ts";
import { Refusal } from "../../../../core/server/reply.ts";
import { makeTempDir, type TempDir } from "../../../support/temp_dir.ts";
import { settle } from "../../../support/test_clock.ts";

const SIZE = 400_000;
const HELD_BACK = 65_536;
const BYTES = Uint8Array.from({ length: SIZE }, (_, index) => index % 251);

interface Box {
  readonly fetch: FileFetch;
  readonly staged: string;
  /** So much has arrived. */
  arrive(end: number, epoch?: number): void;
}

async function prepare(dir: TempDir): Promise<Box> {
  const staged = dir.join("x.part");
  await Deno.writeFile(staged, BYTES);
  const fetch = new FileFetch({ onAbandoned: () => {} });
  return {
    fetch,
    staged,
    arrive: (end, epoch = 0) => fetch.notice({ stagedPath: staged, written: [{ start: 0, end }], epoch }),
  };
}

const atOnce = { onBytes: () => {}, patience: () => Promise.resolve() };
const patient = { onBytes: () => {}, patience: () => new Promise<void>(() => {}) };

async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, bytes: number): Promise<number> {
  let count = 0;
  while (count < bytes) count += (await reader.read()).value?.length ?? NaN;
  return count;
}

Deno.test("followFetch() gives what has arrived, and the end only when it is proved", async () => {
  await using dir = await makeTempDir();
  const { fetch, staged, arrive } = await prepare(dir);
  let told = 0;
  const stream = await followFetch(fetch, { start: 0, end: SIZE }, {
    ...atOnce,
    onBytes: (bytes) => told += bytes,
  });
  const reader = stream.getReader();
  arrive(1000);
  strictEqual(await readUntil(reader, 1000), 1000);
  arrive(SIZE);
  strictEqual(await readUntil(reader, SIZE - HELD_BACK - 1000), SIZE - HELD_BACK - 1000);
  let isOver = false;
  const last = readUntil(reader, HELD_BACK).finally(() => isOver = true);
  await settle(20);
  strictEqual(isOver, false);
  await Deno.rename(staged, dir.join("x"));
  fetch.succeed(dir.join("x"));
  strictEqual(await last, HELD_BACK);
  strictEqual((await reader.read()).done, true);
  strictEqual(told, SIZE);
  strictEqual(fetch.readers, 0);
});

Deno.test("followFetch() gives exactly its range of a file that is there already", async () => {
  await using dir = await makeTempDir();
  const { fetch, staged } = await prepare(dir);
  fetch.succeed(staged);
  const stream = await followFetch(fetch, { start: 300_000, end: 300_010 }, patient);
  deepStrictEqual(await new Response(stream).bytes(), BYTES.slice(300_000, 300_010));
});

Deno.test("followFetch() finds a file that gets its final name just when it is opened", async () => {
  await using dir = await makeTempDir();
  const { fetch, staged, arrive } = await prepare(dir);
  const stream = await followFetch(fetch, { start: 0, end: SIZE }, atOnce);
  await Deno.rename(staged, dir.join("x"));
  arrive(SIZE);
  const bytes = new Response(stream).bytes();
  await settle(20);
  fetch.succeed(dir.join("x"));
  deepStrictEqual(await bytes, BYTES);
});

Deno.test("followFetch() fails with what the Hub says before the first byte, and cuts off after it", async () => {
  await using dir = await makeTempDir();
  const { fetch, arrive } = await prepare(dir);
  const early = followFetch(fetch, { start: 0, end: SIZE }, patient);
  const late = await followFetch(fetch, { start: 0, end: SIZE }, atOnce);
  fetch.fail(new Refusal(403, "No"));
  await rejects(early, { status: 403 });
  await rejects(new Response(late).bytes());
  strictEqual(fetch.readers, 0);

  const other = await prepare(dir);
  const cut = (await followFetch(other.fetch, { start: 0, end: SIZE }, atOnce)).getReader();
  other.arrive(1000);
  await readUntil(cut, 1000);
  other.arrive(0, 1);
  await rejects(cut.read(), /wrong/);
  arrive(0);
});

Deno.test("followFetch() lets go when nobody reads any more", async () => {
  await using dir = await makeTempDir();
  const { fetch } = await prepare(dir);
  const stream = await followFetch(fetch, { start: 0, end: SIZE }, atOnce);
  const reader = stream.getReader();
  const waiting = reader.read();
  await settle();
  await reader.cancel();
  strictEqual((await waiting).done, true);
  strictEqual(fetch.readers, 0);
});

Deno.test("followFetch() tells why nothing comes instead of beginning an answer, at once when that lasts", async () => {
  await using dir = await makeTempDir();
  const { fetch, arrive } = await prepare(dir);
  const range = { start: 0, end: SIZE };
  fetch.stall({ error: new Refusal(503, "again soon"), isLong: false });
  await rejects(followFetch(fetch, range, atOnce), { status: 503 });
  fetch.stall({ error: new Refusal(429, "in an hour"), isLong: true });
  await rejects(followFetch(fetch, range, patient), { status: 429 });
  strictEqual(fetch.readers, 0);
  fetch.stall({ error: new Refusal(503, "again soon"), isLong: false });
  arrive(1000);
  const stream = await followFetch(fetch, range, atOnce);
  await stream.cancel();
  // What has arrived can be had although nothing more comes.
  fetch.stall({ error: new Refusal(429, "in an hour"), isLong: true });
  await (await followFetch(fetch, range, patient)).cancel();
});

Deno.test("followFetch() of an empty file waits until it is there", async () => {
  const fetch = new FileFetch({ onAbandoned: () => {} });
  const opened = followFetch(fetch, { start: 0, end: 0 }, patient);
  let isOpen = false;
  void opened.then(() => isOpen = true);
  await settle(20);
  strictEqual(isOpen, false);
  fetch.succeed("/final");
  strictEqual((await new Response(await opened).bytes()).length, 0);
  const failing = new FileFetch({ onAbandoned: () => {} });
  failing.fail(new Refusal(404, "no"));
  await rejects(followFetch(failing, { start: 0, end: 0 }, patient), { status: 404 });
});
