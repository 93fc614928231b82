import assert from "node:assert/strict";
import { appendFile, link, open, stat, utimes, writeFile } from "node:fs/promises";
import { openOutgoingFile, takeFileSlice } from "../../../core/platform/file_stream.ts";
import { serveHttp } from "../../../core/platform/http_server.ts";
import { waitUntil } from "../../support/run_program.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const SIZE = 900_000;

function someBytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: SIZE }, (_, at) => (at * 7) % 251);
}

Deno.test("openOutgoingFile() streams exactly the part that is asked for", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("file");
  await writeFile(path, someBytes());
  for (const range of [{ start: 0, end: SIZE }, { start: 5, end: 6 }, { start: 300_000, end: SIZE }]) {
    const file = await openOutgoingFile(path);
    const bytes = await new Response(file.stream(range)).bytes();
    assert.deepEqual(bytes, someBytes().slice(range.start, range.end));
  }
});

Deno.test("openOutgoingFile() fails before the last bytes when the file was changed meanwhile", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("file");
  await writeFile(path, someBytes());
  const file = await openOutgoingFile(path);
  const reader = file.stream({ start: 0, end: SIZE }).getReader();
  let received = (await reader.read()).value?.length ?? 0;
  const handle = await open(path, "r+");
  await handle.write(new Uint8Array([255]), 0, 1, SIZE - 1);
  await handle.utimes(1, 1);
  await handle.close();
  await assert.rejects(async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      received += next.value.length;
    }
  }, /was changed/);
  assert.ok(received > 0 && received < SIZE);
});

/** Until the next change has another time than those before it: the system cuts it down to seconds. */
async function nextTick(path: string): Promise<void> {
  const { ctimeMs } = await stat(path);
  const { atime, mtime } = await stat(path);
  await waitUntil("the clock of the file system has moved on", async () => {
    await utimes(path, atime, mtime);
    return Math.floor((await stat(path)).ctimeMs / 1000) > Math.floor(ctimeMs / 1000);
  });
}

Deno.test({
  name: "openOutgoingFile() notices a change although the file's time was put back, and minds no other name",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await makeTempDir();
    const path = dir.join("file");
    await writeFile(path, someBytes());
    await utimes(path, 1000, 1000);
    const read = async (change: () => Promise<unknown>) => {
      const file = await openOutgoingFile(path);
      const reader = file.stream({ start: 0, end: SIZE }).getReader();
      await reader.read();
      await nextTick(dir.join("clock"));
      await change();
      for (let next = await reader.read(); !next.done;) next = await reader.read();
    };
    await writeFile(dir.join("clock"), "");
    await read(() => link(path, dir.join("other")));
    await assert.rejects(
      read(async () => {
        const handle = await open(path, "r+");
        await handle.write(new Uint8Array([255]), 0, 1, SIZE - 1);
        await handle.utimes(1000, 1000);
        await handle.close();
      }),
      /was changed/,
    );
  },
});

Deno.test("openOutgoingFile() closes the file when nobody wants the stream", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("file");
  await writeFile(path, "abc");
  const file = await openOutgoingFile(path);
  await file.stream({ start: 0, end: 3 }).cancel();
  assert.throws(() => file[Symbol.dispose](), Deno.errors.BadResource);
  await assert.rejects(openOutgoingFile(dir.join("none")), { name: "ModelManagerError" });
});

Deno.test("takeFileSlice() gives the part once, and nothing for other streams", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("file");
  await writeFile(path, "abcdef");
  const stream = (await openOutgoingFile(path)).stream({ start: 1, end: 4 });
  using slice = takeFileSlice(stream);
  assert.equal(slice?.sizeBytes, 3);
  assert.equal(takeFileSlice(stream), undefined);
  assert.equal(takeFileSlice(new ReadableStream()), undefined);
  const buffer = new Uint8Array(10);
  assert.equal(slice?.readNow(buffer), 3);
  assert.equal(new TextDecoder().decode(buffer.subarray(0, 3)), "bcd");
});

Deno.test("a server sends files whole or not at all", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("file");
  await writeFile(path, someBytes());
  let spoil = false;
  const exchanges: boolean[] = [];
  await using server = serveHttp(async () => {
    const file = await openOutgoingFile(path);
    if (spoil) await appendFile(path, "x");
    return new Response(file.stream({ start: 0, end: SIZE }), {
      headers: { "content-length": String(SIZE) },
    });
  }, { onExchange: ({ isWhole }) => exchanges.push(isWhole) });
  assert.deepEqual(await (await fetch(server.url)).bytes(), someBytes());
  spoil = true;
  await assert.rejects(async () => await (await fetch(server.url)).bytes());
  assert.deepEqual(exchanges, [true, false]);
});
