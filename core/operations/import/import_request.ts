/**
 * The words of importing models of other programs.
 *
 * @module
 */
import type { Digest } from "../../base/digest.ts";
import type { ErrorData } from "../../base/errors.ts";
import type { AppName } from "../../library/apps/app_model.ts";
import type { LinkKind } from "../../platform/links.ts";

export type { AppName, LinkKind };

/** What to import: either paths, or a program. */
export interface ImportRequest {
  /** Absolute: files and folders. @default {none} */
  readonly paths?: readonly string[];
  /** The program whose models are meant. @default {none} */
  readonly from?: Exclude<AppName, "folder">;
  /** Copy the bytes instead of linking to them. @default {false} */
  readonly copy?: boolean;
  /** Look, hash and ask the Hub, but put nothing into the library. @default {false} */
  readonly dryRun?: boolean;
}

/**
 * What became of a file: `linked` and `copied` are new in the library, `present` was there already, `planned` would be
 * new, `skipped` cannot be had, for the reason that is told, `failed` went wrong.
 */
export type ImportStatus = "linked" | "copied" | "present" | "planned" | "skipped" | "failed";

/** One file that was found. */
export interface ImportedFile {
  /** Absolute: where it was found. */
  readonly source: string;
  /** Whose file it is; `folder` when it was found below a path of the request. */
  readonly app: AppName;
  /** What became of it. */
  readonly status: ImportStatus;
  /** Of its content. */
  readonly sizeBytes: number;
  /** What its bytes were hashed to. */
  readonly digest: Digest | undefined;
  /** As commands take it; `undefined` for what is not in the library. */
  readonly reference: string | undefined;
  /** `org/name`, or `local/name` when nobody knows where it is from. */
  readonly repo: string | undefined;
  /** The Hub's commit that has exactly these bytes, when one is known. */
  readonly commit: string | undefined;
  /** Absolute: its place in the library. */
  readonly path: string | undefined;
  /** What it is in the library: a link, or a copy. */
  readonly link: LinkKind | undefined;
  /** Why it was skipped: a sentence without its full stop. */
  readonly reason: string | undefined;
  /** Why it failed; left out when it did not. */
  readonly error?: ErrorData;
}

/** What an import has done. */
export interface ImportReport {
  /** Absolute: the folders and files that were looked at. */
  readonly sources: readonly string[];
  /** Every model file that was found, those that were skipped included. */
  readonly files: readonly ImportedFile[];
  /** Bytes of files that were linked, or would be: a copy would have taken as many. */
  readonly bytesSaved: number;
  /** Bytes of files that were copied, or would be: what the library takes of its own. */
  readonly bytesCopied: number;
}
