import { deepStrictEqual, doesNotMatch, strictEqual } from "node:assert/strict";
import { proxyRules, proxyWarnings } from "../../../core/http/proxy.ts";

type Variables = Readonly<Record<string, string>>;

function hostFor(url: string, variables: Variables): string | undefined {
  return proxyRules(variables)(new URL(url))?.host;
}

Deno.test("proxyRules() picks the variable by protocol, ALL_PROXY first, upper case before lower case", () => {
  const both = { HTTPS_PROXY: "http://s:1", HTTP_PROXY: "http://p:2" };
  const cases: readonly (readonly [Variables, https: string | undefined, http: string | undefined])[] = [
    [{}, undefined, undefined],
    [both, "s:1", "p:2"],
    [{ ...both, ALL_PROXY: "socks5h://a:3" }, "a:3", "a:3"],
    [{ ...both, all_proxy: "a:3" }, "a:3", "a:3"],
    [{ ...both, ALL_PROXY: "" }, "s:1", "p:2"],
    [{ https_proxy: "http://low:1", http_proxy: "http://low:2" }, "low:1", "low:2"],
    [{ ...both, https_proxy: "http://low:1" }, "s:1", "p:2"],
    [{ HTTPS_PROXY: "", https_proxy: "http://low:1" }, "low:1", undefined],
    [{ ...both, REQUEST_METHOD: "GET" }, "s:1", undefined],
  ];
  for (const [variables, https, http] of cases) {
    const shown = JSON.stringify(variables);
    strictEqual(hostFor("https://hub.test/x", variables), https, shown);
    strictEqual(hostFor("http://hub.test/x", variables), http, shown);
  }
});

Deno.test("proxyRules() names host, port and variable, never user name or password", () => {
  const routes = ["http://user:s3cret@proxy.test:3128/", "user:s3cret@proxy.test:3128"].map((value) =>
    proxyRules({ https_proxy: value })(new URL("https://hub.test"))
  );
  const route = { host: "proxy.test:3128", variable: "https_proxy", isSocks: false };
  deepStrictEqual(routes, [route, route]);
  deepStrictEqual(proxyRules({ ALL_PROXY: "socks5://[::1]:1080" })(new URL("http://hub.test")), {
    host: "[::1]:1080",
    variable: "ALL_PROXY",
    isSocks: true,
  });
});

Deno.test("proxyRules() leaves out what NO_PROXY excepts", () => {
  const excepted = (url: string, NO_PROXY: string): boolean =>
    hostFor(url, { HTTP_PROXY: "http://p:1", NO_PROXY }) === undefined;
  const cases: readonly (readonly [url: string, entries: string, expected: boolean])[] = [
    ["http://hub.test", "hub.test", true],
    ["http://hub.test:8080", "other, hub.test", true],
    ["http://cdn.hub.test", "hub.test", true],
    ["http://cdn.hub.test", ".hub.test", true],
    ["http://hub.test", ".hub.test", true],
    ["http://nothub.test", "hub.test", false],
    ["http://hub.test", "*", true],
    ["http://hub.test", "", false],
    ["http://hub.test", ", ,", false],
    ["http://hub.test:80", "hub.test:80", false],
    ["http://10.1.2.3", "10.0.0.0/8", true],
    ["http://11.1.2.3", "10.0.0.0/8", false],
    ["http://10.1.2.3", "10.1.2.3", true],
    ["http://10.1.2.3", "0.0.0.0/0", true],
    ["http://10.1.2.3", "10.0.0.0/99", false],
    ["http://10.1.2.3", "10.0.0.999/8", false],
    ["http://10.1.2.3", "2.3", false],
    ["http://127.0.0.1", "localhost", false],
    ["http://[::1]", "::1", true],
    ["http://[::1]", "0:0::1", true],
    ["http://[::1]", "hub.test", false],
  ];
  for (const [url, entries, expected] of cases) {
    strictEqual(excepted(url, entries), expected, `${url} with NO_PROXY=${entries}`);
  }
  // A variable that is set, if only to nothing, hides the other spelling.
  strictEqual(hostFor("http://a", { HTTP_PROXY: "p", NO_PROXY: "", no_proxy: "a" }), "p");
  strictEqual(hostFor("http://a", { HTTP_PROXY: "p", no_proxy: "a" }), undefined);
});

Deno.test("proxyWarnings() names each variable that the runtime cannot use, without its value", () => {
  const bad = [
    "socks4://proxy.test:1080",
    "socks://proxy.test:1080",
    "http://onlyuser@proxy.test:3128",
    "http://user:s3cr/et@proxy.test:3128",
    "http://user:1/2s3cret@proxy.test",
    "http://",
    "::::",
  ];
  for (const value of bad) {
    const variables = { HTTPS_PROXY: value, HTTP_PROXY: "http://fine:1", NO_PROXY: "x" };
    strictEqual(proxyRules(variables)(new URL("https://hub.test")), undefined, value);
    const warnings = proxyWarnings(variables);
    strictEqual(warnings.length, 1, value);
    doesNotMatch(warnings[0] ?? "", /proxy\.test|user:s|cret|onlyuser/, value);
    strictEqual(warnings[0]?.startsWith("The proxy in the variable HTTPS_PROXY is not used"), true);
  }
  const good = ["proxy.test", "proxy.test:3128", "http://u:p@proxy.test", "https://p:1", "socks5h://p:1", ""];
  for (const value of good) deepStrictEqual(proxyWarnings({ ALL_PROXY: value, http_proxy: value }), []);
});
