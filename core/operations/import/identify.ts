/**
 * Which repositories of the Hub have exactly the bytes that were found.
 *
 * @module
 */
import { isModelManagerError, throwIfAborted } from "../../base/errors.ts";
import type { HubClient } from "../../hub/client.ts";
import type { ModelInfo, RepoFile } from "../../hub/model.ts";
import { isWeightsPath } from "../../library/apps/scan_folder.ts";
import { readGgufFacts } from "../../library/gguf_facts.ts";
import { isGgufPath } from "../../library/gguf_check.ts";
import { fileStem, quantLabel } from "../../library/quant_label.ts";
import { openRandomFile } from "../../platform/random_file.ts";
import type { OperationContext } from "../context.ts";
import { hasBytes, type HashedFile } from "./hash_found.ts";

/** A file of the Hub with the same bytes. */
export interface Identity {
  readonly info: ModelInfo;
  readonly file: RepoFile;
}

/** How many hits of a search are looked into, a model. */
const MAX_CANDIDATES = 4;

type IdentifyContext = Pick<OperationContext, "hub" | "notices">;

/** Asks the Hub; when it cannot be asked, it says so once, and knows nothing. */
export class Identifier {
  readonly #context: IdentifyContext;
  readonly #signal: AbortSignal | undefined;
  readonly #infos = new Map<string, Promise<ModelInfo | undefined>>();
  #off = false;

  constructor(context: IdentifyContext, options: { readonly signal?: AbortSignal | undefined }) {
    this.#context = context;
    this.#signal = options.signal;
  }

  /** What the Hub says of a repository, if it says anything. */
  async info(repo: string, revision?: string): Promise<ModelInfo | undefined> {
    const key = `${repo}@${revision ?? ""}`;
    const asked = this.#infos.get(key) ??
      this.#ask((hub, signal) => hub.modelInfo(repo, { revision, signal }));
    this.#infos.set(key, asked);
    return await asked;
  }

  /** The identities of one model's files, as far as they have any; all of its weights are looked for. */
  async identify(files: readonly HashedFile[]): Promise<ReadonlyMap<HashedFile, Identity>> {
    const found = new Map<HashedFile, Identity>();
    const [first] = files;
    if (first === undefined) return found;
    const { repo, commit } = first.model;
    const note = (info: ModelInfo | undefined): void => {
      if (info === undefined) return;
      for (const file of files) {
        const same = found.has(file) ? undefined : sameFile(info, file);
        if (same !== undefined) found.set(file, { info, file: same });
      }
    };
    const isDone = (): boolean => files.every((file) => !isWeightsPath(file.name) || found.has(file));
    if (repo !== undefined && commit !== undefined) note(await this.info(repo, commit));
    if (repo !== undefined && !isDone()) note(await this.info(repo));
    if (!isDone() && !this.#off) {
      const largest = files.filter((file) => isWeightsPath(file.name) && !found.has(file))
        .reduce((most, file) => (file.sizeBytes > most.sizeBytes ? file : most), first);
      for (const candidate of await this.#search(largest)) {
        note(await this.info(candidate));
        if (isDone()) break;
      }
    }
    return found;
  }

  async #search(file: HashedFile): Promise<string[]> {
    const words = new Set([searchWords(file.name), ...(await this.#ownName(file))]);
    const repos = new Set<string>();
    for (const text of words) {
      if (text.length < 3) continue;
      const query = { text, limit: MAX_CANDIDATES, allFormats: !isGgufPath(file.name) };
      const hits = await this.#ask(async (hub, signal) => {
        const models: string[] = [];
        for await (const { repo } of hub.searchModels(query, { signal })) models.push(repo);
        return models;
      });
      for (const repo of hits ?? []) repos.add(repo);
    }
    return [...repos];
  }

  /** Ollama's names are its own; the model's are in the file. */
  async #ownName({ realPath, name }: HashedFile): Promise<string[]> {
    if (!isGgufPath(name)) return [];
    try {
      using file = await openRandomFile(realPath);
      const facts = await readGgufFacts(file);
      return facts.name === undefined ? [] : [facts.name.slice(0, 96).replaceAll(/\s+/g, "-")];
    } catch {
      return [];
    }
  }

  async #ask<T>(
    question: (hub: HubClient, signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T | undefined> {
    if (this.#off) return undefined;
    try {
      return await question(await this.#context.hub(), this.#signal);
    } catch (error) {
      throwIfAborted(this.#signal);
      if (!isModelManagerError(error) || error.code === "CANCELLED") throw error;
      if (error.code === "NOT_FOUND" || error.code === "GATED") return undefined;
      if (!this.#off && error.code !== "OFFLINE") {
        this.#context.notices.emit(`The Hub could not be asked where the files are from: ${error.message}`);
      }
      this.#off = true;
      return undefined;
    }
  }
}

/** By the size first: it costs nothing. */
function sameFile(info: ModelInfo, { hashes, sizeBytes, name }: HashedFile): RepoFile | undefined {
  const same = info.files.filter((file) =>
    file.sizeBytes === sizeBytes && file.digest !== undefined && hasBytes(hashes, file.digest)
  );
  return same.find((file) => file.path === name) ?? same[0];
}

/** The words of a file's name without its quant, such as `Llama-3.2-1B-Instruct`. */
export function searchWords(name: string): string {
  const stem = fileStem(name).replace(/^mmproj[-_.]?/i, "");
  const label = quantLabel(name);
  if (label === undefined) return stem;
  const pattern = label.split("").map((letter) => (/[-_.]/.test(letter) ? "[-_.]" : RegExp.escape(letter)))
    .join("");
  return stem.replace(new RegExp(`[-_.]*(?:i1[-_.])?${pattern}$`, "i"), "");
}
