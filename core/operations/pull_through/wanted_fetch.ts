/**
 * Files that are wanted, and how they are told apart.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { ModelInfo } from "../../hub/model.ts";
import type { ProvableFile } from "../pull_facts.ts";

/** What a file is fetched by. */
export interface WantedFetch {
  /** What the Hub says of the model at the commit that is wanted. */
  readonly info: ModelInfo;
  readonly file: ProvableFile;
  /** Of who asks; only the Hub gets it. */
  readonly token: string | undefined;
}

/** Files of the same bytes at one place are one fetch, whatever commit they are asked for at. */
export function fetchKey(wanted: WantedFetch): string {
  return fetchName(wanted) + wanted.file.digest.hex;
}

/** What is the same of all versions of a file: keys begin with it. */
export function fetchName({ info, file }: WantedFetch): string {
  return `${info.repo}\n${file.path}\n`;
}

/** Where it lies when the library has no place for it. */
export function asideName(wanted: WantedFetch): string {
  return createHash("sha256").update(fetchKey(wanted)).digest("hex").slice(0, 16);
}
