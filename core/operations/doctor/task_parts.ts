/**
 * Small parts of tasks.
 *
 * @module
 */
import type { Need } from "./run_checks.ts";

/** The work is done once, whoever asks first. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => result ??= work();
}

/** The rights to read and write paths. */
export function needsOf(...paths: readonly string[]): Need[] {
  return paths.flatMap((scope) => [{ name: "read", scope }, { name: "write", scope }] as const);
}
