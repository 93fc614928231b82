/**
 * The embedded demo: a Hub with a small library made on the fly, and a place to try things out.
 *
 * @module
 */
import { join } from "node:path";
import { makeTemporaryFolder } from "../platform/temporary_folder.ts";
import { createDemoSource, DEMO_ACCESS } from "../server/demo/demo_source.ts";
import { startHub } from "../server/running_hub.ts";

/** A running demo; disposing stops the Hub and deletes what was downloaded. */
export interface Demo extends AsyncDisposable {
  /** The Hub's URL, for `--endpoint`. */
  readonly endpoint: string;
  /** An empty library, for this demo only. */
  readonly modelsDir: string;
  /** An empty folder for the state, for this demo only. */
  readonly stateDir: string;
}

/**
 * Starts the demo Hub on this machine: `demo/embed-mini-GGUF`, `demo/tiny-llama-GGUF` and a few more, made on the fly.
 */
export async function startDemo(options: { readonly port?: number | undefined } = {}): Promise<Demo> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await makeTemporaryFolder("mm-demo-"));
  const hub = stack.use(
    await startHub({ source: createDemoSource(), access: DEMO_ACCESS, port: options.port ?? 0 }),
  );
  const owned = stack.move();
  return {
    endpoint: hub.endpoint,
    modelsDir: join(folder.path, "models"),
    stateDir: join(folder.path, "state"),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
