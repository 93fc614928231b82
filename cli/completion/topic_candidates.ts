/**
 * What `mm help` can be asked about.
 *
 * @module
 */
import type { CommandRow } from "./command_table.ts";
import type { Candidate } from "./facts.ts";

/** The candidates, given the words that stand before. */
export async function topicCandidates(
  before: readonly string[],
  root: CommandRow,
): Promise<readonly Candidate[]> {
  let command: CommandRow | undefined = root;
  for (const word of before) {
    command = command?.commands.find(({ name, aliases }) => name === word || aliases.includes(word));
  }
  const commands = (command?.commands ?? []).map(({ name, summary }) => ({
    value: name,
    description: summary,
  }));
  if (before.length > 0) return commands;
  const { TOPICS } = await import("../help/topic_list.ts");
  const { ERROR_CODES } = await import("../../core/base/errors.ts");
  const topics = TOPICS.map(({ name, summary }) => ({ value: name, description: summary }));
  const codes = ERROR_CODES.map((value) => ({ value, description: "an error code" }));
  return [...commands, ...topics, ...codes];
}
