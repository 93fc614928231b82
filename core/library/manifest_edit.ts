/**
 * Changes to a manifest's text; pure. Comments, unknown fields and the layout stay.
 *
 * @module
 */
import { parseReference } from "../base/reference.ts";
import {
  appendItem,
  applySplices,
  type JsonValue,
  removeChild,
  setProperty,
  type Splice,
} from "./json_splice.ts";
import { itemsOf, type JsonNode, parseJsonTree, propertiesOf, propertyOf } from "./json_tree.ts";
import { modelKey } from "./manifest.ts";

/** Fields of one model as the file writes them; `null` takes a field out. */
export type ModelFields = Readonly<Record<string, JsonValue>>;

/** What is to become of a manifest. */
export type ManifestEdit =
  /** A new model; `fields` has its name. */
  | { readonly kind: "add"; readonly fields: ModelFields }
  /** Of the model with this name. */
  | { readonly kind: "set"; readonly name: string; readonly fields: ModelFields }
  | { readonly kind: "remove"; readonly name: string };

/**
 * The text with the changes made, one after another; what is as it was asked to be is not touched.
 *
 * @param text A manifest without mistakes.
 * @param options.now Noted as the time of the change where the file has one; ISO 8601. @default none is noted
 */
export function editManifest(
  text: string,
  edits: readonly ManifestEdit[],
  options: { readonly now?: string } = {},
): string {
  const changed = edits.reduce(applyEdit, text);
  if (changed === text || options.now === undefined) return changed;
  const metadata = propertyOf(parseJsonTree(changed).root, "metadata");
  if (metadata?.type !== "object") return changed;
  return applySplices(changed, setProperty(changed, metadata, { name: "last_updated", value: options.now }));
}

function applyEdit(text: string, edit: ManifestEdit): string {
  const { root } = parseJsonTree(text);
  const models = propertyOf(root, "models");
  if (models?.type !== "array") return text;
  if (edit.kind === "add") return applySplices(text, appendItem(text, models, withoutNulls(edit.fields)));
  const node = itemsOf(models).find((item) => nameKey(item) === modelKey(parseReference(edit.name)));
  if (node === undefined) return text;
  if (edit.kind === "remove") return applySplices(text, removeChild(text, models, node));
  let next = text;
  // The name last: until then, the model is found by the one that it has.
  const fields = Object.entries(edit.fields).sort(([a], [b]) => Number(a === "name") - Number(b === "name"));
  for (const [name, value] of fields) {
    next = setField(next, { model: edit.name, name, value });
  }
  return next;
}

function nameKey(node: JsonNode): string | undefined {
  const name: unknown = propertyOf(node, "name")?.value;
  return typeof name === "string" ? modelKey(parseReference(name)) : undefined;
}

/** Each change moves what comes after it, so each looks anew. */
function setField(
  text: string,
  { model, name, value }: { readonly model: string; readonly name: string; readonly value: JsonValue },
): string {
  const key = modelKey(parseReference(model));
  const models = propertyOf(parseJsonTree(text).root, "models");
  const node = itemsOf(models).find((item) => nameKey(item) === key);
  if (node === undefined) return text;
  const existing = propertiesOf(node).findLast((property) => property.name === name);
  let splices: Splice[];
  if (value === null) splices = existing === undefined ? [] : removeChild(text, node, existing.node);
  else if (existing !== undefined && sameValue(existing.value, value)) splices = [];
  else splices = setProperty(text, node, { name, value });
  return applySplices(text, splices);
}

function sameValue(node: JsonNode, value: JsonValue): boolean {
  if (node.type === "array") {
    const items = itemsOf(node);
    return Array.isArray(value) && value.length === items.length &&
      items.every((item, index) => item.value === value[index]);
  }
  return node.value === value;
}

function withoutNulls(fields: ModelFields): ModelFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** A manifest without models. */
export function newManifest(now: string): string {
  const manifest = {
    models: [],
    settings: {},
    metadata: { version: "1.0", created: now, last_updated: now },
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}
