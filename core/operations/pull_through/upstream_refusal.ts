/**
 * What the Hub behind this server refuses, in its own words: status, code, message, and when to come again.
 *
 * @module
 */
import { type ErrorData, isModelManagerError, type ModelManagerError } from "../../base/errors.ts";
import { redactText } from "../../base/redact.ts";
import { headerText, Refusal } from "../../server/reply.ts";

/** Headers of a refusal that clients act on. */
const PASSED_HEADERS = ["retry-after", "ratelimit", "ratelimit-policy", "www-authenticate"] as const;

/** A refusal of the Hub, as it came. */
export interface UpstreamRefusal {
  readonly status: number;
  readonly code: string | undefined;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Takes down what an unsuccessful reply says in its headers. */
export function readRefusal(response: Response): UpstreamRefusal {
  const headers: Record<string, string> = {};
  for (const name of PASSED_HEADERS) {
    const value = response.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  return {
    status: response.status,
    code: response.headers.get("x-error-code") ?? undefined,
    message: headerText(response.headers.get("x-error-message") ?? `The Hub answered ${response.status}`),
    headers,
  };
}

/** Passes it on. */
export function passOn({ status, code, message, headers }: UpstreamRefusal): Refusal {
  return new Refusal(status, message, { headers, ...(code === undefined ? {} : { code }) });
}

/** The Hub behind this server cannot be asked, or is broken: what is here may do instead. */
export class UpstreamDown extends Refusal {
  override readonly name = "Refusal";

  constructor(message: string) {
    super(502, message, { headers: { "retry-after": "10" } });
  }
}

/** Whether a refusal says nothing about what was asked for, only that the Hub cannot tell just now. */
export function saysNothing(refusal: Pick<UpstreamRefusal, "status">): boolean {
  const { status } = refusal;
  // 508: somebody has to put the settings right.
  return status === 429 || status === 408 || (status >= 500 && status !== 508);
}

/** There will be room when others have what they are waiting for. */
export function noRoomYet(): Refusal {
  return new Refusal(503, "This server has no room for the file just now", {
    headers: { "retry-after": "5" },
  });
}

/** Disks and settings of this server are no business of its clients. */
function ownTrouble({ code, message }: ModelManagerError): Refusal {
  switch (code) {
    case "INSUFFICIENT_SPACE":
    case "QUOTA_EXCEEDED":
      return new Refusal(507, "This server has no room for the file");
    case "PERMISSION_ERROR":
      return new Refusal(507, "This server cannot write to its disk");
    case "CHECKSUM_MISMATCH":
      return new Refusal(502, "The bytes that came from the Hub are wrong: their digest is another one");
    case "CANCELLED":
      return new Refusal(503, "This server was stopped, or nobody wanted the file any more", {
        headers: { "retry-after": "5" },
      });
    case "NETWORK_ERROR":
    case "OFFLINE":
      return new UpstreamDown(`The Hub behind this server cannot be reached: ${redactText(message)}`);
    default:
      // Of its name, which the client knows.
      if (/^Refused the file /.test(message)) {
        return new Refusal(502, `This server keeps no file of that name: ${headerText(redactText(message))}`);
      }
      return new Refusal(502, "This server could not get the file from the Hub");
  }
}

/** What a client is told while a download is tried again; `undefined` when it is not the Hub's fault. */
export function retryRefusal(
  { error, delayMs }: { readonly error: ErrorData; readonly delayMs: number },
): Refusal | undefined {
  const { code, message, retryAfterMs = delayMs } = error;
  const headers = { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1000))) };
  if (code === "RATE_LIMITED") return new Refusal(429, "The Hub asks to come again later", { headers });
  if (code !== "NETWORK_ERROR") return undefined;
  return new Refusal(503, `The Hub does not give the file just now: ${headerText(redactText(message))}`, {
    headers,
  });
}

/** Whether the failure is what was said; what came before it may have been mended since. */
function isAnswer({ status }: UpstreamRefusal, { code }: ModelManagerError): boolean {
  switch (code) {
    case "NOT_FOUND":
      return status === 404 || status === 401;
    case "GATED":
    case "AUTHENTICATION_ERROR":
      return status === 401 || status === 403;
    case "RATE_LIMITED":
      return status === 429;
    case "NETWORK_ERROR":
      return status >= 500 || status === 408;
    case "FAILED":
      return status >= 400;
    default:
      return false;
  }
}

/**
 * What a client is told of a failure.
 *
 * @param said The last refusal that came on the way to it, if one did.
 */
export function toRefusal(error: unknown, said: UpstreamRefusal | undefined): Refusal {
  if (error instanceof Refusal) return error;
  if (!isModelManagerError(error)) throw error;
  return said !== undefined && isAnswer(said, error) ? passOn(said) : ownTrouble(error);
}
