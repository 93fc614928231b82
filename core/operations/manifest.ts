/**
 * The manifest for people: what is wanted, how it stands, and changes to it.
 *
 * @module
 */
import { formatByteSize } from "../base/byte_size.ts";
import { ModelManagerError } from "../base/errors.ts";
import { formatReference, parseReference, webHosts } from "../base/reference.ts";
import type { JsonValue } from "../library/json_splice.ts";
import { type Manifest, type ManifestModel, modelKey } from "../library/manifest.ts";
import type { ManifestEdit, ModelFields } from "../library/manifest_edit.ts";
import { nearNames } from "../base/near_names.ts";
import {
  isBeingFetched,
  isInPlace,
  knownStates,
  type ManifestAccess,
  openStates,
  stateKey,
  statusOf,
} from "./manifest_access.ts";
import type {
  ManifestChanges,
  ManifestChoice,
  ManifestListing,
  ManifestModelChanges,
  ManifestQuery,
  WantedModel,
} from "./manifests.ts";
import { planPrune, type PrunedModel } from "./sync_prune.ts";

/** What is wanted, and how it stands. */
export async function listManifest(
  access: ManifestAccess,
  query: ManifestQuery = {},
): Promise<ManifestListing> {
  const { path, manifest, warnings } = await access.files.load(query.manifest);
  const [states, entries] = await Promise.all([knownStates(access, path), access.context.library.entries()]);
  const models = await Promise.all(manifest.models.map(async (model): Promise<WantedModel> => {
    const { name, reference: { repo, revision, selector }, status: _, pinned = false, ...fields } = model;
    const state = states.get(stateKey(model));
    const local = await isInPlace(access.context, model, entries);
    const claim = state?.status ?? model.status;
    const isFetched = claim === "downloading" && await isBeingFetched(access.context, model);
    const status = statusOf(model, { state, isHere: local, isFetched });
    const error = status === "failed" ? state?.error : undefined;
    const checkedAt = state?.checkedAt;
    return {
      ...fields,
      name,
      repo,
      revision,
      selector,
      pinned,
      local,
      status,
      checkedAt,
      ...(error === undefined ? {} : { error }),
    };
  }));
  const tags = (query.tags ?? []).map((tag) => tag.toLowerCase());
  const fits = (model: WantedModel): boolean => {
    const own = model.tags.map((tag) => tag.toLowerCase());
    return (query.status === undefined || model.status === query.status) &&
      tags.every((tag) => own.includes(tag));
  };
  return { manifest: path, models: models.filter(fits), settings: manifest.settings, warnings };
}

/** Adds models; those that are there already get the fields. */
export async function addToManifest(
  access: ManifestAccess,
  names: readonly string[],
  options: { readonly fields: Omit<ManifestModelChanges, "name">; readonly choice: ManifestChoice },
): Promise<ManifestChanges> {
  const { fields } = options;
  const wanted = [...new Set(names.map((name) => canonical(access, name)))];
  return await change(access, options.choice, {
    create: true,
    edits: (manifest) => {
      const there = new Map(manifest.models.map((model) => [modelKey(model.reference), model]));
      return wanted.map((name): ManifestEdit => {
        const model = there.get(modelKey(parseReference(name)));
        if (model !== undefined) return { kind: "set", name: model.name, fields: toFields(fields, model) };
        return {
          kind: "add",
          fields: {
            name,
            enabled: true,
            status: "pending",
            priority: "medium",
            ...toFields(fields, undefined),
          },
        };
      });
    },
  });
}

/** Takes models out of the manifest. */
export async function removeFromManifest(
  access: ManifestAccess,
  names: readonly string[],
  choice: ManifestChoice,
): Promise<ManifestChanges> {
  return await change(access, choice, {
    edits: (manifest) =>
      findModels(access, manifest, { names }).map(({ name }) => ({ kind: "remove", name })),
  });
}

/** Changes models. */
export async function updateManifest(
  access: ManifestAccess,
  names: readonly string[],
  options: {
    readonly changes: ManifestModelChanges;
    readonly choice: ManifestChoice & { readonly ifThere?: boolean };
  },
): Promise<ManifestChanges> {
  const { changes, choice } = options;
  const ifThere = choice.ifThere === true;
  if (ifThere) {
    const path = await access.files.locate(choice.manifest);
    const loaded = await access.files.load(choice.manifest).catch((error) => {
      if (error instanceof ModelManagerError && error.code === "NOT_FOUND") return undefined;
      throw error;
    });
    if (loaded === undefined) return { manifest: path, created: false, models: [] };
  }
  return await change(access, choice, {
    edits: (manifest) => {
      const models = findModels(access, manifest, { names, ifThere });
      if (changes.name !== undefined && models.length > 1) throw oneName(models);
      const name = changes.name === undefined ? undefined : canonical(access, changes.name);
      return models.map((model) => ({
        kind: "set",
        name: model.name,
        fields: { ...(name === undefined ? {} : { name }), ...toFields(changes, model) },
      }));
    },
  });
}

async function change(
  access: ManifestAccess,
  choice: ManifestChoice,
  work: {
    readonly edits: (manifest: Manifest) => readonly ManifestEdit[];
    readonly create?: boolean;
  },
): Promise<ManifestChanges> {
  const path = await access.files.locate(choice.manifest);
  let edits: readonly ManifestEdit[] = [];
  const options = work.create === true ? { create: true } : {};
  const { before, after, created } = await access.files.change(
    path,
    (manifest) => edits = work.edits(manifest),
    options,
  );
  await forgetGone(access, { path, before, after });
  return { manifest: path, created, models: edits.map((edit) => ({ ...outcome(edit, before, after) })) };
}

/** What was known of a model that is not wanted any more, must not count when it is wanted again. */
async function forgetGone(
  access: ManifestAccess,
  { path, before, after }: { readonly path: string; readonly before: Manifest; readonly after: Manifest },
): Promise<void> {
  const left = new Set(after.models.map(stateKey));
  const gone = before.models.map(stateKey).filter((key) => !left.has(key));
  if (gone.length === 0) return;
  const states = await openStates(access, path).catch(() => undefined);
  for (const key of gone) await states?.delete(key);
}

function outcome(
  edit: ManifestEdit,
  before: Manifest,
  after: Manifest,
): ManifestChanges["models"][number] {
  if (edit.kind === "add") return { name: String(edit.fields["name"]), change: "added" };
  if (edit.kind === "remove") return { name: edit.name, change: "removed" };
  const renamed = edit.fields["name"];
  const name = typeof renamed === "string" ? renamed : edit.name;
  const [old, now] = [find(before, edit.name), find(after, name)];
  const isSame = JSON.stringify(old) === JSON.stringify(now);
  return { name, change: isSame ? "unchanged" : "updated" };
}

function find({ models }: Manifest, name: string): ManifestModel | undefined {
  const key = modelKey(parseReference(name));
  return models.find((model) => modelKey(model.reference) === key);
}

/** A name as the manifest has it, from whatever a person types, such as the address of a page. */
function canonical({ context }: ManifestAccess, name: string): string {
  return formatReference(parseReference(name, { hosts: webHosts(context.endpoint) }));
}

/** The models that names mean: exactly that one, else all of the repository. */
function findModels(
  access: ManifestAccess,
  { models }: Manifest,
  wanted: { readonly names: readonly string[]; readonly ifThere?: boolean },
): ManifestModel[] {
  const found = new Set<ManifestModel>();
  for (const text of wanted.names) {
    const reference = parseReference(text, { hosts: webHosts(access.context.endpoint) });
    const key = modelKey(reference);
    const exact = models.filter((model) => modelKey(model.reference) === key);
    const isRepo = reference.selector === undefined && reference.revision === undefined;
    const ofRepo = isRepo
      ? models.filter((model) => model.reference.repo.toLowerCase() === reference.repo.toLowerCase())
      : [];
    const meant = exact.length > 0 ? exact : ofRepo;
    if (meant.length === 0 && wanted.ifThere !== true) throw notInManifest(text, models);
    for (const model of meant) found.add(model);
  }
  return [...found];
}

function notInManifest(text: string, models: readonly ManifestModel[]): ModelManagerError {
  const near = nearNames(text, models.map(({ name }) => name), { limit: 3 });
  return new ModelManagerError("NOT_FOUND", `"${text}" is not in the manifest`, {
    hints: [
      ...(near.length === 0 ? [] : [`Did you mean ${near.join(" or ")}?`]),
      "See what is there: mm models list",
      `Add it: mm models add "${text}"`,
    ],
  });
}

function oneName(models: readonly ManifestModel[]): ModelManagerError {
  const names = models.map(({ name }) => name).join(", ");
  return new ModelManagerError("USAGE_ERROR", `Cannot give one name to ${models.length} models: ${names}`, {
    hints: [`Name one of them: mm models update "${models[0]?.name}" --name NEW`],
  });
}

/** As the file writes them. */
function toFields(
  changes: Omit<ManifestModelChanges, "name">,
  model: ManifestModel | undefined,
): ModelFields {
  const { description, sizeEstimateBytes: size, priority, enabled, pinned } = changes;
  const tags = tagsAfter(changes, model?.tags ?? []);
  const fields: Record<string, JsonValue | undefined> = {
    description,
    size_estimate: typeof size === "number" ? shortSize(size) : size,
    priority,
    enabled,
    pinned,
    tags: tags?.length === 0 && model === undefined ? undefined : tags,
  };
  const given = Object.entries(fields).filter((field): field is [string, JsonValue] =>
    field[1] !== undefined
  );
  return Object.fromEntries(given);
}

function tagsAfter(
  { tags, addTags = [], removeTags = [] }: Omit<ManifestModelChanges, "name">,
  present: readonly string[],
): readonly string[] | undefined {
  if (tags === undefined && addTags.length === 0 && removeTags.length === 0) return undefined;
  const kept = (tags ?? present).filter((tag) => !removeTags.includes(tag));
  return [...new Set([...kept, ...addTags])];
}

/** What `sync` with `prune` would delete. */
export async function planManifestPrune(
  access: ManifestAccess,
  choice: ManifestChoice,
): Promise<PrunedModel[]> {
  const { manifest } = await access.files.load(choice.manifest);
  return await planPrune(access.context, manifest.models, { keepPaths: [] });
}

/** `1.6GB`: as a person writes it. */
function shortSize(bytes: number): string {
  return formatByteSize(bytes).replace(/\.(\d*?)0+(?= )/, (_, digits) => digits === "" ? "" : `.${digits}`)
    .replace(" ", "");
}
