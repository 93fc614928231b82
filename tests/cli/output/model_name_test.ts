import assert from "node:assert/strict";
import { modelNames, refetchCommands, removedName } from "../../../cli/output/model_name.ts";
import type { LibraryModel, VerifiedFile } from "../../../core/operations/model_manager.ts";
import { LIBRARY } from "../../support/fake_manager.ts";

function model(quant: string | undefined, paths: readonly string[], change: Partial<LibraryModel> = {}) {
  const [first] = LIBRARY;
  assert.ok(first !== undefined);
  return {
    ...first,
    repo: "acme/tiny",
    path: "/models/acme/tiny",
    quant,
    files: paths.map((path) => ({ path, sizeBytes: 1, digest: undefined })),
    ...change,
  } satisfies LibraryModel;
}

function bad(path: string, change: Partial<VerifiedFile> = {}): VerifiedFile {
  return { repo: "acme/tiny", path: `/models/acme/tiny/${path}`, status: "corrupt", expected: "", ...change };
}

const Q4 = model("Q4_K_M", ["tiny-Q4_K_M.gguf", "mmproj-F16.gguf"]);
const Q8 = model("Q8_0", ["tiny-Q8_0.gguf"]);
const CONFIG = model(undefined, ["config.json"]);
const README = model(undefined, ["docs/read me.md"]);

Deno.test("modelNames() tells every model from the others, by its quant or its one file", () => {
  const twin = model("Q8_0", ["other/tiny-Q8_0.gguf"]);
  const whole = model(undefined, ["model.safetensors", "config.json"], { repo: "acme/st" });
  const all = [Q4, CONFIG, README, whole];
  assert.deepEqual([...modelNames(all).values()], [
    "acme/tiny:Q4_K_M",
    "acme/tiny:config.json",
    "acme/tiny:docs/read me.md",
    "acme/st",
  ]);
  assert.deepEqual([...modelNames([Q8, twin]).values()], [
    "acme/tiny:tiny-Q8_0.gguf",
    "acme/tiny:other/tiny-Q8_0.gguf",
  ]);
});

Deno.test("removedName() finds the one file's path in the repository, on every system", () => {
  const facts = { repo: "acme/tiny", quant: undefined };
  assert.equal(removedName({ ...facts, paths: ["/m/acme/tiny/a/b.json"] }), "acme/tiny:a/b.json");
  assert.equal(removedName({ ...facts, paths: ["C:\\m\\acme\\tiny\\b.json"] }), "acme/tiny:b.json");
  assert.equal(removedName({ ...facts, paths: ["/x", "/y"] }), "acme/tiny");
  assert.equal(removedName({ ...facts, quant: "Q8_0", paths: ["/x"] }), "acme/tiny:Q8_0");
});

const COMMANDS: readonly (readonly [string, readonly LibraryModel[], readonly VerifiedFile[], string[]])[] = [
  ["only the damaged quant", [Q4, Q8, CONFIG], [bad("tiny-Q8_0.gguf")], [
    'mm pull --force "acme/tiny:Q8_0"',
  ]],
  ["a missing file of its own", [Q4, Q8, CONFIG], [bad("config.json", { status: "missing" })], [
    'mm pull --force "acme/tiny:config.json"',
  ]],
  ["each damaged model once", [README, Q8, Q4], [
    bad("tiny-Q8_0.gguf"),
    bad("docs/read me.md"),
    bad("tiny-Q4_K_M.gguf"),
    bad("mmproj-F16.gguf"),
  ], [
    'mm pull --force "acme/tiny:Q4_K_M" -i mmproj-F16.gguf',
    'mm pull --force "acme/tiny:Q8_0"',
    'mm pull --force "acme/tiny:docs/read me.md"',
  ]],
  [
    "a shared file with the model that is damaged anyway",
    [
      Q4,
      model("Q8_0", ["tiny-Q8_0.gguf", "mmproj-F16.gguf"]),
    ],
    [bad("mmproj-F16.gguf"), bad("tiny-Q8_0.gguf")],
    [
      'mm pull --force "acme/tiny:Q8_0" -i mmproj-F16.gguf',
    ],
  ],
  ["the revision that it came from", [{ ...Q8, revision: "refs/pr/3" }], [bad("tiny-Q8_0.gguf")], [
    'mm pull --force "acme/tiny@refs/pr/3:Q8_0"',
  ]],
  ["a whole repository of safetensors", [model(undefined, ["model.safetensors", "config.json"])], [
    bad("config.json"),
  ], ['mm pull --force "acme/tiny"']],
  ["files that were picked by pattern", [model(undefined, ["a.json", "b.json"])], [bad("b.json")], [
    'mm pull --force "acme/tiny" -i b.json',
  ]],
  ["the repository when the library has lost the model", [], [bad("x.gguf")], [
    'mm pull --force "acme/tiny"',
  ]],
  [
    "a name that shells would expand, in single quotes",
    [model(undefined, ["$(x).json"])],
    [bad("$(x).json")],
    [
      "mm pull --force 'acme/tiny:$(x).json'",
    ],
  ],
];

for (const [what, models, files, expected] of COMMANDS) {
  Deno.test(`refetchCommands() names ${what}`, () => {
    assert.deepEqual(refetchCommands(files, models), expected);
  });
}
