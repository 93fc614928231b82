/**
 * The ways to the Hub, wired to the program: who asks, through which proxies and certificates, and what a person is told
 * of it.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { Notifier } from "../base/notifier.ts";
import type { Settings } from "../config/settings.ts";
import type { Fetch } from "../http/fetch.ts";
import { proxyRules, proxyWarnings } from "../http/proxy.ts";
import type { ServerWarnings } from "../http/server_warning.ts";
import type { WaitNotice } from "../http/rate_limit.ts";
import type { HubClient } from "../hub/client.ts";
import type { TokenPlaces } from "../hub/token.ts";
import { readAuthorities, trustingFetch } from "../platform/certificates.ts";
import type { ApiCache } from "../state/api_cache.ts";
import { retryMessage } from "./retry_message.ts";

/** What the program was made with. */
export interface HubSurroundings {
  readonly settings: Pick<Settings, "cache" | "endpoint" | "mirrors">;
  readonly environment: Readonly<Record<string, string>>;
  /** Wins over every other token. */
  readonly token?: string;
  /** Nothing is asked of the network. @default {false} */
  readonly offline?: boolean;
  /** @default {one that trusts the certificates that the variables name} */
  readonly fetch?: Fetch;
}

/** What the ways share with the rest of the program. */
export interface HubParts {
  readonly clock: Clock;
  readonly userAgent: string;
  readonly settings: { readonly maxRetries: number };
  /** Where a token is looked for when none was given. */
  readonly tokenPlaces: TokenPlaces;
  readonly waits: Notifier<WaitNotice>;
  readonly notices: Notifier<string>;
  /** Replies of the Hub that were kept; rejects when the store cannot be opened. @throws After the program was disposed. */
  apiCache(): Promise<ApiCache>;
}

/** As whom a Hub is asked. */
interface Identity {
  readonly token: string | undefined;
  readonly cache?: ApiCache | undefined;
  /** @default the settings' own, with its mirrors */
  readonly endpoint?: string;
}

/** The ways to the Hub; nothing is made or read before it is asked for. */
export class HubAccess {
  readonly #surroundings: HubSurroundings;
  readonly #parts: HubParts;
  #fetch: Fetch | undefined;
  #hub: Promise<HubClient> | undefined;
  /** One for all ways: each message is told once. */
  #warnings: ServerWarnings | undefined;

  constructor(surroundings: HubSurroundings, parts: HubParts) {
    this.#surroundings = surroundings;
    this.#parts = parts;
  }

  /** The Hub of the settings, asked with our own token; made once. */
  hub(): Promise<HubClient> {
    return this.#hub ??= this.#openHub();
  }

  /** The same Hub for another token. Its replies are not kept. */
  hubWithToken(token: string): Promise<HubClient> {
    return this.#makeHub({ token });
  }

  /** Another Hub. It is given no token of ours. */
  otherHub(endpoint: string): Promise<HubClient> {
    return this.#makeHub({ token: undefined, endpoint });
  }

  /** The token for the Hub; `undefined` when there is none. */
  async ownToken(): Promise<string | undefined> {
    const { discoverToken } = await import("../hub/token.ts");
    return this.#surroundings.token ?? (await discoverToken(this.#parts.tokenPlaces))?.token;
  }

  /** Requests without retries, token or cache. Made once: with certificates of its own it has connections of its own. */
  bareFetch(): Fetch {
    if (this.#surroundings.fetch !== undefined) return this.#surroundings.fetch;
    if (this.#fetch !== undefined) return this.#fetch;
    const { certificates, warnings } = readAuthorities(this.#surroundings.environment);
    for (const warning of warnings) this.#parts.notices.emit(warning);
    return this.#fetch = trustingFetch(certificates);
  }

  async #openHub(): Promise<HubClient> {
    const token = await this.ownToken();
    // The cache only saves calls: without the store, the Hub is asked each time.
    const cache = await this.#parts.apiCache().catch(() => undefined);
    for (const warning of proxyWarnings(this.#surroundings.environment)) this.#parts.notices.emit(warning);
    return await this.#makeHub({ token, cache });
  }

  async #makeHub(identity: Identity): Promise<HubClient> {
    // Loaded only now: half of the commands ask nobody.
    const [{ composeFetch }, { ServerWarnings }, { HubClient }] = await Promise.all([
      import("../http/stack.ts"),
      import("../http/server_warning.ts"),
      import("../hub/client.ts"),
    ]);
    const { settings, environment, offline = false } = this.#surroundings;
    const { clock, userAgent, waits, notices, settings: { maxRetries } } = this.#parts;
    this.#warnings ??= new ServerWarnings((message) => notices.emit(message));
    const { token, cache, endpoint = settings.endpoint } = identity;
    return new HubClient({
      endpoint,
      mirrors: identity.endpoint === undefined ? settings.mirrors : [],
      token,
      onNotice: (message) => notices.emit(message),
      fetch: composeFetch({
        fetch: this.bareFetch(),
        clock,
        endpoint,
        token,
        offline,
        userAgent,
        proxyFor: proxyRules(environment),
        cacheStore: cache,
        cacheDurationMs: settings.cache.duration * 1000,
        maxRetries,
        warnings: this.#warnings,
        onWait: (notice) => {
          // A download shows it among its own events.
          if (!waits.emit(notice)) notices.emit(notice.message);
        },
        onRetry: (notice) => notices.emit(retryMessage(notice)),
      }),
    });
  }
}
