import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { link } from "../../../../core/operations/link/link.ts";
import { tinyGguf } from "../../../support/app_box.ts";
import { makeTempDir, type TempDir } from "../../../support/temp_dir.ts";
import { COMMIT } from "../../library/library_fixture.ts";
import { openOperations, type OperationFixture } from "../operation_fixture.ts";

const REPO = "acme/m";
const CHATML = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}";

/** A library with GGUF files. */
async function openLibrary(dir: TempDir, paths: readonly string[]): Promise<OperationFixture> {
  const fixture = openOperations({ ...dir, path: dir.join("models") });
  const files = await Promise.all(paths.map(async (path, seed) => {
    const bytes = await tinyGguf({ seed, chatTemplate: CHATML });
    const place = dir.join("models", REPO, path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, bytes);
    const hex = createHash("sha256").update(bytes).digest("hex");
    return { path, sizeBytes: bytes.length, digest: { algorithm: "sha256", hex } } as const;
  }));
  await fixture.context.library.register({
    ...{ repo: REPO, revision: "main", commit: COMMIT, quant: undefined, modelType: "text-generation" },
    files,
  });
  return fixture;
}

Deno.test("link() gives files of one name names of their own in LM Studio's single folder", async () => {
  await using dir = await makeTempDir();
  const paths = ["a/x-Q8_0.gguf", "b/x-Q8_0.gguf", "y-Q4_0.gguf"];
  using fixture = await openLibrary(dir, paths);
  const folder = dir.join("home", ".lmstudio", "models");
  await mkdir(folder, { recursive: true });
  for (const force of [false, true]) {
    const report = await link(fixture.context, { references: [REPO], into: "lmstudio", force });
    assert.ok(report.results.every(({ status }) => status === (force ? "present" : "linked")));
    const names = ["a-x-Q8_0.gguf", "b-x-Q8_0.gguf", "y-Q4_0.gguf"];
    assert.deepEqual((await readdir(`${folder}/${REPO}`)).sort(), names);
    for (const [index, path] of paths.entries()) {
      const [theirs, ours] = await Promise.all([
        stat(`${folder}/${REPO}/${names[index]}`),
        stat(dir.join("models", REPO, path)),
      ]);
      assert.equal(theirs.ino, ours.ino);
    }
  }
});

Deno.test("link() puts nothing into the library by a link to it, also where the folder is not there yet", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using dir = await makeTempDir();
  using fixture = await openLibrary(dir, ["x-Q8_0.gguf"]);
  await symlink(dir.join("models"), dir.join("link"));
  for (const into of ["link", "link/sub/new", "models/sub/new"]) {
    await assert.rejects(
      link(fixture.context, { references: [REPO], into: dir.join(...into.split("/")) }),
      /it is the library itself/,
    );
  }
  assert.deepEqual((await readdir(dir.join("models"))).filter((name) => name === "sub"), []);
});

Deno.test("link() into Ollama mends texts that are not what their names say", async () => {
  await using dir = await makeTempDir();
  using fixture = await openLibrary(dir, ["x-Q8_0.gguf"]);
  const apps = { ...fixture.context.apps, ollamaHost: "127.0.0.1:1" };
  const context = { ...fixture.context, apps };
  const blobs = dir.join("home", ".ollama", "models", "blobs");
  await mkdir(blobs, { recursive: true });
  const request = { references: [REPO], into: "ollama" };
  assert.equal((await link(context, request)).results[0]?.status, "linked");
  const { size: weightsBytes } = await stat(dir.join("models", REPO, "x-Q8_0.gguf"));
  const names = (await readdir(blobs)).sort();
  assert.equal(names.length, 4);
  const before = new Map(
    await Promise.all(names.map(async (name) => {
      return [name, await readFile(`${blobs}/${name}`)] as const;
    })),
  );
  const texts = names.filter((name) => before.get(name)?.length !== weightsBytes);
  assert.equal(texts.length, 3);
  for (const name of texts) {
    await writeFile(`${blobs}/${name}`, Buffer.alloc(before.get(name)?.length ?? 0, "x"));
  }
  const { results: [mended] } = await link(context, request);
  assert.equal(mended?.files.filter(({ status }) => status === "written").length, 3);
  for (const name of names) assert.deepEqual(await readFile(`${blobs}/${name}`), before.get(name));
  assert.equal((await link(context, request)).results[0]?.status, "present");
});
