import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { inBlocks, whatIsAt, writeTextTo } from "../../../cli/output/file_sink.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const signal = new AbortController().signal;

async function* pieces(...texts: readonly string[]): AsyncGenerator<string> {
  await Promise.resolve();
  yield* texts;
}

Deno.test("writeTextTo() writes everything, and replaces what was there, also behind a link", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("a.csv");
  const long = "ü".repeat(100_000);
  await writeTextTo(path, pieces("a", long, "b"), { signal });
  assert.equal(await readFile(path, "utf8"), `a${long}b`);
  await symlink(path, dir.join("link"));
  assert.equal(await whatIsAt(dir.join("link")), "file");
  await writeTextTo(dir.join("link"), pieces("new"), { signal });
  assert.equal(await readFile(path, "utf8"), "new");
  await writeTextTo(path, pieces(), { signal });
  assert.equal(await readFile(path, "utf8"), "");
  assert.deepEqual((await readdir(dir.path)).sort(), ["a.csv", "link"]);
});

Deno.test("writeTextTo() leaves what was there, and nothing else, when it fails or is stopped", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("a.csv");
  await writeFile(path, "old");
  const broken = async function* (): AsyncGenerator<string> {
    yield "x".repeat(100_000);
    await Promise.reject(new Error("the source broke"));
  };
  await assert.rejects(writeTextTo(path, broken(), { signal }), /the source broke/);
  const stopped = AbortSignal.abort();
  await assert.rejects(writeTextTo(path, pieces("new"), { signal: stopped }), { code: "CANCELLED" });
  assert.equal(await readFile(path, "utf8"), "old");
  assert.deepEqual(await readdir(dir.path), ["a.csv"]);
});

Deno.test("writeTextTo() says what is wrong with a path, and what to do", async () => {
  await using dir = await makeTempDir();
  const write = (path: string) => writeTextTo(path, pieces("x"), { signal });
  await assert.rejects(write(dir.join("none", "a.csv")), (error: Error & { hints: string[] }) => {
    assert.equal(error.message, `Cannot write "${dir.join("none", "a.csv")}": the folder does not exist`);
    assert.deepEqual(error.hints, [`Make it first: mkdir -p "${dir.join("none")}"`]);
    return true;
  });
  await assert.rejects(write(dir.path), { code: "USAGE_ERROR", message: /it is a folder/ });
  await writeFile(dir.join("file"), "");
  await assert.rejects(write(dir.join("file", "a.csv")), { code: "FAILED", message: /is a file/ });
  if (Deno.build.os === "windows" || Deno.uid() === 0) return;
  await mkdir(dir.join("locked"));
  await chmod(dir.join("locked"), 0o500);
  await assert.rejects(write(dir.join("locked", "a.csv")), { code: "PERMISSION_ERROR" });
});

Deno.test("whatIsAt() tells files, folders, devices and nothing apart", async () => {
  await using dir = await makeTempDir();
  assert.equal(await whatIsAt(dir.path), "folder");
  assert.equal(await whatIsAt(dir.join("none")), "nothing");
  if (Deno.build.os === "windows") return;
  assert.equal(await whatIsAt("/dev/null"), "device");
  await writeTextTo("/dev/null", pieces("x"), { signal });
  assert.equal(await whatIsAt("/dev/null"), "device");
});

Deno.test("inBlocks() joins small pieces and loses none", async () => {
  const texts = Array.from({ length: 10_000 }, (_, index) => `line ${index}\n`);
  const blocks = await Array.fromAsync(inBlocks(pieces(...texts)));
  assert.ok(blocks.length < 5, `${blocks.length}`);
  assert.equal(blocks.join(""), texts.join(""));
  assert.deepEqual(await Array.fromAsync(inBlocks(pieces())), []);
});
