import assert from "node:assert/strict";
import { formatProblem, readManifest } from "../../../core/library/manifest.ts";
import {
  compareWithLock,
  formatLock,
  type LockedModel,
  readLock,
} from "../../../core/library/manifest_lock.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const SHA256 = { algorithm: "sha256", hex: "a".repeat(64) } as const;
const GIT = { algorithm: "git-sha1", hex: "b".repeat(40) } as const;

const A: LockedModel = {
  name: "acme/a:Q4_K_M",
  repo: "acme/a",
  revision: "main",
  commit: COMMIT,
  quant: "Q4_K_M",
  task: "text-generation",
  whole: false,
  files: [
    { path: "a-Q4_K_M.gguf", sizeBytes: 12, digest: SHA256 },
    { path: "z/config.json", sizeBytes: 3, digest: GIT },
  ],
};
const B: LockedModel = {
  ...A,
  name: "acme/b",
  repo: "acme/b",
  quant: undefined,
  task: undefined,
  whole: true,
};

function problems(text: string): string[] {
  return readLock(text).problems.map(formatProblem);
}

Deno.test("formatLock() gives the same text whatever the order, and readLock() reads it", () => {
  const shuffled = { ...A, files: A.files.toReversed() };
  assert.equal(formatLock([B, shuffled]), formatLock([A, B]));
  assert.deepEqual(readLock(formatLock([B, A])), { models: [A, B], problems: [] });
});

Deno.test("readLock() tells what is wrong and where", () => {
  const text = formatLock([A]);
  assert.match(
    problems(text.replace(COMMIT, "main"))[0] ?? "",
    /^line 8, column 17: models\[0\]\.commit: wanted a commit/,
  );
  assert.match(
    problems(text.replace(SHA256.hex, "abc"))[0] ?? "",
    /models\[0\]\.files\[0\]\.sha256: wanted 64 hex/,
  );
  assert.match(
    problems(text.replace('"sizeBytes": 12', '"sizeBytes": -1'))[0] ?? "",
    /files\[0\]\.sizeBytes: /,
  );
  assert.match(problems(text.replace('"version": 1', '"version": 9'))[0] ?? "", /version: it is 9: wanted 1/);
  assert.match(
    problems(text.replace("a-Q4_K_M.gguf", "../../evil"))[0] ?? "",
    /models\[0\]\.files: Refused the file/,
  );
  assert.match(problems(text.slice(0, 60))[0] ?? "", /^line \d+, column \d+: /);
  assert.match(problems(formatLock([A, A]))[0] ?? "", /is there already/);
});

Deno.test("compareWithLock() names what only one of both has; disabled models are for the caller", () => {
  const models =
    readManifest('{ "models": [{ "name": "ACME/a:Q4_K_M" }, { "name": "acme/c" }] }').manifest?.models ?? [];
  assert.deepEqual(compareWithLock(models, [A, B]), { missing: ["acme/c"], extra: ["acme/b"] });
});
