/**
 * The Hub and its mirrors: whether they answer, as a Hub does, at the right time, and how often they may be asked.
 *
 * @module
 */
import type { ProxyRoute } from "../../http/proxy.ts";
import { type Finding, ok, problem, skipped, warning } from "./check.ts";
import type { HubReplyFacts } from "./hub_probe.ts";

const CHECK_ENDPOINT = "Check the address: mm config get endpoint";

function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

/** Whether the address is encrypted, or at least does not leave the machine. */
function isExposed(base: string): boolean {
  const { protocol, hostname } = new URL(base);
  return protocol === "http:" && !/^(?:localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}

/** What a reply says of the one who gave it. */
export function checkReply(
  reply: HubReplyFacts,
  context: { readonly hasToken: boolean; readonly isMirror: boolean },
): Finding {
  const { base, status, latencyMs, isHub, elsewhere } = reply;
  const secure = base.startsWith("https:") ? ", TLS is valid" : "";
  const detail = `"${base}" answers in ${milliseconds(latencyMs)}${secure}`;
  const hint = context.isMirror ? "See the mirrors: mm config get mirrors" : CHECK_ENDPOINT;
  if (elsewhere !== undefined) {
    return problem(`"${base}" sends its callers to "${elsewhere}"`, [
      context.isMirror ? hint : `If you trust that place: mm config set endpoint ${elsewhere}`,
    ]);
  }
  if (status === 429) {
    return warning(`${detail}, but has had too many requests from here`, [
      "Wait, or log in for a higher limit: mm login",
    ]);
  }
  if (status >= 500) return problem(`"${base}" answers with ${status}`, ["Try again later: mm doctor", hint]);
  // A Hub that wants a token for everything is one.
  if (!isHub && status !== 401 && status !== 403) {
    return problem(`"${base}" does not answer as a Hub does (${status})`, [
      hint,
      "If the network wants a log-in, open any page in a browser first, then: mm doctor",
    ]);
  }
  if (!context.isMirror && context.hasToken && isExposed(base)) {
    return warning(`${detail}, but not encrypted: others on the way can read your token`, [
      "Use https if it can: mm config set endpoint https://…",
    ]);
  }
  return ok(detail);
}

/** What is left of the requests that may be made. */
export function checkRateLimit(reply: HubReplyFacts, hasToken: boolean): Finding {
  const { rateLimit, rateQuota, waitMs, status } = reply;
  const hints = hasToken
    ? ["Wait for the limit to reset, then: mm doctor"]
    : ["Log in for a higher limit: mm login"];
  if (status === 429) {
    const wait = waitMs === undefined
      ? ""
      : `, the next request may be made in ${Math.ceil(waitMs / 1000)} s`;
    return warning(`used up${wait}`, hints);
  }
  if (rateLimit === undefined) return ok("none stated");
  const { bucket, remaining, resetSeconds } = rateLimit;
  const of = rateQuota === undefined ? "" : ` of ${rateQuota}`;
  const detail = `${remaining}${of} requests left ("${bucket}"), reset in ${resetSeconds} s`;
  const isLow = rateQuota === undefined ? remaining < 10 : remaining < rateQuota / 20;
  return isLow ? warning(detail, hints) : ok(detail);
}

/** More than this, and signed addresses, certificates and schedules go wrong. */
const MAX_SKEW_MS = 5 * 60_000;

/** How a person sets the clock. */
const CLOCK_HINTS: Readonly<Record<string, string>> = {
  linux: "Set the clock: sudo timedatectl set-ntp true",
  darwin: "Set the clock: sudo sntp -sS time.apple.com",
  windows: "Set the clock: w32tm /resync",
};

/** The clock of this machine against that of the Hub. */
export function checkClock(
  aheadMs: number | undefined,
  context: { readonly timeZone: string; readonly os: string },
): Finding {
  const { timeZone, os } = context;
  if (aheadMs === undefined) return skipped(`the Hub does not say what time it is; time zone ${timeZone}`);
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  if (seconds <= 2) return ok(`right, time zone ${timeZone}`);
  const amount = seconds < 120
    ? `${seconds} s`
    : seconds < 7200
    ? `${Math.round(seconds / 60)} min`
    : hours(seconds);
  const detail = `${amount} ${aheadMs > 0 ? "behind" : "ahead of"} the Hub's, time zone ${timeZone}`;
  if (Math.abs(aheadMs) <= MAX_SKEW_MS) return ok(detail);
  return warning(`${detail}: certificates and signed addresses may be refused`, [
    CLOCK_HINTS[os] ?? "Set the clock of this machine",
  ]);
}

function hours(seconds: number): string {
  const count = Math.round(seconds / 3600);
  return count < 72 ? `${count} h` : `${Math.round(count / 24)} days`;
}

/** Which proxies are on the way. */
export interface ProxyFacts {
  /** What is wrong with variables; without their values. */
  readonly warnings: readonly string[];
  /** Who is asked, and through what. */
  readonly routes: readonly { readonly host: string; readonly proxy: ProxyRoute | undefined }[];
  /** As the variable has it: names and addresses, no secrets. */
  readonly exceptions: string;
}

/** Which host goes through which proxy. */
export function checkProxy({ warnings, routes, exceptions }: ProxyFacts): Finding {
  const proxies = [...new Set(routes.flatMap(({ proxy }) => proxy === undefined ? [] : [proxy.host]))];
  const more = [
    ...routes.map(({ host, proxy }) =>
      proxy === undefined
        ? `"${host}" directly`
        : `"${host}" through "${proxy.host}"${proxy.isSocks ? " (SOCKS)" : ""}, set by ${proxy.variable}`
    ),
    ...(exceptions === "" ? [] : [`NO_PROXY: ${exceptions}`]),
  ];
  const [first, ...others] = warnings;
  if (first !== undefined) {
    return warning(first, ["Correct the variable, or do without it; then: mm doctor"], {
      more: [...others, ...more],
    });
  }
  if (proxies.length === 0) return ok("none", { more });
  const through = routes.filter(({ proxy }) => proxy !== undefined).map(({ host }) => host);
  return ok(`${through.join(", ")} through ${proxies.join(", ")}`, { more });
}

/** The port that a proxy listens on when its variable names none. */
export function proxyAddress(
  { host, isSocks }: ProxyRoute,
): { readonly hostname: string; readonly port: number } {
  const match = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(host);
  const hostname = (match?.[1] ?? host).replace(/^\[|\]$/g, "");
  return { hostname, port: Number(match?.[2] ?? (isSocks ? 1080 : 80)) };
}
