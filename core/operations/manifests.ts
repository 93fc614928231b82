/**
 * The manifest as the rest of the program knows it.
 *
 * @module
 */
import type {
  CheckFrequency,
  ManifestPriority,
  ManifestSettings,
  ManifestStatus,
} from "../library/manifest.ts";
import type { PrunedModel } from "./sync_prune.ts";

export type { CheckFrequency, ManifestPriority, ManifestSettings, ManifestStatus, PrunedModel };

/** Which manifest is meant. */
export interface ManifestChoice {
  /**
   * Path of the file.
   *
   * @default `models.json` in the working directory, else the one in the configuration directory
   */
  readonly manifest?: string;
}

/** What to list. */
export interface ManifestQuery extends ManifestChoice {
  /** How it stands. */
  readonly status?: ManifestStatus;
  /** Only models that have all of these; case does not count. */
  readonly tags?: readonly string[];
}

/** A model of the manifest, and how it stands. */
export interface WantedModel {
  /** `org/name[@revision][:selector]`. */
  readonly name: string;
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** Branch, tag or commit; `undefined` for the default branch. */
  readonly revision: string | undefined;
  /** Quant, file or glob; `undefined` for the default choice. */
  readonly selector: string | undefined;
  /** Whether it is synced and locked. */
  readonly enabled: boolean;
  /** How its fetching stands: what the program knows, else what the file says. */
  readonly status: ManifestStatus;
  /** For people. */
  readonly description: string | undefined;
  /** About how much it takes, as the file says. */
  readonly sizeEstimateBytes: number | undefined;
  /** What is fetched first. */
  readonly priority: ManifestPriority;
  /** Words to find it by. */
  readonly tags: readonly string[];
  /** As the manifest says. */
  readonly pinned: boolean;
  /** Whether the library has it. */
  readonly local: boolean;
  /** When it was last compared with the Hub; ISO 8601, UTC. */
  readonly checkedAt: string | undefined;
  /** Why it failed; left out when it has not. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** A manifest as a list. */
export interface ManifestListing {
  /** Absolute. */
  readonly manifest: string;
  /** In the order of the file. */
  readonly models: readonly WantedModel[];
  /** What counts while it is synced. */
  readonly settings: ManifestSettings;
  /** What looks like a misspelt field. */
  readonly warnings: readonly string[];
}

/** Fields of a model that are to be written; `null` takes one out, and what is left out stays. */
export interface ManifestModelChanges {
  /** For people. */
  readonly description?: string | null;
  /** In bytes. */
  readonly sizeEstimateBytes?: number | null;
  /** What is fetched first. */
  readonly priority?: ManifestPriority;
  /** In place of those that are there. */
  readonly tags?: readonly string[];
  /** Added to those that are there. */
  readonly addTags?: readonly string[];
  /** Taken from those that are there. */
  readonly removeTags?: readonly string[];
  /** Whether it is synced and locked. */
  readonly enabled?: boolean;
  /** Whether it stays as it is. */
  readonly pinned?: boolean;
  /** Another name, such as that of another quant. Only of one model. */
  readonly name?: string;
}

/** What became of a manifest. */
export interface ManifestChanges {
  /** Absolute. */
  readonly manifest: string;
  /** Whether the file was made. */
  readonly created: boolean;
  /** What became of each that was meant. */
  readonly models: readonly {
    readonly name: string;
    readonly change: "added" | "updated" | "removed" | "unchanged";
  }[];
}

/** The manifest of wanted models. */
export interface Manifests {
  /** What is wanted, and how it stands. */
  list(query?: ManifestQuery): Promise<ManifestListing>;
  /** Adds models; those that are there already get the fields. The file is made when it is not there. */
  add(
    names: readonly string[],
    fields?: Omit<ManifestModelChanges, "name">,
    choice?: ManifestChoice,
  ): Promise<ManifestChanges>;
  /** Takes models out of the manifest; their files stay. */
  remove(names: readonly string[], choice?: ManifestChoice): Promise<ManifestChanges>;
  /**
   * Changes models; a repository's name means all of it.
   *
   * @param choice.ifThere Names that the manifest does not have are passed over, and so is a manifest that is not there.
   */
  update(
    names: readonly string[],
    changes: ManifestModelChanges,
    choice?: ManifestChoice & { readonly ifThere?: boolean },
  ): Promise<ManifestChanges>;
  /** What `sync` with `prune` would delete, as far as that can be told without asking the Hub. */
  planPrune(choice?: ManifestChoice): Promise<PrunedModel[]>;
  /** The JSON Schema of the manifest, for editors. */
  schema(): Promise<object>;
}
