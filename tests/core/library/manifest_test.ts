import assert from "node:assert/strict";
import { formatProblem, modelKey, readManifest } from "../../../core/library/manifest.ts";
import { parseReference } from "../../../core/base/reference.ts";

/** As the older tool wrote it. */
const OLDER = `{
  "models": [
    {
      "name": "acme/llama-GGUF",
      "enabled": true,
      "status": "completed",
      "description": "for chats",
      "size_estimate": "1.6GB",
      "priority": "high",
      "tags": ["chat", "small"]
    },
    { "name": "acme/clip", "enabled": false, "status": "pending", "description": null, "size_estimate": "~600MB" }
  ],
  "settings": {
    "auto_cleanup": true, "cleanup_age_days": 14, "max_total_size": "100GB", "check_frequency": "weekly"
  },
  "metadata": { "version": "1.0", "created": "2024-01-01", "last_updated": "2024-01-02T03:04:05Z" }
}`;

function problems(text: string): string[] {
  return readManifest(text).problems.map(formatProblem);
}

Deno.test("readManifest() reads the older tool's file as it is", () => {
  const { manifest, problems, warnings } = readManifest(OLDER);
  assert.deepEqual([problems, warnings], [[], []]);
  assert.deepEqual(manifest?.models, [
    {
      name: "acme/llama-GGUF",
      reference: { repo: "acme/llama-GGUF", revision: undefined, selector: undefined },
      enabled: true,
      status: "completed",
      description: "for chats",
      sizeEstimateBytes: 1_600_000_000,
      priority: "high",
      tags: ["chat", "small"],
      pinned: undefined,
    },
    {
      name: "acme/clip",
      reference: { repo: "acme/clip", revision: undefined, selector: undefined },
      enabled: false,
      status: "pending",
      description: undefined,
      sizeEstimateBytes: 600_000_000,
      priority: "medium",
      tags: [],
      pinned: undefined,
    },
  ]);
  assert.deepEqual(manifest?.settings, {
    autoCleanup: true,
    cleanupAgeDays: 14,
    maxTotalBytes: 100_000_000_000,
    checkFrequency: "weekly",
  });
});

Deno.test("readManifest() takes comments, trailing commas, revisions, quants and unknown fields", () => {
  const { manifest, warnings } = readManifest(
    '{ "$schema": "./s.json", "models": [ /* two */ { "name": "acme/m@v1:Q4_K_M", "x-mine": [1], "pinned": true, }, ], "own": {} }',
  );
  assert.deepEqual(manifest?.models.map(({ name, pinned }) => [name, pinned]), [["acme/m@v1:Q4_K_M", true]]);
  assert.deepEqual(manifest?.models[0]?.reference, { repo: "acme/m", revision: "v1", selector: "Q4_K_M" });
  assert.deepEqual(warnings, []);
});

Deno.test("readManifest() tells every mistake with line, column and field, in the order of the text", () => {
  const text = `{
  "models": [
    { "name": "acme/a", "priority": "hihg", "enabled": "yes" },
    { "status": "done" },
    { "name": "acme//b", "size_estimate": "much" },
    { "name": "ACME/a", "tags": ["x", 1], "quant": "Q8_0" },
    "acme/c"
  ],
  "settings": { "cleanup_age_days": -1, "max_total_size": true, "check_frequency": "often" },
  "metadata": []
}`;
  assert.deepEqual(problems(text), [
    'line 3, column 37: models[0].priority: it is "hihg": wanted high, medium or low, perhaps "high"',
    'line 3, column 56: models[0].enabled: it is "yes": wanted true or false',
    'line 4, column 5: models[1].name: it is missing: wanted "name": "org/name"',
    'line 4, column 17: models[1].status: it is "done": wanted pending, downloading, completed or failed',
    'line 5, column 15: models[2].name: it is "acme//b": "acme//b" is no repository name: wanted org/name of letters, ' +
    "digits, - _ and .",
    'line 5, column 43: models[2].size_estimate: it is "much": wanted a size such as "1.6GB"',
    'line 6, column 15: models[3].name: "ACME/a" is there already, as models[0]: wanted each model once',
    'line 6, column 33: models[3].tags: it is ["x",1]: wanted a list of texts, such as ["chat", "small"]',
    'line 6, column 43: models[3].quant: there is no such field: it belongs into the name: "org/name:QUANT"',
    'line 7, column 5: models[4]: it is "acme/c": wanted an object, {…}',
    "line 9, column 37: settings.cleanup_age_days: it is -1: wanted a whole number of days",
    'line 9, column 59: settings.max_total_size: it is true: wanted a size such as "1.6GB"',
    'line 9, column 84: settings.check_frequency: it is "often": wanted hourly, daily, weekly or monthly',
    "line 10, column 15: metadata: it is []: wanted an object, {…}",
  ]);
});

Deno.test("readManifest() says where a text stops being JSON, and what is not even that", () => {
  assert.deepEqual(problems('{\n  "models": [\n    { "name": "acme/a" }\n    { "name": "acme/b" }\n  ]\n}'), [
    "line 4, column 5: a comma is missing before this",
  ]);
  assert.deepEqual(problems('{ "models": [ { "name": "acme'), [
    "line 1, column 25: a text in quotes has no end",
  ]);
  assert.match(problems("")[0] ?? "", /^line 1, column 1: /);
  assert.deepEqual(problems("[]"), ['line 1, column 1: the file holds []: wanted {"models": […]}']);
  assert.deepEqual(problems("{}"), ['line 1, column 1: models: it is missing: wanted a list, "models": []']);
});

Deno.test("readManifest() keeps a field that nobody knows, and says when it looks like one that is meant", () => {
  const { manifest, warnings } = readManifest(
    '{ "models": [{ "name": "acme/a", "priorty": "high", "license": "mit" }] }',
  );
  assert.equal(manifest?.models[0]?.priority, "medium");
  assert.deepEqual(warnings.map(formatProblem), [
    'line 1, column 34: models[0].priorty: there is no such field: did you mean "priority"?',
  ]);
});

Deno.test("modelKey() tells models apart as the Hub does: case counts in files and revisions only", () => {
  assert.equal(modelKey(parseReference("Acme/A:Q4")), modelKey(parseReference("acme/a:Q4")));
  assert.notEqual(modelKey(parseReference("acme/a:q4")), modelKey(parseReference("acme/a:Q4")));
});

Deno.test("readManifest() says which fields stand there twice, as after a merge that went wrong", () => {
  const text = `{
  "models": [{ "name": "acme/a" }],
  "models": [
    { "name": "acme/b", "enabled": true, "enabled": false, "x-own": 1, "x-own": 2 }
  ],
  "settings": { "auto_cleanup": true,
    "auto_cleanup": false },
  "settings": { "auto_cleanup": true, "auto_cleanup": false }
}`;
  assert.deepEqual(problems(text), [
    "line 3, column 3: models: it stands in line 2 already: wanted each field once",
    "line 4, column 42: models[0].enabled: it stands in line 4 already: wanted each field once",
    "line 8, column 3: settings: it stands in line 6 already: wanted each field once",
    "line 8, column 39: settings.auto_cleanup: it stands in line 8 already: wanted each field once",
  ]);
});
