import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { openGrowingFile } from "../../../core/platform/growing_file.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("openGrowingFile() reads anywhere, what is written later too, and under another name", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("file");
  await Deno.writeFile(path, new Uint8Array([1, 2, 3, 4]));
  using file = await openGrowingFile(path);
  const buffer = new Uint8Array(2);
  strictEqual(await file.read(buffer, 2), 2);
  deepStrictEqual([...buffer], [3, 4]);
  strictEqual(await file.read(buffer, 4), 0);
  await Deno.rename(path, dir.join("other"));
  await Deno.writeFile(dir.join("other"), new Uint8Array([5, 6]), { append: true });
  strictEqual(await file.read(buffer, 4), 2);
  deepStrictEqual([...buffer], [5, 6]);
  strictEqual(await file.read(buffer, 0), 2);
  deepStrictEqual([...buffer], [1, 2]);
  await rejects(openGrowingFile(path), { code: "FAILED" });
});
