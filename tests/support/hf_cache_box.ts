/**
 * A sandbox with a cache of the Hub's own tools, filled by us and by Python.
 *
 * @module
 */
import { join } from "node:path";
import type { PullResult } from "../../core/operations/model_manager.ts";
import type { E2eHub } from "./e2e_hub.ts";
import { askPython, type RunningPython, startPython } from "./python.ts";
import { filesBelow, openSandbox, readDocument, type RunOptions, type Sandbox } from "./run_program.ts";

/** What Python's client says of the cache. */
export interface PythonScan {
  readonly warnings: readonly string[];
  readonly incomplete: readonly string[];
  readonly size: number;
  readonly repos: Readonly<
    Record<string, {
      readonly size: number;
      readonly revisions: Readonly<
        Record<string, { readonly refs: readonly string[]; readonly files: readonly string[] }>
      >;
    }>
  >;
}

/** One thing that Python does. */
export type PythonStep = readonly [name: string, ...args: (string | number | null)[]];

/** The sandbox. */
export interface HfCacheBox extends Sandbox {
  /** The cache. */
  readonly cache: string;
  /** Has Python do something; each step has its answer. */
  python(steps: readonly PythonStep[], options?: { readonly offline?: boolean }): Promise<unknown[]>;
  /** The same, without waiting. */
  startPython(steps: readonly PythonStep[]): RunningPython<unknown[]>;
  /** Python's view of the cache. */
  pythonScan(): Promise<PythonScan>;
  /** Pulls into the cache and gives the one result. */
  pull(args: readonly string[], options?: RunOptions): Promise<PullResult>;
  /** Every file in the cache, relative to it, but locks that nobody holds. */
  cached(): Promise<string[]>;
}

/** Opens one; `variables` are set for both programs. */
export async function openHfCacheBox(
  hub: E2eHub,
  variables: Readonly<Record<string, string>> = {},
): Promise<HfCacheBox> {
  const box = await openSandbox({ HF_ENDPOINT: hub.endpoint, ...variables });
  const cache = box.join("hf", "hub");
  const environment = (offline: boolean): Readonly<Record<string, string>> => ({
    HOME: box.home,
    HF_HOME: box.join("hf"),
    HF_ENDPOINT: hub.endpoint,
    HF_TOKEN: "",
    ...variables,
    ...(offline ? { HF_HUB_OFFLINE: "1" } : {}),
  });
  const python: HfCacheBox["python"] = (steps, { offline = false } = {}) =>
    askPython("hf_cache.py", steps, environment(offline));
  return {
    ...box,
    cache,
    python,
    startPython: (steps) => startPython("hf_cache.py", steps, environment(false)),
    async pythonScan() {
      const [answer] = await python([["scan"]]);
      return answer as PythonScan;
    },
    async pull(args, options) {
      const run = await box.run(["pull", ...args, "--to", "hf-cache", "--json"], options);
      const [result] = readDocument<{ results: PullResult[] }>(run).results;
      if (result === undefined) throw new Error(`The pull has no result: ${run.stderr}`);
      return result;
    },
    async cached() {
      return (await filesBelow(cache)).filter((path) => !/^\.locks\/[^/]+\/[^/]+\.lock$/.test(path));
    },
  };
}

/** Where bytes of a model are in its cache. */
export function blobPath(box: HfCacheBox, repo: string, hex: string): string {
  return join(box.cache, `models--${repo.replace("/", "--")}`, "blobs", hex);
}
