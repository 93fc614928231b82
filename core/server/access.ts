/**
 * Who asks, and what they may see: tokens, private repositories and gates, refused in the Hub's own words.
 *
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { HostedModel } from "./model_source.ts";
import { Refusal } from "./reply.ts";

/** How a request for access stands. */
export type GrantState = "granted" | "pending" | "rejected";

/** A token that is accepted, and whose it is. */
export interface TokenRule {
  readonly token: string;
  /** The account's name. It owns the repositories of that name. */
  readonly account: string;
  readonly fullName?: string;
  readonly email?: string;
  readonly organizations?: readonly string[];
  /** The token's own name. @default {"default"} */
  readonly tokenName?: string;
  /** @default {"read"} */
  readonly role?: "read" | "write" | "fineGrained";
  /** Grants by repository, for private and gated ones. */
  readonly grants?: Readonly<Record<string, GrantState>>;
  /** Everything is open to it. @default {false} */
  readonly seesAll?: boolean;
}

/** The tokens that are known, and what becomes of who has none of them. */
export interface AccessRules {
  readonly tokens: readonly TokenRule[];
  /** Whether something can be had without a token. @default {true} */
  readonly anonymous?: boolean;
  /**
   * What a token means that is not known: the Hub refuses it, even for public repositories; a server that people ask
   * with the token they have for the Hub takes them for anonymous. @default {"refused"}
   */
  readonly unknownTokens?: "refused" | "anonymous";
}

/** Who sent a request. `trusted`: there are no rules, everything is open to everyone. */
export type Caller =
  | { readonly kind: "trusted" }
  | {
    readonly kind: "anonymous";
    /** A token that says nothing here. */
    readonly token?: string;
  }
  | { readonly kind: "account"; readonly rule: TokenRule };

/** The 401 of the Hub: it has no code, whether the repository is missing, private or the token is bad. */
export function unauthorized(): Refusal {
  return new Refusal(401, "Invalid username or password.", {
    headers: { "www-authenticate": 'Bearer realm="Authentication required", charset="UTF-8"' },
  });
}

function sameToken(a: string, b: string): boolean {
  const digest = (text: string): Uint8Array => createHash("sha256").update(text).digest();
  // Takes as long for a good guess as for a bad one.
  return timingSafeEqual(digest(a), digest(b));
}

function requireAnonymous(rules: AccessRules, token?: string): Caller {
  if (rules.anonymous !== false) return { kind: "anonymous", ...(token === undefined ? {} : { token }) };
  throw new Refusal(401, "This server wants its access token: set HF_TOKEN to it", {
    headers: { "www-authenticate": 'Bearer realm="Authentication required", charset="UTF-8"' },
  });
}

/**
 * Who sent the request.
 *
 * @throws {Refusal} 401 for a token that is not known, or none where one is wanted.
 */
export function identifyCaller(request: Request, rules: AccessRules | undefined): Caller {
  if (rules === undefined) return { kind: "trusted" };
  const header = request.headers.get("authorization");
  if (header === null) return requireAnonymous(rules);
  const token = /^Bearer\s+(\S+)$/i.exec(header.trim())?.[1];
  const rule = token === undefined
    ? undefined
    : rules.tokens.find((candidate) => sameToken(candidate.token, token));
  if (rule !== undefined) return { kind: "account", rule };
  if (rules.unknownTokens === "anonymous") return requireAnonymous(rules, token);
  throw unauthorized();
}

/** The token that came with a request, if it means anything to anybody. */
export function tokenOf(caller: Caller): string | undefined {
  if (caller.kind === "account") return caller.rule.token;
  return caller.kind === "anonymous" ? caller.token : undefined;
}

function owns(rule: TokenRule, model: HostedModel): boolean {
  if (rule.seesAll === true) return true;
  const owner = model.id.includes("/") ? model.id.split("/")[0] : undefined;
  return owner !== undefined && (owner === rule.account || (rule.organizations ?? []).includes(owner));
}

/** The refusal for a repository that is missing, or that the caller must not know of. */
export function repositoryMissing(caller: Caller): Refusal {
  if (caller.kind === "anonymous") return unauthorized();
  return new Refusal(404, "Repository not found", { code: "RepoNotFound" });
}

/** Whether the caller may know that the repository exists. */
export function maySee(caller: Caller, model: HostedModel): boolean {
  if (caller.kind === "trusted" || !model.private) return true;
  return caller.kind === "account" &&
    (owns(caller.rule, model) || caller.rule.grants?.[model.id] === "granted");
}

/** Why the caller may not have the files of a repository it may see; `undefined` when it may. */
export function fileRefusal(caller: Caller, model: HostedModel): Refusal | undefined {
  if (model.disabled === true) return new Refusal(403, "Access to this resource is disabled.");
  if (caller.kind === "trusted" || model.gated === false) return undefined;
  const restricted = `Access to model ${model.id} is restricted`;
  if (caller.kind === "anonymous") {
    return new Refusal(
      401,
      `${restricted}. You must have access to it and be authenticated to access it. Please log in.`,
      { code: "GatedRepo" },
    );
  }
  if (owns(caller.rule, model)) return undefined;
  switch (caller.rule.grants?.[model.id]) {
    case "granted":
      return undefined;
    case "pending":
      return gated(`Your request to access model ${model.id} is awaiting a review from the repo authors.`);
    case "rejected":
      return gated(`Your request to access model ${model.id} has been rejected by the repo's authors.`);
    default:
      return gated(
        `${restricted} and you are not in the authorized list. ` +
          `Visit https://huggingface.co/${model.id} to ask for access.`,
      );
  }
}

function gated(message: string): Refusal {
  return new Refusal(403, message, { code: "GatedRepo" });
}

/** Whether a file is shown even where the gate is closed: the card and the licence, at the root, as `resolve`. */
export function isOpenToAll(model: HostedModel, path: string): boolean {
  return model.disabled !== true && model.gated !== false &&
    ["README.md", "LICENSE", "LICENSE.md", "LICENSE.txt"].includes(path);
}
