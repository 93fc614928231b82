/**
 * What there is to say of a model on the Hub, and of what is here of it.
 *
 * @module
 */
import type { Digest } from "../base/digest.ts";
import type { Gating } from "../hub/model.ts";

/** How a unit stands on this machine: every file, some of it, or nothing. */
export type LocalState = "complete" | "partial" | "absent";

/** One row of the table of quants. */
export interface UnitDetails {
  /** The label, such as `Q4_K_M`; `undefined` for files that carry none. */
  readonly quant: string | undefined;
  /** Tells the unit from the others: the quant, else a name. Works as a selector. */
  readonly label: string;
  /** All files together. */
  readonly sizeBytes: number;
  /** In the order of their shards. */
  readonly files: readonly {
    readonly path: string;
    readonly sizeBytes: number;
    readonly digest: Digest | undefined;
  }[];
  /** What of it is on this machine. */
  readonly local: LocalState;
  /** How what is here of it stands against the Hub; `undefined` when nothing is, or it came from another revision. */
  readonly update: "up to date" | "update available" | "removed upstream" | "pinned" | undefined;
  /** Whether it fits this machine's memory; `undefined` when that is not known. */
  readonly fits: boolean | undefined;
  /** Whether it fits the memory of its graphics processors; `undefined` when that is not known. */
  readonly fitsGpu: boolean | undefined;
  /** All shards are in the repository. */
  readonly complete: boolean;
  /** Why none of it can be pulled here: a name that no file may have; `undefined` when it can. */
  readonly refused: string | undefined;
}

/** A file that is of no unit. */
export interface FileDetails {
  /** As the Hub names it. */
  readonly path: string;
  /** Of the whole file. */
  readonly sizeBytes: number;
  /** `undefined` when the Hub masks it. */
  readonly digest: Digest | undefined;
  /** Whether it is on this machine; a single file is never `partial`. */
  readonly local: LocalState;
  /** Why it cannot be pulled here; `undefined` when it can. */
  readonly refused: string | undefined;
}

/** A model's facts and its table of quants. */
export interface ModelDetails {
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** The name that was asked for, when the repository has been renamed. */
  readonly renamedFrom: string | undefined;
  /** The revision that was asked for; `main` when none was. */
  readonly revision: string;
  /** The commit it stands for. */
  readonly commit: string;
  /** The namespace it is in. */
  readonly author: string | undefined;
  /** The page that a person visits. */
  readonly url: string;
  /** Downloads of the last 30 days. */
  readonly downloads: number;
  /** How many people like it. */
  readonly likes: number;
  /** ISO 8601, UTC. */
  readonly updatedAt: string | undefined;
  /** ISO 8601, UTC. */
  readonly createdAt: string | undefined;
  /** Whether access has to be asked for. */
  readonly gated: Gating;
  /** Only its owners see it. */
  readonly private: boolean;
  /** The Hub's task name, such as `text-generation`. */
  readonly task: string | undefined;
  /** What it is made for, such as `gguf`. */
  readonly library: string | undefined;
  /** Identifier of the licence, such as `mit`. */
  readonly license: string | undefined;
  /** What it was made from. */
  readonly baseModels: readonly string[];
  /** As the Hub lists them. */
  readonly tags: readonly string[];
  /** How many, when the Hub knows. */
  readonly parameters: number | undefined;
  /** Of a GGUF model, such as `llama`. */
  readonly architecture: string | undefined;
  /** In tokens. */
  readonly contextLength: number | undefined;
  /** Smallest first. */
  readonly units: readonly UnitDetails[];
  /** `mmproj`, draft heads, importance matrices. */
  readonly companions: readonly FileDetails[];
  /** All other files. */
  readonly otherFiles: readonly FileDetails[];
  /** What the reference's selector means; `undefined` when it names none. */
  readonly selection: { readonly selector: string; readonly paths: readonly string[] } | undefined;
  /** What `mm pull` takes when the reference names no selector. */
  readonly defaultQuant: string | undefined;
  /**
   * The page that comes with it, without its front matter, at most 64 KiB of Markdown: it is what somebody else wrote,
   * control characters and all. `undefined` when it was not asked for, there is none, or it cannot be read just now.
   */
  readonly readme: string | undefined;
  /** Memory of this machine that `fits` was judged by. */
  readonly memoryBytes: number | undefined;
  /**
   * Memory of its graphics processors that `fitsGpu` was judged by: of all of one maker together; on Apple silicon, that
   * of the machine. `undefined` when it is not known.
   */
  readonly gpuMemoryBytes: number | undefined;
}
