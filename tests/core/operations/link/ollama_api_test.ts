import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { isOllamaFailure, OllamaApi } from "../../../../core/operations/link/ollama_api.ts";
import { startFakeOllama } from "../../../support/fake_ollama.ts";
import { makeTempDir } from "../../../support/temp_dir.ts";

const HEX = "a".repeat(64);

Deno.test("OllamaApi.find() finds nobody where nobody listens, and asks no other machine", async () => {
  assert.equal(await OllamaApi.find("http://127.0.0.1:1", undefined), undefined);
  assert.equal(await OllamaApi.find("http://192.0.2.1:11434", undefined), undefined);
  assert.equal(await OllamaApi.find("https://127.0.0.1:1", undefined), undefined);
  assert.equal(await OllamaApi.find("nonsense", undefined), undefined);
});

Deno.test("OllamaApi.find() takes no other server for an Ollama", async () => {
  const other = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("hello"),
  );
  assert.equal(await OllamaApi.find(`http://127.0.0.1:${other.addr.port}`, undefined), undefined);
  await other.shutdown();
});

Deno.test("OllamaApi sends bytes and makes models", async () => {
  await using dir = await makeTempDir();
  await mkdir(dir.join("blobs"));
  await writeFile(dir.join("blobs", `sha256-${HEX}`), "bytes");
  await using server = startFakeOllama({ directory: dir.path });
  using api = await OllamaApi.find(`http://${server.address}`, undefined);
  assert.ok(api !== undefined);
  assert.equal(await api.hasBlob(HEX), true);
  assert.equal(await api.hasBlob("b".repeat(64)), false);
  await api.sendBlob(HEX, dir.join("blobs", `sha256-${HEX}`));
  assert.deepEqual(server.uploads, [`sha256:${HEX}`]);
  await api.create("tiny", { "tiny.gguf": HEX });
  assert.deepEqual(server.created, [{ model: "tiny", files: { "tiny.gguf": `sha256:${HEX}` } }]);
});

Deno.test("OllamaApi.create() passes on what Ollama says in the middle of its answer", async () => {
  await using dir = await makeTempDir();
  await using server = startFakeOllama({ directory: dir.path, error: "invalid file magic" });
  using api = await OllamaApi.find(`http://${server.address}`, undefined);
  await assert.rejects(api?.create("tiny", {}) ?? Promise.resolve(), (error) => {
    assert.match(String(error), /invalid file magic/);
    return isOllamaFailure(error);
  });
});
