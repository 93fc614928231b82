/**
 * From what has been typed to what can be typed next.
 *
 * @module
 */
import { type CommandRow, commandTable, type OptionRow } from "./command_table.ts";
import type { Candidate, CompletionFacts, OpenFacts } from "./facts.ts";
import { argumentAt, longName, optionsOf, readTypedWords, type TypedWords } from "./typed_words.ts";
import { type ValueKind, valueKind } from "./value_kinds.ts";
import { readsFacts, staticCandidates, valueCandidates } from "./value_candidates.ts";

/** What can be typed. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  /** What the shell is to add by itself. */
  readonly paths: "none" | "files" | "directories";
}

const NOTHING: Completion = { candidates: [], paths: "none" };

/** What more than one of makes sense. */
const REPEATED: ReadonlySet<string> = new Set([
  "--include",
  "--exclude",
  "--filter",
  "--tag",
  "--untag",
  "--verbose",
]);

/** Those that begin with what was typed; when there are none, those that do but for capitals. */
export function thatBegin(candidates: readonly Candidate[], text: string): readonly Candidate[] {
  const exact = candidates.filter(({ value }) => value.startsWith(text));
  if (exact.length > 0) return exact;
  const lower = text.toLowerCase();
  return candidates.filter(({ value }) => value.toLowerCase().startsWith(lower));
}

function commandCandidates(command: CommandRow, text: string): readonly Candidate[] {
  const names = command.commands.map(({ name, summary }) => ({ value: name, description: summary }));
  const found = thatBegin(names, text);
  if (found.length > 0 && text !== "") return found;
  // Other names are for who types them: in the list they would only stand beside what they mean.
  const aliases = command.commands.flatMap((each) =>
    each.aliases.map((alias) => ({ value: alias, description: each.summary }))
  );
  return text === "" ? names : thatBegin(aliases, text);
}

function optionCandidates(typed: TypedWords, command: CommandRow, root: CommandRow): readonly Candidate[] {
  const isOpen = (option: OptionRow): boolean =>
    !typed.options.has(longName(option)) || REPEATED.has(longName(option));
  const options = optionsOf(command, root).filter((option) => isOpen(option))
    // The program's version is no matter of its commands.
    .filter((option) => command === root || longName(option) !== "--version");
  // Short ones only for who asks for them: each stands for a long one that says what it is.
  const isShort = /^-[^-]$/.test(typed.text);
  return options.flatMap(({ names, description }) =>
    names.filter((name) => isShort || name.startsWith("--")).map((value) => ({ value, description }))
  );
}

/** The option or argument that is being typed: its command and name, the words it may be. */
function placeOf(typed: TypedWords, command: CommandRow): { kind: ValueKind; name: string } | undefined {
  const { option } = typed;
  const row = option ?? argumentAt(command, typed.arguments.length);
  if (row === undefined) return undefined;
  const name = "names" in row ? longName(row) : row.name;
  const kind = row.choices.length > 0 ? { words: row.choices } : valueKind(command.path, name) ?? "free";
  return { kind, name };
}

function last(options: TypedWords["options"], name: string): string | undefined {
  return options.get(name)?.at(-1);
}

function openedFacts(typed: TypedWords, open: OpenFacts): CompletionFacts | Promise<CompletionFacts> {
  return open({
    config: last(typed.options, "--config"),
    modelsDir: last(typed.options, "--models-dir"),
    endpoint: last(typed.options, "--endpoint"),
    manifest: last(typed.options, "--manifest"),
    offline: typed.options.has("--offline"),
  });
}

async function valueCompletion(
  typed: TypedWords,
  command: CommandRow,
  open: OpenFacts,
): Promise<Completion> {
  const place = placeOf(typed, command);
  if (place === undefined) return NOTHING;
  const { kind } = place;
  const paths = kind === "file"
    ? "files"
    : kind === "directory" || (typeof kind === "object" && kind.or === "directory")
    ? "directories"
    : "none";
  if (!readsFacts(kind)) {
    const candidates = await staticCandidates(kind, { root: commandTable(), before: typed.arguments });
    return { candidates: thatBegin(candidates, typed.text), paths };
  }
  const facts = await openedFacts(typed, open);
  const found = await valueCandidates(kind, { typed, command: command.path, facts });
  return { candidates: thatBegin(found.candidates, typed.text), paths: found.paths ?? paths };
}

/** What was chosen already is not offered again. */
function withoutChosen(completion: Completion, typed: TypedWords): Completion {
  if (typed.option !== undefined) return completion;
  const chosen = new Set(typed.arguments);
  return { ...completion, candidates: completion.candidates.filter(({ value }) => !chosen.has(value)) };
}

/**
 * What can be typed next.
 *
 * @param words Those behind the program's name; the last one is being typed, and may be empty.
 */
export async function completeWords(words: readonly string[], open: OpenFacts): Promise<Completion> {
  const root = commandTable();
  const typed = readTypedWords(words, root);
  const { command, option, before, text, literal } = typed;
  if (option !== undefined) {
    // A global option may stand behind a command that does not exist.
    const found = await valueCompletion(typed, command ?? root, open);
    const candidates = found.candidates.map((each) => ({ ...each, value: before + each.value }));
    return { ...found, candidates };
  }
  if (command === undefined) return NOTHING;
  if (text.startsWith("-") && !literal) {
    return { candidates: thatBegin(optionCandidates(typed, command, root), text), paths: "none" };
  }
  if (command.commands.length > 0) {
    return { candidates: commandCandidates(command, text), paths: "none" };
  }
  return withoutChosen(await valueCompletion(typed, command, open), typed);
}
