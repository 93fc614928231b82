/**
 * The Hub and its mirrors: whom to ask, in which order, and what to say when that changes.
 *
 * @module
 */
import { causeMessages, isModelManagerError, ModelManagerError } from "../base/errors.ts";
import { parseEndpoint } from "./routes.ts";

/** A Hub, or a mirror of it. */
export interface HubHost {
  /** Base URL without a trailing slash. */
  readonly base: string;
  readonly origin: string;
  /** A mirror never gets the token, whatever its origin. */
  readonly isMirror: boolean;
}

/** A host that could not be reached, and why. */
export class UnreachableHost {
  readonly host: HubHost;
  readonly error: ModelManagerError;

  constructor(host: HubHost, error: ModelManagerError) {
    this.host = host;
    this.error = error;
  }
}

/** What the hosts are, and whom to tell of changes. */
export interface HubHostsOptions {
  /** Base URL of the Hub. */
  readonly endpoint: string;
  /** Base URLs of its mirrors, in the order in which they are tried. @default {[]} */
  readonly mirrors?: readonly string[] | undefined;
  readonly onNotice?: ((message: string) => void) | undefined;
}

function hubHost(base: string, { isMirror }: { readonly isMirror: boolean }): HubHost {
  return { base, origin: new URL(base).origin, isMirror };
}

function quotedList(hosts: readonly HubHost[]): string {
  return hosts.map(({ base }) => `"${base}"`).join(" and ");
}

/** What is at the bottom of it, without the host's name: the sentence around it has that. */
function reasonOf(error: ModelManagerError): string {
  let bottom = error;
  while (isModelManagerError(bottom.cause)) bottom = bottom.cause;
  return bottom.message.replace(/^Cannot reach "[^"]*": /, "").replace(/^"[^"]*" (?=answered )/, "it ");
}

/**
 * The hosts in a ring. Whoever has answered last is asked first: after a change, the process stays with the new
 * host until that one cannot be reached either.
 */
export class HubHosts {
  /** The Hub itself. */
  readonly own: HubHost;
  readonly #ring: readonly HubHost[];
  readonly #onNotice: ((message: string) => void) | undefined;
  #current: HubHost;

  /** @throws {ModelManagerError} `CONFIG_INVALID` when one of the addresses is no usable URL. */
  constructor(options: HubHostsOptions) {
    const endpoint = parseEndpoint(options.endpoint);
    const mirrors = new Set((options.mirrors ?? []).map((mirror) => parseEndpoint(mirror, "mirror")));
    mirrors.delete(endpoint);
    this.own = hubHost(endpoint, { isMirror: false });
    this.#ring = [this.own, ...[...mirrors].map((base) => hubHost(base, { isMirror: true }))];
    this.#current = this.own;
    this.#onNotice = options.onNotice;
  }

  /** Whether there are others than the Hub itself. */
  get hasMirrors(): boolean {
    return this.#ring.length > 1;
  }

  /** Every host once, the one that is in use first. */
  inTurn(): readonly HubHost[] {
    const first = this.#ring.indexOf(this.#current);
    return [...this.#ring.slice(first), ...this.#ring.slice(0, first)];
  }

  /** The same address at another host; one that is below none of the hosts stays as it is. */
  at(host: HubHost, url: URL): URL {
    const below = this.#ring.filter(({ base }) => url.href.startsWith(`${base}/`))
      .sort((a, b) => b.base.length - a.base.length)[0];
    return below === undefined || below === host
      ? url
      : new URL(host.base + url.href.slice(below.base.length));
  }

  /**
   * A host has answered after others had failed: it is used from now on, which is said once. When another request
   * has changed the host in the meantime, that stands.
   */
  settle(host: HubHost, failures: readonly UnreachableHost[], facts: { readonly hasToken: boolean }): void {
    const [first] = failures;
    if (first === undefined || this.#current !== first.host) return;
    this.#current = host;
    const tokenStays = facts.hasToken && host.isMirror ? " without the access token" : "";
    const use = host.isMirror ? `the mirror "${host.base}"${tokenStays}` : `"${host.base}" again`;
    this.#onNotice?.(
      `${quotedList(failures.map((failure) => failure.host))} cannot be reached, using ${use} ` +
        `(${reasonOf(first.error)})`,
    );
  }

  /** The error when nobody can be reached. */
  unreachable(failures: readonly UnreachableHost[]): ModelManagerError {
    const [first] = failures;
    if (first !== undefined && failures.length === 1) return first.error;
    const sorted = this.#ring.flatMap((host) => failures.filter((failure) => failure.host === host));
    const messages = sorted.flatMap(({ error }) => [error.message, ...causeMessages(error)]);
    const cause = [...new Set(messages)].reduceRight<Error | undefined>(
      (below, message) => new Error(message, below === undefined ? undefined : { cause: below }),
      undefined,
    );
    const mirrors = this.#ring.length === 2
      ? `its mirror "${this.#ring[1]?.base}"`
      : `any of its ${this.#ring.length - 1} mirrors`;
    const hints = new Set(sorted.slice(0, 1).flatMap(({ error }) => error.hints));
    return new ModelManagerError(
      "NETWORK_ERROR",
      `Neither "${this.own.base}" nor ${mirrors} can be reached`,
      {
        hints: [...hints, "See the mirrors: mm config get mirrors"],
        retryable: sorted.some(({ error }) => error.retryable),
        cause,
      },
    );
  }
}
