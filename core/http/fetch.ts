/**
 * The fetch port and how decorators are put around it.
 *
 * @module
 */

/** What `fetch` is to us; injected, so that tests need no network. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Adds one behaviour to a fetch. */
export type FetchDecorator = (next: Fetch) => Fetch;

/** The fetch with all decorators around it; the first one named is the outermost. */
export function compose(base: Fetch, ...decorators: readonly FetchDecorator[]): Fetch {
  return decorators.reduceRight((next, decorate) => decorate(next), base);
}
