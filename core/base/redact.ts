/**
 * Secrets out of texts: what may be shown of URLs and headers.
 *
 * @module
 */
import type { ErrorData } from "./errors.ts";

/** Query parameters that cannot carry a secret; the values of all others are hidden. */
const SHOWN_PARAMETERS: ReadonlySet<string> = new Set([
  "search",
  "author",
  "filter",
  "sort",
  "direction",
  "limit",
  "expand",
  "blobs",
  "recursive",
  "pipeline_tag",
]);

/** User and organization tokens, and the long forms that wrap a JSON web token. */
const TOKEN = /(?<![A-Za-z0-9])(hf|api_org)_(?:(?:oauth|jwt|app)_[\w.-]{8,}|[A-Za-z0-9]{8,})/g;
/** Signatures and credentials in a query, also where the text around it is no whole URL. */
const SECRET_PARAMETER =
  /([?&;](?:x-amz-[\w-]+|x-goog-[\w-]+|signature|policy|key-pair-id|sig|se|sp|access_token|token|code|password|secret|api_?key)=)[^&\s"'<>]+/gi;
const HEADER = /\b(authorization["']?\s*[:=]\s*["']?)(?:(?:bearer|basic|digest)\s+)?[^\s"',;]+/gi;
const COOKIE = /\b((?:set-)?cookie["']?\s*[:=]\s*["']?)[^"\r\n]+/gi;
const URL_IN_TEXT = /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"<>]+/gi;

function redactTokens(text: string): string {
  return text.replace(TOKEN, "$1_REDACTED");
}

/** A URL for logs and messages: no credentials, no fragment, and only harmless query values. */
export function redactUrl(url: string | URL): string {
  if (!URL.canParse(String(url))) return "(malformed URL)";
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  shown.hash = "";
  for (const name of new Set(shown.searchParams.keys())) {
    if (!SHOWN_PARAMETERS.has(name)) shown.searchParams.set(name, "REDACTED");
  }
  return redactTokens(shown.href);
}

/** Quotes and brackets may belong to the URL or to the sentence: at its end they are taken for the sentence's. */
function redactUrlInText(text: string): string {
  if (!/[?@#]/.test(text)) return text;
  const url = text.replace(/['),.:;\]}]+$/, "");
  return redactUrl(url) + text.slice(url.length);
}

/** A text without access tokens, bearer values, cookies or signed query strings. */
export function redactText(text: string): string {
  return redactTokens(text)
    .replace(HEADER, "$1REDACTED")
    .replace(COOKIE, "$1REDACTED")
    .replace(/\b(bearer\s+)[^\s"',;]+/gi, "$1REDACTED")
    .replace(URL_IN_TEXT, redactUrlInText)
    .replace(SECRET_PARAMETER, "$1REDACTED");
}

/** What a person typed, without the secrets in it; all else stays, so that it is known again. */
export function redactTyped(text: string): string {
  return redactTokens(text)
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*:[^/?#@]*@/i, "$1REDACTED@")
    .replace(SECRET_PARAMETER, "$1REDACTED");
}

/** An error's data without secrets. */
export function redactErrorData(data: ErrorData): ErrorData {
  return {
    ...data,
    message: redactText(data.message),
    hints: data.hints.map(redactText),
    causes: data.causes.map(redactText),
  };
}
