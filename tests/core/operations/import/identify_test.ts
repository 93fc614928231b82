import assert from "node:assert/strict";
import { ModelManagerError } from "../../../../core/base/errors.ts";
import { Notifier } from "../../../../core/base/notifier.ts";
import { Identifier, searchWords } from "../../../../core/operations/import/identify.ts";
import type { HashedFile } from "../../../../core/operations/import/hash_found.ts";

Deno.test("searchWords() leaves out quants, parts and extensions", () => {
  const cases: readonly [string, string][] = [
    ["Llama-3.2-1B-Instruct-Q4_K_M.gguf", "Llama-3.2-1B-Instruct"],
    ["Llama-3.2-1B-Instruct.Q4_K_M.gguf", "Llama-3.2-1B-Instruct"],
    ["model-F16-00001-of-00003.gguf", "model"],
    ["mmproj-tiny-F16.gguf", "tiny-F16"],
    ["model.safetensors", "model"],
  ];
  for (const [name, words] of cases) assert.equal(searchWords(name), words, name);
});

function file(repo: string): HashedFile {
  const model = { app: "lmstudio", name: repo, repo, localRepo: "local/x", files: [] } as const;
  return {
    path: "/x/tiny-Q4_0.gguf",
    realPath: "/nowhere/tiny-Q4_0.gguf",
    name: "tiny-Q4_0.gguf",
    sizeBytes: 5,
    modifiedAtMs: 0,
    digest: undefined,
    model,
    hashes: { sha256: "a".repeat(64), gitSha1: undefined },
    stamp: { identity: undefined, sizeBytes: 5, modifiedAtMs: 0, changedAtMs: undefined, isSettled: true },
  };
}

Deno.test("Identifier.identify() asks a Hub that cannot be reached once, and says so once", async () => {
  const notices: string[] = [];
  const notifier = new Notifier<string>();
  notifier.subscribe((notice) => notices.push(notice));
  let asked = 0;
  const hub = () => {
    asked += 1;
    return Promise.reject(
      new ModelManagerError("NETWORK_ERROR", "Cannot reach it", { hints: ["Try again"] }),
    );
  };
  const identifier = new Identifier({ hub, notices: notifier }, {});
  assert.equal((await identifier.identify([file("acme/a")])).size, 0);
  assert.equal((await identifier.identify([file("acme/b")])).size, 0);
  assert.equal(asked, 1);
  assert.equal(notices.length, 1);
});

Deno.test("Identifier.identify() is silent when the network is not to be used", async () => {
  const notices: string[] = [];
  const notifier = new Notifier<string>();
  notifier.subscribe((notice) => notices.push(notice));
  const hub = () => Promise.reject(new ModelManagerError("OFFLINE", "Offline", { hints: ["Go online"] }));
  assert.equal((await new Identifier({ hub, notices: notifier }, {}).identify([file("acme/a")])).size, 0);
  assert.deepEqual(notices, []);
});
