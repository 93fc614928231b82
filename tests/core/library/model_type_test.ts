import assert from "node:assert/strict";
import { MODEL_TYPES, modelTypeOf } from "../../../core/library/model_type.ts";

/** Every task that the Hub has a page for. */
const TABLE: Readonly<Record<string, string>> = {
  "text-generation":
    "text-generation text2text-generation conversational translation summarization question-answering fill-mask " +
    "table-question-answering table-to-text tabular-to-text",
  "text-to-image": "text-to-image image-to-image image-text-to-image unconditional-image-generation",
  "image-to-text":
    "image-to-text image-text-to-text video-text-to-text visual-question-answering document-question-answering",
  "audio-to-text": "automatic-speech-recognition audio-text-to-text",
  "text-to-audio": "text-to-speech text-to-audio audio-to-audio",
  "embedding":
    "feature-extraction sentence-similarity image-feature-extraction visual-document-retrieval text-retrieval",
  "classification":
    "text-classification token-classification zero-shot-classification text-ranking image-classification " +
    "zero-shot-image-classification audio-classification video-classification tabular-classification " +
    "voice-activity-detection multiple-choice",
  "other":
    "depth-estimation object-detection zero-shot-object-detection image-segmentation mask-generation " +
    "keypoint-detection image-to-video text-to-video image-text-to-video video-to-video text-to-3d image-to-3d " +
    "reinforcement-learning robotics tabular-regression time-series-forecasting graph-ml any-to-any other",
};

for (const [type, tasks] of Object.entries(TABLE)) {
  Deno.test(`modelTypeOf() takes these tasks as ${type}`, () => {
    assert.ok(MODEL_TYPES.some((each) => each === type));
    for (const task of tasks.split(" ")) assert.equal(modelTypeOf(task), type, task);
  });
}

Deno.test("modelTypeOf() takes what it does not know as other", () => {
  assert.equal(modelTypeOf("brand-new-task"), "other");
  assert.equal(modelTypeOf(""), "other");
  assert.equal(modelTypeOf(undefined), "other");
  assert.equal(modelTypeOf("constructor"), "other");
});

Deno.test("modelTypeOf() has a place in the table for every task of the Hub's own list", async () => {
  const { PIPELINE_TYPES } = await import("@huggingface/tasks");
  const known = new Set(Object.values(TABLE).flatMap((tasks) => tasks.split(" ")));
  assert.deepEqual(PIPELINE_TYPES.filter((task) => !known.has(task)), []);
});
