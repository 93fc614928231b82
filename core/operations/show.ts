/**
 * Show: a model's facts, and its files as a person picks them.
 *
 * @module
 */
import { parseReference, webHosts } from "../base/reference.ts";
import { repoPathProblem } from "../base/repo_path.ts";
import type { ModelInfo, RepoFile } from "../hub/model.ts";
import { badgeOf, compareUpstream, isPinned, type UpdateBadge } from "../library/compare_upstream.ts";
import { hasDigest, registeredDigest, type RegisteredFile } from "../library/model_entry.ts";
import { pinnedFiles } from "../library/pins.ts";
import { selectFiles } from "../library/selection.ts";
import { defaultUnit, groupUnits, type Unit } from "../library/units.ts";
import { askModelInfo } from "./near_repos.ts";
import type { OperationContext } from "./context.ts";
import type { FileDetails, LocalState, ModelDetails, ShowOptions, UnitDetails } from "./model_manager.ts";

/** What running a model takes besides its weights: context, buffers. A rule of thumb, on the safe side. */
const MEMORY_FACTOR = 1.2;
/** The part of the machine's memory that other programs leave. */
const USABLE_MEMORY = 0.9;

/**
 * A model's card facts and its table of quants.
 *
 * @throws {ModelManagerError} `NOT_FOUND` also when the reference's selector matches nothing.
 */
export async function show(
  context: OperationContext,
  text: string,
  options: ShowOptions = {},
): Promise<ModelDetails> {
  const reference = parseReference(text, { hosts: webHosts(context.endpoint) });
  // It may take a moment, in which the Hub answers.
  const gpuMemory = context.gpuMemoryBytes();
  const hub = await context.hub();
  const revision = reference.revision ?? options.revision;
  const info = await askModelInfo(context, reference.repo, { revision, signal: options.signal });
  const selection = select(info, reference.selector);
  const installed = await context.library.installedFiles(info.repo);
  const begun = new Set((await context.library.partialFiles(info.repo)).map(({ path }) => path));
  const isLocal = (file: RepoFile) => sameFile(file, installed.get(file.path));
  const groups = groupUnits(info.files);
  const badge = await badges(context, info);
  const memory = { ramBytes: context.memoryBytes, gpuBytes: await gpuMemory };
  const { files: _files, ...facts } = info;
  return {
    ...facts,
    renamedFrom: info.repo === reference.repo ? undefined : reference.repo,
    url: hub.modelPageUrl(info.repo),
    units: groups.units.map((unit) => unitDetails(unit, { memory, isLocal, begun, badge })),
    companions: groups.companions.map((file) => fileDetails(file, isLocal)),
    otherFiles: groups.others.map((file) => fileDetails(file, isLocal)),
    selection,
    readme: options.readme === true ? await readPage(context, info, options.signal) : undefined,
    defaultQuant: defaultLabel(groups.units),
    memoryBytes: memory.ramBytes,
    gpuMemoryBytes: memory.gpuBytes,
  };
}

async function readPage(
  context: OperationContext,
  info: ModelInfo,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  // Loaded only then: few ask for it.
  const { readReadme } = await import("./show_readme.ts");
  return await readReadme(context, info, { signal });
}

/** What is here of units, against what the Hub has just said of them. */
async function badges(
  context: OperationContext,
  info: ModelInfo,
): Promise<(unit: Unit<RepoFile>) => UpdateBadge | undefined> {
  const entries = (await context.library.entries()).filter(({ metadata }) => metadata.repo === info.repo);
  const files = entries.flatMap((entry) => entry.metadata.files.map((file) => [file.path, file] as const));
  const local = new Map(files);
  return (unit) => {
    const paths = new Set(unit.files.map((file) => file.path));
    const entry = entries.find(({ metadata }) => metadata.files.some((file) => paths.has(file.path)));
    if (entry === undefined) return undefined;
    const { pinned = false, metadata: { revision, commit } } = entry;
    if (isPinned({ pinned, revision, commit })) return "pinned";
    // What it follows is another thing than what was asked for.
    if (revision !== info.revision) return undefined;
    const kept = pinnedFiles(entries, new Set([entry.modelId]));
    return badgeOf(compareUpstream(entry, { files: info.files, local, pinned: kept }));
  };
}

function select(info: ModelInfo, selector: string | undefined): ModelDetails["selection"] {
  if (selector === undefined) return undefined;
  const { files } = selectFiles(info.files, { selector, repo: info.repo });
  return { selector, paths: files.map(({ path }) => path) };
}

/** What a plain pull takes; nothing when that would be refused. */
function defaultLabel(units: readonly Unit<RepoFile>[]): string | undefined {
  const unit = units[0]?.gguf === true ? defaultUnit(units) : undefined;
  return unit === undefined || refusal(unit.files) !== undefined ? undefined : unit.label;
}

/** Why files can get no name on a disk. */
function refusal(files: readonly RepoFile[]): string | undefined {
  return files.map(({ path }) => repoPathProblem(path)).find((problem) => problem !== undefined);
}

function fileDetails(file: RepoFile, isLocal: (file: RepoFile) => boolean): FileDetails {
  return { ...file, local: isLocal(file) ? "complete" : "absent", refused: refusal([file]) };
}

/** A file whose digest the Hub masks is the same when the name and the size are. */
function sameFile(file: RepoFile, installed: RegisteredFile | undefined): boolean {
  if (installed === undefined || installed.sizeBytes !== file.sizeBytes) return false;
  const digest = registeredDigest(installed);
  return digest === undefined || file.digest === undefined || hasDigest(installed, file.digest);
}

/** Whether a model of this size can be run in so much memory. */
function fits(sizeBytes: number, memoryBytes: number | undefined): boolean | undefined {
  return memoryBytes === undefined ? undefined : sizeBytes * MEMORY_FACTOR <= memoryBytes * USABLE_MEMORY;
}

function unitDetails(
  unit: Unit<RepoFile>,
  local: {
    readonly memory: { readonly ramBytes: number | undefined; readonly gpuBytes: number | undefined };
    readonly isLocal: (file: RepoFile) => boolean;
    readonly begun: ReadonlySet<string>;
    readonly badge: (unit: Unit<RepoFile>) => UpdateBadge | undefined;
  },
): UnitDetails {
  const refused = refusal(unit.files);
  const { ramBytes, gpuBytes } = local.memory;
  const sizeBytes = refused === undefined ? unit.sizeBytes : Infinity;
  return {
    quant: unit.quant,
    label: unit.label,
    sizeBytes: unit.sizeBytes,
    files: unit.files,
    complete: unit.complete,
    fits: fits(sizeBytes, ramBytes),
    fitsGpu: fits(sizeBytes, gpuBytes),
    local: localState(unit, local),
    update: local.badge(unit),
    refused,
  };
}

/** What an interrupted download has left of a unit counts, too. */
function localState(
  { files }: Unit<RepoFile>,
  local: { readonly isLocal: (file: RepoFile) => boolean; readonly begun: ReadonlySet<string> },
): LocalState {
  if (files.every(local.isLocal)) return "complete";
  return files.some((file) => local.isLocal(file) || local.begun.has(file.path)) ? "partial" : "absent";
}
