/**
 * The registry's files compared with the disk, cheaply: by size and time.
 *
 * @module
 */
import type { FileFacts } from "../platform/directory.ts";
import { factsOfAll } from "../platform/many_names.ts";
import { filePath } from "./layout.ts";
import type { ModelEntry, RegisteredFile } from "./model_entry.ts";

/** A file of the registry, and how it looks. */
export interface KnownFile {
  /** The entry that it is of, as a reference. */
  readonly modelId: string;
  readonly file: RegisteredFile;
  /**
   * `untouched`: size and time are as they were registered; no proof. `damaged`: hashing has shown that the bytes are
   * wrong. `changed`: it is not as it was registered, or is gone; only hashing can tell more.
   */
  readonly state: "untouched" | "damaged" | "changed";
}

/** The registered files of one repository, by path. */
export async function knownFiles(
  modelsDir: string,
  repo: string,
  entries: readonly ModelEntry[],
): Promise<ReadonlyMap<string, KnownFile>> {
  const files = new Map(
    entries.filter((entry) => entry.metadata.repo === repo)
      .flatMap(({ modelId, metadata }) =>
        metadata.files.map((file) => [file.path, { modelId, file }] as const)
      ),
  );
  const facts = await factsOfAll([...files.keys()].map((path) => filePath({ modelsDir, repo }, path)));
  const known = [...files.values()].map(({ modelId, file }, index): KnownFile => {
    return { modelId, file, state: stateOf(facts[index], file) };
  });
  return new Map(known.map((each) => [each.file.path, each]));
}

/** Without the time of registration there is no telling, and the bytes have to be hashed again. */
function stateOf(facts: FileFacts | undefined, file: RegisteredFile): KnownFile["state"] {
  if (facts?.isFile === true && file.damaged) return "damaged";
  return facts !== undefined && looksUntouched(facts, file) ? "untouched" : "changed";
}

/**
 * Whether a file has the size and the time that it was registered with: an older time, too, means that something else
 * was put in its place. No proof, since anybody can set the time.
 */
export function looksUntouched(
  facts: Pick<FileFacts, "isFile" | "sizeBytes" | "modifiedAtMs">,
  file: Pick<RegisteredFile, "sizeBytes" | "modifiedAtMs">,
): boolean {
  return facts.isFile && facts.sizeBytes === file.sizeBytes && facts.modifiedAtMs === file.modifiedAtMs;
}
