import { deepStrictEqual, match, strictEqual, throws } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { readArchive, writeArchive } from "../../packaging/tar_archive.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const LONG_PATH = `${"folder/".repeat(20)}file.js`;

Deno.test("writeArchive() and readArchive() are each other's inverse", () => {
  const path = fc.stringMatching(/^[a-z]{1,12}(\/[a-z]{1,12}){0,14}\.js$/);
  const file = fc.record({ path, bytes: fc.uint8Array({ maxLength: 1500 }), isExecutable: fc.boolean() });
  fc.assert(fc.property(fc.array(file, { maxLength: 4 }), (files) => {
    const read = readArchive(writeArchive(files));
    // Copied, so that only the bytes count.
    deepStrictEqual(
      read,
      files.map(({ path, bytes, isExecutable }) => ({
        path,
        bytes: new Uint8Array(bytes),
        isExecutable,
      })),
    );
  }));
});

Deno.test("writeArchive() makes equal bytes of equal files, and what other programs can read", async () => {
  const files = [
    { path: "package/bin/mm.mjs", bytes: new TextEncoder().encode("run"), isExecutable: true },
    { path: LONG_PATH, bytes: new Uint8Array(513) },
  ];
  const archive = writeArchive(files);
  deepStrictEqual(writeArchive(files), archive);
  await using dir = await makeTempDir();
  const path = await dir.write("files.tgz", archive);
  const { stdout, status } = spawnSync("tar", ["tvzf", path], { encoding: "utf8" });
  strictEqual(status, 0);
  match(stdout, /^-rwxr-xr-x .* 3 .* package\/bin\/mm\.mjs$/m);
  match(stdout, /^-rw-r--r-- .* 513 .* folder\/folder\/.*file\.js$/m);
});

Deno.test("readArchive() knows the long names of other programs, and refuses what is cut off", async () => {
  await using dir = await makeTempDir();
  const name = `${"x".repeat(130)}.txt`;
  await dir.write(`from/${name}`, "long");
  const made = spawnSync("tar", ["-C", dir.join("from"), "--format=gnu", "-czf", dir.join("a.tgz"), name]);
  strictEqual(made.status, 0);
  const [file] = readArchive(await Deno.readFile(dir.join("a.tgz")));
  strictEqual(file?.path, name);
  strictEqual(new TextDecoder().decode(file.bytes), "long");
  const whole = await new Response(
    new Blob([writeArchive([{ path: "a", bytes: new Uint8Array(2000) }]).slice()]).stream()
      .pipeThrough(new DecompressionStream("gzip")),
  ).bytes();
  throws(
    () => readArchive(new Uint8Array(gzipSync(whole.subarray(0, 1500)))),
    /ends in the middle of a file/,
  );
});

Deno.test("writeArchive() refuses a path that does not fit", () => {
  throws(() => writeArchive([{ path: "x".repeat(300), bytes: new Uint8Array() }]), /too long for an archive/);
});
