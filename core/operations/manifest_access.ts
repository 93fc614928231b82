/**
 * What all work with manifests needs: their files, and what is known of their models.
 *
 * @module
 */
import { join } from "node:path";
import { toErrorData } from "../base/errors.ts";
import { findParts } from "../library/find_entries.ts";
import { partialFolder } from "../library/layout.ts";
import { type ManifestModel, type ManifestStatus, modelKey } from "../library/manifest.ts";
import type { ModelEntry } from "../library/model_entry.ts";
import { readDirectory } from "../platform/directory.ts";
import { findLockHolder } from "../platform/lock_state.ts";
import { type ManifestState, ManifestStates } from "../state/manifest_states.ts";
import type { OperationContext } from "./context.ts";
import { hashOf, type ManifestFiles } from "./manifest_file.ts";

/** What work with manifests needs of the program. */
export interface ManifestAccess {
  readonly context: OperationContext;
  readonly files: ManifestFiles;
  /** The program's store. */
  readonly openStore: () => Promise<Deno.Kv>;
}

/** What is known of the models of a manifest. */
export async function openStates(access: ManifestAccess, path: string): Promise<ManifestStates> {
  const { clock, library } = access.context;
  const place = hashOf(`${path}\0${library.modelsDir}`);
  return new ManifestStates(await access.openStore(), { place, clock });
}

/** Everything that is known, by {@link modelKey}; nothing, which is said, where the store cannot be used. */
export async function knownStates(
  access: ManifestAccess,
  path: string,
): Promise<ReadonlyMap<string, ManifestState>> {
  try {
    return await (await openStates(access, path)).list();
  } catch (error) {
    access.context.notices.emit(
      `What is known of the manifest cannot be read: ${toErrorData(error).message}`,
    );
    return new Map();
  }
}

/** The registered models that a model of the manifest means. */
export function entriesOf(model: ManifestModel, entries: readonly ModelEntry[]): readonly ModelEntry[] {
  return findParts(entries, model.reference).map(({ entry }) => entry);
}

/** Whether all files of a model are in their places; a cheap look, no proof. */
export async function isInPlace(
  { library }: Pick<OperationContext, "library">,
  model: ManifestModel,
  entries: readonly ModelEntry[],
): Promise<boolean> {
  const found = entriesOf(model, entries);
  const [repo] = found.map((entry) => entry.metadata.repo);
  if (repo === undefined) return false;
  const installed = await library.installedFiles(repo);
  return found.some(({ metadata }) => metadata.files.every((file) => installed.has(file.path)));
}

/** Whether some process is fetching something of a repository just now: who was killed has left no lock that holds. */
export async function isBeingFetched(
  { library, clock }: Pick<OperationContext, "library" | "clock">,
  { reference: { repo } }: ManifestModel,
): Promise<boolean> {
  const folder = partialFolder({ modelsDir: library.modelsDir, repo });
  const names = await readDirectory(folder).catch(() => []);
  for (const { name } of names) {
    if (!name.endsWith(".lock")) continue;
    // A lock that cannot be looked at may be somebody's.
    const isHeld = await findLockHolder(join(folder, name), clock).then(
      (owner) => owner !== undefined,
      () => true,
    );
    if (isHeld) return true;
  }
  return false;
}

/**
 * How a model stands: what the program knows wins over the file. A model that was completed and has been removed since
 * is pending again, and so is one that nobody fetches any more.
 */
export function statusOf(
  model: ManifestModel,
  facts: {
    readonly state: ManifestState | undefined;
    readonly isHere: boolean;
    readonly isFetched: boolean;
  },
): ManifestStatus {
  const status = facts.state?.status ?? model.status ?? "pending";
  if (status === "downloading" && !facts.isFetched) return facts.isHere ? "completed" : "pending";
  return status === "completed" && !facts.isHere ? "pending" : status;
}

/** The key under which a model's state is kept. */
export function stateKey(model: Pick<ManifestModel, "reference">): string {
  return modelKey(model.reference);
}
