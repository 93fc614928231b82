/**
 * A place for files that is another one, but for what a subclass does in its own way.
 *
 * @module
 */
import type { FileFacts } from "../download/plan.ts";
import type { RepoFile } from "../hub/model.ts";
import type { PublishOptions } from "../library/publish.ts";
import type { PulledFile, PullTarget } from "./pull_target.ts";

/** Passes everything on. */
export class DelegatingTarget implements PullTarget {
  readonly #inner: PullTarget;

  constructor(inner: PullTarget) {
    this.#inner = inner;
  }

  get runId(): string {
    return this.#inner.runId;
  }

  get partialFolder(): string {
    return this.#inner.partialFolder;
  }

  pathOf(path: string): string {
    return this.#inner.pathOf(path);
  }

  recognise(file: RepoFile, signal?: AbortSignal): Promise<FileFacts["atTarget"] | undefined> {
    return this.#inner.recognise(file, signal);
  }

  registeredAs(path: string): Promise<string | undefined> {
    return this.#inner.registeredAs(path);
  }

  refresh(): void {
    this.#inner.refresh();
  }

  prepare(paths: readonly string[]): Promise<void> {
    return this.#inner.prepare(paths);
  }

  holds(path: string): boolean {
    return this.#inner.holds?.(path) ?? false;
  }

  publish(path: string, options: PublishOptions & { readonly stagedPath: string }): Promise<string> {
    return this.#inner.publish(path, options);
  }

  register(files: readonly PulledFile[], quant: string | undefined): Promise<void> {
    return this.#inner.register(files, quant);
  }
}
