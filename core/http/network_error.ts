/**
 * Failures below HTTP, as sentences: the runtime says only "fetch failed" and hides the reason in the cause.
 *
 * @module
 */
import { cancelledError, isModelManagerError, ModelManagerError } from "../base/errors.ts";
import { missingRightHints } from "../base/missing_right.ts";
import { redactText } from "../base/redact.ts";
import type { FetchDecorator } from "./fetch.ts";
import { CHECK_CONNECTION, findNetworkFailure, type NetworkFailure } from "./network_failures.ts";
import type { ProxyRoute, ProxyRules } from "./proxy.ts";
import { requestSignal, requestUrl } from "./request_parts.ts";

/** The runtime's own words for what happened, without URLs' secrets and without its "error sending …" lead-in. */
function failureDetail(error: Error): string {
  const detail = error.cause instanceof Error ? error.cause.message : error.message;
  return redactText(detail.replace(/^error sending request\b.*?: client error \(\w+\): /, ""));
}

/** Whether a reply is that of a proxy which wants to know who asks. */
export function isProxyRefusal(response: Response): boolean {
  return response.status === 407;
}

/** The error when a proxy wants to know who asks. */
export function proxyRefusedError(
  url: URL,
  proxy: ProxyRoute,
  detail = "407 Proxy Authentication Required",
): ModelManagerError {
  const { host, variable } = proxy;
  return new ModelManagerError(
    "NETWORK_ERROR",
    `Cannot reach "${url.host}": the proxy "${host}" wants a user name and a password that it knows`,
    {
      hints: [`Write both before the host in the variable ${variable}: USER:PASSWORD@${host}`],
      cause: new Error(detail),
    },
  );
}

/** What failed, when it is the proxy and not the host behind it. */
function proxyFailure(
  detail: string,
  proxy: ProxyRoute,
): Pick<NetworkFailure, "reason" | "retryable"> | undefined {
  if (/unsuccessful tunnel|not allowed by ruleset|general socks/i.test(detail)) {
    return { reason: `the proxy "${proxy.host}" refuses to connect to it`, retryable: true };
  }
  const isProxy = /eof while tunneling|headers too long for tunnel|proxy server unreachable/i.test(detail) ||
    // What connects is the proxy's name; a SOCKS proxy reports in the same words on the host behind it.
    (proxy.isSocks ? /failed to lookup/i : /dns error|failed to lookup|tcp connect error/i).test(detail);
  if (!isProxy) return undefined;
  const { reason, retryable } = findNetworkFailure(detail) ?? {
    reason: "the connection was cut",
    retryable: true,
  };
  const why = /proxy server unreachable/i.test(detail) ? "" : `: ${reason}`;
  return { reason: `the proxy "${proxy.host}" cannot be reached${why}`, retryable };
}

function unreachable(failed: Error, url: URL, proxy: ProxyRoute | undefined): ModelManagerError {
  const detail = failureDetail(failed);
  if (proxy !== undefined && /proxy authentication required|auth (?:method|failure|value)/i.test(detail)) {
    return proxyRefusedError(url, proxy, detail);
  }
  const known = findNetworkFailure(detail);
  const atProxy = proxy === undefined ? undefined : proxyFailure(detail, proxy);
  const { reason, retryable } = atProxy ?? known ?? {
    reason: "the request failed",
    // What failed on the wire has a cause; a bare TypeError is a request that can never be sent.
    retryable: !(failed instanceof TypeError && failed.cause === undefined),
  };
  const hint = atProxy === undefined || proxy === undefined
    ? known?.hint ?? CHECK_CONNECTION
    : `Correct or unset the variable ${proxy.variable}, or set NO_PROXY=${url.hostname}, then repeat the command`;
  const place = namePlace(url, atProxy === undefined ? proxy : undefined);
  return new ModelManagerError("NETWORK_ERROR", `Cannot reach ${place}: ${reason}`, {
    retryable,
    hints: [hint],
    // A new error: the original one carries the whole URL, which may be signed.
    cause: new Error(detail),
  });
}

/** A host, with the proxy before it, in quotes. */
export function namePlace(url: URL, proxy?: ProxyRoute): string {
  return proxy === undefined ? `"${url.host}"` : `"${url.host}" through the proxy "${proxy.host}"`;
}

/**
 * What a rejected `fetch` or a broken body means.
 *
 * @param url Where the request went; only its host is named.
 * @param options.proxy What it went through; only its host is named.
 * @returns `NETWORK_ERROR`; `PERMISSION_ERROR` when the runtime's sandbox refused; the error itself if it is ours.
 */
export function toNetworkError(
  error: unknown,
  url: URL,
  options: { readonly proxy?: ProxyRoute | undefined } = {},
): ModelManagerError {
  if (isModelManagerError(error)) return error;
  const failed = error instanceof Error ? error : new Error(String(error));
  if (failed.name === "NotCapable") {
    return new ModelManagerError("PERMISSION_ERROR", `Not allowed to connect to "${url.host}"`, {
      hints: missingRightHints({ kind: "net", scope: url.host }),
      cause: new Error(failed.message),
    });
  }
  return unreachable(failed, url, options.proxy);
}

/**
 * Turns rejections of the runtime's `fetch` into errors of ours, an abort into `CANCELLED`, and a proxy's demand
 * for a password into an error that says so.
 */
export function withNetworkErrors(proxyFor: ProxyRules = () => undefined): FetchDecorator {
  return (next) => async (input, init) => {
    const url = requestUrl(input);
    const proxy = proxyFor(url);
    let response: Response;
    try {
      response = await next(input, init);
    } catch (error) {
      const signal = requestSignal(input, init);
      if (signal?.aborted) throw cancelledError(signal.reason);
      throw toNetworkError(error, url, { proxy });
    }
    if (proxy === undefined || !isProxyRefusal(response)) return response;
    await response.body?.cancel();
    throw proxyRefusedError(url, proxy);
  };
}
