/**
 * Models and files as the rest of the program sees them: decoded, checked, in our own words.
 *
 * @module
 */
import type { Digest } from "../base/digest.ts";

/** Whether access has to be asked for, and who grants it. */
export type Gating = false | "auto" | "manual";

/** One hit of a search. */
export interface ModelSummary {
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** The namespace it is in. */
  readonly author: string | undefined;
  /** Downloads of the last 30 days. */
  readonly downloads: number;
  /** How many people like it. */
  readonly likes: number;
  /** ISO 8601, UTC. */
  readonly updatedAt: string | undefined;
  /** Whether access has to be asked for. */
  readonly gated: Gating;
  /** Only its owners see it. */
  readonly private: boolean;
  /** The Hub's task name, such as `text-generation`. */
  readonly task: string | undefined;
  /** As the Hub lists them. */
  readonly tags: readonly string[];
  /** Identifier of the licence, such as `mit`. */
  readonly license: string | undefined;
  /** Parameters, when the Hub knows them. */
  readonly parameters: number | undefined;
  /** Of a GGUF model, such as `llama`. */
  readonly architecture: string | undefined;
}

/** One file of a repository at a commit. */
export interface RepoFile {
  /** As the Hub names it: unchecked; see `checkRepoPaths`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** `undefined` when the Hub masks it (a gated repository without access). */
  readonly digest: Digest | undefined;
}

/** What the Hub says of one model at one revision. */
export interface ModelInfo extends ModelSummary {
  /** The revision that was asked for; `main` when none was. */
  readonly revision: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
  readonly createdAt: string | undefined;
  readonly disabled: boolean;
  readonly library: string | undefined;
  readonly baseModels: readonly string[];
  /** In tokens. */
  readonly contextLength: number | undefined;
  /** Sorted by path. */
  readonly files: readonly RepoFile[];
}

/** What to search for. */
export interface SearchQuery {
  /** Words of the name. */
  readonly text: string;
  /** The namespace it is in. */
  readonly author?: string;
  /** What comes first. @default {"downloads"} */
  readonly sort?: "downloads" | "likes" | "updated" | "trending" | "size";
  /** How many models at most. @default {20} */
  readonly limit?: number;
  /** Tags that all have to be there. */
  readonly filters?: readonly string[];
  /** Identifier of the licence that it has to have, such as `mit`. @default {any} */
  readonly license?: string;
  /** Parameters that it has at least: the Hub leaves out models of which it does not know them. @default {any number} */
  readonly minParameters?: number;
  /** Parameters that it has at most. @default {any number} */
  readonly maxParameters?: number;
  /** Not only GGUF. @default {false} */
  readonly allFormats?: boolean;
}

/** Where a file's bytes are to be had just now. */
export interface FileLocation {
  /** May be a signed URL: a credential. Kept in memory only. */
  readonly url: string;
  /** Sent to that URL: the token for the Hub's own origin, nothing for any other. */
  readonly headers: Readonly<Record<string, string>>;
  /** When the URL stops working, in milliseconds since 1970, if it says so. */
  readonly expiresAt: number | undefined;
  /** Size and digest the Hub states with the location, when it does. */
  readonly sizeBytes: number | undefined;
  readonly digest: Digest | undefined;
  /** The commit the Hub says the file is of, when it does. */
  readonly commit?: string | undefined;
}

/** A branch or a tag. */
export interface RepoRef {
  readonly name: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
}

/** The named revisions of a repository. */
export interface RepoRefs {
  readonly branches: readonly RepoRef[];
  readonly tags: readonly RepoRef[];
}

/** Who a token belongs to. */
export interface Account {
  /** The user name. */
  readonly name: string;
  /** As the account gives it. */
  readonly fullName: string | undefined;
  /** When the token may see it. */
  readonly email: string | undefined;
  /** Those the account is in. */
  readonly organizations: readonly string[];
  /** What the owner called the token. */
  readonly tokenName: string | undefined;
  /** `read`, `write` or `fineGrained`. */
  readonly tokenRole: string | undefined;
}
