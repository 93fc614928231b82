import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, stat, symlink } from "node:fs/promises";
import { isModelManagerError } from "../../../core/base/errors.ts";
import {
  parseJson,
  readJsonFile,
  readTextFileIfExists,
  writeFileAtomic,
} from "../../../core/platform/atomic_file.ts";
import { runDeno } from "../../support/run_deno.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const ON_UNIX = { ignore: Deno.build.os === "windows" };

Deno.test("writeFileAtomic() writes text and bytes, and leaves nothing else behind", async () => {
  await using dir = await makeTempDir();
  await writeFileAtomic(dir.join("a"), "old");
  await writeFileAtomic(dir.join("a"), "new");
  await writeFileAtomic(dir.join("b"), new Uint8Array([1, 2, 3]), { sync: false });
  assert.equal(await readFile(dir.join("a"), "utf8"), "new");
  assert.deepEqual([...await readFile(dir.join("b"))], [1, 2, 3]);
  assert.deepEqual((await readdir(dir.path)).sort(), ["a", "b"]);
});

Deno.test("writeFileAtomic() leaves the old file and no leftovers when it fails", async () => {
  await using dir = await makeTempDir();
  await mkdir(dir.join("folder"));
  await dir.write("folder/x");
  await assert.rejects(writeFileAtomic(dir.join("folder"), "data"), (error) => isModelManagerError(error));
  await assert.rejects(writeFileAtomic(dir.join("none", "a"), "data"), { code: "FAILED" });
  assert.deepEqual(await readdir(dir.path), ["folder"]);
});

Deno.test("writeFileAtomic() reports a folder that may not be written to", ON_UNIX, async () => {
  await using dir = await makeTempDir();
  // Not by file modes: root may write everywhere.
  const url = JSON.stringify(new URL("../../../core/platform/atomic_file.ts", import.meta.url).href);
  const script = `import { writeFileAtomic } from ${url};
    await writeFileAtomic(Deno.args[0] + "/a", "x").catch((e) => console.log(e.code, e.message, e.hints[0]));`;
  const { stdout } = await runDeno(script, [dir.path], { flags: ["--no-prompt", "--allow-read"] });
  assert.match(
    stdout,
    /^PERMISSION_ERROR Cannot write ".*\/a": .* Add the flag --allow-write=[^ ]* to deno run: /,
  );
});

Deno.test(
  "writeFileAtomic() keeps permissions that a file has, and sets those that are asked for",
  ON_UNIX,
  async () => {
    await using dir = await makeTempDir();
    const mode = async (name: string): Promise<string> =>
      ((await stat(dir.join(name))).mode & 0o777).toString(8);
    await writeFileAtomic(dir.join("secret"), "x", { mode: 0o600 });
    assert.equal(await mode("secret"), "600");
    await writeFileAtomic(dir.join("secret"), "y");
    assert.equal(await mode("secret"), "600");
    await writeFileAtomic(dir.join("shared"), "x");
    await chmod(dir.join("shared"), 0o666);
    await writeFileAtomic(dir.join("shared"), "y");
    assert.equal(await mode("shared"), "666");
  },
);

Deno.test("writeFileAtomic() writes through a symbolic link", ON_UNIX, async () => {
  await using dir = await makeTempDir();
  const file = await dir.write("real/config.json", "old");
  await symlink(file, dir.join("config.json"));
  await writeFileAtomic(dir.join("config.json"), "new");
  assert.equal(await readFile(file, "utf8"), "new");
});

Deno.test("writeFileAtomic() never shows half a file to readers", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("a");
  const texts = ["a".repeat(200_000), "b".repeat(300_000)];
  await writeFileAtomic(path, texts[0] ?? "");
  let writing = true;
  const reading = (async () => {
    while (writing) assert.ok(texts.includes(await readFile(path, "utf8")));
  })();
  for (let round = 0; round < 20; round++) {
    await writeFileAtomic(path, texts[round % 2] ?? "", { sync: false });
  }
  writing = false;
  await reading;
});

Deno.test("readTextFileIfExists() drops a byte order mark and knows when nothing is there", async () => {
  await using dir = await makeTempDir();
  assert.equal(await readTextFileIfExists(await dir.write("a", "\uFEFFtext")), "text");
  assert.equal(await readTextFileIfExists(dir.join("none")), undefined);
  await assert.rejects(readTextFileIfExists(dir.path), { code: "FAILED" });
});

Deno.test("readJsonFile() names the file, the line and the column, and shows nothing of the content", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("a.json", '{\n  "token": hf_secretsecret\n}\n');
  await assert.rejects(readJsonFile(path), (error) => {
    assert.ok(isModelManagerError(error));
    assert.equal(error.code, "CONFIG_INVALID");
    assert.equal(error.message, `Cannot read "${path}" as JSON: Unexpected token 'h' at line 2, column 12`);
    assert.doesNotMatch(JSON.stringify(error) + String(error.cause), /hf_secret/);
    return true;
  });
  assert.deepEqual(await readJsonFile(await dir.write("b.json", "[1]")), [1]);
  assert.equal(await readJsonFile(dir.join("none.json")), undefined);
});

Deno.test("parseJson() says what V8 says without the piece of text that it adds", () => {
  const messageOf = (text: string): string => {
    try {
      parseJson(text, "x");
      return "";
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
  };
  assert.equal(messageOf(""), 'Cannot read "x" as JSON: Unexpected end of JSON input at line 1, column 1');
  assert.equal(messageOf('{"a": "hf_x'), 'Cannot read "x" as JSON: Unterminated string at line 1, column 7');
  assert.match(messageOf('{"a": 1,}'), /: Expected double-quoted property name at line 1, column 9$/);
  assert.match(messageOf('["s", hf_x]'), /: Unexpected token 'h' at line 1, column 7$/);
});

Deno.test("writeFileAtomic() by a sole writer uses up what a killed one has left", async () => {
  await using dir = await makeTempDir();
  await dir.write(".a.tmp", "much longer than what is written now");
  await writeFileAtomic(dir.join("a"), "new", { soleWriter: true });
  assert.equal(await readFile(dir.join("a"), "utf8"), "new");
  assert.deepEqual(await readdir(dir.path), ["a"]);
});
