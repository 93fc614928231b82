/**
 * Serving, wired to the program: with the Hub behind it where that is asked for.
 *
 * @module
 */
import type { Settings } from "../config/settings.ts";
import type { Fetch } from "../http/fetch.ts";
import { proxyRules } from "../http/proxy.ts";
import { serve, type ServeContext } from "./serve.ts";
import type { RunningServer, ServeOptions } from "./serve_request.ts";

/** What the program was made with. */
export interface ServeSurroundings {
  readonly settings: Pick<Settings, "cache" | "mirrors">;
  readonly environment: Readonly<Record<string, string>>;
  readonly offline?: boolean;
}

/** Starts to serve the library. */
export async function serveLibrary(
  surroundings: ServeSurroundings,
  context: ServeContext & { bareFetch(): Fetch },
  options: ServeOptions = {},
): Promise<RunningServer> {
  if (options.pullThrough !== true) return await serve(context, options);
  const { pullThrough } = await import("./pull_through/pull_through.ts");
  const { settings, environment, offline = false } = surroundings;
  const upstream = {
    endpoint: context.endpoint.replace(/\/+$/, ""),
    mirrors: settings.mirrors,
    fetch: context.bareFetch(),
    clock: context.clock,
    userAgent: context.userAgent,
    proxyFor: proxyRules(environment),
    offline,
    cacheDurationMs: settings.cache.duration * 1000,
    maxRetries: context.settings.maxRetries,
  };
  return await serve(context, options, (parts) => Promise.resolve(pullThrough({ context, upstream }, parts)));
}
