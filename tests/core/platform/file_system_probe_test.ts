import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { type Ability, probeFileSystem } from "../../../core/platform/file_system_probe.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("probeFileSystem() finds everything on a disk of this machine, and leaves nothing", async () => {
  await using dir = await makeTempDir();
  const { caseSensitive: _, ...abilities } = await probeFileSystem(dir.path);
  for (const [name, ability] of Object.entries(abilities) as [string, Ability][]) {
    if (name === "symlink" && Deno.build.os === "windows") continue;
    assert.deepEqual(ability, { works: true }, name);
  }
  assert.deepEqual(await readdir(dir.path), []);
});

Deno.test("probeFileSystem() tries the nearest folder that exists", async () => {
  await using dir = await makeTempDir();
  assert.deepEqual((await probeFileSystem(dir.join("not", "there"))).rename, { works: true });
  assert.deepEqual(await readdir(dir.path), []);
});

Deno.test("probeFileSystem() says of a folder that cannot be written that it cannot", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  // Nobody, not even root, can make a folder there.
  await assert.rejects(probeFileSystem("/proc/self"), (error) => isModelManagerError(error));
});
