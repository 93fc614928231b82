/**
 * Which proxy a request goes through: the runtime's rules, repeated so that errors can name the proxy. The runtime
 * itself reads the variables, in every thread; nothing here changes where a request goes.
 *
 * @module
 */

/** A proxy on the way. */
export interface ProxyRoute {
  /** `host:port` as the variable has it, without user name and password. */
  readonly host: string;
  /** Such as `HTTPS_PROXY`. */
  readonly variable: string;
  /** It speaks SOCKS, so that it is the proxy that connects, and says what went wrong. */
  readonly isSocks: boolean;
}

/** The proxy for an address; `undefined` when it is asked directly. */
export type ProxyRules = (url: URL) => ProxyRoute | undefined;

type Variables = Readonly<Record<string, string | undefined>>;

/** `ALL_PROXY` is looked at first, as the runtime does. */
const PROXY_VARIABLES: readonly (readonly [name: string, protocol: "http:" | "https:" | undefined])[] = [
  ["ALL_PROXY", undefined],
  ["HTTPS_PROXY", "https:"],
  ["HTTP_PROXY", "http:"],
];
/** Every variable that says something of proxies, in both spellings. */
export const PROXY_ENVIRONMENT: readonly string[] = [
  "REQUEST_METHOD",
  ...[...PROXY_VARIABLES.map(([name]) => name), "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]),
];

const SCHEMES: ReadonlySet<string> = new Set(["http", "https", "socks5", "socks5h"]);

/** A host and a port: nothing that could be half of a password with odd characters. */
const HOST = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i;

/** A variable's value, when the runtime can use it: it takes no user name without a password, and no SOCKS 4. */
function parseProxy(text: string, variable: string): ProxyRoute | undefined {
  const match = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:([^/?#]*)@)?([^/?#@\s]+)(?:[/?#][^@]*)?$/i.exec(text);
  if (match === null) return undefined;
  const [, scheme = "http", credentials, host = ""] = match;
  const name = scheme.toLowerCase();
  if (!HOST.test(host) || !SCHEMES.has(name) || (credentials !== undefined && !credentials.includes(":"))) {
    return undefined;
  }
  return { host, variable, isSocks: name.startsWith("socks") };
}

/** Upper case before lower case; HTTP_PROXY may come from a request's header where a CGI program runs. */
function spellings(name: string, variables: Variables): string[] {
  return name === "HTTP_PROXY" && variables["REQUEST_METHOD"] !== undefined ? [] : [name, name.toLowerCase()];
}

function findProxy(name: string, variables: Variables): ProxyRoute | undefined {
  return spellings(name, variables).map((spelling) => parseProxy(variables[spelling] ?? "", spelling))
    .find((route) => route !== undefined);
}

function parseIPv4(text: string): number | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  return parts.every((part) => part < 256) ? parts.reduce((sum, part) => sum * 256 + part, 0) : undefined;
}

/** `10.0.0.0/8`, or one address. */
function isInNetwork(address: number, network: string): boolean {
  const [base = "", prefix = "32"] = network.split("/");
  const start = parseIPv4(base);
  if (start === undefined || !/^\d{1,2}$/.test(prefix) || Number(prefix) > 32) return false;
  const size = 2 ** (32 - Number(prefix));
  return Math.floor(address / size) === Math.floor(start / size);
}

/** Whether an entry of `NO_PROXY` speaks of a host: a name with all below it, `*`, an address or a network. */
function isExcepted(host: string, entry: string): boolean {
  const address = parseIPv4(host);
  if (address !== undefined) return isInNetwork(address, entry);
  if (host.startsWith("[")) {
    return URL.canParse(`http://[${entry}]`) && new URL(`http://[${entry}]`).hostname === host;
  }
  return entry === "*" || host === entry.replace(/^\./, "") || host.endsWith(`.${entry.replace(/^\./, "")}`);
}

/** The rules that the variables of the process make. IPv6 networks in `NO_PROXY` are not looked into. */
export function proxyRules(variables: Variables): ProxyRules {
  const routes = PROXY_VARIABLES.map(([name, protocol]) => ({ route: findProxy(name, variables), protocol }));
  const exceptions = (variables["NO_PROXY"] ?? variables["no_proxy"] ?? "").split(",")
    .map((entry) => entry.trim()).filter((entry) => entry !== "");
  return ({ protocol, hostname }) => {
    if (exceptions.some((entry) => isExcepted(hostname, entry))) return undefined;
    return routes.find(({ route, protocol: only }) => route !== undefined && (only ?? protocol) === protocol)
      ?.route;
  };
}

/** What a person should know of variables that name a proxy which is not used. The values are not repeated. */
export function proxyWarnings(variables: Variables): string[] {
  return PROXY_VARIABLES.flatMap(([name]) => spellings(name, variables))
    .filter((name) => (variables[name] ?? "") !== "" && parseProxy(variables[name] ?? "", name) === undefined)
    .map((name) =>
      `The proxy in the variable ${name} is not used: wanted http://, https://, socks5:// or socks5h:// and a host, ` +
      "and with a user name also a password"
    );
}
