/**
 * `GET /api/whoami-v2`, `/auth-check` and `/refs`.
 *
 * @module
 */
import { unauthorized } from "./access.ts";
import { accessRefusal, type HubCall, requireModel } from "./context.ts";
import { repositoryNumber } from "./model_facts.ts";
import { type HostedRef, type HostedRefs, isRefLister, type JsonValue } from "./model_source.ts";
import { jsonReply, textReply } from "./reply.ts";
import type { RepositoryRoute } from "./routes.ts";
import { flag } from "./target.ts";

/** Answers whose the token is. */
export function whoamiReply(call: HubCall): Response {
  if (call.caller.kind !== "account") throw unauthorized();
  const { rule } = call.caller;
  return jsonReply(call.request, {
    type: "user",
    id: repositoryNumber(rule.account),
    name: rule.account,
    fullname: rule.fullName ?? rule.account,
    email: rule.email,
    emailVerified: rule.email !== undefined,
    canPay: false,
    billingMode: "prepaid",
    periodEnd: null,
    isPro: false,
    avatarUrl: "/avatars/none.svg",
    orgs: (rule.organizations ?? []).map((name) => ({
      type: "org",
      id: repositoryNumber(name),
      name,
      fullname: name,
      isEnterprise: false,
      avatarUrl: "/avatars/none.svg",
      roleInOrg: "read",
    })),
    auth: {
      type: "access_token",
      accessToken: {
        displayName: rule.tokenName ?? "default",
        role: rule.role ?? "read",
        createdAt: "2024-01-01T00:00:00.000Z",
      },
    },
  });
}

/** Answers whether the caller may have the files. */
export async function authCheckReply(call: HubCall, route: RepositoryRoute): Promise<Response> {
  const model = await requireModel(call, route.repo);
  const refusal = await accessRefusal(call, model);
  if (refusal !== undefined) throw refusal;
  return textReply("OK");
}

async function refsOf(call: HubCall, repo: string): Promise<HostedRefs> {
  const { source } = call.context;
  if (isRefLister(source)) return await source.refs(repo);
  const commit = await source.commit(repo, "main");
  const main = commit === undefined ? [] : [{ name: "main", ref: "refs/heads/main", targetCommit: commit }];
  return { branches: main, tags: [], converts: [], pullRequests: [] };
}

/** Answers with the named revisions; pull requests only when asked for. */
export async function refsReply(call: HubCall, route: RepositoryRoute): Promise<Response> {
  const model = await requireModel(call, route.repo);
  const refs = await refsOf(call, model.id);
  const list = (items: readonly HostedRef[]): JsonValue => items.map((item) => ({ ...item }));
  const withPullRequests = flag(call.target.query, "include_prs");
  return jsonReply(call.request, {
    branches: list(refs.branches),
    converts: list(refs.converts),
    tags: list(refs.tags),
    pullRequests: withPullRequests ? list(refs.pullRequests) : undefined,
  });
}
