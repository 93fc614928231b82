/**
 * What an unsuccessful reply says for itself.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import { redactText } from "../base/redact.ts";
import { plainText } from "./plain_text.ts";

/** More of an error's text is of no use to a person. */
const MAX_MESSAGE_LENGTH = 300;
const MAX_BODY_BYTES = 64 * 1024;

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  408: "Request Timeout",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** `503 Service Unavailable`. */
export function statusLine(response: Response): string {
  const text = plainText(response.statusText) || STATUS_TEXTS[response.status] || "";
  return `${response.status} ${text}`.trim();
}

/** A server's sentence, made fit to be shown: one line, no secrets, no terminal sequences, no final period. */
export function shownMessage(text: string): string {
  const shown = redactText(plainText(text)).replace(/\.$/, "");
  return shown.length > MAX_MESSAGE_LENGTH ? `${shown.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : shown;
}

/** The start of a body as text; an unreadable body is an empty one. Uses the body up. */
async function bodyStart(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  try {
    while (text.length < MAX_BODY_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
    await reader.cancel();
  } catch {
    // What came before the break may still say something.
  }
  return text;
}

function messageOfJson(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return "";
    const { error, message } = value as { error?: unknown; message?: unknown };
    return typeof error === "string" ? error : typeof message === "string" ? message : "";
  } catch {
    return "";
  }
}

/** What the body of an unsuccessful reply says, fit to be shown; empty when it says nothing. Uses the body up. */
export async function errorMessage(response: Response): Promise<string> {
  const type = response.headers.get("content-type") ?? "";
  const text = await bodyStart(response);
  if (/\bjson\b/i.test(type)) return shownMessage(messageOfJson(text));
  return /^text\/plain\b/i.test(type) ? shownMessage(text) : "";
}

/** The error for a reply that nothing more is known about. */
export function responseError(response: Response, url: URL): ModelManagerError {
  const { status } = response;
  if (status === 429) {
    return new ModelManagerError("RATE_LIMITED", `"${url.host}" limits the rate of requests`, {
      retryable: true,
      hints: ["Wait a few minutes, then repeat the command", "Log in for a higher limit: mm login"],
    });
  }
  const temporary = status >= 500 || status === 408;
  return new ModelManagerError(
    temporary ? "NETWORK_ERROR" : "FAILED",
    `"${url.host}" answered ${statusLine(response)}`,
    {
      retryable: temporary,
      hints: [temporary ? "Repeat the command in a few minutes" : "Check the endpoint: mm config show"],
    },
  );
}
