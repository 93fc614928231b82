import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { causeMessages, ModelManagerError } from "../../../core/base/errors.ts";
import { toNetworkError, withNetworkErrors } from "../../../core/http/network_error.ts";
import { fetchFailed } from "./fake_fetch.ts";

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
    false,
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

Deno.test("toNetworkError() names the flag when the sandbox refused", () => {
  const refused = Object.assign(new Error('Requires net access to "hub.test:443"'), { name: "NotCapable" });
  const error = toNetworkError(refused, url);
  strictEqual(error.code, "PERMISSION_ERROR");
  deepStrictEqual(error.hints, ["Run with --allow-net=hub.test"]);
});

Deno.test("toNetworkError() leaves our own errors as they are", () => {
  const own = new ModelManagerError("OFFLINE", "Cannot ask");
  strictEqual(toNetworkError(own, url), own);
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
