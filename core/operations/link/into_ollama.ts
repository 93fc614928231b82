/**
 * Models in Ollama: links among its blobs, and a manifest that names them. A running Ollama is asked to describe the
 * model itself; it then has the bytes already.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { isModelManagerError, ModelManagerError, throwIfAborted } from "../../base/errors.ts";
import { ollamaAddress, ollamaPlace } from "../../library/apps/app_places.ts";
import {
  MANIFEST_FOLDERS,
  ollamaBlobPath,
  type OllamaLayer,
  ollamaLayer,
  ollamaManifest,
  readOllamaManifest,
} from "../../library/apps/ollama_manifest.ts";
import {
  formatOllamaName,
  type OllamaName,
  ollamaNameFor,
  ollamaNamePath,
  parseOllamaName,
} from "../../library/apps/ollama_name.ts";
import { ollamaTemplate } from "../../library/apps/ollama_template.ts";
import { type GgufFacts, ggufFileTypeLabel, readGgufFacts } from "../../library/gguf_facts.ts";
import { GgufProblem } from "../../library/gguf_reader.ts";
import { readTextFileIfExists, writeFileAtomic } from "../../platform/atomic_file.ts";
import { fileFacts, makeDirectory, removeFile } from "../../platform/directory.ts";
import { openRandomFile } from "../../platform/random_file.ts";
import type { Linked, LinkPlace } from "./into_folder.ts";
import { isRefusal, type LinkContext, type LinkHow, linkSource, sha256Of } from "./link_files.ts";
import type { LinkedFile } from "./link_request.ts";
import { isModelFile, type SourceFile, type SourceModel } from "./link_sources.ts";
import { isOllamaFailure, OllamaApi } from "./ollama_api.ts";

/** Ollama as a place to link into. @throws {ModelManagerError} `USAGE_ERROR` for a bad name, `NOT_FOUND` without Ollama. */
export async function ollamaLinkPlace(
  context: LinkContext,
  options: { readonly name: string | undefined },
): Promise<LinkPlace> {
  const name = options.name === undefined ? undefined : parseOllamaName(options.name);
  const { directory, known } = await ollamaPlace(context.apps);
  if (!known) {
    throw new ModelManagerError("NOT_FOUND", `Ollama was not found: "${directory}" does not exist`, {
      hints: ["Start Ollama once: ollama serve", "Or name its folder of models: set OLLAMA_MODELS"],
    });
  }
  let used = false;
  return {
    directory,
    async link(model, how) {
      if (name !== undefined && used) {
        throw new ModelManagerError(
          "USAGE_ERROR",
          "The reference means several models, and there is one name",
          {
            hints: ["Name one quant: mm link org/name:QUANT --into ollama --name NAME"],
          },
        );
      }
      used = true;
      const linker = new OllamaLinker(context, { directory, how });
      return await linker.link(model, name ?? ollamaNameFor(model));
    },
  };
}

/** A GGUF file, and what it is in Ollama. */
interface Weights {
  readonly kind: "model" | "projector";
  readonly file: SourceFile;
  readonly hex: string;
}

class OllamaLinker {
  readonly #context: LinkContext;
  readonly #directory: string;
  readonly #how: LinkHow;

  constructor(context: LinkContext, place: { readonly directory: string; readonly how: LinkHow }) {
    this.#context = context;
    this.#directory = place.directory;
    this.#how = place.how;
  }

  async link(model: SourceModel, name: OllamaName): Promise<Linked> {
    const { dryRun, signal } = this.#how;
    const weights = await this.#weights(model);
    // What Ollama could not load is to leave nothing there.
    const facts = await this.#facts(weights[0]?.file);
    const text = formatOllamaName(name);
    const manifestPath = join(this.#directory, "manifests", ...ollamaNamePath(name).split("/"));
    const isThere = await this.#isThere(name, weights);
    using api = dryRun ? undefined : await OllamaApi.find(ollamaAddress(this.#context.apps), signal);
    const blobs: LinkedFile[] = [];
    for (const each of weights) blobs.push(await this.#putBlob(each, api));
    const manifest = { source: undefined, target: manifestPath, link: undefined, sizeBytes: 0 } as const;
    if (isThere) {
      const mended = dryRun ? [] : await this.#mendBlobs(model, { weights, facts });
      return { name: text, files: [...blobs, ...mended] };
    }
    if (dryRun) return { name: text, files: [...blobs, { ...manifest, status: "planned" }] };
    throwIfAborted(signal);
    const notes: string[] = [];
    const made = api === undefined ? false : await this.#letOllama(api, { text, weights, notes });
    if (!made) await this.#writeManifest(model, { name, manifestPath, weights, facts });
    return { name: text, files: [...blobs, { ...manifest, status: "written" }], notes };
  }

  async #weights(model: SourceModel): Promise<Weights[]> {
    const models = model.files.filter((file) => isModelFile(file.path));
    const [first] = models;
    if (first === undefined) {
      throw new ModelManagerError("FAILED", `Ollama loads GGUF files, and "${model.reference}" has none`, {
        hints: ["See what there is: mm show REF"],
      });
    }
    if (models.length > 1) {
      throw new ModelManagerError(
        "FAILED",
        `"${model.reference}" is in ${models.length} files, and Ollama wants one`,
        {
          hints: [
            "Choose a quant that is one file: mm show REF",
            "Or link it elsewhere: mm link REF --into DIR",
          ],
        },
      );
    }
    const own = model.files.find((file) =>
      file !== first && /(?:^|\/)[^/]*mmproj[^/]*\.gguf$/i.test(file.path)
    );
    const projector = own ?? model.mmproj;
    const { signal } = this.#how;
    const hexOf = (file: SourceFile): Promise<string> => sha256Of(this.#context, file, signal);
    return [
      { kind: "model", file: first, hex: await hexOf(first) },
      ...(projector === undefined
        ? []
        : [{ kind: "projector" as const, file: projector, hex: await hexOf(projector) }]),
    ];
  }

  /** Whether Ollama has the model already. @throws {ModelManagerError} `FAILED` when another has its name. */
  async #isThere(name: OllamaName, weights: readonly Weights[]): Promise<boolean> {
    for (const folder of MANIFEST_FOLDERS) {
      const path = join(this.#directory, folder, ...ollamaNamePath(name).split("/"));
      const text = await readTextFileIfExists(path);
      if (text === undefined) continue;
      const known = readOllamaManifest(text)?.files.map(({ hex }) => hex) ?? [];
      if (weights.every(({ hex }) => known.includes(hex)) && known.length === weights.length) return true;
      if (this.#how.force) return false;
      throw new ModelManagerError(
        "FAILED",
        `Ollama has a different model of the name "${formatOllamaName(name)}"`,
        {
          hints: [
            "Give it another name: mm link REF --into ollama --name NAME",
            "Or replace it: run the same command with --force",
          ],
        },
      );
    }
    return false;
  }

  async #putBlob({ file, hex }: Weights, api: OllamaApi | undefined): Promise<LinkedFile> {
    const target = ollamaBlobPath(this.#directory, hex);
    try {
      return await linkSource(this.#context, file, { ...this.#how, target });
    } catch (error) {
      if (!isRefusal(error) || api === undefined) throw error;
      const result = { source: file.realPath, target, sizeBytes: file.sizeBytes } as const;
      if (await api.hasBlob(hex)) return { ...result, status: "present", link: undefined };
      if (!this.#how.copy) {
        throw new ModelManagerError(
          "PERMISSION_ERROR",
          `No link can be made in Ollama's folder "${this.#directory}"`,
          {
            hints: ["Let Ollama have a copy: run the same command with --copy"],
            cause: error,
          },
        );
      }
      await api.sendBlob(hex, file.realPath);
      return { ...result, status: "copied", link: "copy" };
    }
  }

  /** @returns whether Ollama has made the model; else a note says why not. */
  async #letOllama(
    api: OllamaApi,
    wanted: { readonly text: string; readonly weights: readonly Weights[]; readonly notes: string[] },
  ): Promise<boolean> {
    const { text, weights, notes } = wanted;
    try {
      for (const { hex } of weights) {
        if (await api.hasBlob(hex)) continue;
        notes.push("The Ollama that runs has another folder of models: it does not see this one");
        return false;
      }
      await api.create(text, Object.fromEntries(weights.map(({ file, hex }) => [basename(file.path), hex])));
      return true;
    } catch (error) {
      throwIfAborted(this.#how.signal);
      if (!isOllamaFailure(error)) throw error;
      const reason = isModelManagerError(error) ? error.message : "Ollama did not answer";
      notes.push(`${reason}; its folder was written instead`);
      return false;
    }
  }

  /** Blobs first, the manifest last: Ollama deletes blobs that no manifest names, and loads what one names. */
  async #writeManifest(
    model: SourceModel,
    wanted: {
      readonly name: OllamaName;
      readonly manifestPath: string;
      readonly weights: readonly Weights[];
      readonly facts: GgufFacts;
    },
  ): Promise<void> {
    const { name, manifestPath } = wanted;
    const { layers, config } = describe(model, wanted);
    for (const blob of [...layers, config]) await this.#writeBlob(blob);
    await makeDirectory(dirname(manifestPath));
    const manifest = ollamaManifest(config.layer, layers.map(({ layer }) => layer));
    await writeFileAtomic(manifestPath, JSON.stringify(manifest));
    // A newer Ollama would go on with what it had under the name.
    await removeFile(join(this.#directory, "manifests-v2", ...ollamaNamePath(name).split("/")));
  }

  async #facts(file: SourceFile | undefined): Promise<GgufFacts> {
    if (file === undefined) throw new TypeError("A model has no file");
    try {
      using open = await openRandomFile(file.realPath);
      return await readGgufFacts(open);
    } catch (error) {
      if (!(error instanceof GgufProblem)) throw error;
      throw new ModelManagerError(
        "FAILED",
        `"${file.realPath}" is no GGUF file that Ollama could load: ${error.message}`,
        {
          hints: ["Choose another quant: mm show REF"],
        },
      );
    }
  }

  /** What lies under the name of a text and is something else is put right; other texts than ours are Ollama's. */
  async #mendBlobs(
    model: SourceModel,
    wanted: { readonly weights: readonly Weights[]; readonly facts: GgufFacts },
  ): Promise<LinkedFile[]> {
    const { layers, config } = describe(model, wanted);
    const mended: LinkedFile[] = [];
    for (const blob of [...layers, config]) {
      if (await fileFacts(this.#pathOf(blob)) === undefined || !await this.#writeBlob(blob)) continue;
      const { size: sizeBytes } = blob.layer;
      const target = this.#pathOf(blob);
      mended.push({ source: undefined, target, status: "written", link: undefined, sizeBytes });
    }
    return mended;
  }

  #pathOf({ layer }: Blob): string {
    return ollamaBlobPath(this.#directory, layer.digest.slice("sha256:".length));
  }

  /** @returns whether it was not there, or something else was. */
  async #writeBlob(blob: Blob): Promise<boolean> {
    if (blob.text === undefined) return false;
    const path = this.#pathOf(blob);
    if (await readTextFileIfExists(path) === blob.text) return false;
    await makeDirectory(dirname(path));
    await writeFileAtomic(path, blob.text);
    return true;
  }
}

/** A blob that a manifest names; weights have no text. */
interface Blob {
  readonly layer: OllamaLayer;
  readonly text: string | undefined;
}

/** What Ollama needs of a model. */
function describe(
  model: SourceModel,
  known: { readonly weights: readonly Weights[]; readonly facts: GgufFacts },
): { readonly layers: readonly Blob[]; readonly config: Blob } {
  const { weights, facts } = known;
  const layers = weights.map(({ kind, file: { sizeBytes }, hex }): Blob => ({
    layer: ollamaLayer(kind, { hex, sizeBytes }),
    text: undefined,
  }));
  const template = ollamaTemplate(facts.chatTemplate);
  if (template !== undefined) {
    layers.push(textBlob("template", template.template));
    layers.push(textBlob("params", JSON.stringify({ stop: template.stop })));
  }
  const parts = { facts, weights, layers: layers.map(({ layer }) => layer) };
  return { layers, config: textBlob("config", JSON.stringify(configOf(model, parts))) };
}

function textBlob(kind: "template" | "params" | "config", text: string): Blob {
  const bytes = new TextEncoder().encode(text);
  const hex = createHash("sha256").update(bytes).digest("hex");
  return { layer: ollamaLayer(kind, { hex, sizeBytes: bytes.length }), text };
}

/** What Ollama shows of a model. */
function configOf(
  model: SourceModel,
  known: {
    readonly facts: GgufFacts;
    readonly weights: readonly Weights[];
    readonly layers: readonly OllamaLayer[];
  },
): unknown {
  const { facts, weights, layers } = known;
  const family = facts.architecture ?? "unknown";
  const hasProjector = weights.some(({ kind }) => kind === "projector");
  return {
    model_format: "gguf",
    model_family: family,
    model_families: hasProjector ? [family, "clip"] : [family],
    model_type: parameterText(facts.parameters),
    file_type: ggufFileTypeLabel(facts.fileType) ?? model.label ?? "unknown",
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  };
}

/** `8.0B`, `494.03M`. */
function parameterText(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)}B`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(2)}M`;
  return count >= 1e3 ? `${(count / 1e3).toFixed(2)}K` : String(count);
}
