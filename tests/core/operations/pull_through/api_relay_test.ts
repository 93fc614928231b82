import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { relayApi, type RelayedCall } from "../../../../core/operations/pull_through/api_relay.ts";
import { Upstream } from "../../../../core/operations/pull_through/upstream.ts";
import { matchRoute } from "../../../../core/server/routes.ts";
import { parseTarget } from "../../../../core/server/target.ts";
import { TestClock } from "../../../support/test_clock.ts";

const HERE = "http://mirror.test:8787";
const HUB = "https://hub.test/base";

async function relay(
  path: string,
  answer: (request: Request) => Response,
  init: RequestInit & { readonly token?: string } = {},
): Promise<{ readonly response: Response; readonly asked: readonly Request[] }> {
  const asked: Request[] = [];
  const { token, ...rest } = init;
  const upstream = new Upstream({
    endpoint: HUB,
    mirrors: [],
    fetch: (input, options) => {
      const request = new Request(input, options);
      asked.push(request);
      return Promise.resolve(answer(request));
    },
    clock: new TestClock(),
    userAgent: "test",
    offline: false,
    cacheDurationMs: 1000,
    maxRetries: 0,
  });
  const request = new Request(HERE + path, rest);
  const target = parseTarget(HERE + path);
  const route = matchRoute(target);
  if (route === undefined) throw new Error(`No route: ${path}`);
  const call: RelayedCall = { request, target, route, token };
  return { response: await relayApi(upstream, call), asked };
}

Deno.test("relayApi() asks the Hub the same, and hands its next page out as one of this server", async () => {
  const { response, asked } = await relay(
    "/api/models?search=a%20b&limit=1",
    () =>
      Response.json([1], {
        headers: { link: `<${HUB}/api/models?cursor=x>; rel="next"`, "set-cookie": "s=1" },
      }),
    {
      token: "t",
    },
  );
  strictEqual(asked[0]?.url, `${HUB}/api/models?search=a%20b&limit=1`);
  strictEqual(asked[0]?.headers.get("authorization"), "Bearer t");
  strictEqual(response.headers.get("link"), `<${HERE}/api/models?cursor=x>; rel="next"`);
  strictEqual(response.headers.get("set-cookie"), null);
  deepStrictEqual(await response.json(), [1]);
});

Deno.test("relayApi() keeps encoded slashes, and refuses an address that leads elsewhere", async () => {
  const { asked } = await relay("/api/models/a/b/revision/feature%2Fx", () => Response.json({}));
  strictEqual(asked[0]?.url, `${HUB}/api/models/a/b/revision/feature%2Fx`);
  const target = parseTarget(`${HERE}/api/models/%2e%2e/%2e%2e/x/refs`);
  strictEqual(target.segments.includes(".."), true);
  await rejects(
    relay("/api/models/a/b/tree/%252e%252e/%2e%2e", () => Response.json({})).then(({ asked }) => asked),
  );
});

Deno.test("relayApi() answers 304 to who has it, and redirects within this server only", async () => {
  const tagged = await relay("/api/models/a/b", () => Response.json({}, { headers: { etag: 'W/"1"' } }), {
    headers: { "if-none-match": 'W/"1"' },
  });
  strictEqual(tagged.response.status, 304);
  strictEqual(tagged.asked[0]?.headers.get("if-none-match"), null);
  const moved = await relay(
    "/api/models/a/b",
    () => new Response(null, { status: 307, headers: { location: "/base/api/models/a/c" } }),
  );
  strictEqual(moved.response.headers.get("location"), "/api/models/a/c");
  await rejects(
    relay(
      "/api/models/a/b",
      () => new Response(null, { status: 302, headers: { location: "https://evil.test/" } }),
    ),
    { status: 502 },
  );
});

Deno.test("relayApi() passes the question of paths-info on", async () => {
  const bodies: Promise<string>[] = [];
  const { response } = await relay("/api/models/a/b/paths-info/main", (request) => {
    bodies.push(request.text());
    return Response.json([]);
  }, { method: "POST", body: "paths=x", headers: { "content-type": "application/x-www-form-urlencoded" } });
  strictEqual(response.status, 200);
  deepStrictEqual(await Promise.all(bodies), ["paths=x"]);
});
