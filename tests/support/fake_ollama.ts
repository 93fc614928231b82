/**
 * An Ollama that runs: as much of its API as is needed to make models of blobs.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";

/** What was made. */
export interface CreatedModel {
  readonly model: string;
  readonly files: Readonly<Record<string, string>>;
}

/** A running one. */
export interface FakeOllama extends AsyncDisposable {
  /** As in `OLLAMA_HOST`. */
  readonly address: string;
  readonly created: readonly CreatedModel[];
  /** Digests of what was sent. */
  readonly uploads: readonly string[];
}

/** Starts one whose models are in a folder; with an `error` it makes none. */
export function startFakeOllama(
  options: { readonly directory: string; readonly error?: string },
): FakeOllama {
  const created: CreatedModel[] = [];
  const uploads: string[] = [];
  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const digest = /^\/api\/blobs\/(sha256:[0-9a-f]{64})$/.exec(pathname)?.[1];
    if (pathname === "/api/version") return Response.json({ version: "0.17.4" });
    if (digest !== undefined && request.method === "HEAD") {
      const path = join(options.directory, "blobs", digest.replace(":", "-"));
      return new Response(null, { status: existsSync(path) ? 200 : 404 });
    }
    if (digest !== undefined) {
      await request.arrayBuffer();
      uploads.push(digest);
      return new Response(null, { status: 201 });
    }
    if (pathname === "/api/create") {
      const { model, files } = await request.json();
      const lines = options.error === undefined
        ? [{ status: "parsing GGUF" }, { status: "success" }]
        : [{ status: "parsing GGUF" }, { error: options.error }];
      if (options.error === undefined) created.push({ model, files });
      return new Response(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    }
    return new Response("404 page not found", { status: 404 });
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  return {
    address: `127.0.0.1:${server.addr.port}`,
    created,
    uploads,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
