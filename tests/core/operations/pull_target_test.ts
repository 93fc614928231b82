import assert from "node:assert/strict";
import { chmod, lstat, mkdir, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { gatherFacts, type ProvableFile } from "../../../core/operations/pull_facts.ts";
import { type PullTarget, pullTarget } from "../../../core/operations/pull_target.ts";
import { plainModelInfo } from "../../support/model_info.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { COMMIT, sha256 } from "../library/library_fixture.ts";
import { openOperations, type OperationFixture } from "./operation_fixture.ts";

const INFO = plainModelInfo({ commit: COMMIT, files: [] });
const NAME = "m-Q8_0.gguf";

function wanted(data: string): ProvableFile {
  return { path: NAME, sizeBytes: data.length, digest: { algorithm: "sha256", hex: sha256(data) } };
}

function target({ context }: OperationFixture, to?: string): PullTarget {
  return pullTarget(context, { info: INFO, to });
}

async function atTarget(
  fixture: OperationFixture,
  place: PullTarget,
  options: { readonly data?: string; readonly force?: boolean } = {},
): Promise<string> {
  place.refresh();
  const { data = "12345", force = false } = options;
  const signal = new AbortController().signal;
  const facts = await gatherFacts(fixture.context, { file: wanted(data), target: place, signal, force });
  return facts.atTarget;
}

Deno.test("PullTarget tells the same, an older one and nothing apart, and hashes what it does not know", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const place = target(fixture);
  assert.equal(await atTarget(fixture, place), "nothing");
  await fixture.files.add("acme/m", { [NAME]: "12345" });
  assert.equal(await atTarget(fixture, place), "same");
  assert.equal(await atTarget(fixture, place, { data: "newer" }), "older");
  const folder = target(fixture, dir.join("elsewhere"));
  await dir.write(`elsewhere/${NAME}`, "12345");
  assert.equal(await atTarget(fixture, folder), "same");
  assert.equal(await atTarget(fixture, folder, { data: "other" }), "foreign");
});

Deno.test("PullTarget makes the registry before the first file is there: what breaks off then has lost none", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const place = target(fixture);
  const stagedPath = await dir.write("acme/m/.cache/staged", "12345");
  const finalPath = await place.publish(NAME, { stagedPath, replace: false });
  assert.equal(finalPath, dir.join("acme", "m", NAME));
  const { library } = fixture.files;
  assert.deepEqual(await library.registry.read(), { entries: [], warnings: [] });
});

Deno.test("PullTarget refuses to replace a changed file of ours, and names the command that puts it right", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const place = target(fixture);
  await fixture.files.add("acme/m", { [NAME]: "12345" });
  const path = dir.join("acme", "m", NAME);
  await writeFile(path, "12x45");
  const later = new Date(Date.now() + 60_000);
  await utimes(path, later, later);
  await assert.rejects(atTarget(fixture, place), (error: Error & { hints?: readonly string[] }) => {
    assert.equal(error.message, `The file "${path}" was changed since it was downloaded`);
    assert.match(error.hints?.join("\n") ?? "", /mm verify --repair "acme\/m:Q8_0"/);
    return true;
  });
  assert.equal(await atTarget(fixture, place, { force: true }), "foreign");
  await fixture.files.library.noteVerified([{
    repo: "acme/m",
    path,
    status: "corrupt",
    expected: "sha256:…",
  }]);
  assert.equal(await atTarget(fixture, place), "older", "proved to be damaged: it may be replaced");
});

Deno.test("PullTarget takes a link that leads nowhere for a foreign file", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  await mkdir(dir.join("acme", "m"), { recursive: true });
  await symlink(dir.join("unmounted", NAME), dir.join("acme", "m", NAME));
  assert.equal(await atTarget(fixture, target(fixture)), "foreign");
  assert.equal(await atTarget(fixture, target(fixture, dir.join("acme", "m"))), "foreign");
});

Deno.test("PullTarget takes a link of an import that leads nowhere for a file that is gone", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  await fixture.files.add("acme/m", { [NAME]: "12345" });
  const path = dir.join("acme", "m", NAME);
  await rm(path);
  await symlink(dir.join("unmounted", NAME), path);
  const place = target(fixture);
  assert.equal(await atTarget(fixture, place), "older");
  const stagedPath = await dir.write("staged", "12345");
  await place.publish(NAME, { stagedPath, replace: true, seen: undefined });
  assert.ok((await lstat(path)).isFile());
});

Deno.test("PullTarget.prepare() leaves nothing where all can be written", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  await target(fixture).prepare([NAME, "sub/other.gguf"]);
  await target(fixture, dir.join("to", "there")).prepare([NAME]);
  assert.deepEqual(await readdir(dir.path), []);
});

Deno.test("PullTarget.prepare() fails where a file is in the place of a folder", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  await dir.write("acme/m", "a file");
  await assert.rejects(target(fixture).prepare([NAME]), {
    code: "FAILED",
    message: /a file is where a folder/,
  });
});

Deno.test("PullTarget.prepare() is a PERMISSION_ERROR where folder or registry cannot be written", {
  ignore: Deno.build.os === "windows" || userInfo().uid === 0,
}, async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  await fixture.files.add("acme/m", { [NAME]: "12345" });
  await chmod(dir.join("acme", "m"), 0o500);
  const denied = { code: "PERMISSION_ERROR" };
  await assert.rejects(target(fixture).prepare(["sub/new.gguf"]), denied);
  await chmod(dir.join("acme", "m"), 0o700);
  await target(fixture).prepare(["sub/new.gguf"]);
  await chmod(dir.join("registry.json.lock"), 0o400);
  await assert.rejects(target(fixture).prepare(["sub/new.gguf"]), denied);
});

Deno.test("PullTarget.register() of a folder deletes bytes that were put aside", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const place = target(fixture, dir.path);
  const { digest } = wanted("12345");
  const name = `${digest.hex}.bad`;
  await dir.write(`.cache/model-manager/${name}`, "wrong");
  assert.deepEqual(await readdir(place.partialFolder), [name]);
  await place.register([{ ...wanted("12345"), hasPieces: false }], undefined);
  assert.deepEqual(await readdir(place.partialFolder), []);
});
