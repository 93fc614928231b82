/**
 * What completion asks the machine for; `core/operations/completion` answers.
 *
 * @module
 */
import type { CompletionFacts, LineSettings } from "../../core/operations/completion/facts.ts";

export type { CompletionFacts, LineSettings };

/** Makes the facts when the first is asked for: most completions need none. */
export type OpenFacts = (settings: LineSettings) => CompletionFacts | Promise<CompletionFacts>;

/** Something that can be typed. */
export interface Candidate {
  readonly value: string;
  /** Shown beside it where the shell can. */
  readonly description?: string | undefined;
}
