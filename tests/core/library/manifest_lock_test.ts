import assert from "node:assert/strict";
import { formatProblem, readManifest } from "../../../core/library/manifest.ts";
import {
  compareWithLock,
  formatLock,
  isRenamed,
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
  files: [
    { path: "b.safetensors", sizeBytes: 12, digest: SHA256 },
    { path: "config.json", sizeBytes: 3, digest: GIT },
  ],
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
  const twice = { ...A, files: [...A.files, ...A.files.slice(0, 1)] };
  assert.match(problems(formatLock([twice])).join(), /files\[1\]\.path: "a-Q4_K_M\.gguf" is there already/);
  assert.match(
    problems(text.replace('"repo":', '"repo": "acme/d",\n      "repo":'))[0] ?? "",
    /^line 7, column 7: models\[0\]\.repo: it stands in line 6 already/,
  );
});

Deno.test("readLock() takes digests in capitals for the same", () => {
  const text = formatLock([A]);
  assert.deepEqual(readLock(text.replace(SHA256.hex, SHA256.hex.toUpperCase())), readLock(text));
});

Deno.test("compareWithLock() names what only one of both has; disabled models are for the caller", () => {
  const models =
    readManifest('{ "models": [{ "name": "ACME/a:Q4_K_M" }, { "name": "acme/c" }] }').manifest?.models ?? [];
  assert.deepEqual(compareWithLock(models, [{ ...A, files: A.files.slice(0, 1) }, B]), {
    missing: ["acme/c"],
    extra: ["acme/b"],
    misfits: [],
  });
});

Deno.test("compareWithLock() names what stands in the lock under the name of another model", () => {
  const [file = A.files[0]] = A.files;
  assert.ok(file !== undefined);
  const plain: LockedModel = { ...A, files: [file] };
  const misfits = (...locked: LockedModel[]): readonly string[] => compareWithLock([], locked).misfits;
  const other = { ...file, path: "a-Q8_0.gguf" };

  assert.deepEqual(misfits(plain, B), []);
  assert.deepEqual(misfits({ ...plain, name: "acme/a" }), [], "the default choice can be any quant");
  assert.deepEqual(misfits({ ...plain, name: "acme/a:a-Q4_K_M.gguf" }), []);
  assert.deepEqual(misfits({ ...plain, name: "acme/a:*Q4*" }), []);
  const shard = { ...file, path: "a-Q4_K_M-00002-of-00003.gguf" };
  assert.deepEqual(misfits({ ...plain, name: `acme/a:${shard.path}`, quant: undefined, files: [shard] }), []);

  assert.match(misfits({ ...plain, quant: "Q8_0", files: [other] })[0] ?? "", /^acme\/a:Q4_K_M: .*Q8_0/);
  assert.match(misfits({ ...plain, quant: undefined, files: [other] })[0] ?? "", /other files/);
  assert.match(misfits({ ...plain, files: [file, other] })[0] ?? "", /"a-Q8_0\.gguf" besides/);
  assert.match(misfits({ ...plain, quant: "Q8_0" })[0] ?? "", /its quant is Q8_0/);
  assert.match(misfits({ ...plain, name: "acme/a@v1:Q4_K_M" })[0] ?? "", /its revision is "main"/);
  const other40 = "f".repeat(40);
  const atCommit = { ...plain, name: `acme/a@${other40}:Q4_K_M`, revision: other40 };
  assert.match(misfits(atCommit)[0] ?? "", /its commit is 0123/);
  assert.deepEqual(misfits({ ...atCommit, commit: other40 }), []);
});

Deno.test("isRenamed() says whether the Hub has to be asked about another repository", () => {
  assert.equal(isRenamed(A), false);
  assert.equal(isRenamed({ ...A, repo: "ACME/A" }), false);
  assert.equal(isRenamed({ ...A, repo: "acme/d" }), true);
});
