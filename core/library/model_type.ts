/**
 * From the Hub's task names to the registry's model types.
 *
 * @module
 */
import type { ModelType } from "./model_entry.ts";

/** All model types, as the registry spells them. */
export const MODEL_TYPES: readonly ModelType[] = [
  "text-generation",
  "text-to-image",
  "image-to-text",
  "audio-to-text",
  "text-to-audio",
  "embedding",
  "classification",
  "other",
];

const TYPE_OF_TASK: Readonly<Record<string, ModelType>> = {
  "text-generation": "text-generation",
  "text2text-generation": "text-generation",
  "conversational": "text-generation",
  "translation": "text-generation",
  "summarization": "text-generation",
  "question-answering": "text-generation",
  "fill-mask": "text-generation",
  "table-question-answering": "text-generation",
  "table-to-text": "text-generation",
  "tabular-to-text": "text-generation",
  "text-to-image": "text-to-image",
  "image-to-image": "text-to-image",
  "image-text-to-image": "text-to-image",
  "unconditional-image-generation": "text-to-image",
  "image-to-text": "image-to-text",
  "image-text-to-text": "image-to-text",
  "video-text-to-text": "image-to-text",
  "visual-question-answering": "image-to-text",
  "document-question-answering": "image-to-text",
  "automatic-speech-recognition": "audio-to-text",
  "audio-text-to-text": "audio-to-text",
  "text-to-speech": "text-to-audio",
  "text-to-audio": "text-to-audio",
  "audio-to-audio": "text-to-audio",
  "feature-extraction": "embedding",
  "sentence-similarity": "embedding",
  "image-feature-extraction": "embedding",
  "visual-document-retrieval": "embedding",
  "text-retrieval": "embedding",
  "text-classification": "classification",
  "token-classification": "classification",
  "zero-shot-classification": "classification",
  "text-ranking": "classification",
  "image-classification": "classification",
  "zero-shot-image-classification": "classification",
  "audio-classification": "classification",
  "video-classification": "classification",
  "tabular-classification": "classification",
  "voice-activity-detection": "classification",
  "multiple-choice": "classification",
};

/** What a model is for, by the Hub's task name (`pipeline_tag`); `other` for an unknown task or none. */
export function modelTypeOf(task: string | undefined): ModelType {
  return Object.hasOwn(TYPE_OF_TASK, task ?? "") ? TYPE_OF_TASK[task ?? ""] ?? "other" : "other";
}
