/**
 * Several sources as one: what the first has, the others are not asked for.
 *
 * @module
 */
import type {
  FileAddress,
  HostedFile,
  HostedModel,
  HostedRef,
  HostedRefs,
  ModelSource,
  PartialTeller,
  RefLister,
  Snapshot,
} from "./model_source.ts";
import { isPartialTeller, isRefLister } from "./model_source.ts";
import { Refusal } from "./reply.ts";

/** What {@link combineSources} makes. */
export type CombinedSource = ModelSource & RefLister & PartialTeller;

async function firstOf<T>(
  sources: readonly ModelSource[],
  ask: (source: ModelSource) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const source of sources) {
    const answer = await ask(source);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

async function refsOf(source: ModelSource, repo: string): Promise<HostedRefs> {
  if (isRefLister(source)) return await source.refs(repo);
  const targetCommit = await source.commit(repo, "main");
  const branches = targetCommit === undefined ? [] : [{ name: "main", ref: "refs/heads/main", targetCommit }];
  return { branches, tags: [], converts: [], pullRequests: [] };
}

function uniqueRefs(lists: readonly (readonly HostedRef[])[]): HostedRef[] {
  const refs = new Map<string, HostedRef>();
  for (const ref of lists.flat()) if (!refs.has(ref.ref)) refs.set(ref.ref, ref);
  return [...refs.values()];
}

/** Whether everything at the commit is here, is for one source to know. */
async function isWholeIn(source: ModelSource, snapshot: Snapshot): Promise<boolean> {
  if ((await source.files(snapshot)).length === 0) return false;
  return !isPartialTeller(source) || !(await source.isPartial(snapshot));
}

/**
 * One source of several. A repository's facts, and what its branches mean, come from the first that has it; the files at
 * a commit are those of all, each from the first that has it.
 */
export function combineSources(...sources: readonly ModelSource[]): CombinedSource {
  const filesWithSource = async (snapshot: Snapshot): Promise<Map<string, [HostedFile, ModelSource]>> => {
    const files = new Map<string, [HostedFile, ModelSource]>();
    for (const source of sources) {
      for (const file of await source.files(snapshot)) {
        const known = files.get(file.path);
        // One that cannot be had here may be had there.
        if (known === undefined || await known[0].unavailable?.("list") !== undefined) {
          files.set(file.path, [file, source]);
        }
      }
    }
    return files;
  };
  return {
    async models(): Promise<readonly HostedModel[]> {
      const models = new Map<string, HostedModel>();
      for (const source of sources) {
        for (const model of await source.models()) if (!models.has(model.id)) models.set(model.id, model);
      }
      return [...models.values()];
    },
    model: (repo) => firstOf(sources, (source) => source.model(repo)),
    commit: (repo, revision) => firstOf(sources, (source) => source.commit(repo, revision)),
    files: async (snapshot) => [...(await filesWithSource(snapshot)).values()].map(([file]) => file),
    async open(address: FileAddress, range) {
      const found = (await filesWithSource(address)).get(address.path);
      if (found === undefined) throw new Refusal(404, "Entry not found", { code: "EntryNotFound" });
      return await found[1].open(address, range);
    },
    async refs(repo) {
      const all = await Promise.all(sources.map((source) => refsOf(source, repo)));
      return {
        branches: uniqueRefs(all.map((refs) => refs.branches)),
        tags: uniqueRefs(all.map((refs) => refs.tags)),
        converts: uniqueRefs(all.map((refs) => refs.converts)),
        pullRequests: uniqueRefs(all.map((refs) => refs.pullRequests)),
      };
    },
    async isPartial(snapshot) {
      for (const source of sources) if (await isWholeIn(source, snapshot)) return false;
      return true;
    },
  };
}
