/**
 * The words of the library and its registry.
 *
 * @module
 */
import type { Digest } from "../base/digest.ts";

/** What a model is for, in the registry's words. */
export type ModelType =
  | "text-generation"
  | "text-to-image"
  | "image-to-text"
  | "audio-to-text"
  | "text-to-audio"
  | "embedding"
  | "classification"
  | "other";

/** Where a model in the registry stands. */
export type ModelStatus = "downloading" | "available" | "error" | "deleted" | "pending";

/** A file in the library. */
export interface LibraryFile {
  /** In the repository, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
}
