/**
 * A Hub that cannot be reached: one model finds that out with all patience, and those after it need not.
 *
 * @module
 */
import { causeMessages, isModelManagerError, type ModelManagerError } from "../base/errors.ts";

/** Whether an error says that nothing has answered at the endpoint, nor at any of its mirrors. */
export function isEndpointDown(error: unknown, endpoint: string): error is ModelManagerError {
  if (!isModelManagerError(error) || error.code !== "NETWORK_ERROR" || !URL.canParse(endpoint)) return false;
  const { host } = new URL(endpoint);
  return [error.message, ...causeMessages(error)].some((message) =>
    message.startsWith(`Cannot reach "${host}"`) || message.startsWith('Neither "')
  );
}

/** What one run has found out about its endpoint. */
export class Outage {
  readonly #endpoint: string;
  #error: ModelManagerError | undefined;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** Takes in what a model has failed with. */
  note(error: unknown): void {
    if (isEndpointDown(error, this.#endpoint)) this.#error ??= error;
  }

  /** @throws {ModelManagerError} What the first one has failed with, when nobody was there. */
  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }
}
