import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ollamaLayer,
  ollamaManifest,
  readOllamaManifest,
} from "../../../../core/library/apps/ollama_manifest.ts";
import { ollamaTemplate } from "../../../../core/library/apps/ollama_template.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);

Deno.test("readOllamaManifest() reads what ollamaManifest() makes", () => {
  const config = ollamaLayer("config", { hex: B, sizeBytes: 3 });
  const manifest = ollamaManifest(config, [
    ollamaLayer("model", { hex: A, sizeBytes: 10 }),
    ollamaLayer("template", { hex: B, sizeBytes: 3 }),
  ]);
  assert.deepEqual(readOllamaManifest(JSON.stringify(manifest)), {
    files: [{ kind: "model", hex: A, sizeBytes: 10 }],
    config: B,
  });
});

Deno.test("readOllamaManifest() reads lists of manifests, each file once", () => {
  const child = {
    config: { digest: `sha256-${B}` },
    layers: [ollamaLayer("model", { hex: A, sizeBytes: 10 })],
  };
  const files = readOllamaManifest(JSON.stringify({ manifests: [child, child, null] }))?.files;
  assert.deepEqual(files, [{ kind: "model", hex: A, sizeBytes: 10 }]);
});

Deno.test("readOllamaManifest() knows nothing of anything else", () => {
  for (const text of ["", "{", "[]", "null", "{}", '{"layers":3}']) {
    assert.equal(readOllamaManifest(text), undefined, text);
  }
  const hostile = {
    layers: [{ mediaType: "application/vnd.ollama.image.model", digest: "sha256:../../x", size: 1 }],
  };
  assert.deepEqual(readOllamaManifest(JSON.stringify(hostile))?.files, []);
  fc.assert(fc.property(fc.json(), (text) => (readOllamaManifest(text), true)));
});

Deno.test("ollamaTemplate() recognizes families, and says nothing of others", () => {
  const chatml = ollamaTemplate("{% for m in messages %}<|im_start|>{{ m.role }}<|im_end|>{% endfor %}");
  assert.deepEqual(chatml?.stop, ["<|im_start|>", "<|im_end|>"]);
  assert.match(ollamaTemplate("<|start_header_id|> <|eot_id|>")?.template ?? "", /start_header_id/);
  assert.match(ollamaTemplate("<|user|> <|assistant|>")?.template ?? "", /<\/s>/);
  assert.match(ollamaTemplate("<|user|> <|end|> <|assistant|>")?.template ?? "", /<\|end\|>/);
  assert.equal(ollamaTemplate("{{ messages }}"), undefined);
  assert.equal(ollamaTemplate(undefined), undefined);
});
