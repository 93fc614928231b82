/**
 * Names of models as Ollama has them: `host/namespace/model:tag`, with defaults left out; pure.
 *
 * @module
 */
import { ModelManagerError } from "../../base/errors.ts";
import { localRepo } from "./app_model.ts";

/** A complete name. */
export interface OllamaName {
  readonly host: string;
  readonly namespace: string;
  readonly model: string;
  readonly tag: string;
}

const DEFAULT_HOST = "registry.ollama.ai";
const DEFAULT_NAMESPACE = "library";
const HUB_HOSTS: ReadonlySet<string> = new Set(["hf.co", "huggingface.co"]);

const HOST = /^\w[\w.:-]{0,349}$/;
/** No dot is in it. */
const NAMESPACE = /^\w[\w-]{0,79}$/;
const PART = /^\w[\w.-]{0,79}$/;

function isValid({ host, namespace, model, tag }: OllamaName): boolean {
  return HOST.test(host) && !host.includes("..") && NAMESPACE.test(namespace) && PART.test(model) &&
    PART.test(tag);
}

/**
 * Reads a name as a person types it.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when Ollama could not have such a model.
 */
export function parseOllamaName(text: string): OllamaName {
  const [, path = "", tag = "latest"] = /^(.*?)(?::([^:/]*))?$/s.exec(text) ?? [];
  const parts = path.split("/");
  const [model = "", namespace = DEFAULT_NAMESPACE, host = DEFAULT_HOST] = parts.reverse();
  const name = { host, namespace, model, tag };
  if (parts.length <= 3 && isValid(name)) return name;
  throw new ModelManagerError("USAGE_ERROR", `"${text}" is no name that Ollama could give to a model`, {
    hints: ["Write it like --name my-model, or --name my-model:q4"],
  });
}

/** The shortest text that means the model. */
export function formatOllamaName({ host, namespace, model, tag }: OllamaName): string {
  const path = host !== DEFAULT_HOST
    ? `${host}/${namespace}/${model}`
    : namespace !== DEFAULT_NAMESPACE
    ? `${namespace}/${model}`
    : model;
  return `${path}:${tag}`;
}

/** Where a name's manifest is among the manifests, with `/`. */
export function ollamaNamePath({ host, namespace, model, tag }: OllamaName): string {
  return [host, namespace, model, tag].join("/");
}

/** The name at such a place; `undefined` when it is none. */
export function ollamaNameOfPath(path: string): OllamaName | undefined {
  const [host = "", namespace = "", model = "", tag = "", ...more] = path.split("/");
  const name = { host, namespace, model, tag };
  return more.length === 0 && isValid(name) ? name : undefined;
}

/** The Hub's repository that a name stands for; `undefined` for a model of Ollama's own library, or of a person. */
export function hubRepoOf({ host, namespace, model }: OllamaName): string | undefined {
  return HUB_HOSTS.has(host.toLowerCase()) ? `${namespace}/${model}` : undefined;
}

/**
 * What Ollama itself would call a model that it pulls from the Hub, so that `ollama run hf.co/org/name:QUANT` finds it;
 * a plain name where Ollama's rules allow no such one.
 */
export function ollamaNameFor(
  model: { readonly repo: string; readonly label: string | undefined },
): OllamaName {
  const { repo, label } = model;
  const [org = "", name] = repo.split("/");
  const tag = (label ?? "latest").replace(/[^\w.-]+/g, "-").replace(/^[.-]+/, "").slice(0, 80) || "latest";
  if (name !== undefined && org !== "local") {
    const hub = { host: "hf.co", namespace: org, model: name, tag };
    if (isValid(hub)) return hub;
  }
  const plain = localRepo(name ?? org).slice("local/".length).toLowerCase().slice(0, 80);
  return { host: DEFAULT_HOST, namespace: DEFAULT_NAMESPACE, model: plain, tag };
}
