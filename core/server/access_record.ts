/**
 * One line of a server's access log. It holds no secret.
 *
 * @module
 */
import { redactText, redactUrl } from "../base/redact.ts";
import type { Exchange } from "../platform/http_server.ts";
import { matchRoute } from "./routes.ts";
import { parseTarget } from "./target.ts";

/** One request and what came of it. */
export interface AccessRecord {
  /** When it was over; ISO 8601, UTC. */
  readonly time: string;
  /** The address that asked. */
  readonly client: string;
  /** As it was sent, at most 500 characters; `-` when the request could not be read. */
  readonly method: string;
  /** Path and query, without secrets. */
  readonly path: string;
  /** Which part of the API it was: `resolve`, `tree`, `metrics`, `other`… */
  readonly route: string;
  /** Of HTTP. */
  readonly status: number;
  /** Of the body, as taken by the system. */
  readonly bytesSent: number;
  /** From the request's first byte to the reply's last one, to a tenth of a millisecond. */
  readonly elapsedMs: number;
  /** How the client names itself, at most 500 characters; left out when it does not. */
  readonly userAgent?: string;
  /** The client went away, or was cut, before everything was sent. */
  readonly cut?: true;
}

const MAX_TEXT = 500;

/** What can be written on a line, and does nothing to a terminal. */
function plainText(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, "?").slice(0, MAX_TEXT);
}

/** Which part of the API a target names; from a short list, whatever clients ask for. */
export function routeLabel(target: string): string {
  if (/^\/metrics(?:\?|$)/.test(target)) return "metrics";
  if (/^\/(?:\?|$)/.test(target)) return "root";
  try {
    return matchRoute(parseTarget(`http://host${target}`))?.verb ?? "other";
  } catch {
    return "other";
  }
}

/** The record of an exchange. */
export function toAccessRecord(exchange: Exchange, timeMs: number): AccessRecord {
  const { remote, method, target, status, bytesSent, elapsedMs, userAgent, isWhole } = exchange;
  const path = target === "-" ? "-" : redactUrl(`http://host${target}`).replace(/^http:\/\/host/, "");
  return {
    time: new Date(timeMs).toISOString(),
    client: remote.hostname,
    method: plainText(method),
    path: plainText(path),
    route: routeLabel(target),
    status,
    bytesSent,
    elapsedMs: Math.round(elapsedMs * 10) / 10,
    ...(userAgent === undefined ? {} : { userAgent: plainText(redactText(userAgent)) }),
    ...(isWhole ? {} : { cut: true }),
  };
}
