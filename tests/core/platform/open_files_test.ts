import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { openFilesBelow } from "../../../core/platform/open_files.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const ON_LINUX = { ignore: Deno.build.os !== "linux" };

Deno.test("openFilesBelow() sees what another process has open", ON_LINUX, async () => {
  await using dir = await makeTempDir();
  const folder = await Deno.realPath(dir.path);
  await dir.write("a/model.gguf", "x");
  await dir.write("b/model.gguf", "x");
  const reader = new Deno.Command("sh", {
    args: ["-c", 'exec 3<"a/model.gguf"; echo ready; exec sleep 60'],
    cwd: folder,
    stdout: "piped",
  }).spawn();
  try {
    const output = reader.stdout.getReader();
    await output.read();
    await output.cancel();
    assert.deepEqual([...await openFilesBelow(folder) ?? []], [`${folder}/a/model.gguf`]);
    assert.deepEqual([...await openFilesBelow(`${folder}/b`) ?? []], []);
  } finally {
    reader.kill("SIGKILL");
    await reader.status;
  }
});

Deno.test(
  "openFilesBelow() reads open and mapped files, and passes over what it may not see",
  ON_LINUX,
  async () => {
    await using dir = await makeTempDir();
    await dir.write("11/fd/.keep", "");
    await symlink("/models/acme/open.gguf", dir.join("11", "fd", "3"));
    await symlink("socket:[1]", dir.join("11", "fd", "4"));
    await dir.write(
      "11/maps",
      "7f00-7f01 r--s 00000000 fe:00 42                         /models/acme/mapped name.gguf\n" +
        "7f02-7f03 rw-p 00000000 00:00 0                          [heap]\n",
    );
    await dir.write("12/maps", "7f00-7f01 r--s 00000000 fe:00 42 /models/acme/hidden.gguf\n");
    await dir.write("self/maps", "7f00-7f01 r--s 00000000 fe:00 42 /models/acme/no.gguf\n");
    const found = await openFilesBelow("/models", { processes: dir.path });
    assert.deepEqual([...found ?? []].sort(), ["/models/acme/mapped name.gguf", "/models/acme/open.gguf"]);
    assert.equal(await openFilesBelow("/models", { processes: dir.join("none") }), undefined);
  },
);
