/**
 * Failures below HTTP: the runtime's words, and what they mean.
 *
 * @module
 */

/** A kind of failure. */
export interface NetworkFailure {
  readonly pattern: RegExp;
  /** To follow `Cannot reach "host": `. */
  readonly reason: string;
  readonly retryable: boolean;
  readonly hint: string;
}

/** The advice when nothing better is known. */
export const CHECK_CONNECTION =
  "Check the network connection and the proxy settings, then repeat the command";
/** The advice when a name is not known: typing mistakes are likelier than a broken resolver. */
const CHECK_NAME =
  "Check the name for typing mistakes and the DNS settings of this machine, then repeat the command";
const CHECK_ENDPOINT = "Check the endpoint: mm config show";

const NOT_HTTP_HINT = "Check whether the endpoint is http or https: mm config show";
const CERTIFICATE_HINT =
  "If the network has its own certificates, name their authority's file: SSL_CERT_FILE=FILE, or take those of the " +
  "system: DENO_TLS_CA_STORE=system";

/** First match wins. */
const FAILURES: readonly NetworkFailure[] = [
  {
    pattern: /dns error|failed to lookup|name or service not known|no such host/i,
    reason: "its name cannot be resolved",
    retryable: true,
    hint: CHECK_NAME,
  },
  {
    pattern: /certificate.*(?:expired|not yet valid)/i,
    reason: "its TLS certificate is out of date",
    retryable: false,
    hint: "Check the date of this machine, then repeat the command",
  },
  {
    pattern: /certificate.*(?:not valid for name|NotValidForName)/i,
    reason: "its TLS certificate is for another name",
    retryable: false,
    hint: CHECK_ENDPOINT,
  },
  {
    pattern: /invalid peer certificate|certificate/i,
    reason: "its TLS certificate is not trusted",
    retryable: false,
    hint: CERTIFICATE_HINT,
  },
  {
    pattern: /corrupt message|InvalidContentType|tls handshake|handshake/i,
    reason: "it does not speak TLS",
    retryable: false,
    hint: NOT_HTTP_HINT,
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
    pattern: /timed out|timeout|deadline|TTL expired/i,
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
    // The only words that the standard's `fetch` has, in one runtime or another: a fetch of the caller's own may use them.
    pattern: /^(?:fetch failed|failed to fetch|network ?error\b.*|load failed|terminated)\.?$/i,
    reason: "the request failed",
    retryable: true,
    hint: CHECK_CONNECTION,
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
    // A proxy in trouble, or a connection whose last reply was longer than it said.
    retryable: true,
    hint: NOT_HTTP_HINT,
  },
];

/** What the runtime's words mean; `undefined` for words that are new. */
export function findNetworkFailure(detail: string): NetworkFailure | undefined {
  return FAILURES.find(({ pattern }) => pattern.test(detail));
}
