/**
 * A Hub of the end-to-end tests, and a sandbox that uses it.
 *
 * @module
 */
import { type E2eHub, type E2eHubOptions, startE2eHub } from "./e2e_hub.ts";
import { openSandbox, type Sandbox } from "./run_program.ts";

/** Both; they end together. */
export interface HubBox extends AsyncDisposable {
  readonly hub: E2eHub;
  readonly box: Sandbox;
}

/** Starts the Hub, and opens the sandbox. */
export async function openHubBox(options: E2eHubOptions = {}): Promise<HubBox> {
  await using stack = new AsyncDisposableStack();
  const hub = stack.use(await startE2eHub(options));
  const box = stack.use(await openSandbox({ HF_ENDPOINT: hub.endpoint }));
  const owned = stack.move();
  return { hub, box, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
