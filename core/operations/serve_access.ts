/**
 * Who may have what of a served library. What is private or gated is given to nobody without a right of its own.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import type { AccessRules, TokenRule } from "../server/access.ts";
import type { ServeOptions, ServeReaders } from "./serve_request.ts";

const MIN_TOKEN_CHARACTERS = 8;

/** Whether an address can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  const name = plainHost(host);
  return name === "localhost" || name === "::1" || /^127(?:\.\d{1,3}){3}$/.test(name) ||
    /^::ffff:7f[0-9a-f]{2}:/.test(name);
}

/** An address as the system takes it: without brackets, IPv6 in its shortest spelling. */
export function plainHost(host: string): string {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  if (!name.includes(":")) return name;
  return URL.parse(`http://[${name}]`)?.hostname.slice(1, -1) ?? name;
}

/**
 * Checks what was asked for.
 *
 * @throws {ModelManagerError} `USAGE_ERROR`
 */
export function checkServeOptions(options: ServeOptions): void {
  const { host = "127.0.0.1", port = 8787, accessToken, allowAnonymous = false } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new ModelManagerError("USAGE_ERROR", `"${port}" is no port: wanted a number from 0 to 65535`, {
      hints: ["Take any free one: mm serve --port 0"],
    });
  }
  if (accessToken !== undefined && !/^[\x21-\x7e]+$/.test(accessToken)) {
    throw new ModelManagerError("USAGE_ERROR", "The access token has characters that no token can have", {
      hints: ["Make a new one: MM_SERVE_TOKEN=hf_$(openssl rand -hex 17) mm serve"],
    });
  }
  if (accessToken !== undefined && accessToken.length < MIN_TOKEN_CHARACTERS) {
    throw new ModelManagerError(
      "USAGE_ERROR",
      `The access token is too short: wanted at least ${MIN_TOKEN_CHARACTERS} characters`,
      { hints: ["Make a good one: MM_SERVE_TOKEN=hf_$(openssl rand -hex 17) mm serve"] },
    );
  }
  if (isLoopback(host) || accessToken !== undefined || allowAnonymous) return;
  throw new ModelManagerError(
    "USAGE_ERROR",
    `On "${host}" other machines could read the library, and nothing says who may`,
    {
      hints: [
        `Let in who has a token: MM_SERVE_TOKEN=hf_$(openssl rand -hex 17) mm serve --host ${host}`,
        `Let everybody have what is neither private nor gated: mm serve --host ${host} --allow-anonymous`,
      ],
    },
  );
}

/** The rules of the server, and what they mean for people. */
export function serveAccess(
  options: ServeOptions,
  /** The token that this program has for the Hub: who sends it is the same person. */
  ownToken: string | undefined,
): { readonly rules: AccessRules; readonly readers: ServeReaders } {
  const { host = "127.0.0.1", accessToken, allowAnonymous = false } = options;
  const rule = (token: string, tokenName: string): TokenRule => ({
    token,
    account: "model-manager",
    fullName: "Reader of this library",
    tokenName,
    seesAll: true,
  });
  const tokens = [
    ...(accessToken === undefined ? [] : [rule(accessToken, "access token of this server")]),
    ...(ownToken === undefined ? [] : [rule(ownToken, "token of this library's owner")]),
  ];
  // With a token, nobody is let in without one unless that is said; alone on this machine, nobody else can ask.
  const anonymous = allowAnonymous || (isLoopback(host) && accessToken === undefined);
  return {
    rules: { tokens, anonymous, unknownTokens: anonymous ? "anonymous" : "refused" },
    readers: {
      anonymous: anonymous ? "public models" : "nothing",
      accessToken: accessToken !== undefined,
      ownToken: ownToken !== undefined,
    },
  };
}
