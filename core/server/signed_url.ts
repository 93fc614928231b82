/**
 * Signed addresses of the file host: who holds one may fetch that file until it expires, without a token.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";
import type { FileAddress } from "./model_source.ts";
import { parseTarget } from "./target.ts";

/** What an address turned out to be. */
export type SignedAddress =
  | { readonly status: "valid"; readonly file: FileAddress; readonly disposition: string | undefined }
  | { readonly status: "expired" | "forged" | "unknown" };

/** Makes and checks signed addresses. */
export interface UrlSigner {
  /** Path and query of a signed address. */
  sign(file: FileAddress, options?: { readonly disposition?: string }): string;
  /** Checks the address of a request. */
  verify(url: string): SignedAddress;
}

/** How addresses are signed. */
export interface UrlSignerOptions {
  readonly clock: Clock;
  /** How long an address works. @default {3600000} */
  readonly lifetimeMs?: number | undefined;
  /** The secret; random by default, so that addresses end with the process. */
  readonly key?: Uint8Array | undefined;
}

/** The file's last name, for people who read logs; it counts for nothing. */
function readableName(path: string): string {
  return (path.split("/").at(-1) ?? "").replace(/[^\w.-]/g, "_").replace(/^\.+$/, "_") || "_";
}

/** The file that an address names, whether or not its signature holds: `/files/{base64url}/{readable name}`. */
export function fileOfSignedUrl(url: string): FileAddress | undefined {
  const encoded = /^[a-z]+:\/\/[^/?#]*\/files\/([\w-]+)\//i.exec(url)?.[1];
  if (encoded === undefined) return undefined;
  // Only a path may contain a line break: names and commits cannot.
  const [repo, commit, ...path] = decodeBase64Url(encoded).split("\n");
  if (repo === undefined || commit === undefined || path.length === 0) return undefined;
  return { repo, commit, path: path.join("\n") };
}

/** A signer; the hub and its file host share one. */
export function createUrlSigner(options: UrlSignerOptions): UrlSigner {
  const { clock, lifetimeMs = 3_600_000, key = randomBytes(32) } = options;
  const signature = (parts: readonly string[]): string =>
    createHmac("sha256", key).update(parts.join("\n")).digest("base64url");
  return {
    sign(file, { disposition } = {}) {
      const encoded = encodeBase64Url(`${file.repo}\n${file.commit}\n${file.path}`);
      const expires = String(Math.floor((clock.now() + lifetimeMs) / 1000));
      const query = new URLSearchParams();
      if (disposition !== undefined) query.set("response-content-disposition", disposition);
      query.set("Expires", expires);
      query.set("Signature", signature([encoded, expires, disposition ?? ""]));
      query.set("Key-Pair-Id", "LOCAL");
      return `/files/${encoded}/${readableName(file.path)}?${query}`;
    },
    verify(url) {
      const file = fileOfSignedUrl(url);
      if (file === undefined) return { status: "unknown" };
      const { query, segments } = parseTarget(url);
      const expires = query.get("Expires") ?? "";
      const disposition = query.get("response-content-disposition");
      const wanted = Buffer.from(signature([segments[1] ?? "", expires, disposition ?? ""]));
      const given = Buffer.from(query.get("Signature") ?? "");
      if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) return { status: "forged" };
      if (!/^\d{1,12}$/.test(expires) || Number(expires) * 1000 <= clock.now()) return { status: "expired" };
      return { status: "valid", file, disposition: disposition ?? undefined };
    },
  };
}
