/**
 * What a download says while it runs. All byte counts are absolute, so a dropped event does no harm.
 *
 * @module
 */
import type { ByteRange } from "../base/byte_range.ts";
import type { Digest } from "../base/digest.ts";
import type { ErrorData } from "../base/errors.ts";

/** What every event says. */
export interface EventBase {
  /** Bytes that are on disk, those of earlier runs included. */
  readonly receivedBytes: number;
  /** Size of the file, or of all files. */
  readonly totalBytes: number;
}

/** An event of one file. Phases: started = connecting, progress = downloading, verifying, verified = publishing. */
export type FileEvent =
  | EventBase & {
    readonly type: "started";
    readonly file: string;
    /** Bytes kept from an earlier run; all of them when it is taken from elsewhere on this machine. */
    readonly resumedBytes: number;
    /** Absolute: the file that has the same bytes. Left out when they are fetched. */
    readonly from?: string;
  }
  | EventBase & {
    readonly type: "progress";
    readonly file: string;
    /** Connections that are at work on the file. */
    readonly connections: number;
  }
  | EventBase & {
    readonly type: "retrying";
    readonly file: string;
    readonly attempt: number;
    readonly delayMs: number;
    readonly error: ErrorData;
  }
  | EventBase & {
    readonly type: "verifying";
    readonly file: string;
    /** Bytes hashed so far. */
    readonly verifiedBytes: number;
  }
  | EventBase & {
    readonly type: "verified";
    readonly file: string;
    readonly digest: Digest;
    /** Where wrong bytes were found, and have been fetched again; left out when none were. */
    readonly mended?: readonly ByteRange[];
  }
  | EventBase & {
    readonly type: "finished";
    readonly file: string;
    /** Absolute path in the library. */
    readonly path: string;
  }
  | EventBase & { readonly type: "failed"; readonly file: string; readonly error: ErrorData };

/** One file of a plan. */
export interface PlannedFile {
  /** In the repository. */
  readonly path: string;
  /** Size of the file. */
  readonly totalBytes: number;
  /**
   * `present`: nothing to do. `link`, `copy`: its bytes are elsewhere on this machine, and get another name or are
   * copied. `resume`: part of it is on disk. `fetch`: all of it is to be fetched.
   */
  readonly action: "present" | "link" | "copy" | "resume" | "fetch";
  /** Bytes that are not to be fetched: of an earlier run, or of a file elsewhere on this machine. */
  readonly resumedBytes: number;
  /** Absolute: what has the same bytes, for `link` and `copy`. */
  readonly from?: string;
}

/** An event of a whole reference: it has no `file`. */
export type ReferenceEvent =
  | EventBase & {
    readonly type: "planned";
    readonly repo: string;
    readonly commit: string;
    readonly files: readonly PlannedFile[];
    /** Bytes still to be moved. */
    readonly fetchBytes: number;
    /** Something a person should know, such as that the repository was renamed. */
    readonly notices: readonly string[];
  }
  | EventBase & {
    readonly type: "waiting";
    readonly reason: "rate-limit" | "lock";
    /** Until when, in milliseconds since 1970, if known. */
    readonly until: number | undefined;
    readonly message: string;
  }
  | EventBase & { readonly type: "finished"; readonly paths: readonly string[] }
  | EventBase & { readonly type: "failed"; readonly error: ErrorData };

/** What `pull` reports while it runs; `reference` is as it was typed. */
export type DownloadEvent = (FileEvent | ReferenceEvent) & { readonly reference: string };
