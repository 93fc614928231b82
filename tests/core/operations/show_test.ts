import assert from "node:assert/strict";
import type { RepoFile } from "../../../core/hub/model.ts";
import type { OperationContext } from "../../../core/operations/context.ts";
import { show } from "../../../core/operations/show.ts";
import { TestClock } from "../../support/test_clock.ts";

const ENDPOINT = "http://127.0.0.1:9";

function file(path: string): RepoFile {
  return { path, sizeBytes: 1_000, digest: { algorithm: "sha256", hex: "a".repeat(64) } };
}

/** A context that knows one repository; `asked` collects the names it was asked for. */
function context(paths: readonly string[], asked: string[] = []): OperationContext {
  const hub = {
    endpoint: ENDPOINT,
    modelPageUrl: (repo: string) => `${ENDPOINT}/${repo}`,
    readme(repo: string, commit: string) {
      asked.push(`README of ${repo} at ${commit}`);
      return Promise.resolve("# It");
    },
    modelInfo(repo: string) {
      asked.push(repo);
      return Promise.resolve({ repo, revision: "main", commit: "c0", files: paths.map(file) });
    },
  };
  return {
    endpoint: ENDPOINT,
    hub: () => Promise.resolve(hub),
    memoryBytes: 16e9,
    gpuMemoryBytes: () => Promise.resolve(undefined),
    library: {
      entries: () => Promise.resolve([]),
      installedFiles: () => Promise.resolve(new Map()),
      partialFiles: () => Promise.resolve([]),
    },
  } as unknown as OperationContext;
}

Deno.test("show() reads URLs of the Hub's endpoint and of no other host", async () => {
  const asked: string[] = [];
  await show(context(["a-Q8_0.gguf"], asked), `${ENDPOINT}/acme/tiny/tree/main`);
  assert.deepEqual(asked, ["acme/tiny"]);
  for (const url of ["https://github.com/acme/tiny", "http://127.0.0.1:10/acme/tiny"]) {
    await assert.rejects(show(context([], asked), url), { code: "USAGE_ERROR", message: /127\.0\.0\.1:9/ });
  }
  assert.equal(asked.length, 1);
});

Deno.test("show() opens nothing for a reference that cannot be read", async () => {
  const closed = {
    ...context([]),
    hub: () => Promise.reject(new Error("opened")),
  } as unknown as OperationContext;
  for (const text of ["a/b/c", "https://huggingface.co/datasets/acme/data"]) {
    await assert.rejects(show(closed, text), { code: "USAGE_ERROR" });
  }
});

Deno.test("show() says what the selector means", async () => {
  const paths = ["a-Q4_K_M.gguf", "a-Q8_0-00001-of-00002.gguf", "a-Q8_0-00002-of-00002.gguf", "README.md"];
  const { selection } = await show(context(paths), "acme/tiny:q8_0");
  assert.deepEqual(selection, { selector: "q8_0", paths: [paths[1], paths[2]] });
  assert.equal((await show(context(paths), "acme/tiny")).selection, undefined);
});

Deno.test("show() refuses units whose files can get no name, and offers none of them", async () => {
  const model = await show(context(["q?mark-Q4_K_M.gguf", "a-Q8_0.gguf", "note?.md"]), "acme/tiny");
  const refused = "it contains a character that no file name may have";
  assert.deepEqual(model.units.map((unit) => [unit.label, unit.fits, unit.refused]), [
    ["Q4_K_M", false, refused],
    ["Q8_0", true, undefined],
  ]);
  assert.equal(model.defaultQuant, undefined);
  assert.deepEqual(model.otherFiles.map((other) => [other.local, other.refused]), [["absent", refused]]);
});

Deno.test("show() tells of what is here whether it is as the Hub has it", async () => {
  const commit = "c".repeat(40);
  const entry = (path: string, digit: string, metadata: object = {}, pinned = false): unknown => ({
    modelId: `acme/tiny:${path}`,
    ...(pinned ? { pinned } : {}),
    metadata: {
      repo: "acme/tiny",
      revision: "main",
      commit,
      quant: null,
      files: [{ path, sizeBytes: 1_000, sha256: digit.repeat(64), commit, downloadDate: "" }],
      ...metadata,
    },
  });
  const paths = ["a-Q2_K.gguf", "a-Q3_K.gguf", "a-Q4_K_M.gguf", "a-Q5_K_M.gguf", "a-Q8_0.gguf"];
  const base = context(paths);
  const entries = [
    entry("a-Q2_K.gguf", "a"),
    entry("a-Q3_K.gguf", "b"),
    entry("a-Q4_K_M.gguf", "b", {}, true),
    entry("a-Q5_K_M.gguf", "b", { revision: "v1" }),
    entry("a-Q8_0.gguf", "b", { repo: "acme/other" }),
  ];
  const library = { ...base.library, entries: () => Promise.resolve(entries) };
  const model = await show({ ...base, library } as unknown as OperationContext, "acme/tiny");
  assert.deepEqual(model.units.map(({ label, update }) => [label, update]), [
    ["Q2_K", "up to date"],
    ["Q3_K", "update available"],
    ["Q4_K_M", "pinned"],
    ["Q5_K_M", undefined],
    ["Q8_0", undefined],
  ]);
});

Deno.test("show() brings the page of that commit when it is asked for", async () => {
  const asked: string[] = [];
  const plain = await show(context(["README.md"], asked), "acme/tiny");
  assert.equal(plain.readme, undefined);
  assert.deepEqual(asked, ["acme/tiny"]);
  const hub = { ...context(["README.md"], asked), clock: new TestClock() };
  assert.equal((await show(hub, "acme/tiny", { readme: true })).readme, "# It");
  assert.equal(asked.at(-1), "README of acme/tiny at c0");
});

Deno.test("show() judges by the memory of the graphics processors, too, where that is known", async () => {
  const paths = ["a-Q4_K_M.gguf", "q?-Q8_0.gguf"];
  const fitting = async (gpuBytes: number | undefined) => {
    const machine = { ...context(paths), gpuMemoryBytes: () => Promise.resolve(gpuBytes) };
    const { units, gpuMemoryBytes } = await show(machine, "acme/tiny");
    assert.equal(gpuMemoryBytes, gpuBytes);
    return units.map(({ fits, fitsGpu }) => [fits, fitsGpu]);
  };
  assert.deepEqual(await fitting(undefined), [[true, undefined], [false, undefined]]);
  assert.deepEqual(await fitting(1_334), [[true, true], [false, false]]);
  assert.deepEqual(await fitting(1_333), [[true, false], [false, false]]);
});
