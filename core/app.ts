/**
 * The composition root: ports and settings in, the whole program out.
 *
 * @module
 */
import { join } from "node:path";
import { type Clock, systemClock } from "./base/clock.ts";
import { Notifier } from "./base/notifier.ts";
import { VERSION } from "./base/version.ts";
import type { Settings } from "./config/settings.ts";
import { RateLimiter } from "./download/rate_limiter.ts";
import { WorkerPool } from "./download/worker_pool.ts";
import type { SpawnWorker } from "./download/worker_protocol.ts";
import type { Fetch } from "./http/fetch.ts";
import { proxyRules, proxyWarnings } from "./http/proxy.ts";
import type { WaitNotice } from "./http/rate_limit.ts";
import type { RetryNotice } from "./http/retry.ts";
import { composeFetch } from "./http/stack.ts";
import { formatUserAgent } from "./http/user_agent.ts";
import { HubClient } from "./hub/client.ts";
import { discoverToken } from "./hub/token.ts";
import { Library } from "./library/library.ts";
import { login, logout } from "./operations/account.ts";
import type { Demo } from "./operations/demo.ts";
import type { OperationContext, TransferMachinery } from "./operations/context.ts";
import type { History, ModelManager } from "./operations/model_manager.ts";
import { pull } from "./operations/pull.ts";
import { planRemove, remove } from "./operations/remove.ts";
import { search } from "./operations/search.ts";
import { show } from "./operations/show.ts";
import { verify } from "./operations/verify.ts";
import type { Directories } from "./platform/dirs.ts";
import { bootId } from "./platform/environment.ts";
import { type KvStore, openStore } from "./platform/kv.ts";
import { machineMemory, processorCount } from "./platform/memory.ts";
import { ApiCache } from "./state/api_cache.ts";
import { HistoryStore } from "./state/history.ts";

/** More threads gain nothing: one fetches more than 500 MB/s over TLS. */
const MAX_DOWNLOAD_WORKERS = 4;

const DEFAULT_CONNECTIONS = 8;
const MAX_CONNECTIONS = 16;

/** What the program is made of. */
export interface AppOptions {
  readonly settings: Settings;
  readonly directories: Directories;
  /** Variables of the process, such as `HF_TOKEN` and `MM_KV_URL`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Starts worker threads: `spawnWorker` of `workers/spawn.ts`. */
  readonly spawnWorker: SpawnWorker;
  /** Wins over every other token. */
  readonly token?: string;
  /** Nothing is asked of the network. @default {false} */
  readonly offline?: boolean;
  /** @default {globalThis.fetch} */
  readonly fetch?: Fetch;
  /** @default {systemClock} */
  readonly clock?: Clock;
  /** Called with what a person should know although all is well. */
  readonly onNotice?: (message: string) => void;
}

export type { Demo };

/** Starts the embedded demo; its parts are loaded only then. */
export async function startDemo(options: { readonly port?: number | undefined } = {}): Promise<Demo> {
  const { startDemo: start } = await import("./operations/demo.ts");
  return await start(options);
}

/** Makes the program. It opens nothing and starts nothing before it is used. */
export function createApp(options: AppOptions): ModelManager {
  const parts = new Parts(options);
  const history: History = {
    list: async (query) => (await parts.history()).list(query),
    stats: async (query) => (await parts.history()).stats(query),
    clear: async (query) => (await parts.history()).clear(query),
  };
  return {
    search: (query, call) => search(parts, query, call),
    show: (reference, call) => show(parts, reference, call),
    pull: (request, call) => pull(parts, request, call),
    list: (query) => parts.library.list(query),
    planRemove: (references) => planRemove(parts, references),
    remove: (references) => remove(parts, references),
    verify: (references, call) => verify(parts, references, call),
    history,
    login: (token, call) => login(parts, token, call),
    logout: () => logout(parts),
    whoAmI: async (call) => await (await parts.hub()).whoAmI(call),
    [Symbol.asyncDispose]: () => parts.close(),
  };
}

function retryMessage({ attempt, maxAttempts, delayMs, error }: RetryNotice): string {
  const seconds = Math.max(1, Math.round(delayMs / 1000));
  return `${error.message}: trying again in ${seconds} s (attempt ${attempt + 1} of ${maxAttempts})`;
}

/** Everything that operations share, each part made once, when it is first asked for. */
class Parts implements OperationContext {
  readonly clock: Clock;
  readonly settings: OperationContext["settings"];
  readonly library: Library;
  readonly endpoint: string;
  readonly waits: Notifier<WaitNotice> = new Notifier();
  readonly notices: Notifier<string> = new Notifier();
  readonly bootId: string | undefined = bootId();
  readonly userAgent: string = formatUserAgent(VERSION);
  readonly tokenPlaces: { readonly environment: Readonly<Record<string, string>>; readonly home: string };
  readonly #options: AppOptions;
  #closed = false;
  #store: Promise<KvStore> | undefined;
  #history: HistoryStore | undefined;
  #hub: Promise<HubClient> | undefined;
  #machinery: TransferMachinery | undefined;

  constructor(options: AppOptions) {
    this.#options = options;
    this.clock = options.clock ?? systemClock;
    const { settings, environment, directories, onNotice } = options;
    const { download, cleanup } = settings;
    this.settings = {
      connections: download.connections,
      // Who sets a number means it; the default is only where to begin.
      maxConnections: download.connections === DEFAULT_CONNECTIONS ? MAX_CONNECTIONS : download.connections,
      stallTimeoutMs: download.stall_timeout * 1000,
      timeoutMs: download.timeout * 1000,
      maxRetries: download.max_retries,
      limitBytesPerSecond: download.limit_rate ?? undefined,
      reserveBytes: cleanup.reserve,
    };
    this.endpoint = settings.endpoint;
    this.library = new Library({
      modelsDir: settings.models_dir,
      clock: this.clock,
      onWarning: (message) => this.notices.emit(message),
    });
    this.tokenPlaces = { environment, home: directories.home };
    if (onNotice !== undefined) this.notices.subscribe(onNotice);
  }

  /** Asked for only when it is shown: it takes a permission of its own. */
  get memoryBytes(): number | undefined {
    try {
      return machineMemory();
    } catch {
      return undefined;
    }
  }

  hub(): Promise<HubClient> {
    return this.#hub ??= this.#openHub();
  }

  hubWithToken(token: string): Promise<HubClient> {
    return Promise.resolve(this.#makeHub({ token }));
  }

  machinery(): TransferMachinery {
    return this.#machinery ??= this.#makeMachinery();
  }

  async history(): Promise<HistoryStore> {
    const { kv } = await this.#openStore();
    return this.#history ??= new HistoryStore(kv, { clock: this.clock });
  }

  /** Ends the threads and closes the store. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#machinery?.pool[Symbol.dispose]();
    const store = await this.#store?.catch(() => undefined);
    await store?.[Symbol.asyncDispose]();
  }

  async #openHub(): Promise<HubClient> {
    const token = this.#options.token ?? (await discoverToken(this.tokenPlaces))?.token;
    // The cache only saves calls: without the store, the Hub is asked each time.
    const store = await this.#openStore().catch(() => undefined);
    for (const warning of proxyWarnings(this.#options.environment)) this.notices.emit(warning);
    return this.#makeHub({ token, cache: store === undefined ? undefined : new ApiCache(store.kv) });
  }

  #makeHub(
    identity: { readonly token: string | undefined; readonly cache?: ApiCache | undefined },
  ): HubClient {
    const { settings, environment, fetch: base = fetch, offline = false } = this.#options;
    const { endpoint, mirrors, cache: { duration } } = settings;
    const { token, cache } = identity;
    return new HubClient({
      endpoint,
      mirrors,
      token,
      onNotice: (message) => this.notices.emit(message),
      fetch: composeFetch({
        fetch: base,
        clock: this.clock,
        endpoint,
        token,
        offline,
        userAgent: this.userAgent,
        proxyFor: proxyRules(environment),
        cacheStore: cache,
        cacheDurationMs: duration * 1000,
        maxRetries: this.settings.maxRetries,
        onWait: (notice) => {
          // A download shows it among its own events.
          if (!this.waits.emit(notice)) this.notices.emit(notice.message);
        },
        onRetry: (notice) => this.notices.emit(retryMessage(notice)),
      }),
    });
  }

  #makeMachinery(): TransferMachinery {
    if (!this.#options.settings.download.verify) {
      // The hash costs nothing that the network does not hide, and the library's promise rests on it.
      this.notices.emit("The setting download.verify is off, but every file is verified before it appears");
    }
    const downloadWorkers = Math.min(MAX_DOWNLOAD_WORKERS, Math.max(1, Math.floor(processorCount() / 2)));
    const pool = new WorkerPool({
      spawnWorker: this.#options.spawnWorker,
      downloadWorkers,
      hashWorkers: 1,
      connections: this.settings.connections,
    });
    return { pool, limiter: new RateLimiter({ slots: pool.slots, clock: this.clock }) };
  }

  #openStore(): Promise<KvStore> {
    if (this.#closed) throw new TypeError("Cannot use a model manager that has been disposed");
    return this.#store ??= this.#openStoreOnce();
  }

  async #openStoreOnce(): Promise<KvStore> {
    const { directories, environment } = this.#options;
    const url = environment["MM_KV_URL"] ?? "";
    const store = await openStore(url === "" ? join(directories.state, "state.kv") : url, {
      clock: this.clock,
    });
    for (const warning of store.warnings) this.notices.emit(warning);
    return store;
  }
}
