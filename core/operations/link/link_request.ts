/**
 * The words of linking models to where other programs look.
 *
 * @module
 */
import type { ErrorData } from "../../base/errors.ts";
import type { LinkKind } from "../../platform/links.ts";

export type { LinkKind };

/** What to link, and where. */
export interface LinkRequest {
  /** Of models in the library. */
  readonly references: readonly string[];
  /** `hf-cache`, `lmstudio`, `ollama`, or a folder. */
  readonly into: string;
  /** Copy the bytes instead of linking to them. @default {false} */
  readonly copy?: boolean;
  /** Replace what has the name and is different. @default {false} */
  readonly force?: boolean;
  /** Only say what would be done. @default {false} */
  readonly dryRun?: boolean;
  /** What Ollama is to call the model; with one reference only. @default {what it would call it itself} */
  readonly name?: string;
}

/**
 * What became of a name: `linked`, `copied` and `written` (a small file of the program's own) are new, `present` was as
 * it should be already, `planned` would be new.
 */
export type LinkedStatus = "linked" | "copied" | "written" | "present" | "planned";

/** One name that a program finds. */
export interface LinkedFile {
  /** Absolute: in the library; `undefined` for what the program needs besides. */
  readonly source: string | undefined;
  /** Absolute. */
  readonly target: string;
  /** What became of the name. */
  readonly status: LinkedStatus;
  /**
   * How it shares the library's bytes, or that it does not; `undefined` for what was there already and for the
   * program's own small files.
   */
  readonly link: LinkKind | undefined;
  /** Of the file's content, whether it takes space of its own or not. */
  readonly sizeBytes: number;
}

/** What became of one reference. */
export interface LinkResult {
  /** As it was typed. */
  readonly reference: string;
  /** `org/name`, or `local/name` when nobody knows where it is from. */
  readonly repo: string;
  /** `linked` when at least one name is new, `present` when all were as they should be, `planned` in a dry run. */
  readonly status: "linked" | "present" | "planned" | "failed";
  /** Absolute: the program's folder. */
  readonly directory: string;
  /** What the program calls the model, where that is its own; `ollama run NAME`. */
  readonly name: string | undefined;
  /** Every name that the program needs, in the order in which they are made. */
  readonly files: readonly LinkedFile[];
  /** Of the files that were linked, or would be: a copy would have taken as many. */
  readonly bytesSaved: number;
  /** What a person should know although all is well. */
  readonly notes: readonly string[];
  /** Why it failed; left out when it did not. */
  readonly error?: ErrorData;
}

/** What linking has done. */
export interface LinkReport {
  /** One a reference, in the order of the request. */
  readonly results: readonly LinkResult[];
  /** Of all results together. */
  readonly bytesSaved: number;
}
