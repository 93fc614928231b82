/**
 * What the engine knows of a file to fetch: bytes, a digest, and a way to a URL. Nothing of the Hub.
 *
 * @module
 */
import type { Digest } from "../base/digest.ts";

/** Where bytes are to be had just now; may be a signed URL, so it is kept in memory only. */
export interface SourceLocation {
  readonly url: string;
  /** Request headers for that URL. */
  readonly headers: Readonly<Record<string, string>>;
  /** When the URL stops working, in milliseconds since 1970. */
  readonly expiresAt?: number | undefined;
}

/** How a location is asked for. */
export interface LocateOptions {
  readonly signal: AbortSignal;
  /** Origins that could not be reached: a place elsewhere is wanted, if there is one. @default {none} */
  readonly unreachable?: readonly string[] | undefined;
}

/** A file to fetch. */
export interface SourceFile {
  /** Path in the repository: the name in events. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
  /** Whether {@link locate} may know of another host where one cannot be reached. @default {false} */
  readonly hasMirrors?: boolean | undefined;
  /** Asks where the bytes are; called again when a location has expired. */
  locate(options: LocateOptions): Promise<SourceLocation>;
}
