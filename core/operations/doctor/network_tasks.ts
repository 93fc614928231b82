/**
 * Everything about the network that is looked at, all of it at once.
 *
 * @module
 */
import { ModelManagerError } from "../../base/errors.ts";
import { composeFetch } from "../../http/stack.ts";
import { compose, type Fetch } from "../../http/fetch.ts";
import { withNetworkErrors } from "../../http/network_error.ts";
import { proxyRules, proxyWarnings } from "../../http/proxy.ts";
import { withinDeadline } from "../../http/timeout.ts";
import { withUserAgent } from "../../http/user_agent.ts";
import { HubClient } from "../../hub/client.ts";
import { findRemoteFile, inspectRegistry } from "../../library/registry_inspection.ts";
import { tryToConnect } from "../../platform/reachable.ts";
import { runtimeFacts } from "../../platform/runtime_facts.ts";
import { type Finding, fromError, skipped } from "./check.ts";
import type { DoctorHost } from "./host.ts";
import { checkFileHost } from "./file_host_check.ts";
import { type HubReplyFacts, probeHub } from "./hub_probe.ts";
import {
  checkClock,
  checkProxy,
  checkRateLimit,
  checkReply,
  proxyAddress,
  type ProxyFacts,
} from "./network_checks.ts";
import type { CheckTask, Need } from "./run_checks.ts";
import { once } from "./task_parts.ts";
import { checkAccount } from "./token_checks.ts";
import { tokenFacts } from "./token_task.ts";

/** All tasks that ask somebody. */
export function networkTasks(host: DoctorHost): CheckTask[] {
  if (!host.offline) return new NetworkTasks(host).all();
  return [{
    id: "network",
    group: "network",
    title: "network",
    run: () => skipped("--offline, so nobody was asked", ["See the rest: mm doctor, without --offline"]),
  }];
}

/** Sooner than the limit of the checks, so that those which wait for the reply can say why they were not made. */
const REPLY_LIMIT_MS = 4_000;

function silentError(endpoint: string): ModelManagerError {
  return new ModelManagerError(
    "NETWORK_ERROR",
    `"${endpoint}" does not answer within ${REPLY_LIMIT_MS / 1000} s`,
    { hints: ["Check the network connection and the proxy settings, then: mm doctor"] },
  );
}

/** Without a mirror, the others are asked. */
function mirrorFailure(error: unknown): Finding {
  return { ...fromError(error, "warning"), hints: ["See the mirrors: mm config get mirrors"] };
}

/** What the requests of one run share. */
class NetworkTasks {
  readonly #host: DoctorHost;
  readonly #fetch: Fetch;
  readonly #signal = new AbortController();
  /** Asked once; four lines come of it. */
  readonly #reply: () => Promise<HubReplyFacts>;
  readonly #token: () => ReturnType<typeof tokenFacts>;

  constructor(host: DoctorHost) {
    const { environment, context: { userAgent, clock }, settings: { endpoint } } = host;
    this.#host = host;
    this.#fetch = compose(host.fetch, withUserAgent(userAgent), withNetworkErrors(proxyRules(environment)));
    this.#reply = once(() =>
      withinDeadline((late) => {
        const signal = AbortSignal.any([late, this.#signal.signal]);
        return probeHub(endpoint, { fetch: this.#fetch, clock, signal });
      }, { clock, timeoutMs: REPLY_LIMIT_MS, onTimeout: () => silentError(endpoint) })
    );
    this.#token = once(() => tokenFacts(host));
  }

  all(): CheckTask[] {
    const { settings: { endpoint, mirrors } } = this.#host;
    return [
      this.#task(
        "endpoint",
        "endpoint",
        async () => checkReply(await this.#reply(), { hasToken: await this.#hasToken(), isMirror: false }),
      ),
      ...mirrors.map((mirror, index) => this.#mirrorTask(mirror, index)),
      this.#fileHostTask(),
      this.#task("account", "account", (signal) => this.#account(signal)),
      this.#task(
        "rate_limit",
        "rate limit",
        async () => await this.#ifReached(async (reply) => checkRateLimit(reply, await this.#hasToken())),
      ),
      this.#task("clock", "clock", () => this.#clock()),
      ...this.#proxyTasks([endpoint, ...mirrors]),
    ];
  }

  #task(id: string, title: string, run: CheckTask["run"]): CheckTask {
    const { host } = new URL(this.#host.settings.endpoint);
    const needs: Need[] = [{ name: "net", scope: host }];
    return {
      id,
      group: "network",
      title,
      about: this.#host.settings.endpoint,
      needs,
      run: (signal) => {
        // Whoever is told to stop first stops the question that all of them share: they have the same limit.
        signal.addEventListener("abort", () => this.#signal.abort(signal.reason), { once: true });
        return run(signal);
      },
    };
  }

  async #hasToken(): Promise<boolean> {
    return await this.#token().catch(() => undefined) !== undefined;
  }

  /** One line says that the endpoint is out of reach; the others need not repeat it. */
  async #ifReached(check: (reply: HubReplyFacts) => Finding | Promise<Finding>): Promise<Finding> {
    const reply = await this.#reply().catch(() => undefined);
    if (reply === undefined) return skipped("the endpoint does not answer");
    if (!reply.isHub && reply.status !== 401 && reply.status !== 403 && reply.status !== 429) {
      return skipped("the endpoint does not answer as a Hub does");
    }
    return await check(reply);
  }

  #mirrorTask(mirror: string, index: number): CheckTask {
    const { context: { clock } } = this.#host;
    return {
      id: `mirror.${index + 1}`,
      group: "network",
      title: `mirror ${index + 1}`,
      about: mirror,
      needs: [{ name: "net", scope: new URL(mirror).host }],
      run: async (signal) => {
        try {
          const reply = await probeHub(mirror, { fetch: this.#fetch, clock, signal });
          return checkReply(reply, { hasToken: false, isMirror: true });
        } catch (error) {
          return mirrorFailure(error);
        }
      },
    };
  }

  /** First the Hub is asked where a file is, then the host that it names. */
  #fileHostTask(): CheckTask {
    let asked = this.#host.settings.endpoint;
    const run = (signal: AbortSignal): Promise<Finding> => this.#fileHost(signal, (host) => asked = host);
    return { ...this.#task("file_host", "file host", run), about: () => asked };
  }

  async #fileHost(signal: AbortSignal, onAsk: (host: string) => void): Promise<Finding> {
    const { settings: { models_dir: modelsDir } } = this.#host;
    return await this.#ifReached(async ({ status }) => {
      if (status === 429) return skipped("the endpoint has had too many requests from here");
      const registry = await inspectRegistry(modelsDir).catch(() => undefined);
      const token = await this.#token().catch(() => undefined);
      return await checkFileHost({
        hub: this.#hub(token?.token),
        fetch: this.#fetch,
        signal,
        onAsk,
        known: registry === undefined ? undefined : findRemoteFile(registry.entries),
      });
    });
  }

  async #account(signal: AbortSignal): Promise<Finding> {
    const token = await this.#token().catch(() => undefined);
    if (token === undefined) return skipped("there is no token that could be sent");
    return await this.#ifReached(() => checkAccount(token, () => this.#hub(token.token).whoAmI({ signal })));
  }

  /** A client of its own: without retries, and without a rate limit's gate that somebody else has closed. */
  #hub(token: string | undefined): HubClient {
    const { fetch, environment, settings: { endpoint }, context: { clock, userAgent } } = this.#host;
    const stack = composeFetch({
      fetch,
      clock,
      endpoint,
      token,
      userAgent,
      offline: false,
      cacheDurationMs: 0,
      maxRetries: 0,
      proxyFor: proxyRules(environment),
    });
    return new HubClient({ endpoint, token, fetch: stack });
  }

  async #clock(): Promise<Finding> {
    const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const reply = await this.#reply().catch(() => undefined);
    if (reply === undefined) return skipped(`the endpoint does not answer; time zone ${timeZone}`);
    return checkClock(reply.aheadMs, { timeZone, os: runtimeFacts().os });
  }

  #proxyTasks(addresses: readonly string[]): CheckTask[] {
    const { environment } = this.#host;
    const rules = proxyRules(environment);
    const routes = addresses.map((address) => {
      const url = new URL(address);
      return { host: url.host, proxy: rules(url) };
    });
    const exceptions = environment["NO_PROXY"] ?? environment["no_proxy"] ?? "";
    const facts: ProxyFacts = { warnings: proxyWarnings(environment), routes, exceptions };
    const proxies = new Map(routes.flatMap(({ proxy }) => proxy === undefined ? [] : [[proxy.host, proxy]]));
    return [
      { id: "proxy", group: "network", title: "proxy", run: () => checkProxy(facts) },
      ...[...proxies.values()].map((proxy, index): CheckTask => {
        const address = proxyAddress(proxy);
        return {
          id: `proxy.${index + 1}`,
          group: "network",
          title: `proxy ${index + 1}`,
          about: proxy.host,
          needs: [{ name: "net", scope: proxy.host }],
          run: async (signal) => {
            await tryToConnect(address, { signal });
            return { status: "ok", detail: `"${proxy.host}" answers` };
          },
        };
      }),
    ];
  }
}
