import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { causeMessages, type ErrorCode, type ModelManagerError } from "../../../core/base/errors.ts";
import {
  HubError,
  hubError,
  type RequestContext,
  tokenRefusedError,
  withKnownRevisions,
} from "../../../core/hub/errors.ts";
import { COMMIT, ENDPOINT } from "./hub_fixtures.ts";

interface Reply {
  readonly status: number;
  readonly code?: string;
  readonly message?: string;
  readonly body?: string;
}

function judge(reply: Reply, context: Partial<RequestContext> = {}): Promise<ModelManagerError> {
  const headers = new Headers({ "content-type": "application/json" });
  if (reply.code !== undefined) headers.set("x-error-code", reply.code);
  if (reply.message !== undefined) headers.set("x-error-message", reply.message);
  const response = new Response(reply.body ?? JSON.stringify({ error: reply.message ?? "" }), {
    status: reply.status,
    headers,
  });
  const url = new URL(`${ENDPOINT}/api/models/org/name`);
  return hubError(response, { endpoint: ENDPOINT, url, repo: "org/name", tokenSent: false, ...context });
}

const INVALID = "Invalid username or password.";
const token = { tokenSent: true };

/** Replies of hub-protocol §4.5 and §5.1, and what they mean. */
const CASES: readonly (readonly [string, Reply, Partial<RequestContext>, ErrorCode, RegExp, RegExp])[] = [
  [
    "missing or private, anonymous",
    { status: 401, message: INVALID },
    {},
    "NOT_FOUND",
    /does not exist or is private/,
    /mm search name\n.*mm login/,
  ],
  [
    "bad token",
    { status: 401, message: INVALID },
    token,
    "AUTHENTICATION_ERROR",
    /refused the access token/,
    /mm login/,
  ],
  [
    "search wants a token",
    { status: 401, message: INVALID },
    { repo: undefined },
    "AUTHENTICATION_ERROR",
    /wants an access token/,
    /mm login/,
  ],
  [
    "missing, logged in",
    { status: 404, code: "RepoNotFound", message: "Repository not found" },
    token,
    "NOT_FOUND",
    /does not exist, or this account cannot see it/,
    /mm search name\n.*mm whoami/,
  ],
  [
    "missing, anonymous, plain server",
    { status: 404, code: "RepoNotFound" },
    {},
    "NOT_FOUND",
    /^Repository "org\/name" does not exist$/,
    /mm search name/,
  ],
  ["missing without a code", { status: 404 }, {}, "NOT_FOUND", /"org\/name" does not exist/, /mm search/],
  [
    "not a Hub",
    { status: 404, body: "<html>" },
    { repo: undefined },
    "NOT_FOUND",
    /"http:\/\/hub\.test" has no "\/api\/models\/org\/name"/,
    /mm config show/,
  ],
  [
    "revision",
    { status: 404, code: "RevisionNotFound", message: "Invalid rev id: dev" },
    { revision: "dev" },
    "NOT_FOUND",
    /has no revision "dev"/,
    /mm show org\/name/,
  ],
  [
    "file",
    { status: 404, code: "EntryNotFound" },
    { path: "a/b.gguf" },
    "NOT_FOUND",
    /has no file "a\/b\.gguf"/,
    /mm show org\/name/,
  ],
  ["file without a code", { status: 404 }, { path: "x" }, "NOT_FOUND", /has no file "x"/, /mm show/],
  [
    "gated, anonymous",
    { status: 401, code: "GatedRepo", message: "Access to model org/name is restricted." },
    {},
    "GATED",
    /is gated and this request carried no token/,
    /http:\/\/hub\.test\/org\/name\n.*mm login/,
  ],
  [
    "gated, never asked",
    {
      status: 403,
      code: "GatedRepo",
      message:
        "Access to model org/name is restricted and you are not in the authorized list. Visit https://huggingface.co/org/name to ask for access.",
    },
    token,
    "GATED",
    /this account has no access/,
    /Ask for access on its page: http:\/\/hub\.test\/org\/name/,
  ],
  [
    "gated, pending",
    {
      status: 403,
      code: "GatedRepo",
      message: "Your request to access model org/name is awaiting a review from the repo authors.",
    },
    token,
    "GATED",
    /not granted yet/,
    /http:\/\/hub\.test\/org\/name/,
  ],
  [
    "gated, rejected",
    {
      status: 403,
      code: "GatedRepo",
      message: "Your request to access model org/name has been rejected by the repo's authors.",
    },
    token,
    "GATED",
    /rejected by its authors/,
    /mm search name/,
  ],
  [
    "gated, fine-grained token",
    {
      status: 403,
      code: "GatedRepo",
      message: "Please enable access to public gated repositories in your fine-grained token settings",
    },
    token,
    "GATED",
    /token may not read gated/,
    /permission to read public gated repositories/,
  ],
  [
    "disabled",
    { status: 403, message: "Access to this resource is disabled." },
    token,
    "FAILED",
    /has disabled "org\/name"/,
    /http:\/\/hub\.test\/org\/name/,
  ],
  [
    "scope missing",
    { status: 403, message: "You have read access but not the required permissions for this operation" },
    token,
    "AUTHENTICATION_ERROR",
    /lacks the permission to read "org\/name"/,
    /read access to the contents of org\/name/,
  ],
  [
    "forbidden, anonymous",
    { status: 403 },
    {},
    "AUTHENTICATION_ERROR",
    /refused the request without a token/,
    /mm login/,
  ],
  [
    "bad parameter",
    { status: 400, message: "Invalid expand" },
    { repo: undefined },
    "FAILED",
    /refused the request: Invalid expand/,
    /mm help search/,
  ],
  ["rate", { status: 429 }, {}, "RATE_LIMITED", /limits the rate/, /mm login/],
  ["outage", { status: 502, body: "<html>" }, {}, "NETWORK_ERROR", /502 Bad Gateway/, /Repeat/],
];

Deno.test("hubError() turns each way of saying no into one code with advice", async (t) => {
  for (const [name, reply, context, code, message, hints] of CASES) {
    await t.step(name, async () => {
      const error = await judge(reply, context);
      strictEqual(error.code, code);
      match(error.message, message);
      match(error.hints.join("\n"), hints);
    });
  }
});

Deno.test("hubError() keeps the Hub's own sentence as the cause", async () => {
  const error = await judge({ status: 404, code: "RevisionNotFound", message: "Invalid rev id: dev" }, {
    revision: "dev",
  });
  deepStrictEqual(causeMessages(error), ["404: Invalid rev id: dev"]);
  strictEqual((error as HubError).hubCode, "RevisionNotFound");
});

Deno.test("hubError() reads the sentence from the body when no header has it", async () => {
  const error = await judge({ status: 400, body: '{"error":"limit must be positive"}' });
  match(error.message, /limit must be positive$/);
});

Deno.test("hubError() shows no secret and no control character of a hostile server", async () => {
  const error = await judge({ status: 400, body: JSON.stringify({ error: "\x1b[2Jtoken hf_abcdefghijkl" }) });
  const shown = `${error.message}${causeMessages(error)}${error.hints}`;
  ok(!shown.includes("hf_abcdefghijkl") && !/\p{Cc}/u.test(shown));
});

Deno.test("withKnownRevisions() lists branches and tags, and cuts long lists", () => {
  const error = new HubError("NOT_FOUND", "no revision", { hints: ["old"], hubCode: "RevisionNotFound" });
  const refs = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ name: `r${index}`, commit: COMMIT }));
  const { hints } = withKnownRevisions(error, "org/name", { branches: refs(2), tags: refs(12) });
  deepStrictEqual(hints, [
    "It has the branches r0, r1: mm show org/name@r0",
    "It has the tags r0, r1, r2, r3, r4, r5, r6, r7, r8, r9 and 2 more: mm show org/name@r0",
  ]);
  deepStrictEqual(withKnownRevisions(error, "org/name", { branches: [], tags: [] }).hints, ["old"]);
});

Deno.test("tokenRefusedError() says how to mend it", () => {
  strictEqual(tokenRefusedError().code, "AUTHENTICATION_ERROR");
  match(tokenRefusedError().hints.join(), /mm login.*HF_TOKEN/);
});
