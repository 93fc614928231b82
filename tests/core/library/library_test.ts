import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { link, mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { parseReference } from "../../../core/base/reference.ts";
import { stagedPaths } from "../../../core/library/layout.ts";
import type { Registration } from "../../../core/library/files_in_place.ts";
import { Library } from "../../../core/library/library.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

const COMMIT = "c".repeat(40);

function sha256(data: string): string {
  return createHash("sha256").update(data).digest("hex");
}

/** A library in a folder, with the warnings it gave. */
class Fixture {
  readonly warnings: string[] = [];
  readonly clock = new TestClock({ autoAdvance: true });
  readonly library: Library;
  readonly #dir: TempDir;

  constructor(dir: TempDir) {
    this.#dir = dir;
    this.library = new Library({
      modelsDir: dir.path,
      clock: this.clock,
      onWarning: (message) => this.warnings.push(message),
      onDamage: (message) => this.warnings.push(message),
    });
  }

  /** Writes files into their places and registers them. */
  async add(
    repo: string,
    files: Readonly<Record<string, string>>,
    more: Partial<Registration> = {},
  ): Promise<void> {
    const entries = Object.entries(files);
    for (const [path, data] of entries) await this.#dir.write(`${repo}/${path}`, data);
    await this.library.register({
      repo,
      revision: "main",
      commit: COMMIT,
      quant: undefined,
      modelType: "text-generation",
      files: entries.map(([path, data]) => ({
        path,
        sizeBytes: data.length,
        digest: { algorithm: "sha256", hex: sha256(data) },
      })),
      ...more,
    });
  }

  async ids(reference: string): Promise<string[]> {
    return (await this.library.find(parseReference(reference))).map((entry) => entry.modelId);
  }
}

Deno.test("Library.list() shows what was registered, one model a unit", async () => {
  await using dir = await makeTempDir();
  const fixture = new Fixture(dir);
  assert.deepEqual(await fixture.library.list(), []);
  await fixture.add("acme/m", { "m-Q4_K_M.gguf": "four", "mmproj-F16.gguf": "eyes" });
  const [model, ...rest] = await fixture.library.list();
  assert.deepEqual(rest, []);
  // The file was made by this machine's clock, and registered by another.
  const { lastUsedAt = "", ...facts } = model ?? {};
  assert.ok(Math.abs(Date.parse(lastUsedAt) - Date.now()) < 3_600_000, lastUsedAt);
  assert.deepEqual(facts, {
    repo: "acme/m",
    revision: "main",
    commit: COMMIT,
    quant: "Q4_K_M",
    modelType: "text-generation",
    status: "available",
    sizeBytes: 8,
    path: dir.join("acme", "m"),
    files: [
      { path: "m-Q4_K_M.gguf", sizeBytes: 4, digest: { algorithm: "sha256", hex: sha256("four") } },
      { path: "mmproj-F16.gguf", sizeBytes: 4, digest: { algorithm: "sha256", hex: sha256("eyes") } },
    ],
    downloadDate: new Date(fixture.clock.now()).toISOString(),
    pinned: false,
    update: undefined,
  });
});

Deno.test("Library.list() filters, sorts, and says what the disk says", async () => {
  await using dir = await makeTempDir();
  const fixture = new Fixture(dir);
  const { library } = fixture;
  await fixture.add("acme/b", { "b-Q8_0.gguf": "12345678" });
  await fixture.clock.advance(1000);
  await fixture.add("acme/a", { "config.json": "{}", "model.safetensors": "12" }, { modelType: "embedding" });
  await fixture.clock.advance(1000);
  await fixture.add("acme/b", { "b-Q2_K.gguf": "123" });
  const names = async (query: Parameters<Library["list"]>[0]): Promise<string[]> =>
    (await library.list(query)).map((model) => `${model.repo} ${model.quant}`);
  assert.deepEqual(await names({}), ["acme/a undefined", "acme/b Q2_K", "acme/b Q8_0"]);
  assert.deepEqual(await names({ sort: "size" }), ["acme/b Q8_0", "acme/a undefined", "acme/b Q2_K"]);
  assert.deepEqual(await names({ sort: "date" }), ["acme/b Q2_K", "acme/a undefined", "acme/b Q8_0"]);
  assert.deepEqual(await names({ type: "embedding" }), ["acme/a undefined"]);
  assert.deepEqual(await names({ name: "ACME/B" }), ["acme/b Q2_K", "acme/b Q8_0"]);
  assert.deepEqual(await names({ name: "q8" }), ["acme/b Q8_0"]);
  assert.deepEqual(await names({ name: "[ab]" }), ["acme/a undefined", "acme/b Q2_K", "acme/b Q8_0"]);
  assert.deepEqual(await names({ name: "*:q2*" }), ["acme/b Q2_K"]);
  assert.deepEqual(await names({ name: "none" }), []);
  await Deno.remove(dir.join("acme", "b", "b-Q2_K.gguf"));
  await Deno.remove(dir.join("acme", "a", "config.json"));
  assert.deepEqual(await names({ status: "deleted" }), ["acme/b Q2_K"]);
  assert.deepEqual(await names({ status: "error" }), ["acme/a undefined"]);
  assert.deepEqual(await names({ status: "available" }), ["acme/b Q8_0"]);
});

Deno.test("Library.find() reads quants, paths, globs, revisions and cases", async () => {
  await using dir = await makeTempDir();
  const fixture = new Fixture(dir);
  await fixture.add("Acme/M", { "m-UD-Q2_K_XL.gguf": "2", "m-Q8_0.gguf": "8", "README.md": "#" });
  await fixture.add("Acme/M", { "sub/tok.json": "x" }, { revision: "v2", commit: "d".repeat(40) });
  assert.equal((await fixture.ids("acme/m")).length, 4);
  assert.deepEqual(await fixture.ids("acme/m:q8_0"), ["Acme/M:Q8_0"]);
  assert.deepEqual(await fixture.ids("Acme/M:Q2_K_XL"), ["Acme/M:UD-Q2_K_XL"]);
  assert.deepEqual(await fixture.ids("Acme/M:m-Q8_0.gguf"), ["Acme/M:Q8_0"]);
  assert.deepEqual(await fixture.ids("Acme/M:*.md"), ["Acme/M:README.md"]);
  assert.deepEqual(await fixture.ids("Acme/M:sub"), ["Acme/M:sub/tok.json"]);
  assert.deepEqual(await fixture.ids("Acme/M@v2"), ["Acme/M:sub/tok.json"]);
  assert.deepEqual(await fixture.ids(`Acme/M@${"d".repeat(8)}`), ["Acme/M:sub/tok.json"]);
});

Deno.test("Library.find() says what there is when there is not what was meant", async () => {
  await using dir = await makeTempDir();
  const fixture = new Fixture(dir);
  await fixture.add("acme/llama", { "m-Q8_0.gguf": "8" });
  await assert.rejects(fixture.library.find(parseReference("acme/llama:Q4_K_M")), (error: Error) => {
    assert.match(error.message, /"acme\/llama:Q4_K_M" is not in the library/);
    assert.match(JSON.stringify(error), /There is: acme\/llama:Q8_0/);
    return "code" in error && error.code === "NOT_FOUND";
  });
  await assert.rejects(fixture.library.find(parseReference("acme/lama")), /not in the library/);
});

Deno.test("Library.installedFiles() trusts size and time, and nothing that was written to since", async () => {
  await using dir = await makeTempDir();
  const fixture = new Fixture(dir);
  await fixture.add("acme/m", { "a.json": "aa", "b.json": "bb", "c.json": "cc", "d.json": "dd" });
  await fixture.add("acme/other", { "a.json": "aa" });
  await writeFile(dir.join("acme", "m", "b.json"), "longer");
  const later = new Date(Date.now() + 60_000);
  await utimes(dir.join("acme", "m", "c.json"), later, later);
  await Deno.remove(dir.join("acme", "m", "d.json"));
  const installed = await fixture.library.installedFiles("acme/m");
  assert.deepEqual([...installed.keys()], ["a.json"]);
  assert.equal(installed.get("a.json")?.sha256, sha256("aa"));
});

Deno.test("Library.register() writes nothing when nothing is new", async () => {
  await using dir = await makeTempDir();
  const fixture = new Fixture(dir);
  await fixture.add("acme/a", { "a-Q8_0.gguf": "8" });
  await fixture.add("acme/b", { "b-Q8_0.gguf": "8" });
  const registry = dir.join("registry.json");
  const before = await stat(registry);
  await fixture.clock.advance(5000);
  const { files } = (await fixture.library.list()).find((model) => model.repo === "acme/a") ?? { files: [] };
  assert.equal(files.length, 1);
  await fixture.library.register({
    repo: "acme/a",
    revision: "main",
    commit: COMMIT,
    quant: "Q8_0",
    modelType: "text-generation",
    files: [{ path: "a-Q8_0.gguf", sizeBytes: 1, digest: { algorithm: "sha256", hex: sha256("8") } }],
  });
  assert.equal((await stat(registry)).ino, before.ino);
});

Deno.test("Library.register() records digests of both kinds and the place of piece digests", async () => {
  await using dir = await makeTempDir();
  const fixture = new Fixture(dir);
  await fixture.add("acme/m", { "a.json": "a", "b.bin": "b" }, {
    files: [
      { path: "a.json", sizeBytes: 1, digest: { algorithm: "git-sha1", hex: "1".repeat(40) } },
      {
        path: "b.bin",
        sizeBytes: 1,
        digest: { algorithm: "sha256", hex: "2".repeat(64) },
        pieces: ".cache/2.pieces",
      },
    ],
  });
  const [a, b] = (await fixture.library.entries())[0]?.metadata.files ?? [];
  assert.deepEqual([a?.gitSha1, a?.sha256, b?.sha256, b?.pieces], [
    "1".repeat(40),
    undefined,
    "2".repeat(64),
    ".cache/2.pieces",
  ]);
});

Deno.test("Library.remove() deletes a unit with its leftovers, keeps what others use, and counts the bytes", async () => {
  await using dir = await makeTempDir();
  const fixture = new Fixture(dir);
  const { library } = fixture;
  const big = "4".repeat(10_000);
  await fixture.add("acme/m", { "q4/m-Q4_K_M.gguf": big, "mmproj-F16.gguf": "eyes" });
  await fixture.add("acme/m", { "m-Q8_0.gguf": "8", "mmproj-F16.gguf": "eyes" });
  const place = { modelsDir: dir.path, repo: "acme/m" };
  const { pieces, part, quarantine } = stagedPaths(place, sha256(big));
  await mkdir(dir.join("acme", "m", ".cache"));
  for (const path of [pieces, part, quarantine]) await writeFile(path, "");
  const foreign = await dir.write("acme/m/.cache/other.part", "keep");

  const [entry] = await library.find(parseReference("acme/m:Q4_K_M"));
  assert.ok(entry !== undefined);
  const planned = await library.planRemove({ entry });
  assert.deepEqual(planned.paths, [dir.join("acme", "m", "q4", "m-Q4_K_M.gguf")]);
  assert.equal(planned.bytesFreed, big.length);
  assert.equal((await stat(planned.paths[0] ?? "")).size, big.length, "planning deletes nothing");

  assert.deepEqual(await library.remove({ entry }), planned);
  assert.deepEqual((await readdir(dir.join("acme", "m"))).sort(), [
    ".cache",
    "m-Q8_0.gguf",
    "mmproj-F16.gguf",
  ]);
  assert.deepEqual(await readdir(dir.join("acme", "m", ".cache")), ["other.part"]);
  assert.equal(await readFile(foreign, "utf8"), "keep");
  assert.deepEqual(await fixture.ids("acme/m"), ["acme/m:Q8_0"]);
});

Deno.test("Library.remove() takes the folders of the last model along, and never the models directory", async () => {
  await using dir = await makeTempDir();
  const fixture = new Fixture(dir);
  await fixture.add("acme/m", { "a/b/m-Q8_0.gguf": "8" });
  await dir.write("acme/m/.cache/lock", "");
  const [entry] = await fixture.library.find(parseReference("acme/m"));
  assert.ok(entry !== undefined);
  await fixture.library.remove({ entry });
  assert.deepEqual((await readdir(dir.path)).filter((name) => !name.startsWith("registry.json")), []);
  assert.deepEqual(await fixture.library.list(), []);
});

Deno.test("Library.remove() leaves files alone that nobody registered, and frees nothing that has another name", async () => {
  await using dir = await makeTempDir();
  const fixture = new Fixture(dir);
  await fixture.add("acme/m", { "m-Q8_0.gguf": "8" });
  await link(dir.join("acme", "m", "m-Q8_0.gguf"), dir.join("elsewhere.gguf"));
  await dir.write("acme/m/notes.txt", "mine");
  const [entry] = await fixture.library.find(parseReference("acme/m"));
  assert.ok(entry !== undefined);
  const { bytesFreed, paths } = await fixture.library.remove({ entry });
  assert.deepEqual([bytesFreed, paths.length], [0, 1]);
  assert.deepEqual(await readdir(dir.join("acme", "m")), ["notes.txt"]);
  assert.equal(await readFile(dir.join("elsewhere.gguf"), "utf8"), "8");
});

Deno.test("Library.remove() keeps the entry when a file cannot be deleted", async () => {
  await using dir = await makeTempDir();
  const fixture = new Fixture(dir);
  await fixture.add("acme/m", { "m-Q8_0.gguf": "8" });
  const [entry] = await fixture.library.find(parseReference("acme/m"));
  assert.ok(entry !== undefined);
  // A lock that another process holds stops a removal before it begins.
  const { acquireFileLock } = await import("../../../core/platform/file_lock.ts");
  {
    await using _lock = await acquireFileLock(dir.join("registry.json.lock"));
    await assert.rejects(fixture.library.remove({ entry }), { code: "LOCKED" });
  }
  assert.equal(await readFile(dir.join("acme", "m", "m-Q8_0.gguf"), "utf8"), "8");
  assert.deepEqual(await fixture.ids("acme/m"), ["acme/m:Q8_0"]);
});

Deno.test("Library.verifiableFiles() names each file once, and warns of what has no digest", async () => {
  await using dir = await makeTempDir();
  const fixture = new Fixture(dir);
  await fixture.add("acme/m", { "m-Q4_K_M.gguf": "4", "mmproj-F16.gguf": "eyes" });
  await fixture.add("acme/m", { "m-Q8_0.gguf": "8", "mmproj-F16.gguf": "eyes" });
  await dir.write("acme/found/x-Q8_0.gguf", "8");
  await writeFile(dir.join("registry.json"), "damaged");
  const files = fixture.library.verifiableFiles(await fixture.library.entries());
  assert.deepEqual(files.map((file) => file.file).sort(), ["m-Q4_K_M.gguf", "mmproj-F16.gguf"]);
  assert.ok(fixture.warnings.some((text) => text.includes('"acme/found:Q8_0"')), fixture.warnings.join("\n"));
});
