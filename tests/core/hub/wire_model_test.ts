import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import {
  decodeModelInfo,
  decodeModelSummaries,
  decodeTree,
  MAX_LISTED_FILES,
} from "../../../core/hub/wire_model.ts";
import { COMMIT, GIT_SHA1, info, MASK, SHA256, summary, tree } from "./hub_fixtures.ts";

Deno.test("decodeModelSummaries() reads what the Hub says of a hit", () => {
  deepStrictEqual(decodeModelSummaries([summary("org/name")]), [{
    repo: "org/name",
    author: "org",
    downloads: 12,
    likes: 3,
    updatedAt: "2025-01-02T03:04:05.000Z",
    gated: false,
    private: false,
    task: "text-generation",
    tags: ["gguf", "license:mit", "region:us"],
    license: "mit",
    parameters: 8_030_261_312,
    architecture: "llama",
  }]);
});

Deno.test("decodeModelSummaries() does without what the Hub leaves out", () => {
  const [model] = decodeModelSummaries([{ id: "gpt2", gguf: null, tags: null, pipeline_tag: null }]);
  deepStrictEqual(
    [model?.author, model?.downloads, model?.updatedAt, model?.gated, model?.tags, model?.parameters],
    [undefined, 0, undefined, false, [], undefined],
  );
});

Deno.test("decodeModelSummaries() leaves out hits that no reference can name", () => {
  const replies = [summary("../evil"), summary("org/name"), summary("a/b/c")];
  deepStrictEqual(decodeModelSummaries(replies).map(({ repo }) => repo), ["org/name"]);
});

Deno.test("decodeModelSummaries() does not fail for a count that is none", () => {
  const [model] = decodeModelSummaries([summary("o/n", { downloads: -1, likes: 1.5 })]);
  deepStrictEqual([model?.repo, model?.downloads, model?.likes], ["o/n", 0, 0]);
});

Deno.test("decodeModelSummaries() leaves out single hits that cannot be read", () => {
  const hits = [{ id: 7 }, summary("o/odd", { gated: 7 }), summary("org/name"), "x"];
  deepStrictEqual(decodeModelSummaries(hits).map(({ repo }) => repo), ["org/name"]);
});

Deno.test("decodeModelSummaries() names the field that is wrong", () => {
  throws(() => decodeModelSummaries({ error: "x" }), /"reply" is an object, wanted a list/);
  throws(() => decodeModelSummaries([summary("o/n", { tags: [1] })]), /"reply\[0\]\.tags\[0\]" is a number/);
  throws(() => decodeModelSummaries([summary("o/n", { private: "no" })]), /"reply\[0\]\.private"/);
  throws(() => decodeModelSummaries([summary("o/n", { gated: 7 })]), /"reply\[0\]\.gated"/);
});

Deno.test("decodeModelSummaries() takes an unknown kind of gate for a gate", () => {
  const gates = ["auto", "manual", "by-vote", true].map((gated) =>
    decodeModelSummaries([summary("o/n", { gated })])
  );
  deepStrictEqual(gates.map(([model]) => model?.gated), ["auto", "manual", "manual", "manual"]);
});

Deno.test("decodeModelSummaries() lets no control characters into texts", () => {
  const evil = { tags: ["\x1b[31mred\x1b[0m", "license:\x07mit"], pipeline_tag: "a\x1b]0;b\x07" };
  const [model] = decodeModelSummaries([summary("o/n", evil)]);
  deepStrictEqual([model?.tags, model?.license, model?.task], [["red", "license:mit"], "mit", "a"]);
});

Deno.test("decodeModelInfo() reads facts and files, sorted by path", () => {
  const { facts, files } = decodeModelInfo(info("org/name"), "v1");
  strictEqual(facts.revision, "v1");
  strictEqual(facts.commit, COMMIT);
  strictEqual(facts.library, "gguf");
  strictEqual(facts.createdAt, "2024-01-02T03:04:05.000Z");
  strictEqual(facts.contextLength, 131_072);
  deepStrictEqual(facts.baseModels, ["base/model"]);
  deepStrictEqual(files, [
    { path: "README.md", sizeBytes: 10, digest: { algorithm: "git-sha1", hex: GIT_SHA1 } },
    { path: "x.gguf", sizeBytes: 4_920_734_272, digest: { algorithm: "sha256", hex: SHA256 } },
  ]);
});

Deno.test("decodeModelInfo() refuses a name or a commit that is none", () => {
  throws(() => decodeModelInfo(info("../../etc"), "main"), /"id" is a string, wanted a repository name/);
  throws(() => decodeModelInfo(info("o/n", { sha: "main" }), "main"), /"sha" is a string, wanted 40 hex/);
  throws(() => decodeModelInfo(info("o/n", { sha: undefined }), "main"), /"sha" is missing/);
});

Deno.test("decodeModelInfo() takes a masked digest for none, never the pointer's own", () => {
  for (const sha256 of [MASK, undefined, null, 7, SHA256.toUpperCase(), GIT_SHA1]) {
    const siblings = [{ rfilename: "x.gguf", size: 9, blobId: GIT_SHA1, lfs: { sha256, size: 9 } }];
    const { files } = decodeModelInfo(info("o/n", { siblings }), "main");
    deepStrictEqual(files, [{ path: "x.gguf", sizeBytes: 9, digest: undefined }], String(sha256));
  }
});

Deno.test("decodeModelInfo() gives no files when sizes are missing or there may be more", () => {
  const many = Array.from(
    { length: MAX_LISTED_FILES },
    (_, index) => ({ rfilename: `f${index}`, size: 1, blobId: GIT_SHA1 }),
  );
  for (
    const siblings of [
      undefined,
      [{ rfilename: "x" }],
      [{ rfilename: "a", size: 1 }, { rfilename: "b" }],
      many,
    ]
  ) {
    strictEqual(decodeModelInfo(info("o/n", { siblings }), "main").files, undefined);
  }
  deepStrictEqual(decodeModelInfo(info("o/n", { siblings: [] }), "main").files, []);
});

Deno.test("decodeModelInfo() keeps a file's path as it is", () => {
  const path = "../\x1b[31m\\évil";
  const siblings = [{ rfilename: path, size: 1, blobId: GIT_SHA1 }];
  strictEqual(decodeModelInfo(info("o/n", { siblings }), "main").files?.[0]?.path, path);
});

Deno.test("decodeModelInfo() finds licence and base models on the card, else in the tags", () => {
  const facts = (extra: Record<string, unknown>) => decodeModelInfo(info("o/n", extra), "main").facts;
  strictEqual(facts({ cardData: { license: "other", license_name: "llama3.1" } }).license, "llama3.1");
  strictEqual(facts({ cardData: { license: ["apache-2.0", "mit"] } }).license, "apache-2.0");
  strictEqual(facts({ cardData: null }).license, "mit");
  strictEqual(facts({ cardData: "not a card" }).license, "mit");
  const tags = ["base_model:a/b", "base_model:quantized:a/b"];
  deepStrictEqual(facts({ cardData: {}, tags }).baseModels, ["a/b"]);
});

Deno.test("decodeModelInfo() finds parameters and architecture also of models that are not GGUF", () => {
  const { facts } = decodeModelInfo(
    info("o/n", { gguf: undefined, safetensors: { total: 7 }, config: { model_type: "bert" } }),
    "main",
  );
  deepStrictEqual([facts.parameters, facts.architecture, facts.contextLength], [7, "bert", undefined]);
});

Deno.test("decodeTree() gives the files, with their real sizes and digests", () => {
  deepStrictEqual(decodeTree(tree()), [
    { path: "README.md", sizeBytes: 10, digest: { algorithm: "git-sha1", hex: GIT_SHA1 } },
    { path: "sub/x.gguf", sizeBytes: 99, digest: { algorithm: "sha256", hex: SHA256 } },
  ]);
  const masked = [{
    type: "file",
    oid: GIT_SHA1,
    size: 9,
    path: "x",
    lfs: { oid: MASK, size: 9 },
    xetHash: MASK,
  }];
  strictEqual(decodeTree(masked)[0]?.digest, undefined);
});

Deno.test("decodeTree() names the field that is wrong", () => {
  throws(() => decodeTree([{ type: "file", path: "x", oid: GIT_SHA1 }]), /"reply\[0\]\.size" is missing/);
  throws(() => decodeTree([{ type: "file", size: 1, oid: GIT_SHA1 }]), /"reply\[0\]\.path" is missing/);
  throws(() => decodeTree([{ path: "x" }]), /"reply\[0\]\.type" is missing/);
  ok(decodeTree([]).length === 0);
});
