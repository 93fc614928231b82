/**
 * A sandbox with folders of other programs in it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ggufFile } from "../../core/server/demo/gguf_file.ts";
import { modelMetadata } from "../../core/server/demo/gguf_metadata.ts";
import type { E2eHub } from "./e2e_hub.ts";
import { expectedBytes } from "./random_model.ts";
import { openSandbox, type Sandbox } from "./run_program.ts";

/** A home with LM Studio's and Ollama's folders, if only by what is put there. */
export interface AppBox extends Sandbox {
  readonly lmStudio: string;
  readonly ollama: string;
  /** Makes a file with its folders. */
  put(path: string, bytes: Uint8Array | string): Promise<string>;
  /** Makes a blob of Ollama's. @returns its digest in hexadecimal. */
  putBlob(bytes: Uint8Array | string): Promise<string>;
  /** Makes a manifest of Ollama's, such as `hf.co/org/name/Q4_K_M`, with a configuration. */
  putManifest(name: string, layers: readonly OllamaTestLayer[]): Promise<string>;
}

/** A layer of a test's manifest. */
export interface OllamaTestLayer {
  readonly kind: "model" | "projector" | "template" | "license";
  readonly hex: string;
  readonly sizeBytes: number;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Opens it; no Ollama is running unless a test says where. */
export async function openAppBox(hub: Pick<E2eHub, "endpoint">): Promise<AppBox> {
  const sandbox = await openSandbox({ HF_ENDPOINT: hub.endpoint, OLLAMA_HOST: "127.0.0.1:1" });
  const lmStudio = join(sandbox.home, ".lmstudio", "models");
  const ollama = join(sandbox.home, ".ollama", "models");
  const put = async (path: string, bytes: Uint8Array | string): Promise<string> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    return path;
  };
  const putBlob = async (content: Uint8Array | string): Promise<string> => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const hex = sha256(bytes);
    await put(join(ollama, "blobs", `sha256-${hex}`), bytes);
    return hex;
  };
  return {
    ...sandbox,
    lmStudio,
    ollama,
    put,
    putBlob,
    async putManifest(name, layers) {
      const config = JSON.stringify({ model_format: "gguf", model_family: "llama", file_type: "Q4_0" });
      const hex = await putBlob(config);
      const mediaType = "application/vnd.docker.container.image.v1+json";
      return await put(
        join(ollama, "manifests", ...name.split("/")),
        JSON.stringify({
          schemaVersion: 2,
          mediaType: "application/vnd.docker.distribution.manifest.v2+json",
          config: { mediaType, digest: `sha256:${hex}`, size: config.length },
          layers: layers.map(({ kind, hex, sizeBytes: size }) => ({
            mediaType: `application/vnd.ollama.image.${kind}`,
            digest: `sha256:${hex}`,
            size,
          })),
        }),
      );
    },
  };
}

/** The bytes of a file of the Hub. */
export async function hubBytes(hub: E2eHub, repo: string, path: string): Promise<Uint8Array> {
  return await expectedBytes(hub.source, { repo, path, revision: "main" });
}

/** The number of the bytes on the disk: the same for all names of one file. */
export async function inode(path: string): Promise<number> {
  return (await stat(path)).ino;
}

/** A small but true GGUF file. */
export async function tinyGguf(
  options: { readonly seed?: number; readonly chatTemplate?: string; readonly name?: string } = {},
): Promise<Uint8Array> {
  const { seed = 1, chatTemplate, name = "Tiny Test" } = options;
  const measures = { contextLength: 128, width: 32, layers: 1, feedForward: 64, heads: 2, vocabulary: 32 };
  const file = await ggufFile({
    path: "tiny-Q8_0.gguf",
    metadata: modelMetadata({ architecture: "llama", name, sizeLabel: "1M", measures, chatTemplate }, "Q8_0"),
    tensors: [{ name: "token_embd.weight", dimensions: [32, 64] }],
    quant: "Q8_0",
    seed,
  });
  return file.read({ start: 0, end: file.sizeBytes });
}
