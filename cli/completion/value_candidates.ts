/**
 * What the value of an option or argument can be.
 *
 * @module
 */
import { formatByteSize } from "../../core/base/byte_size.ts";
import type { CommandRow } from "./command_table.ts";
import type { Candidate, CompletionFacts } from "./facts.ts";
import { referenceCandidates } from "./reference_candidates.ts";
import type { TypedWords } from "./typed_words.ts";
import { SCREEN_WORDS, type ValueKind } from "./value_kinds.ts";

/** What candidates are worked out from. */
export interface ValueContext {
  readonly typed: TypedWords;
  /** The command's path below `mm`. */
  readonly command: string;
  readonly facts: CompletionFacts;
}

/** What was found. */
export interface ValueCandidates {
  readonly candidates: readonly Candidate[];
  /** What the shell is to add by itself. @default as the kind says */
  readonly paths?: "files" | "directories";
}

/** Whether the machine has to be asked. */
export function readsFacts(kind: ValueKind): boolean {
  return typeof kind === "string" && !["free", "file", "directory", "topic"].includes(kind);
}

/** Candidates for which the program itself is enough. */
export async function staticCandidates(
  kind: ValueKind,
  context: { readonly root: CommandRow; readonly before: readonly string[] },
): Promise<readonly Candidate[]> {
  if (typeof kind === "object") return kind.words.map((value) => ({ value }));
  if (kind !== "topic") return [];
  const { topicCandidates } = await import("./topic_candidates.ts");
  return await topicCandidates(context.before, context.root);
}

/** In which states a job can be for a command to make sense. */
const JOB_STATES: Readonly<Record<string, readonly string[]>> = {
  "queue pause": ["pending", "downloading"],
  "queue resume": ["paused"],
  "queue retry": ["failed", "cancelled"],
  "queue cancel": ["pending", "downloading", "paused"],
  "queue priority": ["pending", "downloading", "paused"],
  "queue move": ["pending", "downloading", "paused"],
};

async function jobs({ command, facts }: ValueContext): Promise<readonly Candidate[]> {
  const states = JOB_STATES[command];
  const found = (await facts.jobs()).filter(({ status }) => states?.includes(status) ?? true);
  const named = found.map(({ id, reference, status }) => ({
    value: id,
    description: `${reference} (${status})`,
  }));
  const all = { value: "all", description: "every job that can be meant" };
  return command === "queue move" || named.length === 0 ? named : [...named, all];
}

async function schedules({ command, facts }: ValueContext): Promise<readonly Candidate[]> {
  const wanted = command === "schedule enable" ? false : command === "schedule disable" ? true : undefined;
  return (await facts.schedules())
    .filter(({ enabled }) => wanted === undefined || enabled === wanted)
    .map(({ name, description }) => ({ value: name, description }));
}

async function installed({ facts }: ValueContext): Promise<readonly Candidate[]> {
  const models = await facts.models();
  const repos = Map.groupBy(models, ({ repo }) => repo);
  return [...repos].flatMap(([repo, entries]) => {
    const listed = entries.map(({ id, sizeBytes }) => ({
      value: id,
      description: formatByteSize(sizeBytes),
    }));
    const isListed = listed.some(({ value }) => value === repo);
    const whole = { value: repo, description: entries.length === 1 ? "all of it" : `all ${entries.length}` };
    return isListed || entries.length === 1 ? listed : [whole, ...listed];
  });
}

async function repos({ facts }: ValueContext): Promise<readonly Candidate[]> {
  const names = (await facts.models()).map(({ repo }) => repo);
  return [...new Set(names)].map((value) => ({ value }));
}

async function historyRepos({ facts }: ValueContext): Promise<readonly Candidate[]> {
  const names = (await facts.transfers()).map(({ repo }) => repo);
  return [...new Set(names)].sort().map((value) => ({ value }));
}

async function historyIds({ facts }: ValueContext): Promise<readonly Candidate[]> {
  return (await facts.transfers()).slice(0, 50).map(({ id, reference, status, endedAt }) => ({
    value: id,
    description: `${reference} (${status}, ${endedAt.slice(0, 10)})`,
  }));
}

async function wanted({ command, facts }: ValueContext): Promise<readonly Candidate[]> {
  const which = command === "models enable" ? false : command === "models disable" ? true : undefined;
  return (await facts.wanted())
    .filter(({ enabled }) => which === undefined || enabled === which)
    .map(({ name, description }) => ({ value: name, description }));
}

async function tags({ facts }: ValueContext): Promise<readonly Candidate[]> {
  const found = (await facts.wanted()).flatMap((model) => model.tags);
  return [...new Set(found)].sort().map((value) => ({ value }));
}

async function settingKeys({ facts }: ValueContext): Promise<readonly Candidate[]> {
  return (await facts.settings()).map(({ name, description }) => ({ value: name, description }));
}

async function settingValue({ typed, facts }: ValueContext): Promise<ValueCandidates> {
  const [name = ""] = typed.arguments;
  const setting = (await facts.settings()).find((each) => each.name === name);
  if (setting === undefined) return { candidates: [] };
  if (setting.isDirectory) return { candidates: [], paths: "directories" };
  const values = new Map<string, string | undefined>([
    ...setting.words.map((word) => [word, undefined] as const),
    [setting.value, "as it is now"],
    [setting.default, "the default"],
  ]);
  values.delete("");
  return { candidates: [...values].map(([value, description]) => ({ value, description })) };
}

async function revisions({ typed, facts }: ValueContext): Promise<readonly Candidate[]> {
  const [repo = ""] = (typed.arguments[0] ?? "").split(/[@:]/, 1);
  const found = repo === "" ? [] : await facts.revisions(repo);
  return (found.length === 0 ? ["main"] : found).map((value) => ({ value }));
}

/** Candidates for a kind of value. */
export async function valueCandidates(kind: ValueKind, context: ValueContext): Promise<ValueCandidates> {
  const { typed, facts } = context;
  switch (kind) {
    case "reference":
      return { candidates: await referenceCandidates(typed.text, facts) };
    case "screen": {
      const models = await installed(context);
      return { candidates: [...SCREEN_WORDS.map((value) => ({ value })), ...models] };
    }
    case "installed":
      return { candidates: await installed(context) };
    case "installed repo":
      return { candidates: await repos(context) };
    case "history repo":
      return { candidates: await historyRepos(context) };
    case "history id":
      return { candidates: await historyIds(context) };
    case "wanted":
      return { candidates: await wanted(context) };
    case "wanted tag":
      return { candidates: await tags(context) };
    case "revision":
      return { candidates: await revisions(context) };
    case "job":
      return { candidates: await jobs(context) };
    case "schedule":
      return { candidates: await schedules(context) };
    case "setting":
      return { candidates: await settingKeys(context) };
    case "setting value":
      return await settingValue(context);
    default:
      return { candidates: [] };
  }
}
