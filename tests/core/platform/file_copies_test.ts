import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { copyBytes, syncFile } from "../../../core/platform/file_copies.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("copyBytes() copies, shows the bytes on the way, and overwrites nothing", async () => {
  await using dir = await makeTempDir();
  const [from, to] = [dir.join("a"), dir.join("b")];
  const data = new Uint8Array(9_000_000).map((_, index) => index % 251);
  await writeFile(from, data);
  const seen: number[] = [];
  await copyBytes(from, to, { onBytes: (bytes) => void seen.push(bytes.length) });
  deepStrictEqual(new Uint8Array(await readFile(to)), data);
  strictEqual(seen.reduce((sum, count) => sum + count, 0), data.length);
  await syncFile(to);
  await syncFile(dir.join("none"));
  await rejects(copyBytes(from, to), { code: "FAILED", message: /there already/ });
  await rejects(copyBytes(dir.join("none"), dir.join("c")), { message: /does not exist/ });
});

Deno.test("copyBytes() stops when it is told to", async () => {
  await using dir = await makeTempDir();
  const from = dir.join("a");
  await writeFile(from, new Uint8Array(9_000_000));
  const stop = new AbortController();
  const copy = copyBytes(from, dir.join("b"), { signal: stop.signal, onBytes: () => stop.abort() });
  await rejects(copy, { code: "CANCELLED" });
});
