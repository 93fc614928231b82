/**
 * The Hub behind this server: asked in the name of each client, with that client's own token and no other.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import { isModelManagerError } from "../../base/errors.ts";
import type { Fetch } from "../../http/fetch.ts";
import type { ProxyRules } from "../../http/proxy.ts";
import { composeFetch } from "../../http/stack.ts";
import { HubClient } from "../../hub/client.ts";
import type { ModelInfo } from "../../hub/model.ts";
import { authCheckUrl } from "../../hub/routes.ts";
import type { Counter } from "../../server/metrics.ts";
import { Refusal } from "../../server/reply.ts";
import { Remembered } from "./remembered.ts";
import { ReplyMemory } from "./reply_memory.ts";
import {
  passOn,
  readRefusal,
  saysNothing,
  toRefusal,
  UpstreamDown,
  type UpstreamRefusal,
} from "./upstream_refusal.ts";

/** Clients wait about ten seconds for an answer: the Hub has to give one before that. */
const ANSWER_MS = 7_000;
/** One that could not be reached is not asked again for so long. */
const DOWN_MS = 5_000;
/**
 * How long a right to a private or gated model is taken for granted, and whether a model is gated at all; and how long
 * the lack of a right.
 */
const GRANTED_MS = 60_000;
const REFUSED_MS = 10_000;

/** Files of models that are remembered: some ten megabytes. */
const MAX_KEPT_FILES = 100_000;

/** What the upstream is made of. */
export interface UpstreamOptions {
  /** Base URL of the Hub. */
  readonly endpoint: string;
  readonly mirrors: readonly string[];
  /** The bare `fetch`. */
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly proxyFor?: ProxyRules | undefined;
  readonly offline: boolean;
  /** How long the Hub's answers hold. */
  readonly cacheDurationMs: number;
  /** Attempts after the first one, of downloads. */
  readonly maxRetries: number;
  /** Counts the requests that reached the network, by status. */
  readonly requests?: Counter | undefined;
}

/** One conversation in the name of somebody. */
export interface Errand {
  readonly fetch: Fetch;
  readonly hub: HubClient;
  /** The last refusal that came, as it came. */
  said(): UpstreamRefusal | undefined;
}

/** How a conversation goes. */
export interface ErrandOptions {
  readonly isDownload?: boolean;
  /** In milliseconds. */
  readonly keepMs?: number;
}

/** Whose answers are kept apart; the token cannot be read back from it. */
function askerKey(token: string | undefined): string {
  return token === undefined ? "anonymous" : createHash("sha256").update(token).digest("hex");
}

/** Asks the Hub, and remembers for a while what it said to whom. */
export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #replies = new ReplyMemory();
  readonly #facts: Remembered<ModelInfo | Refusal>;
  readonly #rights: Remembered<Refusal | undefined>;
  #downUntil = -Infinity;
  #downBecause = "";

  constructor(options: UpstreamOptions) {
    this.#options = options;
    const { clock, cacheDurationMs } = options;
    this.#facts = new Remembered({
      clock,
      maxEntries: 500,
      weigh: (answer) => answer instanceof Refusal ? 0 : answer.files.length,
      maxWeight: MAX_KEPT_FILES,
      keepMs: (answer) => answer instanceof Refusal ? Math.min(REFUSED_MS, cacheDurationMs) : this.#grantedMs,
    });
    this.#rights = new Remembered({
      clock,
      keepMs: (refusal) => refusal === undefined ? GRANTED_MS : REFUSED_MS,
    });
  }

  get #grantedMs(): number {
    return Math.min(GRANTED_MS, this.#options.cacheDurationMs);
  }

  /** Base URL of the Hub. */
  get endpoint(): string {
    return this.#options.endpoint;
  }

  /**
   * Begins a conversation.
   *
   * @param options.isDownload Fetches files: with more patience, and from mirrors too.
   * @param options.keepMs How long earlier answers hold. @default {of what a token may have opened, a minute at most}
   */
  errand(token: string | undefined, options: ErrandOptions = {}): Errand {
    const { endpoint, mirrors, clock, userAgent, offline, proxyFor, cacheDurationMs, maxRetries } =
      this.#options;
    const { isDownload = false, keepMs = token === undefined ? cacheDurationMs : this.#grantedMs } = options;
    let said: UpstreamRefusal | undefined;
    const fetch = composeFetch({
      fetch: async (input, init) => {
        const response = await this.#options.fetch(input, init);
        this.#options.requests?.add({ status: String(response.status) });
        if (response.status >= 400) said = readRefusal(response);
        return response;
      },
      clock,
      endpoint,
      token,
      offline,
      userAgent,
      proxyFor,
      cacheDurationMs: keepMs,
      maxWaitMs: 0,
      ...(isDownload ? { maxRetries } : { maxRetries: 0, timeoutMs: ANSWER_MS, cacheStore: this.#replies }),
    });
    const hub = new HubClient({ endpoint, token, fetch, ...(isDownload ? { mirrors } : {}) });
    return { fetch, hub, said: () => said };
  }

  /**
   * Asks something, unless the Hub could not be reached a moment ago.
   *
   * @throws {Refusal} What the Hub said; {@link UpstreamDown} when it could not be reached, or is broken.
   */
  async ask<T>(
    token: string | undefined,
    question: (errand: Errand) => Promise<T>,
    options: Pick<ErrandOptions, "keepMs"> = {},
  ): Promise<T> {
    const { clock } = this.#options;
    if (clock.monotonic() < this.#downUntil) throw new UpstreamDown(this.#downBecause);
    const errand = this.errand(token, options);
    try {
      return await question(errand);
    } catch (error) {
      const said = errand.said();
      const refusal = toRefusal(error, said);
      if (refusal instanceof UpstreamDown) {
        this.#downUntil = clock.monotonic() + DOWN_MS;
        this.#downBecause = refusal.message;
      }
      if (said === undefined && !isModelManagerError(error)) throw error;
      throw refusal;
    }
  }

  /**
   * What the Hub says of a model at a revision to the holder of a token; without a revision, at the default branch.
   *
   * @throws {Refusal}
   */
  async facts(model: {
    readonly repo: string;
    readonly revision: string | undefined;
    readonly token: string | undefined;
  }): Promise<ModelInfo> {
    const { repo, revision, token } = model;
    const key = [askerKey(token), repo, revision ?? ""].join("\n");
    const answer = await this.#facts.get(key, async () => {
      try {
        // Remembered here: what is as old as it may be must not become older.
        return await this.ask(token, ({ hub }) => hub.modelInfo(repo, { revision }), { keepMs: 0 });
      } catch (error) {
        if (error instanceof Refusal && !saysNothing(error)) return error;
        throw error;
      }
    });
    if (answer instanceof Refusal) throw answer;
    return answer;
  }

  /** Asks anew next time what a model has, whoever asks. */
  forgetFacts(repo: string): void {
    this.#facts.forget((key) => key.split("\n")[1] === repo);
  }

  /**
   * Why the holder of a token may not have the files of a repository; `undefined` when it may. The Hub is asked, and
   * nobody else decides.
   *
   * @throws {Refusal} When it cannot be asked.
   */
  rightTo(repo: string, token: string): Promise<Refusal | undefined> {
    return this.#rights.get(`${askerKey(token)}\n${repo}`, async () => {
      try {
        await this.ask(token, async ({ fetch }) => {
          const response = await fetch(authCheckUrl(this.endpoint, repo), {
            redirect: "manual",
            cache: "no-store",
          });
          await response.body?.cancel();
          if (!response.ok) throw passOn(readRefusal(response));
        });
        return undefined;
      } catch (error) {
        if (error instanceof Refusal && !saysNothing(error)) return error;
        throw error;
      }
    });
  }
}
