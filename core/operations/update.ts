/**
 * Update: compare what is in the library with the Hub, and fetch what has changed.
 *
 * @module
 */
import { parseReference } from "../base/reference.ts";
import { streamedRun } from "../base/streamed_run.ts";
import type { DownloadEvent } from "../download/events.ts";
import { checkUpdateRequest } from "./check_request.ts";
import type { OperationContext } from "./context.ts";
import type { CallOptions, PullRequest, PullResult } from "./model_manager.ts";
import { coalesceKey, pull } from "./pull.ts";
import type { ProvableFile } from "./pull_facts.ts";
import type { ResolvedPull } from "./pull_plan.ts";
import { type CheckedEntry, checkEntries, entryReference, followedRevision } from "./update_check.ts";
import { noteChecked, noteFetched } from "./update_notes.ts";
import { failedResult, hasWork, toResult, type UpdateResult } from "./update_result.ts";
import { UpdateTarget } from "./update_target.ts";
import { findWanted, wholeLibrary } from "./update_wanted.ts";

export type { UpdateResult };

/** What to bring up to date, and how. */
export interface UpdateRequest extends Pick<PullRequest, "connections" | "limitBytesPerSecond"> {
  /** Models of the library, as a person types them. @default the whole library */
  readonly references?: readonly string[];
  /** Only say what would be fetched. @default {false} */
  readonly check?: boolean;
  /** Update pinned models, too. Only with references. @default {false} */
  readonly force?: boolean;
}

interface Run {
  readonly context: OperationContext;
  readonly request: UpdateRequest;
  readonly signal: AbortSignal;
  readonly emit: (event: DownloadEvent) => void;
}

/** A model that is to be fetched. */
interface Planned {
  readonly reference: string;
  readonly checked: CheckedEntry;
  readonly pull: ResolvedPull & { readonly target: UpdateTarget };
}

/**
 * Compares models with the Hub by their contents, and fetches what has changed of them. What was here stays until all
 * new files of a model are proved, and files that the Hub has no more stay for good, unless they are weights whose
 * successors were fetched.
 *
 * @returns one result a model; failures of single models are in there.
 * @throws {ModelManagerError} `CANCELLED`, or `USAGE_ERROR` for a request that means nothing.
 */
export function update(
  context: OperationContext,
  request: UpdateRequest = {},
  options: CallOptions = {},
): AsyncGenerator<DownloadEvent, UpdateResult[], undefined> {
  checkUpdateRequest(request);
  return streamedRun<DownloadEvent, UpdateResult[]>(
    (emit, signal) => updateAll({ context, request, signal, emit }),
    { signal: options.signal, coalesceKey },
  );
}

async function updateAll(run: Run): Promise<UpdateResult[]> {
  const { context, request, signal } = run;
  const everything = (request.references ?? []).length === 0;
  const wanted = everything
    ? await wholeLibrary(context)
    : await findWanted(context, request.references ?? []);
  const entries = wanted.flatMap((each) => "entry" in each ? [each.entry] : []);
  const checked = await checkEntries(context, entries, { force: request.force ?? false, signal });
  await noteChecked(context, checked, { everything });
  const byId = new Map(checked.map((each) => [each.entry.modelId, each]));
  const planned = wanted.flatMap(({ reference, ...each }): Planned[] => {
    const found = "entry" in each ? byId.get(each.entry.modelId) : undefined;
    const pull = found === undefined ? undefined : toPull(context, reference, found);
    return found === undefined || pull === undefined ? [] : [{ reference, checked: found, pull }];
  });
  const pulled = request.check === true ? new Map() : await fetchAll(run, planned);
  const targets = new Map(planned.map((each) => [each.checked.entry.modelId, each.pull.target]));
  return wanted.map((each) => {
    if ("error" in each) return failedResult(each.reference, each.error, context.endpoint);
    const found = byId.get(each.entry.modelId);
    if (found === undefined) throw new TypeError(`"${each.entry.modelId}" was not checked`);
    return toResult(context, {
      reference: each.reference,
      checked: found,
      pulled: pulled.get(each.reference),
      removal: targets.get(each.entry.modelId)?.removal,
    });
  });
}

/** What is to be fetched of a model, as a pull; `undefined` when nothing is. */
function toPull(
  context: OperationContext,
  reference: string,
  checked: CheckedEntry,
): Planned["pull"] | undefined {
  const { entry, outcome } = checked;
  if (outcome.kind !== "compared" || !hasWork(outcome.comparison)) return undefined;
  const { info, comparison } = outcome;
  const { repo, quant } = entry.metadata;
  const revision = followedRevision(entry);
  return {
    reference: parseReference(entryReference(entry)),
    // Fetched by the name that the library knows: the Hub leads on to the present one.
    info: { ...info, repo, revision },
    selection: {
      // A file without a digest is none of the changed ones.
      files: comparison.changed as readonly ProvableFile[],
      quant: quant ?? undefined,
      unit: undefined,
      mmproj: undefined,
    },
    target: new UpdateTarget(context, { entry, info, comparison, revision }),
    // The rest is in the result.
    notices: revision === entry.metadata.revision ? [] : [`"${reference}" follows ${revision} from now on`],
  };
}

async function fetchAll(run: Run, planned: readonly Planned[]): Promise<Map<string, PullResult>> {
  if (planned.length === 0) return new Map();
  const { context, request: { connections, limitBytesPerSecond }, signal, emit } = run;
  const byReference = new Map(planned.map((each) => [each.reference, each]));
  const events = pull(context, {
    references: [...byReference.keys()],
    ...(connections === undefined ? {} : { connections }),
    ...(limitBytesPerSecond === undefined ? {} : { limitBytesPerSecond }),
  }, {
    signal,
    resolve: (text) => {
      const found = byReference.get(text);
      if (found === undefined) throw new TypeError(`Nothing is planned for "${text}"`);
      return Promise.resolve(found.pull);
    },
  });
  try {
    let next = await events.next();
    for (; next.done !== true; next = await events.next()) emit(next.value);
    for (const { pull: { info, selection, target } } of planned) {
      // A pull that had nothing to fetch does not know that the model has become another one.
      if (selection.files.length === 0 && target.removal !== undefined) await noteFetched(context, info);
    }
    return new Map(next.value.map((result) => [result.reference, result]));
  } finally {
    for (const { pull: { target } } of planned) await target.release();
  }
}
