/**
 * The manifest `models.json`: the models that are wanted. Read whole, with every mistake and where it is; pure.
 *
 * @module
 */
import { formatReference, type ModelReference, parseReference } from "../base/reference.ts";
import {
  itemsOf,
  type JsonNode,
  parseJsonTree,
  placeOf,
  propertiesOf,
  propertyOf,
  repeatedProperties,
  type TextPlace,
} from "./json_tree.ts";
import {
  type FieldRules,
  METADATA_FIELDS,
  MISPLACED,
  MODEL_FIELDS,
  readSize,
  SETTINGS_FIELDS,
} from "./manifest_fields.ts";
import { nearNames } from "../base/near_names.ts";

/** What is fetched first. */
export type ManifestPriority = "high" | "medium" | "low";
/** How the fetching of a model stands. */
export type ManifestStatus = "pending" | "downloading" | "completed" | "failed";
/** How often a model that is here is compared with the Hub. */
export type CheckFrequency = "hourly" | "daily" | "weekly" | "monthly";

/** A model that is wanted. */
export interface ManifestModel {
  /** As `org/name[@revision][:selector]`, however the file writes it. */
  readonly name: string;
  /** The same in its parts. */
  readonly reference: ModelReference;
  /** Whether it is synced and locked. */
  readonly enabled: boolean;
  /** As the file says; what the program knows itself wins. */
  readonly status: ManifestStatus | undefined;
  readonly description: string | undefined;
  /** As the file says. */
  readonly sizeEstimateBytes: number | undefined;
  readonly priority: ManifestPriority;
  readonly tags: readonly string[];
  /** `undefined` where the file does not say. */
  readonly pinned: boolean | undefined;
}

/** Settings that count while the manifest is synced; `undefined` where the file does not say. */
export interface ManifestSettings {
  /** Whether downloads are cleaned up after, and room is made for them. */
  readonly autoCleanup: boolean | undefined;
  /** How long an interrupted download stays before a cleanup deletes it. */
  readonly cleanupAgeDays: number | undefined;
  /** What the library may take. */
  readonly maxTotalBytes: number | undefined;
  /** How often a model that is here is compared with the Hub. */
  readonly checkFrequency: CheckFrequency | undefined;
}

/** A manifest that is well. */
export interface Manifest {
  /** In the order of the file. */
  readonly models: readonly ManifestModel[];
  readonly settings: ManifestSettings;
}

/** A mistake, or something that looks like one. */
export interface ManifestProblem extends TextPlace {
  /** Such as `models[2].priority`; empty for a mistake in the writing. */
  readonly field: string;
  /** What is and what was wanted. */
  readonly text: string;
}

/** What a text holds. */
export interface ManifestReading {
  /** `undefined` when there are problems. */
  readonly manifest: Manifest | undefined;
  /** Every mistake, in the order of the text. */
  readonly problems: readonly ManifestProblem[];
  /** What is probably a misspelt field; it is kept as it is. */
  readonly warnings: readonly ManifestProblem[];
}

const NO_SETTINGS: ManifestSettings = {
  autoCleanup: undefined,
  cleanupAgeDays: undefined,
  maxTotalBytes: undefined,
  checkFrequency: undefined,
};
const TOP_FIELDS: readonly string[] = ["$schema", "models", "settings", "metadata"];
const SHOWN_CHARACTERS = 60;

/** Reads a manifest: JSON, in which comments and trailing commas are allowed. */
export function readManifest(text: string): ManifestReading {
  const { root, problems } = parseJsonTree(text);
  if (problems.length > 0) {
    const broken = problems.map(({ line, column, text }) => ({ line, column, field: "", text }));
    return { manifest: undefined, problems: broken, warnings: [] };
  }
  const check = new Check(text);
  check.top(root);
  if (check.problems.length > 0) {
    return { manifest: undefined, problems: inOrder(check.problems), warnings: inOrder(check.warnings) };
  }
  return { manifest: toManifest(root), problems: [], warnings: inOrder(check.warnings) };
}

function inOrder(problems: readonly ManifestProblem[]): ManifestProblem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** Looks at every value of a manifest. */
class Check {
  readonly problems: ManifestProblem[] = [];
  readonly warnings: ManifestProblem[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  top(root: JsonNode | undefined): void {
    if (root?.type !== "object") {
      const text = root === undefined ? "the file is empty" : `the file holds ${shown(root)}`;
      this.#add(this.problems, { node: root, field: "", text: `${text}: wanted {"models": […]}` });
      return;
    }
    this.#names(root, { prefix: "", known: TOP_FIELDS });
    const models = propertyOf(root, "models");
    if (models === undefined) {
      this.#add(this.problems, {
        node: root,
        field: "models",
        text: 'it is missing: wanted a list, "models": []',
      });
    } else if (models.type !== "array") {
      this.#add(this.problems, {
        node: models,
        field: "models",
        text: `it is ${shown(models)}: wanted a list`,
      });
    }
    const names = new Map<string, number>();
    for (const [index, model] of itemsOf(models).entries()) this.#model(model, index, names);
    this.#group(propertyOf(root, "settings"), "settings", SETTINGS_FIELDS);
    this.#group(propertyOf(root, "metadata"), "metadata", METADATA_FIELDS);
  }

  #model(node: JsonNode, index: number, names: Map<string, number>): void {
    const field = `models[${index}]`;
    if (!this.#group(node, field, MODEL_FIELDS)) return;
    const name = propertyOf(node, "name");
    if (name === undefined) {
      this.#add(this.problems, {
        node,
        field: `${field}.name`,
        text: 'it is missing: wanted "name": "org/name"',
      });
      return;
    }
    if (MODEL_FIELDS["name"]?.check(name.value) !== undefined) return;
    const key = modelKey(parseReference(String(name.value)));
    const earlier = names.get(key);
    if (earlier === undefined) names.set(key, index);
    else {
      const text = `${shown(name)} is there already, as models[${earlier}]: wanted each model once`;
      this.#add(this.problems, { node: name, field: `${field}.name`, text });
    }
  }

  /** @returns whether it is a group of fields. */
  #group(node: JsonNode | undefined, field: string, rules: FieldRules): boolean {
    if (node === undefined) return false;
    if (node.type !== "object") {
      if (node.type === "null" && !field.startsWith("models")) return false;
      this.#add(this.problems, { node, field, text: `it is ${shown(node)}: wanted an object, {…}` });
      return false;
    }
    for (const { name, value } of propertiesOf(node)) {
      const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
      // As good as left out, as other programs write it.
      if (rule === undefined || (value.type === "null" && name !== "name")) continue;
      const wanted = rule.check(plain(value));
      if (wanted === undefined) continue;
      this.#add(this.problems, {
        node: value,
        field: `${field}.${name}`,
        text: `it is ${shown(value)}: ${wanted}${meant(value, rule.schema)}`,
      });
    }
    this.#names(node, { prefix: `${field}.`, known: Object.keys(rules) });
    return true;
  }

  /** No field of ours twice. Unknown ones are somebody's own; those that look like one of ours are said. */
  #names(
    node: JsonNode,
    { prefix, known }: { readonly prefix: string; readonly known: readonly string[] },
  ): void {
    for (const { name, key, firstLine } of repeatedProperties(this.#text, node)) {
      // What is doubled among the fields of others is theirs to know.
      if (!known.includes(name)) continue;
      const text = `it stands in line ${firstLine} already: wanted each field once`;
      this.#add(this.problems, { node: key, field: `${prefix}${name}`, text });
    }
    for (const { name, key } of propertiesOf(node)) {
      if (known.includes(name)) continue;
      const field = `${prefix}${name}`;
      const belongs = prefix.startsWith("models[") && Object.hasOwn(MISPLACED, name)
        ? MISPLACED[name]
        : undefined;
      if (belongs !== undefined) {
        this.#add(this.problems, { node: key, field, text: `there is no such field: ${belongs}` });
      } else {
        const [near] = nearNames(name, known.filter((each) => Math.abs(each.length - name.length) <= 2), {
          limit: 1,
        });
        if (near !== undefined) {
          this.#add(this.warnings, {
            node: key,
            field,
            text: `there is no such field: did you mean "${near}"?`,
          });
        }
      }
    }
  }

  #add(
    list: ManifestProblem[],
    problem: { readonly node: JsonNode | undefined; readonly field: string; readonly text: string },
  ): void {
    const { node, field, text } = problem;
    list.push({ ...placeOf(this.#text, node?.offset ?? 0), field, text });
  }
}

/** What tells models from each other: case does not count in a repository's name. */
export function modelKey(reference: ModelReference): string {
  return formatReference({ ...reference, repo: reference.repo.toLowerCase() });
}

/** A value without its places. */
function plain(node: JsonNode): unknown {
  if (node.type === "array") return itemsOf(node).map(plain);
  if (node.type === "object") {
    return Object.fromEntries(propertiesOf(node).map(({ name, value }) => [name, plain(value)]));
  }
  return node.value;
}

function shown(node: JsonNode): string {
  const text = JSON.stringify(plain(node)) ?? "nothing";
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** The word that was probably meant. */
function meant(node: JsonNode, schema: Readonly<Record<string, unknown>>): string {
  const words = schema["enum"];
  if (typeof node.value !== "string" || !Array.isArray(words)) return "";
  const [near] = nearNames(node.value, words.map(String), { limit: 1 });
  return near === undefined ? "" : `, perhaps "${near}"`;
}

/** Of what has been checked. */
function toManifest(root: JsonNode | undefined): Manifest {
  const settings = propertyOf(root, "settings");
  const value = (name: string): unknown => propertyOf(settings, name)?.value;
  return {
    models: itemsOf(propertyOf(root, "models")).map(toModel),
    settings: settings === undefined ? NO_SETTINGS : {
      autoCleanup: orUndefined<boolean>(value("auto_cleanup")),
      cleanupAgeDays: orUndefined<number>(value("cleanup_age_days")),
      maxTotalBytes: readSize(value("max_total_size")),
      checkFrequency: orUndefined<CheckFrequency>(value("check_frequency")),
    },
  };
}

function toModel(node: JsonNode): ManifestModel {
  const value = (name: string): unknown => propertyOf(node, name)?.value;
  const reference = parseReference(String(value("name")));
  return {
    name: formatReference(reference),
    reference,
    enabled: orUndefined<boolean>(value("enabled")) ?? true,
    status: orUndefined<ManifestStatus>(value("status")),
    description: orUndefined<string>(value("description")),
    sizeEstimateBytes: readSize(value("size_estimate")),
    priority: orUndefined<ManifestPriority>(value("priority")) ?? "medium",
    tags: itemsOf(propertyOf(node, "tags")).map((tag) => String(tag.value)),
    pinned: orUndefined<boolean>(value("pinned")),
  };
}

/** What the checks have shown to be of the type, or not there. */
function orUndefined<T>(value: unknown): T | undefined {
  return value === null || value === undefined ? undefined : value as T;
}

/** `line 4, column 17: models[0].priority: it is "hihg": …`. */
export function formatProblem({ line, column, field, text }: ManifestProblem): string {
  return `line ${line}, column ${column}: ${field === "" ? "" : `${field}: `}${text}`;
}
