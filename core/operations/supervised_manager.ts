/**
 * A model manager that knows what it is doing: when it is disposed, what runs is stopped first, and what is asked of it
 * afterwards is refused with a clear error.
 *
 * @module
 */
import { ModelManagerError, throwIfAborted } from "../base/errors.ts";
import type { ModelManager } from "./model_manager.ts";

/** Why calls end that were under way then. */
export const MANAGER_DISPOSED = "The model manager was disposed";

/** How one method is called. */
interface Rule {
  /** What it gives: a promise, a generator, or nothing because it acts at once. */
  readonly gives: "promise" | "generator" | "nothing";
  /** Which argument has the signal; left out when it takes none. */
  readonly callAt?: number;
}

type MethodName<T> = { [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never }[keyof T];

/** A rule for each method: who adds one has to say how it is called. */
type Rules<T> = { readonly [K in Exclude<MethodName<T>, symbol>]: Rule };

const promise = (callAt?: number): Rule => ({
  gives: "promise",
  ...(callAt === undefined ? {} : { callAt }),
});
const generator = (callAt: number): Rule => ({ gives: "generator", callAt });

const MANAGER_RULES: Rules<ModelManager> = {
  search: promise(1),
  searchPages: generator(1),
  show: promise(1),
  pull: generator(1),
  setRateLimit: { gives: "nothing" },
  list: promise(1),
  space: promise(0),
  scan: generator(0),
  setPinned: promise(2),
  importModels: generator(1),
  link: promise(1),
  planRemove: promise(1),
  remove: promise(1),
  planCleanup: promise(1),
  cleanup: promise(1),
  verify: generator(1),
  update: generator(1),
  claimUpdateCheck: promise(),
  sync: generator(1),
  lock: promise(1),
  login: promise(1),
  logout: promise(),
  whoAmI: promise(0),
  serve: promise(),
  doctor: promise(1),
  permissions: promise(),
};

const QUEUE_RULES: Rules<ModelManager["queue"]> = {
  list: promise(),
  add: promise(),
  pause: promise(),
  resume: promise(),
  retry: promise(),
  cancel: promise(),
  setPriority: promise(),
  move: promise(),
  clear: promise(),
  owner: promise(),
  silentOwner: promise(),
  run: generator(0),
  runInBackground: promise(0),
  setMaxConcurrent: { gives: "nothing" },
  lastBackgroundRun: promise(),
};

const HISTORY_RULES: Rules<ModelManager["history"]> = {
  list: promise(1),
  records: generator(1),
  find: promise(1),
  stats: promise(1),
  clear: promise(1),
};

const SCHEDULE_RULES: Rules<ModelManager["schedules"]> = {
  list: promise(),
  create: promise(),
  remove: promise(),
  enable: promise(),
  disable: promise(),
  setActive: promise(),
  run: promise(0),
};

const MANIFEST_RULES: Rules<ModelManager["manifest"]> = {
  list: promise(),
  add: promise(),
  remove: promise(),
  update: promise(),
  planPrune: promise(),
  schema: promise(),
};

const HF_CACHE_RULES: Rules<ModelManager["hfCache"]> = {
  scan: promise(0),
  planRemove: promise(1),
  remove: promise(1),
  verify: generator(1),
  planCleanup: promise(1),
  cleanup: promise(1),
};

const CACHE_RULES: Rules<ModelManager["cache"]> = { info: promise(), clear: promise() };

type Method = (...args: unknown[]) => unknown;

/** What a method is called with. */
interface Call {
  readonly args: unknown[];
  readonly callAt: number | undefined;
}

function optionsAt(args: readonly unknown[], callAt: number): { readonly signal?: AbortSignal } {
  const given: unknown = args[callAt];
  return typeof given === "object" && given !== null ? given : {};
}

function signalOf(args: readonly unknown[], callAt: number | undefined): AbortSignal | undefined {
  return callAt === undefined ? undefined : optionsAt(args, callAt).signal;
}

function disposedError(): ModelManagerError {
  return new ModelManagerError(
    "USAGE_ERROR",
    "The model manager was disposed: it can be asked nothing more",
    {
      hints: ["Open another one: await openModelManager()"],
    },
  );
}

/** Managers that have been disposed, or are being. */
const disposed = new WeakSet<ModelManager>();

/** Whether a manager that {@link superviseManager} has made was disposed: it can be asked nothing more. */
export function isDisposed(manager: ModelManager): boolean {
  return disposed.has(manager);
}

/** Everything that runs, and the signal that stops it. */
class Supervisor {
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  readonly #generators = new Set<AsyncGenerator<unknown, unknown, undefined>>();
  /** Such as servers: they outlive the call that has made them. */
  readonly #owned = new Set<AsyncDisposable>();

  /** The same object, with each method under supervision. */
  supervise<T extends object>(target: T, rules: Rules<T>): T {
    const kept = new Map<PropertyKey, unknown>();
    const byName = new Map<PropertyKey, Rule>(Object.entries(rules));
    return new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name);
        const rule = byName.get(name);
        if (rule === undefined || typeof value !== "function") return value;
        const known = kept.get(name);
        if (known !== undefined) return known;
        const method = this.#method((...args) => Reflect.apply(value, target, args), rule);
        kept.set(name, method);
        return method;
      },
    });
  }

  #method(call: Method, { gives, callAt }: Rule): Method {
    if (gives === "generator") {
      return (...args) => this.#generate(call, { args: this.#withSignal(args, callAt), callAt });
    }
    if (gives === "promise") {
      return (...args) => this.#promise(call, { args: this.#withSignal(args, callAt), callAt });
    }
    return (...args) => {
      if (this.#stop.signal.aborted) throw disposedError();
      return call(...args);
    };
  }

  /** Who stops the manager stops the call, too. */
  #withSignal(args: readonly unknown[], callAt: number | undefined): unknown[] {
    if (callAt === undefined) return [...args];
    const signal = signalOf(args, callAt);
    const stop = this.#stop.signal;
    const all = [...args];
    while (all.length < callAt) all.push(undefined);
    all[callAt] = {
      ...optionsAt(args, callAt),
      signal: signal === undefined ? stop : AbortSignal.any([signal, stop]),
    };
    return all;
  }

  async #promise(call: Method, { args, callAt }: Call): Promise<unknown> {
    if (this.#stop.signal.aborted) throw disposedError();
    throwIfAborted(signalOf(args, callAt));
    const work = Promise.resolve(call(...args));
    const settled = work.then(() => {}, () => {});
    this.#running.add(settled);
    try {
      const result = await work;
      if (isAsyncDisposable(result)) await this.#own(result);
      return result;
    } finally {
      this.#running.delete(settled);
    }
  }

  async #own(result: AsyncDisposable): Promise<void> {
    if (this.#stop.signal.aborted) await result[Symbol.asyncDispose]();
    else this.#owned.add(result);
  }

  /** What is wrong with a request is thrown at once by some, and so it is here. */
  #generate(call: Method, { args, callAt }: Call): AsyncGenerator<unknown, unknown, undefined> {
    if (this.#stop.signal.aborted) throw disposedError();
    // A generator that was not asked for anything yet has nothing to be stopped.
    const inner = call(...args) as AsyncGenerator<unknown, unknown, undefined>;
    return this.#watch(inner, signalOf(args, callAt));
  }

  async *#watch<E, R>(
    inner: AsyncGenerator<E, R, undefined>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<E, R, undefined> {
    if (this.#stop.signal.aborted) throw disposedError();
    throwIfAborted(signal);
    this.#generators.add(inner);
    try {
      const result = yield* inner;
      // Ended by us between two events, it has no result.
      if (result === undefined) throwIfAborted(this.#stop.signal);
      return result;
    } finally {
      this.#generators.delete(inner);
    }
  }

  /** Stops everything, and waits until it has stopped. */
  async close(): Promise<void> {
    this.#stop.abort(new ModelManagerError("CANCELLED", MANAGER_DISPOSED));
    await Promise.allSettled([
      ...[...this.#generators].map((each) => each.return(undefined)),
      ...this.#running,
      ...[...this.#owned].map((each) => each[Symbol.asyncDispose]()),
    ]);
    this.#owned.clear();
  }
}

function isAsyncDisposable(value: unknown): value is AsyncDisposable {
  return typeof value === "object" && value !== null && Symbol.asyncDispose in value;
}

/**
 * Supervises a manager. Disposing it stops what runs, servers that it has started included, waits for that, and then
 * disposes the manager itself; doing so twice does no harm.
 *
 * Calls made afterwards fail with `USAGE_ERROR`; those that were under way, with `CANCELLED`.
 */
export function superviseManager(manager: ModelManager): ModelManager {
  const supervisor = new Supervisor();
  const members = {
    manifest: supervisor.supervise(manager.manifest, MANIFEST_RULES),
    history: supervisor.supervise(manager.history, HISTORY_RULES),
    queue: supervisor.supervise(manager.queue, QUEUE_RULES),
    schedules: supervisor.supervise(manager.schedules, SCHEDULE_RULES),
    hfCache: supervisor.supervise(manager.hfCache, HF_CACHE_RULES),
    cache: supervisor.supervise(manager.cache, CACHE_RULES),
  };
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    disposed.add(supervised);
    await supervisor.close();
    await manager[Symbol.asyncDispose]();
  };
  const methods = supervisor.supervise(manager, MANAGER_RULES);
  const supervised = new Proxy(methods, {
    get: (target, name) => {
      if (name === Symbol.asyncDispose) return () => closing ??= close();
      return name in members ? Reflect.get(members, name) : Reflect.get(target, name);
    },
  });
  return supervised;
}
