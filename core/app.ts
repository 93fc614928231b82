/**
 * The composition root: ports and settings in, the whole program out.
 *
 * @module
 */
import { join } from "node:path";
import { type Clock, systemClock } from "./base/clock.ts";
import { throwIfAborted } from "./base/errors.ts";
import { Notifier } from "./base/notifier.ts";
import { sameAddress } from "./base/same_address.ts";
import { VERSION } from "./base/version.ts";
import type { SettingOrigin } from "./config/resolve_settings.ts";
import type { SettingPath, Settings } from "./config/settings.ts";
import { wireQueue } from "./daemon/queue_wiring.ts";
import { wireSchedules } from "./daemon/schedule_wiring.ts";
import { JobLimit } from "./jobs/job_limit.ts";
import { JobPlaces } from "./jobs/job_places.ts";
import type { SpawnWorker } from "./download/worker_protocol.ts";
import type { Fetch } from "./http/fetch.ts";
import type { WaitNotice } from "./http/rate_limit.ts";
import { formatUserAgent } from "./http/user_agent.ts";
import type { HubClient } from "./hub/client.ts";
import { type AppSettings, appSettings } from "./library/apps/app_places.ts";
import { type HfCacheSettings, hfCacheSettings } from "./library/hf_cache/cache_place.ts";
import { Library } from "./library/library.ts";
import { hubCache } from "./operations/api_cache.ts";
import { damageTeller } from "./operations/damage.ts";
import type { Demo } from "./operations/demo.ts";
import type { OperationContext, TransferMachinery } from "./operations/context.ts";
import { operationSettings } from "./operations/context_settings.ts";
import { wireHfCache } from "./operations/hf_cache_wiring.ts";
import { createHistory } from "./operations/history.ts";
import { HistorySweep } from "./operations/history_sweep.ts";
import { HubAccess } from "./operations/hub_wiring.ts";
import { claimUpdateCheck, withBadges } from "./operations/known_updates.ts";
import { wireMachinery } from "./operations/machinery_wiring.ts";
import { scheduledSync, wireManifest } from "./operations/manifest_wiring.ts";
import type { ModelManager } from "./operations/model_manager.ts";
import { requirePackages } from "./operations/own_packages.ts";
import { wireModels } from "./operations/model_wiring.ts";
import { setRateLimit } from "./operations/rate_limit.ts";
import { search, searchPages } from "./operations/search.ts";
import { updateStores } from "./operations/update_stores.ts";
import type { Directories } from "./platform/dirs.ts";
import { bootId } from "./platform/environment.ts";
import { type KvStore, openStore, requireStoreUrl } from "./platform/kv.ts";
import { machineMemory } from "./platform/memory.ts";
import { ApiCache } from "./state/api_cache.ts";
import type { HistoryStore } from "./state/history.ts";
import type { UpdateStore } from "./state/updates.ts";

const DAY_MS = 86_400_000;

/** What the program is made of. */
export interface AppOptions {
  readonly settings: Settings;
  /** Where the settings come from: a default may mean more than its value. @default {all are set} */
  readonly origins?: ReadonlyMap<SettingPath, SettingOrigin>;
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
  /**
   * Called with what was damaged and put right, once only; says whether a person was told. Else it is a notice, and
   * is kept in the state's directory for the next program that tells. @default nobody is told
   */
  readonly onDamage?: (message: string) => boolean;
}

export type { Demo };

/**
 * Starts a Hub on this machine with a few small models (`demo/embed-mini-GGUF`, `demo/tiny-llama-GGUF`, …), made on the
 * fly, and names empty folders to try things out in: for examples, and for tests of programs that use this library. Its
 * parts are loaded only then.
 *
 * @param options.port Where it listens. @default {a free one}
 * @throws {ModelManagerError} `CONFIG_INVALID` when the source was imported by its path from a project that does not know
 * its packages.
 */
export async function startDemo(options: { readonly port?: number | undefined } = {}): Promise<Demo> {
  await requirePackages();
  const { startDemo: start } = await import("./operations/demo.ts");
  return await start(options);
}

/** Makes the program. It opens nothing and starts nothing before it is used; what nobody was told yet, it tells. */
export function createApp(options: AppOptions): ModelManager {
  const parts = new Parts(options);
  const limits = new JobLimit(options.settings.download.max_concurrent);
  const places = new JobPlaces(limits);
  const queue = wireQueue({
    context: parts,
    stateDir: options.directories.state,
    logsDir: options.directories.logs,
    environment: options.environment,
    limits,
    places,
    store: parts.store,
    installation: () => parts.installation(),
    contextFor: (job) => parts.contextFor(job),
  });
  const manifests = wireManifest({ context: parts, directories: options.directories, store: parts.store });
  return {
    search: (query, call) => search(parts, query, call),
    searchPages: (query, call) => searchPages(parts, query, call),
    ...wireModels(parts),
    setRateLimit: (limit) => setRateLimit(parts, limit),
    async list(query, call) {
      throwIfAborted(call?.signal);
      return await withBadges(parts, await parts.library.list(query));
    },
    async space(call) {
      throwIfAborted(call?.signal);
      return await (await import("./operations/space.ts")).space(parts);
    },
    claimUpdateCheck: () => claimUpdateCheck(parts),
    history: createHistory({
      context: parts,
      open: () => parts.openHistory(),
      onUsed: (history) => parts.sweep.start(history),
    }),
    queue,
    ...manifests,
    schedules: wireSchedules({
      ...options,
      context: parts,
      store: parts.store,
      installation: () => parts.installation(),
      places,
      sync: scheduledSync(manifests),
    }),
    hfCache: wireHfCache(parts),
    cache: hubCache(() => parts.apiCache()),
    login: async (token, call) => await (await import("./operations/account.ts")).login(parts, token, call),
    logout: async () => await (await import("./operations/account.ts")).logout(parts),
    whoAmI: async (call) => await (await parts.hub()).whoAmI(call),
    serve: async (request) =>
      await (await import("./operations/serve_wiring.ts")).serveLibrary(options, parts, request),
    async doctor(request, call) {
      const { doctor, doctorHost } = await import("./operations/doctor/doctor.ts");
      const { store } = parts;
      const host = doctorHost(options, { context: parts, store, queueOwner: () => queue.owner() });
      return await doctor(host, request, call);
    },
    async permissions(set) {
      const { permissionCommand } = await import("./operations/permission_command.ts");
      return await permissionCommand(set, { ...options, context: parts, tokenPlaces: parts.tokenPlaces });
    },
    [Symbol.asyncDispose]: () => parts.close(),
  };
}

/** Everything that operations share, each part made once, when it is first asked for. */
class Parts implements OperationContext {
  readonly clock: Clock;
  readonly settings: OperationContext["settings"];
  readonly library: Library;
  readonly ownFolders: readonly string[];
  readonly endpoint: string;
  readonly waits: Notifier<WaitNotice> = new Notifier();
  readonly notices: Notifier<string> = new Notifier();
  readonly bootId: string | undefined = bootId();
  readonly userAgent: string = formatUserAgent(VERSION);
  readonly hfCache: HfCacheSettings;
  readonly apps: AppSettings;
  readonly tokenPlaces: { readonly environment: Readonly<Record<string, string>>; readonly home: string };
  /** Deletes old records of the history. */
  readonly sweep: HistorySweep;
  readonly #options: AppOptions;
  readonly #hubs: HubAccess;
  readonly #tellDamage: (message: string) => void;
  readonly #updates: ReturnType<typeof updateStores>;
  #closed = false;
  #store: Promise<KvStore> | undefined;
  #history: HistoryStore | undefined;
  #installation: Promise<string> | undefined;
  #gpuMemory: Promise<number | undefined> | undefined;
  #machinery: TransferMachinery | undefined;

  constructor(options: AppOptions) {
    this.#options = options;
    this.clock = options.clock ?? systemClock;
    const { settings, environment, directories, onNotice, onDamage } = options;
    this.#tellDamage = damageTeller({ stateDir: directories.state, onDamage, notices: this.notices });
    this.settings = operationSettings(options);
    this.sweep = new HistorySweep({ clock: this.clock, keepMs: settings.history.keep_days * DAY_MS });
    this.ownFolders = [directories.config, directories.state];
    this.endpoint = settings.endpoint;
    this.library = this.#libraryIn(settings.models_dir);
    const { clock, endpoint, store } = this;
    this.#updates = updateStores({ clock, endpoint, modelsDir: settings.models_dir, store });
    this.tokenPlaces = { environment, home: directories.home };
    this.hfCache = hfCacheSettings(environment, directories.home);
    this.apps = appSettings(environment, directories.home);
    this.#hubs = new HubAccess(options, this);
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

  gpuMemoryBytes(): Promise<number | undefined> {
    return this.#gpuMemory ??= import("./platform/gpu_memory.ts").then(({ gpuMemory }) => gpuMemory());
  }

  hub(): Promise<HubClient> {
    return this.#hubs.hub();
  }

  hubWithToken(token: string): Promise<HubClient> {
    return this.#hubs.hubWithToken(token);
  }

  machinery(): TransferMachinery {
    return this.#machinery ??= wireMachinery(this.#options, this);
  }

  async history(): Promise<HistoryStore> {
    const history = await this.openHistory();
    this.sweep.start(history);
    return history;
  }

  /** The history as it is. */
  async openHistory(): Promise<HistoryStore> {
    const [{ HistoryStore }, { kv }, installation] = await Promise.all([
      import("./state/history.ts"),
      this.#openStore(),
      this.store.isFile ? undefined : this.installation(),
    ]);
    return this.#history ??= new HistoryStore(kv, {
      clock: this.clock,
      isShared: !this.store.isFile,
      installation,
      onNotice: (message) => this.notices.emit(message),
    });
  }

  /** Which of those that share a store this is. */
  installation(): Promise<string> {
    return this.#installation ??= import("./platform/installation.ts")
      .then(({ installationId }) => installationId(this.#options.directories.state));
  }

  updates(): Promise<UpdateStore> {
    return this.#updates.updates();
  }

  updatesIfKept(): Promise<UpdateStore | undefined> {
    return this.#updates.updatesIfKept();
  }

  /** The Hub's replies in the store. */
  apiCache(): Promise<ApiCache> {
    return this.#openStore().then(({ kv }) => new ApiCache(kv));
  }

  /** The store itself, for the queue. */
  get store(): { readonly isFile: boolean; readonly location: string; open(): Promise<Deno.Kv> } {
    const url = this.#options.environment["MM_KV_URL"] ?? "";
    return {
      isFile: url === "",
      location: url === "" ? join(this.#options.directories.state, "state.kv") : url,
      open: async () => (await this.#openStore()).kv,
    };
  }

  /** This, or the same with another library or Hub. Another Hub is given no token of ours. */
  contextFor(place: { readonly modelsDir: string; readonly endpoint: string }): OperationContext {
    // In a store that machines share, a path of one of them means nothing to the others.
    const modelsDir = this.store.isFile ? place.modelsDir : this.library.modelsDir;
    const sameHub = sameAddress(place.endpoint, this.endpoint);
    if (sameHub && modelsDir === this.library.modelsDir) return this;
    const { clock, settings, ownFolders, waits, notices, userAgent } = this;
    const endpoint = sameHub ? this.endpoint : place.endpoint;
    let hub: Promise<HubClient> | undefined;
    const memoryBytes = (): number | undefined => this.memoryBytes;
    return {
      get memoryBytes() {
        return memoryBytes();
      },
      clock,
      settings,
      ownFolders,
      waits,
      notices,
      userAgent,
      bootId: this.bootId,
      hfCache: this.hfCache,
      apps: this.apps,
      endpoint,
      library: modelsDir === this.library.modelsDir ? this.library : this.#libraryIn(modelsDir),
      gpuMemoryBytes: () => this.gpuMemoryBytes(),
      hub: () => sameHub ? this.hub() : hub ??= this.#hubs.otherHub(endpoint),
      machinery: () => this.machinery(),
      history: () => this.history(),
      ...updateStores({ clock, endpoint, modelsDir, store: this.store }),
    };
  }

  /** Ends the threads and closes the store. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#machinery?.pool[Symbol.dispose]();
    await this.sweep.close();
    const store = await this.#store?.catch(() => undefined);
    await store?.[Symbol.asyncDispose]();
  }

  #libraryIn(modelsDir: string): Library {
    const onWarning = (message: string): void => void this.notices.emit(message);
    return new Library({ modelsDir, clock: this.clock, onWarning, onDamage: this.#tellDamage });
  }

  /** The token for the Hub. */
  ownToken(): Promise<string | undefined> {
    return this.#hubs.ownToken();
  }

  bareFetch(): Fetch {
    return this.#hubs.bareFetch();
  }

  #openStore(): Promise<KvStore> {
    if (this.#closed) throw new TypeError("Cannot use a model manager that has been disposed");
    return this.#store ??= this.#openStoreOnce();
  }

  async #openStoreOnce(): Promise<KvStore> {
    const { isFile, location } = this.store;
    if (!isFile) requireStoreUrl(location);
    const store = await openStore(location, { clock: this.clock });
    for (const warning of store.warnings) this.#tellDamage(warning);
    return store;
  }
}
