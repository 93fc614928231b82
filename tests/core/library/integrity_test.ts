import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  type FileHasher,
  type VerifiableFile,
  type VerifiedFile,
  verifyFiles,
} from "../../../core/library/integrity.ts";
import { fileSystemError } from "../../../core/platform/file_system_error.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const hashFile: FileHasher = async (path, algorithm, { onProgress }) => {
  const data = await readFile(path);
  onProgress(data.length);
  const hash = createHash(algorithm === "sha256" ? "sha256" : "sha1");
  if (algorithm === "git-sha1") hash.update(`blob ${data.length}\0`);
  return hash.update(data).digest("hex");
};

function wanted(path: string, data: string): VerifiableFile {
  const hex = createHash("sha256").update(data).digest("hex");
  return {
    repo: "acme/m",
    file: path.slice(path.lastIndexOf("/") + 1),
    path,
    sizeBytes: data.length,
    digest: { algorithm: "sha256", hex },
  };
}

async function run(
  files: readonly VerifiableFile[],
  options: Parameters<typeof verifyFiles>[1],
): Promise<{ results: VerifiedFile[]; events: string[] }> {
  const events: string[] = [];
  const generator = verifyFiles(files, options);
  for (;;) {
    const next = await generator.next();
    if (next.done === true) return { results: next.value, events };
    events.push(`${next.value.file} ${next.value.receivedBytes}/${next.value.totalBytes}`);
  }
}

Deno.test("verifyFiles() tells good, changed, short and missing files apart, in their order", async () => {
  await using dir = await makeTempDir();
  const good = wanted(await dir.write("good", "12345"), "12345");
  const flipped = wanted(await dir.write("flipped", "12x45"), "12345");
  const short = wanted(await dir.write("short", "1234"), "12345");
  const missing = wanted(dir.join("missing"), "12345");
  const git: VerifiableFile = {
    ...wanted(await dir.write("git", "hello\n"), "hello\n"),
    digest: { algorithm: "git-sha1", hex: "ce013625030ba8dba906f756967f9e9ca394464a" },
  };
  const { results, events } = await run([good, flipped, short, missing, git], { hashFile });
  assert.deepEqual(results.map((result) => result.status), ["ok", "corrupt", "corrupt", "missing", "ok"]);
  assert.match(results[1]?.actual ?? "", /^sha256:[0-9a-f]{64}$/);
  assert.notEqual(results[1]?.actual, results[1]?.expected);
  assert.equal(results[2]?.actual, undefined);
  assert.ok(events.includes("good 5/5") && events.includes("flipped 5/5"), events.join());
});

Deno.test("verifyFiles() goes on past files that cannot be read, and says why", async () => {
  await using dir = await makeTempDir();
  const names = ["good", "secret", "flipped", "hidden"];
  const files = await Promise.all(names.map(async (name) => {
    return wanted(await dir.write(name, name === "flipped" ? "12x45" : "12345"), "12345");
  }));
  const guarded: FileHasher = (path, algorithm, options) =>
    /secret|hidden/.test(path)
      ? Promise.reject(fileSystemError(Object.assign(new Error("no"), { code: "EACCES" }), "read", path))
      : hashFile(path, algorithm, options);
  const { results } = await run(files, { hashFile: guarded, concurrency: 1 });
  assert.deepEqual(results.map(({ status }) => status), ["ok", "unreadable", "corrupt", "unreadable"]);
  assert.equal(results[1]?.error?.code, "PERMISSION_ERROR");
  assert.equal(results[1]?.error?.message, `Cannot read "${dir.join("secret")}": permission denied`);
});

Deno.test("verifyFiles() has at most so many files in work", async () => {
  await using dir = await makeTempDir();
  const files = await Promise.all(
    Array.from(
      { length: 9 },
      async (_, index) => wanted(await dir.write(`f${index}`, `${index}`), `${index}`),
    ),
  );
  let atWork = 0, most = 0;
  // The first ones wait for each other, however slow the disk is.
  const together = Promise.withResolvers<void>();
  const slow: FileHasher = async (path, algorithm, options) => {
    most = Math.max(most, ++atWork);
    if (atWork === 3) together.resolve();
    await together.promise;
    const hex = await hashFile(path, algorithm, options);
    atWork -= 1;
    return hex;
  };
  const { results } = await run(files, { hashFile: slow, concurrency: 3 });
  assert.ok(results.every((result) => result.status === "ok"));
  assert.equal(most, 3);
});

Deno.test("verifyFiles() ends with CANCELLED when its signal does, and hashes nothing more", async () => {
  await using dir = await makeTempDir();
  const files = [wanted(await dir.write("a", "a"), "a"), wanted(await dir.write("b", "b"), "b")];
  const stop = new AbortController();
  let hashed = 0;
  const abortsFirst: FileHasher = (_path, _algorithm, { signal }) => {
    hashed += 1;
    stop.abort();
    signal.throwIfAborted();
    return Promise.resolve("never");
  };
  const options = { hashFile: abortsFirst, signal: stop.signal, concurrency: 1 };
  await assert.rejects(run(files, options), { code: "CANCELLED" });
  assert.equal(hashed, 1);
  await assert.rejects(run(files, { hashFile, signal: stop.signal }), { code: "CANCELLED" });
});

Deno.test("verifyFiles() stops the hashing when nobody reads on", async () => {
  await using dir = await makeTempDir();
  const file = wanted(await dir.write("a", "a"), "a");
  let stopped = false;
  const endless: FileHasher = (_path, _algorithm, { signal }) =>
    new Promise((_, reject) =>
      signal.addEventListener("abort", () => {
        stopped = true;
        reject(signal.reason);
      })
    );
  for await (const _ of verifyFiles([file], { hashFile: endless })) break;
  assert.ok(stopped);
});

Deno.test("verifyFiles() has nothing to say about nothing", async () => {
  assert.deepEqual(await run([], { hashFile }), { results: [], events: [] });
});
