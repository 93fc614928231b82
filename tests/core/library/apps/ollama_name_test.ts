import assert from "node:assert/strict";
import {
  formatOllamaName,
  hubRepoOf,
  ollamaNameFor,
  ollamaNameOfPath,
  ollamaNamePath,
  parseOllamaName,
} from "../../../../core/library/apps/ollama_name.ts";
import { isModelManagerError } from "../../../../core/base/errors.ts";

Deno.test("parseOllamaName() fills in what is left out, and formatOllamaName() leaves it out again", () => {
  const cases: readonly [text: string, path: string, short: string][] = [
    ["tiny", "registry.ollama.ai/library/tiny/latest", "tiny:latest"],
    ["ada/tiny:q4", "registry.ollama.ai/ada/tiny/q4", "ada/tiny:q4"],
    ["hf.co/acme/tiny-GGUF:Q4_K_M", "hf.co/acme/tiny-GGUF/Q4_K_M", "hf.co/acme/tiny-GGUF:Q4_K_M"],
    ["localhost:5000/a/b:c", "localhost:5000/a/b/c", "localhost:5000/a/b:c"],
  ];
  for (const [text, path, short] of cases) {
    const name = parseOllamaName(text);
    assert.equal(ollamaNamePath(name), path);
    assert.equal(formatOllamaName(name), short);
    assert.deepEqual(ollamaNameOfPath(path), name);
  }
});

Deno.test("parseOllamaName() refuses what Ollama would, and what leads elsewhere", () => {
  for (const text of ["", "a/b/c/d", "../x", "a/../b", "x:", "x:a/b", "a.b/x", "-x", "x y", ".", "..:.."]) {
    assert.throws(
      () => parseOllamaName(text),
      (error) => isModelManagerError(error) && error.code === "USAGE_ERROR",
      text,
    );
  }
  for (const path of ["a/b/c", "a/b/c/d/e", "../b/c/d", "a/../c/d"]) {
    assert.equal(ollamaNameOfPath(path), undefined, path);
  }
});

Deno.test("ollamaNameFor() is the name that Ollama pulls by, where its rules allow that", () => {
  const nameOf = (repo: string, label?: string): string => formatOllamaName(ollamaNameFor({ repo, label }));
  assert.equal(nameOf("acme/Tiny-GGUF", "Q4_K_M"), "hf.co/acme/Tiny-GGUF:Q4_K_M");
  assert.equal(nameOf("acme/tiny"), "hf.co/acme/tiny:latest");
  assert.equal(nameOf("a.b/Tiny", "Q8_0"), "tiny:Q8_0", "no dot may be in a namespace");
  assert.equal(nameOf("gpt2", "F16"), "gpt2:F16");
  assert.equal(nameOf("local/My-Model", "Q4_0"), "my-model:Q4_0");
  assert.equal(hubRepoOf(parseOllamaName("hf.co/acme/tiny:Q8_0")), "acme/tiny");
  assert.equal(hubRepoOf(parseOllamaName("llama3.2")), undefined);
});
