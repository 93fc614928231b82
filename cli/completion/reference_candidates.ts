/**
 * References that can be meant: `org/name`, `org/name@revision`, `org/name:QUANT`.
 *
 * @module
 */
import { formatByteSize } from "../../core/base/byte_size.ts";
import { isRepoName } from "../../core/base/reference.ts";
import type { Candidate, CompletionFacts } from "./facts.ts";

/** What has been typed of a reference. */
interface TypedReference {
  readonly repo: string;
  readonly revision: string | undefined;
  /** Whether a revision is being typed. */
  readonly inRevision: boolean;
  /** All before the quant, with its colon; `undefined` when none is being typed. */
  readonly beforeQuant: string | undefined;
}

function readTyped(text: string): TypedReference {
  const [, repo = "", at, colon] = /^([^@:]*)(@[^:]*)?(:)?/s.exec(text) ?? [];
  const beforeQuant = colon === undefined ? undefined : text.slice(0, text.indexOf(":") + 1);
  const revision = at?.slice(1);
  return { repo, revision, inRevision: at !== undefined && colon === undefined, beforeQuant };
}

async function quants(
  head: string,
  typed: { readonly repo: string; readonly revision?: string | undefined },
  find: CompletionFacts["quants"],
): Promise<readonly Candidate[]> {
  return (await find(typed.repo, typed.revision)).map(({ label, sizeBytes }) => ({
    value: head + label,
    description: sizeBytes === undefined ? undefined : formatByteSize(sizeBytes),
  }));
}

async function repos(facts: CompletionFacts, text: string): Promise<readonly Candidate[]> {
  const [models, wanted, seen] = await Promise.all([facts.models(), facts.wanted(), facts.seenRepos()]);
  const known = new Map<string, string | undefined>();
  for (const { repo } of models) known.set(repo, "in the library");
  for (const { name } of wanted) {
    const { repo } = readTyped(name);
    if (!known.has(repo)) known.set(repo, "in the manifest");
  }
  for (const repo of seen) if (!known.has(repo)) known.set(repo, "seen on the Hub");
  const names = [...known].map(([value, description]) => ({ value, description }));
  if (!known.has(text)) return names;
  // All of the name is there: what can follow it is worth more than the name.
  return [...names, ...await quants(`${text}:`, { repo: text }, (repo) => facts.knownQuants(repo))];
}

/** What can be typed where a reference is wanted. */
export async function referenceCandidates(
  text: string,
  facts: CompletionFacts,
): Promise<readonly Candidate[]> {
  const typed = readTyped(text);
  if (typed.beforeQuant !== undefined) {
    // `https://…` is a reference, too, but not one to complete.
    if (!isRepoName(typed.repo)) return [];
    return await quants(typed.beforeQuant, typed, (repo, revision) => facts.quants(repo, revision));
  }
  if (typed.inRevision) {
    const head = `${typed.repo}@`;
    return (await facts.revisions(typed.repo)).map((revision) => ({ value: head + revision }));
  }
  return await repos(facts, text);
}
