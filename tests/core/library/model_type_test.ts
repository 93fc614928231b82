import assert from "node:assert/strict";
import { MODEL_TYPES, modelTypeOf } from "../../../core/library/model_type.ts";

Deno.test("modelTypeOf() maps the Hub's tasks and takes the rest as other", () => {
  assert.equal(modelTypeOf("text-generation"), "text-generation");
  assert.equal(modelTypeOf("automatic-speech-recognition"), "audio-to-text");
  assert.equal(modelTypeOf("feature-extraction"), "embedding");
  assert.equal(modelTypeOf("robotics"), "other");
  assert.equal(modelTypeOf(undefined), "other");
  assert.equal(modelTypeOf("constructor"), "other");
});

Deno.test("modelTypeOf() knows only tasks that the Hub has had, and gives only known types", async () => {
  const { PIPELINE_TYPES } = await import("@huggingface/tasks");
  const mapped = PIPELINE_TYPES.filter((task) => modelTypeOf(task) !== "other");
  assert.ok(mapped.length >= 28, `${mapped.length} tasks are mapped`);
  for (const task of mapped) assert.ok(MODEL_TYPES.includes(modelTypeOf(task)));
});
