/**
 * What the Hub means when it says no: status, error code and text become one error with advice.
 *
 * @module
 */
import { type ErrorCode, ModelManagerError, type ModelManagerErrorOptions } from "../base/errors.ts";
import { errorMessage, responseError, shownMessage, statusLine } from "../http/response_error.ts";
import type { RepoRefs } from "./model.ts";
import { modelPageUrl } from "./routes.ts";

/** What was asked for, and how. */
export interface RequestContext {
  readonly endpoint: string;
  readonly url: URL;
  readonly repo?: string | undefined;
  readonly revision?: string | undefined;
  readonly path?: string | undefined;
  /** A token went with the request. */
  readonly tokenSent: boolean;
  /** The mirror that answered instead of the endpoint, and whether there is a token that it did not get. */
  readonly mirror?: { readonly base: string; readonly tokenWithheld: boolean } | undefined;
}

/** A refusal by the Hub. */
export class HubError extends ModelManagerError {
  override readonly name = "HubError";
  /** The Hub's own `X-Error-Code`, such as `RevisionNotFound`. */
  readonly hubCode: string | undefined;
  /** `NOT_FOUND` was said to somebody who is not logged in: of a private repository, the Hub says the same. */
  readonly maybePrivate: boolean;

  /** @param hubCode Of the reply. */
  constructor(
    code: ErrorCode,
    message: string,
    options: ModelManagerErrorOptions & {
      readonly hubCode?: string | undefined;
      readonly maybePrivate?: boolean;
    } = {},
  ) {
    super(code, message, options);
    this.hubCode = options.hubCode;
    this.maybePrivate = options.maybePrivate ?? false;
  }
}

/** A refusal with everything it is judged by. */
interface Refusal {
  readonly response: Response;
  readonly context: RequestContext;
  readonly hubCode: string | undefined;
  /** The Hub's sentence; empty when it gave none. */
  readonly said: string;
}

const LOG_IN_AGAIN = "Log in with a valid token: mm login";

function fail(refusal: Refusal, code: ErrorCode, message: string, hints: readonly string[]): HubError {
  const { said, hubCode, response, context } = refusal;
  const cause = said === "" || said === message ? undefined : new Error(`${response.status}: ${said}`);
  const maybePrivate = code === "NOT_FOUND" && response.status === 401 && !context.tokenSent;
  return new HubError(code, message, { hints, hubCode, cause, maybePrivate });
}

/** `name` of `org/name`: what to search for. */
function searchHint(repo: string, what = "it"): string {
  return `Search for ${what}: mm search ${repo.split("/").at(-1) ?? repo}`;
}

/** Whether the token was refused; missing and private repositories look the same to anonymous callers. */
function unauthorized(refusal: Refusal): HubError {
  const { context } = refusal;
  if (context.tokenSent) return tokenRefusedError(refusal.said);
  if (context.repo !== undefined) {
    return fail(refusal, "NOT_FOUND", `Repository "${context.repo}" does not exist or is private`, [
      searchHint(context.repo),
      "If it is private, log in with an account that can see it: mm login",
    ]);
  }
  return fail(refusal, "AUTHENTICATION_ERROR", "The Hub wants an access token", ["Log in: mm login"]);
}

function gated(refusal: Refusal, repo: string): HubError {
  const { context, said, response } = refusal;
  const page = modelPageUrl(context.endpoint, repo);
  const visit = `Ask for access on its page: ${page}`;
  if (response.status === 401 || !context.tokenSent) {
    return fail(refusal, "GATED", `Repository "${repo}" is gated and this request carried no token`, [
      visit,
      "Then log in with that account: mm login",
    ]);
  }
  if (/awaiting|pending/i.test(said)) {
    return fail(refusal, "GATED", `Access to "${repo}" has been asked for and is not granted yet`, [
      `See how the request stands: ${page}`,
      `Repeat the command once access is granted: mm pull ${repo}`,
    ]);
  }
  if (/rejected/i.test(said)) {
    return fail(refusal, "GATED", `Access to "${repo}" was rejected by its authors`, [
      `Ask the authors: ${page}`,
      searchHint(repo, "another one"),
    ]);
  }
  if (/fine-?grained/i.test(said)) {
    return fail(refusal, "GATED", `The token may not read gated repositories such as "${repo}"`, [
      "Give the token the permission to read public gated repositories, then: mm login",
      visit,
    ]);
  }
  return fail(refusal, "GATED", `Repository "${repo}" is gated and this account has no access`, [
    visit,
    "See which account is used: mm whoami",
  ]);
}

function forbidden(refusal: Refusal): HubError {
  const { context, said } = refusal;
  const { repo } = context;
  if (/access to this resource is disabled/i.test(said)) {
    return fail(refusal, "FAILED", `The Hub has disabled ${repo === undefined ? "this page" : `"${repo}"`}`, [
      ...(repo === undefined ? [] : [`See why: ${modelPageUrl(context.endpoint, repo)}`]),
      "Search for another one: mm search QUERY",
    ]);
  }
  if (!context.tokenSent) {
    return fail(
      refusal,
      "AUTHENTICATION_ERROR",
      `"${context.url.host}" refused the request without a token`,
      [
        "Log in: mm login",
      ],
    );
  }
  const what = repo === undefined ? "this request" : `"${repo}"`;
  return fail(refusal, "AUTHENTICATION_ERROR", `The token lacks the permission to read ${what}`, [
    `Give the token read access to the contents of ${repo ?? "its repositories"}, then: mm login`,
    "See which token is used: mm whoami",
  ]);
}

function notFound(refusal: Refusal): HubError {
  const { context, hubCode } = refusal;
  const { repo, revision, path, endpoint, tokenSent } = context;
  if (repo === undefined) {
    return fail(refusal, "NOT_FOUND", `"${endpoint}" has no "${context.url.pathname}"`, [
      "Check that the endpoint is a Hub: mm config show",
    ]);
  }
  if (hubCode === "RevisionNotFound") {
    const named = revision === undefined ? "default revision" : `revision "${revision}"`;
    return fail(refusal, "NOT_FOUND", `Repository "${repo}" has no ${named}`, [
      `Use its default branch: mm show ${repo}`,
    ]);
  }
  if (hubCode === "EntryNotFound" || (hubCode === undefined && path !== undefined)) {
    const file = path === undefined ? "such file" : `file "${path}"`;
    return fail(refusal, "NOT_FOUND", `Repository "${repo}" has no ${file}`, [
      `See its files: mm show ${repo}`,
    ]);
  }
  return fail(
    refusal,
    "NOT_FOUND",
    `Repository "${repo}" does not exist${tokenSent ? ", or this account cannot see it" : ""}`,
    [searchHint(repo), tokenSent ? "See which account is used: mm whoami" : "If it is private: mm login"],
  );
}

/** The Hub does not accept the token, whatever was asked for. */
export function tokenRefusedError(said = ""): HubError {
  return new HubError("AUTHENTICATION_ERROR", "The Hub refused the access token", {
    hints: [LOG_IN_AGAIN, "If HF_TOKEN is set, correct it or unset it"],
    ...(said === "" ? {} : { cause: new Error(`401: ${said}`) }),
  });
}

/** A mirror may lack what the Hub has, or want a token that it must not get: the hints say who answered, and why. */
function saidByMirror(error: ModelManagerError, context: RequestContext): ModelManagerError {
  const { mirror, endpoint } = context;
  if (mirror === undefined) return error;
  const who =
    `The mirror "${mirror.base}" says so, as "${endpoint}" cannot be reached: mm config get mirrors`;
  const wantsToken = error.code === "GATED" || error.code === "AUTHENTICATION_ERROR" ||
    error.code === "NOT_FOUND";
  const hints = mirror.tokenWithheld && wantsToken
    ? [who, `The access token goes to "${endpoint}" only: repeat the command when it can be reached`]
    : [...error.hints, who];
  const { retryable, retryAfterMs, cause } = error;
  return new HubError(error.code, error.message, {
    hints,
    hubCode: error instanceof HubError ? error.hubCode : undefined,
    retryable,
    cause,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** The error for a reply that is no success. Uses its body up. */
export async function hubError(response: Response, context: RequestContext): Promise<ModelManagerError> {
  return saidByMirror(await refusalError(response, context), context);
}

async function refusalError(response: Response, context: RequestContext): Promise<ModelManagerError> {
  const hubCode = response.headers.get("x-error-code") ?? undefined;
  const header = shownMessage(response.headers.get("x-error-message") ?? "");
  const body = await errorMessage(response);
  const refusal: Refusal = { response, context, hubCode, said: header || body };
  if (hubCode === "GatedRepo" && context.repo !== undefined) return gated(refusal, context.repo);
  // The codes rule over the status: a revision or a file that is missing is so on any status.
  if (hubCode === "RevisionNotFound" || hubCode === "EntryNotFound" || hubCode === "RepoNotFound") {
    return notFound(refusal);
  }
  switch (response.status) {
    case 401:
      return unauthorized(refusal);
    case 403:
      return forbidden(refusal);
    case 404:
      return notFound(refusal);
    case 400:
      return fail(refusal, "FAILED", `The Hub refused the request: ${refusal.said || statusLine(response)}`, [
        "Check names and filters, then repeat the command: mm help search",
      ]);
    default:
      return responseError(response, context.url);
  }
}

/** At most this many names of branches or tags in one hint. */
const MAX_NAMES = 10;

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(", ");
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}

/** The same error with the revisions that do exist in its hints. */
export function withKnownRevisions(error: HubError, repo: string, refs: RepoRefs): HubError {
  const kinds: readonly (readonly [string, readonly { readonly name: string }[]])[] = [
    [refs.branches.length === 1 ? "branch" : "branches", refs.branches],
    [refs.tags.length === 1 ? "tag" : "tags", refs.tags],
  ];
  const hints = kinds.filter(([, list]) => list.length > 0).map(([kind, list]) =>
    `It has the ${kind} ${listNames(list.map(({ name }) => name))}: mm show ${repo}@${
      list[0]?.name ?? "main"
    }`
  );
  return new HubError(error.code, error.message, {
    hints: hints.length === 0 ? error.hints : hints,
    hubCode: error.hubCode,
    cause: error.cause,
  });
}
