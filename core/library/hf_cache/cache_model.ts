/**
 * What is in a cache of the Hub's own tools, as a look at the disk shows it.
 *
 * @module
 */
import type { Digest } from "../../base/digest.ts";
import type { HfRepoKind } from "./cache_place.ts";

export type { HfRepoKind };

/** One file of a revision. */
export interface HfCacheFile {
  /** In the repository, with `/`. */
  readonly path: string;
  /** Absolute: its name in the snapshot. */
  readonly snapshotPath: string;
  /** Absolute: what the snapshot's link says, or the snapshot's own name when that is no link. */
  readonly blobPath: string;
  /** Absolute: where the bytes are when all links are followed; `undefined` when they are nowhere. */
  readonly realPath: string | undefined;
  /** 0 when the bytes are nowhere. */
  readonly sizeBytes: number;
  /** From the blob's name: what the bytes have to be. `undefined` when its name says nothing. */
  readonly digest: Digest | undefined;
  /** In milliseconds since 1970. */
  readonly modifiedAtMs: number;
  /** When the bytes were last read, as far as the file system keeps that, or written. */
  readonly usedAtMs: number;
}

/** One revision of a repository. */
export interface HfCacheRevision {
  /** Of the folder's name: 40 hexadecimal digits, unless somebody made it by hand. */
  readonly commit: string;
  /** Branches, tags and pull requests that mean it, sorted; none when it is detached. */
  readonly refs: readonly string[];
  /** Absolute: the snapshot. */
  readonly path: string;
  /** Sorted by path. */
  readonly files: readonly HfCacheFile[];
  /** What has the same bytes counts once. */
  readonly sizeBytes: number;
  /** When the last of its bytes was written; of the folder, when it is empty. */
  readonly modifiedAtMs: number;
  /** When one of its files was last read or written; milliseconds since 1970. */
  readonly usedAtMs: number;
}

/** Bytes in the cache, under the name of their digest. */
export interface HfBlob {
  /** In the repository's `blobs`. */
  readonly path: string;
  /** Where the bytes are when all links are followed. */
  readonly realPath: string;
  /** The first repository that has it: `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** Of that repository. */
  readonly kind: HfRepoKind;
  /** What the bytes have to be, by its name. */
  readonly digest: Digest;
  /** Of its content. */
  readonly sizeBytes: number;
  /** When its bytes were written; milliseconds since 1970. */
  readonly modifiedAtMs: number;
}

/** One repository in the cache. */
export interface HfCacheRepo {
  /** Models, data sets, spaces and kernels may have the same name. */
  readonly kind: HfRepoKind;
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** Absolute. */
  readonly path: string;
  /** Those that a branch or tag means first, then the newest. */
  readonly revisions: readonly HfCacheRevision[];
  /** Blobs that no revision uses. */
  readonly unused: readonly HfBlob[];
  /** Of all its files, each once, those in the shared store and unused ones included. */
  readonly sizeBytes: number;
  /** When the last of its bytes was written; of the folder, when there are none. */
  readonly modifiedAtMs: number;
  /** When one of its files was last read or written; milliseconds since 1970. */
  readonly usedAtMs: number;
}

/** What is not as it ought to be. */
export interface HfCacheWarning {
  /** What is wrong, in one word for programs. */
  readonly kind:
    /** A name in a snapshot whose bytes are gone. */
    | "missing-bytes"
    /** A repository without snapshots. */
    | "no-snapshots"
    /** A branch or tag whose commit is not there. */
    | "missing-commit"
    /** A file where snapshots are. */
    | "stray-file"
    /** A name in the cache that is no repository's. */
    | "unknown-name"
    /** Something that cannot be read. */
    | "unreadable";
  /** Absolute. */
  readonly path: string;
  /** `org/name`; `undefined` where it is of none. */
  readonly repo: string | undefined;
  /** A sentence without its full stop. */
  readonly message: string;
}

/** A download that another program has not finished. */
export interface HfIncomplete {
  /** Absolute. */
  readonly path: string;
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** What it takes so far. */
  readonly sizeBytes: number;
  /** When it last grew; milliseconds since 1970. */
  readonly modifiedAtMs: number;
  /** The lock that is held while it grows. */
  readonly lockPath: string;
}

/** Bytes that several repositories share. */
export interface HfSharedBlob {
  /** Absolute. */
  readonly path: string;
  /** Of its content, however many repositories use it. */
  readonly sizeBytes: number;
  /** When its bytes were written; milliseconds since 1970. */
  readonly modifiedAtMs: number;
}

/** Everything in a cache. */
export interface HfCache {
  /** Absolute. */
  readonly directory: string;
  /** Whether there is such a folder: a cache that nobody has used yet is empty, and no error. */
  readonly exists: boolean;
  /** Sorted by kind and name. */
  readonly repos: readonly HfCacheRepo[];
  /** Downloads of other programs that may still go on. */
  readonly incomplete: readonly HfIncomplete[];
  /** In the shared store, used or not. */
  readonly shared: readonly HfSharedBlob[];
  /** What was left out of all this, or is broken. */
  readonly warnings: readonly HfCacheWarning[];
  /** What repositories and the shared store take, each byte once; without what is incomplete. */
  readonly sizeBytes: number;
}
