/**
 * Deno KV on a server that may fall silent: the runtime itself would wait for it, and ask again, without end.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { ModelManagerError } from "../base/errors.ts";

/** A server that lives answers sooner, however busy it is. */
const ANSWER_MS = 10_000;
/** After it has not answered, so long nobody waits for it again. */
const SILENT_MS = 30_000;

/** What is asked of the store with one call each. */
const CALLS: readonly PropertyKey[] = ["get", "getMany", "set", "delete"];

type Method = (...args: unknown[]) => unknown;

/** Limits how long one answer may take. */
class Deadline {
  readonly #clock: Clock;
  readonly #place: string;
  #silentUntilMs = -Infinity;

  constructor(clock: Clock, place: string) {
    this.#clock = clock;
    this.#place = place;
  }

  /** What `ask` gives, if it comes in time. */
  async within<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#clock.monotonic() < this.#silentUntilMs) throw this.#error();
    const answered = new AbortController();
    const late = this.#clock.sleep(ANSWER_MS, { signal: answered.signal }).then(() => {
      this.#silentUntilMs = this.#clock.monotonic() + SILENT_MS;
      throw this.#error();
    });
    late.catch(() => {});
    const answer = ask();
    // It may still fail when nobody waits for it any more.
    answer.catch(() => {});
    try {
      const result = await Promise.race([answer, late]);
      this.#silentUntilMs = -Infinity;
      return result;
    } finally {
      answered.abort();
    }
  }

  #error(): ModelManagerError {
    return new ModelManagerError(
      "NETWORK_ERROR",
      `The state on "${this.#place}" does not answer within ${ANSWER_MS / 1000} s`,
      { hints: ["Keep the state on this machine: unset MM_KV_URL"], retryable: true },
    );
  }
}

/** Members of `target` as they are, but for those that `change` has another one for. */
function withMembers<T extends object>(
  target: T,
  change: (name: PropertyKey, own: Method) => Method | undefined,
): T {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      const own: Method = (...args) => Reflect.apply(value, target, args);
      return change(name, own) ?? own;
    },
  });
}

/**
 * The same store, in which nothing waits for more than ten seconds.
 *
 * @param options.place Names the server in errors; without secrets.
 * @returns a store whose calls fail with `NETWORK_ERROR` when the server is silent: at once for a while after the first.
 */
export function withDeadlines(
  kv: Deno.Kv,
  { clock, place }: { readonly clock: Clock; readonly place: string },
): Deno.Kv {
  const deadline = new Deadline(clock, place);
  const limited = (own: Method): Method => (...args) => deadline.within(async () => await own(...args));
  const operation = (atomic: Deno.AtomicOperation): Deno.AtomicOperation => {
    const limitedOperation: Deno.AtomicOperation = withMembers(
      atomic,
      (name, own) =>
        name === "commit" ? limited(own) : (...args) => {
          own(...args);
          return limitedOperation;
        },
    );
    return limitedOperation;
  };
  const iterator = (entries: Deno.KvListIterator<unknown>): Deno.KvListIterator<unknown> => {
    const limitedEntries: Deno.KvListIterator<unknown> = withMembers(entries, (name, own) => {
      if (name === Symbol.asyncIterator) return () => limitedEntries;
      return name === "next" ? limited(own) : undefined;
    });
    return limitedEntries;
  };
  return withMembers(kv, (name, own) => {
    if (CALLS.includes(name)) return limited(own);
    if (name === "atomic") return () => operation(own() as Deno.AtomicOperation);
    return name === "list" ? (...args) => iterator(own(...args) as Deno.KvListIterator<unknown>) : undefined;
  });
}
