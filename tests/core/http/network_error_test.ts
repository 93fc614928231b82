import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { causeMessages, ModelManagerError } from "../../../core/base/errors.ts";
import { toNetworkError, withNetworkErrors } from "../../../core/http/network_error.ts";
import type { ProxyRoute } from "../../../core/http/proxy.ts";
import { bare, fakeFetch, fetchFailed } from "./fake_fetch.ts";

const url = new URL("https://hub.test/x?Signature=SECRET");

/** The runtime's own words (Deno 2.9). */
const CASES: readonly (readonly [string, RegExp, boolean])[] = [
  [
    "error sending request for url (https://hub.test/x?Signature=SECRET): client error (Connect): dns error: failed to lookup address information: Name or service not known",
    /name cannot be resolved/,
    true,
  ],
  [
    "error sending request for url (https://hub.test/): client error (Connect): tcp connect error: Connection refused (os error 111)",
    /connection was refused/,
    true,
  ],
  [
    "error sending request for url (https://hub.test/): client error (Connect): invalid peer certificate: UnknownIssuer",
    /certificate is not trusted/,
    false,
  ],
  [
    "error sending request for url (https://hub.test/): client error (Connect): invalid peer certificate: certificate expired: verification time 1 (UNIX), but certificate is not valid after 0",
    /certificate is out of date/,
    false,
  ],
  [
    'error sending request for url (https://hub.test/): client error (Connect): invalid peer certificate: certificate not valid for name "hub.test"; certificate is only valid for DnsName("x")',
    /certificate is for another name/,
    false,
  ],
  [
    "error sending request for url (https://hub.test/): client error (Connect): received corrupt message of type InvalidContentType",
    /does not speak TLS/,
    false,
  ],
  [
    "error sending request from 127.0.0.1:1 for http://hub.test/?X=SECRET (127.0.0.1:2): client error (SendRequest): connection closed before message completed",
    /connection was cut/,
    true,
  ],
  [
    "error sending request from 127.0.0.1:1 for http://hub.test/ (127.0.0.1:2): client error (SendRequest): invalid HTTP version parsed",
    /does not speak HTTP/,
    true,
  ],
  [
    "error sending request for url (http://hub.test/): client error (Connect): tcp connect error: Network is unreachable (os error 101)",
    /network is unreachable/,
    true,
  ],
  [
    "client error (SendRequest): connection error: Connection reset by peer (os error 104)",
    /connection was cut/,
    true,
  ],
  ["something new with https://hub.test/?X=SECRET", /the request failed/, true],
];

Deno.test("toNetworkError() says in a sentence what the runtime hides in the cause", () => {
  for (const [detail, message, retryable] of CASES) {
    const error = toNetworkError(fetchFailed(detail), url);
    strictEqual(error.code, "NETWORK_ERROR");
    match(error.message, /^Cannot reach "hub\.test": /);
    match(error.message, message, detail);
    strictEqual(error.retryable, retryable, detail);
    strictEqual(error.hints.length > 0, true);
    strictEqual(`${error.message}${causeMessages(error)}${error.hints}`.includes("SECRET"), false, detail);
  }
});

Deno.test("toNetworkError() keeps the runtime's words as the cause, without the URL", () => {
  deepStrictEqual(causeMessages(toNetworkError(fetchFailed(CASES[1]?.[0] ?? ""), url)), [
    "tcp connect error: Connection refused (os error 111)",
  ]);
});

Deno.test("toNetworkError() reads a broken body, which has no cause", () => {
  match(toNetworkError(new TypeError("error reading a body from connection"), url).message, /was cut/);
});

Deno.test("toNetworkError() does not call for a repetition of what can never be sent", () => {
  const blocked = toNetworkError(new TypeError("Fetch failed: Requests to port 1 are blocked"), url);
  match(blocked.message, /no request may go to its port/);
  strictEqual(blocked.retryable, false);
  strictEqual(toNetworkError(new TypeError("Url scheme 'ftp' not supported"), url).retryable, false);
});

Deno.test("toNetworkError() calls for a repetition when a fetch says no more than that it failed", () => {
  const words = [
    "fetch failed",
    "Failed to fetch",
    "NetworkError when attempting to fetch resource.",
    "Load failed",
  ];
  for (const word of [...words, "terminated", "network error"]) {
    const { code, retryable } = toNetworkError(new TypeError(word), url);
    deepStrictEqual({ code, retryable }, { code: "NETWORK_ERROR", retryable: true }, word);
  }
});

Deno.test("toNetworkError() names the flag when the sandbox refused", () => {
  const refused = Object.assign(new Error('Requires net access to "hub.test:443"'), { name: "NotCapable" });
  const error = toNetworkError(refused, url);
  strictEqual(error.code, "PERMISSION_ERROR");
  deepStrictEqual(
    error.hints[0],
    "Add the flag --allow-net=hub.test to deno run: with it, mm asks the Hub and fetches files from its hosts",
  );
});

Deno.test("toNetworkError() leaves our own errors as they are", () => {
  const own = new ModelManagerError("OFFLINE", "Cannot ask");
  strictEqual(toNetworkError(own, url), own);
});

const HTTP_PROXY: ProxyRoute = { host: "proxy.test:3128", variable: "HTTPS_PROXY", isSocks: false };
const SOCKS_PROXY: ProxyRoute = { host: "socks.test:1080", variable: "ALL_PROXY", isSocks: true };

/** The runtime's own words (Deno 2.9) when a proxy is on the way. */
const PROXY_CASES: readonly (readonly [string, ProxyRoute, message: RegExp, hint: RegExp, boolean])[] = [
  [
    "tcp connect error: Connection refused (os error 111)",
    HTTP_PROXY,
    /"hub\.test": the proxy "proxy\.test:3128" cannot be reached: the connection was refused$/,
    /variable HTTPS_PROXY, or set NO_PROXY=hub\.test/,
    true,
  ],
  [
    "dns error: failed to lookup address information: Name or service not known",
    HTTP_PROXY,
    /the proxy "proxy\.test:3128" cannot be reached: its name cannot be resolved$/,
    /HTTPS_PROXY/,
    true,
  ],
  [
    "Proxy server unreachable",
    SOCKS_PROXY,
    /the proxy "socks\.test:1080" cannot be reached$/,
    /ALL_PROXY/,
    true,
  ],
  [
    "failed to lookup address information: Name or service not known",
    SOCKS_PROXY,
    /the proxy "socks\.test:1080" cannot be reached: its name cannot be resolved$/,
    /ALL_PROXY/,
    true,
  ],
  [
    "unexpected eof while tunneling",
    HTTP_PROXY,
    /the proxy "proxy\.test:3128" cannot be reached: the connection was cut$/,
    /HTTPS_PROXY/,
    true,
  ],
  [
    "unsuccessful tunnel",
    HTTP_PROXY,
    /the proxy "proxy\.test:3128" refuses to connect to it$/,
    /NO_PROXY/,
    true,
  ],
  [
    "proxy authentication required",
    HTTP_PROXY,
    /the proxy "proxy\.test:3128" wants a user name and a password/,
    /the variable HTTPS_PROXY: USER:PASSWORD@proxy\.test:3128$/,
    false,
  ],
  [
    "Password auth failure, code: 1",
    SOCKS_PROXY,
    /the proxy "socks\.test:1080" wants a user name and a password that it knows$/,
    /the variable ALL_PROXY: USER:PASSWORD@socks\.test:1080$/,
    false,
  ],
  // A SOCKS proxy says this of the host behind it.
  [
    "Connection refused",
    SOCKS_PROXY,
    /"hub\.test" through the proxy "socks\.test:1080": the connection was refused$/,
    /mm config show/,
    true,
  ],
  [
    "invalid peer certificate: UnknownIssuer",
    HTTP_PROXY,
    /"hub\.test" through the proxy "proxy\.test:3128": its TLS certificate is not trusted$/,
    /SSL_CERT_FILE=FILE/,
    false,
  ],
];

Deno.test("toNetworkError() names the proxy, and tells its failures from those of the host behind it", () => {
  for (const [detail, proxy, message, hint, retryable] of PROXY_CASES) {
    const error = toNetworkError(fetchFailed(detail), url, { proxy });
    strictEqual(error.code, "NETWORK_ERROR");
    match(error.message, message, detail);
    match(error.hints.join("\n"), hint, detail);
    strictEqual(error.retryable, retryable, detail);
  }
});

Deno.test("withNetworkErrors() takes a 407 for the proxy's, where there is one", async () => {
  const fake = fakeFetch(() => bare(407));
  await rejects(withNetworkErrors(() => HTTP_PROXY)(fake.fetch)(url), {
    code: "NETWORK_ERROR",
    message: /the proxy "proxy\.test:3128" wants a user name/,
    retryable: false,
  });
  strictEqual((await withNetworkErrors()(fake.fetch)(url)).status, 407);
});

Deno.test("withNetworkErrors() turns an abort into CANCELLED and keeps its reason", async () => {
  const controller = new AbortController();
  const fetch = withNetworkErrors()(() => {
    controller.abort(new Error("Ctrl+C"));
    return Promise.reject(new DOMException("aborted", "AbortError"));
  });
  await rejects(fetch(url, { signal: controller.signal }), (error: ModelManagerError) => {
    strictEqual(error.code, "CANCELLED");
    deepStrictEqual(causeMessages(error), ["Ctrl+C"]);
    return true;
  });
});
