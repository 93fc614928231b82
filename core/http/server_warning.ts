/**
 * What a Hub has to say to people beside its answers: `X-HF-Warning: topic; message`.
 *
 * @module
 */
import type { FetchDecorator } from "./fetch.ts";
import { requestUrl } from "./request_parts.ts";
import { shownMessage } from "./response_error.ts";

/** A server that says something else each time is not listened to for ever. */
const MAX_MESSAGES = 5;

/** Tells each message once, whichever of several fetches it came through. */
export class ServerWarnings {
  readonly #told = new Set<string>();
  readonly #tell: (message: string) => void;

  constructor(tell: (message: string) => void) {
    this.#tell = tell;
  }

  /** Takes in the value of the header. */
  handle(value: string, host: string): void {
    const message = shownMessage(value.replace(/^[^;]*;/, ""));
    if (message === "" || this.#told.has(message) || this.#told.size >= MAX_MESSAGES) return;
    this.#told.add(message);
    this.#tell(`"${host}" says: ${message}`);
  }
}

/** Listens to the server of `endpoint` only: the hosts that it sends us to are nobody whom people know. */
export function withServerWarnings(endpoint: string, warnings: ServerWarnings): FetchDecorator {
  const { origin, host } = new URL(endpoint);
  return (next) => async (input, init) => {
    const response = await next(input, init);
    const value = response.headers.get("x-hf-warning");
    if (value !== null && requestUrl(input).origin === origin) warnings.handle(value, host);
    return response;
  };
}
