import { strict as assert } from "node:assert";
import { symlink } from "node:fs/promises";
import { TakenNames } from "../../../core/platform/taken_names.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("TakenNames.has() knows files, folders and links that lead nowhere", async () => {
  await using dir = await makeTempDir();
  await dir.write("folder/file", "");
  await symlink(dir.join("gone"), dir.join("broken"));
  const taken = new TakenNames();
  for (const name of ["folder", "folder/file", "broken"]) {
    assert.equal(await taken.has(dir.join(name)), true, name);
  }
  for (const name of ["none", "folder/none", "none/below", "folder/file/below"]) {
    assert.equal(await taken.has(dir.join(name)), false, name);
  }
});

Deno.test("TakenNames.has() takes the disk's word for a name in another spelling", async () => {
  await using dir = await makeTempDir();
  await dir.write("README.md", "");
  const spelled = dir.join("readme.md");
  const onDisk = await Deno.lstat(spelled).then(() => true, () => false);
  assert.equal(await new TakenNames().has(spelled), onDisk);
});

Deno.test("TakenNames.has() reads a folder once: a fresh look wants a fresh object", async () => {
  await using dir = await makeTempDir();
  const taken = new TakenNames();
  assert.equal(await taken.has(dir.join("a")), false);
  await dir.write("a", "");
  assert.equal(await taken.has(dir.join("a")), false);
  assert.equal(await new TakenNames().has(dir.join("a")), true);
});

Deno.test({
  name: "TakenNames.has() finds names in a folder that cannot be listed",
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
}, async () => {
  await using dir = await makeTempDir();
  await dir.write("secret/file", "");
  await Deno.chmod(dir.join("secret"), 0o100);
  assert.equal(await new TakenNames().has(dir.join("secret/file")), true);
  assert.equal(await new TakenNames().has(dir.join("secret/none")), false);
});
