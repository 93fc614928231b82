import { deepStrictEqual, notDeepStrictEqual, strictEqual } from "node:assert/strict";
import { expectedBytes, randomModel, type RandomModelOptions } from "./random_model.ts";

const REPO = "acme/tiny-GGUF";
const OPTIONS: RandomModelOptions = {
  files: [{ path: "a.gguf", sizeBytes: 5000 }, { path: "../evil", text: "x" }, { path: "b.txt", text: "b" }],
  revisions: [{ files: [{ path: "a.gguf", sizeBytes: 6000 }], removed: ["b.txt"] }],
  tags: { old: 0 },
};

Deno.test("randomModel() gives the same bytes and commits for the same options", async () => {
  const file = { repo: REPO, path: "a.gguf" };
  deepStrictEqual(
    await expectedBytes(randomModel(OPTIONS), file),
    await expectedBytes(randomModel(OPTIONS), file),
  );
  notDeepStrictEqual(
    await expectedBytes(randomModel(OPTIONS), file),
    await expectedBytes(randomModel({ ...OPTIONS, seed: 2 }), file),
  );
  strictEqual(
    await randomModel(OPTIONS).commit(REPO, "main"),
    await randomModel(OPTIONS).commit(REPO, "main"),
  );
});

Deno.test("randomModel() has commits that change some files and keep the others", async () => {
  const source = randomModel(OPTIONS);
  const paths = async (revision: string): Promise<string[]> => {
    const commit = await source.commit(REPO, revision) ?? "";
    return (await source.files({ repo: REPO, commit })).map((file) => `${file.path} ${file.sizeBytes}`);
  };
  deepStrictEqual(await paths("old"), ["a.gguf 5000", "../evil 1", "b.txt 1"]);
  deepStrictEqual(await paths("main"), ["a.gguf 6000", "../evil 1"]);
  notDeepStrictEqual(
    (await expectedBytes(source, { repo: REPO, path: "a.gguf" })).slice(0, 5000),
    await expectedBytes(source, { repo: REPO, path: "a.gguf", revision: "old" }),
  );
});
