/**
 * Ollama's own API, when it runs: it knows best how to describe a model whose bytes it has.
 *
 * @module
 */
import { isModelManagerError, ModelManagerError, throwIfAborted } from "../../base/errors.ts";
import { type LoopbackClient, openLoopbackClient } from "../../platform/loopback_client.ts";

/** Nobody waits longer for a program that may not run. */
const ANSWER_MS = 2_000;

/** A running Ollama. */
export class OllamaApi implements Disposable {
  readonly #client: LoopbackClient;
  readonly #signal: AbortSignal | undefined;

  private constructor(client: LoopbackClient, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#signal = signal;
  }

  /** Looks whether one answers on this machine. */
  static async find(address: string, signal: AbortSignal | undefined): Promise<OllamaApi | undefined> {
    const client = openLoopbackClient(address);
    if (client === undefined) return undefined;
    const api = new OllamaApi(client, signal);
    const version = await api.#ask("GET", "/api/version").catch(() => undefined);
    const isOllama = version?.ok === true && /"version"/.test(await version.text().catch(() => ""));
    throwIfAborted(signal);
    if (isOllama) return api;
    client[Symbol.dispose]();
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }

  /** Whether it has a blob: then its folder is the one that we look into, or it was given it before. */
  async hasBlob(hex: string): Promise<boolean> {
    const response = await this.#ask("HEAD", `/api/blobs/sha256:${hex}`);
    await response.body?.cancel();
    return response.ok;
  }

  /** Sends it the bytes of a file, which it copies. @throws {ModelManagerError} What it says. */
  async sendBlob(hex: string, file: string): Promise<void> {
    const path = `/api/blobs/sha256:${hex}`;
    const response = await this.#client.request({
      method: "POST",
      path,
      body: { file },
      signal: this.#any(),
    });
    if (!response.ok) throw refused(await readError(response));
    await response.body?.cancel();
  }

  /**
   * Lets it make a model of blobs that it has.
   *
   * @param files Digests by file name.
   * @throws {ModelManagerError} What it says.
   */
  async create(name: string, files: Readonly<Record<string, string>>): Promise<void> {
    const digests = Object.fromEntries(Object.entries(files).map(([path, hex]) => [path, `sha256:${hex}`]));
    const body = JSON.stringify({ model: name, files: digests, stream: true });
    const response = await this.#client.request({
      method: "POST",
      path: "/api/create",
      body,
      signal: this.#any(),
    });
    if (!response.ok) throw refused(await readError(response));
    // Its answer has begun long before it knows how it ends.
    const lines = (await response.text()).split("\n").filter((line) => line.trim() !== "");
    const error = lines.map(errorOfLine).find((text) => text !== undefined);
    if (error !== undefined) throw refused(error);
    if (!/"success"/.test(lines.at(-1) ?? "")) throw refused("it did not finish");
  }

  #any(): AbortSignal {
    return this.#signal ?? new AbortController().signal;
  }

  async #ask(method: "GET" | "HEAD", path: string): Promise<Response> {
    const signal = AbortSignal.any([this.#any(), AbortSignal.timeout(ANSWER_MS)]);
    return await this.#client.request({ method, path, signal });
  }
}

async function readError(response: Response): Promise<string> {
  const text = await response.text().catch(() => "");
  return errorOfLine(text) ?? `status ${response.status}`;
}

function errorOfLine(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || !("error" in value)) return undefined;
    return String(value.error).slice(0, 300);
  } catch {
    return undefined;
  }
}

function refused(reason: string): ModelManagerError {
  return new ModelManagerError("FAILED", `Ollama could not make the model: ${reason}`, {
    hints: ["Bring Ollama up to date, or end it and run the same command again"],
  });
}

/** Whether an error is what Ollama, or the connection to it, says; not what the person or the disk says. */
export function isOllamaFailure(error: unknown): boolean {
  return error instanceof TypeError || (isModelManagerError(error) && error.code === "FAILED");
}
