/**
 * The port behind the served Hub: where models, their files and the bytes come from. The demo generates them,
 * `mm serve` takes them from the library, tests from memory.
 *
 * @module
 */
import type { ByteRange } from "../base/byte_range.ts";
import type { Digest } from "../base/digest.ts";
import type { Gating } from "../hub/model.ts";
import type { Refusal } from "./reply.ts";

/** A value that JSON can carry. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/** What the Hub says of a repository's GGUF files: one of them stands for all. */
export interface HostedGguf {
  /** Parameters. */
  readonly total: number;
  readonly architecture: string;
  readonly context_length?: number;
  readonly chat_template?: string;
  readonly bos_token?: string;
  readonly eos_token?: string;
}

/** The facts of one model. */
export interface HostedModel {
  /** `org/name` or a bare legacy name. */
  readonly id: string;
  readonly author?: string | undefined;
  readonly downloads?: number;
  readonly likes?: number;
  readonly trendingScore?: number;
  /** ISO 8601, UTC. */
  readonly lastModified: string;
  readonly createdAt: string;
  readonly tags: readonly string[];
  readonly pipelineTag?: string | undefined;
  readonly libraryName?: string | undefined;
  readonly gated: Gating;
  readonly private: boolean;
  /** Taken down: the facts stay, the files are refused. */
  readonly disabled?: boolean;
  /** The front matter of the model card: license, base_model… */
  readonly cardData?: { readonly [key: string]: JsonValue };
  readonly config?: { readonly [key: string]: JsonValue };
  readonly gguf?: HostedGguf;
  readonly safetensors?: {
    readonly parameters: { readonly [dtype: string]: number };
    readonly total: number;
  };
  /** Bytes of the largest file or group of shards, for sorting by size. */
  readonly mainSizeBytes?: number;
}

/** A repository at one commit. */
export interface Snapshot {
  readonly repo: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
}

/** One file of a repository at one commit. */
export interface FileAddress extends Snapshot {
  readonly path: string;
}

/** A commit as the tree and the history show it. */
export interface HostedCommit {
  readonly id: string;
  readonly title: string;
  /** ISO 8601, UTC. */
  readonly date: string;
}

/** A file as the source lists it. */
export interface HostedFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** `lfs`: named by its SHA-256 and answered by the file host. `git`: a small file named by its git blob SHA-1. */
  readonly storage: "lfs" | "git";
  /** The digest that `storage` asks for. Called only when an answer needs it, so it may be worked out late. */
  digest(): Promise<Digest>;
  /** The commit that last changed the file. */
  readonly lastCommit?: HostedCommit;
  /**
   * Why it cannot be had just now although it ought to be here: such files are not listed, and asking for one is
   * answered so. Without it, it can always be had. What takes long is worth it only when the file is to be sent.
   */
  unavailable?(purpose: "list" | "send"): Promise<Refusal | undefined>;
}

/** Where models come from. */
export interface ModelSource {
  /** All models, in any order. */
  models(): Promise<readonly HostedModel[]>;
  /** One model by its exact name. */
  model(repo: string): Promise<HostedModel | undefined>;
  /** The commit of a branch, tag, `refs/pr/N`, commit or `HEAD`. */
  commit(repo: string, revision: string): Promise<string | undefined>;
  /** The files at a commit; none when there is no such commit. */
  files(snapshot: Snapshot): Promise<readonly HostedFile[]>;
  /**
   * The bytes of `range`, exactly. A stream backed by a file is sent without passing through JavaScript.
   * One that cannot go on should close early: the client sees a cut connection, and nothing is printed.
   */
  open(file: FileAddress, range: ByteRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
}

/** A named revision. */
export interface HostedRef {
  readonly name: string;
  /** `refs/heads/main`, `refs/tags/v1`, `refs/pr/1`. */
  readonly ref: string;
  readonly targetCommit: string;
}

/** All named revisions of a repository. */
export interface HostedRefs {
  readonly branches: readonly HostedRef[];
  readonly tags: readonly HostedRef[];
  readonly converts: readonly HostedRef[];
  readonly pullRequests: readonly HostedRef[];
}

/** A source that can list its revisions; without it only `main` is shown. */
export interface RefLister {
  refs(repo: string): Promise<HostedRefs>;
}

/** A source that remembers former names of repositories. */
export interface RenameTeller {
  /** The present name of a repository that has been renamed. */
  renamedTo(repo: string): Promise<string | undefined>;
}

/** A source that may have only some of a commit's files. */
export interface PartialTeller {
  /** Whether the commit may have files that are not here. Clients must not learn then that they do not exist. */
  isPartial(snapshot: Snapshot): Promise<boolean>;
}

/** Whether a source may have only some files. */
export function isPartialTeller(source: ModelSource): source is ModelSource & PartialTeller {
  return "isPartial" in source;
}

/** The files of a commit that can be had just now. */
export async function availableFiles(
  source: ModelSource,
  snapshot: Snapshot,
): Promise<readonly HostedFile[]> {
  const files = await source.files(snapshot);
  if (!files.some((file) => file.unavailable !== undefined)) return files;
  const refusals = await Promise.all(files.map((file) => file.unavailable?.("list")));
  return files.filter((_, index) => refusals[index] === undefined);
}

/** Whether a source can list its revisions. */
export function isRefLister(source: ModelSource): source is ModelSource & RefLister {
  return "refs" in source;
}

/** Whether a source remembers former names. */
export function isRenameTeller(source: ModelSource): source is ModelSource & RenameTeller {
  return "renamedTo" in source;
}
