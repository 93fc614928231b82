/**
 * The bench's side of the server process.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { ServerOptions, ServerReady, ServerStatistics } from "./server.ts";

/** A server that is ready; disposing of it ends the process. */
export interface ServerProcess extends ServerReady, AsyncDisposable {
  /** Whom clients have to trust; `undefined` without TLS. */
  readonly caFile: string | undefined;
  statistics(): Promise<ServerStatistics>;
  /** Starts counting from zero. */
  reset(): Promise<void>;
}

async function readLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
  }
  throw new Error("The bench server ended before it was ready");
}

/** Starts a server and waits until it listens. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const script = fileURLToPath(new URL("./server.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", script, JSON.stringify(options)],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const ready: ServerReady = JSON.parse(await readLine(child.stdout));
  const ask = async (path: string): Promise<ServerStatistics> => {
    const response = await fetch(`${ready.controlUrl}/${path}`);
    return await response.json();
  };
  return {
    ...ready,
    caFile: options.certificate?.caFile,
    statistics: () => ask("statistics"),
    async reset() {
      await ask("reset");
    },
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await child.status;
    },
  };
}
