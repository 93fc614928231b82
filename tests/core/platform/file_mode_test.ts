import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { fileMode } from "../../../core/platform/file_mode.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("fileMode() gives the permission bits", { ignore: Deno.build.os === "windows" }, async () => {
  await using dir = await makeTempDir();
  const file = await dir.write("token", "x");
  await chmod(file, 0o640);
  assert.equal(await fileMode(file), 0o640);
  assert.equal(await fileMode(dir.join("none")), undefined);
});
