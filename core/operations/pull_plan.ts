/**
 * From a reference to a plan: what it means on the Hub, and what of that is missing here.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import { type ModelReference, parseReference, webHosts } from "../base/reference.ts";
import { checkRepoPaths } from "../base/repo_path.ts";
import { type DownloadPlan, planDownload } from "../download/plan.ts";
import type { HubClient } from "../hub/client.ts";
import type { ModelInfo } from "../hub/model.ts";
import { selectFiles, type Selection } from "../library/selection.ts";
import { askModelInfo } from "./near_repos.ts";
import type { OperationContext } from "./context.ts";
import type { PullRequest } from "./model_manager.ts";
import { gatherFacts, type ProvableFile, type PullFileFacts } from "./pull_facts.ts";
import { findCopies, type FoundElsewhere, type ReusePlan } from "./pull_copies.ts";
import { holdPinned } from "./pull_pins.ts";
import { type PullTarget, pullTarget } from "./pull_target.ts";

/** A reference as the Hub understands it. */
export interface ResolvedPull {
  readonly reference: ModelReference;
  readonly info: ModelInfo;
  readonly selection: Selection<ProvableFile>;
  readonly target: PullTarget;
  /** What a person should know. */
  readonly notices: readonly string[];
}

/** A plan with what the engine needs to carry it out. */
export interface PullPlan {
  readonly download: DownloadPlan;
  /** Facts by path. */
  readonly facts: ReadonlyMap<string, PullFileFacts>;
  /** Files that lie on another disk of this machine, and are fetched all the same: what could be asked for. */
  readonly elsewhere: readonly FoundElsewhere[];
}

/**
 * Asks the Hub what a reference means: one call.
 *
 * @throws {ModelManagerError} `NOT_FOUND`, what the Hub says, or `FAILED` when a pinned model is in the way.
 */
export async function resolvePull(
  context: OperationContext,
  text: string,
  options: {
    readonly request: PullRequest;
    readonly signal: AbortSignal;
    /** Nothing that a pinned model of the library has is to be replaced. @default {false} */
    readonly heedPins?: boolean;
  },
): Promise<ResolvedPull> {
  const { request, signal, heedPins = false } = options;
  const reference = parseReference(text, { hosts: webHosts(context.endpoint) });
  const revision = reference.revision ?? request.revision;
  const hub = await context.hub();
  const info = await askModelInfo(context, reference.repo, { revision, fresh: true, signal });
  checkEnabled(hub, info);
  const selection = selectFiles(info.files, {
    selector: reference.selector,
    include: request.include,
    exclude: request.exclude,
    withMmproj: request.withMmproj,
    repo: info.repo,
  });
  checkRepoPaths(info.repo, selection.files.map((file) => file.path));
  await requireDigests(context, { info, files: selection.files, signal });
  const target = pullTarget(context, { info, to: request.to });
  const provable = selection as Selection<ProvableFile>;
  const held = heedPins && (request.to ?? "library") === "library"
    ? await holdPinned(context, {
      repo: info.repo,
      selection: provable,
      force: request.force ?? false,
      follows: info,
    })
    : { selection: provable, notices: [] };
  const renamed = info.repo === reference.repo ? [] : [`"${reference.repo}" is now called "${info.repo}"`];
  return { reference, info, selection: held.selection, target, notices: [...renamed, ...held.notices] };
}

/** @throws {ModelManagerError} `NOT_FOUND` when the Hub tells of a repository and does not give its files. */
export function checkEnabled(hub: HubClient, info: ModelInfo): void {
  if (!info.disabled) return;
  throw new ModelManagerError("NOT_FOUND", `The Hub has disabled access to "${info.repo}"`, {
    hints: [`Read why: ${hub.modelPageUrl(info.repo)}`],
  });
}

/**
 * The Hub masks digests of gated files: without them nothing can be proved, so nothing is fetched.
 *
 * @throws {ModelManagerError} `GATED` or `FAILED` when one is missing.
 */
export async function requireDigests(
  context: Pick<OperationContext, "hub">,
  wanted: { readonly info: ModelInfo; readonly files: ModelInfo["files"]; readonly signal: AbortSignal },
): Promise<void> {
  const { info, files, signal } = wanted;
  const masked = files.find((file) => file.digest === undefined);
  if (masked === undefined) return;
  const hub = await context.hub();
  await hub.authCheck(info.repo, { signal });
  const page = hub.modelPageUrl(info.repo);
  if (info.gated !== false) {
    // Asked on its own, the Hub lets this account in; its list was made for somebody without access.
    throw new ModelManagerError(
      "GATED",
      `The Hub hides the digest of "${masked.path}" of the gated repository "${info.repo}": ` +
        "without it nothing can be proved",
      { hints: [`See that access is granted: ${page}`, "Log in with the account that has it: mm login"] },
    );
  }
  throw new ModelManagerError("FAILED", `The Hub states no digest of "${masked.path}" of "${info.repo}"`, {
    hints: [`Look at the file: ${page}`],
  });
}

/** Compares what is wanted with what is here. */
export async function planPull(
  context: OperationContext,
  pull: ResolvedPull,
  options: {
    readonly force: boolean;
    readonly signal: AbortSignal;
    /** @default nothing is taken from elsewhere on this machine */
    readonly reuse?: ReusePlan | undefined;
  },
): Promise<PullPlan> {
  const { selection, target } = pull;
  const { force, signal, reuse } = options;
  const facts = new Map<string, PullFileFacts>();
  target.refresh();
  for (const file of selection.files) {
    facts.set(file.path, await gatherFacts(context, { file, target, signal, force }));
  }
  const elsewhere: FoundElsewhere[] = [];
  if (reuse !== undefined && !force) {
    for (const found of facts.values()) {
      if (found.atTarget === "same") continue;
      const { copies, other } = await findCopies(found, { ...reuse, target });
      const [copy] = copies;
      if (copy !== undefined) facts.set(found.path, { ...found, copy, copies });
      else if (other !== undefined) {
        elsewhere.push({ path: found.path, sizeBytes: found.sizeBytes, copy: other });
      }
    }
  }
  return { download: planDownload([...facts.values()], options), facts, elsewhere };
}
