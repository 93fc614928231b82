import assert from "node:assert/strict";
import { chmod, readdir, symlink } from "node:fs/promises";
import { userInfo } from "node:os";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { checkFileWritable, checkWritable } from "../../../core/platform/writable.ts";
import { runDeno } from "../../support/run_deno.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const ON_UNIX = { ignore: Deno.build.os === "windows" };
/** Nothing is forbidden to root. */
const AS_USER = { ignore: Deno.build.os === "windows" || userInfo().uid === 0 };
const MODULE = new URL("../../../core/platform/writable.ts", import.meta.url).href;

Deno.test("checkWritable() tries the nearest folder that exists, and leaves nothing", async () => {
  await using dir = await makeTempDir();
  await dir.write("acme/keep.txt", "1");
  await checkWritable([dir.join("acme", "m", "deep", "a.gguf"), dir.join("acme", "b.gguf"), dir.join("c")]);
  await checkWritable([]);
  assert.deepEqual(await readdir(dir.path), ["acme"]);
  assert.deepEqual(await readdir(dir.join("acme")), ["keep.txt"]);
});

Deno.test("checkWritable() fails where a file is in the place of a folder", async () => {
  await using dir = await makeTempDir();
  await dir.write("acme", "a file");
  await assert.rejects(checkWritable([dir.join("acme", "m", "a.gguf")]), {
    code: "FAILED",
    message: `Cannot write below "${dir.join("acme")}": a file is where a folder was wanted`,
  });
});

Deno.test({
  name: "checkWritable() says of a folder in which nothing can be made that it is so, not that it is missing",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await assert.rejects(checkWritable(["/proc/nope/registry.json"]), (error) => {
      assert.ok(isModelManagerError(error));
      assert.equal(error.code, "PERMISSION_ERROR");
      assert.equal(error.message, 'Cannot write to the folder "/proc": nothing can be made in it');
      return error.hints.some((hint) => hint.includes("--models-dir DIR"));
    });
  },
});

Deno.test("checkWritable() does not take a link that leads nowhere for a free name", ON_UNIX, async () => {
  await using dir = await makeTempDir();
  await symlink(dir.join("unmounted"), dir.join("acme"));
  await assert.rejects(checkWritable([dir.join("acme", "a.gguf")]), /a link that leads nowhere is where/);
});

Deno.test("checkWritable() without the right is a PERMISSION_ERROR that names the folder", async () => {
  await using dir = await makeTempDir();
  const script = `
    import { checkWritable } from ${JSON.stringify(MODULE)};
    const [path] = Deno.args;
    await checkWritable([path]).catch(({ code, message, hints }) => console.log(JSON.stringify([code, message, hints])));
  `;
  const flags = ["--allow-read", "--allow-env", "--allow-sys"];
  const { stdout, stderr } = await runDeno(script, [dir.join("acme", "m", "a.gguf")], { flags });
  const [code, message, hints] = JSON.parse(stdout || `["${stderr}"]`);
  assert.equal(code, "PERMISSION_ERROR");
  assert.match(message, /^Cannot write to the folder /);
  assert.ok(message.includes(`"${dir.path}"`), stdout);
  const wanted = dir.join("acme", "m");
  assert.deepEqual(hints, [
    `Make the folder first: mkdir -p "${wanted}"`,
    `Add the flag --allow-write=${wanted} to deno run: with it, mm files what it downloads, and remembers it`,
    "See the flags for everything it needs here: mm doctor --permissions pull",
  ]);
});

Deno.test("checkWritable() asks for the right to the folder that all is below, and for no right that is there", async () => {
  await using dir = await makeTempDir();
  const script = `
    import { checkWritable } from ${JSON.stringify(MODULE)};
    await checkWritable(Deno.args).catch(({ code, hints }) => console.log(JSON.stringify([code, ...hints])));
  `;
  const refuse = async (...rights: string[]): Promise<unknown> => {
    const paths = ["a/b/1/x", "a/b/22/x", "a/b/22/3/x"].map((path) => dir.join(path));
    const { stdout } = await runDeno(script, paths, { flags: ["--no-prompt", ...rights] });
    return JSON.parse(stdout);
  };
  const wanted = dir.join("a", "b");
  assert.deepEqual(
    await refuse("--allow-read"),
    [
      "PERMISSION_ERROR",
      `Make the folder first: mkdir -p "${wanted}"`,
      `Add the flag --allow-write=${wanted} to deno run: with it, mm files what it downloads, and remembers it`,
      "See the flags for everything it needs here: mm doctor --permissions pull",
    ],
  );
  // Not even to be seen is the folder above.
  const first = dir.join("a", "b", "1");
  assert.deepEqual(await refuse(`--allow-read=${wanted}`, `--allow-write=${wanted}`), [
    "PERMISSION_ERROR",
    `Make the folder first: mkdir -p "${first}"`,
  ]);
});

Deno.test("checkWritable() is refused by the rights of the folder", AS_USER, async () => {
  await using dir = await makeTempDir();
  await chmod(dir.path, 0o500);
  await assert.rejects(checkWritable([dir.join("a", "b")]), {
    code: "PERMISSION_ERROR",
    message: `Cannot write to the folder "${dir.path}": permission denied`,
    hints: [`Check who owns it: ls -ld "${dir.path}"`, "Or choose another folder: --models-dir DIR"],
  });
});

Deno.test("checkFileWritable() opens what is there, and minds nothing that is not", async () => {
  await using dir = await makeTempDir();
  await checkFileWritable(dir.join("none"));
  const path = await dir.write("lock", "text");
  await checkFileWritable(path);
  assert.equal(await Deno.readTextFile(path), "text");
});

Deno.test("checkFileWritable() is refused by the rights of the file", AS_USER, async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("lock");
  await chmod(path, 0o400);
  await assert.rejects(checkFileWritable(path), { code: "PERMISSION_ERROR" });
});
