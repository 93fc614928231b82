/**
 * Why a model could not be downloaded, in the words of the library.
 *
 * @module
 */
import {
  type ErrorCode,
  type ErrorData,
  fromErrorData,
  isModelManagerError,
  ModelManagerError,
  type ModelManagerErrorOptions,
} from "../base/errors.ts";

/** What may be said about a failed download besides its message. */
export interface ModelDownloadErrorOptions extends ModelManagerErrorOptions {
  /** The model, as it was asked for. */
  readonly modelId: string;
}

/**
 * A model could not be downloaded, or was stopped: `code` tells why, `hints` what to do, `retryAfterMs` how long the Hub
 * has asked to wait.
 *
 * @example Tell a gated model from a network that is down
 * ```ts
 * import assert from "node:assert/strict";
 * import { ModelDownloadError } from "@model-manager/mm";
 *
 * const error = new ModelDownloadError("GATED", "Access has to be asked for", { modelId: "acme/secret" });
 * const advice = error.code === "GATED" ? "ask for access" : error.retryable ? "try again" : "give up";
 * assert.ok(advice === "ask for access");
 * ```
 */
export class ModelDownloadError extends ModelManagerError {
  /** Always `ModelDownloadError`. */
  override readonly name: string = "ModelDownloadError";
  /** The model, as it was asked for. */
  readonly modelId: string;

  /** Made by {@link ModelDownloader}; tests of callers may make some, too. */
  constructor(code: ErrorCode, message: string, options: ModelDownloadErrorOptions) {
    super(code, message, options);
    this.modelId = options.modelId;
  }
}

/** Any failure as that of a model's download; our own bugs stay what they are. */
export function toDownloadError(modelId: string, error: unknown): unknown {
  if (error instanceof ModelDownloadError || !isModelManagerError(error)) return error;
  return downloadErrorOf(modelId, error);
}

/** The failure that a result tells of. */
export function downloadErrorOf(modelId: string, failure: ErrorData | ModelManagerError): ModelDownloadError {
  const error = failure instanceof Error ? failure : fromErrorData(failure);
  const { code, message, hints, retryable, retryAfterMs, cause } = error;
  return new ModelDownloadError(code, message, {
    modelId,
    hints,
    retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(cause === undefined ? {} : { cause }),
  });
}
