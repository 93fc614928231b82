/**
 * Failures below HTTP, as sentences: the runtime says only "fetch failed" and hides the reason in the cause.
 *
 * @module
 */
import { cancelledError, isModelManagerError, ModelManagerError } from "../base/errors.ts";
import { redactText } from "../base/redact.ts";
import type { FetchDecorator } from "./fetch.ts";
import { requestSignal, requestUrl } from "./request_parts.ts";

interface Failure {
  readonly pattern: RegExp;
  readonly reason: string;
  readonly retryable: boolean;
  readonly hint: string;
}

const CHECK_CONNECTION = "Check the network connection and the proxy settings, then repeat the command";
const CHECK_ENDPOINT = "Check the endpoint: mm config show";

/** First match wins. */
const FAILURES: readonly Failure[] = [
  {
    pattern: /dns error|failed to lookup|name or service not known|no such host/i,
    reason: "its name cannot be resolved",
    retryable: true,
    hint: CHECK_CONNECTION,
  },
  {
    pattern: /invalid peer certificate|certificate/i,
    reason: "its TLS certificate is not trusted",
    retryable: false,
    hint: "Behind a proxy with its own certificates, set DENO_CERT=FILE or DENO_TLS_CA_STORE=system",
  },
  {
    pattern: /corrupt message|InvalidContentType|tls handshake|handshake/i,
    reason: "it does not speak TLS",
    retryable: false,
    hint: "Check whether the endpoint is http or https: mm config show",
  },
  {
    pattern: /connection refused/i,
    reason: "the connection was refused",
    retryable: true,
    hint: CHECK_ENDPOINT,
  },
  {
    pattern: /unreachable|no route/i,
    reason: "the network is unreachable",
    retryable: true,
    hint: CHECK_CONNECTION,
  },
  {
    pattern: /timed out|timeout|deadline/i,
    reason: "the connection timed out",
    retryable: true,
    hint: CHECK_CONNECTION,
  },
  {
    pattern:
      /reset|closed before|broken pipe|error reading a body|unexpected eof|connection closed|incomplete/i,
    reason: "the connection was cut",
    retryable: true,
    hint: "Repeat the command",
  },
  {
    pattern: /port \d+ (?:is|are) blocked|requests to port/i,
    reason: "no request may go to its port",
    retryable: false,
    hint: CHECK_ENDPOINT,
  },
  {
    pattern: /invalid HTTP|parsed/i,
    reason: "it does not speak HTTP",
    retryable: false,
    hint: "Check whether the endpoint is http or https: mm config show",
  },
];

/** The runtime's own words for what happened, without URLs' secrets and without its "error sending …" lead-in. */
function failureDetail(error: Error): string {
  const detail = error.cause instanceof Error ? error.cause.message : error.message;
  return redactText(detail.replace(/^error sending request\b.*?: client error \(\w+\): /, ""));
}

/**
 * What a rejected `fetch` or a broken body means.
 *
 * @param url Where the request went; only its host is named.
 * @returns `NETWORK_ERROR`; `PERMISSION_ERROR` when the runtime's sandbox refused; the error itself if it is ours.
 */
export function toNetworkError(error: unknown, url: URL): ModelManagerError {
  if (isModelManagerError(error)) return error;
  const failed = error instanceof Error ? error : new Error(String(error));
  if (failed.name === "NotCapable") {
    return new ModelManagerError("PERMISSION_ERROR", `Not allowed to connect to "${url.host}"`, {
      hints: [`Run with --allow-net=${url.host}`],
      cause: new Error(failed.message),
    });
  }
  const detail = failureDetail(failed);
  const failure = FAILURES.find(({ pattern }) => pattern.test(detail));
  return new ModelManagerError(
    "NETWORK_ERROR",
    `Cannot reach "${url.host}": ${failure?.reason ?? "the request failed"}`,
    {
      // What failed on the wire has a cause; a bare TypeError is a request that can never be sent.
      retryable: failure?.retryable ?? !(failed instanceof TypeError && failed.cause === undefined),
      hints: [failure?.hint ?? CHECK_CONNECTION],
      // A new error: the original one carries the whole URL, which may be signed.
      cause: new Error(detail),
    },
  );
}

/** Turns rejections of the runtime's `fetch` into errors of ours, and an abort into `CANCELLED`. */
export function withNetworkErrors(): FetchDecorator {
  return (next) => async (input, init) => {
    try {
      return await next(input, init);
    } catch (error) {
      const signal = requestSignal(input, init);
      if (signal?.aborted) throw cancelledError(signal.reason);
      throw toNetworkError(error, requestUrl(input));
    }
  };
}
