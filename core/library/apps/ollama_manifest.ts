/**
 * Ollama's manifests: which blobs make a model.
 *
 * @module
 */
import { join } from "node:path";

/** What a layer holds; each is the end of its media type. */
export type OllamaLayerKind = "model" | "projector" | "template" | "params";

/** One blob of a model. */
export interface OllamaLayer {
  readonly mediaType: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  readonly size: number;
}

/** What Ollama keeps of one model. */
export interface OllamaManifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly config: OllamaLayer;
  readonly layers: readonly OllamaLayer[];
}

const MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json";
const CONFIG_TYPE = "application/vnd.docker.container.image.v1+json";
const LAYER_TYPE = "application/vnd.ollama.image.";

/** Folders of manifests; a name in the first counts before one in the second. */
export const MANIFEST_FOLDERS: readonly string[] = ["manifests-v2", "manifests"];

/** Where a blob is. @param hex 64 hexadecimal digits. */
export function ollamaBlobPath(directory: string, hex: string): string {
  return join(directory, "blobs", `sha256-${hex}`);
}

/** A layer of a manifest. */
export function ollamaLayer(
  kind: OllamaLayerKind | "config",
  blob: { readonly hex: string; readonly sizeBytes: number },
): OllamaLayer {
  const mediaType = kind === "config" ? CONFIG_TYPE : LAYER_TYPE + kind;
  return { mediaType, digest: `sha256:${blob.hex}`, size: blob.sizeBytes };
}

/** The manifest of a model. */
export function ollamaManifest(config: OllamaLayer, layers: readonly OllamaLayer[]): OllamaManifest {
  return { schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers };
}

/** What is known of a manifest that was read. */
export interface ReadManifest {
  /** Weights and projectors in GGUF files, in their order. */
  readonly files: readonly {
    readonly kind: "model" | "projector";
    readonly hex: string;
    readonly sizeBytes: number;
  }[];
  /** Digest of the blob with the configuration. */
  readonly config: string | undefined;
}

/** Reads a manifest; `undefined` for anything else. What is not of a GGUF model is left out. */
export function readOllamaManifest(text: string): ReadManifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  // A list holds the same model for several ways of running it.
  const all = [value, ...(Array.isArray(value["manifests"]) ? value["manifests"].filter(isRecord) : [])];
  const layers = all.flatMap((each) => Array.isArray(each["layers"]) ? each["layers"].filter(isRecord) : []);
  if (layers.length === 0 && !isRecord(value["config"])) return undefined;
  const files = layers.flatMap((layer) => {
    const kind = /^application\/vnd\.ollama\.image\.(model|projector)$/.exec(String(layer["mediaType"]))?.[1];
    const hex = digestHex(layer["digest"]);
    const sizeBytes = Number(layer["size"]);
    if (kind === undefined || hex === undefined || !Number.isSafeInteger(sizeBytes)) return [];
    return [{ kind: kind === "model" ? "model" as const : "projector" as const, hex, sizeBytes }];
  });
  const config = all.map((each) => isRecord(each["config"]) ? digestHex(each["config"]["digest"]) : undefined)
    .find((hex) => hex !== undefined);
  return { files: [...new Map(files.map((file) => [file.hex, file])).values()], config };
}

function digestHex(value: unknown): string | undefined {
  return /^sha256[:-]([0-9a-f]{64})$/i.exec(String(value))?.[1]?.toLowerCase();
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
