/**
 * Texts as URL-safe base64.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** A text as base64url of its UTF-8. */
export function encodeBase64Url(text: string): string {
  return Buffer.from(text, "utf8").toString("base64url");
}

/** The text again; characters outside the alphabet are skipped, so check what comes out. */
export function decodeBase64Url(text: string): string {
  return Buffer.from(text, "base64url").toString("utf8");
}
