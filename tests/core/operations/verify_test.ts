import assert from "node:assert/strict";
import { chmod, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import type { VerifiedFile } from "../../../core/library/integrity.ts";
import { ModelManagerError } from "../../../core/base/errors.ts";
import { verify } from "../../../core/operations/verify.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { openOperations, type OperationFixture } from "./operation_fixture.ts";

async function run(
  { context }: OperationFixture,
  references?: readonly string[],
  options: { readonly repair?: boolean } = {},
): Promise<VerifiedFile[]> {
  const generator = verify(context, references, options);
  for (;;) {
    const next = await generator.next();
    if (next.done === true) return next.value;
  }
}

Deno.test("verify() notes a corrupt file in the registry, and takes the note back when it is well again", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const { files } = fixture;
  await files.add("acme/m", { "m-Q8_0.gguf": "12345" });
  await files.add("acme/n", { "n-Q8_0.gguf": "12345" });
  await writeFile(dir.join("acme", "m", "m-Q8_0.gguf"), "12x45");
  assert.deepEqual((await run(fixture)).map(({ status }) => status).sort(), ["corrupt", "ok"]);
  assert.deepEqual(await files.listed(), ["acme/m:Q8_0 error 5", "acme/n:Q8_0 available 5"]);
  await writeFile(dir.join("acme", "m", "m-Q8_0.gguf"), "12345");
  assert.deepEqual((await run(fixture, ["acme/m"])).map(({ status }) => status), ["ok"]);
  assert.deepEqual(await files.listed(), ["acme/m:Q8_0 available 5", "acme/n:Q8_0 available 5"]);
  assert.deepEqual(fixture.notices, []);
});

Deno.test("verify() says that nothing can be proved when no digest is known, and is content with an empty library", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  assert.deepEqual(await run(fixture), []);
  await dir.write("acme/found/m.safetensors", "weights");
  await assert.rejects(run(fixture), { code: "FAILED", message: /no digest is known/ });
  assert.match(fixture.files.warnings.join("\n"), /No digest is known of a file of "acme\/found"?/);
});

Deno.test("verify() looks at the structure of GGUF files without a digest, and does not touch their marks", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const header = [...new TextEncoder().encode("GGUF"), 3, 0, 0, 0, ...new Uint8Array(16)];
  await dir.write("acme/found/m-Q8_0.gguf", new Uint8Array(header));
  await dir.write("acme/zeros/m-Q4_0.gguf", new Uint8Array(64));
  const results = await run(fixture, [], { repair: true });
  assert.deepEqual(results.map(({ repo, status, expected, problem }) => [repo, status, expected, problem]), [
    ["acme/found", "unproved", "unknown", undefined],
    ["acme/zeros", "corrupt", "unknown", 'It is no sound GGUF file: it does not begin with "GGUF"'],
  ]);
  assert.deepEqual(await fixture.files.listed(), [
    "acme/found:Q8_0 available 24",
    "acme/zeros:Q4_0 available 64",
  ]);
});

Deno.test("verify() that cannot repair leaves everything as it was, with the reason in the result", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const offline = new ModelManagerError("OFFLINE", "The Hub was not asked");
  const context = { ...fixture.context, hub: () => Promise.reject(offline) };
  await fixture.files.add("acme/m", { "m-Q8_0.gguf": "12345", "config.json": "{}" });
  await writeFile(dir.join("acme", "m", "m-Q8_0.gguf"), "12x45");
  await rm(dir.join("acme", "m", "config.json"));
  const results = await run({ ...fixture, context }, ["acme/m"], { repair: true });
  assert.deepEqual(
    results.map(({ status, error }) => [status, error?.code]).sort(),
    [["corrupt", "OFFLINE"], ["missing", "OFFLINE"]],
  );
  assert.deepEqual(await readdir(dir.join("acme", "m")), ["m-Q8_0.gguf"]);
  assert.equal(await readFile(dir.join("acme", "m", "m-Q8_0.gguf"), "utf8"), "12x45");
});

Deno.test("verify() passes over what is not complete, and says so", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  await fixture.files.add("acme/m", { "m-Q8_0.gguf": "8" });
  await fixture.files.begin("acme/m", "m-Q4_0.gguf", { sizeBytes: 100, receivedBytes: 10 });
  assert.equal((await run(fixture, ["acme/m"])).length, 1);
  assert.match(fixture.files.warnings.join("\n"), /"acme\/m:Q4_0" is not complete/);
  await assert.rejects(run(fixture, ["acme/m:Q4_0"]), { code: "FAILED" });
});

Deno.test("verify() of a file that must not be read says so, and checks and repairs all others", {
  ignore: Deno.build.os === "windows" || userInfo().uid === 0,
}, async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  for (const name of ["a", "b", "c"]) await fixture.files.add(`acme/${name}`, { "m-Q8_0.gguf": "12345" });
  await chmod(dir.join("acme", "a", "m-Q8_0.gguf"), 0o000);
  await writeFile(dir.join("acme", "b", "m-Q8_0.gguf"), "12x45");
  await rm(dir.join("acme", "c", "m-Q8_0.gguf"));
  const results = await run(fixture, [], { repair: true });
  assert.deepEqual(results.map(({ status, error }) => [status, error?.code]), [
    ["unreadable", "PERMISSION_ERROR"],
    ["corrupt", "FAILED"],
    ["missing", "FAILED"],
  ]);
  assert.equal((await fixture.files.listed())[1], "acme/b:Q8_0 error 5");
});

Deno.test("verify() of a library that must not be written tells what it could not note", {
  ignore: Deno.build.os === "windows" || userInfo().uid === 0,
}, async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  await fixture.files.add("acme/m", { "m-Q8_0.gguf": "12345" });
  await writeFile(dir.join("acme", "m", "m-Q8_0.gguf"), "12x45");
  await chmod(dir.path, 0o500);
  assert.deepEqual((await run(fixture)).map(({ status }) => status), ["corrupt"]);
  assert.match(fixture.notices.join(), /could not be noted in the registry/);
});
