/**
 * Show: a model's facts, and its files as a person picks them.
 *
 * @module
 */
import { sameDigest } from "../base/digest.ts";
import { parseReference } from "../base/reference.ts";
import type { RepoFile } from "../hub/model.ts";
import { registeredDigest, type RegisteredFile } from "../library/model_entry.ts";
import { selectFiles } from "../library/selection.ts";
import { defaultUnit, groupUnits, type Unit } from "../library/units.ts";
import type { OperationContext } from "./context.ts";
import type { CallOptions, LocalState, ModelDetails, UnitDetails } from "./model_manager.ts";

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
  options: CallOptions & { readonly revision?: string } = {},
): Promise<ModelDetails> {
  const reference = parseReference(text);
  const hub = await context.hub();
  const revision = reference.revision ?? options.revision;
  const info = await hub.modelInfo(reference.repo, { revision, signal: options.signal });
  if (reference.selector !== undefined) {
    selectFiles(info.files, { selector: reference.selector, repo: info.repo });
  }
  const installed = await context.library.installedFiles(info.repo);
  const isLocal = (file: RepoFile) => sameFile(file, installed.get(file.path));
  const groups = groupUnits(info.files);
  const { files: _files, ...facts } = info;
  return {
    ...facts,
    renamedFrom: info.repo === reference.repo ? undefined : reference.repo,
    url: hub.modelPageUrl(info.repo),
    units: groups.units.map((unit) => unitDetails(context, unit, isLocal)),
    companions: groups.companions.map((file) => ({ ...file, local: isLocal(file) })),
    otherFiles: groups.others.map((file) => ({ ...file, local: isLocal(file) })),
    defaultQuant: groups.units[0]?.gguf === true ? defaultUnit(groups.units)?.label : undefined,
    memoryBytes: context.memoryBytes,
  };
}

/** A file whose digest the Hub masks is the same when the name and the size are. */
function sameFile(file: RepoFile, installed: RegisteredFile | undefined): boolean {
  if (installed === undefined || installed.sizeBytes !== file.sizeBytes) return false;
  const digest = registeredDigest(installed);
  return digest === undefined || file.digest === undefined || sameDigest(digest, file.digest);
}

function unitDetails(
  context: OperationContext,
  unit: Unit<RepoFile>,
  isLocal: (file: RepoFile) => boolean,
): UnitDetails {
  const here = unit.files.filter(isLocal).length;
  const local: LocalState = here === 0 ? "absent" : here === unit.files.length ? "complete" : "partial";
  return {
    quant: unit.quant,
    label: unit.label,
    sizeBytes: unit.sizeBytes,
    files: unit.files,
    complete: unit.complete,
    fits: unit.sizeBytes * MEMORY_FACTOR <= context.memoryBytes * USABLE_MEMORY,
    local,
  };
}
