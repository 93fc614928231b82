/**
 * Files that are in their place and proved, to be put into the registry.
 *
 * @module
 */
import type { Digest } from "../base/digest.ts";
import type { ModelType } from "./model_entry.ts";

/** A file that is in its place and proved. */
export interface ProvedFile {
  /** In the repository. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
  /** Where the digests of its pieces are, relative to the model's folder. */
  readonly pieces?: string;
  /** The commit that the bytes came from. @default the one that is registered */
  readonly commit?: string | undefined;
  /** When the proved content was last changed, in milliseconds since 1970. @default {what the disk says now} */
  readonly modifiedAtMs?: number | undefined;
}

/** Files of one repository that came from one commit. */
export interface FilesInPlace {
  readonly repo: string;
  readonly commit: string;
  readonly files: readonly ProvedFile[];
}

/** Files of one repository to be registered together. */
export interface Registration extends FilesInPlace {
  readonly revision: string;
  readonly quant: string | undefined;
  readonly modelType: ModelType;
  /** Whether the files are all that the repository has. @default {false} */
  readonly whole?: boolean;
  /** Whether not everybody may see the repository. @default what is known of it */
  readonly private?: boolean;
  /** Whether not everybody may have its files. @default what is known of it */
  readonly gated?: boolean;
}

/** A registered model that was brought to another commit. */
export interface RecordedUpdate extends FilesInPlace {
  readonly modelId: string;
  /** What it follows from now on. */
  readonly revision: string;
  /** Paths of files that are at that commit as they are here. */
  readonly same: readonly string[];
}
