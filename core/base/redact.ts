/**
 * Secrets out of texts: what may be shown of URLs and headers.
 *
 * @module
 */

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
  return shown.href;
}

/** A text without access tokens, bearer values or signed query strings. */
export function redactText(text: string): string {
  return text
    .replace(/\bhf_[A-Za-z0-9]{8,}/g, "hf_REDACTED")
    .replace(/\b(bearer\s+)[^\s"',;]+/gi, "$1REDACTED")
    .replace(/\bhttps?:\/\/[^\s"'<>)]+/gi, (url) => (/[?@]/.test(url) ? redactUrl(url) : url));
}
