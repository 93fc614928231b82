import { match, notStrictEqual, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { installationId, installationPath } from "../../../core/platform/installation.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("installationId() is made once, for this user only, and the same for all that ask at once", async () => {
  await using dir = await makeTempDir();
  const state = dir.join("new", "state");
  const ids = await Promise.all(Array.from({ length: 8 }, () => installationId(state)));
  strictEqual(new Set(ids).size, 1);
  match(ids[0] ?? "", /^[0-9a-f-]{36}$/);
  strictEqual(await installationId(state), ids[0]);
  const { mode } = await Deno.stat(installationPath(state));
  if (Deno.build.os !== "windows" && mode !== null) strictEqual(mode & 0o777, 0o600);
  strictEqual([...Deno.readDirSync(state)].length, 1, "nothing is left beside it");
  notStrictEqual(await installationId(dir.join("other")), ids[0]);
});

Deno.test("installationId() is made anew when its file is damaged, and lasts from then on", async () => {
  await using dir = await makeTempDir();
  const first = await installationId(dir.path);
  for (const damage of ["", "1 ", "2 something later\n", `1 ${first}`, "\0".repeat(39)]) {
    await Deno.writeTextFile(installationPath(dir.path), damage);
    const id = await installationId(dir.path);
    notStrictEqual(id, first);
    strictEqual(await installationId(dir.path), id);
  }
});

Deno.test("installationId() does without its file where that cannot be kept", async () => {
  await using dir = await makeTempDir();
  await Deno.writeTextFile(dir.join("file"), "");
  const state = join(dir.path, "file", "state");
  notStrictEqual(await installationId(state), await installationId(state));
});
